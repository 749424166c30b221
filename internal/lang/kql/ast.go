package kql

import (
	"strings"

	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// Query is a parsed query.
type Query struct {
	// Text is the query as it was written.
	Text string
	// Root is nil for a blank query, which matches everything.
	Root Node
}

// Node is a part of a query.
type Node interface {
	// Span is where the node stands in the query's text.
	Span() source.Span
	// String is the node as KQL that parses back to the same node.
	String() string
}

// And is true if all parts are. It stands between conditions and, inside a value group, between values.
type And struct {
	Parts []Node
	At    source.Span
}

// Or is true if one part is.
type Or struct {
	Parts []Node
	At    source.Span
}

// Not is true if its part is not.
type Not struct {
	Part Node
	At   source.Span
}

// Is compares a field with a value, or with a group of values: an And, Or, Not tree whose leaves are literals.
type Is struct {
	Field Literal
	Value Node
	At    source.Span
}

// Range compares a field with a bound.
type Range struct {
	Field    Literal
	Operator RangeOperator
	Bound    Literal
	At       source.Span
}

// Nested asks for one object of a nested field that satisfies the inner conditions, whose field names are relative
// to it.
type Nested struct {
	Field Literal
	Inner Node
	At    source.Span
}

// RangeOperator is one of < <= > >=.
type RangeOperator string

// Literal is a value or a field name. As a node of its own it is a bare term, searched for in all fields.
type Literal struct {
	// Parts is the text; an unquoted "*" is a part of its own.
	Parts []match.Part
	// Quoted tells that the literal stands in double quotes.
	Quoted bool
	// Typed tells that an unquoted true, false or null stands for the typed value.
	Typed bool
	At    source.Span
}

// Text is the literal's text, wildcards as "*".
func (l Literal) Text() string {
	var b strings.Builder
	for _, p := range l.Parts {
		if p.Kind == match.AnyRun {
			b.WriteByte('*')
		}
		b.WriteString(p.Literal)
	}
	return b.String()
}

// HasWildcard tells whether an unquoted "*" is in the literal.
func (l Literal) HasWildcard() bool {
	for _, p := range l.Parts {
		if p.Kind == match.AnyRun {
			return true
		}
	}
	return false
}

// IsStar tells whether the literal is a lone "*": the field exists.
func (l Literal) IsStar() bool { return len(l.Parts) == 1 && l.Parts[0].Kind == match.AnyRun }

// Span is where the node stands in the query's text.
func (n *And) Span() source.Span { return n.At }

// Span is where the node stands in the query's text.
func (n *Or) Span() source.Span { return n.At }

// Span is where the node stands in the query's text.
func (n *Not) Span() source.Span { return n.At }

// Span is where the node stands in the query's text.
func (n *Is) Span() source.Span { return n.At }

// Span is where the node stands in the query's text.
func (n *Range) Span() source.Span { return n.At }

// Span is where the node stands in the query's text.
func (n *Nested) Span() source.Span { return n.At }

// Span is where the literal stands in the query's text, quotes included.
func (l *Literal) Span() source.Span { return l.At }

// Walk calls visit for a node and everything below it, parents first, in the order of the text. Where visit gives
// false, it does not go deeper.
func Walk(n Node, visit func(Node) bool) {
	if n == nil || !visit(n) {
		return
	}
	switch n := n.(type) {
	case *And:
		for _, p := range n.Parts {
			Walk(p, visit)
		}
	case *Or:
		for _, p := range n.Parts {
			Walk(p, visit)
		}
	case *Not:
		Walk(n.Part, visit)
	case *Is:
		Walk(n.Value, visit)
	case *Nested:
		Walk(n.Inner, visit)
	}
}
