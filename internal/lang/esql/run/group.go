package run

import (
	"slices"

	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/function"
)

// aggregate compiles STATS and INLINE STATS.
func (p *Program) aggregate(step *esql.Aggregate) stage {
	var keys []evaluator
	for _, k := range step.Keys {
		keys = append(keys, p.value(k.Value))
	}
	var calls []aggregateCall
	for _, a := range step.Aggregates {
		call := aggregateCall{AggregateCall: a}
		p.sites = append(p.sites, site{a.Of, a.Type})
		call.site = len(p.sites) - 1
		for _, arg := range a.Args {
			call.args = append(call.args, p.value(arg))
		}
		if a.Where != nil {
			call.where = p.value(a.Where)
		}
		calls = append(calls, call)
	}
	return func(r *run, next sink) sink {
		g := &grouper{run: r, step: step, keys: keys, calls: calls, next: next, table: newGroupTable(step.Keys)}
		for _, c := range calls {
			// The checker compiled it once, so it cannot fail.
			state, _ := c.Function.Aggregate(c.Site)
			g.states = append(g.states, state)
		}
		return g
	}
}

type aggregateCall struct {
	esql.AggregateCall
	site  int
	args  []evaluator
	where evaluator
}

// grouper puts rows into groups and feeds the aggregates. INLINE STATS keeps the rows with their groups.
type grouper struct {
	run    *run
	step   *esql.Aggregate
	keys   []evaluator
	calls  []aggregateCall
	states []function.Accumulator
	next   sink
	table  *groupTable
	kept   []keptBatch
}

type keptBatch struct {
	batch   *column.Batch
	keys    []*column.Column
	members function.Members
}

func (g *grouper) push(b *column.Batch) bool {
	keys := make([]*column.Column, len(g.keys))
	for i, key := range g.keys {
		keys[i] = key(g.run, b)
	}
	members := g.table.assign(keys, b.Rows)
	for i, c := range g.calls {
		args := make([]*column.Column, len(c.args))
		for k, arg := range c.args {
			args[k] = arg(g.run, b)
		}
		of := members
		if c.where != nil {
			of = chosen(members, c.where(g.run, b))
		}
		g.states[i].Add(g.run.calls[c.site], args, of)
	}
	if g.step.Inline {
		g.kept = append(g.kept, keptBatch{b, keys, members})
	}
	return true
}

// chosen leaves those members whose rows satisfy the condition of an aggregate.
func chosen(m function.Members, truth *column.Column) function.Members {
	out := function.Members{Rows: []int32{}, Count: m.Count}
	if truth.Type() != column.Boolean {
		return out
	}
	for k, group := range m.Groups {
		row := m.Row(k)
		if start, end := truth.Span(row); end == start+1 && truth.Bool(start) {
			out.Rows, out.Groups = append(out.Rows, int32(row)), append(out.Groups, group)
		}
	}
	return out
}

func (g *grouper) finish() {
	groups := g.table.count()
	results := make([]*column.Column, len(g.states))
	for i, state := range g.states {
		results[i] = state.Result(g.run.calls[g.calls[i].site], groups)
	}
	if g.step.Inline {
		g.spread(results)
		g.next.finish()
		return
	}
	out := &column.Batch{Rows: groups, Columns: make([]*column.Column, g.run.program.Plan.Slots)}
	for i, a := range g.step.Aggregates {
		out.Columns[a.Slot] = results[i]
	}
	for i, k := range g.step.Keys {
		out.Columns[k.Slot] = g.table.values[i].Build()
	}
	if groups > 0 {
		g.next.push(out)
	}
	g.next.finish()
}

// spread gives each row what its group has; a row of several groups has the values of all.
func (g *grouper) spread(results []*column.Column) {
	for _, kept := range g.kept {
		b := *kept.batch
		b.Columns = slices.Clone(b.Columns)
		for i, a := range g.step.Aggregates {
			b.Columns[a.Slot] = spreadColumn(results[i], kept.members, b.Rows)
		}
		for i, k := range g.step.Keys {
			b.Columns[k.Slot] = kept.keys[i]
		}
		if !g.next.push(&b) {
			return
		}
	}
}

func spreadColumn(result *column.Column, m function.Members, rows int) *column.Column {
	if m.Rows == nil {
		return result.Take(m.Groups)
	}
	out := column.NewBuilder(result.Type(), rows)
	k := 0
	for row := range rows {
		out.Begin()
		for ; k < len(m.Groups) && m.Row(k) == row; k++ {
			start, end := result.Span(int(m.Groups[k]))
			for position := start; position < end; position++ {
				out.AppendValue(result, position)
			}
		}
		out.End()
	}
	return out.Build()
}

