package check

import (
	"fmt"
	"time"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/lang/eql"
)

func eqlSequenceChecks() []*Check {
	return []*Check{
		{
			Name: "eql-maxspan-over-lookback", Scope: ScopeEQL, Level: Error,
			Reason: "a run sees only the events of its look-back: a sequence that takes longer is never whole in any run",
			Avoid:  "sequence with maxspan=10m, from = \"now-6m\"", Prefer: "from = \"now-16m\"",
			run: func(s *subject) { s.maxspan(false) },
		},
		{
			Name: "eql-maxspan-over-overlap", Scope: ScopeEQL, Level: Warning,
			Reason: "a sequence that lies across the start of a run is found by the run before only if the look-back exceeds interval and maxspan together",
			Avoid:  "maxspan=5m, interval = \"5m\", from = \"now-9m\"", Prefer: "from = \"now-10m\"",
			run: func(s *subject) { s.maxspan(true) },
		},
		{
			Name: "eql-missing-event-at-edge", Scope: ScopeEQL, Level: Warning,
			Reason: "an event that must be missing before the first or after the last step is judged on the events that the run has seen so far: one that arrives later does not take the alert back",
			Avoid:  "sequence by host.id with maxspan=1m [process where true] ![network where true]", Prefer: "a missing event between two others",
			run: eqlMissingAtEdge,
		},
		{
			Name: "eql-sequence-without-key", Scope: ScopeEQL, Level: Warning,
			Reason: "without a join key, events of unrelated hosts and users make a sequence together",
			Avoid:  "sequence [process where true] [network where true]", Prefer: "sequence by host.id [process where true] [network where true]",
			run: eqlWithoutKey,
		},
		{
			Name: "eql-optional-key", Scope: ScopeEQL, Level: Warning,
			Reason: "all events that lack an optional key share the key null, and make sequences together",
			Avoid:  "sequence by ?user.id [...] [...]", Prefer: "sequence by user.id [...] [...]",
			run: eqlOptionalKey,
		},
		{
			Name: "eql-process-id-key", Scope: ScopeEQL, Level: Warning,
			Reason: "process ids are used again: without the host, or process.entity_id, different processes are joined",
			Avoid:  "sequence by process.pid [...] [...]", Prefer: "sequence by process.entity_id [...] [...]",
			run: eqlProcessIDKey,
		},
		{
			Name: "eql-tie-in-time", Scope: ScopeEQL, Level: Info,
			Reason: "a step must be later than the one before: where timestamps have whole seconds, events within maxspan=1s are often at the same instant",
			Avoid:  "sequence by host.id with maxspan=1s [...] [...]", Prefer: "a longer maxspan, or tiebreaker_field",
			run: eqlTieInTime,
		},
	}
}

// lookBack is how far back from its start a run searches; ok is false when from is no plain offset.
func (s *subject) lookBack() (time.Duration, bool) {
	now := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	from, err := datemath.Parse(s.FromOrDefault(), now, datemath.Down)
	if err != nil {
		return 0, false
	}
	to, err := datemath.Parse(s.ToOrDefault(), now, datemath.Down)
	if err != nil {
		return 0, false
	}
	return to.Sub(from), true
}

// every is the rule's interval.
func (s *subject) every() (time.Duration, bool) {
	now := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	at, err := datemath.Parse("now+"+s.IntervalOrDefault(), now, datemath.Down)
	return at.Sub(now), err == nil
}

func (s *subject) maxspan(overlap bool) {
	if s.eql == nil || s.eql.MaxSpan == 0 {
		return
	}
	back, ok := s.lookBack()
	interval, okInterval := s.every()
	span := s.eql.MaxSpan
	if !ok || !okInterval {
		return
	}
	at := s.eql.MaxSpanAt
	switch over := span > back; {
	case over && !overlap:
		s.report(at, fmt.Sprintf("maxspan is %s, and a run sees only the last %s", short(span), short(back)),
			fmt.Sprintf("search further back: from = \"now-%s\" (interval and maxspan together)", short(interval+span)))
	case !over && overlap && span > back-interval:
		s.report(at, fmt.Sprintf("a sequence of up to %s can lie across the edge of a run: the runs overlap by %s", short(span), short(max(back-interval, 0))),
			fmt.Sprintf("search further back: from = \"now-%s\" (interval and maxspan together)", short(interval+span)))
	}
}

// short writes a duration in the unit that rules use: 90m, 1h, 30s.
func short(d time.Duration) string {
	switch {
	case d%time.Hour == 0 && d > 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0 && d > 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d%time.Second == 0:
		return fmt.Sprintf("%ds", d/time.Second)
	}
	return fmt.Sprintf("%dms", d/time.Millisecond)
}

func eqlMissingAtEdge(s *subject) {
	if s.eql == nil || s.eql.Kind != eql.Sequence {
		return
	}
	steps := s.eql.Steps
	if first := steps[0]; first.Missing {
		s.report(first.At, "an event that must be missing stands before the first step", "the look-back hides what happened before it: put a step in front")
	}
	if last := steps[len(steps)-1]; last.Missing && len(steps) > 1 {
		s.report(last.At, "an event that must be missing stands after the last step", "a run that ends within maxspan alerts although the event still comes: put a step behind it")
	}
}

func eqlWithoutKey(s *subject) {
	if s.eql == nil || s.eql.Kind != eql.Sequence || len(s.eql.Keys) > 0 {
		return
	}
	for _, step := range s.eql.Steps {
		if len(step.Keys) > 0 {
			return
		}
	}
	s.report(s.eql.WordAt, "the sequence has no join key", "add `by host.id`, or what the events have in common")
}

// joinKeys are all keys of the query and its steps.
func (s *subject) joinKeys() []eql.Expr {
	if s.eql == nil {
		return nil
	}
	keys := s.eql.Keys
	for _, step := range s.eql.Steps {
		keys = append(keys[:len(keys):len(keys)], step.Keys...)
	}
	return keys
}

func eqlOptionalKey(s *subject) {
	for _, key := range s.joinKeys() {
		if f, ok := key.(*eql.Field); ok && f.Optional {
			s.report(f.At, fmt.Sprintf("events without %s all have the same key here", f.Name), "leave out the question mark, or test the field for null in each step")
		}
	}
}

func eqlProcessIDKey(s *subject) {
	var pid *eql.Field
	for _, key := range s.joinKeys() {
		f, ok := key.(*eql.Field)
		switch {
		case !ok:
		case f.Name == "process.pid" || f.Name == "process.parent.pid":
			pid = f
		case len(f.Name) > 5 && f.Name[:5] == "host." || f.Name == "agent.id" || f.Name == "process.entity_id" || f.Name == "process.parent.entity_id":
			return
		}
	}
	if pid != nil {
		s.report(pid.At, fmt.Sprintf("%s is the same on many hosts, and is used again on one", pid.Name), "join by process.entity_id, or by host.id as well")
	}
}

func eqlTieInTime(s *subject) {
	if s.eql == nil || s.eql.Kind != eql.Sequence || s.eql.MaxSpan == 0 || s.eql.MaxSpan > time.Second || s.TiebreakerField != "" {
		return
	}
	s.report(s.eql.MaxSpanAt, "events at the same instant make no sequence without a tiebreaker", "set tiebreaker_field, or allow a longer maxspan where timestamps have whole seconds")
}
