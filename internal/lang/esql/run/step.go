package run

import (
	"cmp"
	"slices"

	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// compile makes the operators of some steps. Each counts the rows that leave it.
func (p *Program) compile(steps []esql.Step) []stage {
	stages := make([]stage, 0, len(steps))
	for _, step := range steps {
		stages = append(stages, traced(step, p.step(step)))
	}
	return stages
}

func (p *Program) step(step esql.Step) stage {
	switch step := step.(type) {
	case *esql.Load:
		return p.load(step)
	case *esql.Rows:
		return p.rows()
	case *esql.Filter:
		return p.filter(step)
	case *esql.Compute:
		return p.compute(step)
	case *esql.Arrange:
		return p.arrange(step)
	case *esql.Cut:
		return p.cut(step)
	case *esql.Aggregate:
		return p.aggregate(step)
	case *esql.Expand:
		return func(r *run, next sink) sink { return &expander{r, step, next} }
	case *esql.TakeApart:
		return p.takeApart(step)
	case *esql.Parts:
		return p.parts(step)
	case *esql.Join:
		return p.join(step)
	case *esql.Distinct:
		return p.distinct(step)
	case *esql.Union:
		return p.union(step)
	case *esql.Supplied:
		return p.supplied(step)
	}
	return func(_ *run, next sink) sink { return next }
}

// mapping is an operator that makes one batch of one.
type mapping struct {
	next sink
	one  func(b *column.Batch) *column.Batch
}

func (m *mapping) push(b *column.Batch) bool { return m.next.push(m.one(b)) }

func (m *mapping) finish() { m.next.finish() }

// withRun is an operator that makes one batch of one.
func withRun(one func(r *run, b *column.Batch) *column.Batch) stage {
	return func(r *run, next sink) sink {
		return &mapping{next, func(b *column.Batch) *column.Batch { return one(r, b) }}
	}
}

// filter keeps the rows for which every one of the conditions joined by AND is true, one after the other.
func (p *Program) filter(step *esql.Filter) stage {
	var conditions []evaluator
	var needs [][]int
	parts := conjuncts(step.Condition)
	for i, part := range parts {
		conditions = append(conditions, p.value(part))
		live := slices.Clone(step.Live())
		for _, later := range parts[i+1:] {
			live = append(live, esql.SlotsOf(later)...)
		}
		slices.Sort(live)
		needs = append(needs, slices.Compact(live))
	}
	return withRun(func(r *run, b *column.Batch) *column.Batch {
		for i, condition := range conditions {
			if b.Rows == 0 {
				break
			}
			b = keepTrue(b, condition(r, b), needs[i])
		}
		return b
	})
}

// conjuncts are the conditions that AND joins; a condition by itself otherwise.
func conjuncts(v esql.Value) []esql.Value {
	if j, ok := v.(*esql.Junction); ok && !j.Or {
		return j.Operands
	}
	return []esql.Value{v}
}

// keepTrue makes a batch of the rows for which a boolean column is true; several values are not.
func keepTrue(b *column.Batch, truth *column.Column, live []int) *column.Batch {
	rows := make([]int32, 0, b.Rows)
	if truth.Type() == column.Boolean {
		for row := range b.Rows {
			if start, end := truth.Span(row); end == start+1 && truth.Bool(start) {
				rows = append(rows, int32(row))
			}
		}
	}
	if len(rows) == b.Rows {
		return b
	}
	return take(b, rows, live)
}

func (p *Program) compute(step *esql.Compute) stage {
	value := p.value(step.Value)
	return withRun(func(r *run, b *column.Batch) *column.Batch { return with(b, step.Slot, value(r, b)) })
}

func (p *Program) supplied(step *esql.Supplied) stage {
	return withRun(func(r *run, b *column.Batch) *column.Batch {
		for _, out := range step.Outputs {
			c := column.Nulls(out.Type, b.Rows)
			if text, ok := r.input.Supplied[out.Name]; ok {
				builder := column.NewBuilder(out.Type, 1)
				if column.ReadText(builder, text) {
					c = column.Repeat(builder.Build(), 0, b.Rows)
				}
			}
			b = with(b, out.Slot, c)
		}
		return b
	})
}

// arranger sorts all rows.
type arranger struct {
	collector
	run    *run
	step   *esql.Arrange
	values []evaluator
	next   sink
}

func (p *Program) arrange(step *esql.Arrange) stage {
	var values []evaluator
	for _, k := range step.Keys {
		values = append(values, p.value(k.Value))
	}
	return func(r *run, next sink) sink {
		return &arranger{collector{width: p.Plan.Slots}, r, step, values, next}
	}
}

func (a *arranger) finish() {
	b := a.batch()
	keys := make([]*column.Column, len(a.values))
	for i, value := range a.values {
		keys[i] = value(a.run, b)
	}
	rows := make([]int32, b.Rows)
	for i := range rows {
		rows[i] = int32(i)
	}
	slices.SortStableFunc(rows, func(x, y int32) int {
		for i, k := range a.step.Keys {
			if order := compareRows(keys[i], int(x), int(y), k); order != 0 {
				return order
			}
		}
		return 0
	})
	a.next.push(take(b, rows, a.step.Live()))
	a.next.finish()
}

// compareRows orders two rows by a key: several values by the least when ascending, by the greatest when descending.
func compareRows(c *column.Column, x, y int, k esql.SortKey) int {
	xNull, yNull := c.IsNull(x), c.IsNull(y)
	if xNull || yNull {
		order := cmp.Compare(column.OfBool(xNull), column.OfBool(yNull))
		if k.NullsFirst {
			return -order
		}
		return order
	}
	order := column.Compare(c, extreme(c, x, k.Descending), c, extreme(c, y, k.Descending))
	if k.Descending {
		return -order
	}
	return order
}

// extreme is the position of a row's least or greatest value.
func extreme(c *column.Column, row int, greatest bool) int {
	best, end := c.Span(row)
	for position := best + 1; position < end; position++ {
		if order := column.Compare(c, position, c, best); order < 0 && !greatest || order > 0 && greatest {
			best = position
		}
	}
	return best
}

// cutter keeps the first rows.
type cutter struct {
	run  *run
	step *esql.Cut
	by   []evaluator
	next sink
	left int
	// seen counts rows by key.
	seen map[string]int
}

func (p *Program) cut(step *esql.Cut) stage {
	var by []evaluator
	for _, v := range step.By {
		by = append(by, p.value(v))
	}
	return func(r *run, next sink) sink {
		return &cutter{run: r, step: step, by: by, next: next, left: step.Count, seen: map[string]int{}}
	}
}

func (c *cutter) push(b *column.Batch) bool {
	if len(c.by) > 0 {
		return c.next.push(c.byKey(b))
	}
	if b.Rows > c.left {
		rows := make([]int32, c.left)
		for i := range rows {
			rows[i] = int32(i)
		}
		if c.step.Command() == nil {
			c.run.warnings.Add("No limit defined, adding default limit of [1000]")
		}
		b = take(b, rows, c.step.Live())
	}
	c.left -= b.Rows
	return c.next.push(b) && c.left > 0
}

func (c *cutter) byKey(b *column.Batch) *column.Batch {
	columns := make([]*column.Column, len(c.by))
	for i, value := range c.by {
		columns[i] = value(c.run, b)
	}
	var rows []int32
	var key []byte
	for row := range b.Rows {
		key = rowKey(key[:0], columns, row)
		if c.seen[string(key)] < c.step.Count {
			c.seen[string(key)]++
			rows = append(rows, int32(row))
		}
	}
	return take(b, rows, c.step.Live())
}

func (c *cutter) finish() { c.next.finish() }

// rowKey codes all values of a row.
func rowKey(key []byte, columns []*column.Column, row int) []byte {
	for _, c := range columns {
		start, end := c.Span(row)
		key = append(key, byte(min(end-start, 255)))
		for position := start; position < end; position++ {
			key = c.AppendKey(key, position)
		}
	}
	return key
}

// distinct drops rows that were there before.
func (p *Program) distinct(step *esql.Distinct) stage {
	return func(r *run, next sink) sink {
		seen := map[string]bool{}
		return &mapping{next, func(b *column.Batch) *column.Batch {
			columns := make([]*column.Column, len(step.Slots))
			for i, slot := range step.Slots {
				columns[i] = r.slot(b, slot, column.Null)
			}
			var rows []int32
			var key []byte
			for row := range b.Rows {
				key = rowKey(key[:0], columns, row)
				if !seen[string(key)] {
					seen[string(key)] = true
					rows = append(rows, int32(row))
				}
			}
			return take(b, rows, step.Live())
		}}
	}
}

// expander makes a row of each value; a row without one stays. It hands the rows on in batches, for a LIMIT may need few of many.
type expander struct {
	run  *run
	step *esql.Expand
	next sink
}

func (e *expander) push(b *column.Batch) bool {
	c := e.run.slot(b, e.step.From, column.Null)
	var rows, positions []int32
	more := true
	hand := func() {
		more = e.next.push(e.batch(b, c, rows, positions))
		rows, positions = rows[:0], positions[:0]
	}
	add := func(row, position int) {
		if rows, positions = append(rows, int32(row)), append(positions, int32(position)); len(rows) == batchRows {
			hand()
		}
	}
	for row := 0; more && row < b.Rows; row++ {
		start, end := c.Span(row)
		if start == end {
			add(row, -1)
		}
		for position := start; more && position < end; position++ {
			add(row, position)
		}
	}
	if more && len(rows) > 0 {
		hand()
	}
	return more
}

// batch has a row for each value at a position; -1 is null.
func (e *expander) batch(b *column.Batch, c *column.Column, rows, positions []int32) *column.Batch {
	values := column.NewBuilder(c.Type(), len(rows))
	for _, position := range positions {
		if position < 0 {
			values.Null()
		} else {
			values.AppendValue(c, int(position))
		}
	}
	out := take(b, slices.Clone(rows), e.step.Live())
	out.Columns[e.step.To] = values.Build()
	return out
}

func (e *expander) finish() { e.next.finish() }

// uniter runs branches over the same rows, or reads several sources, one after the other.
type uniter struct {
	collector
	run      *run
	step     *esql.Union
	branches [][]stage
	next     sink
}

func (p *Program) union(step *esql.Union) stage {
	var branches [][]stage
	for _, b := range step.Branches {
		branches = append(branches, p.compile(b.Steps))
	}
	return func(r *run, next sink) sink {
		return &uniter{collector{width: p.Plan.Slots}, r, step, branches, next}
	}
}

func (u *uniter) finish() {
	more := true
	for i, stages := range u.branches {
		out := &collector{width: u.width}
		first := u.run.chain(stages, out)
		for _, b := range u.parts {
			first.push(b)
		}
		first.finish()
		if more && len(out.parts) > 0 {
			more = u.next.push(u.renamed(out.batch(), u.step.Branches[i].From))
		}
	}
	u.next.finish()
}

// renamed puts the columns of a branch into the slots of the union.
func (u *uniter) renamed(b *column.Batch, from []int) *column.Batch {
	out := &column.Batch{Rows: b.Rows, Docs: b.Docs, Columns: make([]*column.Column, len(b.Columns))}
	for k, slot := range from {
		values := column.Nulls(u.step.Output[k].Type, b.Rows)
		if slot >= 0 {
			values = u.run.slot(b, slot, u.step.Output[k].Type)
		}
		out.Columns[u.step.Output[k].Slot] = values
	}
	return out
}
