package schemas_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/schema"
)

// edit copies a document with the value at a path replaced; nil removes it. Indices of arrays are decimal.
func edit(value any, path []string, to any) any {
	if len(path) == 0 {
		return to
	}
	switch value := value.(type) {
	case map[string]any:
		out := maps.Clone(value)
		if out[path[0]] = edit(value[path[0]], path[1:], to); out[path[0]] == nil {
			delete(out, path[0])
		}
		return out
	case []map[string]any:
		out := slices.Clone(value)
		out[path[0][0]-'0'] = edit(value[path[0][0]-'0'], path[1:], to).(map[string]any)
		return out
	case []any:
		out := slices.Clone(value)
		out[path[0][0]-'0'] = edit(value[path[0][0]-'0'], path[1:], to)
		return out
	}
	return edit(map[string]any{}, path, to)
}

// TestRuleFacts changes one thing of a rule that has every field, and wants one violation or none.
func TestRuleFacts(t *testing.T) {
	long := []any{"a", "b", "c", "d", "e", "f"}
	tests := []struct {
		typ, path string
		value     any
		want      string
	}{
		{"query", "metadata/creation_date", nil, "metadata required"},
		{"query", "metadata/updated_date", nil, "metadata required"},
		{"query", "metadata/maturity", nil, ""},
		{"query", "metadata/creation_date", "2026/99/99", "metadata/creation_date pattern"},
		{"query", "metadata/creation_date", "2026/12/31", ""},
		{"query", "metadata/creation_date", "2026/00/01", "metadata/creation_date pattern"},
		{"query", "metadata/creation_date", "2026-11-22", "metadata/creation_date pattern"},
		{"query", "metadata/maturity", "released", "metadata/maturity enum"},
		{"query", "metadata/maturity", "beta", ""},
		{"query", "metadata/deprecated_reason", "x", "metadata additionalProperties"},
		{"machine_learning", "metadata/deprecated_reason", "y", ""},
		{"query", "metadata/integration", "aws", ""},
		{"query", "metadata/integration", []any{""}, "metadata/integration/0 minLength"},
		{"query", "metadata/min_stack_version", "9.2", ""},
		{"query", "metadata/min_stack_version", "9.2.x", "metadata/min_stack_version pattern"},
		{"query", "metadata/min_stack_version", "9.2.0-beta1", ""},
		{"query", "metadata/min_stack_version", "9", "metadata/min_stack_version pattern"},
		{"query", "metadata/os_type_list", []any{"solaris"}, "metadata/os_type_list/0 enum"},
		{"query", "metadata/query_schema_validation", "no", "metadata/query_schema_validation type"},
		{"query", "metadata/extended", map[string]any{"any": []any{1.5}}, ""},
		{"query", "metadata/extra", "x", "metadata additionalProperties"},

		{"query", "rule/author", nil, "rule required"},
		{"query", "rule/author", "me", "rule/author type"},
		{"query", "rule/name", "  ", "rule/name pattern"},
		{"query", "rule/description", nil, "rule required"},
		{"query", "rule/risk_score", int64(100), ""},
		{"query", "rule/risk_score", int64(101), "rule/risk_score maximum"},
		{"query", "rule/risk_score", int64(-1), "rule/risk_score minimum"},
		{"query", "rule/risk_score", "21", "rule/risk_score type"},
		{"query", "rule/risk_score", 21.0, "rule/risk_score type"},
		{"query", "rule/severity", "urgent", "rule/severity enum"},
		{"query", "rule/rule_id", "00000000-0000-4000-8000-00000000000A", "rule/rule_id pattern"},
		{"query", "rule/rule_id", "00000000-0000-4000-8000-00000000000a", ""},
		{"query", "rule/rule_id", "00000000-0000-4000-8000-0000000000", "rule/rule_id pattern"},
		{"query", "rule/building_block_type", "other", "rule/building_block_type enum"},
		{"query", "rule/enabled", "yes", "rule/enabled type"},
		{"query", "rule/exceptions_list/0/type", "other", "rule/exceptions_list/0/type enum"},
		{"query", "rule/exceptions_list/0/id", int64(1), "rule/exceptions_list/0/id type"},
		{"query", "rule/filters/0/anything", true, ""},
		{"query", "rule/from", "yesterday", "rule/from pattern"},
		{"query", "rule/from", "now-7205m", ""},
		{"query", "rule/from", "now-1d/d", ""},
		{"query", "rule/from", "now-5", "rule/from pattern"},
		{"query", "rule/to", "now-1x", "rule/to pattern"},
		{"query", "rule/interval", "5m", ""},
		{"query", "rule/interval", "0m", "rule/interval pattern"},
		{"query", "rule/interval", "5w", "rule/interval pattern"},
		{"query", "rule/investigation_fields/field_names", []any{}, ""},
		{"query", "rule/investigation_fields/field_names", []any{""}, "rule/investigation_fields/field_names/0 minLength"},
		{"query", "rule/investigation_fields/field_names", nil, "rule/investigation_fields required"},
		{"query", "rule/max_signals", int64(0), "rule/max_signals minimum"},
		{"query", "rule/max_signals", int64(1000), ""},
		{"query", "rule/meta/anything", []any{}, ""},
		{"query", "rule/related_integrations/0/version", nil, "rule/related_integrations/0 required"},
		{"query", "rule/required_fields/0/ecs", nil, ""},
		{"query", "rule/version", int64(0), "rule/version minimum"},
		{"query", "rule/severity_mapping/0/severity", "urgent", "rule/severity_mapping/0/severity enum"},
		{"query", "rule/severity_mapping/0/operator", "is", "rule/severity_mapping/0/operator enum"},
		{"query", "rule/timeline_title", nil, "rule dependencies"},
		{"query", "rule/timeline_id", nil, "rule dependencies"},
		{"query", "rule/tags", []any{"x", ""}, "rule/tags/1 minLength"},
		{"query", "rule/unknown", "x", "rule additionalProperties"},

		{"query", "rule/threat/0/framework", "MITRE", "rule/threat/0/framework enum"},
		{"query", "rule/threat/0/tactic", nil, "rule/threat/0 required"},
		{"query", "rule/threat/0/technique", nil, ""},
		{"query", "rule/threat/0/tactic/reference", nil, "rule/threat/0/tactic required"},
		{"query", "rule/threat/0/tactic/reference", "https://attack.mitre.org/tactics/TA0002", ""},
		{"query", "rule/threat/0/tactic/reference", "https://attack.mitre.org/techniques/TA0002/", "rule/threat/0/tactic/reference pattern"},
		{"query", "rule/threat/0/technique/0/reference", "https://attack.mitre.org/techniques/T1059/001/", "rule/threat/0/technique/0/reference pattern"},
		{"query", "rule/threat/0/technique/0/reference", "https://atlas.mitre.org/techniques/AML.T0000/", ""},
		{"query", "rule/threat/0/technique/0/subtechnique/0/reference", "https://attack.mitre.org/techniques/T1059/", "rule/threat/0/technique/0/subtechnique/0/reference pattern"},
		{"query", "rule/threat/0/technique/0/subtechnique/0/id", "T1059", "rule/threat/0/technique/0/subtechnique/0/id pattern"},
		{"query", "rule/threat/0/tactic/extra", "x", "rule/threat/0/tactic additionalProperties"},
		{"query", "rule/threat_mappings/0/version", nil, "rule/threat_mappings/0 required"},

		{"query", "rule/language", "lucene", ""},
		{"query", "rule/language", "eql", "rule/language enum"},
		{"query", "rule/language", nil, "rule required"},
		{"query", "rule/data_view_id", "x", "rule/index false"},
		{"threshold", "rule/index", []any{"logs-*"}, "rule/index false"},
		{"query", "rule/query", nil, ""}, // there are filters
		{"query", "rule/filters", nil, ""},
		{"eql", "rule/language", "kuery", "rule/language enum"},
		{"eql", "rule/query", nil, "rule required"},
		{"eql", "rule/threshold", map[string]any{}, "rule additionalProperties"},
		{"esql", "rule/index", []any{"logs-*"}, "rule additionalProperties"},
		{"esql", "rule/filters", []any{}, "rule additionalProperties"},
		{"saved_query", "rule/saved_id", nil, "rule required"},
		{"saved_query", "rule/query", nil, ""},
		{"query", "rule/alert_suppression/group_by", []any{}, "rule/alert_suppression/group_by minItems"},
		{"query", "rule/alert_suppression/group_by", long[:3], ""},
		{"query", "rule/alert_suppression/group_by", long[:4], "rule/alert_suppression/group_by maxItems"},
		{"query", "rule/alert_suppression/duration", nil, ""},
		{"query", "rule/alert_suppression/duration/unit", "d", "rule/alert_suppression/duration/unit enum"},
		{"query", "rule/alert_suppression/duration/value", int64(0), "rule/alert_suppression/duration/value minimum"},
		{"query", "rule/alert_suppression/missing_fields_strategy", nil, "rule/alert_suppression required"},
		{"threshold", "rule/alert_suppression/group_by", []any{"a"}, "rule/alert_suppression additionalProperties"},
		{"threshold", "rule/alert_suppression/duration", nil, "rule/alert_suppression required"},
		{"threshold", "rule/threshold", nil, "rule required"},
		{"threshold", "rule/threshold/field", []any{}, ""},
		{"threshold", "rule/threshold/field", long[:5], ""},
		{"threshold", "rule/threshold/field", long, "rule/threshold/field maxItems"},
		{"threshold", "rule/threshold/value", int64(0), "rule/threshold/value minimum"},
		{"threshold", "rule/threshold/cardinality/0/value", int64(0), "rule/threshold/cardinality/0/value minimum"},
		{"threat_match", "rule/threat_mapping", nil, "rule required"},
		{"threat_match", "rule/threat_index", nil, "rule required"},
		{"threat_match", "rule/threat_query", nil, ""},
		{"threat_match", "rule/threat_mapping/0/entries/0/type", "other", "rule/threat_mapping/0/entries/0/type enum"},
		{"threat_match", "rule/items_per_search", nil, "rule dependencies"},
		{"threat_match", "rule/concurrent_searches", int64(0), "rule/concurrent_searches minimum"},
		{"new_terms", "rule/new_terms", nil, "rule required"},
		{"new_terms", "rule/new_terms/value", []any{}, "rule/new_terms/value minItems"},
		{"new_terms", "rule/new_terms/value", long[:3], ""},
		{"new_terms", "rule/new_terms/value", long[:4], "rule/new_terms/value maxItems"},
		{"new_terms", "rule/new_terms/history_window_start/0/value", "7d", "rule/new_terms/history_window_start/0/value pattern"},
		{"new_terms", "rule/new_terms_fields", []any{"a"}, "rule/new_terms_fields false"},
		{"new_terms_short", "rule/history_window_start", "now-10d/d", ""},
		{"machine_learning", "rule/anomaly_threshold", int64(500), "rule/anomaly_threshold maximum"},
		{"machine_learning", "rule/anomaly_threshold", int64(100), ""},
		{"machine_learning", "rule/machine_learning_job_id", []any{"a", "b"}, ""},
		{"machine_learning", "rule/machine_learning_job_id", []any{}, "rule/machine_learning_job_id minItems"},
		{"machine_learning", "rule/query", "x", "rule additionalProperties"},

		{"query", "transform/osquery/0/query", nil, "transform/osquery/0 required"},
		{"query", "transform/osquery/0/ecs_mapping/process.name/other", "x", "transform/osquery/0/ecs_mapping/process.name additionalProperties"},
		{"query", "transform/investigate/0/providers/0/0/queryType", "match", "transform/investigate/0/providers/0/0/queryType enum"},
		{"query", "transform/investigate/0/providers/0/0/valueType", "boolean", ""},
		{"query", "transform/unknown", []any{}, "transform additionalProperties"},
		{"query", "unknown", map[string]any{}, " additionalProperties"},
		{"query", "transform", nil, ""},
	}
	e, docs := newEngines(t), validDocuments(t)
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.typ, " ", tt.path, " ", tt.value), func(t *testing.T) {
			doc := edit(docs["rule_"+tt.typ+".toml"], strings.Split(tt.path, "/"), tt.value).(map[string]any)
			if got := violations(t, e, doc); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestFilterOrQuery(t *testing.T) {
	e, docs := newEngines(t), validDocuments(t)
	doc := edit(docs["rule_query.toml"], []string{"rule", "filters"}, nil)
	if got := violations(t, e, edit(doc, []string{"rule", "query"}, nil).(map[string]any)); got != "rule required" {
		t.Errorf("got %q for a rule with neither", got)
	}
}

// violations gives what is wrong with a rule, each as path and keyword.
func violations(t *testing.T, e engines, doc map[string]any) string {
	t.Helper()
	all := parts("rule", doc)
	delete(all, "rule") // for editors only
	prefix := map[string]string{"rule#tables": "", "rule#metadata": "metadata", "rule#deprecated_metadata": "metadata", "rule#transform": "transform"}
	var lines []string
	for _, kind := range slices.Sorted(maps.Keys(all)) {
		found, err := e.own.Check(kind, all[kind])
		if err != nil {
			t.Fatal(err)
		}
		at, ok := prefix[kind]
		if !ok {
			at = "rule"
		}
		for _, v := range found {
			lines = append(lines, join(at, v)+" "+v.Keyword)
		}
	}
	return strings.Join(lines, "; ")
}

func join(at string, v schema.Violation) string {
	return strings.TrimPrefix(strings.Join(append([]string{at}, v.Path...), "/"), "/")
}

// TestOtherFacts holds what the other files may hold, and what not.
func TestOtherFacts(t *testing.T) {
	tests := []struct{ kind, text, want string }{
		{"tocsin", "", ""},
		{"tocsin", "rules = 'rules'", "rules type"},
		{"tocsin", "rules = []", "rules minItems"},
		{"tocsin", "stack = '9.2'", ""},
		{"tocsin", "stack = 9.2", "stack type"},
		{"tocsin", "check.levels = { a = 'info' }", ""},
		{"tocsin", "check.levels = { a = 'fatal' }", "check/levels/a enum"},
		{"tocsin", "check.sets = { refused = 'off' }", "check/sets additionalProperties"},
		{"tocsin", "[environment.a]", "environment/a required"},
		{"tocsin", "[environment.a]\nurl = 'http://localhost:5601'", ""},
		{"tocsin", "[environment.a]\nurl = 'localhost:5601'", "environment/a/url pattern"},
		{"tocsin", "[environment.a]\nurl = 'https://user:password@host'", "environment/a/url pattern"},
		{"tocsin", "[environment.a]\nurl = 'https://host/base?x=1'", "environment/a/url pattern"},
		{"tocsin", "[environment.a]\nurl = 'https://host'\napi_key = 'x'", "environment/a additionalProperties"},
		{"tocsin", "[environment.a]\nurl = 'https://host'\npassword = 'x'", "environment/a additionalProperties"},
		{"tocsin", "[environment.a]\nurl = 'https://host'\napi_key_env = 'KEY'", ""},
		{"tocsin", "[environment.a]\nurl = 'https://host'\napi_key_env = 'VnVhQ2ZHY0JDZGJrUW0=='", "environment/a/api_key_env pattern"},
		{"tocsin", "[environment.a]\nurl = 'https://host'\nusername_env = 'U'", "environment/a dependencies"},
		{"tocsin", "[environment.a]\nurl = 'https://host'\nspace = 'My Space'", "environment/a/space pattern"},
		{"tocsin", "[environment.a]\nurl = 'https://host'\ntimeout = '1m30s'", ""},
		{"tocsin", "[environment.a]\nurl = 'https://host'\ntimeout = 30", "environment/a/timeout type"},
		{"tocsin", "[environment.'a b']\nurl = 'https://host'", "environment propertyNames"},

		{"fields", "[fields]\n'a.b' = 'keyword'", ""},
		{"fields", "index = []", " required"},
		{"fields", "[fields]\n'a.b' = 'string'", "fields/a.b enum"},
		{"fields", "[fields]\n'a.b' = { type = 'text', analyzer = 'standard' }", ""},
		{"fields", "[fields]\n'a.b' = { analyzer = 'standard' }", "fields/a.b required"},
		{"fields", "[fields]\na.b = 'keyword'", "fields/a additionalProperties; fields/a required"},
		{"fields", "[fields]\n'a.b' = { type = 'keyword', ignore_above = 0 }", "fields/a.b/ignore_above minimum"},

		{"fixture", "", ""},
		{"fixture", "now = '2026-11-22T12:00:00Z'", ""},
		{"fixture", "now = 2026-11-22T12:00:00Z", "now type"},
		{"fixture", "now = 'noon'", "now pattern"},
		{"fixture", "[base]\na.b = [1, 2.0, 2026-11-22]", ""},
		{"fixture", "base = 1", "base type"},
		{"fixture", "[[positive]]\nevents = []", "positive/0 required"},
		{"fixture", "[[positive]]\nname = 'x'", "positive/0 required"},
		{"fixture", "[[positive]]\nname = 'x'\nevents = []", ""},
		{"fixture", "[[positive]]\nname = ' '\nevents = []", "positive/0/name pattern"},
		{"fixture", "[[positive]]\nname = 'x'\nevents = 'e.ndjson'", ""},
		{"fixture", "[[positive]]\nname = 'x'\nevents = ''", "positive/0/events minLength"},
		{"fixture", "[[positive]]\nname = 'x'\nevents = {}", "positive/0/events type"},
		{"fixture", "[[positive]]\nname = 'x'\nevents = [1]", "positive/0/events/0 type"},
		{"fixture", "[[positive]]\nname = 'x'\nevents = [{ at = '-1h30m' }]", ""},
		{"fixture", "[[positive]]\nname = 'x'\nevents = [{ at = 'soon' }]", "positive/0/events/0/at pattern"},
		{"fixture", "[[positive]]\nname = 'x'\nevents = []\nalerts = 0", ""},
		{"fixture", "[[positive]]\nname = 'x'\nevents = []\nalerts = -1", "positive/0/alerts minimum"},
		{"fixture", "[[negative]]\nname = 'x'\nevents = []\nalerts = 1", "negative/0 additionalProperties"},
		{"fixture", "[[negative]]\nname = 'x'\nevents = []\ntodo = true", "negative/0/todo type"},
		{"fixture", "[[negative]]\nname = 'x'\nanomalies = [{ record_score = 1 }]", ""},
		{"fixture", "[[negative]]\nname = 'x'\nruns = [{ alerts = 0 }]", ""},
		{"fixture", "[[negative]]\nname = 'x'\nruns = [{ alert = 0 }]", "negative/0/runs/0 additionalProperties"},
		{"fixture", "[[negativ]]", " additionalProperties"},
	}
	e := newEngines(t)
	for _, tt := range tests {
		t.Run(tt.kind+" "+tt.text, func(t *testing.T) {
			found, err := e.own.Check(tt.kind, readTOML(t, "t", tt.text))
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for _, v := range found {
				lines = append(lines, join("", v)+" "+v.Keyword)
			}
			if got := strings.Join(lines, "; "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
