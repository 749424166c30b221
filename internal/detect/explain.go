package detect

import (
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/filter"
)

// Phase is a step that an event takes on its way to an alert.
type Phase struct {
	// Name is PhaseIndex, PhaseWindow, PhaseFilters, PhaseQuery or, for an event that one takes out, PhaseExceptions.
	Name   string
	Passed bool
	// Detail says in words what was compared; it is empty for a window that was not looked at.
	Detail string
}

// Explanation tells what became of one event. It is computed by the code that decides in a run.
type Explanation struct {
	Matched bool
	// Phases are all that the rule has, in the order of the run.
	Phases []Phase
	// Query is the trace of the rule's query.
	Query *filter.Trace
	// Until is the command of ES|QL that an event which matches comes to: from there on several events count together.
	Until string
}

// Explain tells why an event does or does not match the rule. It must not be called on an undecided detector.
func (d *Detector) Explain(doc *event.Document) *Explanation {
	record := d.layout.Bind(doc)
	e := &Explanation{Matched: d.Matches(record)}
	switch {
	case d.isPipeline():
		m := d.method.(*pipeline)
		e.Query, e.Until = m.explainRow(d, doc), m.until()
		e.Matched = e.Matched && e.Query.Matched
	case d.Joins():
		e.Query = d.explainSteps(record)
	case d.query == nil:
		e.Query = &filter.Trace{Op: filter.OpConstant, Matched: true}
	default:
		e.Query = filter.Explain(d.query, record)
	}
	e.Phases = append(e.Phases,
		Phase{PhaseIndex, d.indices.hold(doc.Index), d.indexDetail(doc)},
		Phase{PhaseWindow, d.window.holds(doc), d.windowDetail(doc)},
	)
	if d.filters != nil {
		e.Phases = append(e.Phases, Phase{PhaseFilters, d.passes(record), "the rule's filters"})
	}
	e.Phases = append(e.Phases, Phase{PhaseQuery, e.Query.Matched, ""})
	if item := excepting(d.exceptions, record); item != nil {
		e.Phases = append(e.Phases, Phase{PhaseExceptions, false, "excepted by " + item.Name})
		e.Matched = false
	}
	return e
}

func (d *Detector) isPipeline() bool {
	_, ok := d.method.(*pipeline)
	return ok
}

func (d *Detector) indexDetail(doc *event.Document) string {
	patterns := d.searched()
	switch {
	case patterns == "":
		return "the rule names no index"
	case doc.Index == "":
		return "the event names no index; the rule searches " + patterns
	}
	return fmt.Sprintf("%s; the rule searches %s", doc.Index, patterns)
}

// searched are the index patterns of the rule, as one text.
func (d *Detector) searched() string { return strings.Join(d.env.Project.Indices(d.Rule), ", ") }

func (d *Detector) windowDetail(doc *event.Document) string {
	if d.window == nil {
		return ""
	}
	span := fmt.Sprintf("%s to %s", d.window.from.Format(time.RFC3339), d.window.to.Format(time.RFC3339))
	at, ok := d.window.timeOf(doc)
	switch {
	case !ok:
		return "the event has no timestamp; the rule searches " + span
	case at.IsZero():
		return fmt.Sprintf("the event has no %s; the rule searches %s", d.window.primary, span)
	}
	return fmt.Sprintf("%s; the rule searches %s", at.Format(time.RFC3339Nano), span)
}
