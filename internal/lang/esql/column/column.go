package column

// Column is one field of a batch of rows. It is immutable and safe for concurrent use.
//
// A position counts values, a row counts rows: [Column.Span] gives the positions of a row's values, and [Column.Int],
// [Column.Double] and [Column.Text] read the value at a position.
type Column struct {
	kind    Type
	rows    int
	ints    []int64
	doubles []float64
	texts   []string
	// nulls has a bit for each row without a value; nil when every row has one. It is not used with offsets.
	nulls []uint64
	// offsets says where the values of a row begin and the row before ends; nil when no row has several values. An empty
	// row is null.
	offsets []int32
	// repeated tells that the one row that is stored stands for all rows.
	repeated bool
}

// Type is the data type of the column's values.
func (c *Column) Type() Type { return c.kind }

// Rows is the number of rows.
func (c *Column) Rows() int { return c.rows }

// IsNull tells whether a row has no value.
func (c *Column) IsNull(row int) bool {
	if c.repeated {
		row = 0
	}
	if c.offsets != nil {
		return c.offsets[row] == c.offsets[row+1]
	}
	return c.nulls != nil && c.nulls[row>>6]&(1<<(row&63)) != 0
}

// Span gives the positions of a row's values: from start to before end. It is empty for a null.
func (c *Column) Span(row int) (start, end int) {
	if c.repeated {
		row = 0
	}
	if c.offsets != nil {
		return int(c.offsets[row]), int(c.offsets[row+1])
	}
	if c.nulls != nil && c.nulls[row>>6]&(1<<(row&63)) != 0 {
		return row, row
	}
	return row, row + 1
}

// Count is the number of values of a row.
func (c *Column) Count(row int) int {
	start, end := c.Span(row)
	return end - start
}

// Int reads the value at a position of a column whose type is stored in Ints.
func (c *Column) Int(position int) int64 { return c.ints[position] }

// Double reads the value at a position of a column of doubles.
func (c *Column) Double(position int) float64 { return c.doubles[position] }

// Text reads the value at a position of a column whose type is stored in Texts.
func (c *Column) Text(position int) string { return c.texts[position] }

// Bool reads the boolean at a position.
func (c *Column) Bool(position int) bool { return c.ints[position] != 0 }

// Float reads the number at a position, of any numeric type, as a fraction.
func (c *Column) Float(position int) float64 {
	switch c.kind {
	case Double:
		return c.doubles[position]
	case UnsignedLong:
		return float64(Unsigned(c.ints[position]))
	}
	return float64(c.ints[position])
}

// Simple gives the stored values for loops over columns in which every row has exactly one value: then position and row
// are the same. It is false when a row is null or has several values, or when one row stands for all.
func (c *Column) Simple() bool { return c.nulls == nil && c.offsets == nil && !c.repeated }

// Flat tells that no row has several values, and that position and row are the same: only nulls must be looked at.
func (c *Column) Flat() bool { return c.offsets == nil && !c.repeated }

// IsRepeated tells that one row, row 0, stands for all: the column of a constant.
func (c *Column) IsRepeated() bool { return c.repeated }

// IntValues are the stored values of a type stored in Ints, by position. The caller must not change them.
func (c *Column) IntValues() []int64 { return c.ints }

// DoubleValues are the stored values of a column of doubles, by position. The caller must not change them.
func (c *Column) DoubleValues() []float64 { return c.doubles }

// TextValues are the stored values of a type stored in Texts, by position. The caller must not change them.
func (c *Column) TextValues() []string { return c.texts }

// Repeat makes a column of which every row is a row of the given one.
func Repeat(c *Column, row, rows int) *Column {
	if c.repeated {
		row = 0
	}
	out := *c
	out.rows, out.repeated = rows, true
	if row > 0 {
		b := NewBuilder(c.kind, 1)
		b.AppendRow(c, row)
		out = *b.Build()
		out.rows, out.repeated = rows, true
	}
	return &out
}

// Nulls makes a column of nulls.
func Nulls(t Type, rows int) *Column {
	b := NewBuilder(t, 1)
	b.Null()
	return Repeat(b.Build(), 0, rows)
}

// As is the column under another type with the same Store, such as keyword for text.
func (c *Column) As(t Type) *Column {
	if t == c.kind {
		return c
	}
	out := *c
	out.kind = t
	return &out
}

// Take makes a column of some rows of this one, in the order given; a negative row stands for null.
func (c *Column) Take(rows []int32) *Column {
	if c.repeated && !anyNegative(rows) {
		return Repeat(c, 0, len(rows))
	}
	b := NewBuilder(c.kind, len(rows))
	if c.Simple() && b.takeSimple(c, rows) {
		return b.Build()
	}
	for _, row := range rows {
		if row < 0 {
			b.Null()
		} else {
			b.AppendRow(c, int(row))
		}
	}
	return b.Build()
}

func anyNegative(rows []int32) bool {
	for _, row := range rows {
		if row < 0 {
			return true
		}
	}
	return false
}

// Concat joins columns of one type, one below the other.
func Concat(t Type, parts ...*Column) *Column {
	if len(parts) == 1 {
		return parts[0]
	}
	n := 0
	for _, part := range parts {
		n += part.rows
	}
	b := NewBuilder(t, n)
	for _, part := range parts {
		for row := range part.rows {
			b.AppendRow(part, row)
		}
	}
	return b.Build()
}

// Materialize is the column with every row stored by itself, also when one stands for all.
func (c *Column) Materialize() *Column {
	if !c.repeated {
		return c
	}
	b := NewBuilder(c.kind, c.rows)
	for row := range c.rows {
		b.AppendRow(c, row)
	}
	return b.Build()
}
