package function

import (
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

func aggregateFunctions() []*Function {
	aggregate := func(name, doc string, returns func([]column.Type) column.Type, compile func(*Site) (Accumulator, error), params ...Param) *Function {
		return &Function{Name: name, Kind: Aggregate, Family: "Aggregation", Doc: doc, Params: params, Returns: returns, Aggregate: compile}
	}
	field := anyParam("field")
	number := Param{Name: "number", Types: Signed, Expected: "numeric except unsigned_long or counter types"}
	ordered := Param{Name: "field", Types: Representable &^ Shapes, Expected: "representable except unsigned_long and spatial types"}
	double, like := Gives(column.Double), func(args []column.Type) column.Type { return either(args[:1]) }
	return []*Function{
		aggregate("ABSENT", "Whether a field has no value at all.", Gives(column.Boolean), present(false), field),
		aggregate("ALL_FIRST", "The values, or the null, of the row that is first by another field.", like, firstBy(-1, true), field, sortParam()),
		aggregate("ALL_LAST", "The values, or the null, of the row that is last by another field.", like, firstBy(1, true), field, sortParam()),
		aggregate("AVG", "The average of all values.", double, newMean, number),
		aggregate("COUNT", "The number of values; of rows, when written COUNT(*) or COUNT().", Gives(column.Long),
			func(*Site) (Accumulator, error) { return &counter{}, nil }, Param{Name: "field", Types: Any, Expected: "any type", Optional: true}),
		aggregate("COUNT_DISTINCT", "The number of different values. Above a precision, 3000 without one, it is an estimate.", Gives(column.Long), countDistinct,
			Param{Name: "field", Types: Representable &^ Shapes, Expected: "any exact type except unsigned_long, _source, or counter types"}, optional(constantParam(Param{Name: "precision", Types: Numbers, Expected: "whole number except unsigned_long or counter types"}))),
		{
			Name: "EARLIEST", Kind: Aggregate, Family: "Aggregation", Doc: "The value of the row with the least @timestamp; rows without a value do not count.",
			Params: []Param{field}, Implied: "@timestamp", Returns: like, Aggregate: firstBy(-1, false),
		},
		aggregate("FIRST", "The value of the row that is first by another field; rows without a value do not count.", like, firstBy(-1, false), field, sortParam()),
		aggregate("LAST", "The value of the row that is last by another field; rows without a value do not count.", like, firstBy(1, false), field, sortParam()),
		{
			Name: "LATEST", Kind: Aggregate, Family: "Aggregation", Doc: "The value of the row with the greatest @timestamp; rows without a value do not count.",
			Params: []Param{field}, Implied: "@timestamp", Returns: like, Aggregate: firstBy(1, false),
		},
		aggregate("MAX", "The greatest value.", like, extremum(1), ordered),
		aggregate("MEDIAN", "The value that half of the values lie below; an estimate when a group has 20,000 values.", double, quantile(func(d *digest) float64 { return d.quantile(50) }), number),
		aggregate("MEDIAN_ABSOLUTE_DEVIATION", "The median of the distances of the values to their median.", double, quantile((*digest).deviation), number),
		aggregate("MIN", "The least value.", like, extremum(-1), ordered),
		aggregate("PERCENTILE", "The value that so many per cent of the values lie below; an estimate when a group has 20,000 values.", double, percentile, number,
			constantParam(Param{Name: "percentile", Types: Signed, Expected: "numeric except unsigned_long or counter types"})),
		aggregate("PRESENT", "Whether a field has any value.", Gives(column.Boolean), present(true), field),
		aggregate("STD_DEV", "The standard deviation of all values.", double, newSpread(true), number),
		aggregate("SUM", "The sum of all values; whole numbers give a long.", summed, newSum, number),
		aggregate("TOP", "The greatest or least values, so many, in order: desc or asc. With a further field, that field's values.", topType, newTop, ordered,
			constantParam(wholeParam("limit")), optional(constantParam(textParam("order"))), optional(anyParam("outputField"))),
		aggregate("VALUES", "All different values, in no order.", like, newValues, field),
		aggregate("VARIANCE", "The variance of all values.", double, newSpread(false), number),
		aggregate("WEIGHTED_AVG", "The average of all values, each with a weight.", double, newWeighted, number, Param{Name: "weight", Types: Signed, Expected: "numeric except unsigned_long or counter types"}),
	}
}

func sortParam() Param {
	return Param{Name: "sortField", Types: OneOf(column.Integer, column.Long, column.Double) | Dates, Expected: "long, double, integer, date or date_nanos"}
}

func summed(args []column.Type) column.Type {
	if args[0] == column.Double {
		return column.Double
	}
	return column.Long
}

// counter counts values, or rows when it has no argument.
type counter struct{ counts []int64 }

// grow gives a slice room for a value of each group.
func grow[T any](values []T, groups int) []T {
	if groups <= len(values) {
		return values
	}
	if groups > cap(values) {
		values = append(make([]T, 0, max(groups, 2*cap(values))), values...)
	}
	return values[:groups]
}

// Add counts.
func (c *counter) Add(_ *Call, args []*column.Column, members Members) {
	c.counts = grow(c.counts, members.Count)
	if len(args) == 0 || args[0].Simple() {
		for _, group := range members.Groups {
			c.counts[group]++
		}
		return
	}
	for k, group := range members.Groups {
		c.counts[group] += int64(args[0].Count(members.Row(k)))
	}
}

// Result gives the counts.
func (c *counter) Result(_ *Call, groups int) *column.Column {
	return column.OfInts(column.Long, grow(c.counts, groups))
}

// presence tells whether there was a value.
type presence struct {
	seen []bool
	want bool
}

func present(want bool) func(*Site) (Accumulator, error) {
	return func(*Site) (Accumulator, error) { return &presence{want: want}, nil }
}

// Add notes values.
func (p *presence) Add(_ *Call, args []*column.Column, members Members) {
	p.seen = grow(p.seen, members.Count)
	for k, group := range members.Groups {
		p.seen[group] = p.seen[group] || !args[0].IsNull(members.Row(k))
	}
}

// Result tells of each group.
func (p *presence) Result(_ *Call, groups int) *column.Column {
	p.seen = grow(p.seen, groups)
	out := column.NewBuilder(column.Boolean, groups)
	for group := range groups {
		out.Bool(p.seen[group] == p.want)
	}
	return out.Build()
}

// best keeps the greatest or least value of each group.
type best struct {
	sign int
	kept keeper
}

func extremum(sign int) func(*Site) (Accumulator, error) {
	return func(site *Site) (Accumulator, error) { return &best{sign: sign, kept: newKeeper(site.Type)}, nil }
}

// Add compares.
func (b *best) Add(_ *Call, args []*column.Column, members Members) {
	b.kept.grow(members.Count)
	for k, group := range members.Groups {
		start, end := args[0].Span(members.Row(k))
		for at := start; at < end; at++ {
			if !b.kept.has[group] || b.sign*b.kept.compare(args[0], at, group) > 0 {
				b.kept.set(args[0], at, group)
			}
		}
	}
}

// Result gives the values; a group without one is null.
func (b *best) Result(_ *Call, groups int) *column.Column { return b.kept.column(groups) }

// keeper holds one value of a type for each group.
type keeper struct {
	kind    column.Type
	has     []bool
	ints    []int64
	doubles []float64
	texts   []string
}

func newKeeper(t column.Type) keeper { return keeper{kind: t} }

func (k *keeper) grow(groups int) {
	k.has = grow(k.has, groups)
	switch k.kind.Store() {
	case column.Ints:
		k.ints = grow(k.ints, groups)
	case column.Doubles:
		k.doubles = grow(k.doubles, groups)
	case column.Texts:
		k.texts = grow(k.texts, groups)
	}
}

// compare orders a value against the one that is kept.
func (k *keeper) compare(c *column.Column, at int, group int32) int {
	switch k.kind.Store() {
	case column.Ints:
		return compareOrdered(c.Int(at), k.ints[group])
	case column.Doubles:
		return compareOrdered(c.Double(at), k.doubles[group])
	}
	if k.kind == column.Version {
		return column.CompareVersions(c.Text(at), k.texts[group])
	}
	return compareOrdered(c.Text(at), k.texts[group])
}

func compareOrdered[T int64 | float64 | string](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (k *keeper) set(c *column.Column, at int, group int32) {
	k.has[group] = true
	switch k.kind.Store() {
	case column.Ints:
		k.ints[group] = c.Int(at)
	case column.Doubles:
		k.doubles[group] = c.Double(at)
	case column.Texts:
		k.texts[group] = c.Text(at)
	}
}

func (k *keeper) column(groups int) *column.Column {
	k.grow(groups)
	out := column.NewBuilder(k.kind, groups)
	for group := range groups {
		switch {
		case !k.has[group]:
			out.Null()
		case k.kind.Store() == column.Ints:
			out.Int(k.ints[group])
		case k.kind.Store() == column.Doubles:
			out.Double(k.doubles[group])
		default:
			out.Text(k.texts[group])
		}
	}
	return out.Build()
}
