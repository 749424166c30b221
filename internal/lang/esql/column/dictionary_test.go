package column

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// A dictionary numbers as a map of the rendered values would.
func TestDictionaryNumbersByFirstSight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]Type{Long, Double, Keyword}).Draw(t, "type")
		d, want := NewDictionary(), map[string]int32{}
		for range rapid.IntRange(0, 300).Draw(t, "values") {
			n := rapid.Int64Range(-1, 150).Draw(t, "value")
			key, got := "null", int32(0)
			switch {
			case n < 0:
				got = d.Null()
			case kind == Keyword:
				key = fmt.Sprint(n)
				got = d.Number(OfTexts(kind, []string{key}), 0)
			case kind == Double:
				key = fmt.Sprint(n)
				got = d.Number(OfDoubles([]float64{float64(n)}), 0)
			default:
				key = fmt.Sprint(n)
				got = d.Number(OfInts(kind, []int64{n}), 0)
			}
			number, known := want[key]
			if !known {
				number = int32(len(want))
				want[key] = number
			}
			if got != number || d.Len() != len(want) {
				t.Fatalf("%s is %d of %d, want %d of %d", key, got, d.Len(), number, len(want))
			}
		}
	})
}

func TestDictionaryTakesBothZerosForOne(t *testing.T) {
	d := NewDictionary()
	zeros := OfDoubles([]float64{0, math.Copysign(0, -1), 1})
	if a, b, c := d.Number(zeros, 0), d.Number(zeros, 1), d.Number(zeros, 2); a != b || a == c {
		t.Errorf("0 is %d, -0 is %d, 1 is %d", a, b, c)
	}
	if d.Pair(1, 2) == d.Pair(2, 1) || d.Pair(-1, 0) == d.Pair(0, -1) {
		t.Error("a pair has an order")
	}
}
