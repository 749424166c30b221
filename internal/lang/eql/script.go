package eql

import (
	"fmt"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/value"
)

// evaluator computes an expression from one value of each field of a script.
type evaluator func(args []value.Datum) value.Datum

// scripter compiles an expression that is computed rather than searched, and collects the fields that it reads.
type scripter struct {
	*compiler
	fields []field.Mapping
}

// script makes a condition that computes.
func (c *compiler) script(e Expr, build func(*scripter) evaluator) filter.Node {
	s := &scripter{compiler: c}
	eval := build(s)
	if eval == nil {
		return &filter.Constant{}
	}
	return c.Builder.NewScript(s.fields, clauseOf(e), eval)
}

func constantly(d value.Datum) evaluator { return func([]value.Datum) value.Datum { return d } }

// expr compiles an expression to an evaluator. Inside of a script logic is three-valued: null is neither true nor false.
func (s *scripter) expr(e Expr) evaluator {
	switch e := e.(type) {
	case *Literal:
		return constantly(datumOf(e.Value))
	case *Field:
		return s.field(e)
	case *Arithmetic:
		return s.arithmetic(e)
	case *Negate:
		part := s.expr(e.Part)
		s.wantNumber(e.Part, "-")
		return func(args []value.Datum) value.Datum { return compute("-", value.OfLong(0), part(args)) }
	case *Compare:
		return s.comparison(e)
	case *Not:
		part := s.expr(e.Part)
		return func(args []value.Datum) value.Datum { return not(part(args)) }
	case *Logical:
		return s.logical(e)
	case *OneOf:
		return s.test(e)
	case *Call:
		return s.call(e)
	}
	return constantly(value.Datum{})
}

func not(d value.Datum) value.Datum {
	if d.IsNull() {
		return d
	}
	return value.OfBool(!d.IsTrue())
}

// field gives the evaluator of a field: its place among the script's arguments.
func (s *scripter) field(e *Field) evaluator {
	r := s.resolve(e)
	if !r.ok || r.unmapped {
		return constantly(value.Datum{})
	}
	for i, m := range s.fields {
		if m.Name == r.Name {
			return func(args []value.Datum) value.Datum { return args[i] }
		}
	}
	i := len(s.fields)
	s.fields = append(s.fields, r.Mapping)
	return func(args []value.Datum) value.Datum { return args[i] }
}

func (s *scripter) arithmetic(e *Arithmetic) evaluator {
	left, right := s.expr(e.Left), s.expr(e.Right)
	s.wantNumber(e.Left, e.Operator)
	s.wantNumber(e.Right, e.Operator)
	return func(args []value.Datum) value.Datum { return compute(e.Operator, left(args), right(args)) }
}

func (c *compiler) wantNumber(e Expr, operator string) {
	if f := c.familyOf(e); f != numberFamily && f != nullFamily && f != unknownFamily {
		c.fail(e.Span(), "eql-type", fmt.Sprintf("`%s` computes with numbers, and this is %s", operator, f), "")
	}
}

func (s *scripter) comparison(e *Compare) evaluator {
	left, right := s.expr(e.Left), s.expr(e.Right)
	nullSide := func(side Expr) bool { lit, ok := side.(*Literal); return ok && lit.Value == nil }
	if nullSide(e.Left) || nullSide(e.Right) {
		if e.Operator == "==" || e.Operator == "!=" {
			return func(args []value.Datum) value.Datum {
				return value.OfBool((left(args).IsNull() && right(args).IsNull()) == (e.Operator == "=="))
			}
		}
	}
	return func(args []value.Datum) value.Datum { return compareData(e.Operator, left(args), right(args)) }
}

func (s *scripter) logical(e *Logical) evaluator {
	parts := make([]evaluator, len(e.Parts))
	for i, part := range e.Parts {
		parts[i] = s.expr(part)
	}
	return func(args []value.Datum) value.Datum {
		result := value.OfBool(!e.Or)
		for _, part := range parts {
			switch d := part(args); {
			case d.IsNull():
				result = d
			case d.IsTrue() == e.Or:
				return d
			}
		}
		return result
	}
}

// test compiles a list test whose value is computed.
func (s *scripter) test(e *OneOf) evaluator {
	operand := s.expr(e.Value)
	constants, ok := s.constants(e)
	if !ok {
		return constantly(value.Datum{})
	}
	var tests []func(value.Datum) bool
	for i, d := range constants {
		test, err := scriptTest(e.Operator, d)
		if err != nil {
			s.fail(e.List[i].Span(), "eql-pattern", err.Error(), "")
			return constantly(value.Datum{})
		}
		tests = append(tests, test)
	}
	return func(args []value.Datum) value.Datum {
		v := operand(args)
		if v.IsNull() {
			return v
		}
		for _, test := range tests {
			if test(v) {
				return value.OfBool(!e.Negated)
			}
		}
		return value.OfBool(e.Negated)
	}
}

// familyOf gives the family of an expression's values; unknown for fields that nobody declares.
func (c *compiler) familyOf(e Expr) family {
	switch e := e.(type) {
	case *Literal:
		return familyOfConstant(e.Value)
	case *Field:
		if m, ok := c.Schema.Lookup(e.Name); ok {
			if m.Type.IsText() {
				return stringFamily
			}
			return familyOf(m.Type)
		}
		return unknownFamily
	case *Arithmetic, *Negate:
		return numberFamily
	case *Call:
		if f, ok := c.function(e.Name); ok {
			return f.result
		}
		return unknownFamily
	}
	return boolFamily
}

// checkComparable reports a computed value that is compared with a constant of another family.
func (c *compiler) checkComparable(side Expr, operator string, constant value.Datum) {
	f := c.familyOf(side)
	if f == unknownFamily || f == nullFamily || constant.IsNull() || comparable(f, constant) {
		return
	}
	c.fail(side.Span(), "eql-type", fmt.Sprintf("`%s` compares a %s with the %s %s", operator, strings.TrimSpace(f.String()), kindName(constant), quoted(constant)), "")
}

// callCondition compiles a function that stands for a condition. The ones that only search a field become searches.
func (c *compiler) callCondition(e *Call) filter.Node {
	f, ok := c.checkCall(e)
	if !ok {
		return &filter.Constant{}
	}
	if f.result != boolFamily {
		c.fail(e.At, "eql-type", fmt.Sprintf("a condition must be true or false, and %s gives a %s", f.name, f.result), "compare it with a value")
		return &filter.Constant{}
	}
	if f.search != nil {
		if node, done := f.search(c, e); done {
			return node
		}
	}
	return c.script(e, func(s *scripter) evaluator { return s.call(e) })
}
