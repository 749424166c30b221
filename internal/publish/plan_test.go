package publish_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/publish"
)

type object = map[string]any

// stored is a query rule as Kibana gives it back, with the fields given on top; a field that is nil is taken out.
func stored(id string, more object) object {
	r := object{
		"id": "00000000-0000-4000-8000-000000000001", "immutable": false, "rule_source": object{"type": "internal"},
		"created_at": "2026-01-01T00:00:00.000Z", "created_by": "a", "updated_at": "2026-01-01T00:00:00.000Z", "updated_by": "a",
		"revision": json.Number("3"), "enabled": false, "interval": "5m", "from": "now-6m", "to": "now",
		"max_signals": json.Number("100"), "version": json.Number("1"), "setup": "", "output_index": "",
		"actions": []any{}, "tags": []any{}, "threat": []any{}, "references": []any{}, "author": []any{}, "false_positives": []any{},
		"exceptions_list": []any{}, "related_integrations": []any{}, "required_fields": []any{}, "risk_score_mapping": []any{},
		"severity_mapping": []any{}, "language": "kuery",
	}
	maps.Copy(r, query(id, nil).Body)
	r["risk_score"] = json.Number("21")
	return with(r, more)
}

func with(r, changes object) object {
	r = maps.Clone(r)
	for name, v := range changes {
		switch {
		case v == nil:
			delete(r, name)
		case isNull(v):
			r[name] = nil
		default:
			r[name] = v
		}
	}
	return r
}

// null stands for a JSON null in the changes of a rule.
const null = "(null)"

func isNull(v any) bool { s, ok := v.(string); return ok && s == null }

// changed is the fields that a plan would change when a rule with the desired changes meets the stored one.
func changed(t *testing.T, desired, there object) string {
	t.Helper()
	plan := makePlan([]publish.Desired{query("r", desired)}, []map[string]any{stored("r", there)})
	c := plan.Changes[0]
	if want := map[bool]publish.Action{true: publish.Update, false: publish.None}[len(c.Fields) > 0]; c.Action != want {
		t.Errorf("action %s with %d fields: %s", c.Action, len(c.Fields), c.Reason)
	}
	var names []string
	for _, f := range c.Fields {
		names = append(names, f.Path)
	}
	return strings.Join(names, " ")
}

