package eql

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/filter"
)

// timeline makes events of words such as "A@5/x": kind A, 5 minutes after the start, key x. Without a time an event
// comes a minute after the one before; several keys are written x+y, none as "/".
func timeline(t testing.TB, text string) []*event.Document {
	t.Helper()
	var lines []string
	for i, word := range strings.Fields(text) {
		kind, key, hasKey := strings.Cut(word, "/")
		kind, at, timed := strings.Cut(kind, "@")
		minute := float64(i)
		if timed {
			fmt.Sscan(at, &minute)
		}
		var keys []string
		for k := range strings.SplitSeq(key, "+") {
			if k != "" {
				keys = append(keys, fmt.Sprintf("%q", k))
			}
		}
		if !hasKey {
			keys = []string{`"x"`}
		}
		stamp := time.Unix(0, 0).UTC().Add(time.Duration(minute * float64(time.Minute))).Format("2006-01-02T15:04:05.000Z")
		lines = append(lines, fmt.Sprintf(`{"_id":%q,"@timestamp":%q,"kind":%q,"key":[%s]}`, word, stamp, kind, strings.Join(keys, ",")))
	}
	return parseDocs(t, lines...)
}

// brief writes steps as letters: "[A] ![B] [C]" for events of these kinds; "*" is any.
func brief(text string) string {
	for _, kind := range []string{"A", "B", "C", "M", "N", "U"} {
		text = strings.ReplaceAll(text, "["+kind+"]", fmt.Sprintf("[any where kind == %q]", kind))
	}
	return strings.ReplaceAll(text, "[*]", "[any where true]")
}

func found(docs []*event.Document, list []Match) string {
	var out []string
	for _, m := range list {
		var names []string
		for _, i := range m.Events {
			name := "-"
			if i >= 0 {
				name = docs[i].ID
			}
			names = append(names, name)
		}
		out = append(out, strings.Join(names, ","))
	}
	return strings.Join(out, " ")
}

