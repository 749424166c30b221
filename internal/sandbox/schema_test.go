package sandbox_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-rules/tocsin/internal/sandbox"
	"github.com/tocsin-rules/tocsin/internal/sandbox/contract"
)

// schemaRow is a rule and what is wrong with it; want "" is a rule that is right, the near miss of the row before.
type schemaRow struct {
	kind    string
	changes object
	want    string
}

func schemaRows() []schemaRow {
	mapping := func(entries ...any) object { return object{"threat_mapping": []any{object{"entries": entries}}} }
	entry := object{"field": "a", "type": "mapping", "value": "b"}
	tactic := object{"id": "TA0002", "name": "Execution", "reference": "https://example.com"}
	one := func(name string, v any) object { return object{name: v} }
	action := func(changes object) object {
		return one("actions", []any{with(object{"id": "c", "action_type_id": ".x", "params": object{}}, changes)})
	}
	return []schemaRow{
		{"query", one("name", nil), "name: Required"},
		{"query", one("description", nil), "description: Required"},
		{"query", one("risk_score", nil), "risk_score: Required"},
		{"query", one("severity", nil), "severity: Required"},
		{"query", one("type", nil), "type: expected"},
		{"query", one("type", "correlation"), "type: expected"},
		{"query", one("name", ""), "name: must not be empty"},
		{"query", one("name", " "), ""},
		{"query", one("name", 5), "name: Expected string, received number"},
		{"query", one("description", ""), "description: must not be empty"},
		{"query", one("risk_score", -1), "risk_score: must be at least 0"},
		{"query", one("risk_score", 0), ""},
		{"query", one("risk_score", 100), ""},
		{"query", one("risk_score", 101), "risk_score: must be at most 100"},
		{"query", one("risk_score", 1.5), "risk_score: expected an integer"},
		{"query", one("risk_score", "21"), "risk_score: Expected number, received string"},
		{"query", one("severity", "High"), "severity: expected 'low' | 'medium' | 'high' | 'critical', received 'High'"},
		{"query", one("severity", "critical"), ""},
		{"query", one("enabled", "true"), "enabled: Expected boolean"},
		{"query", one("tags", "a"), "tags: Expected array"},
		{"query", one("tags", []any{"a", 1}), "tags.1: Expected string"},
		{"query", one("max_signals", 0), "max_signals: must be at least 1"},
		{"query", one("max_signals", 1), ""},
		{"query", one("version", 0), "version: must be at least 1"},
		{"query", one("language", "eql"), "language: expected"},
		{"query", one("language", "lucene"), ""},
		{"query", one("index", "logs-*"), "index: Expected array"},
		{"query", one("index", []any{"logs-*"}), ""},
		{"query", one("meta", []any{}), "meta: Expected object"},
		{"query", one("meta", object{"any": []any{1, nil}}), ""},
		{"query", one("rule_id", 5), "rule_id: Expected string"},
		{"query", one("throttle", "0m"), "throttle: must match"},
		{"query", one("throttle", "10m"), ""},
		{"query", one("investigation_fields", object{"field_names": []any{}}), "field_names: must hold at least 1"},
		{"query", one("investigation_fields", object{"field_names": []any{"a"}}), ""},
		{"query", one("related_integrations", []any{object{"package": "aws"}}), "related_integrations.0.version: Required"},
		{"query", one("related_integrations", []any{object{"package": "aws", "version": "^1.0.0"}}), ""},
		{"query", one("required_fields", []any{object{"name": "", "type": "ip"}}), "required_fields.0.name: must not be empty"},
		{"query", one("threat", []any{object{"framework": "MITRE ATT&CK"}}), "threat.0.tactic: Required"},
		{"query", one("threat", []any{object{"framework": "MITRE ATT&CK", "tactic": tactic}}), ""},
		{"query", one("threat", []any{object{"framework": "F", "tactic": tactic, "technique": []any{with(tactic, object{"id": nil})}}}), "technique.0.id: Required"},
		{"query", one("severity_mapping", []any{object{"field": "a", "operator": "not", "value": "1", "severity": "low"}}), "operator: expected 'equals'"},
		{"query", one("severity_mapping", []any{object{"field": "a", "operator": "equals", "value": "1", "severity": "low"}}), ""},
		{"query", one("risk_score_mapping", []any{object{"field": "a", "operator": "equals", "value": ""}}), ""},
		{"query", one("exceptions_list", []any{object{"id": "i", "list_id": "l", "type": "detection", "namespace_type": "all"}}), "namespace_type: expected"},
		{"query", one("exceptions_list", []any{object{"id": "i", "list_id": "l", "type": "detection", "namespace_type": "single"}}), ""},
		{"query", action(object{"params": nil}), "actions.0.params: Required"},
		{"query", action(object{"frequency": object{"summary": true, "notifyWhen": "onActiveAlert"}}), "frequency.throttle: Required"},
		{"query", action(object{"frequency": object{"summary": true, "notifyWhen": "onThrottleInterval", "throttle": "1w"}}), "throttle: must match"},
		{"query", action(object{"frequency": object{"summary": true, "notifyWhen": "onThrottleInterval", "throttle": "1d"}}), ""},
		{"query", one("alert_suppression", object{"group_by": []any{}}), "group_by: must hold at least 1"},
		{"query", one("alert_suppression", object{"group_by": []any{"a", "b", "c", "d"}}), "group_by: must hold at most 3"},
		{"query", one("alert_suppression", object{"group_by": []any{"a", "b", "c"}}), ""},
		{"query", one("alert_suppression", object{"group_by": []any{"a"}, "duration": object{"value": 0, "unit": "m"}}), "duration.value: must be at least 1"},
		{"query", one("alert_suppression", object{"group_by": []any{"a"}, "duration": object{"value": 1, "unit": "d"}}), "duration.unit: expected"},
		{"query", one("alert_suppression", object{"group_by": []any{"a"}, "missing_fields_strategy": "ignore"}), "missing_fields_strategy: expected"},
		{"saved_query", one("saved_id", nil), "saved_id: Required"},
		{"eql", one("query", nil), "query: Required"},
		{"eql", one("language", nil), "language: Required"},
		{"eql", one("language", "kuery"), "language: expected 'eql'"},
		{"esql", one("query", nil), "query: Required"},
		{"esql", one("language", "eql"), "language: expected 'esql'"},
		{"esql", one("index", 5), ""}, // A field that the type does not have is dropped, whatever it holds.
		{"threshold", one("query", nil), "query: Required"},
		{"threshold", one("threshold", nil), "threshold: Required"},
		{"threshold", one("threshold", object{"value": 1}), "threshold.field: Required"},
		{"threshold", one("threshold", object{"field": "a", "value": 0}), "threshold.value: must be at least 1"},
		{"threshold", one("threshold", object{"field": []any{"a", "b", "c", "d", "e", "f"}, "value": 1}), "threshold.field: must hold at most 5"},
		{"threshold", one("threshold", object{"field": []any{"a", "b", "c", "d", "e"}, "value": 1}), ""},
		{"threshold", one("threshold", object{"field": "a", "value": 1, "cardinality": []any{object{"field": "b", "value": -1}}}), "cardinality.0.value: must be at least 0"},
		{"threshold", one("alert_suppression", object{"group_by": []any{"a"}}), "alert_suppression.duration: Required"},
		{"new_terms", one("new_terms_fields", []any{}), "new_terms_fields: must hold at least 1"},
		{"new_terms", one("new_terms_fields", []any{"a", "b", "c", "d"}), "new_terms_fields: must hold at most 3"},
		{"new_terms", one("new_terms_fields", []any{"a", "b", "c"}), ""},
		{"new_terms", one("history_window_start", nil), "history_window_start: Required"},
		{"threat_match", one("threat_query", nil), "threat_query: Required"},
		{"threat_match", one("threat_index", nil), "threat_index: Required"},
		{"threat_match", one("threat_mapping", []any{}), "threat_mapping: must hold at least 1"},
		{"threat_match", mapping(with(entry, object{"type": "other"})), "entries.0.type: expected 'mapping'"},
		{"threat_match", mapping(entry, with(entry, object{"field": "c", "negate": true})), ""},
		{"threat_match", object{"items_per_search": 0, "concurrent_searches": 1}, "items_per_search: must be at least 1"},
		{"machine_learning", one("anomaly_threshold", -1), "anomaly_threshold: must be at least 0"},
		{"machine_learning", one("anomaly_threshold", 0), ""},
		{"machine_learning", one("machine_learning_job_id", []any{}), "machine_learning_job_id: must hold at least 1"},
		{"machine_learning", one("machine_learning_job_id", 5), "machine_learning_job_id: Expected array, received number"},
	}
}

