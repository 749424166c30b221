package sandbox_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/sandbox"
)

func TestCreateFillsDefaults(t *testing.T) {
	p := start(t, sandbox.Options{User: "ann"})
	got := p.must("POST", rulesPath, minimal("query"))
	const want = `{"actions":[],"author":[],"created_at":"2026-01-01T00:00:00.000Z","created_by":"ann","description":"d",` +
		`"enabled":false,"exceptions_list":[],"false_positives":[],"from":"now-6m","id":"00000000-0000-4000-8000-000000000001",` +
		`"immutable":false,"interval":"5m","language":"kuery","max_signals":100,"name":"n","output_index":"","query":"",` +
		`"references":[],"related_integrations":[],"required_fields":[],"revision":0,"risk_score":21,"risk_score_mapping":[],` +
		`"rule_id":"r","rule_source":{"type":"internal"},"setup":"","severity":"low","severity_mapping":[],"tags":[],"threat":[],` +
		`"to":"now","type":"query","updated_at":"2026-01-01T00:00:00.000Z","updated_by":"ann","version":1}`
	if diff := cmp.Diff(want, asJSON(t, got)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(got, p.must("GET", rulesPath+"?rule_id=r", nil)); diff != "" {
		t.Errorf("read by rule_id: %s", diff)
	}
	if diff := cmp.Diff(got, p.must("GET", rulesPath+"?id="+got["id"].(string), nil)); diff != "" {
		t.Errorf("read by id: %s", diff)
	}
}

func TestEachTypeHasItsDefaults(t *testing.T) {
	want := map[string][]string{
		"query": {"language kuery", "query "}, "saved_query": {"language kuery"}, "threshold": {"language kuery"},
		"new_terms": {"language kuery"}, "threat_match": {"language kuery", "threat_indicator_path threat.indicator"},
		"eql": {"language eql"}, "esql": {"language esql"}, "machine_learning": nil,
	}
	for _, kind := range kinds() {
		p := start(t, sandbox.Options{})
		got := p.must("POST", rulesPath, minimal(kind))
		var found []string
		for _, name := range []string{"language", "query", "threat_indicator_path"} {
			if _, sent := minimal(kind)[name]; !sent && got[name] != nil || name == "language" && got[name] != nil {
				found = append(found, fmt.Sprintf("%s %v", name, got[name]))
			}
		}
		if !slices.Equal(found, want[kind]) {
			t.Errorf("%s: %q, want %q", kind, found, want[kind])
		}
	}
}

func TestWriteNormalisation(t *testing.T) {
	duration := object{"value": 5, "unit": "m"}
	rows := []struct {
		name, kind string
		changes    object
		field      string
		want       string
	}{
		{"a threshold field", "threshold", nil, "threshold", `{"field":["host.id"],"value":5}`},
		{"no threshold field", "threshold", object{"threshold": object{"field": "", "value": 5}}, "threshold", `{"field":[],"value":5}`},
		{"threshold fields", "threshold", object{"threshold": object{"field": []any{"a", "b"}, "value": 5}}, "threshold", `{"field":["a","b"],"value":5}`},
		{"threshold suppression", "threshold", object{"alert_suppression": object{"duration": duration, "group_by": []any{"a"}}},
			"alert_suppression", `{"duration":{"unit":"m","value":5}}`},
		{"suppression of another type", "query", object{"alert_suppression": object{"duration": duration, "group_by": []any{"a"}}},
			"alert_suppression", `{"duration":{"unit":"m","value":5},"group_by":["a"]}`},
		{"a job id", "machine_learning", nil, "machine_learning_job_id", `["job"]`},
		{"job ids", "machine_learning", object{"machine_learning_job_id": []any{"a", "b"}}, "machine_learning_job_id", `["a","b"]`},
		{"ecs of a field", "query", object{"required_fields": []any{object{"name": "host.id", "type": "keyword"}, object{"name": "x", "type": "keyword", "ecs": true}}},
			"required_fields", `[{"ecs":true,"name":"host.id","type":"keyword"},{"ecs":false,"name":"x","type":"keyword"}]`},
		{"no filters", "query", object{"filters": []any{}}, "filters", `[]`},
		{"an unknown field", "query", object{"colour": "red"}, "colour", `null`},
		{"a field of another type", "query", object{"threshold": object{"field": "a", "value": 1}}, "threshold", `null`},
		{"a field that only Kibana sets", "query", object{"revision": 7}, "revision", `0`},
		{"immutable", "query", object{"immutable": true}, "immutable", `false`},
		{"a whole number with a point", "query", object{"max_signals": 50.0}, "max_signals", `50`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			isECS := func(name, kind string) bool { return name == "host.id" && kind == "keyword" }
			p := start(t, sandbox.Options{IsECS: isECS})
			got := p.must("POST", rulesPath, with(minimal(row.kind), row.changes))
			if text := asJSON(t, got[row.field]); text != row.want {
				t.Errorf("got %s, want %s", text, row.want)
			}
		})
	}
}

