package run

import (
	"math"
	"math/bits"
	"time"

	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/function"
)

// arithmetic computes + - * / % by the type of the result. Past the range of the type, and for a division by zero, a
// whole number is null with a warning.
func arithmetic(v *esql.Arithmetic) kernel2 {
	one := wholeNumbers(v.Op, v.As)
	switch {
	case v.As == column.Double:
		return doubles(v.Op)
	case v.As.IsDate() || v.As.IsTimespan():
		return dates(v)
	case v.As == column.UnsignedLong:
		one = unsigned(v.Op)
	}
	return func(call *function.Call, x, y *column.Column) *column.Column {
		if x.Type() == column.Null || y.Type() == column.Null {
			return column.Nulls(v.As, x.Rows())
		}
		return each2(call, x, y, func(out *column.Builder, px, py int) {
			n, failure := one(x.Int(px), y.Int(py))
			if failure != "" {
				call.Warn(function.Arithmetic, failure)
				out.Null()
				return
			}
			out.Int(n)
		})
	}
}

func wholeNumbers(op string, t column.Type) func(a, b int64) (int64, string) {
	name := t.Word() + " overflow"
	inRange := func(n int64, over bool) (int64, string) {
		if over || t == column.Integer && int64(int32(n)) != n {
			return 0, name
		}
		return n, ""
	}
	switch op {
	case "+":
		return func(a, b int64) (int64, string) {
			return inRange(a+b, (a > 0) == (b > 0) && (a > 0) != (a+b > 0) && b != 0)
		}
	case "-":
		return func(a, b int64) (int64, string) { return inRange(a-b, (a >= 0) != (b >= 0) && (a >= 0) != (a-b >= 0)) }
	case "*":
		return func(a, b int64) (int64, string) {
			n := a * b
			return inRange(n, a != 0 && (n/a != b || a == -1 && b == math.MinInt64))
		}
	}
	return func(a, b int64) (int64, string) {
		switch {
		case b == 0:
			return 0, "/ by zero"
		case op == "%":
			if b == -1 {
				return 0, ""
			}
			return a % b, ""
		case b == -1:
			return inRange(-a, a == math.MinInt64)
		}
		return a / b, ""
	}
}

// unsigned computes with unsigned longs in their coded form.
func unsigned(op string) func(a, b int64) (int64, string) {
	const over = "unsigned_long overflow"
	return func(a, b int64) (int64, string) {
		x, y := column.Unsigned(a), column.Unsigned(b)
		switch op {
		case "+":
			if n, carry := bits.Add64(x, y, 0); carry == 0 {
				return column.OfUnsigned(n), ""
			}
		case "-":
			if n, borrow := bits.Sub64(x, y, 0); borrow == 0 {
				return column.OfUnsigned(n), ""
			}
		case "*":
			if high, low := bits.Mul64(x, y); high == 0 {
				return column.OfUnsigned(low), ""
			}
		case "/", "%":
			switch {
			case y == 0:
				return 0, "/ by zero"
			case op == "/":
				return column.OfUnsigned(x / y), ""
			}
			return column.OfUnsigned(x % y), ""
		}
		return 0, over
	}
}

func doubles(op string) kernel2 {
	return func(call *function.Call, x, y *column.Column) *column.Column {
		if x.Type() == column.Null || y.Type() == column.Null {
			return column.Nulls(column.Double, x.Rows())
		}
		return each2(call, x, y, func(out *column.Builder, px, py int) {
			a, b := x.Double(px), y.Double(py)
			var f float64
			switch op {
			case "+":
				f = a + b
			case "-":
				f = a - b
			case "*":
				f = a * b
			case "/":
				f = a / b
			case "%":
				f = math.Mod(a, b)
			}
			switch {
			case b == 0 && (op == "/" || op == "%"):
				call.Warn(function.Arithmetic, "/ by zero")
				out.Null()
			case math.IsInf(f, 0) || math.IsNaN(f):
				call.Warn(function.Arithmetic, "not a finite double number: "+column.RenderDouble(f))
				out.Null()
			default:
				out.Double(f)
			}
		})
	}
}

// dates moves an instant by a timespan, or adds timespans.
func dates(v *esql.Arithmetic) kernel2 {
	by := mover{wholeNumbers("+", column.Long), wholeNumbers("*", column.Long)}
	return func(call *function.Call, x, y *column.Column) *column.Column {
		if x.Type() == column.Null || y.Type() == column.Null {
			return column.Nulls(v.As, x.Rows())
		}
		if v.Op == "+" && !x.Type().IsDate() && y.Type().IsDate() {
			x, y = y, x
		}
		return each2(call, x, y, func(out *column.Builder, px, py int) {
			n, span := x.Int(px), y.Int(py)
			if v.Op == "-" {
				if y.Type() == column.DatePeriod {
					months, days := column.Period(span)
					span = column.OfPeriod(-months, -days)
				} else {
					span = -span
				}
			}
			result, failure := by.move(x.Type(), n, y.Type(), span)
			if failure != "" {
				call.Warn(function.Arithmetic, failure)
				out.Null()
				return
			}
			out.Int(result)
		})
	}
}

// mover moves instants, and timespans, by a timespan: with sums and products of 64 bits that tell when they overflow.
type mover struct {
	add, times func(a, b int64) (int64, string)
}

func (m mover) move(t column.Type, n int64, spanType column.Type, span int64) (int64, string) {
	switch {
	case t == column.DatePeriod:
		m, d := column.Period(n)
		months, days := column.Period(span)
		return column.OfPeriod(m+months, d+days), ""
	case spanType == column.TimeDuration && t == column.DateNanos:
		nanos, failure := m.times(span, 1_000_000)
		if failure != "" {
			return 0, failure
		}
		return m.add(n, nanos)
	case spanType == column.TimeDuration:
		return m.add(n, span)
	case t == column.DateNanos:
		at := column.AddPeriod(time.Unix(0, n).UTC(), span)
		return m.instant(at.Unix(), 1_000_000_000, int64(at.Nanosecond()))
	}
	at := column.AddPeriod(time.UnixMilli(n).UTC(), span)
	return m.instant(at.Unix(), 1000, int64(at.Nanosecond()/1_000_000))
}

// instant is that of whole seconds and parts of one.
func (m mover) instant(seconds, parts, rest int64) (int64, string) {
	if seconds < 0 && rest > 0 {
		seconds, rest = seconds+1, rest-parts // so that the least instant is none too small
	}
	whole, failure := m.times(seconds, parts)
	if failure != "" {
		return 0, failure
	}
	return m.add(whole, rest)
}
