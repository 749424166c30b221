package esql

import (
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// Expr is an expression.
type Expr interface {
	// Span is the place of the expression in the query, without parentheses around it.
	Span() source.Span
	// String prints the expression.
	String() string
}

// Place is the place of a node in the query.
type Place struct{ At source.Span }

// Span is the place in the query.
func (p Place) Span() source.Span { return p.At }

// Name is a column or field. Param tells that it is a parameter which stands for a name, such as ??field.
type Name struct {
	Place
	Text  string
	Param bool
}

// Literal is a constant: a column of one row, which holds several values for a list and none for null.
type Literal struct {
	Place
	Value *column.Column
}

// Timespan is an amount of time, such as 5 minutes; Unit is the word that was written.
type Timespan struct {
	Place
	Amount int64
	Unit   string
}

// Param is a parameter that stands for a value: ?, ?1 or ?name.
type Param struct {
	Place
	Text string
}

// Call is a function call. Star tells of COUNT(*); Options is the map of named parameters at the end, or nil.
type Call struct {
	Place
	Name    string
	NameAt  source.Span
	Args    []Expr
	Star    bool
	Options *Map
}

// Map is a map of named parameters.
type Map struct {
	Place
	Entries []Entry
}

// Entry is one entry of a map. The value is a Literal, a Map or, in some commands, another constant.
type Entry struct {
	Key   string
	Value Expr
}

// Negate is a number or timespan with a minus before it.
type Negate struct {
	Place
	X Expr
}

// Not is the negation of a condition.
type Not struct {
	Place
	X Expr
}

// Binary is arithmetic or a comparison of two expressions; Op is the operator as written, such as "==".
type Binary struct {
	Place
	Op   string
	X, Y Expr
}

// Logic is two or more conditions joined by AND or by OR.
type Logic struct {
	Place
	Or       bool
	Operands []Expr
}

// In tells whether an expression equals one of a list, or of what a subquery gives.
type In struct {
	Place
	X     Expr
	Not   bool
	List  []Expr
	Query *Pipeline
}

// Like compares a text with patterns: with wildcards, or with regular expressions when Regexp is set. Listed tells that
// the patterns stand in parentheses.
type Like struct {
	Place
	X              Expr
	Not            bool
	Regexp, Listed bool
	Patterns       []Expr
}

// IsNull tells whether an expression has no value.
type IsNull struct {
	Place
	X   Expr
	Not bool
}

// Match is the operator `:`, a search of a field. Cast is the type that the field is read as, or "".
type Match struct {
	Place
	Field *Name
	Cast  string
	Query Expr
}

// Cast is an inline conversion, x::long.
type Cast struct {
	Place
	X      Expr
	Type   string
	TypeAt source.Span
}
