package function

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// maxText is the size in bytes up to which Elasticsearch makes texts (ScalarFunction: MAX_BYTES_REF_RESULT_SIZE).
const maxText = 1 << 20

func textParam(name string) Param { return Param{Name: name, Types: Strings, Expected: "string"} }

func wholeParam(name string) Param {
	return Param{Name: name, Types: OneOf(column.Integer), Expected: "integer"}
}

func optional(p Param) Param {
	p.Optional = true
	return p
}

func constantParam(p Param) Param {
	p.Constant = true
	return p
}

func stringFunctions() []*Function {
	text := textParam("string")
	scalar := func(name, doc string, returns column.Type, compile func(*Site) (ScalarKernel, error), params ...Param) *Function {
		return &Function{Name: name, Kind: Scalar, Family: "String", Doc: doc, Params: params, Returns: Gives(returns), Scalar: compile}
	}
	concat := scalar("CONCAT", "Joins two or more texts.", column.Keyword, plain(concat), text, text)
	concat.Variadic = true
	return []*Function{
		scalar("BIT_LENGTH", "The number of bits of a text in UTF-8.", column.Integer, lengthBy(func(s string) int { return 8 * len(s) }), text),
		scalar("BYTE_LENGTH", "The number of bytes of a text in UTF-8.", column.Integer, lengthBy(func(s string) int { return len(s) }), text),
		concat,
		scalar("CONTAINS", "Whether a text holds another.", column.Boolean, textTest(strings.Contains), text, textParam("substring")),
		scalar("ENDS_WITH", "Whether a text ends with another.", column.Boolean, textTest(strings.HasSuffix), text, textParam("suffix")),
		scalar("LEFT", "The first characters of a text.", column.Keyword, eachOf(left), text, wholeParam("length")),
		scalar("LENGTH", "The number of characters (code points) of a text.", column.Integer, lengthBy(utf8.RuneCountInString), text),
		scalar("LOCATE", "The place of a text in another, from 1; 0 if it is not there.", column.Integer, eachOf(locate), text, textParam("substring"), optional(wholeParam("start"))),
		scalar("LTRIM", "A text without the white space at its start.", column.Keyword, mapped(func(s string) string { return strings.TrimLeftFunc(s, isJavaSpace) }), text),
		scalar("REPEAT", "A text so many times.", column.Keyword, failing(repeat), text, wholeParam("number")),
		scalar("REPLACE", "Replaces what a regular expression (of Java) finds; $1 stands for a group.", column.Keyword, replace, text, textParam("regex"), textParam("newString")),
		scalar("REVERSE", "A text backwards.", column.Keyword, mapped(reverse), text),
		scalar("RIGHT", "The last characters of a text.", column.Keyword, eachOf(right), text, wholeParam("length")),
		scalar("RTRIM", "A text without the white space at its end.", column.Keyword, mapped(func(s string) string { return strings.TrimRightFunc(s, isJavaSpace) }), text),
		scalar("SPACE", "So many blanks.", column.Keyword, failing(blanks), wholeParam("number")),
		scalar("SPLIT", "The parts of a text between a delimiter, as several values.", column.Keyword, eachOf(splitText), text, textParam("delim")),
		scalar("STARTS_WITH", "Whether a text starts with another.", column.Boolean, textTest(strings.HasPrefix), text, textParam("prefix")),
		scalar("SUBSTRING", "Part of a text, from a place counted from 1; a negative one counts from the end.", column.Keyword, failing(substring), text, wholeParam("start"), optional(wholeParam("length"))),
		scalar("TO_LOWER", "A text in lower case.", column.Keyword, eachText(strings.ToLower), text),
		scalar("TO_UPPER", "A text in upper case.", column.Keyword, eachText(strings.ToUpper), text),
		scalar("TRIM", "A text without the white space around it.", column.Keyword, mapped(func(s string) string { return strings.TrimFunc(s, isJavaSpace) }), text),
	}
}

// mapped is a function of one text that gives a text.
func mapped(convert func(string) string) func(*Site) (ScalarKernel, error) {
	return eachOf(func(out *column.Builder, args []*column.Column, at []int) { out.Text(convert(args[0].Text(at[0]))) })
}

// eachText is a function that converts every value of a field.
func eachText(convert func(string) string) func(*Site) (ScalarKernel, error) {
	return plain(func(call *Call, args []*column.Column, rows int) *column.Column {
		return EachValue(call, args[0], rows, func(out *column.Builder, at int) error {
			out.Text(convert(args[0].Text(at)))
			return nil
		})
	})
}

func lengthBy(count func(string) int) func(*Site) (ScalarKernel, error) {
	return eachOf(func(out *column.Builder, args []*column.Column, at []int) { out.Int(int64(count(args[0].Text(at[0])))) })
}

func textTest(test func(text, part string) bool) func(*Site) (ScalarKernel, error) {
	return eachOf(func(out *column.Builder, args []*column.Column, at []int) {
		out.Bool(test(args[0].Text(at[0]), args[1].Text(at[1])))
	})
}

