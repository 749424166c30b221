package eql

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/value"
)

// oneOf compiles in, :, like and regex, and their case-insensitive forms.
func (c *compiler) oneOf(e *OneOf) filter.Node {
	constants, ok := c.constants(e)
	if !ok {
		return &filter.Constant{}
	}
	positive := e
	if e.Negated {
		copied := *e
		copied.Negated = false
		positive = &copied
	}
	node := c.oneOfNode(positive, constants)
	if e.Negated {
		return c.negation(e, node)
	}
	return node
}

// constants folds the list and checks its types: what is right of "in" may be of any type, patterns are strings.
func (c *compiler) constants(e *OneOf) ([]value.Datum, bool) {
	list := make([]value.Datum, 0, len(e.List))
	isIn := strings.HasPrefix(e.Operator, "in")
	for _, item := range e.List {
		d, constant := c.fold(item)
		switch {
		case !constant:
			c.fail(item.Span(), "eql-two-fields", fmt.Sprintf("the list of `%s` holds constants only", e.Operator), "")
			return nil, false
		case !isIn && d.Kind != value.String:
			c.fail(item.Span(), "eql-type", fmt.Sprintf("`%s` compares with strings, and this is a %s", e.Operator, kindName(d)), "use == for other values")
			return nil, false
		}
		list = append(list, d)
	}
	return list, true
}

func (c *compiler) oneOfNode(e *OneOf, constants []value.Datum) filter.Node {
	f, isField := e.Value.(*Field)
	if !isField {
		return c.oneOfScript(e, constants)
	}
	r := c.resolve(f)
	switch {
	case !r.ok:
		return &filter.Constant{}
	case r.unmapped:
		return nullFor(e, fmt.Sprintf("no field `%s` is mapped", f.Name))
	}
	if len(constants) > 0 {
		c.assume(&r, constants[0])
	}
	if !strings.HasPrefix(e.Operator, "in") && familyOf(r.Type) != stringFamily {
		c.fail(e.At, "eql-type", fmt.Sprintf("`%s` searches strings, and `%s` is of type %s", e.Operator, f.Name, r.Type), "use ==, or cidrMatch for addresses")
		return &filter.Constant{}
	}
	nodes := make([]filter.Node, 0, len(constants))
	for i, d := range constants {
		clause := filter.Clause{From: &OneOf{Value: f, Operator: e.Operator, Single: true, List: e.List[i : i+1]}, Span: e.List[i].Span()}
		nodes = append(nodes, c.item(e, r.Mapping, d, clause, e.List[i]))
	}
	if len(nodes) == 1 {
		return nodes[0]
	}
	return filter.NewOr(nodes, clauseOf(e))
}

// item compiles the test against one constant of a list.
func (c *compiler) item(e *OneOf, m field.Mapping, d value.Datum, clause filter.Clause, at Expr) filter.Node {
	if d.IsNull() {
		return nullFor(at, "null is in no list")
	}
	var node filter.Node
	var err error
	switch e.Operator {
	case "in", "in~":
		if !comparable(familyOf(m.Type), d) {
			c.fail(at.Span(), "eql-type", fmt.Sprintf("`%s` is of type %s and cannot be the %s %s", m.Name, m.Type, kindName(d), quoted(d)), "")
			return &filter.Constant{}
		}
		if e.Operator == "in~" {
			node, err = c.Builder.EqualFold(m, d.Text(), clause)
		} else {
			node, err = c.Builder.Term(m, d.Text(), clause)
		}
	case "like":
		node, err = c.Builder.Wildcard(m, match.EQLPattern(d.Str), clause)
	case ":", "like~":
		node, err = c.Builder.WildcardFold(m, match.EQLPattern(d.Str), clause)
	default:
		node, err = c.regexp(e, m, d.Str, clause)
	}
	if err != nil {
		c.fail(c.spanInside(at, err), "eql-pattern", fmt.Sprintf("field `%s`: %v", m.Name, err), helpOf(err))
		return &filter.Constant{}
	}
	return node
}

func (c *compiler) regexp(e *OneOf, m field.Mapping, pattern string, clause filter.Clause) (filter.Node, error) {
	compiled, err := match.CompileRegexp(pattern, match.RegexpFlags{IgnoreCase: e.Operator == "regex~"})
	if err != nil {
		return nil, err
	}
	return c.Builder.Regexp(m, compiled, clause)
}

// spanInside gives the part of a string constant that a pattern's error is about, when the constant is written without
// escapes, else the whole constant.
func (c *compiler) spanInside(at Expr, err error) source.Span {
	var bad *match.RegexpError
	lit, ok := at.(*Literal)
	span := at.Span()
	if !errors.As(err, &bad) || !ok {
		return span
	}
	text, _ := lit.Value.(string)
	for _, quote := range []int{1, 3} {
		if span.Len() == len(text)+2*quote {
			return source.Span{Start: span.Start + quote + bad.Start, End: span.Start + quote + bad.End}
		}
	}
	return span
}

func helpOf(err error) string {
	var bad *match.RegexpError
	if errors.As(err, &bad) {
		return bad.Help
	}
	return ""
}

// oneOfScript tests the result of a function. Regular expressions are Java's here, not Lucene's.
func (c *compiler) oneOfScript(e *OneOf, constants []value.Datum) filter.Node {
	if got := c.familyOf(e.Value); !strings.HasPrefix(e.Operator, "in") && got != stringFamily {
		c.fail(e.Value.Span(), "eql-type", fmt.Sprintf("`%s` searches strings, and this is %s", e.Operator, got), "")
		return &filter.Constant{}
	}
	tests := make([]func(value.Datum) bool, 0, len(constants))
	for i, d := range constants {
		test, err := scriptTest(e.Operator, d)
		if err != nil {
			c.fail(e.List[i].Span(), "eql-pattern", err.Error(), "")
			return &filter.Constant{}
		}
		tests = append(tests, test)
	}
	return c.script(e, func(s *scripter) evaluator {
		operand := s.expr(e.Value)
		return func(args []value.Datum) value.Datum {
			v := operand(args)
			if v.IsNull() {
				return v
			}
			for _, test := range tests {
				if test(v) {
					return value.OfBool(true)
				}
			}
			return value.OfBool(false)
		}
	})
}

// scriptTest makes the test of a computed value against one constant.
func scriptTest(operator string, d value.Datum) (func(value.Datum) bool, error) {
	fold := func(s string) string { return s }
	if strings.HasSuffix(operator, "~") || operator == ":" {
		fold = match.Fold
	}
	switch operator {
	case "in", "in~":
		if d.Kind == value.String {
			want := fold(d.Str)
			return func(v value.Datum) bool { return v.Kind == value.String && fold(v.Str) == want }, nil
		}
		return func(v value.Datum) bool { return compareData("==", v, d).IsTrue() }, nil
	case "regex", "regex~":
		return javaRegexp(d.Str, operator == "regex~")
	}
	pattern := match.EQLPattern(d.Str)
	if operator != "like" {
		pattern = pattern.Fold()
	}
	return func(v value.Datum) bool { return v.Kind == value.String && pattern.Match(fold(v.Str)) }, nil
}
