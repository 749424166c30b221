package run

import (
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/function"
)

// join compiles LOOKUP JOIN and ENRICH. The rows of the table are found by the values of the first condition that asks
// for equality; the other conditions are tested one by one.
func (p *Program) join(step *esql.Join) stage {
	j := &joiner{step: step, keys: make([]evaluator, len(step.On)), first: -1, index: map[string][]int32{}}
	for i, k := range step.On {
		j.keys[i] = p.value(k.Left)
		if k.Op == "==" && j.first < 0 {
			j.first = i
		}
	}
	for range step.On {
		j.right = append(j.right, nil)
	}
	for i, k := range step.On {
		j.right[i] = step.Table.Rows.Columns[k.Right]
		if widest := common(k.Left.Type(), j.right[i].Type()); widest != column.Null {
			j.right[i] = column.Widen(j.right[i], widest)
		}
	}
	j.fill()
	p.sites = append(p.sites, site{nil, column.Null})
	at := len(p.sites) - 1
	return withRun(func(r *run, b *column.Batch) *column.Batch { return j.rows(r, r.calls[at], b) })
}

// common is the type in which two numbers of different types are compared; Null for other types.
func common(a, b column.Type) column.Type {
	if a != b && a.IsNumber() && b.IsNumber() {
		return max(a, b)
	}
	return column.Null
}

type joiner struct {
	step  *esql.Join
	keys  []evaluator
	right []*column.Column
	first int
	index map[string][]int32
}

// fill indexes the table by the values of the first equality. A row with several is found by each.
func (j *joiner) fill() {
	if j.first < 0 {
		return
	}
	c := j.right[j.first]
	for row := range c.Rows() {
		start, end := c.Span(row)
		for position := start; position < end; position++ {
			key := string(c.AppendKey(nil, position))
			j.index[key] = append(j.index[key], int32(row))
		}
	}
}

func (j *joiner) rows(r *run, call *function.Call, b *column.Batch) *column.Batch {
	left := make([]*column.Column, len(j.keys))
	for i, key := range j.keys {
		left[i] = key(r, b)
		if widest := common(left[i].Type(), j.right[i].Type()); widest != column.Null {
			left[i] = column.Widen(left[i], widest)
		}
	}
	if j.step.Merge {
		return j.merged(left, b)
	}
	var rows, found []int32
	for row := range b.Rows {
		before := len(rows)
		for _, candidate := range j.candidates(call, left, row) {
			if j.holds(left, row, int(candidate)) {
				rows, found = append(rows, int32(row)), append(found, candidate)
			}
		}
		if len(rows) == before {
			rows, found = append(rows, int32(row)), append(found, -1)
		}
	}
	out := take(b, rows, j.step.Live())
	for _, o := range j.step.Outputs {
		out.Columns[o.Slot] = j.step.Table.Rows.Columns[o.From].Take(found)
	}
	return out
}

// candidates are the rows of the table worth testing. A key without value or with several finds none.
func (j *joiner) candidates(call *function.Call, left []*column.Column, row int) []int32 {
	for _, c := range left {
		if c.Count(row) > 1 {
			call.Warn(function.IllegalArgument, "LOOKUP JOIN encountered multi-value")
			return nil
		}
		if c.IsNull(row) || c.Type() == column.Null {
			return nil
		}
	}
	if j.first >= 0 {
		position, _ := left[j.first].Span(row)
		return j.index[string(left[j.first].AppendKey(nil, position))]
	}
	all := make([]int32, j.step.Table.Rows.Rows)
	for i := range all {
		all[i] = int32(i)
	}
	return all
}

func (j *joiner) holds(left []*column.Column, row, candidate int) bool {
	for i, k := range j.step.On {
		if i == j.first {
			continue
		}
		start, end := j.right[i].Span(candidate)
		position, _ := left[i].Span(row)
		any := false
		for at := start; at < end && !any; at++ {
			any = holder(k.Op)(column.Compare(left[i], position, j.right[i], at))
		}
		if !any {
			return false
		}
	}
	return true
}

// merged adds to each row the values of all rows of the table that fit any of its values.
func (j *joiner) merged(left []*column.Column, b *column.Batch) *column.Batch {
	key := left[j.first]
	found := make([][]int32, b.Rows)
	for row := range b.Rows {
		start, end := key.Span(row)
		for position := start; position < end; position++ {
			found[row] = append(found[row], j.index[string(key.AppendKey(nil, position))]...)
		}
	}
	for _, o := range j.step.Outputs {
		from := j.step.Table.Rows.Columns[o.From]
		out := column.NewBuilder(o.Type, b.Rows)
		for _, list := range found {
			out.Begin()
			for _, row := range list {
				start, end := from.Span(int(row))
				for position := start; position < end; position++ {
					out.AppendValue(from, position)
				}
			}
			out.End()
		}
		b = with(b, o.Slot, out.Build())
	}
	return b
}
