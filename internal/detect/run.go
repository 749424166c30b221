package detect

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/exception"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// Input is what a run reads.
type Input struct {
	// Events are what the rule searches.
	Events []*event.Document
	// History are events from before the window, which a new terms rule searches. Those without a time are taken to be
	// there; when events of any time are searched, all are.
	History []*event.Document
	// Indicators are what an indicator match rule compares events with.
	Indicators []*event.Document
	// Anomalies are what a machine learning rule reads.
	Anomalies []*event.Document
}

// Result is what one run of a rule gave.
type Result struct {
	// At is when the run started.
	At time.Time
	// Alerts are the alerts that it wrote, in that order.
	Alerts []*Alert
	// Suppressed are the events that made no alert of their own because one of the same group counts them.
	Suppressed []*event.Document
	// Capped are the events that would have alerted if max_signals were higher.
	Capped []*event.Document
	// Known are the events whose alerts an earlier window has written.
	Known []*event.Document
	// Excepted are the events that an exception took out of what the search found.
	Excepted []Excepted
	// Own are alerts of the rule itself, which never alert again.
	Own []*event.Document
	// Warnings are what Kibana would note on the run; Errors are why it would tell that the run failed.
	Warnings, Errors []string
	windows          []*window
	// Notes say what kept events that the search found from alerting, as far as the rule's type knows.
	Notes []string
	// Undecided says why the verdict of the run cannot be known here; "" when it can.
	Undecided string
}

// Add adds what another run of the rule gave.
func (r *Result) Add(other Result) {
	r.At, r.windows = other.At, append(r.windows, other.windows...)
	r.Alerts, r.Suppressed = append(r.Alerts, other.Alerts...), append(r.Suppressed, other.Suppressed...)
	r.Capped, r.Known, r.Own = append(r.Capped, other.Capped...), append(r.Known, other.Known...), append(r.Own, other.Own...)
	r.Excepted = append(r.Excepted, other.Excepted...)
	r.Warnings, r.Errors, r.Notes = joined(r.Warnings, other.Warnings), joined(r.Errors, other.Errors), joined(r.Notes, other.Notes)
	if r.Undecided == "" {
		r.Undecided = other.Undecided
	}
}

// Span is the time from the start of the first window to the end of the last; false when events of any time were searched.
func (r *Result) Span() (from, to time.Time, ok bool) {
	for _, w := range r.windows {
		if w == nil {
			return from, to, false
		}
		if !ok || w.from.Before(from) {
			from = w.from
		}
		if !ok || w.to.After(to) {
			to = w.to
		}
		ok = true
	}
	return from, to, ok
}

