package function

import (
	"strings"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

func stringFunctions() []*Function {
	text := Param{Name: "string", Types: Strings, Expected: "string"}
	return []*Function{
		{
			Name: "CONCAT", Kind: Scalar, Family: "String", Doc: "Joins two or more texts.",
			Params: []Param{text, text}, Variadic: true, Returns: Gives(column.Keyword), Scalar: concat,
		},
		{
			Name: "LENGTH", Kind: Scalar, Family: "String", Doc: "The number of characters (code points) of a text.",
			Params: []Param{text}, Returns: Gives(column.Integer), Scalar: length,
		},
		{
			Name: "TO_LOWER", Kind: Scalar, Family: "String", Doc: "A text in lower case.",
			Params: []Param{text}, Returns: Gives(column.Keyword), Scalar: mapped(strings.ToLower),
		},
		{
			Name: "TO_UPPER", Kind: Scalar, Family: "String", Doc: "A text in upper case.",
			Params: []Param{text}, Returns: Gives(column.Keyword), Scalar: mapped(strings.ToUpper),
		},
	}
}

// mapped is a function of one text that gives a text.
func mapped(convert func(string) string) func(*Site) (ScalarKernel, error) {
	return func(*Site) (ScalarKernel, error) {
		return func(call *Call, args []*column.Column, rows int) *column.Column {
			return Each(call, args, rows, func(out *column.Builder, at []int) { out.Text(convert(args[0].Text(at[0]))) })
		}, nil
	}
}

func length(*Site) (ScalarKernel, error) {
	return func(call *Call, args []*column.Column, rows int) *column.Column {
		return Each(call, args, rows, func(out *column.Builder, at []int) {
			out.Int(int64(utf8.RuneCountInString(args[0].Text(at[0]))))
		})
	}, nil
}

func concat(*Site) (ScalarKernel, error) {
	return func(call *Call, args []*column.Column, rows int) *column.Column {
		var joined strings.Builder
		return Each(call, args, rows, func(out *column.Builder, at []int) {
			joined.Reset()
			for i, position := range at {
				joined.WriteString(args[i].Text(position))
			}
			out.Text(joined.String())
		})
	}, nil
}
