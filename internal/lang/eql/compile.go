package eql

import (
	"fmt"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
)

// Options is what a query is compiled for.
type Options struct {
	Schema  *field.Schema
	Builder *filter.Builder
	// CategoryField is the event category field, TimestampField and TiebreakerField order events; "" is
	// "event.category", "@timestamp", and none.
	CategoryField, TimestampField, TiebreakerField string
	// AssumeMapped takes a field that the schema does not know for one that is mapped and has no value, instead of
	// refusing the query: for rules whose integration's fields are not at hand.
	AssumeMapped bool
}

// Compile checks the query against the types of the fields and makes a program of it. It reports everything that
// Elasticsearch would refuse, as errors; the program is nil then. Warnings are about conditions that can never hold.
func (q *Query) Compile(o Options) (*Program, []*diag.Problem) {
	if o.CategoryField == "" {
		o.CategoryField = "event.category"
	}
	if o.TimestampField == "" {
		o.TimestampField = "@timestamp"
	}
	c := &compiler{Options: o}
	p := c.program(q)
	if diag.AnyError(c.problems) {
		return nil, c.problems
	}
	return p, c.problems
}

func (c *compiler) filter(f *Filter) filter.Node {
	where := c.condition(f.Where)
	if f.Any {
		return where
	}
	clause := filter.Clause{Label: c.CategoryField + ": " + f.Category, Span: f.CategoryAt}
	m, known := c.Schema.Lookup(c.CategoryField)
	if !known {
		m = field.Mapping{Name: c.CategoryField, Path: c.CategoryField, Type: field.Keyword}
	}
	category, err := c.Builder.Term(m, f.Category, clause)
	if err != nil {
		c.fail(f.CategoryAt, "eql-type", err.Error(), "")
		return where
	}
	return &filter.And{Nodes: []filter.Node{category, where}, Source: filter.Clause{From: f, Span: f.At}}
}

func clauseOf(e Expr) filter.Clause { return filter.Clause{From: e, Span: e.Span()} }

// nullFor is the condition that is neither true nor false: its negation does not hold either.
func nullFor(e Expr, reason string) filter.Node {
	return &filter.Constant{Source: clauseOf(e), Reason: reason, Null: true}
}

// condition compiles an expression that must be true or false.
func (c *compiler) condition(e Expr) filter.Node {
	switch e := e.(type) {
	case *Logical:
		nodes := make([]filter.Node, len(e.Parts))
		for i, part := range e.Parts {
			nodes[i] = c.condition(part)
		}
		if e.Or {
			return filter.NewOr(nodes, clauseOf(e))
		}
		return &filter.And{Nodes: nodes, Source: clauseOf(e)}
	case *Not:
		return c.negation(e, c.condition(e.Part))
	case *Compare:
		return c.compare(e)
	case *OneOf:
		return c.oneOf(e)
	case *Field:
		return c.bare(e)
	case *Call:
		return c.callCondition(e)
	case *Literal:
		return c.constant(e)
	}
	c.fail(e.Span(), "eql-type", "a condition must be true or false, and this is a number", "")
	return &filter.Constant{}
}

// negation negates a condition. Null stays null, also inside of "and" and "or" (Elasticsearch folds such conditions
// before it runs them: not null is null).
func (c *compiler) negation(e Expr, n filter.Node) filter.Node {
	clause := clauseOf(e)
	switch n := n.(type) {
	case *filter.Constant:
		if n.Null {
			return nullFor(e, n.Reason)
		}
	case *filter.And:
		if hasNull(n) {
			return filter.NewOr(c.negations(n.Nodes), clause)
		}
	case *filter.Or:
		if hasNull(n) {
			return &filter.And{Nodes: c.negations(n.Nodes), Source: clause}
		}
	case *filter.Not:
		if hasNull(n.Node) {
			return n.Node
		}
	}
	return &filter.Not{Node: n, Source: clause}
}

func (c *compiler) negations(nodes []filter.Node) []filter.Node {
	out := make([]filter.Node, len(nodes))
	for i, n := range nodes {
		out[i] = c.negation(labelled{n.Clause()}, n)
	}
	return out
}

func hasNull(n filter.Node) bool {
	switch n := n.(type) {
	case *filter.Constant:
		return n.Null
	case *filter.And:
		return anyNull(n.Nodes)
	case *filter.Or:
		return anyNull(n.Nodes)
	case *filter.Not:
		return hasNull(n.Node)
	}
	return false
}

func anyNull(nodes []filter.Node) bool {
	for _, n := range nodes {
		if hasNull(n) {
			return true
		}
	}
	return false
}

func (c *compiler) constant(e *Literal) filter.Node {
	switch v := e.Value.(type) {
	case bool:
		return &filter.Constant{Value: v, Source: clauseOf(e), Reason: "the query says so"}
	case nil:
		return nullFor(e, "null is never true")
	}
	c.fail(e.At, "eql-type", fmt.Sprintf("a condition must be true or false, and this is a %s", familyOfConstant(e.Value)), "")
	return &filter.Constant{}
}

// bare is a field that stands for a condition: it must be a boolean, and holds if it is true.
func (c *compiler) bare(e *Field) filter.Node {
	r := c.resolve(e)
	switch {
	case !r.ok:
		return &filter.Constant{}
	case r.unmapped:
		return nullFor(e, fmt.Sprintf("no field `%s` is mapped", e.Name))
	case r.Origin == "assumed":
		r.Type = field.Boolean
	case familyOf(r.Type) != boolFamily:
		c.fail(e.At, "eql-type", fmt.Sprintf("a condition must be true or false, and `%s` is of type %s", e.Name, r.Type), "compare it with a value")
		return &filter.Constant{}
	}
	node, err := c.Builder.Term(r.Mapping, "true", clauseOf(e))
	if err != nil {
		c.fail(e.At, "eql-type", err.Error(), "")
	}
	return node
}
