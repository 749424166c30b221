package eql

import (
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/tocsin-rules/tocsin/internal/backtrack"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/value"
)

// The functions on texts. Positions and lengths count UTF-16 units, as Java does; a null argument gives null.

func anyNullDatum(args []value.Datum) bool {
	for _, a := range args {
		if a.IsNull() {
			return true
		}
	}
	return false
}

func textTest(test func(text, part string) bool) func([]value.Datum, func(string) string) value.Datum {
	return func(args []value.Datum, fold func(string) string) value.Datum {
		if anyNullDatum(args) {
			return value.Datum{}
		}
		return value.OfBool(test(fold(args[0].Text()), fold(args[1].Text())))
	}
}

// containsText holds for no empty part: stringContains(x, "") is false, unlike startsWith and endsWith.
func containsText(text, part string) bool { return part != "" && strings.Contains(text, part) }

// between gives what stands between the first left and the first right after it, or the last with greedy; "" when
// either is missing.
func between(args []value.Datum, fold func(string) string) value.Datum {
	if anyNullDatum(args) {
		return value.Datum{}
	}
	text, folded := args[0].Text(), fold(args[0].Text())
	left, right := fold(args[1].Text()), fold(args[2].Text())
	if len(folded) != len(text) {
		text = folded // folding changed the length of a character: positions are those of the folded text
	}
	start := strings.Index(folded, left)
	if start < 0 || left == "" || right == "" {
		return value.OfString("")
	}
	start += len(left)
	find := strings.Index
	if len(args) > 3 && args[3].IsTrue() {
		find = strings.LastIndex
	}
	end := find(folded[start:], right)
	if end < 0 {
		return value.OfString("")
	}
	return value.OfString(text[start : start+end])
}

func concat(args []value.Datum, _ func(string) string) value.Datum {
	if anyNullDatum(args) {
		return value.Datum{}
	}
	var b strings.Builder
	for _, a := range args {
		b.WriteString(a.Text())
	}
	return value.OfString(b.String())
}

func toText(args []value.Datum, _ func(string) string) value.Datum {
	if args[0].IsNull() {
		return value.Datum{}
	}
	return value.OfString(args[0].Text())
}

func length(args []value.Datum, _ func(string) string) value.Datum {
	if args[0].IsNull() {
		return value.Datum{}
	}
	return value.OfLong(int64(utf16Length(args[0].Text())))
}

func utf16Length(text string) int {
	n := 0
	for _, r := range text {
		n += utf16.RuneLen(r)
	}
	return n
}

// indexOf gives where a text begins within another, from a start on; null when it does not, never -1.
func indexOf(args []value.Datum, fold func(string) string) value.Datum {
	if anyNullDatum(args) {
		return value.Datum{}
	}
	text := utf16.Encode([]rune(fold(args[0].Text())))
	part := utf16.Encode([]rune(fold(args[1].Text())))
	start := int64(0)
	if len(args) > 2 {
		start = max(args[2].Int, 0)
	}
	for i := start; i+int64(len(part)) <= int64(len(text)); i++ {
		if equalUnits(text[i:i+int64(len(part))], part) {
			return value.OfLong(i)
		}
	}
	return value.Datum{}
}

func equalUnits(a, b []uint16) bool {
	for i := range b {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// substring counts from 0 and does not include the end; negative numbers count from the end of the text.
func substring(args []value.Datum, _ func(string) string) value.Datum {
	if anyNullDatum(args) {
		return value.Datum{}
	}
	units := utf16.Encode([]rune(args[0].Text()))
	size := int64(len(units))
	place := func(n int64) int64 {
		if n < 0 {
			n += size
		}
		return min(max(n, 0), size)
	}
	start, end := place(args[1].Int), size
	if len(args) > 2 {
		end = place(args[2].Int)
	}
	if start >= end {
		return value.OfString("")
	}
	return value.OfString(string(utf16.Decode(units[start:end])))
}

// parseNumber reads a number in base 10, or in another base; 0x marks base 16. What is no number is null.
func parseNumber(args []value.Datum, _ func(string) string) value.Datum {
	if args[0].IsNull() {
		return value.Datum{}
	}
	text, base := args[0].Text(), 10
	hasBase := len(args) > 1 && !args[1].IsNull()
	if hasBase {
		base = int(args[1].Int)
	}
	if rest, ok := strings.CutPrefix(strings.ToLower(text), "0x"); ok && (!hasBase || base == 16) {
		text, base = rest, 16
	}
	if base < 2 || base > 36 {
		return value.Datum{}
	}
	if n, err := strconv.ParseInt(text, base, 64); err == nil {
		return value.OfLong(n)
	}
	if base != 10 {
		return value.Datum{}
	}
	if _, ok := value.ParseFraction(text, false); !ok {
		return value.Datum{}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return value.Datum{}
	}
	return value.OfDouble(f)
}

// cidrMatch tests a computed address.
func cidrMatch(args []value.Datum, _ func(string) string) value.Datum {
	if args[0].IsNull() {
		return value.Datum{}
	}
	address, ok := match.ParseAddress(args[0].Text())
	if !ok {
		return value.Datum{}
	}
	for _, a := range args[1:] {
		block, err := match.ParseBlock(a.Text())
		if err == nil && block.Holds(address) {
			return value.OfBool(true)
		}
	}
	return value.OfBool(false)
}

// javaRegexp makes the test of a computed text: java.util.regex, for the whole text.
func javaRegexp(pattern string, ignoreCase bool) (func(value.Datum) bool, error) {
	re, err := backtrack.Compile(pattern, backtrack.Options{Dialect: backtrack.Java, IgnoreCase: ignoreCase, Whole: true})
	if err != nil {
		return nil, err
	}
	return func(v value.Datum) bool {
		if v.Kind != value.String {
			return false
		}
		ok, err := re.Match(v.Str)
		return err == nil && ok // a text on which the expression takes too many steps does not fit
	}, nil
}
