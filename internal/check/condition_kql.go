package check

import (
	"strconv"

	"github.com/tocsin-rules/tocsin/internal/lang/kql"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// readKQL makes the shared form of a KQL query.
func (q *query) readKQL() {
	if q.kql.Root == nil {
		return
	}
	q.events = []event{{condition: q.fromKQL(q.kql.Root, "")}}
}

func (q *query) fromKQL(n kql.Node, nested string) *Condition {
	switch n := n.(type) {
	case *kql.And:
		return joined(AllOf, q.partsKQL(n.Parts, nested), n.At)
	case *kql.Or:
		return joined(AnyOf, q.partsKQL(n.Parts, nested), n.At)
	case *kql.Not:
		return negation(q.fromKQL(n.Part, nested), n.At)
	case *kql.Is:
		return q.isKQL(n.Field, n.Value, nested)
	case *kql.Range:
		test := q.testKQL(n.Field, nested, n.At)
		test.Operator = map[kql.RangeOperator]Operator{"<": Less, "<=": LessEqual, ">": Greater, ">=": GreaterEqual}[n.Operator]
		test.Spelled, test.Values = string(n.Operator), []Value{valueKQL(&n.Bound)}
		return single(test)
	case *kql.Nested:
		path := nested + n.Field.Text()
		q.fields = append(q.fields, fieldUse{name: path, at: n.Field.At})
		return q.fromKQL(n.Inner, path+".")
	}
	return opaque(n.Span())
}

func (q *query) partsKQL(parts []kql.Node, nested string) []*Condition {
	all := make([]*Condition, len(parts))
	for i, p := range parts {
		all[i] = q.fromKQL(p, nested)
	}
	return all
}

func (q *query) testKQL(name kql.Literal, nested string, at source.Span) *Comparison {
	test := &Comparison{Operator: Match, Spelled: ":", Field: nested + name.Text(), FieldAt: name.At, Pattern: name.HasWildcard(), At: at}
	if n := len(q.fields); n == 0 || q.fields[n-1].at != name.At {
		q.fields = append(q.fields, fieldUse{name: test.Field, at: name.At, pattern: test.Pattern})
	}
	return test
}

// isKQL makes one comparison of a value, or of a group of alternatives; other groups are distributed over the field.
func (q *query) isKQL(name kql.Literal, v kql.Node, nested string) *Condition {
	group := func(parts []kql.Node) []*Condition {
		all := make([]*Condition, len(parts))
		for i, p := range parts {
			all[i] = q.isKQL(name, p, nested)
		}
		return all
	}
	switch v := v.(type) {
	case *kql.And:
		return joined(AllOf, group(v.Parts), v.At)
	case *kql.Not:
		return negation(q.isKQL(name, v.Part, nested), v.At)
	case *kql.Or:
		values, simple := literalsKQL(v.Parts)
		if !simple {
			return joined(AnyOf, group(v.Parts), v.At)
		}
		test := q.testKQL(name, nested, name.At.Cover(v.At))
		test.Values = values
		return single(test)
	case *kql.Literal:
		test := q.testKQL(name, nested, name.At.Cover(v.At))
		if v.IsStar() {
			test.Operator = Exists
		} else {
			test.Values = []Value{valueKQL(v)}
		}
		return single(test)
	}
	return opaque(v.Span())
}

// literalsKQL are the values of a group that holds nothing else.
func literalsKQL(parts []kql.Node) ([]Value, bool) {
	values := make([]Value, 0, len(parts))
	for _, p := range parts {
		lit, ok := p.(*kql.Literal)
		if !ok || lit.IsStar() {
			return nil, false
		}
		values = append(values, valueKQL(lit))
	}
	return values, true
}

func valueKQL(lit *kql.Literal) Value {
	v := Value{Text: lit.Text(), Quoted: lit.Quoted, At: lit.At}
	switch {
	case lit.HasWildcard():
		v.Wildcard = match.NewWildcard(lit.Parts)
	case lit.Typed && v.Text == "null":
		v.Kind = Null
	case lit.Typed:
		v.Kind = Bool
	case !lit.Quoted:
		if _, err := strconv.ParseFloat(v.Text, 64); err == nil {
			v.Kind = Number
		}
	}
	return v
}