// joined appends the texts that are not there yet.
func joined(list, more []string) []string {
	for _, text := range more {
		if !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}

// maxAlerts is how many alerts a run writes at most, whatever max_signals says (Kibana's default of
// xpack.alerting.rules.run.alerts.max).
const maxAlerts = 1000

// limit is how many alerts a window may write.
func (d *Detector) limit() int { return min(d.Rule.MaxSignalsOrDefault(), maxAlerts) }

// maxCatchUp is how many windows of missed runs are searched at most (Kibana: MAX_RULE_GAP_RATIO).
const maxCatchUp = 4

// Run runs the rule once. State is what earlier runs left, nil for a first run; it is changed. Run must not be called on an
// undecided detector.
func (d *Detector) Run(in Input, state *State) Result {
	return d.runOn(d.Search(in), in, state)
}

// Found are the events that satisfy a rule's index patterns, filters and query, of whatever time.
type Found struct {
	events, history []hit
	excepted        []exceptedHit
	// searched tells that the index of any event was one of the rule's.
	searched bool
}

// exceptedHit is an event that an exception takes out.
type exceptedHit struct {
	hit
	item *exception.Item
}

// Search finds the events of a rule. Several runs over the same events need to search but once.
func (d *Detector) Search(in Input) *Found {
	found := &Found{}
	record := &filter.Record{}
	for _, doc := range in.Events {
		if d.indices.hold(doc.Index) {
			found.searched = true
			d.layout.BindTo(record, doc)
			d.find(record, found)
		}
	}
	history := &Found{}
	for _, doc := range in.History {
		if d.indices.hold(doc.Index) {
			d.layout.BindTo(record, doc)
			d.find(record, history)
		}
	}
	found.history = history.events
	return found
}

// find notes a record that satisfies the rule.
func (d *Detector) find(r *filter.Record, found *Found) {
	if !d.satisfies(r) {
		return
	}
	if item := excepting(d.exceptions, r); item != nil {
		found.excepted = append(found.excepted, exceptedHit{d.hit(r.Event), item})
		return
	}
	found.events = append(found.events, d.hit(r.Event))
}

func (d *Detector) hit(doc *event.Document) hit {
	at, timed := d.times.timeOf(doc)
	return hit{doc: doc, at: at, timed: timed}
}

func (d *Detector) runOn(found *Found, in Input, state *State) Result {
	if state == nil {
		state = NewState()
	}
	result := Result{At: d.env.Now, Warnings: d.warnings(found, in)}
	result.windows = d.windows(state, &result)
	for _, w := range result.windows {
		p := &pass{d: d, in: in, window: w, history: found.history, all: found.events, state: state, result: &result, limit: d.limit()}
		for _, h := range found.events {
			if w.holdsTime(h.at, h.timed) {
				p.found = append(p.found, h)
			}
		}
		for _, e := range found.excepted {
			if w.holdsTime(e.at, e.timed) {
				result.Excepted = append(result.Excepted, Excepted{e.doc, e.item})
			}
		}
		d.method.find(p)
	}
	state.started, state.last = true, d.env.Now
	return result
}

// warnings are what Kibana would note before it searches.
func (d *Detector) warnings(found *Found, in Input) []string {
	list := slices.Clone(d.exceptions.Warnings)
	if n := d.Rule.MaxSignalsOrDefault(); n > maxAlerts {
		list = append(list, fmt.Sprintf("max_signals of %d is above what Kibana lets a rule write in a run: %d alerts", n, maxAlerts))
	}
	if d.Rule.Type == rule.TypeMachineLearning {
		return list
	}
	if len(in.Events) > 0 && !found.searched {
		list = append(list, "no event is of an index that the rule searches: "+d.searched())
	}
	if field := d.times.primary; field != timestamp {
		if _, known := d.env.Schema.Lookup(field); !known {
			list = append(list, fmt.Sprintf("no index has the field %s, which timestamp_override names", field))
		}
	}
	return list
}

// windows are the windows that a run searches, the oldest first: its own, and one interval earlier each those of runs
// that were missed since the last one (Kibana). What remains uncovered is an error on the run.
func (d *Detector) windows(state *State, result *Result) []*window {
	interval, err := datemath.ParseDuration(d.Rule.IntervalOrDefault())
	if d.window == nil || !state.started || err != nil || interval <= 0 {
		return []*window{d.window}
	}
	gap := d.env.Now.Sub(state.last) - d.window.to.Sub(d.window.from)
	if gap <= 0 {
		return []*window{d.window}
	}
	missed := min(int((gap+interval-1)/interval), maxCatchUp)
	var list []*window
	for n := missed; n >= 0; n-- {
		list = append(list, d.window.shifted(-time.Duration(n)*interval))
	}
	if left := gap - time.Duration(missed)*interval; left > 0 {
		result.Errors = append(result.Errors, fmt.Sprintf("%s were not searched between this run and the last one: raise the look-back (from), or run the rule more often", left))
	}
	return list
}

// pass is the search of one window of a run.
type pass struct {
	d      *Detector
	in     Input
	window *window
	// found are the events of the window, all those of any time; history are the input's.
	found, all, history []hit
	state               *State
	result              *Result
	// limit is max_signals; created counts towards it.
	limit, created int
}

// warn notes a warning once.
func (p *pass) warn(text string) {
	if !slices.Contains(p.result.Warnings, text) {
		p.result.Warnings = append(p.result.Warnings, text)
	}
}

// warnLimit notes that max_signals kept alerts from being written.
func (p *pass) warnLimit() {
	p.warn(fmt.Sprintf("max_signals of %d was reached: further matches make no alerts", p.limit))
}

// maxNotes bounds how many matches that fell short are told.
const maxNotes = 5

// note tells why a match made no alert.
func (p *pass) note(format string, args ...any) {
	if len(p.result.Notes) < maxNotes {
		p.result.Notes = joined(p.result.Notes, []string{fmt.Sprintf(format, args...)})
	}
}

// create writes an alert, unless it is known, comes from an alert of this rule, or max_signals is reached.
func (p *pass) create(a *Alert) {
	switch {
	case p.isOwn(a):
		p.result.Own = append(p.result.Own, a.Events...)
	case p.state.alerts[a.ID]:
		p.result.Known = append(p.result.Known, a.Events...)
	case p.created >= p.limit:
		p.result.Capped = append(p.result.Capped, a.Events...)
		p.warnLimit()
	default:
		p.created++
		if p.d.groups != nil {
			p.takeBlocks(a)
		}
		p.write(a)
	}
}

// write writes an alert and notes it.
func (p *pass) write(a *Alert) {
	p.state.alerts[a.ID] = true
	p.result.Alerts = append(p.result.Alerts, a)
}

// isOwn tells whether an alert comes from an alert that this rule wrote, itself or through other rules' alerts (Kibana's loop
// guard).
func (p *pass) isOwn(a *Alert) bool {
	own := p.d.ruleUUID()
	return slices.ContainsFunc(a.parents, func(parent ancestor) bool { return parent.rule == own })
}

// State is what Kibana keeps between the runs of a rule. It belongs to one rule and is not safe for concurrent use.
type State struct {
	started bool
	last    time.Time
	// alerts are the ids of the alerts that were written.
	alerts map[string]bool
	// counted is the newest event that was counted for each group of a threshold rule.
	counted map[string]countedGroup
	// groups are the alerts that count others, by the instance id of their group; ends are the groups of a query rule with the
	// newest event of each.
	groups map[string]*Alert
	ends   map[string]groupEnd
	names  names
}

// NewState is the state of a rule that has not run.
func NewState() *State {
	return &State{
		alerts: map[string]bool{}, counted: map[string]countedGroup{}, groups: map[string]*Alert{}, ends: map[string]groupEnd{},
		names: names{of: map[*event.Document]string{}, seen: map[string]int{}},
	}
}
