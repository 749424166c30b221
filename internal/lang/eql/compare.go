package eql

import (
	"fmt"

	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/value"
)

// labelled is an expression that is only a text: it labels a condition that folding made.
type labelled struct{ filter.Clause }

// Span is where the condition stands.
func (l labelled) Span() source.Span { return l.Clause.Span }

// String is the condition's text.
func (l labelled) String() string { return "not " + l.Text() }

// compare compiles a comparison. Between a field and a constant it is a search; with a function it is a script; between
// constants it is folded; between two fields it is refused.
func (c *compiler) compare(e *Compare) filter.Node {
	left, leftConst := c.fold(e.Left)
	right, rightConst := c.fold(e.Right)
	switch {
	case leftConst && rightConst:
		return c.foldedCompare(e, left, right)
	case !leftConst && !rightConst:
		c.fail(e.At, "eql-two-fields", fmt.Sprintf("`%s` compares two values of the event, and one side must be a constant", e.Operator), "")
		return &filter.Constant{}
	case rightConst:
		return c.compareWith(e, e.Left, e.Operator, right)
	}
	return c.compareWith(e, e.Right, flipped(e.Operator), left)
}

func flipped(operator string) string {
	switch operator {
	case "<":
		return ">"
	case "<=":
		return ">="
	case ">":
		return "<"
	case ">=":
		return "<="
	}
	return operator
}

func (c *compiler) foldedCompare(e *Compare, left, right value.Datum) filter.Node {
	result := compareData(e.Operator, left, right)
	if result.IsNull() {
		return nullFor(e, "null compares with nothing")
	}
	node := &filter.Constant{Value: result.IsTrue(), Source: clauseOf(e), Reason: "it compares two constants that differ"}
	c.warnNever(e, node)
	return node
}

// compareWith compares an expression with a constant on its right.
func (c *compiler) compareWith(e *Compare, side Expr, operator string, constant value.Datum) filter.Node {
	f, isField := side.(*Field)
	if !isField {
		c.checkComparable(side, operator, constant)
		return c.script(e, func(s *scripter) evaluator {
			operand := s.expr(side)
			if constant.IsNull() && (operator == "==" || operator == "!=") {
				return func(args []value.Datum) value.Datum {
					return value.OfBool(operand(args).IsNull() == (operator == "=="))
				}
			}
			return func(args []value.Datum) value.Datum { return compareData(operator, operand(args), constant) }
		})
	}
	r := c.resolve(f)
	if !r.ok {
		return &filter.Constant{}
	}
	if constant.IsNull() {
		return c.compareNull(e, f, r, operator)
	}
	if r.unmapped {
		return nullFor(e, fmt.Sprintf("no field `%s` is mapped", f.Name))
	}
	c.assume(&r, constant)
	return c.search(e, r.Mapping, operator, constant)
}

// assume gives a field that nobody declared the type that the query treats it as.
func (c *compiler) assume(r *resolved, constant value.Datum) {
	if r.Origin != "assumed" {
		return
	}
	switch constant.Kind {
	case value.Bool:
		r.Type = field.Boolean
	case value.Long:
		r.Type = field.Long
	case value.Double:
		r.Type = field.Double
	}
}

// compareNull: == null holds when the field has no value, != null when it has one; nothing else compares with null.
func (c *compiler) compareNull(e *Compare, f *Field, r resolved, operator string) filter.Node {
	switch {
	case operator != "==" && operator != "!=":
		return nullFor(e, "null compares with nothing")
	case r.unmapped:
		return &filter.Constant{Value: operator == "==", Source: clauseOf(e), Reason: fmt.Sprintf("no field `%s` is mapped", f.Name)}
	}
	exists := c.Builder.Exists(r.Mapping, filter.Clause{Label: f.Name + " != null", Span: e.At})
	if operator == "!=" {
		return exists
	}
	return &filter.Not{Node: exists, Source: clauseOf(e)}
}

// search compiles a comparison of a field with a constant into a search. The constant need not be of the field's type, as
// long as its text can be a value of it: production rules compare keywords with numbers, by their texts.
func (c *compiler) search(e *Compare, m field.Mapping, operator string, constant value.Datum) filter.Node {
	clause := clauseOf(e)
	if operator == "!=" {
		clause.Label = fmt.Sprintf("%s == %s", m.Name, quoted(constant))
	}
	node, err := c.searchNode(m, operator, constant.Text(), clause)
	if err != nil {
		c.fail(e.At, "eql-type", fmt.Sprintf("field `%s`: %v", m.Name, err), "")
		return &filter.Constant{}
	}
	if operator == "!=" {
		return &filter.Not{Node: node, Source: clauseOf(e)}
	}
	c.warnNever(e, node)
	return node
}

func (c *compiler) searchNode(m field.Mapping, operator, text string, clause filter.Clause) (filter.Node, error) {
	bounds := filter.Bounds{}
	switch operator {
	case "==", "!=":
		return c.Builder.Term(m, text, clause)
	case "<", "<=":
		bounds.High, bounds.HasHigh, bounds.WithHigh = text, true, operator == "<="
	default:
		bounds.Low, bounds.HasLow, bounds.WithLow = text, true, operator == ">="
	}
	return c.Builder.Range(m, bounds, clause)
}

// comparable tells whether a constant can be compared with a field of a family. Addresses and dates are written as
// strings; dates also as epoch milliseconds.
func comparable(f family, constant value.Datum) bool {
	switch constant.Kind {
	case value.Bool:
		return f == boolFamily
	case value.Long, value.Double:
		return f == numberFamily || f == dateFamily
	case value.String:
		return f == stringFamily || f == ipFamily || f == dateFamily
	}
	return true
}

func kindName(d value.Datum) string {
	switch d.Kind {
	case value.Bool:
		return "boolean"
	case value.Long, value.Double:
		return "number"
	case value.String:
		return "string"
	}
	return "value"
}

func quoted(d value.Datum) string {
	if d.Kind == value.String {
		return quoteString(d.Str)
	}
	return d.Text()
}
