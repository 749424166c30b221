package column

// Builder makes a column row by row. [Builder.Int], [Builder.Double], [Builder.Text] and [Builder.Null] each add a row;
// between [Builder.Begin] and [Builder.End] they add values to one row, and no value makes it null.
type Builder struct {
	column Column
	// positions is the number of values and, as long as no row has several, of rows.
	positions int
	open      bool
	begun     int
}

// NewBuilder makes a builder of a type; capacity is the number of rows to expect.
func NewBuilder(t Type, capacity int) *Builder {
	b := &Builder{column: Column{kind: t}}
	switch t.Store() {
	case Ints:
		b.column.ints = make([]int64, 0, capacity)
	case Doubles:
		b.column.doubles = make([]float64, 0, capacity)
	case Texts:
		b.column.texts = make([]string, 0, capacity)
	}
	return b
}

// Type is the type of the column that is built.
func (b *Builder) Type() Type { return b.column.kind }

// Int adds a value of a type stored in Ints.
func (b *Builder) Int(v int64) {
	b.column.ints = append(b.column.ints, v)
	b.added()
}

// Bool adds a boolean.
func (b *Builder) Bool(v bool) { b.Int(OfBool(v)) }

// Double adds a fraction.
func (b *Builder) Double(v float64) {
	b.column.doubles = append(b.column.doubles, v)
	b.added()
}

// Text adds a value of a type stored in Texts.
func (b *Builder) Text(v string) {
	b.column.texts = append(b.column.texts, v)
	b.added()
}

func (b *Builder) added() {
	b.positions++
	if !b.open {
		b.column.rows++
		if b.column.offsets != nil {
			b.column.offsets = append(b.column.offsets, int32(b.positions))
		}
	}
}

// Null adds a row without a value; within Begin and End it adds nothing.
func (b *Builder) Null() {
	switch {
	case b.open:
		return
	case b.column.offsets != nil:
		b.column.rows++
		b.column.offsets = append(b.column.offsets, int32(b.positions))
		return
	}
	row := b.column.rows
	for len(b.column.nulls) <= row>>6 {
		b.column.nulls = append(b.column.nulls, 0)
	}
	b.column.nulls[row>>6] |= 1 << (row & 63)
	b.pad()
	b.column.rows++
}

// pad adds the value that stands at the position of a null.
func (b *Builder) pad() {
	b.positions++
	switch b.column.kind.Store() {
	case Ints:
		b.column.ints = append(b.column.ints, 0)
	case Doubles:
		b.column.doubles = append(b.column.doubles, 0)
	case Texts:
		b.column.texts = append(b.column.texts, "")
	}
}

// Begin starts a row of any number of values.
func (b *Builder) Begin() { b.open, b.begun = true, b.positions }

// End closes the row that Begin started.
func (b *Builder) End() {
	b.open = false
	switch n := b.positions - b.begun; {
	case b.column.offsets != nil:
		b.column.rows++
		b.column.offsets = append(b.column.offsets, int32(b.positions))
	case n == 0:
		b.Null()
	case n == 1:
		b.column.rows++
	default:
		b.spread()
		b.column.rows++
		b.column.offsets = append(b.column.offsets, int32(b.positions))
	}
}

// spread gives the rows before the open one their offsets, and takes the padding of nulls out.
func (b *Builder) spread() {
	c := &b.column
	c.offsets = make([]int32, 1, max(cap(c.ints), cap(c.doubles), cap(c.texts))+1)
	kept := 0
	for row := range c.rows {
		if c.nulls == nil || row>>6 >= len(c.nulls) || c.nulls[row>>6]&(1<<(row&63)) == 0 {
			b.move(kept, row)
			kept++
		}
		c.offsets = append(c.offsets, int32(kept))
	}
	for position := c.rows; position < b.positions; position++ {
		b.move(kept, position)
		kept++
	}
	b.positions, c.nulls = kept, nil
	switch c.kind.Store() {
	case Ints:
		c.ints = c.ints[:kept]
	case Doubles:
		c.doubles = c.doubles[:kept]
	case Texts:
		c.texts = c.texts[:kept]
	}
}

func (b *Builder) move(to, from int) {
	switch c := &b.column; c.kind.Store() {
	case Ints:
		c.ints[to] = c.ints[from]
	case Doubles:
		c.doubles[to] = c.doubles[from]
	case Texts:
		c.texts[to] = c.texts[from]
	}
}

// AppendValue adds the value at a position of a column of the same Store.
func (b *Builder) AppendValue(c *Column, position int) {
	switch b.column.kind.Store() {
	case Ints:
		b.Int(c.ints[position])
	case Doubles:
		b.Double(c.doubles[position])
	case Texts:
		b.Text(c.texts[position])
	}
}

// AppendRow adds a row of a column of the same Store, with all its values. A row of the type null may be added to any
// column.
func (b *Builder) AppendRow(c *Column, row int) {
	start, end := c.Span(row)
	switch {
	case start == end:
		b.Null()
	case end == start+1:
		b.AppendValue(c, start)
	default:
		b.Begin()
		for position := start; position < end; position++ {
			b.AppendValue(c, position)
		}
		b.End()
	}
}

// takeSimple adds rows of a column in which every row has exactly one value, and tells whether it could: not when a row
// is negative.
func (b *Builder) takeSimple(c *Column, rows []int32) bool {
	if anyNegative(rows) {
		return false
	}
	switch c.kind.Store() {
	case Ints:
		for _, row := range rows {
			b.column.ints = append(b.column.ints, c.ints[row])
		}
	case Doubles:
		for _, row := range rows {
			b.column.doubles = append(b.column.doubles, c.doubles[row])
		}
	case Texts:
		for _, row := range rows {
			b.column.texts = append(b.column.texts, c.texts[row])
		}
	}
	b.column.rows, b.positions = len(rows), len(rows)
	return true
}

// Rows is the number of rows added so far.
func (b *Builder) Rows() int { return b.column.rows }

// Build gives the column. The builder must not be used afterwards.
func (b *Builder) Build() *Column {
	c := b.column
	if c.nulls != nil {
		for len(c.nulls) <= c.rows>>6 {
			c.nulls = append(c.nulls, 0)
		}
	}
	return &c
}

// OfInts makes a column of which every row has one value.
func OfInts(t Type, values []int64) *Column { return &Column{kind: t, rows: len(values), ints: values} }

// OfDoubles makes a column of fractions of which every row has one value.
func OfDoubles(values []float64) *Column {
	return &Column{kind: Double, rows: len(values), doubles: values}
}

// OfTexts makes a column of which every row has one value.
func OfTexts(t Type, values []string) *Column {
	return &Column{kind: t, rows: len(values), texts: values}
}
