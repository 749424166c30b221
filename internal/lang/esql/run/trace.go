package run

import (
	"fmt"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/function"
)

// Trace is what a run did with the rows, command by command.
type Trace struct {
	Result *Result
	Steps  []*StepTrace
}

// StepTrace is what one command did.
type StepTrace struct {
	// Command is what was written; nil for the limit that Elasticsearch adds.
	Command esql.Command
	// Rows is the number of rows after the command.
	Rows int
	// Dropped are rows that a WHERE dropped, the first maxDropped of them.
	Dropped []Drop
	// Seen are the verdicts on rows that are documents, kept ones too, when all are asked for.
	Seen []*filter.Trace
}

// Drop is a row that a WHERE dropped.
type Drop struct {
	// Doc is the document that the row is, nil for a group of documents; Label names it then by its keys.
	Doc   *event.Document
	Label string
	// Why is the condition with the verdict of every part of it.
	Why *filter.Trace
}

// maxDropped bounds the dropped rows that are kept of one command.
const maxDropped = 100

// Trace runs the query and notes what each command does. What a WHERE says of a row is computed by the code that decides.
func (p *Program) Trace(in Input) *Trace {
	r := p.start(in)
	r.trace = &tracer{steps: map[esql.Step]*StepTrace{}}
	t := &Trace{Result: r.result()}
	var last *StepTrace
	for _, step := range p.Plan.Steps {
		// Several steps may make up one command: only the last has its rows.
		one := r.trace.of(step)
		if last != nil && last.Command == step.Command() && last.Command != nil {
			last.Rows = one.Rows
			continue
		}
		if step.Command() == nil && (last == nil || last.Rows == one.Rows) {
			continue // the limit that nobody wrote, and that cut nothing
		}
		last = one
		t.Steps = append(t.Steps, one)
	}
	return t
}

// tracer notes what goes through the operators.
type tracer struct {
	steps map[esql.Step]*StepTrace
	// keys name the rows after an aggregation.
	keys []esql.Column
	// all asks for the verdict on every document.
	all bool
}

func (t *tracer) of(step esql.Step) *StepTrace {
	if _, ok := t.steps[step]; !ok {
		t.steps[step] = &StepTrace{Command: step.Command()}
	}
	return t.steps[step]
}

// traced lets a traced run see the rows that enter and leave a step.
func traced(step esql.Step, s stage) stage {
	return func(r *run, next sink) sink {
		if r.trace == nil {
			return s(r, next)
		}
		inner := s(r, &tap{next, r.trace.of(step)})
		switch step := step.(type) {
		case *esql.Filter:
			return &watcher{inner, r, step}
		case *esql.Aggregate:
			if !step.Inline {
				for _, k := range step.Keys {
					r.trace.keys = append(r.trace.keys, k.Column)
				}
			}
		}
		return inner
	}
}

// tap counts rows.
type tap struct {
	next sink
	step *StepTrace
}

func (t *tap) push(b *column.Batch) bool {
	t.step.Rows += b.Rows
	return t.next.push(b)
}

func (t *tap) finish() { t.next.finish() }

// watcher notes the rows that a WHERE drops.
type watcher struct {
	sink
	run  *run
	step *esql.Filter
}

func (w *watcher) push(b *column.Batch) bool {
	note := w.run.trace.of(w.step)
	e := w.run.program.explainer(w.step.Condition, w.run)
	for row, truth := range truths(e.nobody(), e.compute(e.run, b)) {
		if len(note.Dropped) == maxDropped {
			break
		}
		if isDoc := b.Docs != nil && b.Docs[row] != nil; isDoc && w.run.trace.all {
			note.Seen = append(note.Seen, e.explain(b, row))
		}
		if truth == yes {
			continue
		}
		why := e.explain(b, row)
		drop := Drop{Label: w.run.trace.label(b, row), Why: why}
		if b.Docs != nil {
			drop.Doc = b.Docs[row]
		}
		note.Dropped = append(note.Dropped, drop)
	}
	return w.sink.push(b)
}

// label names a group by its keys.
func (t *tracer) label(b *column.Batch, row int) string {
	var parts []string
	for _, k := range t.keys {
		if c := b.Columns[k.Slot]; c != nil {
			parts = append(parts, k.Name+" = "+strings.Join(rendered(c, row), ", "))
		}
	}
	return strings.Join(parts, ", ")
}

