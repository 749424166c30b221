package check

import (
	"fmt"

	"github.com/tocsin-rules/tocsin/internal/lang/eql"
	"github.com/tocsin-rules/tocsin/internal/lang/kql"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// comparison is what a query of any language asks of one field: a check that looks at comparisons is written once.
type comparison struct {
	field string
	// optional tells that the query allows for a field that is not mapped.
	optional bool
	fieldAt  source.Span
	// operator is the language's own, such as "==", "like~" or ":".
	operator string
	// fold tells that case is not regarded; pattern that the values may hold wildcards; regexp that they are regular
	// expressions.
	fold, pattern, regexp bool
	// negated tells that the comparison stands below an odd number of negations.
	negated bool
	values  []operand
	at      source.Span
}

// operand is a value that a field is compared with.
type operand struct {
	text string
	// isText tells a string from a number, boolean or null.
	isText bool
	// quoted tells that it stands in quotes; in KQL its stars are no wildcards then.
	quoted bool
	at     source.Span
}

// kqlComparisons are those of a KQL query; of a value group each value is an operand of one comparison.
func kqlComparisons(q *kql.Query) []comparison {
	var list []comparison
	var walk func(n kql.Node, prefix string, negated bool)
	walk = func(n kql.Node, prefix string, negated bool) {
		switch n := n.(type) {
		case *kql.And:
			for _, part := range n.Parts {
				walk(part, prefix, negated)
			}
		case *kql.Or:
			for _, part := range n.Parts {
				walk(part, prefix, negated)
			}
		case *kql.Not:
			walk(n.Part, prefix, !negated)
		case *kql.Nested:
			walk(n.Inner, prefix+n.Field.Text()+".", negated)
		case *kql.Is:
			list = append(list, comparison{
				field: prefix + n.Field.Text(), fieldAt: n.Field.At, operator: ":", pattern: true, negated: negated, values: kqlValues(n.Value), at: n.At,
			})
		case *kql.Range:
			list = append(list, comparison{
				field: prefix + n.Field.Text(), fieldAt: n.Field.At, operator: string(n.Operator), negated: negated,
				values: kqlValues(&n.Bound), at: n.At,
			})
		}
	}
	if q.Root != nil {
		walk(q.Root, "", false)
	}
	return list
}

func kqlValues(n kql.Node) []operand {
	var values []operand
	kql.Walk(n, func(n kql.Node) bool {
		if l, ok := n.(*kql.Literal); ok {
			values = append(values, operand{text: l.Text(), isText: !l.Typed, quoted: l.Quoted, at: l.At})
		}
		return true
	})
	return values
}

// eqlFilters are the conditions of an EQL query, in the order of its steps.
func eqlFilters(q *eql.Query) []*eql.Filter {
	var list []*eql.Filter
	if q.Filter != nil {
		list = append(list, q.Filter)
	}
	for _, step := range q.Steps {
		list = append(list, step.Filter)
	}
	if q.Until != nil {
		list = append(list, q.Until.Filter)
	}
	return list
}

// eqlComparisons are those of a field with constants; what functions compute is left out.
func eqlComparisons(q *eql.Query) []comparison {
	var list []comparison
	var walk func(e eql.Expr, negated bool)
	walk = func(e eql.Expr, negated bool) {
		switch e := e.(type) {
		case *eql.Logical:
			for _, part := range e.Parts {
				walk(part, negated)
			}
		case *eql.Not:
			walk(e.Part, !negated)
		case *eql.Compare:
			if c, ok := eqlCompare(e, negated); ok {
				list = append(list, c)
			}
		case *eql.OneOf:
			if f, ok := e.Value.(*eql.Field); ok {
				list = append(list, eqlOneOf(f, e, negated))
			}
		}
	}
	for _, f := range eqlFilters(q) {
		walk(f.Where, false)
	}
	return list
}

func eqlCompare(e *eql.Compare, negated bool) (comparison, bool) {
	f, isField := e.Left.(*eql.Field)
	l, isLiteral := e.Right.(*eql.Literal)
	operator := e.Operator
	if !isField || !isLiteral {
		f, isField = e.Right.(*eql.Field)
		l, isLiteral = e.Left.(*eql.Literal)
		operator = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}[operator]
		if operator == "" {
			operator = e.Operator
		}
	}
	if !isField || !isLiteral {
		return comparison{}, false
	}
	return comparison{
		field: f.Name, optional: f.Optional, fieldAt: f.At, operator: operator, negated: negated != (operator == "!="),
		values: []operand{eqlValue(l)}, at: e.At,
	}, true
}

func eqlOneOf(f *eql.Field, e *eql.OneOf, negated bool) comparison {
	c := comparison{field: f.Name, optional: f.Optional, fieldAt: f.At, operator: e.Operator, negated: negated != e.Negated, at: e.At}
	switch e.Operator {
	case ":":
		c.fold, c.pattern = true, true
	case "like", "like~":
		c.fold, c.pattern = e.Operator == "like~", true
	case "regex", "regex~":
		c.fold, c.regexp = e.Operator == "regex~", true
	case "in~":
		c.fold = true
	}
	for _, item := range e.List {
		if l, ok := item.(*eql.Literal); ok {
			c.values = append(c.values, eqlValue(l))
		}
	}
	return c
}

func eqlValue(l *eql.Literal) operand {
	if text, ok := l.Value.(string); ok {
		return operand{text: text, isText: true, quoted: true, at: l.At}
	}
	return operand{text: fmt.Sprint(l.Value), at: l.At}
}