func concat(call *Call, args []*column.Column, rows int) *column.Column {
	var joined strings.Builder
	return fallible(call, args, rows, func(out *column.Builder, at []int) error {
		joined.Reset()
		for i, position := range at {
			joined.WriteString(args[i].Text(position))
		}
		if joined.Len() > maxText {
			return failure{IllegalArgument, fmt.Sprintf("concatenating more than [%d] bytes is not supported", maxText)}
		}
		out.Text(joined.String())
		return nil
	})
}

// byteOf gives the byte at which the n-th code point begins, the text's end for one beyond it.
func byteOf(text string, n int64) int {
	at := 0
	for ; n > 0 && at < len(text); n-- {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}

// placeOf turns a place that counts from 1, or negative from the end, into one that counts from 0; 0 stands for 1.
func placeOf(start int64, count int) int64 {
	switch {
	case start > 0:
		start--
	case start < 0:
		start += int64(count)
	}
	return min(max(start, 0), int64(count))
}

func left(out *column.Builder, args []*column.Column, at []int) {
	text := args[0].Text(at[0])
	out.Text(text[:byteOf(text, args[1].Int(at[1]))])
}

func right(out *column.Builder, args []*column.Column, at []int) {
	text := args[0].Text(at[0])
	skip := int64(utf8.RuneCountInString(text)) - max(args[1].Int(at[1]), 0)
	out.Text(text[byteOf(text, skip):])
}

func locate(out *column.Builder, args []*column.Column, at []int) {
	text, part := args[0].Text(at[0]), args[1].Text(at[1])
	start := int64(0)
	if len(args) > 2 {
		start = args[2].Int(at[2])
	}
	from := byteOf(text, placeOf(start, utf8.RuneCountInString(text)))
	found := strings.Index(text[from:], part)
	if found < 0 || len(text) < len(part) {
		out.Int(0)
		return
	}
	out.Int(int64(utf8.RuneCountInString(text[:from+found])) + 1)
}

func substring(out *column.Builder, args []*column.Column, at []int) error {
	text := args[0].Text(at[0])
	from := byteOf(text, placeOf(args[1].Int(at[1]), utf8.RuneCountInString(text)))
	to := len(text)
	if len(args) > 2 {
		length := args[2].Int(at[2])
		if length < 0 {
			return failure{IllegalArgument, fmt.Sprintf("Length parameter cannot be negative, found [%d]", length)}
		}
		to = from + byteOf(text[from:], length)
	}
	out.Text(text[from:to])
	return nil
}

func repeat(out *column.Builder, args []*column.Column, at []int) error {
	text, n := args[0].Text(at[0]), args[1].Int(at[1])
	switch {
	case n < 0:
		return failure{IllegalArgument, fmt.Sprintf("Number parameter cannot be negative, found [%d]", n)}
	case n > 0 && int64(len(text)) > maxText/n:
		return failure{IllegalArgument, fmt.Sprintf("Creating repeated strings with more than [%d] bytes is not supported", maxText)}
	}
	out.Text(strings.Repeat(text, int(n)))
	return nil
}

func blanks(out *column.Builder, args []*column.Column, at []int) error {
	n := args[0].Int(at[0])
	switch {
	case n < 0:
		return failure{IllegalArgument, fmt.Sprintf("Number parameter cannot be negative, found [%d]", n)}
	case n > maxText:
		return failure{IllegalArgument, fmt.Sprintf("Creating strings longer than [%d] bytes is not supported", maxText)}
	}
	out.Text(strings.Repeat(" ", int(n)))
	return nil
}

func splitText(out *column.Builder, args []*column.Column, at []int) {
	text, delimiter := args[0].Text(at[0]), args[1].Text(at[1])
	if delimiter == "" {
		out.Text(text)
		return
	}
	out.Begin()
	for part := range strings.SplitSeq(text, delimiter) {
		out.Text(part)
	}
	out.End()
}

// reverse turns a text around; marks and joined characters stay with the character that they belong to.
func reverse(text string) string {
	var clusters []string
	joined := false
	for _, r := range text {
		mark := unicode.Is(unicode.M, r) || r == 0x200d || r >= 0x1f3fb && r <= 0x1f3ff
		if len(clusters) > 0 && (mark || joined) {
			clusters[len(clusters)-1] += string(r)
		} else {
			clusters = append(clusters, string(r))
		}
		joined = r == 0x200d
	}
	slices.Reverse(clusters)
	return strings.Join(clusters, "")
}

// isJavaSpace is Java's Character.isWhitespace: Unicode's white space but for the blanks that do not break a line.
func isJavaSpace(r rune) bool {
	switch {
	case r >= 0x1c && r <= 0x1f:
		return true
	case r == 0xa0 || r == 0x2007 || r == 0x202f || r == 0x85:
		return false
	}
	return unicode.IsSpace(r)
}
