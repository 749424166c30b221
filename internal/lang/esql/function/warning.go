package function

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// maxWarnings is the number of failures that Elasticsearch notes for one expression.
const maxWarnings = 20

// Warnings are the warnings of one run, in the order in which they came up, each once.
type Warnings struct {
	list   []string
	places []*place
}

// place is an expression that warns.
type place struct {
	warnings     *Warnings
	line, column int
	text         string
	// counts is what a failure is treated as: "null" when it is empty.
	counts string
	// seen are the failures noted so far.
	seen []string
	full bool
}

// NewCall makes the call of an expression that stands at a line and column and reads as text.
func (w *Warnings) NewCall(env *Environment, t column.Type, line, col int, text string) *Call {
	for _, p := range w.places {
		if p.line == line && p.column == col && p.text == text {
			return &Call{Env: env, Type: t, place: p}
		}
	}
	p := &place{warnings: w, line: line, column: col, text: text}
	w.places = append(w.places, p)
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
		p.warnings.Add(fmt.Sprintf("Line %d:%d: evaluation of [%s] failed, treating result as %s. Only first %d failures recorded.", p.line, p.column, p.text, cmp.Or(p.counts, "null"), maxWarnings))
	}
	p.seen = append(p.seen, failure)
	p.full = len(p.seen) >= maxWarnings
	p.warnings.Add(fmt.Sprintf("Line %d:%d: %s", p.line, p.column, failure))
}