// rendered are the values of a row, null for none.
func rendered(c *column.Column, row int) []string {
	start, end := c.Span(row)
	if start == end || c.Type() == column.Null {
		return []string{"null"}
	}
	var list []string
	for position := start; position < end; position++ {
		list = append(list, c.Render(position))
	}
	return list
}

// explainer evaluates every part of a condition.
type explainer struct {
	value    esql.Value
	compute  evaluator
	children []*explainer
	run      *run
}

// explainer compiles the parts of a condition, with warnings of their own that nobody reads.
func (p *Program) explainer(v esql.Value, of *run) *explainer {
	own := &Program{Plan: p.Plan, layout: p.layout, env: p.env, fields: p.fields}
	e := own.explained(v)
	r := own.start(of.input)
	e.each(func(e *explainer) { e.run = r })
	return e
}

func (p *Program) explained(v esql.Value) *explainer {
	e := &explainer{value: v, compute: p.value(v)}
	switch v := v.(type) {
	case *esql.Junction:
		for _, o := range v.Operands {
			e.children = append(e.children, p.explained(o))
		}
	case *esql.Negation:
		e.children = append(e.children, p.explained(v.X))
	}
	return e
}

func (e *explainer) each(visit func(*explainer)) {
	visit(e)
	for _, child := range e.children {
		child.each(visit)
	}
}

// explain gives the verdict of every part for one row. Null is no match, and says why it is null.
func (e *explainer) explain(b *column.Batch, row int) *filter.Trace {
	one := b.Take([]int32{int32(row)})
	t := &filter.Trace{Op: filter.OpScript, Clause: e.clause()}
	truth := truths(e.nobody(), e.compute(e.run, one))[0]
	t.Matched = truth == yes
	for _, child := range e.children {
		t.Children = append(t.Children, child.explain(b, row))
	}
	switch v := e.value.(type) {
	case *esql.Junction:
		t.Op = filter.OpAnd
		if v.Or {
			t.Op = filter.OpOr
		}
	case *esql.Negation:
		t.Op = filter.OpNot
		if truth == null {
			t.Op, t.Reason, t.Detail = filter.OpScript, filter.Impossible, "null, for what it negates is null"
		}
	case *esql.Search:
		t.Reason = differs(t.Matched)
	default:
		e.leaf(t, one, truth)
	}
	return t
}

// nobody takes the warnings of a condition that is only explained.
func (e *explainer) nobody() *function.Call { return &function.Call{} }

func differs(matched bool) filter.Reason {
	if matched {
		return filter.NoReason
	}
	return filter.Differs
}

// clause is the condition as it was written.
func (e *explainer) clause() filter.Clause {
	of := e.value.Of()
	if of == nil {
		return filter.Clause{}
	}
	span := of.Span()
	return filter.Clause{Label: strings.Join(strings.Fields(e.run.program.Plan.Query.Text[span.Start:span.End]), " "), Span: span}
}

// leaf tells what a condition saw: the values of the columns in it, and whether one was missing or had several.
func (e *explainer) leaf(t *filter.Trace, one *column.Batch, truth int8) {
	t.Reason = differs(t.Matched)
	var missing, several []string
	var visit func(v esql.Value)
	visit = func(v esql.Value) {
		if ref, ok := v.(*esql.Ref); ok {
			c := e.run.slot(one, ref.Slot, ref.As)
			switch {
			case c.IsNull(0) || c.Type() == column.Null:
				missing = append(missing, ref.Name)
			default:
				t.Values = append(t.Values, rendered(c, 0)...)
				if c.Count(0) > 1 {
					several = append(several, ref.Name)
				}
			}
		}
		for _, child := range esql.Children(v) {
			visit(child)
		}
	}
	visit(e.value)
	switch {
	case truth != null:
	case len(missing) > 0:
		t.Reason, t.Detail = filter.Missing, strings.Join(missing, ", ")+", so it is null"
	case len(several) > 0:
		t.Reason, t.Detail = filter.Impossible, fmt.Sprintf("null, for %s has several values", strings.Join(several, ", "))
	default:
		t.Reason, t.Detail = filter.Impossible, "null"
	}
}
