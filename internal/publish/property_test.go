package publish_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-rules/tocsin/internal/corpus"
	"github.com/tocsin-rules/tocsin/internal/kibana"
	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/sandbox"
	"github.com/tocsin-rules/tocsin/internal/sandbox/contract"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// choice draws one of some values, which are meant to be many forms of few things.
func choice(values ...any) *rapid.Generator[any] { return rapid.SampledFrom(values) }

// common are forms of the fields of every rule, the near and the odd ones too.
func common() map[string]*rapid.Generator[any] {
	tactic := object{"id": "TA0002", "name": "Execution", "reference": "https://example.com"}
	action := object{"id": "c", "action_type_id": ".x", "params": object{"to": []any{}, "n": 1.0}}
	return map[string]*rapid.Generator[any]{
		"name": choice("a", "b", "ä \"q\" \\"), "risk_score": choice(0, 21, 21.0, json.Number("47.0"), 100),
		"severity": choice("low", "critical"), "enabled": choice(true, false), "version": choice(1, 2, 7.0),
		"tags": choice([]any{}, []string{}, []any{"a"}, []string{"a", "b"}), "note": choice("", "text"),
		"setup": choice("", "text"), "max_signals": choice(100, 50, 1e2), "interval": choice("5m", "1m"),
		"threat": choice([]any{}, []any{object{"framework": "F", "tactic": tactic, "technique": []any{}}}, []any{object{"framework": "F", "tactic": tactic}}),
		"actions": choice([]any{}, []any{action}, []any{with(action, object{"uuid": "u", "group": "default"})},
			[]any{with(action, object{"frequency": object{"summary": true, "notifyWhen": "onThrottleInterval", "throttle": "1h"}})}),
		"throttle": choice("rule", "no_actions", "1h"), "meta": choice(object{}, object{"a": []any{}, "b": nil}),
		"required_fields":  choice([]any{}, []any{object{"name": "a", "type": "ip"}}, []any{object{"name": "a", "type": "ip", "ecs": true}}),
		"exceptions_list":  choice([]any{}, []any{object{"id": "i", "list_id": "l", "type": "detection", "namespace_type": "single"}}),
		"severity_mapping": choice([]any{}, []any{object{"field": "a", "operator": "equals", "value": "", "severity": "high"}}),
	}
}

// ofType are forms of the fields of one type, of which all are needed.
func ofType() map[string]map[string]*rapid.Generator[any] {
	duration := object{"value": 5.0, "unit": "m"}
	by := choice(object{"group_by": []any{"a"}}, object{"group_by": []string{"a"}, "missing_fields_strategy": "suppress"},
		object{"group_by": []any{"a"}, "missing_fields_strategy": "doNotSuppress", "duration": duration})
	return map[string]map[string]*rapid.Generator[any]{
		"query":       {"query": choice("", "a: 1"), "language": choice("kuery", "lucene"), "filters": choice([]any{}, []any{object{"query": object{"terms": []any{}}}})},
		"saved_query": {"saved_id": choice("s"), "alert_suppression": by},
		"eql":         {"query": choice("any where true"), "language": choice("eql"), "alert_suppression": by},
		"esql":        {"query": choice("from a"), "language": choice("esql")},
		"threshold": {"query": choice("a"), "alert_suppression": choice(object{"duration": duration}, object{"duration": duration, "group_by": []any{"a"}}),
			"threshold": choice(object{"field": "", "value": 5}, object{"field": []any{}, "value": 5.0}, object{"field": "a", "value": 5},
				object{"field": []string{"a"}, "value": 5, "cardinality": []any{}}, object{"field": []any{"a"}, "value": 6, "cardinality": []any{object{"field": "b", "value": 2}}})},
		"new_terms": {"query": choice("a"), "new_terms_fields": choice([]any{"a"}, []string{"a", "b"}), "history_window_start": choice("now-7d")},
		"threat_match": {"query": choice("a"), "threat_query": choice("*:*"), "threat_index": choice([]any{"t"}), "threat_indicator_path": choice("threat.indicator", "x"),
			"threat_mapping": choice([]any{object{"entries": []any{object{"field": "a", "type": "mapping", "value": "b"}}}})},
		"machine_learning": {"anomaly_threshold": choice(50, 50.0), "machine_learning_job_id": choice("j", []any{"j"}, []string{"j", "k"})},
	}
}

