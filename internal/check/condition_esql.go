package check

import (
	"strings"

	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// readESQL makes the shared form of an ES|QL query: one condition for each WHERE. Only fields that no command has made yet
// count as fields of the indices.
func (q *query) readESQL() {
	made, adds := map[string]bool{}, q.esqlAddsColumns()
	use := func(e esql.Expr) {
		esql.WalkExpr(e, func(e esql.Expr) bool {
			if n, ok := e.(*esql.Name); ok && !n.Param && !made[n.Text] {
				q.fields = append(q.fields, fieldUse{name: n.Text, at: n.At, optional: adds, event: noEvent})
			}
			return true
		})
	}
	for _, c := range esql.Commands(q.esql) {
		_, keeps := c.(*esql.Where)
		eval, inTurn := c.(*esql.Eval)
		for i, e := range esql.Expressions(c) {
			use(e)
			q.conditionsESQL(e, keeps, made)
			// EVAL computes its columns one after the other, and each sees those before.
			if inTurn && eval.Fields[i].Name != nil {
				made[eval.Fields[i].Name.Text] = true
			}
		}
		for _, name := range columnsOf(c) {
			made[name] = true
		}
	}
}

// conditionsESQL notes the conditions of an expression: the whole of it in a WHERE, elsewhere each that it computes with.
func (q *query) conditionsESQL(e esql.Expr, keeps bool, made map[string]bool) {
	if keeps {
		q.events = append(q.events, event{condition: q.fromESQL(e, made)})
	}
	esql.WalkExpr(e, func(below esql.Expr) bool {
		if keeps && below == e {
			_, isCall := e.(*esql.Call)
			return isCall
		}
		c := q.fromESQL(below, made)
		if _, isName := below.(*esql.Name); isName || c.Kind == Opaque {
			return true
		}
		q.events = append(q.events, event{condition: c, computed: true})
		return false
	})
}

// columnsOf are the columns that a command makes.
func columnsOf(c esql.Command) []string {
	var names []string
	add := func(list []esql.Field) {
		for _, f := range list {
			if f.Name != nil {
				names = append(names, f.Name.Text)
			}
		}
	}
	switch c := c.(type) {
	case *esql.Row:
		add(c.Fields)
	case *esql.Eval:
		add(c.Fields)
	case *esql.Stats:
		add(c.Aggregates)
		add(c.By)
	case *esql.Rename:
		for _, pair := range c.Pairs {
			names = append(names, pair.New.Text)
		}
	case *esql.Dissect, *esql.Grok:
		names = append(names, extracted(c)...)
	}
	return names
}

// extracted are the names within the patterns of DISSECT and GROK.
func extracted(c esql.Command) []string {
	var patterns []esql.Expr
	switch c := c.(type) {
	case *esql.Dissect:
		patterns = []esql.Expr{c.Pattern}
	case *esql.Grok:
		patterns = c.Patterns
	}
	var names []string
	for _, p := range patterns {
		text, _ := textOf(p)
		for _, m := range capture.FindAllStringSubmatch(text, -1) {
			names = append(names, m[1]+m[2]+m[3])
		}
	}
	return names
}

func (q *query) fromESQL(e esql.Expr, made map[string]bool) *Condition {
	switch e := e.(type) {
	case *esql.Logic:
		kind := AllOf
		if e.Or {
			kind = AnyOf
		}
		parts := make([]*Condition, len(e.Operands))
		for i, o := range e.Operands {
			parts[i] = q.fromESQL(o, made)
		}
		return joined(kind, parts, e.At)
	case *esql.Not:
		return negation(q.fromESQL(e.X, made), e.At)
	case *esql.Name:
		test := testESQL(e, made, e.At)
		test.Spelled, test.Values = "==", []Value{{Kind: Bool, Text: "true", At: e.At}}
		return single(test)
	case *esql.Binary:
		return compareESQL(e, made)
	case *esql.In:
		return inESQL(e, made)
	case *esql.Like:
		return likeESQL(e, made)
	case *esql.IsNull:
		n, ok := e.X.(*esql.Name)
		if !ok {
			return opaque(e.At)
		}
		test := testESQL(n, made, e.At)
		test.Operator, test.Spelled = Exists, "is not null"
		if e.Not {
			return single(test)
		}
		return negation(single(test), e.At)
	case *esql.Call:
		return callESQL(e, made)
	}
	return opaque(e.Span())
}

// testESQL is a test of a field. A column that the query has made has a name that no schema knows.
func testESQL(n *esql.Name, made map[string]bool, at source.Span) *Comparison {
	return &Comparison{Field: n.Text, FieldAt: n.At, Computed: made[n.Text], At: at}
}

func compareESQL(e *esql.Binary, made map[string]bool) *Condition {
	n, isName := e.X.(*esql.Name)
	lit, isLiteral := e.Y.(*esql.Literal)
	operator := e.Op
	if !isName || !isLiteral {
		n, isName = e.Y.(*esql.Name)
		lit, isLiteral = e.X.(*esql.Literal)
		if flipped, ok := map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}[operator]; ok {
			operator = flipped
		}
	}
	kinds := map[string]Operator{"==": Equal, "!=": Equal, "<": Less, "<=": LessEqual, ">": Greater, ">=": GreaterEqual}
	kind, comparison := kinds[operator]
	if !isName || !isLiteral || !comparison {
		return opaque(e.At)
	}
	test := testESQL(n, made, e.At)
	test.Operator, test.Spelled, test.Values = kind, e.Op, valuesESQL(lit)
	if operator == "!=" {
		return negation(single(test), e.At)
	}
	return single(test)
}

