package lucene

import (
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// Query is a parsed query.
type Query struct {
	Text string
	// Root is nil for a blank query, which matches everything.
	Root *Clauses
}

// Occur says how a clause takes part.
type Occur uint8

// A clause may hold (and one must, where none is required), must hold, or must not.
const (
	Should Occur = iota
	Must
	MustNot
)

// Clauses is a list of clauses, at the top or in parentheses.
type Clauses struct {
	List []Clause
	At   source.Span
}

// Clause is one of a list.
type Clause struct {
	Occur Occur
	// Field is the field it searches; nil for the default fields, or those of the group around it.
	Field *Field
	Node  Node
	At    source.Span
}

// Field is a field's name; with a wildcard it stands for all fields that fit.
type Field struct {
	Parts []match.Part
	At    source.Span
}

// Node is what a clause holds: a group or a term.
type Node interface {
	Span() source.Span
	String() string
}

// Group is clauses in parentheses.
type Group struct {
	Clauses *Clauses
	At      source.Span
}

// Term is a word; with wildcards when a part is no literal.
type Term struct {
	Parts []match.Part
	// Fuzzy is the number of edits that are allowed, -1 for none given after "~" (AUTO), and 0 for an exact term.
	Fuzzy int
	At    source.Span
}

// Phrase is a text in double quotes. Slop is how far its words may be moved.
type Phrase struct {
	Text string
	Slop int
	At   source.Span
}

// Regexp is a regular expression between slashes, in Lucene's syntax.
type Regexp struct {
	Pattern string
	At      source.Span
}

// Range is an interval; "*" as an end is open.
type Range struct {
	Low, High         string
	OpenLow, OpenHigh bool
	WithLow, WithHigh bool
	At                source.Span
}

// Span is where the node stands in the query's text.
func (n *Group) Span() source.Span { return n.At }

// Span is where the node stands in the query's text.
func (n *Term) Span() source.Span { return n.At }

// Span is where the node stands in the query's text.
func (n *Phrase) Span() source.Span { return n.At }

// Span is where the node stands in the query's text.
func (n *Regexp) Span() source.Span { return n.At }

// Span is where the node stands in the query's text.
func (n *Range) Span() source.Span { return n.At }

// auto marks a fuzzy term without a number.
const auto = -1

func text(parts []match.Part) string { return match.NewWildcard(parts).String() }

func hasWildcard(parts []match.Part) bool {
	for _, p := range parts {
		if p.Kind != match.Literal {
			return true
		}
	}
	return false
}

func isStar(parts []match.Part) bool { return len(parts) == 1 && parts[0].Kind == match.AnyRun }
