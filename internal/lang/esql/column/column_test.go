package column

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// rowsOf reads a column of longs back.
func rowsOf(c *Column) [][]int64 {
	rows := make([][]int64, c.Rows())
	for row := range rows {
		start, end := c.Span(row)
		for position := start; position < end; position++ {
			rows[row] = append(rows[row], c.Int(position))
		}
		if c.IsNull(row) != (start == end) {
			panic("IsNull and Span disagree")
		}
	}
	return rows
}

func build(rows [][]int64) *Column {
	b := NewBuilder(Long, 0)
	for _, row := range rows {
		switch len(row) {
		case 0:
			b.Null()
		case 1:
			b.Int(row[0])
		default:
			b.Begin()
			for _, v := range row {
				b.Int(v)
			}
			b.End()
		}
	}
	return b.Build()
}

func TestBuilderKeepsRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOf(rapid.SliceOfN(rapid.Int64(), 0, 3)).Draw(t, "rows")
		want := make([][]int64, len(rows))
		for i, row := range rows {
			want[i] = append(want[i], row...)
		}
		c := build(rows)
		if diff := cmp.Diff(want, rowsOf(c)); diff != "" {
			t.Fatal(diff)
		}
		if c.Simple() {
			if diff := cmp.Diff(len(rows), len(c.IntValues())); diff != "" {
				t.Fatal(diff)
			}
		}
		var order []int32
		var taken [][]int64
		for _, i := range rapid.SliceOf(rapid.IntRange(-1, len(rows)-1)).Draw(t, "order") {
			order = append(order, int32(i))
			if i < 0 {
				taken = append(taken, nil)
			} else {
				taken = append(taken, want[i])
			}
		}
		if diff := cmp.Diff(len(taken), c.Take(order).Rows()); diff != "" {
			t.Fatal(diff)
		}
		for i, row := range rowsOf(c.Take(order)) {
			if diff := cmp.Diff(taken[i], row); diff != "" {
				t.Fatal(diff)
			}
		}
		if diff := cmp.Diff(append(append([][]int64{}, want...), want...), rowsOf(Concat(Long, c, c)), cmp.Transformer("empty", func(in []int64) string { return cmp.Diff([]int64(nil), in) })); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestRepeat(t *testing.T) {
	c := Repeat(build([][]int64{{1}, {2, 3}, nil}), 1, 3)
	if diff := cmp.Diff([][]int64{{2, 3}, {2, 3}, {2, 3}}, rowsOf(c)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]int64{nil, nil}, rowsOf(Nulls(Long, 2))); diff != "" {
		t.Error(diff)
	}
}

func TestCodings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Uint64().Draw(t, "a"), rapid.Uint64().Draw(t, "b")
		if Unsigned(OfUnsigned(a)) != a || (a < b) != (OfUnsigned(a) < OfUnsigned(b)) {
			t.Fatal("unsigned")
		}
		m, d := int(rapid.Int32().Draw(t, "m")), int(rapid.Int32().Draw(t, "d"))
		if months, days := Period(OfPeriod(m, d)); months != m || days != d {
			t.Fatal("period")
		}
		x, y := rapid.Float64().Draw(t, "x"), rapid.Float64().Draw(t, "y")
		if p, q := Point(OfPoint(x, y)); p != x || q != y {
			t.Fatal("point")
		}
	})
}

func TestRender(t *testing.T) {
	for _, c := range []struct {
		column *Column
		want   string
	}{
		{OfDoubles([]float64{1}), "1.0"}, {OfDoubles([]float64{1e7}), "1.0E7"}, {OfDoubles([]float64{9999999.5}), "9999999.5"},
		{OfDoubles([]float64{0.001}), "0.001"}, {OfDoubles([]float64{0.0001}), "1.0E-4"}, {OfDoubles([]float64{-123456789.5}), "-1.234567895E8"}, {OfDoubles([]float64{0}), "0.0"},
		{OfInts(UnsignedLong, []int64{OfUnsigned(1<<64 - 1)}), "18446744073709551615"},
		{OfInts(Date, []int64{1767225600001}), "2026-01-01T00:00:00.001Z"}, {OfInts(DateNanos, []int64{1767225600000000001}), "2026-01-01T00:00:00.000000001Z"},
		{OfInts(Boolean, []int64{1}), "true"}, {OfTexts(IP, []string{"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x0a\x00\x00\x01"}), "10.0.0.1"},
		{OfTexts(GeoPoint, []string{OfPoint(1, -2.5)}), "POINT (1.0 -2.5)"},
		{OfInts(DatePeriod, []int64{OfPeriod(14, -3)}), "P1Y2M-3D"}, {OfInts(TimeDuration, []int64{3_661_500}), "PT1H1M1.5S"}, {OfInts(TimeDuration, []int64{0}), "PT0S"},
	} {
		if got := c.column.Render(0); got != c.want {
			t.Errorf("%v: %s, want %s", c.column.Type(), got, c.want)
		}
	}
}

func TestTypes(t *testing.T) {
	for name, want := range map[string]Type{"date": Date, "datetime": Date, "string": Keyword, "int": Integer, "_source": Source, "ul": UnsignedLong} {
		if got, ok := Parse(name); !ok || got != want {
			t.Errorf("%s is %v", name, got)
		}
	}
	if _, ok := Parse("dat"); ok {
		t.Error("dat is a type")
	}
}

// Versions: languages.md 3.5, item 36. Addresses: item 35.
func TestCompare(t *testing.T) {
	versions := OfTexts(Version, []string{"1", "1.2.3.4", "1.11.0", "2.1", "5.2.9-SNAPSHOT", "5.2.9", "bad"})
	for i := range versions.Rows() {
		for k := range versions.Rows() {
			if got := Compare(versions, i, versions, k); got < 0 != (i < k) || got > 0 != (i > k) {
				t.Errorf("%s and %s: %d", versions.Text(i), versions.Text(k), got)
			}
		}
	}
}