// groupTable numbers the combinations of keys in the order in which they come. A null key is a key as any other; a row
// whose key has several values is in the group of each, and two such keys give every combination.
//
// Each key numbers its own values; a combination is folded from the left: the number of the keys so far and that of the next
// key make a pair, which is numbered in its turn.
type groupTable struct {
	keys   []*column.Dictionary // the values of each key
	pairs  []*column.Dictionary // for each key but the first: the combinations up to it
	values []*column.Builder    // by key: the value of each group
	size   int
}

func newGroupTable(keys []esql.Assignment) *groupTable {
	t := &groupTable{}
	for i, k := range keys {
		t.keys, t.values = append(t.keys, column.NewDictionary()), append(t.values, column.NewBuilder(k.Type, 64))
		if i > 0 {
			t.pairs = append(t.pairs, column.NewDictionary())
		}
	}
	return t
}

// count is the number of groups: without keys there is always one.
func (t *groupTable) count() int {
	if len(t.keys) == 0 {
		return 1
	}
	return t.size
}

func (t *groupTable) assign(keys []*column.Column, rows int) function.Members {
	groups := make([]int32, rows, max(rows, 1))
	if len(t.keys) == 0 {
		return function.Members{Groups: groups, Count: 1}
	}
	if slices.ContainsFunc(keys, hasSeveral) {
		return t.assignSeveral(keys, rows)
	}
	for i, c := range keys {
		t.fold(i, c, groups)
	}
	at := make([]int, len(keys))
	for row, group := range groups {
		if int(group) < t.size {
			continue
		}
		for i, c := range keys {
			at[i] = only(c, row)
		}
		t.enter(keys, at)
	}
	return function.Members{Groups: groups, Count: t.size}
}

// hasSeveral tells whether some row may have several values.
func hasSeveral(c *column.Column) bool {
	if c.IsRepeated() {
		return c.Rows() > 0 && c.Count(0) > 1
	}
	return !c.Flat()
}

// only is the position of a row's value, of which it has one at most; -1 for null.
func only(c *column.Column, row int) int {
	if start, end := c.Span(row); start < end {
		return start
	}
	return -1
}

// fold takes a key into the numbers of the combinations so far.
func (t *groupTable) fold(i int, c *column.Column, groups []int32) {
	if c.IsRepeated() && len(groups) > 0 {
		number := t.number(i, c, only(c, 0))
		for row, group := range groups {
			groups[row] = t.pair(i, group, number)
		}
		return
	}
	for row, group := range groups {
		groups[row] = t.pair(i, group, t.number(i, c, only(c, row)))
	}
}

// number is the number of a key's value at a position, -1 standing for null.
func (t *groupTable) number(i int, c *column.Column, at int) int32 {
	if at < 0 {
		return t.keys[i].Null()
	}
	return t.keys[i].Number(c, at)
}

// pair is the number of a combination of the keys before i, and a value of key i.
func (t *groupTable) pair(i int, before, number int32) int32 {
	if i == 0 {
		return number
	}
	return t.pairs[i-1].Pair(before, number)
}

// enter keeps the values of a group that is new.
func (t *groupTable) enter(keys []*column.Column, at []int) {
	t.size++
	for i, c := range keys {
		if at[i] < 0 {
			t.values[i].Null()
		} else {
			t.values[i].AppendValue(c, at[i])
		}
	}
}

// assignSeveral assigns rows of which some have keys of several values.
func (t *groupTable) assignSeveral(keys []*column.Column, rows int) function.Members {
	m := function.Members{Rows: []int32{}}
	at := make([]int, len(keys))
	var each func(row, i int, before int32)
	each = func(row, i int, before int32) {
		if i == len(keys) {
			if int(before) >= t.size {
				t.enter(keys, at)
			}
			m.Rows, m.Groups = append(m.Rows, int32(row)), append(m.Groups, before)
			return
		}
		take := func(position int) {
			at[i] = position
			each(row, i+1, t.pair(i, before, t.number(i, keys[i], position)))
		}
		start, end := keys[i].Span(row)
		if start == end {
			take(-1)
		}
		for position := start; position < end; position++ {
			if !repeats(keys[i], start, position) {
				take(position)
			}
		}
	}
	for row := range rows {
		each(row, 0, 0)
	}
	m.Count = t.size
	return m
}

// repeats tells whether a value of a row stood in it before.
func repeats(c *column.Column, start, position int) bool {
	for before := start; before < position; before++ {
		if column.Compare(c, before, c, position) == 0 {
			return true
		}
	}
	return false
}