// draw makes a rule of any type with some of the fields.
func draw(r *rapid.T, id string) publish.Desired {
	types := ofType()
	kind := rapid.SampledFrom(slices.Sorted(maps.Keys(types))).Draw(r, "type")
	body := object{"rule_id": id, "name": "n", "description": "d", "type": kind, "severity": "low", "risk_score": 5}
	fields := common()
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if rapid.Bool().Draw(r, name+"?") {
			body[name] = fields[name].Draw(r, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(types[kind])) {
		body[name] = types[kind][name].Draw(r, name)
	}
	return publish.Desired{Kind: publish.Rule, ID: id, Name: "n", Source: id + ".toml", Body: body}
}

// guard is the contract where the test data is, and nothing elsewhere. Loaded once, for rapid asks for it often.
func guard(t testing.TB) func(http.Handler) http.Handler {
	if os.Getenv(corpus.Env) == "" {
		return func(h http.Handler) http.Handler { return h }
	}
	c := contract.Load(t)
	return func(h http.Handler) http.Handler { return c.Wrap(t, h) }
}

// TestAnyRulesSecondPlanIsEmpty publishes any rules to a Kibana that holds other ones under the same ids.
func TestAnyRulesSecondPlanIsEmpty(t *testing.T) {
	wrap := guard(t)
	rapid.Check(t, func(r *rapid.T) {
		kib := sandbox.New(sandbox.Options{Connectors: map[string]string{"c": ".x"}, IsECS: func(string, string) bool { return true }})
		server := httptest.NewServer(wrap(kib))
		defer server.Close()
		client := connect(r, server.URL)
		makeList(r, client)
		for round := range 2 {
			var desired []publish.Desired
			for _, id := range []string{"r0", "r1", "r2"} {
				desired = append(desired, draw(r, id))
			}
			plan := makePlan(desired, read(r, client))
			// One rule at a time, for what rapid draws must not depend on chance.
			outcomes, err := publish.Apply(r.Context(), client, plan, nil, publish.Parallel(1))
			if err != nil || errs(outcomes) != nil {
				r.Fatalf("round %d: %v %q", round, err, errs(outcomes))
			}
			if plan := makePlan(desired, read(r, client)); !plan.Empty() {
				r.Fatalf("round %d: second plan: %+v", round, plan)
			}
		}
	})
}

// makeList makes the exception list that drawn rules may refer to.
func makeList(t tester, client *kibana.Client) {
	t.Helper()
	list := object{"list_id": "l", "name": "l", "description": "d", "type": "detection", "namespace_type": "single"}
	if _, err := client.CreateException(t.Context(), list); err != nil {
		t.Fatal(err)
	}
}

// TestPlanShowsExactlyTheEdits edits rules in Kibana at random; the plan must show those fields and no others.
func TestPlanShowsExactlyTheEdits(t *testing.T) {
	edits := map[string]any{
		"name": "edited", "description": "edited", "risk_score": 99, "severity": "high", "tags": []any{"edited"},
		"note": "edited", "max_signals": 7, "interval": "2m", "setup": "edited", "references": []any{"https://example.com/edited"},
		"threat":              []any{object{"framework": "edited", "tactic": object{"id": "a", "name": "b", "reference": "c"}}},
		"building_block_type": "default", "timestamp_override": "event.ingested", "license": "edited",
		"investigation_fields": object{"field_names": []any{"edited"}}, "meta": object{"edited": true},
	}
	names := slices.Sorted(maps.Keys(edits))
	rapid.Check(t, func(r *rapid.T) {
		server := httptest.NewServer(sandbox.New(sandbox.Options{Connectors: map[string]string{"c": ".x"}}))
		defer server.Close()
		client := connect(r, server.URL)
		makeList(r, client)
		desired := []publish.Desired{draw(r, "r0"), draw(r, "r1")}
		apply(r, client, desired)
		var want []string
		edit := object{"rule_id": "r0"}
		for _, name := range names {
			if rapid.Bool().Draw(r, name) {
				edit[name] = edits[name]
				want = append(want, name)
			}
		}
		patch(r, client, edit)
		plan := makePlan(desired, read(r, client))
		var got []string
		for _, f := range plan.Changes[0].Fields {
			got = append(got, f.Path)
		}
		if !slices.Equal(got, want) || plan.Changes[1].Action != publish.None {
			r.Fatalf("plan shows %q, edited were %q; the other rule: %v", got, want, plan.Changes[1])
		}
	})
}

// TestCorpus publishes the real rules, checks each request and answer, and finds nothing to do afterwards.
func TestCorpus(t *testing.T) {
	kib := sandbox.New(sandbox.Options{Connectors: map[string]string{"c": ".x"}})
	client := serve(t, contract.Guard(t, kib))
	desired := corpusRules(t)
	plan := apply(t, client, desired)
	if n := plan.Count(publish.Create); n != len(desired) || n < 1500 {
		t.Errorf("%d of %d rules created", n, len(desired))
	}
	if plan := makePlan(desired, read(t, client)); !plan.Empty() {
		t.Errorf("second plan: %d updates, the first of %v", plan.Count(publish.Update), firstUpdate(plan))
	}
}

// corpusRules are the real rules.
func corpusRules(t testing.TB) []publish.Desired {
	t.Helper()
	var desired []publish.Desired
	for _, file := range corpus.Rules(t) {
		doc, problems := tomltext.Parse(source.NewFile(file.Name, file.Text))
		if problems.HasErrors() {
			t.Fatal(problems)
		}
		r, problems := rule.Decode(doc)
		if problems.HasErrors() {
			t.Fatal(problems)
		}
		desired = append(desired, publish.Desired{Kind: publish.Rule, ID: r.RuleID, Name: r.Name, Source: file.Name, Body: r.EncodeAPI()})
	}
	return desired
}

func firstUpdate(plan publish.Plan) string {
	for _, c := range plan.Changes {
		for _, f := range c.Fields {
			return strings.Join([]string{c.Source, f.Path}, " ")
		}
	}
	return ""
}
