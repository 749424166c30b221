package tomltext

import (
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// value reads a value into a node that already stands in the tree.
func (s *scanner) value(n *Node) bool {
	start := s.pos
	var ok bool
	switch c := s.peek(); {
	case c == '"' || c == '\'':
		n.Kind, ok = String, s.anyString()
	case c == '[':
		n.Kind, ok = Array, s.array(n)
	case c == '{':
		n.Kind, ok = Table, s.inlineTable(n)
	case isDigit(c):
		ok = s.numberOrDate(n)
	case c == '+' || c == '-' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
		ok = s.word(n)
	default:
		ok = s.failAt(s.here(), "expected a value, found "+s.found(), "")
	}
	n.Value = source.Span{Start: start, End: s.pos}
	return ok
}

func (s *scanner) array(n *Node) bool {
	start := s.pos
	s.pos++
	for {
		s.skipLines()
		if s.peek() == ']' {
			s.pos++
			return true
		}
		item, ok := s.newNode(n, keyPart{span: s.here()})
		if !ok || !s.value(item) {
			return ok && s.closeFail(start, "array", "]")
		}
		item.Key = item.Value
		s.skipLines()
		if s.peek() == ',' {
			s.pos++
		} else if s.peek() != ']' {
			s.failAt(s.here(), "expected `,` or `]`, found "+s.found(), "")
			return s.closeFail(start, "array", "]")
		}
	}
}

func (s *scanner) inlineTable(n *Node) bool {
	start := s.pos
	s.pos++
	outer := s.section
	s.opened++
	s.section = s.opened
	n.section = s.section
	defer func() { s.section = outer }()
	comma := source.Span{}
	for {
		s.skipLinesOfTable(start)
		if s.peek() == '}' {
			if comma.Len() > 0 {
				s.newer(newerComma, comma)
			}
			s.pos++
			return true
		}
		comma = source.Span{}
		if !s.keyValue(n) {
			return s.closeFail(start, "inline table", "}")
		}
		s.skipLinesOfTable(start)
		if s.peek() == ',' {
			comma = s.here()
			s.pos++
		} else if s.peek() != '}' {
			s.failAt(s.here(), "expected `,` or `}`, found "+s.found(), "")
			return s.closeFail(start, "inline table", "}")
		}
	}
}

// skipLinesOfTable skips blanks, and line breaks and comments, which TOML 1.1 allows there.
func (s *scanner) skipLinesOfTable(open int) {
	start := s.pos
	s.skipLines()
	if strings.IndexByte(s.text[start:s.pos], '\n') >= 0 {
		s.newer(newerLine, source.Span{Start: open, End: open + 1})
	}
}

// closeFail tells where the array or the table begins within which something failed. At the end of the text the
// bracket that was never closed says more than what is missing there.
func (s *scanner) closeFail(open int, what, closing string) bool {
	if s.fail.Subject.Span.Start < len(s.text) {
		if s.fail.Related == nil {
			place := s.doc.Place(source.Span{Start: open, End: open + 1})
			s.fail.Related = []diag.Related{{Place: place, Message: "the " + what + " begins here"}}
		}
		return false
	}
	return s.failAt(source.Span{Start: open, End: open + 1}, "this "+what+" is never closed", "end it with `"+closing+"`")
}

// numberOrDate reads what begins with a digit. It only finds where the value ends: the decoder judges it.
func (s *scanner) numberOrDate(n *Node) bool {
	start := s.pos
	for isDigit(s.peek()) {
		s.pos++
	}
	if c := s.peek(); c != '-' && c != ':' {
		s.pos = start
		return s.word(n)
	}
	for s.pos < len(s.text) && (isDigit(s.text[s.pos]) || strings.IndexByte("-:Tt .Zz+", s.text[s.pos]) >= 0) {
		s.pos++
	}
	s.pos = start + len(strings.TrimRight(s.text[start:s.pos], " "))
	if withoutSeconds(s.text[start:s.pos]) {
		s.newer(newerTime, source.Span{Start: start, End: s.pos})
	}
	n.Kind = Datetime
	return true
}

// word reads a number, or a bare word: true, false, inf, nan.
func (s *scanner) word(n *Node) bool {
	start := s.pos
	for s.pos < len(s.text) && isWord(s.text[s.pos]) {
		s.pos++
	}
	switch word := s.text[start:s.pos]; {
	case word == "true" || word == "false":
		n.Kind = Bool
	case strings.TrimLeft(word, "+-") == "inf" || strings.TrimLeft(word, "+-") == "nan":
		n.Kind = Float
	case !strings.ContainsAny(word, "0123456789") || isLetter(word[0]):
		return s.badWord(source.Span{Start: start, End: s.pos}, word)
	case strings.HasPrefix(word, "0x") || strings.HasPrefix(word, "0o") || strings.HasPrefix(word, "0b"):
		n.Kind = Integer
	case strings.ContainsAny(word, ".eE"):
		n.Kind = Float
	default:
		n.Kind = Integer
	}
	return true
}

func (s *scanner) badWord(span source.Span, word string) bool {
	help := ""
	switch lower := strings.ToLower(word); {
	case lower == "true" || lower == "false":
		help = "write `" + lower + "`"
	case lower == "null" || lower == "none" || lower == "nil":
		help = "TOML has no empty value: leave the key out"
	case isLetter(word[0]):
		help = "text needs quotes: `\"" + word + "\"`"
	}
	return s.failAt(span, "expected a value, found `"+word+"`", help)
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isWord(c byte) bool   { return isBareKey(c) || c == '+' || c == '.' }
