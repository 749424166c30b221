package eql

import (
	"math"

	"github.com/tocsin-rules/tocsin/internal/value"
)

// fold computes an expression that does not depend on the event. It is false for one that does.
func (c *compiler) fold(e Expr) (value.Datum, bool) {
	if !constantExpr(e) {
		return value.Datum{}, false
	}
	s := &scripter{compiler: c}
	return s.expr(e)(nil), true
}

func constantExpr(e Expr) bool {
	constant := true
	Walk(e, func(e Expr) bool {
		if _, isField := e.(*Field); isField {
			constant = false
		}
		return constant
	})
	return constant
}

func datumOf(v any) value.Datum {
	switch v := v.(type) {
	case bool:
		return value.OfBool(v)
	case int64:
		return value.OfLong(v)
	case float64:
		return value.OfDouble(v)
	case string:
		return value.OfString(v)
	}
	return value.Datum{}
}

// compareData compares two values. With null, or with values that have no order, the result is null.
func compareData(operator string, a, b value.Datum) value.Datum {
	order, ok := value.Compare(a, b)
	if !ok {
		return value.Datum{}
	}
	switch operator {
	case "==":
		return value.OfBool(order == 0)
	case "!=":
		return value.OfBool(order != 0)
	case "<":
		return value.OfBool(order < 0)
	case "<=":
		return value.OfBool(order <= 0)
	case ">":
		return value.OfBool(order > 0)
	}
	return value.OfBool(order >= 0)
}

// compute is arithmetic: whole numbers stay whole, a fraction makes a fraction, null makes null. Division of whole
// numbers drops the rest; division by zero and an overflow are null.
func compute(operator string, a, b value.Datum) value.Datum {
	if !a.IsNumber() || !b.IsNumber() {
		return value.Datum{}
	}
	if a.Kind == value.Long && b.Kind == value.Long {
		return computeWhole(operator, a.Int, b.Int)
	}
	x, y := a.Float(), b.Float()
	switch operator {
	case "+":
		return value.OfDouble(x + y)
	case "-":
		return value.OfDouble(x - y)
	case "*":
		return value.OfDouble(x * y)
	}
	if y == 0 {
		return value.Datum{}
	}
	if operator == "/" {
		return value.OfDouble(x / y)
	}
	return value.OfDouble(math.Mod(x, y))
}

func computeWhole(operator string, a, b int64) value.Datum {
	switch operator {
	case "+":
		if sum := a + b; (sum > a) == (b > 0) {
			return value.OfLong(sum)
		}
	case "-":
		if difference := a - b; (difference < a) == (b > 0) {
			return value.OfLong(difference)
		}
	case "*":
		if product := a * b; a == 0 || product/a == b && (a != -1 || b != math.MinInt64) {
			return value.OfLong(product)
		}
	case "/":
		if b != 0 && (a != math.MinInt64 || b != -1) {
			return value.OfLong(a / b)
		}
	case "%":
		if b != 0 && b != -1 {
			return value.OfLong(a % b)
		}
		if b == -1 {
			return value.OfLong(0)
		}
	}
	return value.Datum{}
}
