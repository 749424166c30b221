package detect

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/eql"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// compileEQL compiles the query of an eql rule. Fields that nobody declares are taken for mapped ones without values:
// whether an integration maps them is not known here.
func compileEQL(r *rule.Rule, env Environment) (*eql.Program, diag.List) {
	view := r.QueryView()
	query, problem := eql.Parse(view.Text())
	if problem != nil {
		return nil, diag.List{problem.In(view)}
	}
	program, problems := query.Compile(eql.Options{
		Schema: env.Schema, Builder: &filter.Builder{Layout: env.Layout, Now: env.Now}, AssumeMapped: true,
		CategoryField: r.EventCategoryOverride, TimestampField: r.TimestampField, TiebreakerField: r.TiebreakerField,
	})
	return program, place(problems, r)
}

// runEQL runs an eql rule over the events that pass index pattern and window. Past max_signals the newest survive
// (Kibana sends max_signals as the size, and EQL's results are the tail by default).
func (d *Detector) runEQL(docs []*event.Document) Result {
	var seen []*event.Document
	record := &filter.Record{}
	for _, doc := range docs {
		if !d.indices.hold(doc.Index) || !d.window.holds(doc) {
			continue
		}
		if d.filters != nil {
			d.layout.BindTo(record, doc)
		}
		if d.passes(record) {
			seen = append(seen, doc)
		}
	}
	found := d.program.Run(seen)
	var result Result
	for _, i := range found.Events {
		result.Alerts = append(result.Alerts, Alert{Event: seen[i], rule: d.Rule})
	}
	for _, m := range found.Sequences {
		result.Alerts = append(result.Alerts, d.shell(seen, m))
	}
	if limit := d.Rule.MaxSignalsOrDefault(); len(result.Alerts) >= limit {
		result.Alerts = result.Alerts[len(result.Alerts)-limit:]
		result.Warnings = append(result.Warnings, fmt.Sprintf("max_signals of %d was reached: older matches make no alerts", limit))
	}
	return result
}

// shell makes the alert of a sequence or sample: its source is what all its events agree in. The events are its
// building blocks (Kibana: one building-block alert for each event, one shell alert for all).
func (d *Detector) shell(docs []*event.Document, m eql.Match) Alert {
	alert := Alert{rule: d.Rule}
	var common map[string]any
	for _, i := range m.Events {
		if i < 0 {
			alert.Blocks = append(alert.Blocks, nil)
			continue
		}
		alert.Blocks = append(alert.Blocks, docs[i])
		tree, err := docs[i].Source()
		if err != nil {
			continue // the document was decoded once already
		}
		if common == nil {
			common = tree
		} else {
			common = intersectObjects(common, tree)
		}
	}
	alert.Event, _ = event.FromMap(common)
	return alert
}

// intersectObjects keeps what two objects agree in, level by level.
func intersectObjects(a, b map[string]any) map[string]any {
	out := map[string]any{}
	for key, value := range a {
		other, ok := b[key]
		if !ok {
			continue
		}
		if common, ok := intersect(value, other); ok {
			out[key] = common
		}
	}
	return out
}

// intersect gives what two values agree in: equal scalars, the common items of arrays, a scalar beside an array taken
// for an array of one.
func intersect(a, b any) (any, bool) {
	x, xIsObject := a.(map[string]any)
	y, yIsObject := b.(map[string]any)
	if xIsObject && yIsObject {
		return intersectObjects(x, y), true
	}
	list, aIsList := a.([]any)
	others, bIsList := b.([]any)
	if !aIsList && !bIsList {
		return a, reflect.DeepEqual(a, b)
	}
	if !aIsList {
		list = []any{a}
	}
	if !bIsList {
		others = []any{b}
	}
	common := []any{}
	for _, item := range list {
		for _, other := range others {
			if reflect.DeepEqual(item, other) {
				common = append(common, item)
				break
			}
		}
	}
	return common, true
}

// explainSteps explains an event against every step of a sequence or sample.
func (d *Detector) explainSteps(record *filter.Record) *filter.Trace {
	trace := &filter.Trace{Op: filter.OpOr, Clause: filter.Clause{Label: "any step"}}
	for i, step := range d.program.Steps() {
		one := filter.Explain(step, record)
		one.Clause.Label = fmt.Sprintf("step %d: %s", i+1, one.Clause.Label)
		trace.Children = append(trace.Children, one)
		trace.Matched = trace.Matched || one.Matched
	}
	return trace
}

// Joins tells whether an alert of the rule is made of several events: a sequence or sample.
func (d *Detector) Joins() bool { return d.program != nil && d.program.Kind != eql.Events }

// Attempts tells, for a sequence rule, how far sequences came and what stopped them, one sentence each; nothing for
// other rules.
func (d *Detector) Attempts(docs []*event.Document) []string {
	if d.program == nil || d.program.Kind != eql.Sequence {
		return nil
	}
	var list []string
	for _, a := range d.program.Explain(docs) {
		var names []string
		for _, i := range a.Events {
			names = append(names, docs[i].Name(i))
		}
		text := fmt.Sprintf("reached %d of %d steps", a.Reached, a.Steps)
		if len(names) > 0 {
			text += " with " + strings.Join(names, ", ")
		}
		if a.Complete {
			list = append(list, text+": complete")
			continue
		}
		list = append(list, text+": "+a.Reason)
	}
	return list
}
