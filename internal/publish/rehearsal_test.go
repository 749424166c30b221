package publish_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/kibana"
	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/sandbox"
)

// seeds is how often the rehearsal runs with all rules: go test ./internal/publish -run TestRehearsal -seeds 20. Without it, it
// runs once with a part of them.
var seeds = flag.Int("seeds", 0, "number of seeded runs of the rehearsal with all rules")

// everySeed is the environment variable that asks for the same as -seeds, where flags cannot be given.
const everySeed = "TOCSIN_REHEARSAL_SEEDS"

// rehearsal is a repository of the real rules that publishes to a Kibana of which a tenth of the requests go wrong.
type rehearsal struct {
	*repository
	calm    *kibana.Client
	desired map[string]publish.Desired
	dice    *rand.Rand
	killed  bool
}

// TestRehearsal takes the real rules, exceptions for a tenth of them, values and a timeline template all their way with
// faults: applied with an interruption, planned again, changed on both sides, pulled, pruned, rolled back. At the end of
// each step repository and Kibana are equal, object by object, and none is doubled or lost.
func TestRehearsal(t *testing.T) {
	rules, count := corpusRules(t), *seeds
	if n, err := strconv.Atoi(os.Getenv(everySeed)); err == nil && count == 0 {
		count = n
	}
	if count == 0 {
		rules = rules[:300]
	}
	for seed := range max(1, count) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			newRehearsal(t, uint64(seed), rules).run()
		})
	}
}

func newRehearsal(t *testing.T, seed uint64, rules []publish.Desired) *rehearsal {
	kib := sandbox.New(sandbox.Options{Connectors: map[string]string{"c": ".x"}})
	faults := sandbox.Faults{
		Rate: 0.1, Seed: seed, Kinds: []string{"429", "502", "503", "504", "reset", "partial", "slow"},
		Sleep: func(context.Context, time.Duration) {},
	}
	r := &rehearsal{
		repository: &repository{t: t, client: serve(t, faults.Wrap(kib)), options: publish.Options{OwnerTag: "ours", PruneLimit: 0.1}},
		calm:       serve(t, kib), desired: map[string]publish.Desired{}, dice: rand.New(rand.NewPCG(seed, 1)), killed: seed%2 == 1,
	}
	r.lock, _ = publish.ReadLock(nil)
	for i, d := range rules {
		if i%10 == 0 {
			d.Body = with(d.Body, object{"exceptions_list": []any{
				object{"id": "of another space", "list_id": "trusted", "type": "detection", "namespace_type": "single"},
			}})
		}
		r.desired[d.ID] = d
	}
	r.hold(trusted("ann", "bob"), addresses("10.0.0.1\n10.0.0.2\n"), templates(nil, "host"))
	return r
}

// hold makes objects part of the repository.
func (r *rehearsal) hold(lists ...[]publish.Desired) {
	for _, d := range slices.Concat(lists...) {
		r.desired[d.ID] = d
	}
}

func (r *rehearsal) run() {
	original := maps.Clone(r.desired)
	r.interrupted()
	r.settle("first apply")

	edited, drifted := r.some(len(original)/25), r.some(len(original)/25)
	for _, id := range edited {
		r.edit(id, object{"note": "edited in the repository"})
	}
	r.hold(trusted("ann", "eve"), addresses("10.0.0.2\n10.0.0.3\n"), templates(object{"kqlMode": "search"}, "host"))
	for _, id := range drifted {
		patch(r.t, r.calm, object{"rule_id": id, "references": []any{"https://example.com/edited-in-kibana"}})
	}
	r.drift(drifted)
	r.pull(drifted)
	r.settle("changes of both sides")

	for _, id := range append(r.some(len(original)/12), "trusted-eve") {
		delete(r.desired, id)
	}
	r.options.Prune = true
	r.settle("prune")
	r.options.Prune = false

	r.desired = original
	r.options.OverwriteDrift = true // What was pruned is gone from Kibana, and from the lock.
	r.settle("rollback")
}

// some are different rule_ids of the repository.
func (r *rehearsal) some(n int) []string {
	ids := slices.DeleteFunc(slices.Sorted(maps.Keys(r.desired)), func(id string) bool { return r.desired[id].Kind != publish.Rule })
	r.dice.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	return ids[:n]
}

func (r *rehearsal) edit(id string, change object) {
	d := r.desired[id]
	d.Body = with(d.Body, change)
	r.desired[id] = d
}

// planned compares the repository with what a client sees.
func (r *rehearsal) planned(ctx context.Context, client publish.Client) (publish.Plan, error) {
	o := r.options
	o.Lock = r.lock.Spaces["space"]
	all := slices.Collect(maps.Values(r.desired))
	state, err := publish.Read(ctx, client, publish.ScopeOf(all, o.Lock))
	return publish.Make(all, state, o), err
}

