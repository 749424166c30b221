package filter

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/value"
)

// reader appends the indexed form of one scalar to the values of its field, which begin at start. A scalar that the
// type cannot hold is left out, as ignore_malformed does.
type reader func(values []Value, start int, scalar event.Scalar) []Value

// positionGap separates the positions of two texts of one field, so that no phrase reaches from one into the other
// (Elasticsearch: position_increment_gap).
const positionGap = 100

func newReader(key slotKey) reader {
	switch {
	case key.presence:
		return func(values []Value, _ int, s event.Scalar) []Value { return append(values, Value{Text: s.Text}) }
	case key.kind.IsText():
		return textReader(key.analyzer)
	case key.kind.IsKeyword():
		return keywordReader(key.normalizer, key.ignoreAbove)
	case key.kind == field.IP:
		return readAddress
	case key.kind == field.Boolean:
		return readBool
	case key.kind.IsDate():
		return dateReader(key.kind)
	case key.kind.IsNumber():
		return numberReader(key.kind)
	}
	// Geo points, binaries and the like are only asked whether they exist.
	return func(values []Value, _ int, s event.Scalar) []Value { return append(values, Value{Text: s.Text}) }
}

func textReader(analyzer string) reader {
	analyze, ok := match.AnalyzerByName(analyzer)
	if !ok {
		analyze = match.Standard
	}
	return func(values []Value, start int, s event.Scalar) []Value {
		offset := value.Bits(0)
		if len(values) > start {
			offset = values[len(values)-1].Bits + positionGap + 1
		}
		for _, token := range analyze(s.Text) {
			values = append(values, Value{Text: token.Text, Bits: offset + value.Bits(token.Position)})
		}
		return values
	}
}

func keywordReader(normalizer string, ignoreAbove int) reader {
	return func(values []Value, _ int, s event.Scalar) []Value {
		if ignoreAbove > 0 && len(s.Text) > ignoreAbove && utf16Length(s.Text) > ignoreAbove {
			return values
		}
		return append(values, Value{Text: normalize(normalizer, s.Text)})
	}
}

// foldNormalizer is the normalizer of slots for conditions without regard to case. It is no name that a mapping can use.
const foldNormalizer = "fold by code point"

func normalize(normalizer, text string) string {
	switch normalizer {
	case "lowercase":
		return strings.ToLower(text)
	case foldNormalizer:
		return match.Fold(text)
	}
	return text
}

// utf16Length is the length that Java counts, which ignore_above is compared with.
func utf16Length(text string) int {
	n := utf8.RuneCountInString(text)
	for _, r := range text {
		if r > 0xffff {
			n++
		}
	}
	return n
}

func readAddress(values []Value, _ int, s event.Scalar) []Value {
	if a, ok := match.ParseAddress(s.Text); ok {
		return append(values, Value{Text: string(a[:])})
	}
	return values
}

// readBool takes what Elasticsearch takes: the JSON booleans, their names, and the empty string for false.
func readBool(values []Value, _ int, s event.Scalar) []Value {
	switch {
	case s.Text == "true" && s.Kind != event.Number:
		return append(values, Value{Bits: 1})
	case s.Kind != event.Number && (s.Text == "false" || s.Text == ""):
		return append(values, Value{Bits: 0})
	}
	return values
}

func dateReader(kind field.Type) reader {
	return func(values []Value, _ int, s event.Scalar) []Value {
		if s.Kind == event.Bool || datemath.HasMath(s.Text) {
			return values
		}
		at, err := datemath.Parse(s.Text, time.Time{}, datemath.Down)
		if err != nil {
			return values
		}
		return append(values, Value{Bits: dateBits(kind, at)})
	}
}

// dateBits is an instant in the resolution of its type: milliseconds for date, nanoseconds for date_nanos.
func dateBits(kind field.Type, at time.Time) value.Bits {
	if kind == field.DateNanos {
		return at.UnixNano()
	}
	return at.UnixMilli()
}

func numberReader(kind field.Type) reader {
	return func(values []Value, _ int, s event.Scalar) []Value {
		if s.Kind == event.Bool {
			return values
		}
		bits, ok := indexNumber(kind, s.Text)
		if !ok {
			return values
		}
		return append(values, Value{Bits: bits})
	}
}

// indexNumber reads a number as a document's value: whole types drop a fraction (Elasticsearch: coerce).
func indexNumber(kind field.Type, text string) (value.Bits, bool) {
	switch {
	case kind == field.UnsignedLong:
		return value.ParseUnsigned(text)
	case kind.IsFraction():
		return value.ParseFraction(text, kind == field.Float || kind == field.HalfFloat)
	}
	low, high := wholeRange(kind)
	whole, ok := value.ParseWhole(text, low, high)
	if !ok || whole.Over != 0 {
		return 0, false
	}
	if !whole.Exact && whole.Floor < 0 {
		whole.Floor++ // a fraction is cut off, not rounded down
	}
	return whole.Floor, true
}

func wholeRange(kind field.Type) (low, high int64) {
	switch kind {
	case field.Byte:
		return math.MinInt8, math.MaxInt8
	case field.Short:
		return math.MinInt16, math.MaxInt16
	case field.Integer:
		return math.MinInt32, math.MaxInt32
	}
	return math.MinInt64, math.MaxInt64
}
