package check

import "github.com/tocsin-rules/tocsin/internal/rule"

// This file says which release brought what: fields and features of rules (detection-rules: the minimum release of each field;
// Kibana's release notes), and what ES|QL did not have from its beginning in 8.11 (Elasticsearch's release notes). Of two
// releases that came at the same time, 8.18 and 9.0, 8.19 and 9.1, the older number stands here.

// since is a fact: a feature of rules, and the first release that has it.
type since struct {
	first stack
	what  string
	// path is where the feature stands in the rule; nil when the rule does not use it.
	path func(*pass) []string
}

// sinceFacts are the fields and features of rules.
func sinceFacts() []since {
	return []since{
		{stack{8, 3}, "related_integrations", atKey(func(r *rule.Rule) bool { return len(r.RelatedIntegrations) > 0 }, "related_integrations")},
		{stack{8, 3}, "required_fields", atKey(func(r *rule.Rule) bool { return len(r.RequiredFields) > 0 }, "required_fields")},
		{stack{8, 3}, "setup", atKey(func(r *rule.Rule) bool { return r.Setup != "" }, "setup")},
		{stack{8, 4}, "rules of type new_terms", atKey(func(r *rule.Rule) bool { return r.Type == rule.TypeNewTerms }, "type")},
		{stack{8, 6}, "several new terms", atKey(func(r *rule.Rule) bool { return r.NewTerms != nil && len(r.NewTerms.Value) > 1 }, "new_terms")},
		{stack{8, 8}, "alert suppression of query rules", suppressed(rule.TypeQuery, rule.TypeSavedQuery)},
		{stack{8, 11}, "rules of type esql", atKey(func(r *rule.Rule) bool { return r.Type == rule.TypeESQL }, "type")},
		{stack{8, 11}, "investigation_fields", atKey(func(r *rule.Rule) bool { return r.InvestigationFields != nil }, "investigation_fields")},
		{stack{8, 12}, "alert suppression of threshold rules", suppressed(rule.TypeThreshold)},
		{stack{8, 13}, "alert suppression of threat_match rules", suppressed(rule.TypeThreatMatch)},
		{stack{8, 14}, "alert suppression of new_terms rules", suppressed(rule.TypeNewTerms)},
		{stack{8, 14}, "alert suppression of eql rules", suppressed(rule.TypeEQL)},
		{stack{8, 15}, "alert suppression of esql and machine_learning rules", suppressed(rule.TypeESQL, rule.TypeMachineLearning)},
		{stack{8, 16}, "response_actions", atKey(func(r *rule.Rule) bool { return len(r.ResponseActions) > 0 }, "response_actions")},
		{stack{8, 18}, "alert suppression of sequences", suppressedSequence},
		{stack{9, 2}, "more than three threshold fields", atKey(manyThresholdFields, "threshold", "field")},
		{stack{9, 2}, "negate in threat_mapping", atKey(negatesIndicator, "threat_mapping")},
	}
}

// esqlCommandSince are ES|QL's commands.
func esqlCommandSince() map[string]stack {
	return byRelease(map[stack][]string{
		{8, 18}: {"LOOKUP JOIN"},
		{8, 19}: {"CHANGE_POINT", "COMPLETION", "FORK", "SAMPLE"},
		{9, 2}:  {"FUSE", "INLINE STATS", "RERANK", "TS"},
		{9, 4}:  {"METRICS_INFO", "MMR", "PROMQL", "REGISTERED_DOMAIN", "TS_INFO", "URI_PARTS", "USER_AGENT"},
	})
}

// esqlFunctionSince are ES|QL's functions.
func esqlFunctionSince() map[string]stack {
	return byRelease(map[stack][]string{
		{8, 13}: {"DATE_DIFF", "MV_FIRST", "MV_LAST", "TO_LOWER", "TO_UPPER"},
		{8, 14}: {"FROM_BASE64", "LOCATE", "MV_SLICE", "MV_SORT", "MV_ZIP", "SIGNUM", "ST_CONTAINS", "ST_DISJOINT", "ST_INTERSECTS", "ST_WITHIN", "ST_X", "ST_Y", "TO_BASE64", "VALUES"},
		{8, 15}: {"CBRT", "IP_PREFIX", "MV_APPEND", "REPEAT", "ST_DISTANCE", "TOP", "WEIGHTED_AVG"},
		{8, 16}: {"EXP", "HYPOT", "MV_MEDIAN_ABSOLUTE_DEVIATION", "MV_PERCENTILE", "MV_PSERIES_WEIGHTED_SUM", "REVERSE", "SPACE"},
		{8, 17}: {"BIT_LENGTH", "BYTE_LENGTH", "MATCH", "QSTR"},
		{8, 18}: {
			"CATEGORIZE", "HASH", "KQL", "MD5", "SHA1", "SHA256", "STD_DEV", "ST_ENVELOPE", "ST_EXTENT_AGG", "ST_XMAX", "ST_XMIN", "ST_YMAX", "ST_YMIN", "TERM", "VARIANCE",
		},
		{8, 19}: {"COPY_SIGN", "MATCH_PHRASE", "MULTI_MATCH", "ROUND_TO", "SCALB"},
		{9, 2}:  {"ABSENT", "CONTAINS", "DAY_NAME", "MONTH_NAME", "MV_CONTAINS", "PRESENT", "TBUCKET", "URL_DECODE", "URL_ENCODE", "URL_ENCODE_COMPONENT"},
		{9, 3}:  {"CLAMP", "CLAMP_MAX", "CLAMP_MIN", "FIRST", "LAST", "TRANGE"},
		{9, 4}:  {"EARLIEST", "JSON_EXTRACT", "LATEST", "MV_DIFFERENCE", "MV_INTERSECTION", "MV_INTERSECTS", "MV_UNION"},
	})
}

// The releases that brought forms of ES|QL's grammar.
func castSince() stack       { return stack{8, 15} }
func aggregateWhere() stack  { return stack{8, 16} }
func matchOperator() stack   { return stack{8, 17} }
func scoreSince() stack      { return stack{8, 18} }
func listedPatterns() stack  { return stack{8, 19} }
func subqueriesSince() stack { return stack{9, 4} }

// byRelease turns names by release into releases by name.
func byRelease(names map[stack][]string) map[string]stack {
	table := map[string]stack{}
	for first, list := range names {
		for _, name := range list {
			table[name] = first
		}
	}
	return table
}
