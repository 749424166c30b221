package tomltext

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/source"
)

// anyString reads any of the four kinds of strings.
func (s *scanner) anyString() bool {
	quote := s.text[s.pos : s.pos+1]
	triple := strings.Repeat(quote, 3)
	if strings.HasPrefix(s.text[s.pos:], triple) {
		return s.longString(triple)
	}
	return s.shortString()
}

// shortString reads a string on one line, "..." or '...'.
func (s *scanner) shortString() bool {
	start, quote := s.pos, s.text[s.pos]
	for s.pos++; s.pos < len(s.text); {
		switch c := s.text[s.pos]; {
		case c == quote:
			s.pos++
			return true
		case c == '\n':
			return s.openString(start, quote)
		case c == '\\' && quote == '"':
			if !s.escape(false) {
				return false
			}
		default:
			s.pos++
		}
	}
	return s.openString(start, quote)
}

func (s *scanner) openString(start int, quote byte) bool {
	q := string(quote)
	triple := strings.Repeat(q, 3)
	return s.failAt(source.Span{Start: start, End: s.lineEnd(start)}, "this string is not closed on its line",
		"end it with `"+q+"`; text of several lines stands between "+triple+" and "+triple)
}

// longString reads a string of several lines, which ends at three quotes; up to two more belong to the text.
func (s *scanner) longString(triple string) bool {
	start := s.pos
	quote := -1 // where the next quote stands; kept, so that a text full of escapes is not searched again and again
	for s.pos += 3; ; {
		if quote < s.pos {
			quote = s.next(triple[0], len(s.text))
		}
		if triple[0] == '"' {
			s.pos = s.next('\\', quote)
		} else {
			s.pos = quote
		}
		switch {
		case s.pos == len(s.text):
			return s.failAt(source.Span{Start: start, End: start + 3}, "this string is never closed", "end it with `"+triple+"`")
		case s.text[s.pos] == '\\':
			if !s.escape(true) {
				return false
			}
			continue
		}
		run := s.quotes(triple[0])
		if run >= 3 {
			return s.closeString(triple, run)
		}
		s.pos += run
	}
}

// next is the offset of the next byte c before end, or end.
func (s *scanner) next(c byte, end int) int {
	i := strings.IndexByte(s.text[s.pos:end], c)
	if i < 0 {
		return end
	}
	return s.pos + i
}

// quotes counts the quotes from the current place on.
func (s *scanner) quotes(quote byte) int {
	n := 0
	for s.pos+n < len(s.text) && s.text[s.pos+n] == quote {
		n++
	}
	return n
}

func (s *scanner) closeString(triple string, run int) bool {
	// The decoder takes a third quote as text after an escaped backslash; agreeing with it costs nothing.
	afterBackslash := run == 6 && triple[0] == '"' && s.text[s.pos-1] == '\\'
	if run > 5 && !afterBackslash {
		return s.failAt(source.Span{Start: s.pos, End: s.pos + run}, "too many quotes at the end of a string",
			"at most two quotes may stand before the closing `"+triple+"`")
	}
	s.pos += run
	return true
}

// escape reads one escape sequence. In a string of several lines a backslash at the end of a line is one, too:
// it joins the lines.
func (s *scanner) escape(long bool) bool {
	start := s.pos
	s.pos++
	c := s.peek()
	if long && s.lineContinuation() {
		return true
	}
	if strings.IndexByte(`btnfre"\`, c) >= 0 && c != 0 {
		s.pos++
		if c == 'e' {
			s.newer(newerEscape, source.Span{Start: start, End: s.pos})
		}
		return true
	}
	digits := escapeDigits(c)
	if digits == 0 {
		return s.badEscape(start)
	}
	s.pos++
	for ; digits > 0; digits-- {
		if !isHex(s.peek()) {
			return s.failAt(source.Span{Start: start, End: s.pos}, "expected a hexadecimal digit, found "+s.found(),
				"`\\x` takes 2 digits, `\\u` 4, `\\U` 8")
		}
		s.pos++
	}
	if c == 'x' {
		s.newer(newerEscape, source.Span{Start: start, End: s.pos})
	}
	if code, err := strconv.ParseUint(s.text[start+2:s.pos], 16, 32); err != nil || !utf8.ValidRune(rune(code)) {
		return s.failAt(source.Span{Start: start, End: s.pos}, "`"+s.text[start:s.pos]+"` is not a character of Unicode", "")
	}
	return true
}

// escapeDigits is the number of hexadecimal digits that belong to an escape.
func escapeDigits(c byte) int {
	switch c {
	case 'x':
		return 2
	case 'u':
		return 4
	case 'U':
		return 8
	}
	return 0
}

// lineContinuation skips the blanks after a backslash, the line break and all white space after it.
func (s *scanner) lineContinuation() bool {
	end := s.pos + len(s.text[s.pos:]) - len(strings.TrimLeft(s.text[s.pos:], " \t\r\n"))
	if strings.IndexByte(s.text[s.pos:end], '\n') < 0 {
		return false
	}
	s.pos = end
	return true
}

func (s *scanner) badEscape(start int) bool {
	at := s.here()
	if s.peek() == '\n' || s.peek() == '\r' || s.peek() == 0 {
		at.End = at.Start
	}
	return s.failAt(source.Span{Start: start, End: at.End}, "`"+s.text[start:at.End]+"` is not an escape",
		"write `\\\\` for a backslash, or use single quotes, in which a backslash stands for itself")
}

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