func TestSchema(t *testing.T) {
	p := start(t, sandbox.Options{Connectors: map[string]string{"c": ".x"}})
	for i, row := range schemaRows() {
		body := with(with(minimal(row.kind), object{"rule_id": fmt.Sprint(i)}), row.changes)
		a := p.send("POST", rulesPath, body)
		switch {
		case row.want == "" && a.status != 200:
			t.Errorf("%s %v: %d %s", row.kind, row.changes, a.status, a.message())
		case row.want != "" && (a.status != 400 || !strings.Contains(a.message(), row.want) ||
			!strings.HasPrefix(a.message(), `"[request body]: `) || a.body["statusCode"] == nil):
			t.Errorf("%s %v: %d %s, want %q", row.kind, row.changes, a.status, a.message(), row.want)
		}
	}
}

// TestSchemaAgainstOpenAPI holds the table against Kibana's own description: both must refuse the same rows.
func TestSchemaAgainstOpenAPI(t *testing.T) {
	c := contract.Load(t)
	for _, row := range schemaRows() {
		body := with(minimal(row.kind), row.changes)
		err := c.CheckBody("POST", []byte(asJSON(t, body)))
		if (err == nil) != (row.want == "") {
			t.Errorf("%s %v: the document says %v, the table %q", row.kind, row.changes, err, row.want)
		}
	}
}