// The rows state languages.md 3.3 and 3.4.
func TestSequences(t *testing.T) {
	for _, c := range []struct{ name, query, events, want string }{
		{"newest start wins", "sequence by key [A] [B]", "A A B", "A,B"}, {"which is the second", "sequence by key [A] [B]", "A@1 A@2 B", "A@2,B"},
		{"a start is consumed once", "sequence by key [A] [B]", "A B@1 B@2", "A,B@1"}, {"two in a row", "sequence by key [A] [B]", "A@1 B@2 A@3 B@4", "A@1,B@2 A@3,B@4"},
		{"end of one, start of another", "sequence by key [*] [*] [*]", "A@1 A@2 A@3 A@4 A@5", "A@1,A@2,A@3 A@2,A@3,A@4 A@3,A@4,A@5"}, {"order", "sequence by key [A] [B]", "B A", ""},
		{"keys apart", "sequence by key [A] [B]", "A/x B/y", ""}, {"keys together", "sequence by key [A] [B]", "A/x A/y B/x", "A/x,B/x"}, {"no key at all", "sequence [A] [B]", "A/x B/y", "A/x,B/y"},
		{"null key is no candidate", "sequence by key [A] [B]", "A/ B/", ""}, {"optional null key", "sequence by ?key [A] [B]", "A/ B/", "A/,B/"}, {"optional unmapped key", "sequence by ?zz [A] [B]", "A B", "A,B"},
		{"several values, one candidate each", "sequence by key [A] [B]", "A/x+y B/y", "A/x+y,B/y"}, {"each value its own sequence", "sequence by key [A] [B]", "A/x+y B/x+y", "A/x+y,B/x+y A/x+y,B/x+y"}, {"equal values once", "sequence by key [A] [B]", "A/x+x B/x", "A/x+x,B/x"},
		{"maxspan, equal is allowed", "sequence by key with maxspan=5m [A] [B]", "A@0 B@5", "A@0,B@5"}, {"over maxspan", "sequence by key with maxspan=5m [A] [B]", "A@0 B@5.1", ""}, {"maxspan is from the first event", "sequence by key with maxspan=5m [A] [B] [C]", "A@0 B@3 C@6", ""}, {"a dropped start is not retried", "sequence by key with maxspan=5m [A] [B]", "A@0 B@9 B@10", ""},
		{"runs", "sequence by key [A] with runs=3 [B]", "A@1 A@2 A@3 B@4", "A@1,A@2,A@3,B@4"}, {"one run too few", "sequence by key [A] with runs=3 [B]", "A@1 A@2 B@4", ""}, {"runs alone", "sequence by key [A] with runs=2", "A@1 A@2 A@3", "A@1,A@2 A@2,A@3"},
		{"until between", "sequence by key [A] [B] until [U]", "A U B", ""}, {"until before", "sequence by key [A] [B] until [U]", "U A B", "A,B"}, {"until after", "sequence by key [A] [B] until [U]", "A B U", "A,B"}, {"until of another key", "sequence by key [A] [B] until [U]", "A/x U/y B/x", "A/x,B/x"}, {"until that is the last event itself", "sequence by key [A] [B] until [A]", "A B", ""},
		{"gap, missing", "sequence by key with maxspan=1h [A] ![M] [B]", "A B", "A,-,B"}, {"gap, occurred", "sequence by key with maxspan=1h [A] ![M] [B]", "A M B", ""}, {"gap, before", "sequence by key with maxspan=1h [A] ![M] [B]", "M A B M", "A,-,B"}, {"gap, another key", "sequence by key with maxspan=1h [A] ![M] [B]", "A/x M/y B/x", "A/x,-,B/x"},
		{"the official gap example", "sequence by key with maxspan=1h [N] [N] ![M] [N]", "N@1 N@2 M@3 N@4 N@5 M@6", "N@2,N@4,-,N@5"},
		{"lead and trail, 19 minutes", "sequence by key with maxspan=19m ![M] [N] ![M]", "M@0 N@10 M@20 N@21 N@29 N@31", "-,N@10,- -,N@21,- -,N@29,- -,N@31,-"}, {"lead and trail, 21 minutes", "sequence by key with maxspan=21m ![M] [N] ![M]", "M@0 N@10 M@20 N@21 N@29 N@31", "-,N@21,- -,N@29,- -,N@31,-"},
		{"trailing, missing", "sequence by key with maxspan=10m [A] [B] ![M]", "A@0 B@1 M@11", "A@0,B@1,-"}, {"trailing, occurred", "sequence by key with maxspan=10m [A] [B] ![M]", "A@0 B@1 M@10", ""}, {"trailing, the window ends", "sequence by key with maxspan=10m [A] [B] ![M]", "A@0 B@1", "A@0,B@1,-"},
		{"leading, missing", "sequence by key with maxspan=10m ![M] [A] [B]", "M@0 A@9 B@11", "-,A@9,B@11"}, {"leading, occurred", "sequence by key with maxspan=10m ![M] [A] [B]", "M@1 A@9 B@11", ""},
		{"head", "sequence by key [A] [B] | head 1", "A@1 B@2 A@3 B@4", "A@1,B@2"}, {"tail", "sequence by key [A] [B] | tail 1", "A@1 B@2 A@3 B@4", "A@3,B@4"},
		{"events of one time keep their order", "sequence by key [A] [B]", "A@1 B@1", "A@1,B@1"}, {"and the other way", "sequence by key [A] [B]", "B@1 A@1", ""}, {"events are sorted by time", "sequence by key [A] [B]", "B@2 A@1", "A@1,B@2"},
		{"sample, any order", "sample by key [A] [B]", "B/x A/x", "A/x,B/x"}, {"sample, one host has both", "sample by key [A] [B]", "A/a B/a A/b", "A/a,B/a"}, {"sample, one document is not two", "sample by key [A] [*]", "A/a", ""}, {"sample, keys in order", "sample by key [A] [B]", "A/b B/b A/a B/a", "A/a,B/a A/b,B/b"}, {"sample picks what fits", "sample by key [*] [A]", "A B", "B,A"}, {"sample without the key", "sample by key [A] [B]", "A/ B/", ""}, {"sample, optional key", "sample by ?key [A] [B]", "A/ B/", "A/,B/"},
	} {
		p, refused := compileQuery(t, brief(c.query))
		if refused != "" {
			t.Errorf("%s: %s", c.name, refused)
			continue
		}
		docs := timeline(t, c.events)
		if diff := cmp.Diff(c.want, found(docs, p.Run(docs).Sequences)); diff != "" {
			t.Errorf("%s: %s on %s: %s", c.name, c.query, c.events, diff)
		}
	}
}

