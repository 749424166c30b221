package function

import (
	"strings"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/match"
)

// Columns of one row, with any number of values; none is a null of that type.

func build[T any](t column.Type, values []T, add func(*column.Builder, T)) *column.Column {
	b := column.NewBuilder(t, 1)
	b.Begin()
	for _, v := range values {
		add(b, v)
	}
	b.End()
	return b.Build()
}

func addText(b *column.Builder, v string) { b.Text(v) }
func addInt(b *column.Builder, v int64)   { b.Int(v) }

func k(values ...string) *column.Column { return build(column.Keyword, values, addText) }
func i(values ...int64) *column.Column  { return build(column.Integer, values, addInt) }
func l(values ...int64) *column.Column  { return build(column.Long, values, addInt) }
func d(values ...float64) *column.Column {
	return build(column.Double, values, func(b *column.Builder, v float64) { b.Double(v) })
}
func ul(values ...uint64) *column.Column {
	return build(column.UnsignedLong, values, func(b *column.Builder, v uint64) { b.Int(column.OfUnsigned(v)) })
}
func bl(values ...bool) *column.Column {
	return build(column.Boolean, values, func(b *column.Builder, v bool) { b.Bool(v) })
}
func ver(values ...string) *column.Column { return build(column.Version, values, addText) }
func ip(values ...string) *column.Column {
	return build(column.IP, values, func(b *column.Builder, v string) {
		a, _ := match.ParseAddress(v)
		b.Text(string(a[:]))
	})
}
func dt(values ...string) *column.Column {
	return build(column.Date, values, func(b *column.Builder, v string) {
		at, ok := datemath.ParseDate(v)
		if !ok {
			panic(v)
		}
		b.Int(at.UnixMilli())
	})
}
func null() *column.Column { return column.Nulls(column.Null, 1) }
func span(text string) *column.Column {
	for _, t := range []column.Type{column.DatePeriod, column.TimeDuration} {
		if b := column.NewBuilder(t, 1); column.ReadText(b, text) {
			return b.Build()
		}
	}
	panic(text)
}
func wkt(text string) *column.Column {
	x, y, err := column.ParsePoint(text)
	if err != nil {
		panic(err)
	}
	return column.OfTexts(column.GeoPoint, []string{column.OfPoint(x, y)})
}

func environment() *Environment {
	return &Environment{Now: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)}
}

// evaluate runs a scalar function on one row and gives its value, "null", or "error: " and what is wrong; warnings
// follow in braces.
func evaluate(t *testing.T, name string, args ...*column.Column) string {
	t.Helper()
	f, ok := NewRegistry(All()).Lookup(name)
	if !ok {
		t.Fatalf("%s is not there", name)
	}
	site := Site{Env: environment()}
	for _, arg := range args {
		site.Args = append(site.Args, Argument{Type: arg.Type(), Value: arg, Text: "x"})
	}
	var err error
	if site.Type, err = f.Check("call", site.Args); err != nil {
		return "error: " + err.Error()
	}
	var warnings Warnings
	call := warnings.NewCall(site.Env, site.Type, 1, 1, "call")
	result, err := compute(f, &site, call, args)
	if err != nil {
		return "error: " + err.Error()
	}
	if result.Type() != site.Type && result.Type() != column.Null {
		t.Errorf("%s: the result is %s, and was to be %s", name, result.Type(), site.Type)
	}
	out := rendered(result, 0)
	if list := warnings.List(); len(list) > 1 {
		out += " {" + strings.TrimPrefix(strings.Join(list[1:], "; "), "Line 1:1: ") + "}"
	}
	return out
}

func compute(f *Function, site *Site, call *Call, args []*column.Column) (*column.Column, error) {
	if f.Lazy != nil {
		kernel, err := f.Lazy(site)
		if err != nil {
			return nil, err
		}
		var lazy []LazyArgument
		for _, arg := range args {
			lazy = append(lazy, func(rows []int32) *column.Column {
				if rows == nil {
					return arg
				}
				return arg.Take(rows)
			})
		}
		return kernel(call, lazy, 1), nil
	}
	kernel, err := f.Scalar(site)
	if err != nil {
		return nil, err
	}
	return kernel(call, args, 1), nil
}

// rendered gives a row as text, several values in brackets.
func rendered(c *column.Column, row int) string {
	start, end := c.Span(row)
	var values []string
	for at := start; at < end; at++ {
		values = append(values, c.Render(at))
	}
	switch len(values) {
	case 0:
		return "null"
	case 1:
		return values[0]
	}
	return "[" + strings.Join(values, ", ") + "]"
}

// evaluation is a row of a table: a call, and what it gives.
type evaluation struct {
	name string
	args []*column.Column
	want string
}

func on(args ...*column.Column) []*column.Column { return args }

func check(t *testing.T, rows []evaluation) {
	t.Helper()
	for n, row := range rows {
		if got := evaluate(t, row.name, row.args...); got != row.want {
			t.Errorf("row %d, %s: %s\nwant %s", n, row.name, got, row.want)
		}
	}
}

const multi = " {java.lang.IllegalArgumentException: single-value function encountered multi-value}"
