package detect

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/event"
)

const timestamp = "@timestamp"

// window is the time that a run searches, both ends included (Kibana: gte from, lte to).
type window struct {
	from, to time.Time
	timestamps
}

// timestamps are the fields that tell when an event took place: primary decides; when an event lacks it, secondary does,
// unless that is "".
type timestamps struct{ primary, secondary string }

// timestamps are the rule's: timestamp_override, with @timestamp as a fallback unless that is disabled.
func (c *compiler) timestamps() timestamps {
	override := c.rule.TimestampOverride
	if override == "" || override == timestamp {
		return timestamps{primary: timestamp}
	}
	if disabled := c.rule.TimestampOverrideFallbackDisabled; disabled != nil && *disabled {
		return timestamps{primary: override}
	}
	return timestamps{primary: override, secondary: timestamp}
}

// window reads the rule's from and to. It is nil, which holds everything, when events of any time are searched.
func (c *compiler) window() *window {
	from, to := c.bound("from", c.rule.FromOrDefault(), c.Now), c.bound("to", c.rule.ToOrDefault(), c.Now)
	if c.AnyTime {
		return nil
	}
	return &window{from: from, to: to, timestamps: c.timestamps()}
}

// bound reads date math of the rule's file. There is no round-up for "to" (Kibana: both ends are parsed alike).
func (c *compiler) bound(key, text string, now time.Time) time.Time {
	at, err := datemath.Parse(text, now, datemath.Down)
	if err != nil {
		c.fail("rule-window", fmt.Sprintf("%s: %v", key, err), "write date math relative to now, such as now-9m", "rule", key)
	}
	return at
}

// shifted is the window moved in time.
func (w window) shifted(by time.Duration) *window {
	w.from, w.to = w.from.Add(by), w.to.Add(by)
	return &w
}

// holds tells whether the event lies in the window.
func (w *window) holds(doc *event.Document) bool {
	if w == nil {
		return true
	}
	at, timed := w.timeOf(doc)
	return w.holdsTime(at, timed)
}

// holdsTime tells whether a time lies in the window. Documents without any timestamp have no place in time and are taken to
// be now.
func (w *window) holdsTime(at time.Time, timed bool) bool {
	return w == nil || !timed || !at.Before(w.from) && !at.After(w.to)
}

// timeOf is the time by which the window judges an event: the primary timestamp when there is one, even if the
// secondary would be in the window. An event that has a time, but not in the only field that counts, has the zero time, which
// is in no window.
func (t timestamps) timeOf(doc *event.Document) (time.Time, bool) {
	if at, ok := timeAt(doc, t.primary); ok {
		return at, true
	}
	at, ok := timeAt(doc, timestamp)
	if ok && t.secondary == "" {
		return time.Time{}, true
	}
	return at, ok
}

func timeAt(doc *event.Document, path string) (time.Time, bool) {
	text := doc.First(path)
	if text == "" {
		return time.Time{}, false
	}
	at, err := datemath.Parse(text, time.Time{}, datemath.Down)
	return at, err == nil
}

// hit is an event that a search found, with its time.
type hit struct {
	doc   *event.Document
	at    time.Time
	timed bool
}

// sortByTime sorts by time, oldest first; events without a time come last.
func sortByTime(hits []hit) { slices.SortStableFunc(hits, compareTimes) }

func compareTimes(a, b hit) int {
	switch {
	case a.timed && b.timed:
		return a.at.Compare(b.at)
	case a.timed:
		return -1
	case b.timed:
		return 1
	}
	return 0
}
