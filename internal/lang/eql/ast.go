package eql

import (
	"time"

	"github.com/tocsin-rules/tocsin/internal/source"
)

// Kind tells what a query looks for.
type Kind uint8

// The kinds of queries.
const (
	// Events are single events.
	Events Kind = iota
	// Sequence is events one after the other.
	Sequence
	// Sample is events that share keys, in any order.
	Sample
)

// Query is a parsed query.
type Query struct {
	Text string
	Kind Kind
	// Filter is the condition of an event query; nil for the others.
	Filter *Filter
	// WordAt is where the word "sequence" stands.
	WordAt source.Span
	// Keys are the join keys of all steps.
	Keys []Expr
	// MaxSpan bounds the time from the first to the last event of a sequence; 0 is no bound. MaxSpanAt is where it stands.
	MaxSpan   time.Duration
	MaxSpanAt source.Span
	Steps     []*Step
	// Until ends pending sequences; may be nil.
	Until *Step
	Pipes []Pipe
}

// Filter is a category and a condition: process where true.
type Filter struct {
	// Category is what the event category field must hold; Any allows every event.
	Category string
	Any      bool
	// CategoryAt is where the category stands.
	CategoryAt source.Span
	Where      Expr
	At         source.Span
}

// Step is an event of a sequence or sample.
type Step struct {
	Filter *Filter
	// Missing is for an event that must not occur.
	Missing bool
	// Keys are the step's own join keys, after those of the query.
	Keys []Expr
	// Runs is how many times in a row the event must occur; 1 when the query does not say.
	Runs int
	At   source.Span
}

// Pipe is what happens to the results: head or tail with a number.
type Pipe struct {
	Name  string
	Count int
	At    source.Span
}

// Expr is an expression.
type Expr interface {
	// Span is where the expression stands in the query's text.
	Span() source.Span
	// String is the expression as EQL that parses back to the same expression.
	String() string
}

// Logical joins conditions with "and" or "or".
type Logical struct {
	// Or tells which.
	Or    bool
	Parts []Expr
	At    source.Span
}

// Not negates a condition.
type Not struct {
	Part Expr
	At   source.Span
}

// Compare compares two values with one of == != < <= > >=.
type Compare struct {
	Left, Right Expr
	Operator    string
	At          source.Span
}

// Arithmetic computes with one of + - * / %.
type Arithmetic struct {
	Left, Right Expr
	Operator    string
	At          source.Span
}

// Negate is a unary minus.
type Negate struct {
	Part Expr
	At   source.Span
}

// OneOf tests a value against a list. Operator is one of "in", "in~", ":", "like", "like~", "regex", "regex~"; Negated is
// for "not in" and its like; Single for an operator with one value instead of a list in parentheses.
type OneOf struct {
	Value    Expr
	Operator string
	Negated  bool
	Single   bool
	List     []Expr
	At       source.Span
}

// Call calls a function. Name is as it is written, without the tilde of the case-insensitive form.
type Call struct {
	Name       string
	IgnoreCase bool
	Args       []Expr
	NameAt     source.Span
	At         source.Span
}

// Field names a field of the event. Optional is for ?field, which need not exist.
type Field struct {
	Name     string
	Optional bool
	At       source.Span
}

// Literal is a constant: nil, bool, int64, float64 or string.
type Literal struct {
	Value any
	At    source.Span
}

// Span is where the expression stands in the query's text.
func (e *Logical) Span() source.Span { return e.At }

// Span is where the expression stands in the query's text.
func (e *Not) Span() source.Span { return e.At }

// Span is where the expression stands in the query's text.
func (e *Compare) Span() source.Span { return e.At }

// Span is where the expression stands in the query's text.
func (e *Arithmetic) Span() source.Span { return e.At }

// Span is where the expression stands in the query's text.
func (e *Negate) Span() source.Span { return e.At }

// Span is where the expression stands in the query's text.
func (e *OneOf) Span() source.Span { return e.At }

// Span is where the expression stands in the query's text.
func (e *Call) Span() source.Span { return e.At }

// Span is where the expression stands in the query's text.
func (e *Field) Span() source.Span { return e.At }

// Span is where the expression stands in the query's text.
func (e *Literal) Span() source.Span { return e.At }

// Walk calls visit for an expression and everything below it, parents first. Where visit gives false, it does not go
// deeper.
func Walk(e Expr, visit func(Expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	for _, child := range children(e) {
		Walk(child, visit)
	}
}

func children(e Expr) []Expr {
	switch e := e.(type) {
	case *Logical:
		return e.Parts
	case *Not:
		return []Expr{e.Part}
	case *Compare:
		return []Expr{e.Left, e.Right}
	case *Arithmetic:
		return []Expr{e.Left, e.Right}
	case *Negate:
		return []Expr{e.Part}
	case *OneOf:
		return append([]Expr{e.Value}, e.List...)
	case *Call:
		return e.Args
	}
	return nil
}