func TestComparison(t *testing.T) {
	one := func(name string, v any) object { return object{name: v} }
	threshold := func(more object) object {
		return with(object{"type": "threshold", "query": "a", "threshold": object{"field": "a", "value": 5}}, more)
	}
	ml := func(job any) object {
		return object{"type": "machine_learning", "machine_learning_job_id": job, "anomaly_threshold": 50, "query": nil, "language": nil}
	}
	action := func(more object) object {
		return one("actions", []any{with(object{"id": "c", "action_type_id": ".x", "params": object{"to": []any{}}}, more)})
	}
	always := object{"summary": true, "notifyWhen": "onActiveAlert", "throttle": nil}
	hourly := object{"summary": true, "notifyWhen": "onThrottleInterval", "throttle": "1h"}
	group := func(more object) object { return one("alert_suppression", with(object{"group_by": []any{"a"}}, more)) }
	rows := []struct {
		name           string
		desired, there object
		want           string
	}{
		{"nothing", nil, nil, ""},
		{"only fields that Kibana sets", nil, object{"revision": json.Number("9"), "updated_by": "b", "execution_summary": object{"x": 1}, "outcome": "exactMatch"}, ""},
		{"fields that Kibana sets, stated", object{"id": "x", "revision": 9, "immutable": true}, nil, ""},
		{"a name", one("name", "m"), nil, "name"},
		{"several fields", object{"name": "m", "tags": []any{"a"}, "risk_score": 22}, nil, "name risk_score tags"},

		{"a default stated", object{"interval": "5m", "from": "now-6m", "to": "now", "max_signals": 100, "setup": "", "language": "kuery"}, nil, ""},
		{"a default not stored", nil, object{"max_signals": nil, "setup": nil, "output_index": nil, "interval": nil, "language": nil}, ""},
		{"a default that was changed", nil, object{"max_signals": json.Number("50"), "interval": "1h"}, "interval max_signals"},
		{"a note that was added", nil, one("note", "text"), "note"},
		{"an empty query", one("query", ""), one("query", nil), ""},

		{"an empty list for none", object{"tags": []any{}, "filters": []any{}, "index": []any{}}, nil, ""},
		{"none for an empty list", nil, object{"filters": []any{}, "threat": nil}, ""},
		{"null for none", one("note", null), nil, ""},
		{"null for a note", one("note", null), one("note", "text"), "note"},
		{"null for a default", one("max_signals", null), nil, ""},
		{"a null that is stored", nil, one("filters", null), ""},
		{"a list of Go's kind", one("tags", []string{"a"}), one("tags", []any{"a"}), ""},
		{"an empty list of Go's kind", one("tags", []string{}), nil, ""},
		{"another order", one("tags", []any{"a", "b"}), one("tags", []any{"b", "a"}), "tags"},
		{"an element more", one("tags", []any{"a", "b"}), one("tags", []any{"a"}), "tags"},
		{"an empty list inside", one("threat", []any{object{"framework": "F", "technique": []any{}}}), one("threat", []any{object{"framework": "F"}}), ""},
		{"an empty list inside free content", one("filters", []any{object{"a": []any{}}}), one("filters", []any{object{}}), "filters"},
		{"null inside free content", one("meta", object{"a": nil}), one("meta", object{}), "meta"},

		{"a whole number with a point", one("risk_score", 21.0), nil, ""},
		{"a number with a point", one("risk_score", json.Number("21.0")), nil, ""},
		{"a number with an exponent", one("max_signals", json.Number("1e2")), nil, ""},
		{"zero below zero", one("meta", object{"a": json.Number("-0")}), one("meta", object{"a": json.Number("0")}), ""},
		{"an integer of Go's", one("max_signals", int64(100)), nil, ""},
		{"a number near it", one("risk_score", 21.5), nil, "risk_score"},
		{"a text for a number", one("risk_score", "21"), nil, "risk_score"},

		{"enabled not stated", nil, one("enabled", true), ""},
		{"enabled stated", one("enabled", false), one("enabled", true), "enabled"},
		{"version not stated", nil, one("version", json.Number("7")), ""},
		{"version stated", one("version", 8), one("version", json.Number("7")), "version"},
		{"actions not stated", nil, action(object{"uuid": "u", "group": "default", "frequency": always}), ""},
		{"actions stated to be none", one("actions", []any{}), action(nil), "actions"},
		{"exceptions not stated", nil, one("exceptions_list", []any{object{"list_id": "l"}}), ""},
		{"exceptions stated to be none", one("exceptions_list", []any{}), one("exceptions_list", []any{object{"list_id": "l"}}), "exceptions_list"},

		{"what Kibana adds to an action", action(nil), action(object{"uuid": "u", "group": "default", "frequency": always}), ""},
		{"a frequency of its own", action(object{"frequency": hourly}), action(object{"uuid": "u", "group": "default", "frequency": always}), "actions"},
		{"a throttle of the rule", with(action(nil), one("throttle", "1h")), action(object{"uuid": "u", "group": "default", "frequency": hourly}), ""},
		{"another throttle of the rule", with(action(nil), one("throttle", "1d")), action(object{"uuid": "u", "group": "default", "frequency": hourly}), "actions"},
		{"a throttle without actions", one("throttle", "1h"), nil, ""},
		{"another recipient", action(nil), action(object{"params": object{"to": []any{"a"}}}), "actions"},

		{"ecs of a field", one("required_fields", []any{object{"name": "a", "type": "ip"}}), one("required_fields", []any{object{"name": "a", "type": "ip", "ecs": true}}), ""},
		{"type of a field", one("required_fields", []any{object{"name": "a", "type": "ip"}}), one("required_fields", []any{object{"name": "a", "type": "long", "ecs": true}}), "required_fields"},

		{"a threshold field", threshold(nil), threshold(object{"threshold": object{"field": []any{"a"}, "value": json.Number("5")}}), ""},
		{"no threshold field", threshold(object{"threshold": object{"field": "", "value": 5}}), threshold(object{"threshold": object{"field": []any{}, "value": 5, "cardinality": []any{}}}), ""},
		{"another threshold field", threshold(nil), threshold(object{"threshold": object{"field": []any{"b"}, "value": 5}}), "threshold.field"},
		{"another threshold", threshold(nil), threshold(object{"threshold": object{"field": []any{"a"}, "value": 6}}), "threshold.value"},
		{"no threshold", nil, one("threshold", object{"value": 6}), "threshold"},
		{"suppression of a threshold rule", threshold(group(object{"duration": object{"value": 5, "unit": "m"}})),
			threshold(one("alert_suppression", object{"duration": object{"value": 5, "unit": "m"}})), ""},
		{"suppression of another rule", group(nil), group(object{"missing_fields_strategy": "suppress"}), ""},
		{"another strategy", group(nil), group(object{"missing_fields_strategy": "doNotSuppress"}), "alert_suppression.missing_fields_strategy"},
		{"a job id", ml("j"), ml([]any{"j"}), ""},
		{"another job id", ml("j"), ml([]any{"k"}), "machine_learning_job_id"},

		{"a field of a newer Kibana", nil, one("gap_filling", true), ""},
		{"a field of a newer Kibana that is stated", one("gap_filling", false), one("gap_filling", true), "gap_filling"},
		{"a field that Kibana does not keep", one("gap_filling", false), nil, "gap_filling"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := changed(t, row.desired, row.there); got != row.want {
				t.Errorf("changes %q, want %q", got, row.want)
			}
		})
	}
}

func TestTypeDefaults(t *testing.T) {
	for _, kind := range []string{"saved_query", "threshold", "new_terms", "threat_match", "eql", "esql", "machine_learning"} {
		there := object{"type": kind, "language": "kuery"}
		if kind == "threat_match" {
			there["threat_indicator_path"] = "threat.indicator"
		}
		want := ""
		if kind == "eql" || kind == "esql" || kind == "machine_learning" {
			want = "language" // Kibana fills in none there.
		}
		if got := changed(t, object{"type": kind}, there); got != want {
			t.Errorf("%s: changes %q, want %q", kind, got, want)
		}
	}
}

