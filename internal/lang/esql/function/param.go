package function

import (
	"fmt"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// Types is a set of data types.
type Types uint32

// OneOf makes a set of types.
func OneOf(types ...column.Type) Types {
	var set Types
	for _, t := range types {
		set |= 1 << t
	}
	return set
}

// Has tells whether a type is in the set. Null is in every set: every function takes it.
func (s Types) Has(t column.Type) bool { return t == column.Null || s&(1<<t) != 0 }

// List are the types of the set in the order of their declaration.
func (s Types) List() []column.Type {
	var list []column.Type
	for t := column.Null; t <= column.Source; t++ {
		if s&(1<<t) != 0 {
			list = append(list, t)
		}
	}
	return list
}

// The usual sets.
const (
	Booleans      Types = 1 << column.Boolean
	Strings       Types = 1<<column.Keyword | 1<<column.Text
	Signed        Types = 1<<column.Integer | 1<<column.Long | 1<<column.Double
	Numbers       Types = Signed | 1<<column.UnsignedLong
	Wholes        Types = 1<<column.Integer | 1<<column.Long
	Dates         Types = 1<<column.Date | 1<<column.DateNanos
	Timespans     Types = 1<<column.DatePeriod | 1<<column.TimeDuration
	Points        Types = 1 << column.GeoPoint
	Shapes        Types = Points | 1<<column.GeoShape
	Representable Types = Booleans | Strings | Numbers | Dates | Shapes | 1<<column.IP | 1<<column.Version
	Any           Types = Representable | Timespans | 1<<column.Source
)

// Param is one parameter of a function.
type Param struct {
	Name  string
	Types Types
	// Expected is what Elasticsearch's error message calls the types: "string", "numeric except unsigned_long".
	Expected string
	Optional bool
	// Constant tells that the argument must be the same for all rows.
	Constant bool
}

// Argument is what is known of an argument before the query runs.
type Argument struct {
	Type column.Type
	// Text is the argument as the query writes it.
	Text string
	// Value is a column of one row when the argument is a constant, nil otherwise.
	Value *column.Column
	// Field is the name of the mapped field that the argument is, "" when it is something else.
	Field string
}

// ArgumentError is a complaint about one argument.
type ArgumentError struct {
	Index   int
	Message string
}

// Error is the complaint.
func (e *ArgumentError) Error() string { return e.Message }

// Check checks the arguments of a call and gives the type of its result. Call is the call as the query writes it; the
// sentences are those of Elasticsearch.
func (f *Function) Check(call string, args []Argument) (column.Type, error) {
	if err := f.arity(len(args)); err != nil {
		return column.Null, err
	}
	if f.Resolve != nil {
		return f.Resolve(call, args)
	}
	types := make([]column.Type, len(args))
	for i, arg := range args {
		types[i] = arg.Type
		param := f.Params[min(i, len(f.Params)-1)]
		if !param.Types.Has(arg.Type) {
			return column.Null, Mismatch(call, args, i, param.Expected)
		}
		if param.Constant && arg.Value == nil {
			return column.Null, &ArgumentError{i, fmt.Sprintf("%sargument of [%s] must be a constant, received [%s]", ordinal(i, len(args)), call, arg.Text)}
		}
	}
	return f.Returns(types), nil
}

// Mismatch is Elasticsearch's complaint about an argument of the wrong type.
func Mismatch(call string, args []Argument, i int, expected string) error {
	return &ArgumentError{i, fmt.Sprintf("%sargument of [%s] must be [%s], found value [%s] type [%s]",
		ordinal(i, len(args)), call, expected, args[i].Text, args[i].Type.Word())}
}

// ordinal names an argument; the only one needs no number.
func ordinal(i, n int) string {
	words := []string{"first ", "second ", "third ", "fourth ", "fifth "}
	switch {
	case n == 1:
		return ""
	case i < len(words):
		return words[i]
	}
	return fmt.Sprintf("%dth ", i+1)
}

func (f *Function) arity(n int) error {
	least, most := 0, len(f.Params)
	for _, param := range f.Params {
		if !param.Optional {
			least++
		}
	}
	if n >= least && (n <= most || f.Variadic) {
		return nil
	}
	return fmt.Errorf("error building [%s]: expects %s", strings.ToLower(f.Name), arityText(least, most, f.Variadic))
}

func arityText(least, most int, variadic bool) string {
	words := []string{"no", "one", "two", "three", "four", "five", "six"}
	plural := "s"
	switch {
	case variadic:
		if least == 1 {
			plural = ""
		}
		return fmt.Sprintf("at least %s argument%s", words[least], plural)
	case most == 0:
		return "no arguments"
	case least == most:
		if least == 1 {
			plural = ""
		}
		return fmt.Sprintf("exactly %s argument%s", words[least], plural)
	case least+1 == most:
		return fmt.Sprintf("%s or %s arguments", words[least], words[most])
	}
	return fmt.Sprintf("between %s and %s arguments", words[least], words[most])
}

// Gives is a Returns that is the same for all arguments.
func Gives(t column.Type) func([]column.Type) column.Type {
	return func([]column.Type) column.Type { return t }
}

// Like is a Returns that gives the type of an argument.
func Like(i int) func([]column.Type) column.Type {
	return func(args []column.Type) column.Type { return args[i] }
}
