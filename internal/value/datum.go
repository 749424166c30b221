package value

import (
	"cmp"
	"math"
	"strconv"
	"strings"
)

// Kind is the type of a Datum.
type Kind uint8

// The kinds. Null is the zero value.
const (
	Null Kind = iota
	Bool
	Long
	Double
	String
)

// Datum is one value that an expression computes with. The zero value is null.
type Datum struct {
	Kind Kind
	Int  int64 // Long, and 0 or 1 for Bool
	F    float64
	Str  string
}

// OfBool makes a boolean.
func OfBool(b bool) Datum { return Datum{Kind: Bool, Int: BoolBits(b)} }

// OfLong makes a whole number.
func OfLong(n int64) Datum { return Datum{Kind: Long, Int: n} }

// OfDouble makes a fraction.
func OfDouble(f float64) Datum { return Datum{Kind: Double, F: f} }

// OfString makes a text.
func OfString(s string) Datum { return Datum{Kind: String, Str: s} }

// IsNull tells whether there is no value.
func (d Datum) IsNull() bool { return d.Kind == Null }

// IsTrue tells whether the value is the boolean true; null is not.
func (d Datum) IsTrue() bool { return d.Kind == Bool && d.Int == 1 }

// IsNumber tells whether the value is a number.
func (d Datum) IsNumber() bool { return d.Kind == Long || d.Kind == Double }

// Float is the number as a fraction.
func (d Datum) Float() float64 {
	if d.Kind == Long {
		return float64(d.Int)
	}
	return d.F
}

// Text prints the value as EQL's string function does: 42, 42.5, true. Null is "".
func (d Datum) Text() string {
	switch d.Kind {
	case Bool:
		return strconv.FormatBool(d.Int == 1)
	case Long:
		return strconv.FormatInt(d.Int, 10)
	case Double:
		text := strconv.FormatFloat(d.F, 'f', -1, 64)
		if !strings.Contains(text, ".") {
			text += ".0"
		}
		return text
	}
	return d.Str
}

// Compare orders two values of the same family: numbers by value, texts by their bytes, false before true. It is false
// for null and for values of different families.
func Compare(a, b Datum) (order int, ok bool) {
	switch {
	case a.Kind == Long && b.Kind == Long, a.Kind == Bool && b.Kind == Bool:
		return cmp.Compare(a.Int, b.Int), true
	case a.IsNumber() && b.IsNumber():
		return cmp.Compare(a.Float(), b.Float()), true
	case a.Kind == String && b.Kind == String:
		return strings.Compare(a.Str, b.Str), true
	}
	return 0, false
}

// Float is the inverse of FloatBits.
func Float(bits Bits) float64 {
	return math.Float64frombits(uint64(bits ^ (bits>>63)&math.MaxInt64))
}
