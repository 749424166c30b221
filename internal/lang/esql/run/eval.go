package run

import (
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/function"
)

// evaluator computes a value for every row of a batch.
type evaluator func(r *run, b *column.Batch) *column.Column

// site notes an expression that may warn, and gives its number.
func (p *Program) site(v esql.Value) int {
	p.sites = append(p.sites, site{v.Of(), v.Type()})
	return len(p.sites) - 1
}

// value compiles a value.
func (p *Program) value(v esql.Value) evaluator {
	switch v := v.(type) {
	case *esql.Ref:
		return func(r *run, b *column.Batch) *column.Column { return r.slot(b, v.Slot, v.As) }
	case *esql.Constant:
		return func(_ *run, b *column.Batch) *column.Column { return column.Repeat(v.Value, 0, b.Rows) }
	case *esql.Apply:
		return p.apply(v)
	case *esql.Widen:
		x := p.value(v.X)
		return func(r *run, b *column.Batch) *column.Column { return column.Widen(x(r, b), v.As) }
	case *esql.Search:
		return p.search(v)
	case *esql.Arithmetic:
		return p.binary(v, v.X, v.Y, arithmetic(v))
	case *esql.Negative:
		return p.unary(v, v.X, negate)
	case *esql.Comparison:
		return p.comparison(v)
	}
	return p.condition(v)
}

// condition compiles what is true, false or null.
func (p *Program) condition(v esql.Value) evaluator {
	switch v := v.(type) {
	case *esql.Junction:
		return p.junction(v)
	case *esql.Negation:
		return p.unary(v, v.X, not)
	case *esql.NullTest:
		x := p.value(v.X)
		return func(r *run, b *column.Batch) *column.Column { return nullTest(x(r, b), v.Not) }
	case *esql.Membership:
		return p.membership(v)
	case *esql.Among:
		return p.among(v)
	case *esql.Fits:
		return p.unary(v, v.X, fits(v))
	}
	return func(_ *run, b *column.Batch) *column.Column { return column.Nulls(v.Type(), b.Rows) }
}

// kernel1 and kernel2 compute a column from one or two.
type (
	kernel1 func(call *function.Call, x *column.Column) *column.Column
	kernel2 func(call *function.Call, x, y *column.Column) *column.Column
)

func (p *Program) unary(v, x esql.Value, kernel kernel1) evaluator {
	at, ex := p.site(v), p.value(x)
	return func(r *run, b *column.Batch) *column.Column { return kernel(r.calls[at], ex(r, b)) }
}

func (p *Program) binary(v, x, y esql.Value, kernel kernel2) evaluator {
	at, ex, ey := p.site(v), p.value(x), p.value(y)
	return func(r *run, b *column.Batch) *column.Column { return kernel(r.calls[at], ex(r, b), ey(r, b)) }
}

// apply compiles a function call. Its kernel was compiled once by the checker, so it cannot fail here.
func (p *Program) apply(v *esql.Apply) evaluator {
	at := p.site(v)
	args := make([]evaluator, len(v.Args))
	for i, arg := range v.Args {
		args[i] = p.value(arg)
	}
	if v.Function.Lazy != nil {
		return p.lazy(v, at, args)
	}
	kernel, err := v.Function.Scalar(v.Site)
	if err != nil {
		return func(_ *run, b *column.Batch) *column.Column { return column.Nulls(v.As, b.Rows) }
	}
	return func(r *run, b *column.Batch) *column.Column {
		columns := make([]*column.Column, len(args))
		for i, arg := range args {
			columns[i] = arg(r, b)
		}
		return kernel(r.calls[at], columns, b.Rows)
	}
}

func (p *Program) lazy(v *esql.Apply, at int, args []evaluator) evaluator {
	kernel, err := v.Function.Lazy(v.Site)
	if err != nil {
		return func(_ *run, b *column.Batch) *column.Column { return column.Nulls(v.As, b.Rows) }
	}
	slots := make([][]int, len(args))
	for i, arg := range v.Args {
		slots[i] = esql.SlotsOf(arg)
	}
	return func(r *run, b *column.Batch) *column.Column {
		lazy := make([]function.LazyArgument, len(args))
		for i, arg := range args {
			lazy[i] = func(rows []int32) *column.Column {
				if rows == nil {
					return arg(r, b)
				}
				return arg(r, take(b, rows, slots[i]))
			}
		}
		return kernel(r.calls[at], lazy, b.Rows)
	}
}

// search compiles a full-text function: a condition on the document of each row.
func (p *Program) search(v *esql.Search) evaluator {
	return func(r *run, b *column.Batch) *column.Column {
		out := column.NewBuilder(column.Boolean, b.Rows)
		for row := range b.Rows {
			if b.Docs == nil || b.Docs[row] == nil {
				out.Null()
				continue
			}
			if doc := b.Docs[row]; r.bound != doc {
				p.layout.BindTo(&r.record, doc)
				r.bound = doc
			}
			out.Bool(v.Node.Match(&r.record))
		}
		return out.Build()
	}
}

// single reads the position of a row's only value. It is false for null, and for several values, which warn.
func single(call *function.Call, c *column.Column, row int) (position int, ok bool) {
	start, end := c.Span(row)
	switch end - start {
	case 1:
		return start, true
	case 0:
		return 0, false
	}
	call.WarnMulti()
	return 0, false
}

// each computes a column row by row from the only value of each; null gives null.
func each(call *function.Call, x *column.Column, one func(out *column.Builder, position int)) *column.Column {
	rows := x.Rows()
	if x.IsRepeated() && rows > 0 {
		return column.Repeat(each(call, x.Take([]int32{0}).Materialize(), one), 0, rows)
	}
	out := column.NewBuilder(call.Type, rows)
	for row := range rows {
		if position, ok := single(call, x, row); ok {
			one(out, position)
		} else {
			out.Null()
		}
	}
	return out.Build()
}

// each2 computes a column row by row from the only values of two.
func each2(call *function.Call, x, y *column.Column, one func(out *column.Builder, px, py int)) *column.Column {
	out := column.NewBuilder(call.Type, x.Rows())
	for row := range x.Rows() {
		px, ok := single(call, x, row)
		if !ok {
			out.Null()
			continue
		}
		py, ok := single(call, y, row)
		if !ok {
			out.Null()
			continue
		}
		one(out, px, py)
	}
	return out.Build()
}

func negate(call *function.Call, x *column.Column) *column.Column {
	if x.Type() == column.Double {
		return each(call, x, func(out *column.Builder, at int) { out.Double(-x.Double(at)) })
	}
	return each(call, x, func(out *column.Builder, at int) {
		n := x.Int(at)
		switch {
		case x.Type() == column.DatePeriod:
			months, days := column.Period(n)
			out.Int(column.OfPeriod(-months, -days))
		case x.Type() == column.Integer && n == -1<<31:
			call.Warn(function.Arithmetic, "integer overflow")
			out.Null()
		case n == -1<<63:
			call.Warn(function.Arithmetic, "long overflow")
			out.Null()
		default:
			out.Int(-n)
		}
	})
}
