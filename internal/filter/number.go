package filter

import (
	"fmt"
	"math"

	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/value"
)

// numberTest is equality with a number. A whole field never equals a fraction or a number outside of its range.
func numberTest(kind field.Type, text string) (test, error) {
	if kind.IsFraction() {
		bits, ok := value.ParseFraction(text, kind == field.Float || kind == field.HalfFloat)
		if !ok {
			return nil, notANumber(text, kind)
		}
		return between{bits, bits}, nil
	}
	whole, ok := parseWhole(kind, text)
	switch {
	case !ok:
		return nil, notANumber(text, kind)
	case whole.Over != 0:
		return never{fmt.Sprintf("%s is outside of what a field of type %s can hold", text, kind)}, nil
	case !whole.Exact:
		return never{fmt.Sprintf("a field of type %s holds whole numbers, never %s", kind, text)}, nil
	}
	return between{whole.Floor, whole.Floor}, nil
}

func numberRange(kind field.Type, b Bounds) (test, error) {
	if kind.IsFraction() {
		return fractionRange(kind, b)
	}
	out := between{math.MinInt64, math.MaxInt64}
	if b.HasLow {
		whole, ok := parseWhole(kind, b.Low)
		if !ok {
			return nil, notANumber(b.Low, kind)
		}
		if whole.Over > 0 {
			return never{fmt.Sprintf("no field of type %s is above %s", kind, b.Low)}, nil
		}
		out.low = whole.Floor
		if whole.Over == 0 && (!whole.Exact || !b.WithLow) {
			if out.low == math.MaxInt64 {
				return never{fmt.Sprintf("no field of type %s is above %s", kind, b.Low)}, nil
			}
			out.low++
		}
	}
	if b.HasHigh {
		whole, ok := parseWhole(kind, b.High)
		if !ok {
			return nil, notANumber(b.High, kind)
		}
		if whole.Over < 0 {
			return never{fmt.Sprintf("no field of type %s is below %s", kind, b.High)}, nil
		}
		out.high = whole.Floor
		if whole.Over == 0 && whole.Exact && !b.WithHigh {
			if out.high == math.MinInt64 {
				return never{fmt.Sprintf("no field of type %s is below %s", kind, b.High)}, nil
			}
			out.high--
		}
	}
	return out, nil
}

// parseWhole reads a whole number in the order of Bits, also for unsigned_long.
func parseWhole(kind field.Type, text string) (value.Whole, bool) {
	if kind == field.UnsignedLong {
		if bits, ok := value.ParseUnsigned(text); ok {
			return value.Whole{Floor: bits, Exact: true}, true
		}
		whole, ok := value.ParseWhole(text, 0, math.MaxInt64)
		whole.Floor = int64(uint64(whole.Floor) ^ 1<<63)
		return whole, ok
	}
	low, high := wholeRange(kind)
	return value.ParseWhole(text, low, high)
}

func fractionRange(kind field.Type, b Bounds) (test, error) {
	single := kind == field.Float || kind == field.HalfFloat
	out := between{value.FloatBits(math.Inf(-1)), value.FloatBits(math.Inf(1))}
	if b.HasLow {
		bits, ok := value.ParseFraction(b.Low, single)
		if !ok {
			return nil, notANumber(b.Low, kind)
		}
		out.low = bits + 1 - value.BoolBits(b.WithLow)
	}
	if b.HasHigh {
		bits, ok := value.ParseFraction(b.High, single)
		if !ok {
			return nil, notANumber(b.High, kind)
		}
		out.high = bits - 1 + value.BoolBits(b.WithHigh)
	}
	return out, nil
}

func notANumber(text string, kind field.Type) error {
	return fmt.Errorf("%q is not a number, and the field is of type %s", text, kind)
}
