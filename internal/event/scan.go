package event

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// maxDepth bounds objects in objects: no mapping is that deep, and a file of brackets must not exhaust the stack.
const maxDepth = 200

// scanner reads JSON text and calls back for what it finds. The first problem stops it.
type scanner struct {
	text string
	at   int
	err  *diag.Problem
}

func (s *scanner) fail(start, end int, message, help string) bool {
	if s.err == nil {
		s.err = problem(source.Span{Start: start, End: min(end, len(s.text))}, message, help)
	}
	return false
}

func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// peek gives the next byte that is not white space, or 0 at the end.
func (s *scanner) peek() byte {
	s.space()
	if s.at == len(s.text) {
		return 0
	}
	return s.text[s.at]
}

// members calls each with every key of the object that begins here; each must consume the value.
func (s *scanner) members(each func(key string, keySpan source.Span) bool) bool {
	open := s.at
	s.at++
	if s.peek() == '}' {
		s.at++
		return true
	}
	for {
		if s.peek() != '"' {
			return s.unexpected(open, "a key in double quotes")
		}
		start := s.at
		key, ok := s.str()
		if !ok {
			return false
		}
		keySpan := source.Span{Start: start, End: s.at}
		if s.peek() != ':' {
			return s.unexpected(open, "`:` after the key")
		}
		s.at++
		s.space()
		if !each(key, keySpan) {
			return false
		}
		switch s.peek() {
		case ',':
			s.at++
		case '}':
			s.at++
			return true
		default:
			return s.unexpected(open, "`,` or `}`")
		}
	}
}

// elements calls each at the start of every element of the array that begins here; each must consume it.
func (s *scanner) elements(each func() bool) bool {
	open := s.at
	s.at++
	if s.peek() == ']' {
		s.at++
		return true
	}
	for {
		s.space()
		if !each() {
			return false
		}
		switch s.peek() {
		case ',':
			s.at++
		case ']':
			s.at++
			return true
		default:
			return s.unexpected(open, "`,` or `]`")
		}
	}
}

func (s *scanner) unexpected(open int, want string) bool {
	if s.at >= len(s.text) {
		return s.fail(open, open+1, fmt.Sprintf("the JSON ends inside what begins here; expected %s", want), "is the file cut off?")
	}
	r, size := utf8.DecodeRuneInString(s.text[s.at:])
	return s.fail(s.at, s.at+size, fmt.Sprintf("expected %s, found %q", want, r), "")
}

// skip passes over one value without looking into it, except for its syntax.
func (s *scanner) skip(depth int) bool {
	switch c := s.peek(); {
	case depth > maxDepth:
		return s.tooDeep()
	case c == '{':
		return s.members(func(string, source.Span) bool { return s.skip(depth + 1) })
	case c == '[':
		return s.elements(func() bool { return s.skip(depth + 1) })
	}
	_, _, ok := s.scalar()
	return ok
}

func (s *scanner) tooDeep() bool {
	return s.fail(s.at, s.at+1, fmt.Sprintf("objects and arrays are nested deeper than %d levels", maxDepth), "")
}

// scalar reads a string, number, true, false or null; null has isNull set.
func (s *scanner) scalar() (value Scalar, isNull, ok bool) {
	switch c := s.peek(); {
	case c == '"':
		text, ok := s.str()
		return Scalar{String, text}, false, ok
	case c == '-' || c >= '0' && c <= '9':
		text, ok := s.number()
		return Scalar{Number, text}, false, ok
	}
	for _, word := range []string{"true", "false", "null"} {
		if strings.HasPrefix(s.text[s.at:], word) {
			s.at += len(word)
			return Scalar{Bool, word}, word == "null", true
		}
	}
	if s.at >= len(s.text) {
		end := len(strings.TrimRight(s.text, " \t\r\n"))
		return Scalar{}, false, s.fail(end, end, "the JSON ends where a value is expected", "is the file cut off?")
	}
	return Scalar{}, false, s.unexpected(s.at, "a value")
}

func (s *scanner) number() (string, bool) {
	start := s.at
	if s.text[s.at] == '-' {
		s.at++
	}
	whole := s.digits()
	bad := whole == 0 || whole > 1 && s.text[s.at-whole] == '0'
	if s.at < len(s.text) && s.text[s.at] == '.' {
		s.at++
		bad = s.digits() == 0 || bad
	}
	if s.at < len(s.text) && (s.text[s.at] == 'e' || s.text[s.at] == 'E') {
		s.at++
		if s.at < len(s.text) && (s.text[s.at] == '+' || s.text[s.at] == '-') {
			s.at++
		}
		bad = s.digits() == 0 || bad
	}
	if bad {
		return "", s.fail(start, max(s.at, start+1), fmt.Sprintf("%q is not a JSON number", s.text[start:s.at]), "")
	}
	return s.text[start:s.at], true
}

func (s *scanner) digits() int {
	start := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at - start
}

// str reads a string. Without escapes it is a part of the text, not a copy.
func (s *scanner) str() (string, bool) {
	start := s.at
	s.at++
	for i := s.at; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			text := s.text[s.at:i]
			s.at = i + 1
			return text, s.validUTF8(text, start+1)
		case c == '\\':
			return s.escaped(start, i)
		case c < ' ':
			return "", s.fail(i, i+1, fmt.Sprintf("a string holds the control character U+%04X", c), "write it as an escape such as \\n, or close the string before it")
		}
	}
	return "", s.fail(start, start+1, "the string that begins here is never closed", "is the file cut off?")
}

func (s *scanner) validUTF8(text string, offset int) bool {
	if utf8.ValidString(text) {
		return true
	}
	for i, r := range text {
		if _, size := utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && size == 1 {
			return s.fail(offset+i, offset+i+1, "this byte is not valid UTF-8", "save the file as UTF-8")
		}
	}
	return true
}

func (s *scanner) escaped(start, firstEscape int) (string, bool) {
	var out strings.Builder
	out.WriteString(s.text[s.at:firstEscape])
	for i := firstEscape; i < len(s.text); {
		switch c := s.text[i]; {
		case c == '"':
			s.at = i + 1
			return out.String(), s.validUTF8(s.text[start+1:i], start+1)
		case c < ' ':
			return "", s.fail(i, i+1, fmt.Sprintf("a string holds the control character U+%04X", c), "write it as an escape such as \\n, or close the string before it")
		case c != '\\':
			out.WriteByte(c)
			i++
		default:
			n := s.escape(&out, i)
			if n == 0 {
				return "", s.fail(i, i+2, "this is no JSON escape", `a backslash itself is written \\`)
			}
			i += n
		}
	}
	return "", s.fail(start, start+1, "the string that begins here is never closed", "is the file cut off?")
}

// escape decodes the escape at offset i and gives its length, or 0.
func (s *scanner) escape(out *strings.Builder, i int) int {
	if i+1 >= len(s.text) {
		return 0
	}
	if k := strings.IndexByte(`"\/bfnrt`, s.text[i+1]); k >= 0 {
		out.WriteByte("\"\\/\b\f\n\r\t"[k])
		return 2
	}
	r, ok := hex4(s.text, i)
	if !ok {
		return 0
	}
	if !utf16.IsSurrogate(r) {
		out.WriteRune(r)
		return 6
	}
	if low, ok := hex4(s.text, i+6); ok {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			out.WriteRune(pair)
			return 12
		}
	}
	out.WriteRune(utf8.RuneError)
	return 6
}

func hex4(text string, i int) (rune, bool) {
	if i+6 > len(text) || text[i] != '\\' || text[i+1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range []byte(text[i+2 : i+6]) {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
