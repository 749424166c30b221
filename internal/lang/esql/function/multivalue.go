package function

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

func anyParam(name string) Param {
	return Param{Name: name, Types: Representable, Expected: "representable"}
}

func multivalueFunctions() []*Function {
	field := anyParam("field")
	number := Param{Name: "number", Types: Numbers, Expected: "numeric"}
	scalar := func(name, doc string, returns func([]column.Type) column.Type, kernel ScalarKernel, params ...Param) *Function {
		return &Function{Name: name, Kind: Scalar, Family: "Multivalue", Doc: doc, Params: params, Returns: returns, Scalar: plain(kernel)}
	}
	sets := func(name, doc string, kernel ScalarKernel) *Function {
		f := scalar(name, doc, either, kernel, anyParam("field1"), anyParam("field2"))
		f.Resolve = sameTypes(either)
		return f
	}
	tests := func(name, doc string, kernel ScalarKernel) *Function {
		f := scalar(name, doc, Gives(column.Boolean), kernel, anyParam("superset"), anyParam("subset"))
		f.Resolve = sameTypes(Gives(column.Boolean))
		return f
	}
	double := Gives(column.Double)
	return []*Function{
		sets("MV_APPEND", "The values of one field and then those of another; null if either is.", mvAppend),
		scalar("MV_AVG", "The average of the values of a field.", double, mvAvg, number),
		scalar("MV_CONCAT", "The values of a field joined by a delimiter.", Gives(column.Keyword), mvConcat, textParam("string"), textParam("delim")),
		tests("MV_CONTAINS", "Whether the first field holds every value of the second; no value is in every field.", mvContains),
		scalar("MV_COUNT", "The number of values of a field.", Gives(column.Integer), mvCount, field),
		scalar("MV_DEDUPE", "The values of a field, each once.", Like(0), mvDedupe, field),
		sets("MV_DIFFERENCE", "The values of the first field that the second does not hold.", mvDifference),
		scalar("MV_FIRST", "The first value of a field.", Like(0), mvPick(func(start, _ int) int { return start }), field),
		sets("MV_INTERSECTION", "The values that both fields hold.", mvIntersection),
		tests("MV_INTERSECTS", "Whether both fields hold a value.", mvIntersects),
		scalar("MV_LAST", "The last value of a field.", Like(0), mvPick(func(_, end int) int { return end - 1 }), field),
		scalar("MV_MAX", "The greatest value of a field.", Like(0), mvExtreme(1), field),
		scalar("MV_MEDIAN", "The median of the values of a field.", Like(0), mvMedian, number),
		scalar("MV_MEDIAN_ABSOLUTE_DEVIATION", "The median of the distances of the values to their median.", Like(0), mvDeviation, number),
		scalar("MV_MIN", "The least value of a field.", Like(0), mvExtreme(-1), field),
		scalar("MV_PERCENTILE", "The value below which so many per cent of the values of a field lie.", Like(0), mvPercentile, Param{Name: "number", Types: Signed, Expected: "numeric except unsigned_long"}, Param{Name: "percentile", Types: Signed, Expected: "numeric except unsigned_long"}),
		scalar("MV_SLICE", "Some values of a field, from one place to another, counted from 0; negative places count from the end.", Like(0), mvSlice, field, wholeParam("start"), optional(wholeParam("end"))),
		{Name: "MV_SORT", Kind: Scalar, Family: "Multivalue", Doc: "The values of a field in order, ASC or DESC.", Params: []Param{field, optional(constantParam(textParam("order")))}, Returns: Like(0), Scalar: mvSort},
		scalar("MV_SUM", "The sum of the values of a field.", Like(0), mvSum, number),
		sets("MV_UNION", "The values that either field holds, each once.", mvUnion),
		scalar("MV_ZIP", "The values of two fields in pairs, joined by a delimiter.", Gives(column.Keyword), mvZip, textParam("string1"), textParam("string2"), optional(textParam("delim"))),
	}
}

// either gives the type of the first argument that is not null. Text and keyword together are keyword.
func either(args []column.Type) column.Type {
	for _, t := range args {
		switch {
		case t == column.Text:
			return column.Keyword
		case t != column.Null:
			return t
		}
	}
	return column.Null
}

