package function

import (
	"fmt"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// timespan is a conversion of a constant text to an amount of time.
func timespan(name, doc string, to column.Type) *Function {
	return &Function{
		Name: name, Kind: Scalar, Family: "Type conversion", Doc: doc, Returns: Gives(to),
		Params: []Param{{Name: "field", Types: Strings | OneOf(to), Expected: to.Word() + " or string", Constant: true}},
		Scalar: func(site *Site) (ScalarKernel, error) {
			text, isText := site.ConstantText(0)
			if !isText {
				return func(_ *Call, args []*column.Column, rows int) *column.Column {
					return column.Repeat(args[0].As(to), 0, rows)
				}, nil
			}
			b := column.NewBuilder(to, 1)
			if !column.ReadText(b, text) {
				return nil, &ArgumentError{0, fmt.Sprintf("Cannot convert string [%s] to [%s]", text, strings.ToUpper(to.Word()))}
			}
			value := b.Build()
			return func(_ *Call, _ []*column.Column, rows int) *column.Column { return column.Repeat(value, 0, rows) }, nil
		},
	}
}
