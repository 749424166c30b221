package run

import (
	"slices"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/function"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// batchRows is the number of rows that go through the operators together.
const batchRows = 2048

// Program is a compiled query.
type Program struct {
	Plan *esql.Plan
	// stages are the operators, in order; the first is a source.
	stages []stage
	sites  []site
	// fields are those that are read from documents.
	fields []*esql.LoadField
	layout *filter.Layout
	env    *function.Environment
}

// site is an expression that may warn.
type site struct {
	of   esql.Expr
	kind column.Type
}

// sink takes rows. It is false when no more are wanted.
type sink interface {
	push(b *column.Batch) bool
	// finish tells that there are no more rows.
	finish()
}

// stage makes the operator of one run, which hands its rows to the next.
type stage func(r *run, next sink) sink

// Options are what a program needs beside the plan.
type Options struct {
	// Layout is that of the builder with which the plan was checked, for full-text functions.
	Layout *filter.Layout
	Env    *function.Environment
}

// Compile makes a program of a plan. It must not be called with a plan that is undecided.
func Compile(plan *esql.Plan, o Options) *Program {
	p := &Program{Plan: plan, layout: o.Layout, env: o.Env}
	if p.env == nil {
		p.env = &function.Environment{}
	}
	p.stages = p.compile(plan.Steps)
	return p
}

// Input is what a run reads.
type Input struct {
	Docs []*event.Document
	// In tells whether a document is one of an index that the patterns name; nil takes all.
	In func(patterns []string, doc *event.Document) bool
	// Keep tells which documents the query sees at all: the time window and the exceptions of a rule. Nil takes all.
	Keep func(doc *event.Document) bool
	// ID names documents that have no _id; nil leaves them without one.
	ID func(doc *event.Document) string
	// Supplied are the values of columns that only a cluster could compute: one for all rows.
	Supplied map[string]string
}

// Result is what a query gave.
type Result struct {
	Columns []esql.Column
	// Rows has a column for each of Columns, in the same order, and the document of each row that is one.
	Rows *column.Batch
	// Warnings are what Elasticsearch would warn of, in its words.
	Warnings []string
}

// run is the state of one run.
type run struct {
	program  *Program
	input    Input
	calls    []*function.Call
	warnings *function.Warnings
	record   filter.Record
	bound    *event.Document
	trace    *tracer
	// readers read the fields of documents, by slot; nil for slots that are computed.
	readers []*fieldReader
	// lists are the values of the subqueries of IN that have run.
	lists map[*esql.Among]itemList
}

func (p *Program) start(in Input) *run {
	r := &run{program: p, input: in, warnings: &function.Warnings{}, readers: make([]*fieldReader, p.Plan.Slots), lists: map[*esql.Among]itemList{}}
	for _, f := range p.fields {
		r.readers[f.Slot] = newFieldReader(f)
		r.readers[f.Slot].id = in.ID
	}
	file := source.NewFile("", p.Plan.Query.Text)
	for _, s := range p.sites {
		call := r.warnings.NewCall(p.env, s.kind, 1, 1, "")
		if s.of != nil {
			call = r.warnings.NewCallAt(p.env, s.kind, s.of.Span(), file)
		}
		r.calls = append(r.calls, call)
	}
	return r
}

// Run runs the query over documents.
func (p *Program) Run(in Input) *Result { return p.start(in).result() }

func (r *run) result() *Result {
	p := r.program
	out := &collector{width: p.Plan.Slots}
	r.chain(p.stages, out).finish()
	result := &Result{Columns: p.Plan.Output, Warnings: r.warnings.List()}
	rows := out.batch()
	result.Rows = &column.Batch{Rows: rows.Rows, Docs: rows.Docs, Columns: make([]*column.Column, len(result.Columns))}
	for i, c := range result.Columns {
		result.Rows.Columns[i] = r.slot(rows, c.Slot, c.Type)
	}
	return result
}

// chain makes the operators of some stages, the last of which hands its rows to the sink.
func (r *run) chain(stages []stage, last sink) sink {
	next := last
	for _, s := range slices.Backward(stages) {
		next = s(r, next)
	}
	return next
}

// slot gives the column of a slot. A field is read from the documents when it is first asked for, so that nothing is read
// of the rows that a WHERE before has dropped.
func (r *run) slot(b *column.Batch, slot int, t column.Type) *column.Column {
	if c := b.Columns[slot]; c != nil {
		return c
	}
	if r.readers[slot] == nil || b.Docs == nil {
		return column.Nulls(t, b.Rows)
	}
	b.Columns[slot] = r.readers[slot].column(b.Docs)
	return b.Columns[slot]
}

// collector gathers all rows.
type collector struct {
	width int
	parts []*column.Batch
}

func (c *collector) push(b *column.Batch) bool {
	c.parts = append(c.parts, b)
	return true
}

func (c *collector) finish() {}

// batch joins the rows.
func (c *collector) batch() *column.Batch {
	if len(c.parts) == 1 {
		return c.parts[0]
	}
	out := &column.Batch{Columns: make([]*column.Column, c.width)}
	docs := false
	for _, part := range c.parts {
		out.Rows += part.Rows
		docs = docs || part.Docs != nil
	}
	for slot := range out.Columns {
		var parts []*column.Column
		for _, part := range c.parts {
			if part.Columns[slot] != nil {
				parts = append(parts, part.Columns[slot])
			}
		}
		if len(parts) == len(c.parts) && len(parts) > 0 {
			out.Columns[slot] = column.Concat(typeOf(parts), parts...)
		}
	}
	if docs {
		out.Docs = make([]*event.Document, 0, out.Rows)
		for _, part := range c.parts {
			if part.Docs == nil {
				out.Docs = append(out.Docs, make([]*event.Document, part.Rows)...)
			} else {
				out.Docs = append(out.Docs, part.Docs...)
			}
		}
	}
	return out
}

// typeOf is the type of several columns, of which some may hold nothing.
func typeOf(parts []*column.Column) column.Type {
	for _, part := range parts {
		if part.Type() != column.Null {
			return part.Type()
		}
	}
	return column.Null
}

// with is a batch with one more slot filled.
func with(b *column.Batch, slot int, c *column.Column) *column.Batch {
	out := *b
	out.Columns = slices.Clone(b.Columns)
	out.Columns[slot] = c
	return &out
}

// take makes a batch of some rows, with the columns that are needed later.
func take(b *column.Batch, rows []int32, live []int) *column.Batch {
	out := &column.Batch{Rows: len(rows), Columns: make([]*column.Column, len(b.Columns))}
	for _, slot := range live {
		if c := b.Columns[slot]; c != nil {
			out.Columns[slot] = c.Take(rows)
		}
	}
	if b.Docs != nil {
		out.Docs = make([]*event.Document, len(rows))
		for i, row := range rows {
			if row >= 0 {
				out.Docs[i] = b.Docs[row]
			}
		}
	}
	return out
}