func TestFieldChange(t *testing.T) {
	desired := query("r", object{"max_signals": 5, "note": "new", "tags": []string{"a"}})
	there := stored("r", object{"license": "old", "alert_suppression": object{"group_by": []any{"a"}}})
	got := makePlan([]publish.Desired{desired}, []map[string]any{there}).Changes[0].Fields
	want := []publish.FieldChange{
		{Path: "alert_suppression", Before: object{"group_by": []any{"a"}, "missing_fields_strategy": "suppress"}},
		{Path: "license", Before: "old"},
		{Path: "max_signals", Before: json.Number("100"), After: json.Number("5")},
		{Path: "note", After: "new"},
		{Path: "tags", After: []any{"a"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPlanOrderAndActions(t *testing.T) {
	desired := []publish.Desired{query("c", nil), query("a", nil), query("b", object{"name": "new"}), query("d", nil)}
	actual := []map[string]any{stored("b", nil), stored("d", nil), stored("not ours", nil)}
	plan := makePlan(desired, actual)
	var got []string
	for _, c := range plan.Changes {
		got = append(got, fmt.Sprint(c.Action, " ", c.ID, " ", c.Name, " ", c.Source))
	}
	want := []string{
		"create a Rule a rules/a.toml", "update b Rule b rules/b.toml", "create c Rule c rules/c.toml", "none d Rule d rules/d.toml",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if plan.Count(publish.Create) != 2 || plan.Count(publish.Update) != 1 || plan.Empty() || !(publish.Plan{}).Empty() {
		t.Error("counts are wrong")
	}
}

func TestRefusals(t *testing.T) {
	twice := query("a", nil)
	twice.Source = "rules/other.toml"
	nameless := query("", nil)
	contrary := query("a", object{"rule_id": "b"})
	contrary.ID = "a"
	rows := []struct {
		name    string
		desired []publish.Desired
		actual  []map[string]any
		want    []string
	}{
		{"one", []publish.Desired{query("a", nil)}, nil, nil},
		{"the same rule_id twice", []publish.Desired{query("a", nil), twice}, nil,
			[]string{"used by several files: rules/a.toml, rules/other.toml", "used by several files: rules/a.toml, rules/other.toml"}},
		{"no rule_id", []publish.Desired{nameless}, nil, []string{"no rule_id"}},
		{"two rule_ids", []publish.Desired{contrary}, nil, []string{`body says rule_id "b"`}},
		{"twice in Kibana", []publish.Desired{query("a", nil)}, []map[string]any{stored("a", nil), stored("a", nil)}, []string{"kibana has 2 with this rule_id"}},
	}
	for _, row := range rows {
		plan := makePlan(row.desired, row.actual)
		if plan.Count(publish.Refuse) != len(row.want) {
			t.Errorf("%s: %+v", row.name, plan)
			continue
		}
		for i, want := range row.want {
			if c := plan.Changes[i]; !strings.Contains(c.Reason, want) || c.Body != nil {
				t.Errorf("%s: %q, want %q", row.name, c.Reason, want)
			}
		}
	}
}

// TestMakeKeepsItsArguments makes sure that what callers hold is not changed under them.
func TestMakeKeepsItsArguments(t *testing.T) {
	body := object{
		"type": "threshold", "threshold": object{"field": "a", "value": 1.0}, "id": "x", "note": nil, "throttle": "1h",
		"actions":         []any{object{"id": "c", "action_type_id": ".x", "params": object{}, "uuid": "u"}},
		"required_fields": []any{object{"name": "a", "type": "ip", "ecs": true}},
	}
	desired := []publish.Desired{query("r", body)}
	actual := []map[string]any{stored("r", with(body, object{"name": "other", "note": "text"}))}
	before := text(t, desired) + text(t, actual)
	makePlan(desired, actual)
	if after := text(t, desired) + text(t, actual); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
}

func TestBody(t *testing.T) {
	d := query("r", object{"id": "x", "revision": 4, "enabled": true})
	d.Body["note"] = nil
	delete(d.Body, "rule_id")
	got := makePlan([]publish.Desired{d}, nil).Changes[0].Body
	want := query("r", object{"enabled": true}).Body
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func BenchmarkMake(b *testing.B) {
	var desired []publish.Desired
	var actual []map[string]any
	for i := range 1500 {
		id := fmt.Sprintf("rule-%04d", i)
		long := object{"note": strings.Repeat("investigate ", 300), "tags": []any{"a", "b", "c"}, "index": []any{"logs-*"}}
		desired = append(desired, query(id, long))
		there := stored(id, long)
		if i%10 == 0 {
			there["max_signals"] = json.Number("7")
		}
		actual = append(actual, there)
	}
	b.ReportAllocs()
	for b.Loop() {
		if plan := makePlan(desired, actual); plan.Count(publish.Update) != 150 {
			b.Fatal("wrong plan")
		}
	}
}
