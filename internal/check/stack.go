package check

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/lang/eql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// stackChecks hold a rule against the release of the stack that the project is for.
func stackChecks() []*Check {
	return []*Check{{
		Name: "stack-support", Set: Correctness, Level: diag.Error,
		Reason: "an older Kibana refuses the rule, or drops what it does not know without a word",
		Avoid:  `stack = "8.17" with alert_suppression on an EQL sequence`, Prefer: `min_stack_version = "8.18.0"`,
		rule: stackSupport,
	}}
}

// stack is a release of the Elastic Stack, without its patch level. The zero value is unknown.
type stack struct{ major, minor int }

// parseStack reads "8.19" or "8.19.3"; anything else is the unknown release.
func parseStack(text string) stack {
	parts := strings.Split(text, ".")
	if len(parts) < 2 {
		return stack{}
	}
	major, err := strconv.Atoi(parts[0])
	minor, errMinor := strconv.Atoi(parts[1])
	if err != nil || errMinor != nil {
		return stack{}
	}
	return stack{major, minor}
}

func (s stack) String() string { return fmt.Sprintf("%d.%d", s.major, s.minor) }

func (s stack) before(t stack) bool {
	return s.major < t.major || s.major == t.major && s.minor < t.minor
}

// since is a fact: a feature of rules, and the first release that has it.
type since struct {
	first stack
	what  string
	// path is where the feature stands in the rule; nil when the rule does not use it.
	path func(*pass) []string
}

// sinceFacts are the features by release (detection-rules: the minimum release of each field; Kibana's release notes).
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

// atKey is a feature that stands at a key of the rule.
func atKey(used func(*rule.Rule) bool, path ...string) func(*pass) []string {
	return func(p *pass) []string {
		if !used(p.Rule) {
			return nil
		}
		return append([]string{"rule"}, path...)
	}
}

// suppressed is the suppression of alerts in rules of some types.
func suppressed(types ...rule.Type) func(*pass) []string {
	return atKey(func(r *rule.Rule) bool {
		for _, t := range types {
			if r.Type == t && r.AlertSuppression != nil {
				return true
			}
		}
		return false
	}, "alert_suppression")
}

func suppressedSequence(p *pass) []string {
	if p.Rule.AlertSuppression == nil || len(p.queries) == 0 || p.queries[0].eql == nil || p.queries[0].eql.Kind == eql.Events {
		return nil
	}
	return []string{"rule", "alert_suppression"}
}

func manyThresholdFields(r *rule.Rule) bool {
	return r.Threshold != nil && r.Threshold.Field != nil && len(r.Threshold.Field.Values) > 3
}

func negatesIndicator(r *rule.Rule) bool {
	for _, group := range r.ThreatMapping {
		for _, entry := range group.Entries {
			if entry.Negate != nil && *entry.Negate {
				return true
			}
		}
	}
	return false
}

// esqlCommandSince and esqlFunctionSince are the first releases of what ES|QL did not have from its beginning in 8.11.
func esqlCommandSince() map[string]stack {
	return map[string]stack{
		"LOOKUP JOIN": {8, 18}, "CHANGE_POINT": {8, 19}, "COMPLETION": {8, 19}, "SAMPLE": {8, 19}, "FORK": {9, 1}, "RERANK": {9, 2},
		"FUSE": {9, 2}, "INLINE STATS": {9, 2}, "TS": {9, 2},
	}
}

func esqlFunctionSince() map[string]stack {
	return map[string]stack{
		"MATCH": {8, 17}, "QSTR": {8, 17}, "KQL": {8, 18}, "CATEGORIZE": {8, 17}, "MATCH_PHRASE": {8, 19}, "MULTI_MATCH": {8, 19},
		"CONTAINS": {9, 2}, "MV_CONTAINS": {9, 2}, "URL_DECODE": {9, 2}, "URL_ENCODE": {9, 2},
	}
}

// target is the oldest release that the rule has to run on: what the project is for, or the rule's own minimum where that is
// newer. It is unknown when the project names none.
func (p *pass) target() stack {
	project, own := parseStack(p.Environment.Project.Stack), parseStack(p.Rule.Metadata.MinStackVersion)
	if project != (stack{}) && project.before(own) {
		return own
	}
	return project
}

func stackSupport(p *pass) {
	target := p.target()
	if target == (stack{}) {
		return
	}
	for _, fact := range sinceFacts() {
		if path := fact.path(p); path != nil && target.before(fact.first) {
			p.reportAt(tooNew(target, fact.what, fact.first), path...)
		}
	}
	for _, q := range p.queries {
		if q.esql != nil {
			p.at = q
			p.esqlSupport(q.esql, target)
		}
	}
}

func tooNew(target stack, what string, first stack) finding {
	return finding{
		message: fmt.Sprintf("the rule has to run on %s, and %s came with %s", target, what, first),
		help:    fmt.Sprintf("do without, or set min_stack_version = \"%s.0\"", first),
	}
}

func (p *pass) esqlSupport(q *esql.Query, target stack) {
	commands, functions := esqlCommandSince(), esqlFunctionSince()
	for _, c := range esql.Commands(q) {
		if first, ok := commands[c.Keyword()]; ok && target.before(first) {
			at := c.Span()
			p.report(source.Span{Start: at.Start, End: min(at.End, at.Start+len(c.Keyword()))}, tooNew(target, c.Keyword(), first))
		}
	}
	esql.Walk(q, func(e esql.Expr) bool {
		if call, ok := e.(*esql.Call); ok {
			name := strings.ToUpper(call.Name)
			if first, ok := functions[name]; ok && target.before(first) {
				p.report(call.NameAt, tooNew(target, name, first))
			}
		}
		return true
	})
}
