package function

import (
	"fmt"
	"math"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

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

// doubleSum adds fractions.
type doubleSum struct {
	totals []kahan
	seen   []bool
}

// Add adds.
func (s *doubleSum) Add(_ *Call, args []*column.Column, members Members) {
	s.totals, s.seen = grow(s.totals, members.Count), grow(s.seen, members.Count)
	for k, group := range members.Groups {
		start, end := args[0].Span(members.Row(k))
		for position := start; position < end; position++ {
			s.seen[group] = true
			s.totals[group].add(args[0].Double(position))
		}
	}
}

// Result gives the totals; a group without a value has none.
func (s *doubleSum) Result(call *Call, groups int) *column.Column {
	s.totals, s.seen = grow(s.totals, groups), grow(s.seen, groups)
	return doubles(call, groups, func(group int) (float64, bool) { return s.totals[group].sum, s.seen[group] })
}

// doubles makes the column of a fraction for each group; what is no finite number is null, with a warning.
func doubles(call *Call, groups int, of func(group int) (float64, bool)) *column.Column {
	out := column.NewBuilder(column.Double, groups)
	for group := range groups {
		f, ok := of(group)
		switch {
		case !ok:
			out.Null()
		case math.IsInf(f, 0) || math.IsNaN(f):
			call.Warn(Arithmetic, "not a finite double number: "+column.RenderDouble(f))
			out.Null()
		default:
			out.Double(f)
		}
	}
	return out.Build()
}

// mean averages: the sum of whole numbers is kept whole, so that it loses nothing.
type mean struct {
	sum    Accumulator
	counts counter
}

func newMean(site *Site) (Accumulator, error) {
	m := &mean{sum: &sum{}}
	if len(site.Args) > 0 && site.Args[0].Type == column.Double {
		m.sum = &doubleSum{}
	}
	return m, nil
}

// Add adds and counts.
func (m *mean) Add(call *Call, args []*column.Column, members Members) {
	m.sum.Add(call, args, members)
	m.counts.Add(call, args, members)
}

// Result divides.
func (m *mean) Result(call *Call, groups int) *column.Column {
	totals, counts := m.sum.Result(call, groups), m.counts.Result(call, groups)
	return doubles(call, groups, func(group int) (float64, bool) {
		start, end := totals.Span(group)
		if start == end {
			return 0, false
		}
		return totals.Float(start) / float64(counts.Int(group)), true
	})
}

// spread collects mean and sum of squared distances by Welford's method.
type spread struct {
	root   bool
	counts []int64
	means  []float64
	square []float64
}

func newSpread(root bool) func(*Site) (Accumulator, error) {
	return func(*Site) (Accumulator, error) { return &spread{root: root}, nil }
}

// Add moves the mean.
func (s *spread) Add(_ *Call, args []*column.Column, members Members) {
	s.counts, s.means, s.square = grow(s.counts, members.Count), grow(s.means, members.Count), grow(s.square, members.Count)
	for k, group := range members.Groups {
		start, end := args[0].Span(members.Row(k))
		for at := start; at < end; at++ {
			f := args[0].Float(at)
			s.counts[group]++
			distance := f - s.means[group]
			s.means[group] += distance / float64(s.counts[group])
			s.square[group] += distance * (f - s.means[group])
		}
	}
}

// Result gives the variance of the population, or its root.
func (s *spread) Result(call *Call, groups int) *column.Column {
	s.counts, s.means, s.square = grow(s.counts, groups), grow(s.means, groups), grow(s.square, groups)
	return doubles(call, groups, func(group int) (float64, bool) {
		variance := s.square[group] / float64(s.counts[group])
		if s.root {
			variance = math.Sqrt(variance)
		}
		return variance, s.counts[group] > 0
	})
}

// distribution computes medians and percentiles of each group.
type distribution struct {
	digests []digest
	of      func(*digest) float64
}

func quantile(of func(*digest) float64) func(*Site) (Accumulator, error) {
	return func(*Site) (Accumulator, error) { return &distribution{of: of}, nil }
}

func percentile(site *Site) (Accumulator, error) {
	percent, ok := constantNumberOf(site, 1)
	if !ok || !(percent >= 0 && percent <= 100) {
		return nil, &ArgumentError{1, fmt.Sprintf("second argument of [%s] must be a number from 0 to 100", callText(site.Args))}
	}
	return &distribution{of: func(d *digest) float64 { return d.quantile(percent) }}, nil
}

// Add takes values in.
func (d *distribution) Add(_ *Call, args []*column.Column, members Members) {
	d.digests = grow(d.digests, members.Count)
	for k, group := range members.Groups {
		start, end := args[0].Span(members.Row(k))
		for at := start; at < end; at++ {
			d.digests[group].add(args[0].Float(at))
		}
	}
}

// Result computes.
func (d *distribution) Result(call *Call, groups int) *column.Column {
	d.digests = grow(d.digests, groups)
	return doubles(call, groups, func(group int) (float64, bool) {
		if d.digests[group].count == 0 {
			return 0, false
		}
		return d.of(&d.digests[group]), true
	})
}

// weighted averages with weights.
type weighted struct {
	totals, weights []kahan
	seen            []bool
}

func newWeighted(*Site) (Accumulator, error) { return &weighted{}, nil }

// Add adds values times weights, and weights. A row without one of them does not count, nor one with several.
func (w *weighted) Add(call *Call, args []*column.Column, members Members) {
	w.totals, w.weights, w.seen = grow(w.totals, members.Count), grow(w.weights, members.Count), grow(w.seen, members.Count)
	at := make([]int, 2)
	for k, group := range members.Groups {
		if !single(call, args[:2], members.Row(k), at) {
			continue
		}
		weight := args[1].Float(at[1])
		w.totals[group].add(args[0].Float(at[0]) * weight)
		w.weights[group].add(weight)
		w.seen[group] = true
	}
}

// Result divides.
func (w *weighted) Result(call *Call, groups int) *column.Column {
	w.totals, w.weights, w.seen = grow(w.totals, groups), grow(w.weights, groups), grow(w.seen, groups)
	return doubles(call, groups, func(group int) (float64, bool) {
		return w.totals[group].sum / w.weights[group].sum, w.seen[group]
	})
}
