package check

import (
	"strconv"

	"github.com/tocsin-rules/tocsin/internal/lang/lucene"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// readLucene makes the shared form of a Lucene query.
func (q *query) readLucene() {
	if q.lucene.Root == nil {
		return
	}
	q.events = []event{{condition: q.clausesLucene(q.lucene.Root, nil)}}
}

// clausesLucene joins clauses as a BooleanQuery does: what may hold counts only where nothing must.
func (q *query) clausesLucene(list *lucene.Clauses, outer *lucene.Field) *Condition {
	var must, should []*Condition
	required := false
	for _, clause := range list.List {
		part := q.clauseLucene(clause, outer)
		switch clause.Occur {
		case lucene.MustNot:
			must = append(must, negation(part, clause.At))
		case lucene.Must:
			must, required = append(must, part), true
		default:
			should = append(should, part)
		}
	}
	if len(should) > 0 && !required {
		must = append(must, joined(AnyOf, should, list.At))
	}
	return joined(AllOf, must, list.At)
}

func (q *query) clauseLucene(clause lucene.Clause, outer *lucene.Field) *Condition {
	f := clause.Field
	if f == nil {
		f = outer
	}
	if group, ok := clause.Node.(*lucene.Group); ok {
		return q.clausesLucene(group.Clauses, f)
	}
	if f == nil {
		return opaque(clause.At)
	}
	return q.termLucene(f, clause.Node, clause.At)
}

func (q *query) termLucene(f *lucene.Field, n lucene.Node, at source.Span) *Condition {
	test := func(operator Operator, values ...Value) *Condition {
		name := match.NewWildcard(f.Parts)
		_, exact := name.Literal()
		if k := len(q.fields); k == 0 || q.fields[k-1].at != f.At {
			q.fields = append(q.fields, fieldUse{name: name.String(), at: f.At, pattern: !exact})
		}
		return single(&Comparison{Operator: operator, Spelled: ":", Field: name.String(), FieldAt: f.At, Pattern: !exact, Values: values, At: at})
	}
	switch n := n.(type) {
	case *lucene.Term:
		return test(termValue(n))
	case *lucene.Phrase:
		return test(Match, Value{Text: n.Text, Quoted: true, At: n.At})
	case *lucene.Regexp:
		return test(Regexp, Value{Text: n.Pattern, At: n.At})
	case *lucene.Range:
		var parts []*Condition
		if !n.OpenLow {
			parts = append(parts, test(either(n.WithLow, GreaterEqual, Greater), Value{Text: n.Low, At: n.At}))
		}
		if !n.OpenHigh {
			parts = append(parts, test(either(n.WithHigh, LessEqual, Less), Value{Text: n.High, At: n.At}))
		}
		if len(parts) == 0 {
			return test(Exists)
		}
		return joined(AllOf, parts, at)
	}
	return opaque(at)
}

func termValue(n *lucene.Term) (Operator, Value) {
	pattern := match.NewWildcard(n.Parts)
	if pattern.MatchesAll() {
		return Exists, Value{At: n.At}
	}
	v := Value{Text: pattern.String(), At: n.At}
	if _, exact := pattern.Literal(); !exact {
		v.Wildcard = pattern
	} else if _, err := strconv.ParseFloat(v.Text, 64); err == nil {
		v.Kind = Number
	}
	return Match, v
}

func either(first bool, a, b Operator) Operator {
	if first {
		return a
	}
	return b
}
