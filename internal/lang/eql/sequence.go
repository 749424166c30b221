package eql

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/filter"
)

// The machine that finds sequences takes events in order, once. For each key it keeps at most one pending sequence a
// step: a later one always wins, because Elasticsearch continues the sequence whose last event is the latest before
// the candidate, and discards that one and all older ones. So memory grows with the keys that are pending, and maxspan
// expires them.

// plan is the shape of a sequence: which steps must occur, and where events must be missing.
type plan struct {
	positive []int   // the steps that occur, as places in Program.steps
	gaps     [][]int // gaps[k] are the missing steps between positive k-1 and k
	lead     []int   // the missing steps before the first, and after the last
	trail    []int
	maxSpan  int64 // nanoseconds
}

func (p *Program) plan() plan {
	out := plan{maxSpan: math.MaxInt64}
	if p.query.MaxSpan > 0 {
		out.maxSpan = int64(p.query.MaxSpan)
	}
	var missing []int
	for i, s := range p.steps {
		if s.missing {
			missing = append(missing, i)
			continue
		}
		if len(out.positive) == 0 {
			out.lead, missing = missing, nil
		}
		out.positive = append(out.positive, i)
		out.gaps = append(out.gaps, missing)
		missing = nil
	}
	out.trail = missing
	return out
}

// pending is a sequence that is not complete.
type pending struct {
	events []int
	first  int64 // time of the first event
	last   int   // ordinal of the last event
	end    int64 // time of the last event
	// lead is the time of the latest event before the first that had to be missing.
	lead    int64
	hasLead bool
	// broken: an event occurred that had to be missing. The sequence still takes part, and is rejected at its end.
	broken bool
	// deadline is until when an event that has to be missing at the end can reject the sequence.
	deadline int64
}

// keyState is what is pending for one key.
type keyState struct {
	pending []*pending // by positive step; nil when there is none
	until   int        // ordinal of the latest until-event
	missing []seen     // by step: the latest event that has to be missing
	waiting []*pending // complete, but an event after them can still reject them
	touched int64      // time of the last change
}

type seen struct {
	ordinal int
	at      int64
}

// matcher is a run over events.
type matcher struct {
	*Program
	plan
	keys    map[string]*keyState
	found   []*pending
	sweepAt int
	trace   *tracer
	// At hand: the event's index, ordinal and time.
	index, ordinal int
	at             int64
	record         *filter.Record
	buffer         []byte
}

// sequences runs the machine. A tracer, unless nil, is told why sequences end.
func (p *Program) sequences(docs []*event.Document, order []ordinal, t *tracer) []Match {
	m := &matcher{Program: p, plan: p.plan(), keys: map[string]*keyState{}, sweepAt: 1024, trace: t, record: &filter.Record{}}
	for i, o := range order {
		m.index, m.ordinal, m.at = o.index, i, o.at
		p.layout.BindTo(m.record, docs[o.index])
		m.event()
	}
	return m.finish(order)
}

// event takes the event at hand through all steps: the last first, so that it never takes two places in one sequence.
func (m *matcher) event() {
	for k := len(m.positive) - 1; k >= 0; k-- {
		m.each(&m.steps[m.positive[k]], func(key []byte) { m.candidate(k, key) })
	}
	if m.until != nil {
		m.each(m.until, func(key []byte) {
			if state := m.keys[string(key)]; state != nil {
				state.until = m.ordinal
			}
		})
	}
	for i := range m.steps {
		if m.steps[i].missing {
			m.each(&m.steps[i], func(key []byte) { m.unwanted(i, key) })
		}
	}
	if len(m.keys) > m.sweepAt {
		m.sweep()
	}
}

// each calls visit with every key of the event at hand, if it satisfies a step.
func (m *matcher) each(s *step, visit func(key []byte)) {
	if s.condition.Match(m.record) {
		s.keys.read(m.record, m.buffer[:0], visit)
	}
}

func (m *matcher) state(key []byte) *keyState {
	if state := m.keys[string(key)]; state != nil {
		return state
	}
	state := &keyState{pending: make([]*pending, len(m.positive)), until: -1}
	if len(m.positive) < len(m.steps) {
		state.missing = slices.Repeat([]seen{{ordinal: -1}}, len(m.steps))
	}
	m.keys[string(key)] = state
	return state
}

