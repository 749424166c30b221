package tomltext

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// scanner walks over a text once and builds its nodes. Its methods tell with a boolean whether they succeeded;
// after the first failure nothing more is read.
type scanner struct {
	doc  *Document
	text string
	pos  int
	fail *diag.Diagnostic
	told diag.List // what the text may have, but should not

	root    *Node
	table   *Node // the table that the last header opened
	section int32 // the table that is being read; see Node.section
	opened  int32
	parts   []keyPart
	slab    []Node
	nodes   int
}

// keyPart is one part of a dotted key or of a header.
type keyPart struct {
	name string
	span source.Span
}

func newScanner(doc *Document) *scanner {
	s := &scanner{doc: doc, text: doc.File.Text()}
	if strings.HasPrefix(s.text, bom) {
		s.pos = len(bom)
	}
	s.root = &Node{Kind: Table, origin: fromHeader, doc: doc}
	s.table = s.root
	return s
}

func (s *scanner) diagnostic() diag.Diagnostic { return *s.fail }

// document reads the whole text.
func (s *scanner) document() bool {
	for {
		s.skipLines()
		switch {
		case s.pos == len(s.text):
			return true
		case s.text[s.pos] == '[':
			if !s.header() {
				return false
			}
		default:
			if !s.keyValue(s.table) {
				return false
			}
		}
		if !s.endOfLine() {
			return false
		}
	}
}

// header reads [a.b] or [[a.b]] and makes its table the current one.
func (s *scanner) header() bool {
	start := s.pos
	array := strings.HasPrefix(s.text[s.pos:], "[[")
	closing := "]"
	if array {
		closing = "]]"
	}
	s.pos += len(closing)
	if !s.key() {
		return false
	}
	if !strings.HasPrefix(s.text[s.pos:], closing) {
		return s.expected(fmt.Sprintf("`%s` to end the header", closing), source.Span{Start: start, End: s.pos})
	}
	s.pos += len(closing)
	return s.openTable(array, source.Span{Start: start, End: s.pos})
}

// keyValue reads a.b = value into a table.
func (s *scanner) keyValue(table *Node) bool {
	start := s.pos
	if !s.key() {
		return false
	}
	if s.peek() != '=' {
		return s.expected("`=` after the key", source.Span{Start: start, End: s.pos})
	}
	s.pos++
	s.skipBlanks()
	node, ok := s.define(table)
	return ok && s.value(node)
}

// key reads the parts of a dotted key, and the blanks after it.
func (s *scanner) key() bool {
	start := s.pos
	s.parts = s.parts[:0]
	for {
		if len(s.parts) == MaxParts {
			s.failAt(source.Span{Start: start, End: s.pos}, fmt.Sprintf("the key has more than %d parts", MaxParts), "")
			s.fail.Name = TooLarge
			return false
		}
		s.skipBlanks()
		if !s.keyPart() {
			return false
		}
		s.skipBlanks()
		if s.peek() != '.' {
			return true
		}
		s.pos++
	}
}

func (s *scanner) keyPart() bool {
	start := s.pos
	switch s.peek() {
	case '"', '\'':
		if !s.shortString() {
			return false
		}
		span := source.Span{Start: start, End: s.pos}
		name := newLiteral(s.text, span).decode()
		s.parts = append(s.parts, keyPart{name: name, span: span})
		return true
	}
	for s.pos < len(s.text) && isBareKey(s.text[s.pos]) {
		s.pos++
	}
	if s.pos == start {
		return s.badKey()
	}
	s.parts = append(s.parts, keyPart{name: s.text[start:s.pos], span: source.Span{Start: start, End: s.pos}})
	return true
}

func (s *scanner) badKey() bool {
	help := ""
	if s.pos < len(s.text) && s.text[s.pos] >= ' ' && !strings.ContainsRune("=.]}[{,", rune(s.text[s.pos])) {
		help = "a key of other characters than A-Z, a-z, 0-9, _ and - needs quotes"
	}
	return s.failAt(s.here(), "expected a key, found "+s.found(), help)
}

// endOfLine reads the rest of a line, on which only a comment may stand.
func (s *scanner) endOfLine() bool {
	s.skipBlanks()
	s.skipComment()
	if s.pos == len(s.text) || s.newline() {
		return true
	}
	return s.failAt(s.here(), "expected the end of the line, found "+s.found(), "")
}

// skipLines skips blanks, comments and line breaks.
func (s *scanner) skipLines() {
	for {
		s.skipBlanks()
		s.skipComment()
		if !s.newline() {
			return
		}
	}
}

func (s *scanner) skipBlanks() {
	for s.pos < len(s.text) && (s.text[s.pos] == ' ' || s.text[s.pos] == '\t') {
		s.pos++
	}
}

func (s *scanner) skipComment() {
	if s.peek() != '#' {
		return
	}
	s.pos = s.lineEnd(s.pos)
}

// lineEnd is the offset of the line break, or of the end of the text, from pos on.
func (s *scanner) lineEnd(pos int) int {
	i := strings.IndexByte(s.text[pos:], '\n')
	switch {
	case i < 0:
		return len(s.text)
	case i > 0 && s.text[pos+i-1] == '\r':
		return pos + i - 1
	}
	return pos + i
}

func (s *scanner) newline() bool {
	switch {
	case s.peek() == '\n':
		s.pos++
	case strings.HasPrefix(s.text[s.pos:], "\r\n"):
		s.pos += 2
	default:
		return false
	}
	return true
}

// peek is the next byte; 0, which no text holds, at the end.
func (s *scanner) peek() byte {
	if s.pos == len(s.text) {
		return 0
	}
	return s.text[s.pos]
}

// here is the span of the next character; empty at the end of the text.
func (s *scanner) here() source.Span {
	_, size := utf8.DecodeRuneInString(s.text[s.pos:])
	return source.Span{Start: s.pos, End: s.pos + size}
}

// found names the next character for a message.
func (s *scanner) found() string {
	switch s.peek() {
	case 0:
		return "the end of the file"
	case '\n', '\r':
		return "the end of the line"
	}
	at := s.here()
	return "`" + s.text[at.Start:at.End] + "`"
}

func (s *scanner) expected(what string, context source.Span) bool {
	s.failAt(s.here(), "expected "+what+", found "+s.found(), "")
	s.fail.Context = context.Cover(s.fail.Subject.Span)
	return false
}

// failAt records what is wrong; it always gives false.
func (s *scanner) failAt(span source.Span, message, help string) bool {
	s.fail = &diag.Diagnostic{
		Name: Syntax, Severity: diag.Error, Message: message, Help: help,
		Subject: s.doc.Place(span),
	}
	return false
}

func isBareKey(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}
