package function

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// maxWarnings is the number of failures that Elasticsearch notes for one expression.
const maxWarnings = 20

// Warnings are the warnings of one run, in the order in which they came up, each once.
type Warnings struct {
	list   []string
	places map[placeKey]*place
}

// place is an expression that warns. Where it stands in a query is found out when it first does.
type place struct {
	placeKey
	warnings *Warnings
	query    *source.File
	// counts is what a failure is treated as: "null" when it is empty.
	counts string
	// seen are the failures noted so far.
	seen []string
	full bool
}

// placeKey tells an expression by its place: a line, a column and its text, or a span of the query.
type placeKey struct {
	line, column int
	text         string
	span         source.Span
}

// NewCall makes the call of an expression that stands at a line and column and reads as text.
func (w *Warnings) NewCall(env *Environment, t column.Type, line, col int, text string) *Call {
	return w.call(env, t, placeKey{line: line, column: col, text: text}, nil)
}

// NewCallAt makes the call of an expression that stands at a span of a query.
func (w *Warnings) NewCallAt(env *Environment, t column.Type, span source.Span, query *source.File) *Call {
	return w.call(env, t, placeKey{span: span}, query)
}

func (w *Warnings) call(env *Environment, t column.Type, key placeKey, query *source.File) *Call {
	p := w.places[key]
	if p == nil {
		p = &place{placeKey: key, warnings: w, query: query}
		if w.places == nil {
			w.places = map[placeKey]*place{}
		}
		w.places[key] = p
	}
	return &Call{Env: env, Type: t, place: p}
}

// Add notes a warning about the whole query.
func (w *Warnings) Add(text string) {
	if !slices.Contains(w.list, text) {
		w.list = append(w.list, text)
	}
}

// List are the warnings.
func (w *Warnings) List() []string { return w.list }

func (p *place) warn(failure string) {
	if p.full || slices.Contains(p.seen, failure) {
		return
	}
	if len(p.seen) == 0 {
		p.locate()
		p.warnings.Add(fmt.Sprintf("Line %d:%d: evaluation of [%s] failed, treating result as %s. Only first %d failures recorded.", p.line, p.column, p.text, cmp.Or(p.counts, "null"), maxWarnings))
	}
	p.seen = append(p.seen, failure)
	p.full = len(p.seen) >= maxWarnings
	p.warnings.Add(fmt.Sprintf("Line %d:%d: %s", p.line, p.column, failure))
}

func (p *place) locate() {
	if p.query != nil {
		at := p.query.Position(p.span.Start)
		p.line, p.column, p.text = at.Line, at.Column, p.query.Text()[p.span.Start:p.span.End]
	}
}
