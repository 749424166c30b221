package function

import (
	"math"
	"math/big"
	"slices"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// kahan adds fractions with compensation for what rounding loses, as Elasticsearch does.
type kahan struct{ sum, lost float64 }

func (k *kahan) add(f float64) {
	corrected := f + k.lost
	total := k.sum + corrected
	k.lost = corrected - (total - k.sum)
	k.sum = total
}

func mvAvg(call *Call, args []*column.Column, rows int) *column.Column {
	return EachRow(call, args, rows, func(out *column.Builder, row int) {
		start, end := args[0].Span(row)
		if start == end {
			out.Null()
			return
		}
		var total kahan
		for at := start; at < end; at++ {
			total.add(args[0].Float(at))
		}
		out.Double(total.sum / float64(end-start))
	})
}

func mvSum(call *Call, args []*column.Column, rows int) *column.Column {
	return EachRow(call, args, rows, func(out *column.Builder, row int) {
		start, end := args[0].Span(row)
		if start == end {
			out.Null()
			return
		}
		if args[0].Type() == column.Double {
			var total kahan
			for at := start; at < end; at++ {
				total.add(args[0].Double(at))
			}
			out.Double(total.sum)
			return
		}
		total := new(big.Int)
		for at := start; at < end; at++ {
			total.Add(total, bigOf(args[0], at))
		}
		if coded, ok := codeBig(total, args[0].Type()); ok {
			out.Int(coded)
			return
		}
		call.Warn(Arithmetic, args[0].Type().String()+" overflow")
		out.Null()
	})
}

func bigOf(c *column.Column, at int) *big.Int {
	if c.Type() == column.UnsignedLong {
		return new(big.Int).SetUint64(column.Unsigned(c.Int(at)))
	}
	return big.NewInt(c.Int(at))
}

// codeBig codes a whole number in a type; false when it does not fit.
func codeBig(n *big.Int, t column.Type) (int64, bool) {
	switch t {
	case column.UnsignedLong:
		return column.OfUnsigned(n.Uint64()), n.IsUint64()
	case column.Integer:
		return n.Int64(), n.IsInt64() && n.Int64() >= math.MinInt32 && n.Int64() <= math.MaxInt32
	}
	return n.Int64(), n.IsInt64()
}

// mvMedian gives the middle value; between two middle ones, their average, of whole numbers rounded down.
func mvMedian(call *Call, args []*column.Column, rows int) *column.Column {
	return EachRow(call, args, rows, func(out *column.Builder, row int) {
		order := sortedSpan(args[0], row, 1)
		n := len(order)
		switch {
		case n == 0:
			out.Null()
		case n%2 == 1:
			out.AppendValue(args[0], order[n/2])
		case args[0].Type() == column.Double:
			out.Double(args[0].Double(order[n/2-1])/2 + args[0].Double(order[n/2])/2)
		default:
			sum := new(big.Int).Add(bigOf(args[0], order[n/2-1]), bigOf(args[0], order[n/2]))
			middle, _ := codeBig(sum.Rsh(sum, 1), args[0].Type())
			out.Int(middle)
		}
	})
}

func mvDeviation(call *Call, args []*column.Column, rows int) *column.Column {
	return EachRow(call, args, rows, func(out *column.Builder, row int) {
		start, end := args[0].Span(row)
		if start == end {
			out.Null()
			return
		}
		if args[0].Type() == column.Double {
			values := make([]float64, 0, end-start)
			for at := start; at < end; at++ {
				values = append(values, args[0].Double(at))
			}
			out.Double(deviation(values))
			return
		}
		values := make([]*big.Int, 0, end-start)
		for at := start; at < end; at++ {
			values = append(values, bigOf(args[0], at))
		}
		middle := bigMedian(values)
		for _, v := range values {
			v.Abs(v.Sub(v, middle))
		}
		if coded, ok := codeBig(bigMedian(values), args[0].Type()); ok {
			out.Int(coded)
			return
		}
		call.Warn(Arithmetic, args[0].Type().String()+" overflow")
		out.Null()
	})
}

func bigMedian(values []*big.Int) *big.Int {
	slices.SortFunc(values, (*big.Int).Cmp)
	n := len(values)
	middle := new(big.Int).Set(values[n/2])
	if n%2 == 0 {
		middle.Add(middle, values[n/2-1])
		middle.Rsh(middle, 1)
	}
	return middle
}

// deviation gives the median of the distances to the median. It changes the order of its argument.
func deviation(values []float64) float64 {
	middle := medianOf(values)
	distances := make([]float64, len(values))
	for i, v := range values {
		distances[i] = math.Abs(v - middle)
	}
	return medianOf(distances)
}

func medianOf(values []float64) float64 { return percentileOf(values, 50) }

// percentileOf interpolates between the two nearest ranks. It sorts its argument.
func percentileOf(values []float64, percent float64) float64 {
	slices.Sort(values)
	index := percent / 100 * float64(len(values)-1)
	low := int(math.Floor(index))
	if low+1 >= len(values) {
		return values[len(values)-1]
	}
	fraction := index - float64(low)
	return values[low] + fraction*(values[low+1]-values[low])
}

func mvPercentile(call *Call, args []*column.Column, rows int) *column.Column {
	return EachRow(call, args, rows, func(out *column.Builder, row int) {
		start, end := args[0].Span(row)
		from, to := args[1].Span(row)
		if to-from > 1 {
			call.WarnMulti()
		}
		if start == end || to-from != 1 {
			out.Null()
			return
		}
		percent := args[1].Float(from)
		if !(percent >= 0 && percent <= 100) {
			call.Warn(IllegalArgument, "Percentile parameter must be a number between 0 and 100, found ["+column.RenderDouble(percent)+"]")
			out.Null()
			return
		}
		values := make([]float64, 0, end-start)
		for at := start; at < end; at++ {
			values = append(values, args[0].Float(at))
		}
		result := percentileOf(values, percent)
		if args[0].Type() == column.Double {
			out.Double(result)
			return
		}
		out.Int(int64(math.Trunc(result)))
	})
}
