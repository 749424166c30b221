package publish_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/kibana"
	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/sandbox"
)

// repository is a repository that publishes into one space and keeps a lock.
type repository struct {
	t      tester
	client *kibana.Client
	lock   *publish.Lock
	// options are those of the next plan, without the lock.
	options publish.Options
}

func newRepository(t tester) *repository {
	lock, err := publish.ReadLock(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &repository{
		t: t, client: serve(t, sandbox.New(sandbox.Options{})), lock: lock,
		options: publish.Options{OwnerTag: "ours", PruneLimit: 1},
	}
}

func (r *repository) plan(desired ...publish.Desired) publish.Plan {
	r.t.Helper()
	o := r.options
	o.Lock = r.lock.Spaces["space"]
	return publish.Make(desired, publish.State{Rules: read(r.t, r.client)}, o)
}

func (r *repository) apply(desired ...publish.Desired) {
	r.t.Helper()
	outcomes, err := publish.Apply(r.t.Context(), r.client, r.plan(desired...), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, o := range outcomes {
		if o.Err != nil {
			r.t.Errorf("%s %s: %v", o.Action, o.ID, o.Err)
		}
	}
	r.lock.Record("space", outcomes)
}

// actions is a plan in short, such as "update a! create b", where the mark is drift.
func actions(p publish.Plan) string {
	var words []string
	for _, c := range p.Changes {
		word := string(c.Action) + " " + c.ID
		if c.Drift {
			word += "!"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func (r *repository) want(want string, desired ...publish.Desired) {
	r.t.Helper()
	if got := actions(r.plan(desired...)); got != want {
		r.t.Errorf("plan %q, want %q", got, want)
	}
}

func TestThreeWays(t *testing.T) {
	a, changed := query("a", nil), query("a", object{"name": "changed here"})
	rows := []struct {
		name           string
		there          object // What is changed in Kibana; nil deletes the rule.
		desired        publish.Desired
		want, overdone string // Without and with OverwriteDrift.
	}{
		{"nothing changed", object{}, a, "none a", "none a"},
		{"changed here", object{}, changed, "update a", "update a"},
		{"changed there", object{"name": "changed there"}, a, "drift a!", "update a!"},
		{"changed in both", object{"name": "changed there"}, changed, "drift a!", "update a!"},
		{"changed in both in the same way", object{"name": "changed here"}, changed, "none a", "none a"},
		{"deleted there", nil, a, "drift a!", "create a!"},
		{"enabled there, which no file states", object{"enabled": true}, a, "none a", "none a"},
		{"enabled there, and changed here", object{"enabled": true}, changed, "update a", "update a"},
		{"exceptions added there", object{"exceptions_list": []any{object{"id": "i", "list_id": "l", "type": "detection", "namespace_type": "single"}}}, changed, "update a", "update a"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := newRepository(t)
			r.apply(a)
			if row.there == nil {
				if err := r.client.DeleteRule(t.Context(), "a"); err != nil {
					t.Fatal(err)
				}
			} else if len(row.there) > 0 {
				patch(t, r.client, with(row.there, object{"rule_id": "a"}))
			}
			r.want(row.want, row.desired)
			r.options.OverwriteDrift = true
			r.want(row.overdone, row.desired)
			r.apply(row.desired)
			r.options.OverwriteDrift = false
			r.want("none a", row.desired)
		})
	}
}

// TestStatedStateDrifts: what a file states is ours, also where Kibana could keep its own.
func TestStatedStateDrifts(t *testing.T) {
	r := newRepository(t)
	stated := query("a", object{"enabled": false})
	r.apply(stated)
	patch(t, r.client, object{"rule_id": "a", "enabled": true})
	r.want("drift a!", stated)
}

func TestDriftIsNoFailureAndIsLeftAlone(t *testing.T) {
	r := newRepository(t)
	r.apply(query("a", nil), query("b", nil))
	patch(t, r.client, object{"rule_id": "a", "note": "an analyst's"})
	outcomes, err := publish.Apply(t.Context(), r.client, r.plan(query("a", nil), query("b", object{"name": "new"})), nil)
	if err != nil || outcomes[0].Err == nil || outcomes[1].Err != nil {
		t.Fatalf("%v, %+v", err, outcomes)
	}
	rule, err := r.client.GetRule(t.Context(), "a")
	if err != nil || rule["note"] != "an analyst's" {
		t.Errorf("%v, %v", rule["note"], err)
	}
	r.lock.Record("space", outcomes)
	r.want("drift a! none b", query("a", nil), query("b", object{"name": "new"}))
}

func TestVersionsRise(t *testing.T) {
	r := newRepository(t)
	version := func() string {
		rule, err := r.client.GetRule(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		return text(t, rule["version"])
	}
	for i, row := range []struct {
		more object
		want string
	}{
		{nil, "1"}, {nil, "1"}, {object{"name": "n"}, "2"}, {object{"name": "n", "enabled": true}, "2"},
		{object{"name": "n", "enabled": false, "note": "x"}, "3"}, {object{"version": 10}, "10"}, {object{"version": 10, "name": "o"}, "10"},
		{object{"name": "p"}, "11"},
	} {
		r.apply(query("a", row.more))
		if got := version(); got != row.want {
			t.Errorf("step %d: version %s, want %s", i, got, row.want)
		}
	}
	// A rule that was deleted in Kibana does not begin anew.
	if err := r.client.DeleteRule(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	r.options.OverwriteDrift = true
	r.apply(query("a", object{"name": "p"}))
	if got := version(); got != "12" {
		t.Errorf("created again: version %s, want 12", got)
	}
}

func TestPrune(t *testing.T) {
	r := newRepository(t)
	if _, err := r.client.CreateRule(t.Context(), query("others", object{"tags": []any{"ours"}}).Body); err != nil {
		t.Fatal(err)
	}
	r.apply(query("a", nil), query("b", nil), query("untagged", nil), query("edited", nil))
	patch(t, r.client, object{"rule_id": "untagged", "tags": []any{"taken over"}})
	patch(t, r.client, object{"rule_id": "edited", "name": "edited"})
	if p := r.plan(query("a", nil)); actions(p) != "none a" || p.Orphans != 2 {
		t.Errorf("without --prune: %s, %d orphans", actions(p), p.Orphans)
	}
	r.options.Prune = true
	r.want("delete b drift edited! none a", query("a", nil))
	for _, row := range []struct {
		limit float64
		want  string
	}{{0.25, "delete b drift edited! none a"}, {0.24, "refuse b drift edited! none a"}} {
		r.options.PruneLimit = row.limit
		r.want(row.want, query("a", nil))
	}
	r.options.PruneLimit = 0.25
	outcomes, err := publish.Apply(t.Context(), r.client, r.plan(query("a", nil)), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.lock.Record("space", outcomes)
	var left []string
	for _, rule := range read(t, r.client) {
		left = append(left, rule["rule_id"].(string))
	}
	if slices.Sort(left); !slices.Equal(left, []string{"a", "edited", "others", "untagged"}) {
		t.Errorf("left: %q", left)
	}
	if _, there := r.lock.Spaces["space"][publish.Rule]["b"]; there {
		t.Error("the lock still has the deleted rule")
	}
}

func TestPrebuiltRulesAreNeverPruned(t *testing.T) {
	r := newRepository(t)
	r.apply(query("a", nil))
	r.options.Prune = true
	o := r.options
	o.Lock = r.lock.Spaces["space"]
	rules := read(t, r.client)
	rules[0]["immutable"] = true
	if p := publish.Make(nil, publish.State{Rules: rules}, o); len(p.Changes) != 0 {
		t.Errorf("%s", actions(p))
	}
}

func TestDeprecation(t *testing.T) {
	r := newRepository(t)
	r.apply(query("a", object{"enabled": true}))
	old, never := query("a", object{"enabled": true}), query("b", nil)
	old.Deprecated, never.Deprecated = true, true
	r.want("update a", old, never)
	r.apply(old, never)
	rule, err := r.client.GetRule(t.Context(), "a")
	if err != nil || rule["enabled"] != false || rule["name"] != "Deprecated - Rule a" {
		t.Errorf("%v %v %v", rule["enabled"], rule["name"], err)
	}
	r.want("none a", old, never)
	r.options.Prune = true
	r.want("delete a", old, never)
	r.apply(old, never)
	r.want("", old, never)
}

func TestLockFile(t *testing.T) {
	r := newRepository(t)
	r.apply(query("b", nil), query("a", object{"enabled": true}))
	text, err := r.lock.Encode()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	if !strings.HasPrefix(lines[5], `        "a": {"hash":"`) || !strings.HasSuffix(lines[5], `","version":1,"stated":["enabled"]},`) ||
		!strings.HasPrefix(lines[6], `        "b": {"hash":"`) || !strings.HasSuffix(lines[6], `","version":1}`) {
		t.Errorf("%s", text)
	}
	again, err := publish.ReadLock(text)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := again.Encode(); err != nil || string(second) != string(text) {
		t.Errorf("%v\n%s", err, second)
	}
	if strings.Contains(string(text), "Rule a") {
		t.Error("the lock holds content")
	}
	for name, row := range map[string]struct{ text, want string }{
		"a newer one":   {`{"format": 2, "spaces": {}}`, "newer tocsin"},
		"another file":  {`{"a": 1}`, "states no format"},
		"half":          {string(text[:len(text)/2]), "no lock of tocsin"},
		"a conflict":    {"<<<<<<< ours\n" + string(text), "no lock of tocsin"},
		"another shape": {`{"format": 1, "spaces": []}`, "no lock of tocsin"},
	} {
		if _, err := publish.ReadLock([]byte(row.text)); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPlanFile(t *testing.T) {
	r := newRepository(t)
	r.apply(query("a", nil), query("c", nil))
	r.options.Prune = true
	desired := []publish.Desired{query("a", object{"name": "new", "max_signals": 5}), query("b", nil)}
	plan := publish.Planned{Target: publish.Target{Environment: "e", Address: "https://k", Space: "s"}, Plan: r.plan(desired...)}
	text, err := publish.EncodePlans([]publish.Planned{plan})
	if err != nil {
		t.Fatal(err)
	}
	plans, err := publish.DecodePlans(text)
	if err != nil || len(plans) != 1 || plans[0].Target != plan.Target {
		t.Fatalf("%v, %+v", err, plans)
	}
	if second, err := publish.EncodePlans(plans); err != nil || string(second) != string(text) {
		t.Errorf("%v\n%s", err, second)
	}
	if moved := publish.Moved(plans[0].Plan, publish.State{Rules: read(t, r.client)}); len(moved) != 0 {
		t.Errorf("moved: %v", moved)
	}
	outcomes, err := publish.Apply(t.Context(), r.client, plans[0].Plan, nil)
	if err != nil || errs(outcomes) != nil {
		t.Fatal(err, errs(outcomes))
	}
	r.lock.Record("space", outcomes)
	r.want("none a none b", desired...)
	if moved := publish.Moved(plans[0].Plan, publish.State{Rules: read(t, r.client)}); len(moved) != 3 {
		t.Errorf("moved after it was applied: %v", moved)
	}
	for name, row := range map[string]struct{ text, want string }{
		"a newer one": {`{"tocsin_plan": 2}`, "newer tocsin"},
		"another":     {`{"spaces": []}`, "does not say tocsin_plan"},
		"half":        {string(text[:len(text)/2]), "no plan of tocsin"},
		"no body":     {`{"tocsin_plan": 1, "spaces": [{"changes": [{"action": "create", "kind": "rule", "id": "a"}]}]}`, "has no body"},
	} {
		if _, err := publish.DecodePlans([]byte(row.text)); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := publish.DecodePlans([]byte(`{"tocsin_plan": 9}`)); !errors.Is(err, publish.ErrNewer) {
		t.Error(err)
	}
}

// TestImportOfMany: many rules go by imports, are enabled last, and end as wanted.
func TestImportOfMany(t *testing.T) {
	r := newRepository(t)
	var desired []publish.Desired
	for i := range 120 {
		desired = append(desired, query(fmt.Sprintf("r%03d", i), object{"enabled": i%2 == 0}))
	}
	desired[7].Body["severity"] = "none"
	outcomes, err := publish.Apply(t.Context(), r.client, r.plan(desired...), nil)
	if got := errs(outcomes); err != nil || len(got) != 1 || !strings.Contains(got[0], "severity") {
		t.Fatalf("%v, %q", err, got)
	}
	r.lock.Record("space", outcomes)
	desired[7].Body["severity"] = "low"
	r.apply(desired...)
	for i := range desired {
		desired[i].Body["note"] = "new"
	}
	r.apply(desired...)
	for _, rule := range read(t, r.client) {
		n := 0
		_, _ = fmt.Sscanf(rule["rule_id"].(string), "r%d", &n)
		if rule["enabled"] != (n%2 == 0) || text(t, rule["version"]) != "2" {
			t.Errorf("%s: enabled %v, version %v", rule["rule_id"], rule["enabled"], rule["version"])
		}
	}
	if p := r.plan(desired...); !p.Empty() {
		t.Errorf("%s", actions(p))
	}
}
