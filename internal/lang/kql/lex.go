package kql

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// KQL has no tokens in the usual sense: whether "or" is a keyword depends on the white space around it, and a value
// runs on over spaces. So the parser reads characters, with the helpers of this file.

const specialCharacters = `\():<>"*{}`

// lexer is a place in the query's text.
type lexer struct {
	text string
	at   int
}

func (l *lexer) done() bool { return l.at >= len(l.text) }

// byte is the next byte, or 0 at the end.
func (l *lexer) byte() byte {
	if l.done() {
		return 0
	}
	return l.text[l.at]
}

// spaceAt gives the length of the white-space character at an offset, or 0. Kibana's white space is space, tab, CR,
// LF and the no-break space.
func spaceAt(text string, at int) int {
	if at >= len(text) {
		return 0
	}
	switch text[at] {
	case ' ', '\t', '\r', '\n':
		return 1
	}
	if strings.HasPrefix(text[at:], "\u00a0") {
		return 2
	}
	return 0
}

// spacesEnd gives the offset after the white space at an offset.
func spacesEnd(text string, at int) int {
	for {
		n := spaceAt(text, at)
		if n == 0 {
			return at
		}
		at += n
	}
}

func (l *lexer) spaces() { l.at = spacesEnd(l.text, l.at) }

// wordEnd gives the offset after a keyword, in any case, with the white space that must follow it; -1 when there is
// no such keyword here.
func wordEnd(text string, at int, word string) int {
	end := at + len(word)
	if end > len(text) || !strings.EqualFold(text[at:end], word) {
		return -1
	}
	after := spacesEnd(text, end)
	if after == end {
		return -1
	}
	return after
}

// operator reads white space, the keyword and white space: "and" and "or" need it on both sides.
func (l *lexer) operator(word string) bool {
	start := spacesEnd(l.text, l.at)
	if start == l.at {
		return false
	}
	end := wordEnd(l.text, start, word)
	if end < 0 {
		return false
	}
	l.at = end
	return true
}

// not reads the keyword and the white space after it.
func (l *lexer) not() bool {
	end := wordEnd(l.text, l.at, "not")
	if end < 0 {
		return false
	}
	l.at = end
	return true
}

// keywordHere tells whether an unquoted value must end here: before " and ", " or " and, even in the middle of a
// word, before "not ". The second result tells that it was "not".
func keywordHere(text string, at int) (stop, isNot bool) {
	if wordEnd(text, at, "not") >= 0 {
		return true, true
	}
	start := spacesEnd(text, at)
	if start == at {
		return false, false
	}
	return wordEnd(text, start, "or") >= 0 || wordEnd(text, start, "and") >= 0, false
}

// literalReader collects the parts of a literal.
type literalReader struct {
	parts []match.Part
	text  strings.Builder
}

func (r *literalReader) flush() {
	if r.text.Len() > 0 {
		r.parts = append(r.parts, match.Part{Literal: r.text.String()})
		r.text.Reset()
	}
}

func (r *literalReader) run() {
	r.flush()
	r.parts = append(r.parts, match.Part{Kind: match.AnyRun})
}

// quoted reads a string in double quotes; ok is false when it is never closed.
func (l *lexer) quoted() (Literal, bool) {
	start := l.at
	var r literalReader
	for i := l.at + 1; i < len(l.text); {
		switch c := l.text[i]; c {
		case '"':
			l.at = i + 1
			r.flush()
			return Literal{Parts: r.parts, Quoted: true, At: source.Span{Start: start, End: l.at}}, true
		case '\\':
			text, n := quotedEscape(l.text[i:])
			r.text.WriteString(text)
			i += n
		default:
			r.text.WriteByte(c)
			i++
		}
	}
	return Literal{}, false
}

// quotedEscape decodes a backslash inside quotes. Only \" \\ \t \r \n \uXXXX are escapes; any other backslash stands
// for itself.
func quotedEscape(text string) (string, int) {
	if s, n := commonEscape(text); n > 0 {
		return s, n
	}
	if len(text) > 1 && (text[1] == '"' || text[1] == '\\') {
		return text[1:2], 2
	}
	return `\`, 1
}

func commonEscape(text string) (string, int) {
	if len(text) < 2 {
		return "", 0
	}
	switch text[1] {
	case 't':
		return "\t", 2
	case 'r':
		return "\r", 2
	case 'n':
		return "\n", 2
	case 'u':
		return unicodeEscape(text)
	}
	return "", 0
}

// unicodeEscape decodes \uXXXX; two that form a surrogate pair are one character.
func unicodeEscape(text string) (string, int) {
	first, ok := codeUnit(text)
	if !ok {
		return "", 0
	}
	if second, ok := codeUnit(text[6:]); ok && utf16.IsSurrogate(first) {
		if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
			return string(r), 12
		}
	}
	return string(first), 6
}

func codeUnit(text string) (rune, bool) {
	if len(text) < 6 || text[:2] != `\u` || text[2] == '+' || text[2] == '-' {
		return 0, false
	}
	code, err := strconv.ParseUint(text[2:6], 16, 16)
	return rune(code), err == nil
}

// unquotedEscape decodes a backslash outside quotes; 0 when it is an error there.
func unquotedEscape(text string) (string, int) {
	// Keywords come first: \not is the word "not", not a line feed and "ot".
	for _, word := range []string{"or", "and", "not"} {
		if len(text) > len(word) && strings.EqualFold(text[1:1+len(word)], word) {
			return text[1 : 1+len(word)], 1 + len(word)
		}
	}
	if s, n := commonEscape(text); n > 0 {
		return s, n
	}
	if len(text) > 1 && strings.IndexByte(specialCharacters, text[1]) >= 0 {
		return text[1:2], 2
	}
	return "", 0
}

// unquoted reads an unquoted value as far as it goes, ends trimmed. It is empty when there is none.
func (l *lexer) unquoted() Literal {
	start := l.at
	var r literalReader
	for !l.done() {
		if stop, _ := keywordHere(l.text, l.at); stop {
			break
		}
		c := l.text[l.at]
		if c == '\\' {
			text, n := unquotedEscape(l.text[l.at:])
			if n == 0 {
				break
			}
			r.text.WriteString(text)
			l.at += n
			continue
		}
		if c == '*' {
			r.run()
			l.at++
			continue
		}
		if strings.IndexByte(specialCharacters, c) >= 0 {
			break
		}
		_, size := utf8.DecodeRuneInString(l.text[l.at:])
		r.text.WriteString(l.text[l.at : l.at+size])
		l.at += size
	}
	r.flush()
	return l.trimmed(start, r.parts)
}

// trimmed takes white space off both ends of an unquoted value, as Kibana does.
func (l *lexer) trimmed(start int, parts []match.Part) Literal {
	const space = " \t\r\n\u00a0"
	if len(parts) > 0 && parts[0].Kind == match.Literal {
		parts[0].Literal = strings.TrimLeft(parts[0].Literal, space)
	}
	if last := len(parts) - 1; last >= 0 && parts[last].Kind == match.Literal {
		parts[last].Literal = strings.TrimRight(parts[last].Literal, space)
	}
	kept := parts[:0]
	for _, p := range parts {
		if p.Kind != match.Literal || p.Literal != "" {
			kept = append(kept, p)
		}
	}
	end := start + len(strings.TrimRight(l.text[start:l.at], space))
	start = min(spacesEnd(l.text, start), end)
	lit := Literal{Parts: kept, At: source.Span{Start: start, End: end}}
	switch lit.Text() {
	case "true", "false", "null":
		lit.Typed = !lit.HasWildcard()
	}
	return lit
}