func TestTiebreaker(t *testing.T) {
	q, _ := Parse(`sequence [any where kind == "A"] [any where kind == "B"]`)
	p, problems := q.Compile(Options{Schema: schemaFor(t), Builder: &filter.Builder{Layout: filter.NewLayout()}, TiebreakerField: "n"})
	if p == nil {
		t.Fatal(problems)
	}
	for _, c := range []struct {
		events []string
		want   int
	}{
		{[]string{`{"kind":"B","n":10}`, `{"kind":"A","n":9}`}, 1}, // 9 is before 10, as a number
		{[]string{`{"kind":"B"}`, `{"kind":"A","n":9}`}, 1},        // without one comes last
		{[]string{`{"kind":"B","n":9}`, `{"kind":"A"}`}, 0},
	} {
		if got := len(p.Run(parseDocs(t, c.events...)).Sequences); got != c.want {
			t.Errorf("%v: %d sequences, want %d", c.events, got, c.want)
		}
	}
}

func TestExplainSequence(t *testing.T) {
	for _, c := range []struct{ query, events, want string }{
		{"sequence by key [A] [B]", "A/x B/y", `1/2 event B/y matches step 2, but has another key: key is "y"; event A/x has key is "x"`},
		{"sequence by key [A] [B]", "B A", "1/2 event B matches step 2, but comes before event A"},
		{"sequence by key [A] [B]", "A", `1/2 no event matches step 2: [any where kind == "B"]`},
		{"sequence by key [A] [B]", "B", "0/2 no event matches the first step with all its keys"},
		{"sequence by key with maxspan=1m [A] [B]", "A@0 B@3", "1/2 event B@3, which would be step 2, comes 2m0s after maxspan=1m has passed"},
		{"sequence by key [A] [B] until [U]", "A U B", "1/2 an until-event came before event B, which would be step 2"},
		{"sequence by key with maxspan=1h [A] ![M] [B]", "A M B", `2/2 an event occurred that must be missing: ![any where kind == "M"]`},
		{"sequence by key [A] [B]", "A B", "2/2 complete"},
	} {
		p, refused := compileQuery(t, brief(c.query))
		if refused != "" {
			t.Fatal(refused)
		}
		var got []string
		for _, a := range p.Explain(timeline(t, c.events)) {
			reason := a.Reason
			if a.Complete {
				reason = "complete"
			}
			got = append(got, fmt.Sprintf("%d/%d %s", a.Reached, a.Steps, reason))
		}
		if diff := cmp.Diff(c.want, strings.Join(got, "; ")); diff != "" {
			t.Errorf("%s on %s: %s", c.query, c.events, diff)
		}
	}
}