func TestActions(t *testing.T) {
	always := object{"summary": true, "notifyWhen": "onActiveAlert", "throttle": nil}
	hourly := object{"summary": true, "notifyWhen": "onThrottleInterval", "throttle": "1h"}
	own := object{"summary": false, "notifyWhen": "onActionGroupChange", "throttle": nil}
	rows := []struct {
		name      string
		throttle  any
		frequency any
		want      object
	}{
		{"nothing said", nil, nil, always},
		{"a throttle of the rule", "1h", nil, hourly},
		{"the word for each run", "rule", nil, always},
		{"a frequency of its own wins", "1h", own, own},
	}
	for _, row := range rows {
		p := start(t, sandbox.Options{Connectors: map[string]string{"c": ".email"}})
		sent := with(object{"id": "c", "action_type_id": ".email", "params": object{"to": []any{}}}, object{"frequency": row.frequency})
		got := p.must("POST", rulesPath, with(minimal("query"), object{"throttle": row.throttle, "actions": []any{sent}}))
		want := with(sent, object{"group": "default", "uuid": "00000000-0000-4000-8000-000000000001", "frequency": row.want})
		if diff := cmp.Diff(asJSON(t, []any{want}), asJSON(t, got["actions"])); diff != "" {
			t.Errorf("%s: %s", row.name, diff)
		}
		if got["throttle"] != nil {
			t.Errorf("%s: the throttle came back", row.name)
		}
	}
}