// sameTypes checks that two arguments have one type.
func sameTypes(returns func([]column.Type) column.Type) func(string, []Argument) (column.Type, error) {
	return func(call string, args []Argument) (column.Type, error) {
		types := make([]column.Type, len(args))
		for i, arg := range args {
			if !Representable.Has(arg.Type) {
				return column.Null, Mismatch(call, args, i, "representable")
			}
			types[i] = arg.Type
		}
		a, b := types[0], types[1]
		if a != b && a != column.Null && b != column.Null && (!a.IsString() || !b.IsString()) {
			return column.Null, Mismatch(call, args, 1, a.Word())
		}
		return returns(types), nil
	}
}

// callText writes the arguments of a call, for a message.
func callText(args []Argument) string {
	texts := make([]string, len(args))
	for i, arg := range args {
		texts[i] = arg.Text
	}
	return strings.Join(texts, ", ")
}

func addSpan(out *column.Builder, c *column.Column, start, end int) {
	for at := start; at < end; at++ {
		out.AppendValue(c, at)
	}
}

func mvAppend(call *Call, args []*column.Column, rows int) *column.Column {
	return EachRow(call, args, rows, func(out *column.Builder, row int) {
		if args[0].IsNull(row) || args[1].IsNull(row) {
			out.Null()
			return
		}
		out.Begin()
		for _, arg := range args {
			start, end := arg.Span(row)
			addSpan(out, arg, start, end)
		}
		out.End()
	})
}

func mvCount(call *Call, args []*column.Column, rows int) *column.Column {
	return EachRow(call, args, rows, func(out *column.Builder, row int) {
		if n := args[0].Count(row); n > 0 {
			out.Int(int64(n))
		} else {
			out.Null()
		}
	})
}

func mvPick(pick func(start, end int) int) ScalarKernel {
	return func(call *Call, args []*column.Column, rows int) *column.Column {
		return EachRow(call, args, rows, func(out *column.Builder, row int) {
			if start, end := args[0].Span(row); start < end {
				out.AppendValue(args[0], pick(start, end))
			} else {
				out.Null()
			}
		})
	}
}

func mvExtreme(sign int) ScalarKernel {
	return func(call *Call, args []*column.Column, rows int) *column.Column {
		return EachRow(call, args, rows, func(out *column.Builder, row int) {
			start, end := args[0].Span(row)
			if start == end {
				out.Null()
				return
			}
			best := start
			for at := start + 1; at < end; at++ {
				if sign*column.Compare(args[0], at, args[0], best) > 0 {
					best = at
				}
			}
			out.AppendValue(args[0], best)
		})
	}
}

func mvConcat(call *Call, args []*column.Column, rows int) *column.Column {
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
		parts := make([]string, 0, end-start)
		for at := start; at < end; at++ {
			parts = append(parts, args[0].Text(at))
		}
		out.Text(strings.Join(parts, args[1].Text(from)))
	})
}

// members are the values of a row as keys of a set.
func members(c *column.Column, row int) map[string]bool {
	start, end := c.Span(row)
	set := make(map[string]bool, end-start)
	for at := start; at < end; at++ {
		set[string(c.AppendKey(nil, at))] = true
	}
	return set
}

// addOnce adds the values of a row that are wanted, each once, in order.
func addOnce(out *column.Builder, c *column.Column, row int, seen map[string]bool, wanted func(key string) bool) {
	start, end := c.Span(row)
	for at := start; at < end; at++ {
		key := string(c.AppendKey(nil, at))
		if !seen[key] && wanted(key) {
			seen[key] = true
			out.AppendValue(c, at)
		}
	}
}

func everything(string) bool { return true }

func mvDedupe(call *Call, args []*column.Column, rows int) *column.Column {
	return EachRow(call, args, rows, func(out *column.Builder, row int) {
		out.Begin()
		addOnce(out, args[0], row, map[string]bool{}, everything)
		out.End()
	})
}

func mvUnion(call *Call, args []*column.Column, rows int) *column.Column {
	return EachRow(call, args, rows, func(out *column.Builder, row int) {
		seen := map[string]bool{}
		out.Begin()
		addOnce(out, args[0], row, seen, everything)
		addOnce(out, args[1], row, seen, everything)
		out.End()
	})
}

func mvIntersection(call *Call, args []*column.Column, rows int) *column.Column {
	return EachRow(call, args, rows, func(out *column.Builder, row int) {
		other := members(args[1], row)
		out.Begin()
		addOnce(out, args[0], row, map[string]bool{}, func(key string) bool { return other[key] })
		out.End()
	})
}

