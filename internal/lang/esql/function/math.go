package function

import (
	"fmt"
	"math"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

func numberParam(name string) Param { return Param{Name: name, Types: Numbers, Expected: "numeric"} }

func mathFunctions() []*Function {
	number := numberParam("number")
	scalar := func(name, doc string, returns func([]column.Type) column.Type, compile func(*Site) (ScalarKernel, error), params ...Param) *Function {
		return &Function{Name: name, Kind: Scalar, Family: "Mathematical", Doc: doc, Params: params, Returns: returns, Scalar: compile}
	}
	double := Gives(column.Double)
	functions := []*Function{
		scalar("ABS", "A number without its sign.", Like(0), unchanged(isUnsigned, failing(absolute)), number),
		scalar("CEIL", "The least whole number that is not below.", Like(0), rounded(math.Ceil), number),
		scalar("COPY_SIGN", "The first number with the sign of the second.", Like(0), failing(copySign), Param{Name: "magnitude", Types: Signed, Expected: "numeric"}, Param{Name: "sign", Types: Signed, Expected: "numeric"}),
		scalar("FLOOR", "The greatest whole number that is not above.", Like(0), rounded(math.Floor), number),
		scalar("LOG", "The logarithm of a number to a base, to e without one.", double, failing(logarithm), optional(numberParam("base")), number),
		scalar("ROUND", "A number rounded to so many decimals, to none without them; halves away from zero.", Like(0), eachOf(round), number, optional(Param{Name: "decimals", Types: Wholes, Expected: "whole number except unsigned_long or counter types"})),
		scalar("ROUND_TO", "The greatest of the points that is not above a value, else the least.", widest, roundTo, Param{Name: "field", Types: Signed | Dates, Expected: "date, date_nanos or numeric"}, Param{Name: "points", Types: Signed | Dates, Expected: "date, date_nanos or numeric"}),
		scalar("SCALB", "A number times two to a power.", double, failing(scaleBinary), number, Param{Name: "scaleFactor", Types: Wholes, Expected: "whole number except unsigned_long or counter types"}),
		scalar("SIGNUM", "-1, 0 or 1 as a number is below, at or above zero.", double, ofDouble(signum), number),
		scalar("E", "Euler's number.", double, constantNumber(math.E)),
		scalar("PI", "The ratio of a circle's circumference to its diameter.", double, constantNumber(math.Pi)),
		scalar("TAU", "Twice PI.", double, constantNumber(2*math.Pi)),
		scalar("ATAN2", "The angle of a point to the positive x axis.", double, ofDoubles(math.Atan2), Param{Name: "y_coordinate", Types: Numbers, Expected: "numeric"}, Param{Name: "x_coordinate", Types: Numbers, Expected: "numeric"}),
		scalar("HYPOT", "The hypotenuse of two numbers.", double, ofDoubles(math.Hypot), numberParam("number1"), numberParam("number2")),
		scalar("POW", "A number to a power.", double, failing(power), numberParam("base"), numberParam("exponent")),
	}
	for _, f := range functions {
		f.Variadic = f.Name == "ROUND_TO"
	}
	for _, f := range []struct {
		name, doc string
		compute   func(float64) float64
		problem   string // of a result that is no finite number
	}{
		{"ACOS", "The arc cosine.", math.Acos, "Acos input out of range"},
		{"ACOSH", "The inverse hyperbolic cosine.", math.Acosh, "Acosh input out of range"},
		{"ASIN", "The arc sine.", math.Asin, "Asin input out of range"},
		{"ASINH", "The inverse hyperbolic sine.", math.Asinh, ""},
		{"ATAN", "The arc tangent.", math.Atan, ""},
		{"ATANH", "The inverse hyperbolic tangent.", math.Atanh, "Atanh input out of range"},
		{"CBRT", "The cube root.", math.Cbrt, ""},
		{"COS", "The cosine of an angle in radians.", math.Cos, ""},
		{"COSH", "The hyperbolic cosine.", math.Cosh, "cosh overflow"},
		{"EXP", "Euler's number to a power.", math.Exp, ""},
		{"LOG10", "The logarithm to base 10.", math.Log10, "Log of non-positive number"},
		{"SIN", "The sine of an angle in radians.", math.Sin, ""},
		{"SINH", "The hyperbolic sine.", math.Sinh, "sinh overflow"},
		{"SQRT", "The square root.", math.Sqrt, "Square root of negative"},
		{"TAN", "The tangent of an angle in radians.", math.Tan, ""},
		{"TANH", "The hyperbolic tangent.", math.Tanh, ""},
	} {
		compile := ofDouble(f.compute)
		if f.problem != "" {
			compile = finite(f.compute, f.problem)
		}
		functions = append(functions, scalar(f.name, f.doc, double, compile, number))
	}
	return functions
}

func ofDouble(compute func(float64) float64) func(*Site) (ScalarKernel, error) {
	return eachOf(func(out *column.Builder, args []*column.Column, at []int) { out.Double(compute(args[0].Float(at[0]))) })
}

func ofDoubles(compute func(a, b float64) float64) func(*Site) (ScalarKernel, error) {
	return eachOf(func(out *column.Builder, args []*column.Column, at []int) {
		out.Double(compute(args[0].Float(at[0]), args[1].Float(at[1])))
	})
}

// finite is a function that is null with a warning where its result is no finite number.
func finite(compute func(float64) float64, problem string) func(*Site) (ScalarKernel, error) {
	return failing(func(out *column.Builder, args []*column.Column, at []int) error {
		f := compute(args[0].Float(at[0]))
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return failure{Arithmetic, problem}
		}
		out.Double(f)
		return nil
	})
}