func TestUpdateReplaces(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	p := start(t, sandbox.Options{Clock: func() time.Time { now = now.Add(time.Second); return now }})
	old := p.must("POST", rulesPath, with(minimal("query"), object{
		"enabled": true, "version": 7, "tags": []any{"a"}, "max_signals": 5, "interval": "1m", "from": "now-2m", "note": "text",
	}))
	got := p.must("PUT", rulesPath, with(minimal("query"), object{"id": old["id"], "rule_id": nil, "name": "m"}))
	for name, want := range map[string]any{
		"id": old["id"], "rule_id": "r", "created_at": old["created_at"], "enabled": true, "version": old["version"],
		"name": "m", "tags": []any{}, "note": nil, "interval": "5m", "from": "now-6m",
	} {
		if diff := cmp.Diff(want, got[name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if asJSON(t, got["max_signals"]) != "100" || got["updated_at"] == old["updated_at"] {
		t.Errorf("max_signals %v, updated_at %v", got["max_signals"], got["updated_at"])
	}
	stated := p.must("PUT", rulesPath, with(minimal("query"), object{"enabled": false, "version": 2}))
	if stated["enabled"] != false || asJSON(t, stated["version"]) != "2" {
		t.Errorf("enabled %v, version %v", stated["enabled"], stated["version"])
	}
}

func TestPatchMerges(t *testing.T) {
	p := start(t, sandbox.Options{})
	p.must("POST", rulesPath, with(minimal("threshold"), object{"tags": []any{"a", "b"}, "note": "text"}))
	got := p.must("PATCH", rulesPath, object{"rule_id": "r", "tags": []any{"c"}, "threshold": object{"field": "x", "value": 9}, "colour": 1})
	for name, want := range map[string]string{
		"tags": `["c"]`, "note": `"text"`, "threshold": `{"field":["x"],"value":9}`, "name": `"n"`, "colour": "null",
	} {
		if text := asJSON(t, got[name]); text != want {
			t.Errorf("%s: %s, want %s", name, text, want)
		}
	}
	for _, bad := range []object{{"severity": "none"}, {"type": "query"}, {"name": 5}} {
		if a := p.send("PATCH", rulesPath, with(bad, object{"rule_id": "r"})); a.status != 400 {
			t.Errorf("%v: %d", bad, a.status)
		}
	}
	if again := p.must("GET", rulesPath+"?rule_id=r", nil); asJSON(t, again) != asJSON(t, got) {
		t.Error("a refused patch changed the rule")
	}
}

func TestRevision(t *testing.T) {
	p := start(t, sandbox.Options{Connectors: map[string]string{"c": ".x"}})
	p.must("POST", rulesPath, with(minimal("query"), object{"actions": []any{object{"id": "c", "action_type_id": ".x", "params": object{}}}}))
	steps := []struct {
		name string
		body object
		want string
	}{
		{"nothing", object{}, "0"},
		{"the same", object{"name": "n", "max_signals": 100}, "0"},
		{"enabled", object{"enabled": true}, "0"},
		{"a name", object{"name": "m"}, "1"},
		{"the same name", object{"name": "m"}, "1"},
		{"a version", object{"version": 2}, "2"},
		{"a tag", object{"tags": []any{"a"}}, "3"},
		{"the same action without uuid", object{"actions": []any{object{"id": "c", "action_type_id": ".x", "params": object{}}}}, "3"},
		{"no action", object{"actions": []any{}}, "4"},
	}
	for _, step := range steps {
		got := p.must("PATCH", rulesPath, with(step.body, object{"rule_id": "r"}))
		if text := asJSON(t, got["revision"]); text != step.want {
			t.Errorf("%s: revision %s, want %s", step.name, text, step.want)
		}
	}
}

func TestKeys(t *testing.T) {
	const id = "00000000-0000-4000-8000-000000000001"
	p := start(t, sandbox.Options{})
	p.must("POST", rulesPath, minimal("query"))
	for _, method := range []string{"GET", "DELETE"} {
		for query, want := range map[string]string{
			"":                            `400 ["either \"id\" or \"rule_id\" must be set"]`,
			"?id=" + id + "&rule_id=r":    `400 ["both \"id\" and \"rule_id\" cannot exist, choose one or the other"]`,
			"?rule_id=x":                  `404 "rule_id: \"x\" not found"`,
			"?id=" + id[:len(id)-1] + "2": `404 "id: \"00000000-0000-4000-8000-000000000002\" not found"`,
			"?id=1":                       `400 "[request query]: id: must be a UUID"`,
		} {
			a := p.send(method, rulesPath+query, nil)
			if got := fmt.Sprint(a.status, " ", a.message()); got != want {
				t.Errorf("%s %s: %s, want %s", method, query, got, want)
			}
		}
	}
	for _, method := range []string{"PUT", "PATCH"} {
		for _, row := range []struct {
			key  object
			want string
		}{
			{object{"rule_id": nil}, `400 ["either \"id\" or \"rule_id\" must be set"]`},
			{object{"id": id}, `400 ["both \"id\" and \"rule_id\" cannot exist, choose one or the other"]`},
			{object{"rule_id": "x"}, `404 "rule_id: \"x\" not found"`},
			{object{"rule_id": nil, "id": "x"}, `400 "[request body]: id: must be a UUID"`},
		} {
			a := p.send(method, rulesPath, with(minimal("query"), row.key))
			if got := fmt.Sprint(a.status, " ", a.message()); got != row.want {
				t.Errorf("%s %v: %s, want %s", method, row.key, got, row.want)
			}
		}
	}
	a := p.send("POST", rulesPath, minimal("query"))
	if got := fmt.Sprint(a.status, " ", a.message()); got != `409 "rule_id: \"r\" already exists"` {
		t.Errorf("created twice: %s", got)
	}
}

func TestDelete(t *testing.T) {
	p := start(t, sandbox.Options{})
	made := p.must("POST", rulesPath, minimal("query"))
	if diff := cmp.Diff(made, p.must("DELETE", rulesPath+"?rule_id=r", nil)); diff != "" {
		t.Errorf("the deleted rule: %s", diff)
	}
	if a := p.send("DELETE", rulesPath+"?rule_id=r", nil); a.status != http.StatusNotFound {
		t.Errorf("deleted twice: %d", a.status)
	}
	if again := p.must("POST", rulesPath, minimal("query")); again["id"] == made["id"] {
		t.Error("the new rule has the old id")
	}
}

func TestRuleIDIsTakenOnce(t *testing.T) {
	p := start(t, sandbox.Options{})
	var done sync.WaitGroup
	statuses := make([]int, 16)
	for i := range statuses {
		done.Go(func() { statuses[i] = p.send("POST", rulesPath, minimal("query")).status })
	}
	done.Wait()
	slices.Sort(statuses)
	if statuses[0] != 200 || statuses[1] != 409 || statuses[15] != 409 {
		t.Errorf("statuses %v", statuses)
	}
	if total := p.must("GET", rulesPath+"/_find", nil)["total"]; asJSON(t, total) != "1" {
		t.Errorf("%v rules", total)
	}
}
