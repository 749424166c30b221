package detect

import (
	"slices"
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
	phases := Phases()
	reached := map[*event.Document]int{}
	reach := func(phase string, docs ...*event.Document) {
		for _, doc := range docs {
			reached[doc] = max(reached[doc], slices.Index(phases, phase))
		}
	}
	var windows []*window
	for _, r := range results {
		for _, e := range r.Excepted {
			reach(PhaseExceptions, e.Event)
		}
		reach(PhaseOwn, r.Own...)
		reach(PhaseSuppression, r.Suppressed...)
		reach(PhaseMaxSignals, r.Capped...)
		for _, a := range r.Alerts {
			reach(PhaseAlert, a.Events...)
		}
		windows = append(windows, r.windows...)
	}
	docs := in.Events
	if d.Rule.Type == rule.TypeMachineLearning {
		docs = in.Anomalies
	}
	fates := make([]string, len(docs))
	for i, doc := range docs {
		if phase, ok := reached[doc]; ok {
			fates[i] = phases[phase]
		} else {
			fates[i] = d.dropped(doc, windows)
		}
	}
	return fates
}

// dropped tells at which phase of the search an event is dropped; what passes the search is left to the rule's type.
func (d *Detector) dropped(doc *event.Document, windows []*window) string {
	if d.Rule.Type == rule.TypeMachineLearning {
		return PhaseQuery
	}
	if !d.indices.hold(doc.Index) {
		return PhaseIndex
	}
	at, timed := d.times.timeOf(doc)
	inside := false
	for _, w := range windows {
		inside = inside || w.holdsTime(at, timed)
	}
	record := d.layout.Bind(doc)
	switch {
	case !inside:
		return PhaseWindow
	case !d.passes(record):
		return PhaseFilters
	case !holds(d.query, record):
		return PhaseQuery
	}
	return PhaseType
}
