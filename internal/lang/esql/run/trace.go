package run

import (
	"fmt"
	"slices"
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
	// Dropped and Kept are rows that a WHERE dropped and kept, the first maxNoted of them.
	Dropped, Kept []Verdict
	// Groups are the first rows of a STATS, each with its aggregates.
	Groups []Group
	// Seen are the verdicts on rows that are documents, kept ones too, when all are asked for.
	Seen []*filter.Trace
}

// Verdict is what a WHERE said of a row.
type Verdict struct {
	// Alone tells that the row is a document that no aggregation has set beside others.
	Alone bool
	// Label names the row: a document by its id or place, a group by its keys.
	Label string
	// Why is the condition with the verdict of every part of it.
	Why *filter.Trace
}

// Group is a row of a STATS, named by its keys.
type Group struct{ Label, Values string }

// maxNoted bounds the rows that are noted of one command.
const maxNoted = 100

// Trace runs the query and notes what each command does. What a WHERE says of a row is computed by the code that decides.
func (p *Program) Trace(in Input) *Trace {
	r := p.start(in)
	r.trace = &tracer{steps: map[esql.Step]*StepTrace{}, docs: in.Docs}
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
	docs  []*event.Document
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
		out := &tap{sink: next, trace: r.trace, step: r.trace.of(step)}
		if aggregate, ok := step.(*esql.Aggregate); ok && !aggregate.Inline {
			out.groups = aggregate
			for _, k := range aggregate.Keys {
				r.trace.keys = append(r.trace.keys, k.Column)
			}
		}
		inner := s(r, out)
		if where, ok := step.(*esql.Filter); ok {
			return &watcher{inner, r, where, r.program.besideOthers(where)}
		}
		return inner
	}
}

// besideOthers tells whether a step comes after an INLINE STATS, so that what it says of a row depends on other rows.
func (p *Program) besideOthers(step esql.Step) bool {
	all := flat(p.Plan.Steps)
	at := slices.Index(all, step)
	return at >= 0 && slices.ContainsFunc(all[:at], isInline) // a step of a subquery of IN is not among them
}

// flat are steps with those of their branches, in the order in which they run.
func flat(steps []esql.Step) []esql.Step {
	var all []esql.Step
	for _, step := range steps {
		if union, ok := step.(*esql.Union); ok {
			for _, b := range union.Branches {
				all = append(all, flat(b.Steps)...)
			}
		}
		all = append(all, step)
	}
	return all
}

func isInline(step esql.Step) bool {
	aggregate, ok := step.(*esql.Aggregate)
	return ok && aggregate.Inline
}

// tap counts rows, and notes the first groups of a STATS.
type tap struct {
	sink
	trace  *tracer
	step   *StepTrace
	groups *esql.Aggregate
}

func (t *tap) push(b *column.Batch) bool {
	t.step.Rows += b.Rows
	for row := 0; t.groups != nil && row < b.Rows && len(t.step.Groups) < maxNoted; row++ {
		var values []string
		for _, a := range t.groups.Aggregates {
			if c := b.Columns[a.Slot]; c != nil {
				values = append(values, aggregateName(t.groups, a)+" = "+shown(rendered(c, row)))
			}
		}
		t.step.Groups = append(t.step.Groups, Group{t.trace.label(b, row), strings.Join(values, ", ")})
	}
	return t.sink.push(b)
}

// aggregateName is the column that an aggregate gives, or its own text when it is a part of an expression.
func aggregateName(step *esql.Aggregate, call esql.AggregateCall) string {
	if stats, ok := step.Command().(*esql.Stats); ok {
		for _, f := range stats.Aggregates {
			if f.Expr == call.Of && f.Name != nil {
				return f.Name.Text
			}
		}
	}
	return call.Of.String()
}

// shown are several values as one text, and no more than a few of them.
func shown(values []string) string {
	const most = 5
	switch n := len(values); {
	case n == 1:
		return values[0]
	case n > most:
		return fmt.Sprintf("[%s, and %d more]", strings.Join(values[:most], ", "), n-most)
	}
	return "[" + strings.Join(values, ", ") + "]"
}

// watcher notes what a WHERE says of rows.
type watcher struct {
	sink
	run  *run
	step *esql.Filter
	// related tells that the verdict on a document depends on other documents.
	related bool
}

func (w *watcher) push(b *column.Batch) bool {
	note := w.run.trace.of(w.step)
	e := w.run.program.explainer(w.step.Condition, w.run)
	for row, truth := range truths(e.nobody(), e.compute(e.run, b)) {
		alone := b.Docs != nil && b.Docs[row] != nil && !w.related
		if alone && w.run.trace.all {
			note.Seen = append(note.Seen, e.explain(b, row))
		}
		list := &note.Dropped
		if truth == yes {
			list = &note.Kept
		}
		if len(*list) < maxNoted {
			*list = append(*list, Verdict{alone, w.run.trace.label(b, row), e.explain(b, row)})
		}
	}
	return w.sink.push(b)
}

// label names a document by its id or its place, and a group by its keys.
func (t *tracer) label(b *column.Batch, row int) string {
	if b.Docs != nil && b.Docs[row] != nil {
		return "event " + b.Docs[row].Name(slices.Index(t.docs, b.Docs[row]))
	}
	var parts []string
	for _, k := range t.keys {
		if c := b.Columns[k.Slot]; c != nil {
			parts = append(parts, k.Name+" = "+strings.Join(rendered(c, row), ", "))
		}
	}
	if parts == nil {
		return "the only row"
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
	own := &Program{Plan: p.Plan, layout: p.layout, env: p.env, fields: slices.Clip(p.fields)}
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
		if one.Docs != nil && one.Docs[0] != nil {
			t.Children = append(t.Children, filter.Explain(v.Node, e.run.program.layout.Bind(one.Docs[0])))
		}
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

// values are what a condition saw of a column, with its name when there are others.
func values(name string, list []string, named bool) []string {
	if named {
		return []string{name + " = " + shown(list)}
	}
	return list
}

// columnsIn counts the columns that a condition names.
func columnsIn(v esql.Value) int {
	n := 0
	if _, ok := v.(*esql.Ref); ok {
		n = 1
	}
	for _, child := range esql.Children(v) {
		n += columnsIn(child)
	}
	return n
}

// leaf tells what a condition saw: the values of the columns in it, and whether one was missing or had several.
func (e *explainer) leaf(t *filter.Trace, one *column.Batch, truth int8) {
	t.Reason = differs(t.Matched)
	var missing, several []string
	named := columnsIn(e.value) > 1
	var visit func(v esql.Value)
	visit = func(v esql.Value) {
		if ref, ok := v.(*esql.Ref); ok {
			c := e.run.slot(one, ref.Slot, ref.As)
			switch {
			case c.IsNull(0) || c.Type() == column.Null:
				missing = append(missing, ref.Name)
			default:
				t.Values = append(t.Values, values(ref.Name, rendered(c, 0), named)...)
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
