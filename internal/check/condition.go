package check

import (
	"strings"

	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// Condition is a condition on one event, in the form that all query languages share.
type Condition struct {
	Kind  ConditionKind
	Parts []*Condition
	// Test is set for a single test.
	Test *Comparison
	At   source.Span
}

// ConditionKind tells what a [Condition] is.
type ConditionKind uint8

// The kinds. An Opaque condition is one that has no comparison of a field with constants, such as a function's result.
const (
	AllOf ConditionKind = iota
	AnyOf
	NotOf
	Single
	Opaque
)

// Operator is how a field is compared.
type Operator uint8

// The operators.
const (
	// Equal compares with whole values; wildcards are ordinary characters.
	Equal Operator = iota
	// Match is equality in which wildcards count: KQL and Lucene's ":" and EQL's ":".
	Match
	// Like is a wildcard pattern: EQL's and ES|QL's like.
	Like
	// Regexp is Lucene's regular expression.
	Regexp
	// Exists asks for any value.
	Exists
	Less
	LessEqual
	Greater
	GreaterEqual
	// CIDR asks for an address in a block.
	CIDR
)

// Comparison is one test of one field against constants; several are alternatives.
type Comparison struct {
	Operator Operator
	// Spelled is the operator as the query has it, such as "in~".
	Spelled string
	Field   string
	FieldAt source.Span
	// Optional is EQL's ?field; Pattern tells that the name has a wildcard.
	Optional, Pattern bool
	// Computed tells that the query has made the column: it is no field, whatever its name.
	Computed   bool
	IgnoreCase bool
	Values     []Value
	At         source.Span
}

// ValueKind is the kind of a constant.
type ValueKind uint8

// The kinds of constants.
const (
	Text ValueKind = iota
	Number
	Bool
	Null
)

// Value is a constant of a comparison.
type Value struct {
	Kind ValueKind
	// Text is the value without quotes and escapes.
	Text string
	// Wildcard is the pattern, where the operator and the value make it one.
	Wildcard *match.Wildcard
	Quoted   bool
	At       source.Span
}

// IsRange tells whether the operator is one of < <= > >=.
func (o Operator) IsRange() bool { return o >= Less && o <= GreaterEqual }

// each visits every test below a condition.
func (c *Condition) each(negated bool, visit func(*Comparison, bool)) {
	switch c.Kind {
	case Single:
		visit(c.Test, negated)
	case NotOf:
		c.Parts[0].each(!negated, visit)
	default:
		for _, part := range c.Parts {
			part.each(negated, visit)
		}
	}
}

// walk visits every condition, parents first.
func (c *Condition) walk(visit func(*Condition)) {
	visit(c)
	for _, part := range c.Parts {
		part.walk(visit)
	}
}

// joined is several conditions as one.
func joined(kind ConditionKind, parts []*Condition, at source.Span) *Condition {
	if len(parts) == 1 {
		return parts[0]
	}
	return &Condition{Kind: kind, Parts: parts, At: at}
}

func negation(part *Condition, at source.Span) *Condition {
	return &Condition{Kind: NotOf, Parts: []*Condition{part}, At: at}
}

func single(test *Comparison) *Condition {
	return &Condition{Kind: Single, Test: test, At: test.At}
}

func opaque(at source.Span) *Condition { return &Condition{Kind: Opaque, At: at} }

// equalText compares two texts as the comparison does.
func (c *Comparison) equalText(a, b string) bool {
	if c.IgnoreCase {
		return strings.EqualFold(a, b)
	}
	return a == b
}
