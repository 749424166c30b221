package check

import (
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/lang/eql"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// readEQL makes the shared form of an EQL query.
func (q *query) readEQL() {
	add := func(f *eql.Filter, keys []eql.Expr) {
		q.events = append(q.events, event{category: f.Category, condition: fromEQL(f.Where)})
		for _, e := range append([]eql.Expr{f.Where}, keys...) {
			q.useEQL(e, len(q.events)-1)
		}
	}
	if q.eql.Filter != nil {
		add(q.eql.Filter, nil)
	}
	for _, key := range q.eql.Keys {
		q.useEQL(key, noEvent)
	}
	for _, s := range q.eql.Steps {
		add(s.Filter, s.Keys)
	}
	if q.eql.Until != nil {
		add(q.eql.Until.Filter, nil)
	}
}

// noEvent is the event of a field that is asked of no event alone.
const noEvent = -1

// useEQL notes the fields of an expression.
func (q *query) useEQL(e eql.Expr, event int) {
	eql.Walk(e, func(e eql.Expr) bool {
		if f, ok := e.(*eql.Field); ok {
			q.fields = append(q.fields, fieldUse{name: f.Name, at: f.At, optional: f.Optional, event: event})
		}
		return true
	})
}

func fromEQL(e eql.Expr) *Condition {
	switch e := e.(type) {
	case *eql.Logical:
		kind := AllOf
		if e.Or {
			kind = AnyOf
		}
		parts := make([]*Condition, len(e.Parts))
		for i, p := range e.Parts {
			parts[i] = fromEQL(p)
		}
		return joined(kind, parts, e.At)
	case *eql.Not:
		return negation(fromEQL(e.Part), e.At)
	case *eql.Field:
		test := testEQL(e, e.At)
		test.Spelled, test.Values = "==", []Value{{Kind: Bool, Text: "true", At: e.At}}
		return single(test)
	case *eql.Compare:
		return compareEQL(e)
	case *eql.OneOf:
		return oneOfEQL(e)
	case *eql.Call:
		return callEQL(e)
	}
	return opaque(e.Span())
}

func testEQL(f *eql.Field, at source.Span) *Comparison {
	return &Comparison{Field: f.Name, FieldAt: f.At, Optional: f.Optional, At: at}
}

// compareEQL is a comparison of a field with a constant, whichever side it stands on.
func compareEQL(e *eql.Compare) *Condition {
	f, isField := e.Left.(*eql.Field)
	lit, isLiteral := e.Right.(*eql.Literal)
	operator := e.Operator
	if !isField || !isLiteral {
		f, isField = e.Right.(*eql.Field)
		lit, isLiteral = e.Left.(*eql.Literal)
		if flipped, ok := map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}[operator]; ok {
			operator = flipped
		}
	}
	if !isField || !isLiteral {
		return opaque(e.At)
	}
	test := testEQL(f, e.At)
	test.Spelled, test.Values = e.Operator, []Value{valueEQL(lit)}
	switch {
	case lit.Value == nil && operator == "!=":
		test.Operator, test.Values = Exists, nil
		return single(test)
	case lit.Value == nil && operator == "==":
		test.Operator, test.Values = Exists, nil
		return negation(single(test), e.At)
	case operator == "!=":
		return negation(single(test), e.At)
	case operator != "==":
		test.Operator = map[string]Operator{"<": Less, "<=": LessEqual, ">": Greater, ">=": GreaterEqual}[operator]
	}
	return single(test)
}

func oneOfEQL(e *eql.OneOf) *Condition {
	f, ok := e.Value.(*eql.Field)
	if !ok {
		return opaque(e.At)
	}
	test := testEQL(f, e.At)
	test.Spelled = e.Operator
	test.Operator = map[string]Operator{"in": Equal, "in~": Equal, ":": Match, "like": Like, "like~": Like, "regex": Regexp, "regex~": Regexp}[e.Operator]
	test.IgnoreCase = e.Operator == ":" || strings.HasSuffix(e.Operator, "~")
	for _, item := range e.List {
		lit, ok := item.(*eql.Literal)
		if !ok {
			return opaque(e.At)
		}
		v := valueEQL(lit)
		if (test.Operator == Match || test.Operator == Like) && strings.ContainsAny(v.Text, "*?") {
			v.Wildcard = match.EQLPattern(v.Text)
		}
		test.Values = append(test.Values, v)
	}
	if e.Negated {
		return negation(single(test), e.At)
	}
	return single(test)
}

// callEQL is cidrMatch of a field; other functions have no shared form.
func callEQL(e *eql.Call) *Condition {
	if !strings.EqualFold(e.Name, "cidrMatch") || len(e.Args) < 2 {
		return opaque(e.At)
	}
	f, ok := e.Args[0].(*eql.Field)
	if !ok {
		return opaque(e.At)
	}
	test := testEQL(f, e.At)
	test.Operator, test.Spelled = CIDR, e.Name
	for _, arg := range e.Args[1:] {
		if lit, ok := arg.(*eql.Literal); ok {
			test.Values = append(test.Values, valueEQL(lit))
		}
	}
	return single(test)
}

func valueEQL(lit *eql.Literal) Value {
	switch v := lit.Value.(type) {
	case string:
		return Value{Text: v, Quoted: true, At: lit.At}
	case int64:
		return Value{Kind: Number, Text: strconv.FormatInt(v, 10), At: lit.At}
	case float64:
		return Value{Kind: Number, Text: strconv.FormatFloat(v, 'g', -1, 64), At: lit.At}
	case bool:
		return Value{Kind: Bool, Text: strconv.FormatBool(v), At: lit.At}
	}
	return Value{Kind: Null, At: lit.At}
}
