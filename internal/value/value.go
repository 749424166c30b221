// Package value turns the texts of documents and queries into values that can be compared: numbers, booleans,
// addresses.
//
// Whatever has an order becomes an int64 of the same order ([Bits]), the way Lucene indexes numbers, so that one
// comparison serves whole numbers, fractions, dates and booleans.
package value

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Bits is a number, instant or boolean in an order-preserving form: a < b holds for the bits exactly if it holds for
// the values. Bits of different kinds must not be mixed.
type Bits = int64

// Whole is a number read as a whole one.
type Whole struct {
	// Floor is the greatest whole number that is not above the value.
	Floor int64
	// Exact tells that the value has no fraction.
	Exact bool
	// Over is 1 when the value is too large for the range, -1 when too small; Floor is then the nearest bound.
	Over int
}

// ParseWhole reads a decimal number with an optional fraction and exponent, bounded by a range.
func ParseWhole(text string, low, high int64) (Whole, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return bound(n, true, low, high), true
	}
	if !isDecimal(text) {
		return Whole{}, false
	}
	if f, err := strconv.ParseFloat(text, 64); err != nil || math.Abs(f) >= 1<<62 {
		return large(text, low, high)
	}
	// Below 2^62 the exponent is small, and the exact value decides between 1.9999999999999999999 and 2.
	exact, ok := new(big.Rat).SetString(text)
	if !ok {
		return Whole{}, false
	}
	floor := new(big.Int).Div(exact.Num(), exact.Denom())
	return bound(floor.Int64(), exact.IsInt(), low, high), true
}

func bound(n int64, exact bool, low, high int64) Whole {
	switch {
	case n < low:
		return Whole{Floor: low, Over: -1}
	case n > high:
		return Whole{Floor: high, Over: 1}
	}
	return Whole{Floor: n, Exact: exact}
}

func large(text string, low, high int64) (Whole, bool) {
	n, ok := new(big.Float).SetPrec(200).SetString(text)
	if !ok {
		return Whole{}, false
	}
	i, accuracy := n.Int64()
	switch {
	case accuracy == big.Exact:
		return bound(i, true, low, high), true
	case n.Sign() > 0 && i == math.MaxInt64:
		return Whole{Floor: high, Over: 1}, true
	case n.Sign() < 0 && i == math.MinInt64:
		return Whole{Floor: low, Over: -1}, true
	}
	return bound(i, false, low, high), true
}

// ParseUnsigned reads a whole number from 0 to 2^64-1 and gives it in the order of Bits.
func ParseUnsigned(text string) (Bits, bool) {
	n, err := strconv.ParseUint(text, 10, 64)
	return int64(n ^ 1<<63), err == nil
}

// ParseFraction reads a decimal number; single rounds it to the precision of a 32-bit float first.
func ParseFraction(text string, single bool) (Bits, bool) {
	if !isDecimal(text) {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	if single {
		f = float64(float32(f))
	}
	return FloatBits(f), true
}

// FloatBits gives a float in the order of Bits; both zeros are equal.
func FloatBits(f float64) Bits {
	if f == 0 {
		f = 0
	}
	bits := int64(math.Float64bits(f))
	return bits ^ (bits>>63)&math.MaxInt64
}

// BoolBits is 1 for true, 0 for false.
func BoolBits(b bool) Bits {
	if b {
		return 1
	}
	return 0
}

// isDecimal keeps out what ParseFloat knows beyond decimal numbers: hexadecimals, underscores, "inf" and "nan"; and
// exponents that would make an exact computation run away.
func isDecimal(text string) bool {
	if text == "" || len(text) > 400 {
		return false
	}
	for _, c := range []byte(text) {
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c|0x20 != 'e' {
			return false
		}
	}
	mantissa, exponent, has := strings.Cut(strings.ToLower(text), "e")
	if has && len(exponent) > 5 {
		return false
	}
	_, err := strconv.ParseFloat(mantissa, 64)
	return err == nil
}
