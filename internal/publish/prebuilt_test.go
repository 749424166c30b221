package publish_test

import (
	"testing"

	"github.com/tocsin-rules/tocsin/internal/kibana"
	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/sandbox"
)

// TestPrebuiltRule: a rule of Elastic's that a repository changes keeps the version that Elastic counts, by which Kibana offers
// upgrades, and is then one that pull takes.
func TestPrebuiltRule(t *testing.T) {
	for _, from := range []int{1, 50} {
		r := newRepository(t)
		r.client = serve(t, sandbox.New(sandbox.Options{Prebuilt: func(id string) bool { return id == "elastic" }}))
		if _, err := r.client.ImportRules(t.Context(), []kibana.Rule{query("elastic", object{"version": 7}).Body}); err != nil {
			t.Fatal(err)
		}
		if stored := read(t, r.client)[0]; stored["immutable"] != true || publish.Custom(stored) {
			t.Fatalf("%v %v", stored["immutable"], stored["rule_source"])
		}
		ours := query("elastic", object{"note": "ours"})
		outcomes, err := publish.Apply(t.Context(), r.client, r.plan(ours), nil, publish.ImportFrom(from))
		if err != nil || errs(outcomes) != nil {
			t.Fatalf("%v %q", err, errs(outcomes))
		}
		r.lock.Record("space", outcomes)
		stored := read(t, r.client)[0]
		if stored["note"] != "ours" || text(t, stored["version"]) != "7" || stored["immutable"] != true || !publish.Custom(stored) {
			t.Errorf("from %d: %v %v %v %v", from, stored["note"], stored["version"], stored["immutable"], stored["rule_source"])
		}
		r.want("none elastic", ours)
	}
}