func mvDifference(call *Call, args []*column.Column, rows int) *column.Column {
	return EachRow(call, args, rows, func(out *column.Builder, row int) {
		other := members(args[1], row)
		out.Begin()
		addOnce(out, args[0], row, map[string]bool{}, func(key string) bool { return !other[key] })
		out.End()
	})
}

// mvContains is two-valued: a null is a set without values (languages.md 3.1).
func mvContains(call *Call, args []*column.Column, rows int) *column.Column {
	return EachRow(call, args, rows, func(out *column.Builder, row int) {
		superset := members(args[0], row)
		for key := range members(args[1], row) {
			if !superset[key] {
				out.Bool(false)
				return
			}
		}
		out.Bool(true)
	})
}

func mvIntersects(call *Call, args []*column.Column, rows int) *column.Column {
	return EachRow(call, args, rows, func(out *column.Builder, row int) {
		one := members(args[0], row)
		for key := range members(args[1], row) {
			if one[key] {
				out.Bool(true)
				return
			}
		}
		out.Bool(false)
	})
}

// mvSlice counts from 0, both ends included; what lies outside is cut off.
func mvSlice(call *Call, args []*column.Column, rows int) *column.Column {
	place := func(arg *column.Column, row int) (int, bool) {
		start, end := arg.Span(row)
		if end-start > 1 {
			call.WarnMulti()
		}
		if end-start != 1 {
			return 0, false
		}
		return int(arg.Int(start)), true
	}
	return EachRow(call, args, rows, func(out *column.Builder, row int) {
		from, ok := place(args[1], row)
		to := from
		if len(args) > 2 && ok {
			to, ok = place(args[2], row)
		}
		start, end := args[0].Span(row)
		if !ok || start == end {
			out.Null()
			return
		}
		switch {
		case from > to:
			call.Warn(InvalidArgument, "Start offset is greater than end offset")
			out.Null()
			return
		case from < 0 && to >= 0:
			call.Warn(InvalidArgument, "Start and end offset have different signs")
			out.Null()
			return
		case from < 0:
			from, to = from+end-start, to+end-start
		}
		out.Begin()
		addSpan(out, args[0], start+max(from, 0), min(start+to+1, end))
		out.End()
	})
}

func mvSort(site *Site) (ScalarKernel, error) {
	sign := 1
	if order, ok := site.ConstantText(1); ok {
		switch strings.ToUpper(order) {
		case "ASC":
		case "DESC":
			sign = -1
		default:
			return nil, &ArgumentError{1, fmt.Sprintf("Invalid order value in [%s], expected one of [ASC, DESC] but got [%s]", callText(site.Args), order)}
		}
	}
	return func(call *Call, args []*column.Column, rows int) *column.Column {
		return EachRow(call, args, rows, func(out *column.Builder, row int) {
			out.Begin()
			for _, at := range sortedSpan(args[0], row, sign) {
				out.AppendValue(args[0], at)
			}
			out.End()
		})
	}, nil
}

// sortedSpan gives the positions of a row's values in order.
func sortedSpan(c *column.Column, row, sign int) []int {
	start, end := c.Span(row)
	positions := make([]int, 0, end-start)
	for at := start; at < end; at++ {
		positions = append(positions, at)
	}
	slices.SortStableFunc(positions, func(a, b int) int { return sign * column.Compare(c, a, c, b) })
	return positions
}

// mvZip pairs the values; where one field has more, the rest stand alone.
func mvZip(call *Call, args []*column.Column, rows int) *column.Column {
	return EachRow(call, args, rows, func(out *column.Builder, row int) {
		delimiter := ","
		if len(args) > 2 {
			start, end := args[2].Span(row)
			if end-start != 1 {
				out.Null()
				return
			}
			delimiter = args[2].Text(start)
		}
		a, aEnd := args[0].Span(row)
		b, bEnd := args[1].Span(row)
		out.Begin()
		for ; a < aEnd || b < bEnd; a, b = a+1, b+1 {
			switch {
			case b >= bEnd:
				out.Text(args[0].Text(a))
			case a >= aEnd:
				out.Text(args[1].Text(b))
			default:
				out.Text(args[0].Text(a) + delimiter + args[1].Text(b))
			}
		}
		out.End()
	})
}