func constantNumber(f float64) func(*Site) (ScalarKernel, error) {
	return plain(func(_ *Call, _ []*column.Column, rows int) *column.Column {
		return column.Repeat(column.OfDoubles([]float64{f}), 0, rows)
	})
}

func signum(f float64) float64 {
	switch {
	case f > 0:
		return 1
	case f < 0:
		return -1
	}
	return f
}

func absolute(out *column.Builder, args []*column.Column, at []int) error {
	t := args[0].Type()
	if t == column.Double {
		out.Double(math.Abs(args[0].Double(at[0])))
		return nil
	}
	n := args[0].Int(at[0])
	switch {
	case t == column.Long && n == math.MinInt64:
		return failure{Arithmetic, "Overflow to represent absolute value of Long.MIN_VALUE"}
	case t == column.Integer && n == math.MinInt32:
		return failure{Arithmetic, "Overflow to represent absolute value of Integer.MIN_VALUE"}
	}
	out.Int(max(n, -n))
	return nil
}

// rounded leaves whole numbers as they are.
func rounded(round func(float64) float64) func(*Site) (ScalarKernel, error) {
	return unchanged(column.Type.IsWhole, eachOf(func(out *column.Builder, args []*column.Column, at []int) {
		out.Double(round(args[0].Double(at[0])))
	}))
}

// unchanged hands on values of some types as they are, several ones of a row, too: Elasticsearch does not compute them.
func unchanged(of func(column.Type) bool, compile func(*Site) (ScalarKernel, error)) func(*Site) (ScalarKernel, error) {
	return func(site *Site) (ScalarKernel, error) {
		kernel, err := compile(site)
		if err != nil {
			return nil, err
		}
		return func(call *Call, args []*column.Column, rows int) *column.Column {
			if of(args[0].Type()) {
				return args[0]
			}
			return kernel(call, args, rows)
		}, nil
	}
}

func isUnsigned(t column.Type) bool { return t == column.UnsignedLong }

func copySign(out *column.Builder, args []*column.Column, at []int) error {
	sign := args[1].Float(at[1])
	if args[0].Type() == column.Double {
		out.Double(math.Copysign(args[0].Double(at[0]), sign))
		return nil
	}
	n := args[0].Int(at[0])
	if n < 0 != math.Signbit(sign) && n != 0 {
		if n == math.MinInt64 || args[0].Type() == column.Integer && n == math.MinInt32 {
			return failure{Arithmetic, args[0].Type().String() + " overflow"}
		}
		n = -n
	}
	out.Int(n)
	return nil
}

