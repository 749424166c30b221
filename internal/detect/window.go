package detect

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

const timestamp = "@timestamp"

// window is the time that a run searches, both ends included (Kibana: gte from, lte to).
type window struct {
	from, to time.Time
	// primary is the field that decides; when an event lacks it, secondary does, unless that is "".
	primary, secondary string
}

// newWindow reads the rule's from and to. The window is nil, which holds everything, when events of any time are
// searched.
func newWindow(r *rule.Rule, env Environment) (*window, diag.List) {
	from, problems := bound(r, "from", r.FromOrDefault(), env.Now)
	to, more := bound(r, "to", r.ToOrDefault(), env.Now)
	problems = append(problems, more...)
	if env.AnyTime {
		return nil, problems
	}
	w := &window{from: from, to: to, primary: timestamp}
	if r.TimestampOverride != "" && r.TimestampOverride != timestamp {
		w.primary = r.TimestampOverride
		if disabled := r.TimestampOverrideFallbackDisabled; disabled == nil || !*disabled {
			w.secondary = timestamp
		}
	}
	return w, problems
}

func bound(r *rule.Rule, key, text string, now time.Time) (time.Time, diag.List) {
	// No round-up for "to" (Kibana: both ends are parsed alike).
	at, err := datemath.Parse(text, now, datemath.Down)
	if err == nil {
		return at, nil
	}
	return at, diag.List{{
		Name: "rule-window", Severity: diag.Error, Message: fmt.Sprintf("%s: %v", key, err), Subject: r.Place("rule", key),
		Help: "write date math relative to now, such as now-9m",
	}}
}

// holds tells whether the event lies in the window. Documents without any timestamp have no place in time and are
// taken to be now.
func (w *window) holds(doc *event.Document) bool {
	if w == nil {
		return true
	}
	at, ok := w.timeOf(doc)
	return !ok || !at.Before(w.from) && !at.After(w.to)
}

// timeOf is the time by which the window judges an event: the primary timestamp when there is one, even if the
// secondary would be in the window.
func (w *window) timeOf(doc *event.Document) (time.Time, bool) {
	if at, ok := timeAt(doc, w.primary); ok {
		return at, true
	}
	if w.secondary == "" {
		return time.Time{}, false
	}
	return timeAt(doc, w.secondary)
}

func timeAt(doc *event.Document, path string) (time.Time, bool) {
	text := doc.First(path)
	if text == "" {
		return time.Time{}, false
	}
	at, err := datemath.Parse(text, time.Time{}, datemath.Down)
	return at, err == nil
}

// sortByTime sorts by the override or @timestamp, oldest first; events without a time come last.
func sortByTime(docs []*event.Document, override string) {
	w := window{primary: timestamp}
	if override != "" {
		w = window{primary: override, secondary: timestamp}
	}
	slices.SortStableFunc(docs, func(a, b *event.Document) int {
		at, okA := w.timeOf(a)
		bt, okB := w.timeOf(b)
		switch {
		case okA && okB:
			return at.Compare(bt)
		case okA:
			return -1
		case okB:
			return 1
		}
		return 0
	})
}
