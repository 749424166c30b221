package run

import (
	"slices"

	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/function"
)

// comparison compiles == and the like. Columns without nulls and several values, against a constant, are compared in a
// loop over the stored values.
func (p *Program) comparison(v *esql.Comparison) evaluator {
	return p.binary(v, v.X, v.Y, func(call *function.Call, x, y *column.Column) *column.Column {
		if x.Type() == column.Null || y.Type() == column.Null {
			return column.Nulls(column.Boolean, x.Rows())
		}
		holds := holder(v.Op)
		if y.IsRepeated() && y.Rows() > 0 && y.Count(0) == 1 && !x.IsRepeated() {
			return compareConstant(call, x, y, v.Op, holds)
		}
		return each2(call, x, y, func(out *column.Builder, px, py int) { out.Bool(holds(column.Compare(x, px, y, py))) })
	})
}

func holder(op string) func(order int) bool {
	switch op {
	case "==":
		return func(order int) bool { return order == 0 }
	case "!=":
		return func(order int) bool { return order != 0 }
	case "<":
		return func(order int) bool { return order < 0 }
	case "<=":
		return func(order int) bool { return order <= 0 }
	case ">":
		return func(order int) bool { return order > 0 }
	}
	return func(order int) bool { return order >= 0 }
}

func compareConstant(call *function.Call, x, y *column.Column, op string, holds func(int) bool) *column.Column {
	at, _ := y.Span(0)
	equality := op == "==" || op == "!="
	switch {
	case x.Type().Store() == column.Texts && equality && x.Type() != column.Version:
		want, negated := y.Text(at), op == "!="
		return each(call, x, func(out *column.Builder, p int) { out.Bool((x.Text(p) == want) != negated) })
	case x.Type().Store() == column.Ints:
		want := y.Int(at)
		return each(call, x, func(out *column.Builder, p int) {
			order := 0
			if n := x.Int(p); n < want {
				order = -1
			} else if n > want {
				order = 1
			}
			out.Bool(holds(order))
		})
	}
	return each(call, x, func(out *column.Builder, p int) { out.Bool(holds(column.Compare(x, p, y, at))) })
}

// Three truths.
const (
	no int8 = iota
	yes
	null
)

// truths reads a boolean column; several values are null, with a warning.
func truths(call *function.Call, c *column.Column) []int8 {
	list := make([]int8, c.Rows())
	for row := range list {
		position, ok := single(call, c, row)
		switch {
		case !ok || c.Type() == column.Null:
			list[row] = null
		case c.Bool(position):
			list[row] = yes
		}
	}
	return list
}

func booleans(list []int8) *column.Column {
	out := column.NewBuilder(column.Boolean, len(list))
	for _, truth := range list {
		if truth == null {
			out.Null()
		} else {
			out.Bool(truth == yes)
		}
	}
	return out.Build()
}

// junction compiles AND and OR (Kleene): what decides beats null, null beats the rest.
func (p *Program) junction(v *esql.Junction) evaluator {
	at := p.site(v)
	operands := make([]evaluator, len(v.Operands))
	for i, o := range v.Operands {
		operands[i] = p.value(o)
	}
	decides, rest := no, yes
	if v.Or {
		decides, rest = yes, no
	}
	return func(r *run, b *column.Batch) *column.Column {
		list := slices.Repeat([]int8{rest}, b.Rows)
		for _, operand := range operands {
			for row, truth := range truths(r.calls[at], operand(r, b)) {
				if truth == decides || truth == null && list[row] != decides {
					list[row] = truth
				}
			}
		}
		return booleans(list)
	}
}

func not(call *function.Call, x *column.Column) *column.Column {
	list := truths(call, x)
	for row, truth := range list {
		if truth != null {
			list[row] = 1 - truth
		}
	}
	return booleans(list)
}

func nullTest(x *column.Column, negated bool) *column.Column {
	out := column.NewBuilder(column.Boolean, x.Rows())
	for row := range x.Rows() {
		out.Bool((x.IsNull(row) || x.Type() == column.Null) != negated)
	}
	return out.Build()
}

// membership compiles IN: true when an item is equal, else null when one is null, else false. Items that are constants
// are one set.
func (p *Program) membership(v *esql.Membership) evaluator {
	at, x := p.site(v), p.value(v.X)
	set, hasNull := map[string]bool{}, false
	var others []evaluator
	for _, item := range v.List {
		k, ok := item.(*esql.Constant)
		switch {
		case !ok:
			others = append(others, p.value(item))
		case k.Value.Count(0) != 1:
			hasNull = true
		default:
			set[string(k.Value.AppendKey(nil, 0))] = true
		}
	}
	return func(r *run, b *column.Batch) *column.Column {
		left := x(r, b)
		columns := make([]*column.Column, len(others))
		for i, other := range others {
			columns[i] = other(r, b)
		}
		list := make([]int8, b.Rows)
		var key []byte
		for row := range list {
			position, ok := single(r.calls[at], left, row)
			if !ok || left.Type() == column.Null {
				list[row] = null
				continue
			}
			key = left.AppendKey(key[:0], position)
			list[row] = member(r.calls[at], set[string(key)], hasNull, left, position, columns, row)
		}
		return booleans(list)
	}
}

// among compiles IN with a subquery, which runs once, when it is first asked. What it gives is looked up as the list of an IN.
func (p *Program) among(v *esql.Among) evaluator {
	at, x, stages := p.site(v), p.value(v.X), p.compile(v.Steps)
	return func(r *run, b *column.Batch) *column.Column {
		in, ok := r.lists[v]
		if !ok {
			in = r.list(stages, v.Slot)
			r.lists[v] = in
		}
		left := x(r, b)
		list := make([]int8, b.Rows)
		var key []byte
		for row := range list {
			position, ok := single(r.calls[at], left, row)
			switch {
			case len(in.set) == 0 && !in.hasNull:
			case !ok || left.Type() == column.Null:
				list[row] = null
			default:
				key = left.AppendKey(key[:0], position)
				list[row] = member(r.calls[at], in.set[string(key)], in.hasNull, left, position, nil, row)
			}
		}
		return booleans(list)
	}
}

// itemList is what a subquery of IN gave.
type itemList struct {
	set     map[string]bool
	hasNull bool
}

func (r *run) list(stages []stage, slot int) itemList {
	out := &collector{width: r.program.Plan.Slots}
	r.chain(stages, out).finish()
	in := itemList{set: map[string]bool{}}
	b := out.batch()
	if b.Rows == 0 {
		return in
	}
	c := r.slot(b, slot, column.Null)
	for row := range b.Rows {
		start, end := c.Span(row)
		if end-start != 1 || c.Type() == column.Null {
			in.hasNull = true
			continue
		}
		in.set[string(c.AppendKey(nil, start))] = true
	}
	return in
}

func member(call *function.Call, found, hasNull bool, left *column.Column, position int, others []*column.Column, row int) int8 {
	if found {
		return yes
	}
	for _, other := range others {
		at, ok := single(call, other, row)
		switch {
		case !ok || other.Type() == column.Null:
			hasNull = true
		case column.Compare(left, position, other, at) == 0:
			return yes
		}
	}
	if hasNull {
		return null
	}
	return no
}

// fits compiles LIKE and RLIKE.
func fits(v *esql.Fits) kernel1 {
	return func(call *function.Call, x *column.Column) *column.Column {
		if x.Type() == column.Null {
			return column.Nulls(column.Boolean, x.Rows())
		}
		return each(call, x, func(out *column.Builder, at int) { out.Bool(v.Match(x.Text(at))) })
	}
}
