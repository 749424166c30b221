package function

import (
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// EachValue converts every value of an argument: one is called for each with its position, and adds a value or notes
// that it fails. What fails is left out with a warning; a row of which no value is left is null.
func EachValue(call *Call, arg *column.Column, rows int, one func(out *column.Builder, at int) error) *column.Column {
	computed := rows
	if arg.IsRepeated() {
		computed = min(rows, 1)
	}
	out := column.NewBuilder(call.Type, rows)
	for row := range computed {
		start, end := arg.Span(row)
		if end-start == 1 {
			if err := one(out, start); err != nil {
				call.warnError(err)
				out.Null()
			}
			continue
		}
		out.Begin()
		for at := start; at < end; at++ {
			if err := one(out, at); err != nil {
				call.warnError(err)
			}
		}
		out.End()
	}
	if arg.IsRepeated() && rows > 0 {
		return column.Repeat(out.Build(), 0, rows)
	}
	return out.Build()
}

// failure is an exception of Elasticsearch's: its class and its message.
type failure struct{ class, message string }

// Error is the message.
func (f failure) Error() string { return f.message }

func (c *Call) warnError(err error) {
	if f, ok := err.(failure); ok { //nolint:errorlint // a failure is never wrapped: it is made where it is thrown
		c.Warn(f.class, f.message)
		return
	}
	c.Warn(IllegalArgument, err.Error())
}

// EachRow makes a column row by row, for functions that look at all values of a row: one must add one row.
func EachRow(call *Call, args []*column.Column, rows int, one func(out *column.Builder, row int)) *column.Column {
	constant := len(args) > 0
	for _, arg := range args {
		constant = constant && arg.IsRepeated()
	}
	out := column.NewBuilder(call.Type, rows)
	computed := rows
	if constant {
		computed = min(rows, 1)
	}
	for row := range computed {
		one(out, row)
	}
	if constant && rows > 0 {
		return column.Repeat(out.Build(), 0, rows)
	}
	return out.Build()
}

// fallible is Each for computations that can fail: the row is null then, with a warning.
func fallible(call *Call, args []*column.Column, rows int, one func(out *column.Builder, at []int) error) *column.Column {
	return Each(call, args, rows, func(out *column.Builder, at []int) {
		before := out.Rows()
		if err := one(out, at); err != nil {
			call.warnError(err)
			if out.Rows() == before {
				out.Null()
			}
		}
	})
}

// plain makes a compile function of a kernel that needs nothing from the site.
func plain(kernel ScalarKernel) func(*Site) (ScalarKernel, error) {
	return func(*Site) (ScalarKernel, error) { return kernel, nil }
}

// eachOf makes the compile function of a function of single values that cannot fail.
func eachOf(one func(out *column.Builder, args []*column.Column, at []int)) func(*Site) (ScalarKernel, error) {
	return plain(func(call *Call, args []*column.Column, rows int) *column.Column {
		return Each(call, args, rows, func(out *column.Builder, at []int) { one(out, args, at) })
	})
}

// failing is eachOf for computations that can fail.
func failing(one func(out *column.Builder, args []*column.Column, at []int) error) func(*Site) (ScalarKernel, error) {
	return plain(func(call *Call, args []*column.Column, rows int) *column.Column {
		return fallible(call, args, rows, func(out *column.Builder, at []int) error { return one(out, args, at) })
	})
}
