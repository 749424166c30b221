package value

import (
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestParseWhole(t *testing.T) {
	for _, c := range []struct {
		text string
		want Whole
		ok   bool
	}{
		{"80", Whole{80, true, 0}, true}, {"80.0", Whole{80, true, 0}, true}, {"8e1", Whole{80, true, 0}, true},
		{"80.5", Whole{80, false, 0}, true}, {"-80.5", Whole{-81, false, 0}, true},
		{"1.9999999999999999999999", Whole{1, false, 0}, true},
		{"127", Whole{127, true, 0}, true}, {"128", Whole{127, false, 1}, true}, {"-129", Whole{-128, false, -1}, true},
		{"99999999999999999999", Whole{127, false, 1}, true}, {"1e300", Whole{127, false, 1}, true}, {"-1e300", Whole{-128, false, -1}, true},
		{"", Whole{}, false}, {"abc", Whole{}, false}, {"0x10", Whole{}, false}, {"1_0", Whole{}, false}, {"inf", Whole{}, false}, {"1e999999999", Whole{}, false}, {"--1", Whole{}, false},
	} {
		got, ok := ParseWhole(c.text, -128, 127)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("ParseWhole(%q) = %+v, %v; want %+v, %v", c.text, got, ok, c.want, c.ok)
		}
	}
	if got, _ := ParseWhole("9223372036854775807", math.MinInt64, math.MaxInt64); got.Floor != math.MaxInt64 || !got.Exact {
		t.Errorf("the largest long: %+v", got)
	}
}

func TestFractions(t *testing.T) {
	a, _ := ParseFraction("0.1", true)
	b, _ := ParseFraction("0.1", false)
	if a == b {
		t.Error("0.1 as float equals 0.1 as double")
	}
	if _, ok := ParseFraction("nan", false); ok {
		t.Error("nan is a number")
	}
	if FloatBits(math.Copysign(0, -1)) != FloatBits(0) {
		t.Error("-0 differs from 0")
	}
}

// languages.md 3.5, item 36, and semantic versioning.
func TestVersionsInOrder(t *testing.T) {
	order := []string{"0.9", "1", "1.2.3.4", "1.11.0-alpha", "1.11.0-alpha.1", "1.11.0-alpha.2", "1.11.0-alpha.10", "1.11.0-beta", "1.11.0", "1.11.3", "2.1", "5.2.9-SNAPSHOT", "5.2.9", "10.0", "1.2.x", "bad", "v1"}
	for i := range order {
		for k := range order {
			if (i < k) != (VersionKey(order[i]) < VersionKey(order[k])) && i != k {
				t.Errorf("%s and %s are in the wrong order", order[i], order[k])
			}
		}
	}
}

func TestBitsKeepOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Float64().Draw(t, "a"), rapid.Float64().Draw(t, "b")
		if (a < b) != (FloatBits(a) < FloatBits(b)) {
			t.Fatalf("%v and %v change order", a, b)
		}
		m, n := rapid.Uint64().Draw(t, "m"), rapid.Uint64().Draw(t, "n")
		x, _ := ParseUnsigned(strconv.FormatUint(m, 10))
		y, _ := ParseUnsigned(strconv.FormatUint(n, 10))
		if (m < n) != (x < y) {
			t.Fatalf("%v and %v change order", m, n)
		}
	})
}