func logarithm(out *column.Builder, args []*column.Column, at []int) error {
	last := len(args) - 1
	number, base := args[last].Float(at[last]), math.E
	if last > 0 {
		base = args[0].Float(at[0])
	}
	if number <= 0 || base <= 0 {
		return failure{Arithmetic, "Log of non-positive number"}
	}
	f := math.Log(number)
	if last > 0 {
		f /= math.Log(base)
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return failure{Arithmetic, "Log of base 1"}
	}
	out.Double(f)
	return nil
}

func power(out *column.Builder, args []*column.Column, at []int) error {
	return finiteDouble(out, math.Pow(args[0].Float(at[0]), args[1].Float(at[1])))
}

func scaleBinary(out *column.Builder, args []*column.Column, at []int) error {
	n := args[1].Int(at[1])
	if n > math.MaxInt32 || n < math.MinInt32 {
		return failure{Arithmetic, "integer overflow"}
	}
	return finiteDouble(out, math.Ldexp(args[0].Float(at[0]), int(n)))
}

func finiteDouble(out *column.Builder, f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return failure{Arithmetic, "not a finite double number: " + column.RenderDouble(f)}
	}
	out.Double(f)
	return nil
}

// round rounds halves away from zero; whole numbers change with negative decimals only.
func round(out *column.Builder, args []*column.Column, at []int) {
	decimals := int64(0)
	if len(args) > 1 {
		decimals = args[1].Int(at[1])
	}
	switch args[0].Type() {
	case column.Double:
		out.Double(roundDouble(args[0].Double(at[0]), decimals))
	case column.UnsignedLong:
		out.Int(args[0].Int(at[0]))
	default:
		out.Int(roundWhole(args[0].Int(at[0]), decimals))
	}
}

func roundDouble(f float64, decimals int64) float64 {
	scale := math.Pow(10, float64(decimals))
	if scale == 0 {
		return 0
	}
	scaled := math.Abs(f * scale)
	if math.IsInf(scaled, 0) || math.IsNaN(scaled) || scaled >= 1<<53 {
		return f
	}
	return math.Copysign(math.Floor(scaled+0.5)/scale, f)
}

func roundWhole(n, decimals int64) int64 {
	if decimals >= 0 {
		return n
	}
	if decimals < -18 {
		return 0
	}
	scale := int64(math.Pow10(int(-decimals)))
	rest := n % scale
	switch {
	case rest >= scale-scale/2:
		return n - rest + scale
	case -rest >= scale-scale/2:
		return n - rest - scale
	}
	return n - rest
}

// roundTo finds the greatest point that is not above the value; the points need no order.
func roundTo(site *Site) (ScalarKernel, error) {
	for i := 1; i < len(site.Args); i++ {
		if site.Args[i].Value == nil {
			return nil, &ArgumentError{i, fmt.Sprintf("argument of [%s] must be a constant", "ROUND_TO")}
		}
	}
	return func(call *Call, args []*column.Column, rows int) *column.Column {
		return Each(call, args, rows, func(out *column.Builder, at []int) {
			best, least := -1, 1
			for i := 1; i < len(args); i++ {
				if comparePoints(args[i], at[i], args[least], at[least]) < 0 {
					least = i
				}
				if comparePoints(args[i], at[i], args[0], at[0]) <= 0 && (best < 0 || comparePoints(args[i], at[i], args[best], at[best]) > 0) {
					best = i
				}
			}
			if best < 0 {
				best = least
			}
			if out.Type() == column.Double {
				out.Double(args[best].Float(at[best]))
				return
			}
			out.Int(args[best].Int(at[best]))
		})
	}, nil
}

// widest gives the type that numbers of all types fit: double before long before integer; dates as the first is.
func widest(args []column.Type) column.Type {
	out := args[0]
	for _, t := range args[1:] {
		if t == column.Double && out.IsNumber() || t == column.Long && out == column.Integer || out == column.Null {
			out = t
		}
	}
	return out
}

func comparePoints(a *column.Column, i int, b *column.Column, j int) int {
	if a.Type() == b.Type() || a.Type().IsString() && b.Type().IsString() {
		return column.Compare(a, i, b, j)
	}
	if a.Type().IsDate() && b.Type().IsDate() {
		return instant(a, i).Compare(instant(b, j))
	}
	switch x, y := a.Float(i), b.Float(j); {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}