func inESQL(e *esql.In, made map[string]bool) *Condition {
	n, ok := e.X.(*esql.Name)
	if !ok || e.Query != nil {
		return opaque(e.At)
	}
	test := testESQL(n, made, e.At)
	test.Spelled = "in"
	for _, item := range e.List {
		lit, ok := item.(*esql.Literal)
		if !ok {
			return opaque(e.At)
		}
		test.Values = append(test.Values, valuesESQL(lit)...)
	}
	return negatedIf(e.Not, single(test))
}

func likeESQL(e *esql.Like, made map[string]bool) *Condition {
	n, ok := e.X.(*esql.Name)
	if !ok {
		return opaque(e.At)
	}
	test := testESQL(n, made, e.At)
	test.Operator, test.Spelled = Like, "like"
	if e.Regexp {
		test.Operator, test.Spelled = Regexp, "rlike"
	}
	for _, p := range e.Patterns {
		lit, ok := p.(*esql.Literal)
		if !ok {
			return opaque(e.At)
		}
		for _, v := range valuesESQL(lit) {
			if !e.Regexp && strings.ContainsAny(v.Text, "*?") {
				v.Wildcard = match.LuceneWildcard(v.Text)
			}
			test.Values = append(test.Values, v)
		}
	}
	return negatedIf(e.Not, single(test))
}

func negatedIf(not bool, c *Condition) *Condition {
	if not {
		return negation(c, c.At)
	}
	return c
}

// callESQL is CIDR_MATCH of a field; other functions have no shared form.
func callESQL(e *esql.Call, made map[string]bool) *Condition {
	if !strings.EqualFold(e.Name, "cidr_match") || len(e.Args) < 2 {
		return opaque(e.At)
	}
	n, ok := e.Args[0].(*esql.Name)
	if !ok {
		return opaque(e.At)
	}
	test := testESQL(n, made, e.At)
	test.Operator, test.Spelled = CIDR, e.Name
	for _, arg := range e.Args[1:] {
		if lit, ok := arg.(*esql.Literal); ok {
			test.Values = append(test.Values, valuesESQL(lit)...)
		}
	}
	return single(test)
}

// valuesESQL are the values of a constant: one, or those of a list.
func valuesESQL(lit *esql.Literal) []Value {
	if lit.Value.IsNull(0) {
		return []Value{{Kind: Null, At: lit.At}}
	}
	start, end := lit.Value.Span(0)
	var values []Value
	for position := start; position < end; position++ {
		v := Value{At: lit.At}
		switch kind := lit.Value.Type(); {
		case kind.IsString():
			v.Text, v.Quoted = lit.Value.Text(position), true
		case kind == column.Boolean:
			v.Kind, v.Text = Bool, map[bool]string{true: "true", false: "false"}[lit.Value.Bool(position)]
		default:
			v.Kind, v.Text = Number, lit.String()
		}
		values = append(values, v)
	}
	return values
}

// textOf is the text of a constant.
func textOf(e esql.Expr) (string, bool) {
	lit, ok := e.(*esql.Literal)
	if !ok {
		return "", false
	}
	values := valuesESQL(lit)
	return values[0].Text, len(values) == 1 && values[0].Quoted
}
