package function

import (
	"math"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// distinct tells which values of which groups were seen. Texts are numbered once each, so that a group's set holds
// numbers: one table for all groups, which grows with what differs and not with the rows.
type distinct struct {
	numbers *column.Dictionary
	seen    table
}

func newDistinct() distinct { return distinct{numbers: column.NewDictionary()} }

// first tells whether the value is the first of its kind in the group, and remembers it.
func (d *distinct) first(c *column.Column, at int, group int32) bool {
	var value uint64
	switch c.Type().Store() {
	case column.Ints:
		value = uint64(c.Int(at))
	case column.Doubles:
		f := c.Double(at)
		if f == 0 {
			f = 0 // both zeros are one
		}
		value = math.Float64bits(f)
	default:
		value = uint64(d.numbers.Text(c.Text(at)))
	}
	return d.seen.add(uint64(uint32(group)), value)
}

// table is a set of pairs of a group and a value, by open addressing.
type table struct {
	places []pair
	size   int
}

// pair holds a group counted from 1, so that 0 is a free place.
type pair struct{ group, value uint64 }

func (t *table) add(group, value uint64) bool {
	if t.size*4 >= len(t.places)*3 {
		t.enlarge()
	}
	p := pair{group + 1, value}
	at := t.place(p)
	if t.places[at].group != 0 {
		return false
	}
	t.places[at] = p
	t.size++
	return true
}

func (t *table) place(p pair) int {
	mask := uint64(len(t.places) - 1)
	hash := (p.value ^ p.group*0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd
	hash ^= hash >> 32
	for at := hash & mask; ; at = (at + 1) & mask {
		if t.places[at].group == 0 || t.places[at] == p {
			return int(at)
		}
	}
}

func (t *table) enlarge() {
	old := t.places
	t.places = make([]pair, max(64, 2*len(old)))
	for _, p := range old {
		if p.group != 0 {
			t.places[t.place(p)] = p
		}
	}
}

// distinctCount counts different values.
type distinctCount struct {
	distinct
	counts []int64
}

func countDistinct(*Site) (Accumulator, error) { return &distinctCount{distinct: newDistinct()}, nil }

// Add counts what is new.
func (d *distinctCount) Add(_ *Call, args []*column.Column, members Members) {
	d.counts = grow(d.counts, members.Count)
	for k, group := range members.Groups {
		start, end := args[0].Span(members.Row(k))
		for at := start; at < end; at++ {
			if d.first(args[0], at, group) {
				d.counts[group]++
			}
		}
	}
}

// Result gives the counts.
func (d *distinctCount) Result(_ *Call, groups int) *column.Column {
	return column.OfInts(column.Long, grow(d.counts, groups))
}

// values collects different values, each group's in the order in which they came.
type values struct {
	distinct
	all    *column.Builder // one value a row
	groups [][]int32       // by group: rows of all
	kind   column.Type
}

func newValues(site *Site) (Accumulator, error) {
	kind := site.Type
	return &values{distinct: newDistinct(), all: column.NewBuilder(kind, 0), kind: kind}, nil
}

// Add keeps what is new.
func (v *values) Add(_ *Call, args []*column.Column, members Members) {
	v.groups = grow(v.groups, members.Count)
	for k, group := range members.Groups {
		start, end := args[0].Span(members.Row(k))
		for at := start; at < end; at++ {
			if v.first(args[0], at, group) {
				v.groups[group] = append(v.groups[group], int32(v.all.Rows()))
				v.all.AppendValue(args[0], at)
			}
		}
	}
}

// Result gives each group its values.
func (v *values) Result(_ *Call, groups int) *column.Column {
	v.groups = grow(v.groups, groups)
	all := v.all.Build()
	out := column.NewBuilder(v.kind, groups)
	for group := range groups {
		out.Begin()
		for _, row := range v.groups[group] {
			out.AppendValue(all, int(row))
		}
		out.End()
	}
	v.all = column.NewBuilder(v.kind, 0)
	for row := range all.Rows() {
		v.all.AppendRow(all, row)
	}
	return out.Build()
}

// firstRow keeps, for each group, the row that is first or last by a field. Of rows that are equal the earlier one
// stays.
type firstRow struct {
	sign  int
	nulls bool // a row without a value counts as well
	by    keeper
	rows  []rowKey
	kind  column.Type
}

// rowKey says where a kept value lies.
type rowKey struct {
	column *column.Column
	row    int32
}

func firstBy(sign int, nulls bool) func(*Site) (Accumulator, error) {
	return func(site *Site) (Accumulator, error) {
		by := column.Date
		if len(site.Args) > 1 {
			by = site.Args[1].Type
		}
		return &firstRow{sign: sign, nulls: nulls, by: newKeeper(by), kind: site.Type}, nil
	}
}

// Add compares by the last argument.
func (f *firstRow) Add(_ *Call, args []*column.Column, members Members) {
	f.by.grow(members.Count)
	f.rows = grow(f.rows, members.Count)
	field, by := args[0], args[len(args)-1]
	changed := map[int32]bool{}
	for k, group := range members.Groups {
		row := members.Row(k)
		start, end := by.Span(row)
		if start == end || !f.nulls && field.IsNull(row) {
			continue
		}
		at := start
		if end-start > 1 {
			at = bestOf(by, row, f.sign)
		}
		if !f.by.has[group] || f.sign*f.by.compare(by, at, group) > 0 {
			f.by.set(by, at, group)
			f.rows[group] = rowKey{field, int32(row)}
			changed[group] = true
		}
	}
	// Only the value is kept, not the batch that it lies in.
	for group := range changed {
		f.rows[group] = rowKey{field.Take([]int32{f.rows[group].row}), 0}
	}
}

// Result gives the values.
func (f *firstRow) Result(_ *Call, groups int) *column.Column {
	f.rows = grow(f.rows, groups)
	out := column.NewBuilder(f.kind, groups)
	for _, key := range f.rows[:groups] {
		switch {
		case key.column == nil:
			out.Null()
		case f.nulls:
			out.AppendRow(key.column, int(key.row))
		default:
			start, _ := key.column.Span(int(key.row))
			out.AppendValue(key.column, start)
		}
	}
	return out.Build()
}
