package function

import (
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/match"
)

// anyValueFunctions tell whether any value of a field passes a test. They are two-valued: a field without a value
// passes none.
func anyValueFunctions() []*Function {
	ordered := Param{Name: "field", Types: Numbers | Dates | Strings | OneOf(column.IP, column.Version), Expected: "numeric, date, string, ip or version"}
	pattern := func(name, doc string, compile func(string) (func(string) bool, error)) *Function {
		return &Function{
			Name: name, Kind: Scalar, Family: "Multivalue", Doc: doc,
			Params: []Param{textParam("field"), constantParam(textParam("pattern"))}, Returns: Gives(column.Boolean), Scalar: anyPattern(compile),
		}
	}
	compared := func(name, doc string, test func(order int) bool) *Function {
		bound := ordered
		bound.Name = "value"
		return &Function{
			Name: name, Kind: Scalar, Family: "Multivalue", Doc: doc, Params: []Param{ordered, bound}, Returns: Gives(column.Boolean), Resolve: ofOneKind(ordered),
			Scalar: plain(anyCompared(test)),
		}
	}
	low, high := ordered, ordered
	low.Name, high.Name = "lower", "upper"
	return []*Function{
		compared("MV_GREATER", "Whether any value of a field is greater than another value.", func(order int) bool { return order > 0 }),
		{
			Name: "MV_IN_RANGE", Kind: Scalar, Family: "Multivalue", Doc: "Whether any value of a field lies between two others, both included.",
			Params: []Param{ordered, low, high}, Returns: Gives(column.Boolean), Resolve: ofOneKind(ordered), Scalar: plain(anyInRange),
		},
		compared("MV_LESS", "Whether any value of a field is less than another value.", func(order int) bool { return order < 0 }),
		pattern("MV_LIKE", "Whether any value of a field fits a pattern of * and ?.", func(p string) (func(string) bool, error) {
			return match.LuceneWildcard(p).Match, nil
		}),
		pattern("MV_RLIKE", "Whether any value of a field fits a regular expression of Lucene.", func(p string) (func(string) bool, error) {
			re, err := match.CompileRegexp(p, match.RegexpFlags{NoComplement: true})
			if err != nil {
				return nil, err
			}
			return re.Match, nil
		}),
	}
}

// ofOneKind checks that all arguments are of one kind: numbers, dates, texts, addresses or versions.
func ofOneKind(of Param) func(string, []Argument) (column.Type, error) {
	return func(call string, args []Argument) (column.Type, error) {
		first := column.Null
		for i, arg := range args {
			switch {
			case !of.Types.Has(arg.Type):
				return column.Null, Mismatch(call, args, i, of.Expected)
			case arg.Type == column.Null:
			case first == column.Null:
				first = arg.Type
			case first != arg.Type && (!first.IsString() || !arg.Type.IsString()) && (!first.IsDate() || !arg.Type.IsDate()) && (!Signed.Has(first) || !Signed.Has(arg.Type)):
				return column.Null, Mismatch(call, args, i, first.Word())
			}
		}
		return column.Boolean, nil
	}
}

func anyPattern(compile func(string) (func(string) bool, error)) func(*Site) (ScalarKernel, error) {
	return func(site *Site) (ScalarKernel, error) {
		pattern, ok := site.ConstantText(1)
		fits := func(string) bool { return false }
		if ok {
			var err error
			if fits, err = compile(pattern); err != nil {
				return nil, &ArgumentError{1, err.Error()}
			}
		}
		return func(call *Call, args []*column.Column, rows int) *column.Column {
			return EachRow(call, args[:1], rows, func(out *column.Builder, row int) {
				start, end := args[0].Span(row)
				found := false
				for at := start; at < end && !found; at++ {
					found = fits(args[0].Text(at))
				}
				out.Bool(found)
			})
		}, nil
	}
}

func anyCompared(test func(order int) bool) ScalarKernel {
	return func(call *Call, args []*column.Column, rows int) *column.Column {
		return EachRow(call, args, rows, func(out *column.Builder, row int) {
			start, end := args[0].Span(row)
			from, to := args[1].Span(row)
			found := false
			for at := start; at < end && !found && to-from == 1; at++ {
				found = test(comparePoints(args[0], at, args[1], from))
			}
			out.Bool(found)
		})
	}
}

func anyInRange(call *Call, args []*column.Column, rows int) *column.Column {
	return EachRow(call, args, rows, func(out *column.Builder, row int) {
		start, end := args[0].Span(row)
		low, lowEnd := args[1].Span(row)
		high, highEnd := args[2].Span(row)
		found := false
		for at := start; at < end && !found && lowEnd-low == 1 && highEnd-high == 1; at++ {
			found = comparePoints(args[0], at, args[1], low) >= 0 && comparePoints(args[0], at, args[2], high) <= 0
		}
		out.Bool(found)
	})
}
