package function

import (
	"fmt"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

func conditionalFunctions() []*Function {
	any := anyParam("first")
	condition := Param{Name: "condition", Types: Booleans, Expected: "boolean"}
	extreme := func(name, doc string, sign int) *Function {
		return &Function{
			Name: name, Kind: Scalar, Family: "Conditional", Doc: doc, Params: []Param{any}, Variadic: true,
			Resolve: resolveArms, Scalar: plain(extremeOf(sign)),
		}
	}
	clamp := func(name, doc string, signs []int, params ...string) *Function {
		f := &Function{
			Name: name, Kind: Scalar, Family: "Conditional", Doc: doc, Params: []Param{anyParam("field")},
			Resolve: resolveArms, Scalar: plain(clamped(signs)),
		}
		for _, p := range params {
			f.Params = append(f.Params, anyParam(p))
		}
		return f
	}
	return []*Function{
		{
			Name: "CASE", Kind: Scalar, Family: "Conditional", Doc: "The value behind the first condition that is true; a last value without condition is for all else.",
			Params: []Param{condition, anyParam("trueValue")}, Variadic: true, Resolve: resolveCase, Lazy: caseOf,
		},
		clamp("CLAMP", "A value, but no less than a least and no more than a greatest.", []int{1, -1}, "min", "max"),
		clamp("CLAMP_MAX", "A value, but no more than a greatest.", []int{-1}, "max"),
		clamp("CLAMP_MIN", "A value, but no less than a least.", []int{1}, "min"),
		{
			Name: "COALESCE", Kind: Scalar, Family: "Conditional", Doc: "The first argument that is not null, with all its values.",
			Params: []Param{any}, Variadic: true, Resolve: resolveArms, Lazy: coalesce,
		},
		extreme("GREATEST", "The greatest of all values of all arguments; null if one is null.", 1),
		extreme("LEAST", "The least of all values of all arguments; null if one is null.", -1),
	}
}

// resolveArms gives the common type of all arguments.
func resolveArms(call string, args []Argument) (column.Type, error) {
	arms := make([]int, len(args))
	for i := range args {
		arms[i] = i
	}
	return commonType(call, args, arms)
}

// commonType gives the type of some arguments: numbers widen, text and keyword are keyword, and nulls fit anything.
func commonType(call string, args []Argument, arms []int) (column.Type, error) {
	common, first := column.Null, 0
	for _, i := range arms {
		joined, ok := join(common, args[i].Type)
		if !ok {
			return column.Null, Mismatch(call, args, i, args[first].Type.Word())
		}
		if common == column.Null {
			first = i
		}
		common = joined
	}
	return common, nil
}

// join gives the type that holds the values of two.
func join(a, b column.Type) (column.Type, bool) {
	signed := func(t column.Type) bool { return t == column.Integer || t == column.Long || t == column.Double }
	switch {
	case a == column.Null:
		if b == column.Text {
			return column.Keyword, true
		}
		return b, true
	case b == column.Null || a == b:
		return a, true
	case a.IsString() && b.IsString():
		return column.Keyword, true
	case signed(a) && signed(b):
		return max(a, b), true // the types are declared in this order
	case a.IsDate() && b.IsDate():
		return column.DateNanos, true
	}
	return column.Null, false
}

// resolveCase checks conditions and values in turn.
func resolveCase(call string, args []Argument) (column.Type, error) {
	if len(args) < 2 {
		return column.Null, fmt.Errorf("expected at least two arguments in [CASE] but got [%d]", len(args))
	}
	var arms []int
	for i, arg := range args {
		isCondition := i%2 == 0 && i != len(args)-1
		switch {
		case isCondition && arg.Type != column.Boolean && arg.Type != column.Null:
			return column.Null, Mismatch(call, args, i, "boolean")
		case !isCondition:
			arms = append(arms, i)
		}
	}
	return commonType(call, args, arms)
}

// picked collects a value for each row from columns that were computed for some rows.
type picked struct {
	columns []*column.Column
	from    []int32 // by row: the column, from 1; 0 is none
	row     []int32
}

func newPicked(rows int) *picked {
	return &picked{from: make([]int32, rows), row: make([]int32, rows)}
}

// take notes that rows get their values from a column whose k-th row belongs to rows[k].
func (p *picked) take(c *column.Column, rows []int32) {
	p.columns = append(p.columns, c)
	for k, row := range rows {
		p.from[row], p.row[row] = int32(len(p.columns)), int32(k)
	}
}

func (p *picked) build(t column.Type) *column.Column {
	out := column.NewBuilder(t, len(p.from))
	for i, from := range p.from {
		if from == 0 || p.columns[from-1].Type() == column.Null {
			out.Null()
			continue
		}
		appendWide(out, p.columns[from-1], int(p.row[i]))
	}
	return out.Build()
}

// appendWide adds a row of a column whose type the builder's holds.
func appendWide(out *column.Builder, c *column.Column, row int) {
	switch {
	case out.Type() == column.Double && c.Type() != column.Double:
		start, end := c.Span(row)
		out.Begin()
		for at := start; at < end; at++ {
			out.Double(c.Float(at))
		}
		out.End()
	case out.Type() == column.DateNanos && c.Type() == column.Date:
		start, end := c.Span(row)
		out.Begin()
		for at := start; at < end; at++ {
			out.Int(c.Int(at) * 1_000_000)
		}
		out.End()
	default:
		out.AppendRow(c, row)
	}
}

func allRows(rows int) []int32 {
	all := make([]int32, rows)
	for i := range all {
		all[i] = int32(i)
	}
	return all
}

// caseOf computes each condition for the rows that no earlier one took, and each value for the rows that its condition
// takes. A condition that is null or has several values takes none.
func caseOf(*Site) (LazyKernel, error) {
	return func(call *Call, args []LazyArgument, rows int) *column.Column {
		result, pending := newPicked(rows), allRows(rows)
		for i := 0; i+1 < len(args) && len(pending) > 0; i += 2 {
			condition := args[i](pending)
			var taken, left []int32
			for k, row := range pending {
				if isTrue(call, condition, k) {
					taken = append(taken, row)
				} else {
					left = append(left, row)
				}
			}
			if len(taken) > 0 {
				result.take(args[i+1](taken), taken)
			}
			pending = left
		}
		if len(args)%2 == 1 && len(pending) > 0 {
			result.take(args[len(args)-1](pending), pending)
		}
		return result.build(call.Type)
	}, nil
}

func isTrue(call *Call, condition *column.Column, row int) bool {
	start, end := condition.Span(row)
	if end-start > 1 {
		call.WarnFalse()
	}
	return end-start == 1 && condition.Bool(start)
}

func coalesce(*Site) (LazyKernel, error) {
	return func(call *Call, args []LazyArgument, rows int) *column.Column {
		result, pending := newPicked(rows), allRows(rows)
		for i := 0; i < len(args) && len(pending) > 0; i++ {
			values := args[i](pending)
			result.take(values, pending)
			var left []int32
			for k, row := range pending {
				if values.IsNull(k) {
					left = append(left, row)
				}
			}
			pending = left
		}
		return result.build(call.Type)
	}, nil
}

// bestOf gives the position of a row's greatest or least value.
func bestOf(c *column.Column, row, sign int) int {
	start, end := c.Span(row)
	best := start
	for at := start + 1; at < end; at++ {
		if sign*column.Compare(c, at, c, best) > 0 {
			best = at
		}
	}
	return best
}

func extremeOf(sign int) ScalarKernel {
	return func(call *Call, args []*column.Column, rows int) *column.Column {
		return EachRow(call, args, rows, func(out *column.Builder, row int) {
			best, at := -1, 0
			for i, arg := range args {
				if arg.IsNull(row) {
					out.Null()
					return
				}
				if candidate := bestOf(arg, row, sign); best < 0 || sign*comparePoints(arg, candidate, args[best], at) > 0 {
					best, at = i, candidate
				}
			}
			appendValue(out, args[best], at)
		})
	}
}

// appendValue adds one value of a column whose type the builder's holds.
func appendValue(out *column.Builder, c *column.Column, at int) {
	switch {
	case out.Type() == column.Double:
		out.Double(c.Float(at))
	case out.Type().IsDate():
		addInstant(out, instant(c, at))
	default:
		out.AppendValue(c, at)
	}
}

// clamped moves a value to the bound that it lies beyond; signs say on which side each bound lies.
func clamped(signs []int) ScalarKernel {
	return func(call *Call, args []*column.Column, rows int) *column.Column {
		return Each(call, args, rows, func(out *column.Builder, at []int) {
			best := 0
			for i, sign := range signs {
				if sign*comparePoints(args[i+1], at[i+1], args[best], at[best]) > 0 {
					best = i + 1
				}
			}
			appendValue(out, args[best], at[best])
		})
	}
}