// TestSchemaProperty breaks rules at random, and asks the sandbox and Kibana's description about each.
func TestSchemaProperty(t *testing.T) {
	c := contract.Load(t)
	values := []any{nil, "", "a", "1h", "low", 0, 1, -1, 101, 2.5, true, []any{}, []any{"a"}, []any{1}, []any{object{}}, object{}, object{"field": "a", "value": 1}}
	names := slices.Sorted(maps.Keys(richest()))
	p := start(t, sandbox.Options{})
	rapid.Check(t, func(r *rapid.T) {
		kind := rapid.SampledFrom(kinds()).Draw(r, "kind")
		body := with(minimal(kind), object{"rule_id": nil})
		for range rapid.IntRange(1, 2).Draw(r, "changes") {
			body[rapid.SampledFrom(names).Draw(r, "field")] = rapid.SampledFrom(values).Draw(r, "value")
		}
		if body["type"] != kind {
			return // Another type has other fields, which the first row of the table covers.
		}
		text, err := json.Marshal(body)
		if err != nil {
			r.Fatal(err)
		}
		a := p.send("POST", rulesPath, body)
		byPlatform := a.status == 400 && a.body["statusCode"] != nil
		if err := c.CheckBody("POST", text); (err != nil) != byPlatform {
			r.Fatalf("%s\nsandbox: %d %s\ndocument: %v", text, a.status, a.message(), err)
		}
	})
}

// richest holds each field that some rule may have.
func richest() object {
	all := object{}
	for _, name := range strings.Fields(`name description risk_score severity rule_id enabled version tags author references
		false_positives license note setup from to interval max_signals threat actions throttle response_actions exceptions_list
		building_block_type rule_name_override timestamp_override timestamp_override_fallback_disabled risk_score_mapping
		severity_mapping investigation_fields related_integrations required_fields timeline_id timeline_title meta namespace
		output_index index data_view_id query language saved_id alert_suppression event_category_override timestamp_field
		tiebreaker_field threshold new_terms_fields history_window_start threat_query threat_index threat_mapping threat_filters
		threat_language threat_indicator_path concurrent_searches items_per_search anomaly_threshold machine_learning_job_id`) {
		all[name] = true
	}
	return all
}
