package eql

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/filter"
)

// stopReason says why a pending sequence ended.
type stopReason uint8

const (
	stoppedByUntil stopReason = iota
	stoppedByMaxSpan
	stoppedByUnwanted
)

type stop struct {
	reason stopReason
	event  int           // the event that stopped it
	step   int           // the step that had to be missing
	over   time.Duration // by how much maxspan was exceeded
}

// tracer collects how far sequences came and what stopped them. A nil tracer collects nothing.
type tracer struct {
	begun  []*pending
	stops  map[*pending]stop
	reason map[*pending]int // the step that was not reached
}

func (t *tracer) started(s *pending) {
	if t != nil {
		t.begun = append(t.begun, s)
	}
}

func (t *tracer) stopped(s *pending, k int, why stop) {
	if t == nil {
		return
	}
	if _, known := t.stops[s]; !known {
		t.stops[s], t.reason[s] = why, k
	}
}

// Attempt is a sequence that was begun, and what became of it.
type Attempt struct {
	// Events are the places of its events in the list that was searched.
	Events []int
	// Complete tells that nothing stopped it.
	Complete bool
	// Reached is the number of steps that must occur and did; Steps is how many there are.
	Reached, Steps int
	// Reason says in words what stopped it.
	Reason string
}

// Explain runs a sequence query and tells, for the sequences that came furthest, which steps they reached and what
// stopped them. It comes from the run itself. When no event starts a sequence, the one attempt says so.
func (p *Program) Explain(docs []*event.Document) []Attempt {
	order := p.inOrder(docs)
	t := &tracer{stops: map[*pending]stop{}, reason: map[*pending]int{}}
	plan := p.plan()
	p.sequences(docs, order, t)
	if len(t.begun) == 0 {
		return []Attempt{{Steps: len(plan.positive), Reason: "no event matches the first step with all its keys"}}
	}
	best := 0
	for _, s := range t.begun {
		best = max(best, len(s.events))
	}
	x := explainer{Program: p, plan: plan, docs: docs, order: order}
	var attempts []Attempt
	for _, s := range t.begun {
		if len(s.events) < best {
			continue
		}
		a := Attempt{Events: s.events, Reached: len(s.events), Steps: len(plan.positive)}
		why, stopped := t.stops[s]
		switch {
		case stopped:
			a.Reason = x.stopped(why, t.reason[s])
		case len(s.events) == len(plan.positive):
			a.Complete = true
		default:
			a.Reason = x.unreached(s)
		}
		attempts = append(attempts, a)
	}
	return attempts
}

// explainer finds words for what stopped a sequence.
type explainer struct {
	*Program
	plan
	docs  []*event.Document
	order []ordinal
}

func (x *explainer) name(i int) string { return "event " + x.docs[i].Name(i) }

func (x *explainer) stopped(why stop, k int) string {
	switch why.reason {
	case stoppedByUntil:
		return fmt.Sprintf("an until-event came before %s, which would be step %d", x.name(why.event), k+1)
	case stoppedByMaxSpan:
		return fmt.Sprintf("%s, which would be step %d, comes %s after maxspan=%s has passed", x.name(why.event), k+1, why.over, span(x.query.MaxSpan))
	}
	return fmt.Sprintf("an event occurred that must be missing: %s", x.steps[why.step].source)
}

// unreached explains why no event continued a sequence: none matches the step, or those that do have other keys or
// come too early.
func (x *explainer) unreached(s *pending) string {
	next := x.steps[x.positive[len(s.events)]]
	last := s.events[len(s.events)-1]
	keysOf := func(st step, i int) []string { return st.keys.texts(x.layout.Bind(x.docs[i])) }
	own := keysOf(x.steps[x.positive[len(s.events)-1]], last)
	record := &filter.Record{}
	early, other := "", ""
	for at, o := range x.order {
		x.layout.BindTo(record, x.docs[o.index])
		if o.index == last || !next.condition.Match(record) {
			continue
		}
		keys := next.keys.texts(record)
		switch {
		case !sameKeys(own, keys):
			other = fmt.Sprintf("%s matches step %d, but has another key: %s; %s has %s", x.name(o.index), len(s.events)+1, strings.Join(differing(keys, own), ", "), x.name(last), strings.Join(differing(own, keys), ", "))
		case at < s.last:
			early = fmt.Sprintf("%s matches step %d, but comes before %s", x.name(o.index), len(s.events)+1, x.name(last))
		}
	}
	switch {
	case early != "":
		return early
	case other != "":
		return other
	}
	return fmt.Sprintf("no event matches step %d: %s", len(s.events)+1, next.source)
}

// sameKeys compares key values, whose names may differ from step to step.
func sameKeys(a, b []string) bool { return slices.EqualFunc(a, b, sameValue) }

func sameValue(a, b string) bool {
	_, x, _ := strings.Cut(a, " is ")
	_, y, _ := strings.Cut(b, " is ")
	return x == y
}

func differing(a, b []string) []string {
	var out []string
	for i := range a {
		if i >= len(b) || !sameValue(a[i], b[i]) {
			out = append(out, a[i])
		}
	}
	return out
}
