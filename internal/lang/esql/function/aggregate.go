package function

import (
	"math"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

func aggregateFunctions() []*Function {
	return []*Function{
		{
			Name: "COUNT", Kind: Aggregate, Family: "Aggregation", Doc: "The number of values; of rows, when written COUNT(*) or COUNT().",
			Params:  []Param{{Name: "field", Types: Any, Expected: "any type", Optional: true}},
			Returns: Gives(column.Long), Aggregate: func(*Site) (Accumulator, error) { return &counter{}, nil },
		},
		{
			Name: "SUM", Kind: Aggregate, Family: "Aggregation", Doc: "The sum of all values; whole numbers give a long.",
			Params: []Param{{Name: "number", Types: Signed, Expected: "numeric except unsigned_long or counter types"}},
			Returns: func(args []column.Type) column.Type {
				if args[0] == column.Double {
					return column.Double
				}
				return column.Long
			},
			Aggregate: newSum,
		},
	}
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

// sum adds whole numbers, and gives null with a warning past the range of a long.
type sum struct {
	totals []int64
	seen   []bool
	over   []bool
}

// newSum makes the accumulator for the type of the argument.
func newSum(site *Site) (Accumulator, error) {
	if site.Type == column.Double {
		return &doubleSum{}, nil
	}
	return &sum{}, nil
}

// Add adds.
func (s *sum) Add(_ *Call, args []*column.Column, members Members) {
	s.totals, s.seen, s.over = grow(s.totals, members.Count), grow(s.seen, members.Count), grow(s.over, members.Count)
	for k, group := range members.Groups {
		start, end := args[0].Span(members.Row(k))
		for position := start; position < end; position++ {
			n, total := args[0].Int(position), s.totals[group]
			s.over[group] = s.over[group] || n > 0 && total > math.MaxInt64-n || n < 0 && total < math.MinInt64-n
			s.totals[group] = total + n
			s.seen[group] = true
		}
	}
}

// Result gives the totals; a group without a value has none.
func (s *sum) Result(call *Call, groups int) *column.Column {
	s.totals, s.seen, s.over = grow(s.totals, groups), grow(s.seen, groups), grow(s.over, groups)
	out := column.NewBuilder(column.Long, groups)
	for group := range groups {
		switch {
		case s.over[group]:
			call.Warn(Arithmetic, "long overflow")
			out.Null()
		case s.seen[group]:
			out.Int(s.totals[group])
		default:
			out.Null()
		}
	}
	return out.Build()
}

// doubleSum adds fractions with compensation for what rounding loses (Kahan), as Elasticsearch does.
type doubleSum struct {
	totals, lost []float64
	seen         []bool
}

// Add adds.
func (s *doubleSum) Add(_ *Call, args []*column.Column, members Members) {
	s.totals, s.lost, s.seen = grow(s.totals, members.Count), grow(s.lost, members.Count), grow(s.seen, members.Count)
	for k, group := range members.Groups {
		start, end := args[0].Span(members.Row(k))
		for position := start; position < end; position++ {
			s.seen[group] = true
			corrected := args[0].Double(position) + s.lost[group]
			total := s.totals[group] + corrected
			s.lost[group] = corrected - (total - s.totals[group])
			s.totals[group] = total
		}
	}
}

// Result gives the totals; a group without a value has none.
func (s *doubleSum) Result(_ *Call, groups int) *column.Column {
	s.totals, s.seen = grow(s.totals, groups), grow(s.seen, groups)
	out := column.NewBuilder(column.Double, groups)
	for group := range groups {
		if s.seen[group] {
			out.Double(s.totals[group])
		} else {
			out.Null()
		}
	}
	return out.Build()
}
