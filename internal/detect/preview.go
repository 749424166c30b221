package detect

import (
	"time"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// Preview runs a rule as Kibana's preview does: so many runs, the last one at the end, one interval of the rule apart. The
// detector is that of the last run, for explanations; it is nil when the rule does not compile, and there are no results when
// it is undecided.
func Preview(r *rule.Rule, env Environment, in Input, runs int, end time.Time) (*Detector, []Result, diag.List) {
	env.Now = end
	d, problems := Compile(r, env)
	if d == nil || d.Undecided != "" {
		return d, nil, problems
	}
	return d, d.Replay(d.Search(in), in, Instants(r, runs, end)), problems
}

// Instants are the times of so many runs of a rule, the last one at the end.
func Instants(r *rule.Rule, runs int, end time.Time) []time.Time {
	interval := Interval(r)
	instants := make([]time.Time, runs)
	for i := range instants {
		instants[i] = end.Add(-time.Duration(runs-1-i) * interval)
	}
	return instants
}

// Interval is how often a rule runs; one that cannot be read is the default one.
func Interval(r *rule.Rule) time.Duration {
	interval, err := datemath.ParseDuration(r.IntervalOrDefault())
	if err != nil || interval <= 0 {
		return 5 * time.Minute
	}
	return interval
}

// Replay runs the rule at several times over what a search has found, with the state that one run leaves to the next.
func (d *Detector) Replay(found *Found, in Input, instants []time.Time) []Result {
	state, results := NewState(), make([]Result, len(instants))
	anew := d.speaksOfNow()
	for i, now := range instants {
		moved := d.At(now)
		if anew && moved != d {
			found = moved.Search(in)
		}
		results[i] = moved.runOn(found, in, state)
	}
	return results
}

// The phases at which an event's way can end, in their order; PhaseAlert is the end of the way.
const (
	PhaseIndex       = "index"
	PhaseWindow      = "window"
	PhaseFilters     = "filters"
	PhaseQuery       = "query"
	PhaseExceptions  = "exceptions"
	PhaseOwn         = "own alerts"
	PhaseType        = "rule type"
	PhaseSuppression = "suppression"
	PhaseMaxSignals  = "max_signals"
	PhaseAlert       = "alert"
)

// Phases are all phases in their order.
func Phases() []string {
	return []string{
		PhaseIndex, PhaseWindow, PhaseFilters, PhaseQuery, PhaseExceptions, PhaseOwn, PhaseType, PhaseSuppression, PhaseMaxSignals, PhaseAlert,
	}
}

// Fates tells for each event of the input how far it came in any of the runs. For a machine learning rule the events are the
// anomalies.
func (d *Detector) Fates(in Input, results []Result) []string {
	reached := map[*event.Document]int{}
	reach := func(phase int, docs ...*event.Document) {
		for _, doc := range docs {
			reached[doc] = max(reached[doc], phase)
		}
	}
	var windows []*window
	for _, r := range results {
		for _, e := range r.Excepted {
			reach(4, e.Event)
		}
		reach(5, r.Own...)
		reach(7, r.Suppressed...)
		reach(8, r.Capped...)
		for _, a := range r.Alerts {
			reach(9, a.Events...)
		}
		windows = append(windows, r.windows...)
	}
	docs := in.Events
	if d.Rule.Type == rule.TypeMachineLearning {
		docs = in.Anomalies
	}
	fates := make([]string, len(docs))
	phases := Phases()
	for i, doc := range docs {
		phase, ok := reached[doc]
		if !ok {
			phase = d.dropped(doc, windows)
		}
		fates[i] = phases[phase]
	}
	return fates
}

// dropped tells at which phase of the search an event is dropped, as the place in Phases; what passes the search is left to the
// rule's type.
func (d *Detector) dropped(doc *event.Document, windows []*window) int {
	if d.Rule.Type == rule.TypeMachineLearning {
		return 3
	}
	if !d.indices.hold(doc.Index) {
		return 0
	}
	at, timed := d.times.timeOf(doc)
	inside := false
	for _, w := range windows {
		inside = inside || w.holdsTime(at, timed)
	}
	record := d.layout.Bind(doc)
	switch {
	case !inside:
		return 1
	case !d.passes(record):
		return 2
	case !holds(d.query, record):
		return 3
	}
	return 6
}