// slowly follows the reference's description to the letter: step by step over all events, lists of pending sequences,
// nothing forgotten. It takes single-valued keys, and sequences without missing events at their ends.
func slowly(p *Program, docs []*event.Document) []Match {
	type sequence struct {
		events      []int
		first, last int
	}
	order := p.inOrder(docs)
	at := func(o int) int64 { return order[o].at }
	matches := func(s *step, o int) []string {
		var keys []string
		r := p.layout.Bind(docs[order[o].index])
		if s.condition.Match(r) {
			s.keys.read(r, nil, func(key []byte) { keys = append(keys, string(key)) })
		}
		return keys
	}
	plan := p.plan()
	state := map[string][]sequence{}
	for k, place := range plan.positive {
		next := map[string][]sequence{}
		for o := range order {
			for _, key := range matches(&p.steps[place], o) {
				if k == 0 {
					next[key] = append(next[key], sequence{[]int{o}, o, o})
					continue
				}
				list := state[key]
				i := len(list) - 1
				for i >= 0 && list[i].last >= o {
					i--
				}
				if i < 0 {
					continue
				}
				s := list[i]
				state[key] = list[i+1:]
				until := -1
				for u := range o {
					if p.until != nil && slices.Contains(matches(p.until, u), key) {
						until = u
					}
				}
				if at(o)-at(s.first) > plan.maxSpan || until >= s.last {
					continue
				}
				next[key] = append(next[key], sequence{append(slices.Clone(s.events), o), s.first, o})
			}
		}
		for key := range next {
			sort.SliceStable(next[key], func(i, j int) bool { return next[key][i].last < next[key][j].last })
		}
		state = next
	}
	var out []sequence
	for key, list := range state {
	sequences:
		for _, s := range list {
			for k, gap := range plan.gaps {
				for _, missing := range gap {
					for o := 0; k > 0 && o < len(order); o++ {
						if o > s.events[k-1] && o < s.events[k] && slices.Contains(matches(&p.steps[missing], o), key) {
							continue sequences
						}
					}
				}
			}
			out = append(out, s)
		}
	}
	var list []Match
	sort.Slice(out, func(i, j int) bool {
		if out[i].last != out[j].last {
			return out[i].last < out[j].last
		}
		return out[i].first < out[j].first
	})
	for _, s := range out {
		m := Match{Events: slices.Repeat([]int{-1}, len(p.steps))}
		for k, place := range plan.positive {
			m.Events[place] = order[s.events[k]].index
		}
		list = append(list, m)
	}
	return list
}

// The machine of one pass finds what the slow description finds.
func TestSequencesAgainstTheSlowWay(t *testing.T) {
	queries := []string{
		"sequence by key [A] [B]", "sequence by key [A] [B] [C]", "sequence by key with maxspan=4m [A] [*] [B]", "sequence by key [*] with runs=3", "sequence by key [A] [B] until [C]", "sequence by key with maxspan=5m [A] ![C] [B]",
		"sequence by key with maxspan=6m [A] [A] ![B] [A]", "sequence [A] [*] [B] until [C]", "sequence by key with maxspan=3m [*] [A] until [A]",
	}
	var programs []*Program
	for _, text := range queries {
		p, refused := compileQuery(t, brief(text))
		if refused != "" {
			t.Fatal(refused)
		}
		programs = append(programs, p)
	}
	rapid.Check(t, func(rt *rapid.T) {
		i := rapid.IntRange(0, len(programs)-1).Draw(rt, "query")
		var words []string
		minute := 0
		for range rapid.IntRange(0, 14).Draw(rt, "events") {
			minute += rapid.IntRange(0, 2).Draw(rt, "pause")
			words = append(words, fmt.Sprintf("%s@%d/%s", rapid.SampledFrom([]string{"A", "B", "C"}).Draw(rt, "kind"), minute, rapid.SampledFrom([]string{"x", "y", ""}).Draw(rt, "key")))
		}
		if len(words) == 0 {
			return
		}
		docs := timeline(t, strings.Join(words, " "))
		if got, want := found(docs, programs[i].Run(docs).Sequences), found(docs, slowly(programs[i], docs)); got != want {
			rt.Fatalf("%s on %v:\n got %s\nwant %s", queries[i], words, got, want)
		}
	})
}

func BenchmarkSequence(b *testing.B) {
	const keys, events = 100_000, 1_000_000
	p, refused := compileQuery(b, brief("sequence by key with maxspan=1m [A] [B]"))
	if refused != "" {
		b.Fatal(refused)
	}
	decoder := event.NewDecoder()
	docs := make([]*event.Document, events)
	for i := range docs {
		kind := "A"
		if i%3 == 0 {
			kind = "B"
		}
		stamp := time.Unix(0, 0).UTC().Add(time.Duration(i) * time.Millisecond).Format("2006-01-02T15:04:05.000Z")
		docs[i], _ = decoder.Decode(fmt.Sprintf(`{"@timestamp":%q,"kind":%q,"key":"k%d"}`, stamp, kind, i*7919%keys))
	}
	b.ResetTimer()
	b.ReportAllocs()
	for b.Loop() {
		p.Run(docs)
	}
	b.ReportMetric(float64(events)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mevents/s")
}
