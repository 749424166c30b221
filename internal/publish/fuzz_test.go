package publish_test

import (
	"reflect"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/publish"
)

// FuzzReadLock reads any lock. What is taken is written in one form, and can be planned with and added to.
func FuzzReadLock(f *testing.F) {
	for _, seed := range []string{
		"", `{"format":1}`, `{"format":2}`, `{"format":1,"spaces":{"a":null,"b":{"rule":null}}}`,
		`{"format":1,"spaces":{"s":{"rule":{"r":{"hash":"h","version":3,"stated":["enabled","x"]}},"value_list":{"v":{"hash":"h"}}}}}`,
		"<<<<<<< HEAD\n{}", `{"format":1,"spaces":{"s":{"odd":{"r":{}}}}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lock, err := publish.ReadLock([]byte(text))
		if err != nil {
			return
		}
		once, err := lock.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := publish.ReadLock(once)
		if err != nil {
			t.Fatalf("%v in %s", err, once)
		}
		if twice, _ := again.Encode(); string(twice) != string(once) {
			t.Errorf("%s became %s", once, twice)
		}
		rule := query("r", nil)
		for _, locked := range lock.Spaces {
			publish.Make([]publish.Desired{rule}, publish.State{Rules: []map[string]any{rule.Body}}, publish.Options{Lock: locked, Prune: true, PruneLimit: 1})
		}
		lock.Record("s", []publish.Outcome{{Action: publish.Create, Kind: publish.Rule, ID: "r", Stored: rule.Body}, {Action: publish.Delete, Kind: publish.Rule, ID: "r"}})
	})
}

// FuzzDecodePlans reads any plan file. What is taken is written and read as the same, and can be held against a space.
func FuzzDecodePlans(f *testing.F) {
	rules := []publish.Desired{query("a", nil), query("b", object{"version": 2})}
	plan := publish.Make(rules, publish.State{Rules: []map[string]any{with(rules[1].Body, object{"id": "i", "name": "other", "revision": 4})}}, publish.Options{})
	whole, err := publish.EncodePlans([]publish.Planned{{Target: publish.Target{Address: "http://a", Space: "default"}, Plan: plan}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(whole))
	f.Add(string(whole[:len(whole)/2]))
	f.Add(`{"tocsin_plan":2}`)
	f.Add(`{"tocsin_plan":1,"spaces":[{"changes":[{"action":"delete","kind":"odd","id":"x"},{"action":"odd"}]}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		plans, err := publish.DecodePlans([]byte(text))
		if err != nil {
			return
		}
		again, err := publish.EncodePlans(plans)
		if err != nil {
			t.Fatal(err)
		}
		back, err := publish.DecodePlans(again)
		if err != nil {
			t.Fatalf("%v in %s", err, again)
		}
		if twice, _ := publish.EncodePlans(back); !reflect.DeepEqual(twice, again) {
			t.Errorf("%s became %s", again, twice)
		}
		for _, p := range plans {
			publish.Moved(p.Plan, publish.State{Rules: []map[string]any{rules[0].Body}})
			p.Scope()
		}
	})
}
