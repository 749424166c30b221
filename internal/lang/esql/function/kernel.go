package function

import "github.com/tocsin-rules/tocsin/internal/lang/esql/column"

// Each makes a column of the call's type row by row, for functions that take single values: one is called for each row
// in which every argument has exactly one value, with their positions, and must add one row. A row with a null is null,
// one with several values is null with a warning.
func Each(call *Call, args []*column.Column, rows int, one func(out *column.Builder, at []int)) *column.Column {
	constant := len(args) > 0
	for _, arg := range args {
		constant = constant && arg.IsRepeated()
	}
	out := column.NewBuilder(call.Type, rows)
	at := make([]int, len(args))
	computed := rows
	if constant {
		computed = min(rows, 1)
	}
	for row := range computed {
		if single(call, args, row, at) {
			one(out, at)
		} else {
			out.Null()
		}
	}
	if constant && rows > 0 {
		return column.Repeat(out.Build(), 0, rows)
	}
	return out.Build()
}

// single fills the positions of a row's values, and tells whether each argument has exactly one.
func single(call *Call, args []*column.Column, row int, at []int) bool {
	for i, arg := range args {
		start, end := arg.Span(row)
		switch end - start {
		case 0:
			return false
		case 1:
			at[i] = start
		default:
			call.WarnMulti()
			return false
		}
	}
	return true
}
