package tomltext

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/source"
)

// View gives the text of a string with the place in the file of each of its bytes. It is nil for other kinds.
func (n *Node) View() *source.View {
	if n.Kind != String {
		return nil
	}
	lit := newLiteral(n.doc.File.Text(), n.Value)
	text, segments := lit.decodeWithPlaces()
	return source.NewView(n.doc.File, text, segments, lit.body.End)
}

// Text gives the text of a string; "" for other kinds.
func (n *Node) Text() string {
	if n.Kind != String {
		return ""
	}
	return newLiteral(n.doc.File.Text(), n.Value).decode()
}

// Unquote gives the text that a string or a quoted key of a document stands for, quotes included.
func Unquote(quoted string) string {
	return newLiteral(quoted, source.Span{End: len(quoted)}).decode()
}

// literal is a string as it is written: a span of a text, and the span between its quotes.
type literal struct {
	text    string
	body    source.Span
	escapes bool
}

func newLiteral(text string, span source.Span) literal {
	quotes := 1
	raw := text[span.Start:span.End]
	if len(raw) >= 6 && raw[0] == raw[1] && raw[1] == raw[2] {
		quotes = 3
	}
	body := source.Span{Start: span.Start + quotes, End: span.End - quotes}
	if quotes == 3 {
		// A line break right after the opening quotes is not part of the text.
		inner := text[body.Start:body.End]
		switch {
		case strings.HasPrefix(inner, "\n"):
			body.Start++
		case strings.HasPrefix(inner, "\r\n"):
			body.Start += 2
		}
	}
	return literal{text: text, body: body, escapes: raw[0] == '"'}
}

// decode gives the string that the literal stands for.
func (l literal) decode() string {
	raw := l.text[l.body.Start:l.body.End]
	if !l.escapes || strings.IndexByte(raw, '\\') < 0 {
		return raw
	}
	text, _ := l.decodeWithPlaces()
	return text
}

func (l literal) decodeWithPlaces() (string, []source.Segment) {
	raw := l.text[l.body.Start:l.body.End]
	segments := []source.Segment{{Inner: 0, Outer: l.body.Start}}
	if !l.escapes || strings.IndexByte(raw, '\\') < 0 {
		return raw, segments
	}
	var b strings.Builder
	b.Grow(len(raw))
	for rest := raw; ; {
		i := strings.IndexByte(rest, '\\')
		if i < 0 {
			b.WriteString(rest)
			return b.String(), segments
		}
		b.WriteString(rest[:i])
		outer := l.body.End - len(rest) + i
		inner, size := unescape(rest[i:])
		segments = addSegment(segments, b.Len(), outer)
		b.WriteString(inner)
		segments = addSegment(segments, b.Len(), outer+size)
		rest = rest[i+size:]
	}
}

// addSegment replaces the last segment where it would be empty.
func addSegment(segments []source.Segment, inner, outer int) []source.Segment {
	if last := len(segments) - 1; segments[last].Inner == inner {
		segments[last].Outer = outer
		return segments
	}
	return append(segments, source.Segment{Inner: inner, Outer: outer})
}

// unescape gives the text that the escape at the start of raw stands for, and the number of bytes it takes.
func unescape(raw string) (string, int) {
	if i := strings.IndexByte(`btnfre"\`, raw[1]); i >= 0 {
		return "\b\t\n\f\r\x1b\"\\"[i : i+1], 2
	}
	digits := escapeDigits(raw[1])
	if digits == 0 { // a backslash at the end of a line
		return "", len(raw) - len(strings.TrimLeft(raw[1:], " \t\r\n"))
	}
	size := 2 + digits
	code, err := strconv.ParseUint(raw[2:size], 16, 32)
	if err != nil {
		code = utf8.RuneError // the scanner has seen that it is a number
	}
	return string(rune(code)), size
}