// try plans and applies once, and tells whether there was nothing left to do.
func (r *rehearsal) try(ctx context.Context) bool {
	plan, err := r.planned(ctx, r.client)
	if err != nil {
		return false
	}
	outcomes, _ := publish.Apply(ctx, r.client, plan, nil) // What failed is planned again.
	r.lock.Record("space", outcomes)
	return plan.Empty()
}

// interrupted begins an apply and ends it in the middle: as Ctrl-C does, or with every other seed as kill -9 does, which
// leaves no word in the lock.
func (r *rehearsal) interrupted() {
	ctx, cancel := context.WithCancel(r.t.Context())
	defer cancel()
	plan, err := r.planned(r.t.Context(), r.calm)
	if err != nil {
		r.t.Fatal(err)
	}
	outcomes, _ := publish.Apply(ctx, r.client, plan, nil, publish.Sent(func(int) { cancel() }))
	if r.killed {
		return
	}
	r.lock.Record("space", outcomes)
}

// settle applies until there is nothing to do, and proves that both sides are equal.
func (r *rehearsal) settle(step string) {
	r.t.Helper()
	for n := 0; !r.try(r.t.Context()); n++ {
		if n == 20 {
			r.t.Fatal(fmt.Sprintf("%s: not done after %d runs", step, n))
		}
	}
	if plan, err := r.planned(r.t.Context(), r.calm); err != nil || !plan.Empty() {
		r.t.Errorf("%s: something is left to do: %s, %v", step, actions(plan), err)
	}
	there := map[string]int{}
	for _, rule := range read(r.t, r.calm) {
		id := rule["rule_id"].(string)
		there[id]++
		d, wanted := r.desired[id]
		if !wanted {
			r.t.Errorf("%s: %s is in Kibana only", step, id)
			continue
		}
		left := slices.DeleteFunc(publish.Compare(rule, d.Body), func(f publish.FieldChange) bool {
			_, stated := d.Body[f.Path]
			// Counted by the publisher, marked by it, and left to Kibana.
			return f.Path == "version" || f.Path == "tags" || f.Path == "exceptions_list" && !stated
		})
		if len(left) > 0 {
			r.t.Errorf("%s: %s differs: %+v", step, id, left)
		}
	}
	for id, d := range r.desired {
		if d.Kind == publish.Rule && there[id] != 1 {
			r.t.Errorf("%s: %s is in Kibana %d times", step, id, there[id])
		}
	}
}

// drift proves that exactly these rules have drifted.
func (r *rehearsal) drift(want []string) {
	r.t.Helper()
	plan, err := r.planned(r.t.Context(), r.calm)
	if err != nil {
		r.t.Fatal(err)
	}
	var got []string
	for _, c := range plan.Changes {
		if c.Action == publish.Drifted {
			got = append(got, c.ID)
		}
	}
	if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		r.t.Errorf("drifted %d, want %d", len(got), len(want))
	}
}

// pull takes what drifted into the repository.
func (r *rehearsal) pull(ids []string) {
	rules := slices.DeleteFunc(read(r.t, r.calm), func(rule map[string]any) bool { return !slices.Contains(ids, rule["rule_id"].(string)) })
	var outcomes []publish.Outcome
	for _, p := range publish.Pull(publish.State{Rules: rules}, slices.Collect(maps.Values(r.desired)), r.options) {
		body := p.Body
		for _, server := range []string{"id", "created_at", "created_by", "updated_at", "updated_by", "revision", "immutable", "rule_source"} {
			delete(body, server)
		}
		d := r.desired[p.Outcome.ID]
		d.Body = body
		r.desired[p.Outcome.ID] = d
		outcomes = append(outcomes, p.Outcome)
	}
	r.lock.Record("space", outcomes)
}

// BenchmarkPlan plans the real rules when there is nothing to do, with what the server takes.
func BenchmarkPlan(b *testing.B) {
	desired := corpusRules(b)
	kib := sandbox.New(sandbox.Options{Connectors: map[string]string{"c": ".x"}})
	requests := 0
	client := serve(b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		kib.ServeHTTP(w, r)
	}))
	apply(b, client, desired)
	b.ReportAllocs()
	requests = 0
	for b.Loop() {
		if plan := makePlan(desired, read(b, client)); !plan.Empty() {
			b.Fatal("something to do")
		}
	}
	b.ReportMetric(float64(requests)/float64(b.N), "requests/op")
}

// BenchmarkMakeCorpus compares the real rules, without what the server takes.
func BenchmarkMakeCorpus(b *testing.B) {
	desired := corpusRules(b)
	client := serve(b, sandbox.New(sandbox.Options{Connectors: map[string]string{"c": ".x"}}))
	apply(b, client, desired)
	rules := read(b, client)
	b.ReportAllocs()
	for b.Loop() {
		makePlan(desired, rules)
	}
}

// BenchmarkFirstApply publishes the real rules into an empty space.
func BenchmarkFirstApply(b *testing.B) {
	desired := corpusRules(b)
	for b.Loop() {
		client := serve(b, sandbox.New(sandbox.Options{Connectors: map[string]string{"c": ".x"}}))
		apply(b, client, desired)
	}
}
