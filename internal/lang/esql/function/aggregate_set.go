package function

import (
	"math"
	"math/bits"

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
	return d.seen.add(uint64(uint32(group)), d.word(c, at))
}

// word stands for a value: a text by its number.
func (d *distinct) word(c *column.Column, at int) uint64 {
	if c.Type().Store() == column.Texts {
		return uint64(d.numbers.Text(c.Text(at)))
	}
	return wordOf(c, at)
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

// distinctCount counts different values: one by one up to a precision, and by a sketch in groups that have more, as
// Elasticsearch does with HyperLogLog++.
type distinctCount struct {
	distinct
	kind      column.Type
	counts    []int64
	sketches  []*sketch // by group; nil for those that have not reached the precision
	precision uint8     // of a sketch, in bits
}

// defaultPrecision is that of Elasticsearch, and maxPrecision the most that it takes.
const (
	defaultPrecision = 3000
	maxPrecision     = 40_000
)

func countDistinct(site *Site) (Accumulator, error) {
	threshold := float64(defaultPrecision)
	if n, ok := constantNumberOf(site, 1); ok {
		threshold = min(max(n, 0), maxPrecision)
	}
	d := &distinctCount{distinct: newDistinct()}
	if len(site.Args) > 0 {
		d.kind = site.Args[0].Type
	}
	// A sketch is as large as a table that holds so many values of 4 bytes and is filled to three quarters (Elasticsearch).
	d.precision = uint8(min(max(bits.Len64(4*uint64(math.Ceil(threshold/0.75))), 4), 18))
	return d, nil
}

// exact is the number of values up to which a group is counted one by one.
func (d *distinctCount) exact() int64 { return 3 << d.precision / 16 }

// Add counts what is new.
func (d *distinctCount) Add(_ *Call, args []*column.Column, members Members) {
	d.counts, d.sketches = grow(d.counts, members.Count), grow(d.sketches, members.Count)
	c, exact, crossed := args[0], d.exact(), false
	for k, group := range members.Groups {
		start, end := c.Span(members.Row(k))
		for at := start; at < end; at++ {
			if s := d.sketches[group]; s != nil {
				s.add(hashOf(c, at))
				continue
			}
			if d.first(c, at, group) {
				d.counts[group]++
				crossed = crossed || d.counts[group] > exact
			}
		}
	}
	if crossed {
		d.estimate()
	}
}

// estimate goes over to a sketch in the groups that have reached the precision. What a sketch has seen already changes nothing.
func (d *distinctCount) estimate() {
	for group, count := range d.counts {
		if count > d.exact() && d.sketches[group] == nil {
			d.sketches[group] = newSketch(d.precision)
		}
	}
	for _, p := range d.seen.places {
		if p.group == 0 || d.sketches[p.group-1] == nil {
			continue
		}
		if d.kind.Store() == column.Texts {
			d.sketches[p.group-1].add(textHash(d.numbers.TextOf(int32(p.value))))
		} else {
			d.sketches[p.group-1].add(scatter(p.value))
		}
	}
}

// Result gives the counts.
func (d *distinctCount) Result(_ *Call, groups int) *column.Column {
	d.counts, d.sketches = grow(d.counts, groups), grow(d.sketches, groups)
	for group, s := range d.sketches {
		if s != nil {
			d.counts[group] = s.estimate()
		}
	}
	return column.OfInts(column.Long, d.counts)
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
