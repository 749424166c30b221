package publish_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/kibana"
	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/sandbox"
)

// seeds is how often the rehearsal runs with all rules: go test ./internal/publish -run TestRehearsal -seeds 20. Without it, it
// runs once with a part of them.
var seeds = flag.Int("seeds", 0, "number of seeded runs of the rehearsal with all rules")

// rehearsal is a repository of the real rules that publishes to a Kibana of which a tenth of the requests go wrong.
type rehearsal struct {
	*repository
	calm    *kibana.Client
	desired map[string]publish.Desired
	dice    *rand.Rand
}

// TestRehearsal takes the real rules all their way with faults: applied with an interruption, planned again, changed on
// both sides, pulled, pruned, rolled back. At the end of each step repository and Kibana are equal, rule by rule, and no
// rule is doubled or lost.
func TestRehearsal(t *testing.T) {
	rules := corpusRules(t)
	if *seeds == 0 {
		rules = rules[:300]
	}
	for seed := range max(1, *seeds) {
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
		calm:       serve(t, kib), desired: map[string]publish.Desired{}, dice: rand.New(rand.NewPCG(seed, 1)),
	}
	r.lock, _ = publish.ReadLock(nil)
	for _, d := range rules {
		r.desired[d.ID] = d
	}
	return r
}

func (r *rehearsal) run() {
	original := maps.Clone(r.desired)
	r.interrupted()
	r.settle("first apply")

	edited, drifted := r.some(len(original)/25), r.some(len(original)/25)
	for _, id := range edited {
		r.edit(id, object{"note": "edited in the repository"})
	}
	for _, id := range drifted {
		patch(r.t, r.calm, object{"rule_id": id, "references": []any{"https://example.com/edited-in-kibana"}})
	}
	r.drift(drifted)
	r.pull(drifted)
	r.settle("changes of both sides")

	for _, id := range r.some(len(original) / 12) {
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
	ids := slices.Sorted(maps.Keys(r.desired))
	r.dice.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	return ids[:n]
}

func (r *rehearsal) edit(id string, change object) {
	d := r.desired[id]
	d.Body = with(d.Body, change)
	r.desired[id] = d
}

// try plans and applies once, and tells whether there was nothing left to do.
func (r *rehearsal) try(ctx context.Context) bool {
	state, err := publish.Read(ctx, r.client, publish.Scope{})
	if err != nil {
		return false
	}
	o := r.options
	o.Lock = r.lock.Spaces["space"]
	plan := publish.Make(slices.Collect(maps.Values(r.desired)), state, o)
	outcomes, _ := publish.Apply(ctx, r.client, plan, nil) // What failed is planned again.
	r.lock.Record("space", outcomes)
	return plan.Empty()
}

// interrupted begins an apply and ends it in the middle, as Ctrl-C does.
func (r *rehearsal) interrupted() {
	ctx, cancel := context.WithCancel(r.t.Context())
	defer cancel()
	state, err := publish.Read(r.t.Context(), r.calm, publish.Scope{})
	if err != nil {
		r.t.Fatal(err)
	}
	plan := publish.Make(slices.Collect(maps.Values(r.desired)), state, r.options)
	outcomes, _ := publish.Apply(ctx, r.client, plan, nil, publish.Sent(func(int) { cancel() }))
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
			return f.Path == "version" || f.Path == "tags" // Counted by the publisher, and marked by it.
		})
		if len(left) > 0 {
			r.t.Errorf("%s: %s differs: %+v", step, id, left)
		}
	}
	for id := range r.desired {
		if there[id] != 1 {
			r.t.Errorf("%s: %s is in Kibana %d times", step, id, there[id])
		}
	}
}

// drift proves that exactly these rules have drifted.
func (r *rehearsal) drift(want []string) {
	r.t.Helper()
	o := r.options
	o.Lock = r.lock.Spaces["space"]
	var got []string
	for _, c := range publish.Make(slices.Collect(maps.Values(r.desired)), publish.State{Rules: read(r.t, r.calm)}, o).Changes {
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
	for _, p := range publish.Pull(rules, slices.Collect(maps.Values(r.desired)), r.options) {
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