// candidate offers the event at hand to positive step k.
func (m *matcher) candidate(k int, key []byte) {
	if k == 0 {
		m.start(m.state(key))
		return
	}
	state := m.keys[string(key)]
	if state == nil || state.pending[k-1] == nil {
		return
	}
	s := state.pending[k-1]
	state.pending[k-1] = nil
	state.touched = m.at
	switch {
	case state.until >= s.last:
		m.trace.stopped(s, k, stop{reason: stoppedByUntil, event: m.index})
		return
	case m.at-s.first > m.maxSpan:
		m.trace.stopped(s, k, stop{reason: stoppedByMaxSpan, event: m.index, over: time.Duration(m.at - s.first - m.maxSpan)})
		return
	}
	for _, step := range m.gaps[k] {
		if state.missing[step].ordinal > s.last {
			s.broken = true
			m.trace.stopped(s, k, stop{reason: stoppedByUnwanted, step: step})
		}
	}
	s.events = append(s.events, m.index)
	s.last, s.end = m.ordinal, m.at
	if k < len(m.positive)-1 {
		state.pending[k] = s
		return
	}
	m.complete(state, s)
}

// start begins a sequence with the event at hand.
func (m *matcher) start(state *keyState) {
	s := state.pending[0]
	if s == nil || len(m.positive) == 1 || m.trace != nil {
		s = &pending{events: make([]int, 0, len(m.positive))}
	}
	*s = pending{events: append(s.events[:0], m.index), first: m.at, last: m.ordinal, end: m.at}
	for _, step := range m.lead {
		if seen := state.missing[step]; seen.ordinal >= 0 && (!s.hasLead || seen.at > s.lead) {
			s.lead, s.hasLead = seen.at, true
		}
	}
	state.touched = m.at
	if len(m.positive) == 1 {
		m.complete(state, s)
		return
	}
	m.trace.started(s)
	state.pending[0] = s
}

// complete takes a sequence that has all its events, and verifies what has to be missing around it. Elasticsearch
// judges a leading and a trailing missing event together: only both, within maxspan of each other, reject.
func (m *matcher) complete(state *keyState, s *pending) {
	switch {
	case s.broken:
		return
	case len(m.trail) == 0:
		if s.hasLead && s.end-s.lead <= m.maxSpan {
			m.trace.stopped(s, len(m.positive), stop{reason: stoppedByUnwanted, step: m.lead[0]})
			return
		}
	case len(m.lead) == 0:
		s.deadline = s.first + m.maxSpan
		state.waiting = append(state.waiting, s)
		return
	case s.hasLead:
		s.deadline = s.lead + m.maxSpan
		state.waiting = append(state.waiting, s)
		return
	}
	m.found = append(m.found, s)
}

// unwanted notes an event that has to be missing.
func (m *matcher) unwanted(step int, key []byte) {
	state := m.keys[string(key)]
	if state == nil {
		if !slices.Contains(m.lead, step) {
			return
		}
		state = m.state(key)
	}
	state.missing[step] = seen{m.ordinal, m.at}
	state.touched = m.at
	if !slices.Contains(m.trail, step) {
		return
	}
	kept := state.waiting[:0]
	for _, s := range state.waiting {
		switch {
		case m.at > s.deadline:
			m.found = append(m.found, s)
		case m.ordinal > s.last:
			m.trace.stopped(s, len(m.positive), stop{reason: stoppedByUnwanted, step: step, event: m.index})
		default:
			kept = append(kept, s)
		}
	}
	state.waiting = kept
}

// sweep forgets keys that nothing can continue any more, so that memory follows what is pending.
func (m *matcher) sweep() {
	for key, state := range m.keys {
		if m.maxSpan == math.MaxInt64 || m.at-state.touched <= m.maxSpan {
			continue
		}
		settled := true
		for _, s := range state.waiting {
			settled = settled && m.at > s.deadline
		}
		if settled {
			m.found = append(m.found, state.waiting...)
			delete(m.keys, key)
		}
	}
	m.sweepAt = max(2*len(m.keys), 1024)
}

// finish accepts what still waits (the query sees no later events) and puts the sequences in order: by last event,
// then by first.
func (m *matcher) finish(order []ordinal) []Match {
	for _, state := range m.keys {
		m.found = append(m.found, state.waiting...)
	}
	rank := make(map[int]int, len(m.found))
	for i, o := range order {
		rank[o.index] = i
	}
	slices.SortFunc(m.found, func(a, b *pending) int {
		return cmp.Or(cmp.Compare(a.last, b.last), cmp.Compare(rank[a.events[0]], rank[b.events[0]]), slices.Compare(a.events, b.events))
	})
	matches := make([]Match, len(m.found))
	for i, s := range m.found {
		matches[i] = m.match(s)
	}
	return matches
}

// match puts -1 where an event had to be missing.
func (m *matcher) match(s *pending) Match {
	out := Match{Events: slices.Repeat([]int{-1}, len(m.steps))}
	for k, step := range m.positive {
		out.Events[step] = s.events[k]
	}
	return out
}
