package esql

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// lexer cuts a query into tokens, one at a time.
type lexer struct {
	text string
	at   int
	mode mode
}

func problem(span source.Span, message, help string) *diag.Problem {
	return &diag.Problem{Name: "esql-syntax", Severity: diag.Error, Span: span, Message: message, Help: help}
}

func span(start, end int) source.Span { return source.Span{Start: start, End: end} }

// next gives the next token, or what is wrong with it.
func (l *lexer) next() (token, *diag.Problem) {
	if p := l.blank(); p != nil {
		return token{}, p
	}
	start := l.at
	if start >= len(l.text) {
		return token{kind: tokenEnd, at: span(start, start)}, nil
	}
	c := l.text[start]
	switch {
	case c == '"':
		return l.str()
	case l.mode == indices && !isSeparator(c):
		return l.index(), nil
	case isNameStart(c) || l.mode == patterns && c == '*':
		return l.name(), nil
	case c == '`':
		return l.quoted()
	case isDigit(c) || c == '.' && start+1 < len(l.text) && isDigit(l.text[start+1]):
		return l.number(), nil
	case c == '?':
		return l.param(), nil
	case c == '\'':
		return token{}, problem(span(start, start+1), "strings stand in double quotes, not in single ones", `write "..."`)
	}
	return l.symbol()
}

// blank passes over white space and comments.
func (l *lexer) blank() *diag.Problem {
	for l.at < len(l.text) {
		rest := l.text[l.at:]
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			l.at++
		case strings.HasPrefix(rest, "//"):
			end := strings.IndexByte(rest, '\n')
			if end < 0 {
				end = len(rest)
			}
			l.at += end
		case strings.HasPrefix(rest, "/*"):
			end := commentEnd(rest)
			if end < 0 {
				return problem(span(l.at, l.at+2), "the comment that begins here is never closed", "add a */")
			}
			l.at += end
		default:
			return nil
		}
	}
	return nil
}

// commentEnd gives the length of the comment at the start of a text, with the comments in it; negative when it has no
// end.
func commentEnd(text string) int {
	depth := 0
	for i := 0; i+1 < len(text); i++ {
		switch text[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
		}
		if depth == 0 {
			return i + 1
		}
	}
	return -1
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isNameStart tells whether a name may begin so; @ may stand nowhere else in it.
func isNameStart(c byte) bool { return isLetter(c) || c == '_' || c == '@' }

func isNamePart(c byte) bool { return isLetter(c) || isDigit(c) || c == '_' }

// isSeparator tells whether a character ends the name of an index.
func isSeparator(c byte) bool { return strings.IndexByte(" \t\r\n:\"=|,[]()", c) >= 0 }

// index reads the name or pattern of an index. A slash belongs to it, unless it begins a comment.
func (l *lexer) index() token {
	start := l.at
	for l.at < len(l.text) && !isSeparator(l.text[l.at]) {
		if rest := l.text[l.at:]; strings.HasPrefix(rest, "//") || strings.HasPrefix(rest, "/*") {
			break
		}
		l.at++
	}
	return token{kind: tokenIndex, text: l.text[start:l.at], at: span(start, l.at)}
}

func (l *lexer) name() token {
	start := l.at
	for l.at++; l.at < len(l.text) && (isNamePart(l.text[l.at]) || l.mode == patterns && l.text[l.at] == '*'); l.at++ {
	}
	return token{kind: tokenName, text: l.text[start:l.at], at: span(start, l.at)}
}

func (l *lexer) param() token {
	start := l.at
	for l.at++; l.at < len(l.text) && (l.text[l.at] == '?' && l.at == start+1 || isNamePart(l.text[l.at])); l.at++ {
	}
	return token{kind: tokenParam, text: l.text[start:l.at], at: span(start, l.at)}
}

func (l *lexer) digits() {
	for l.at < len(l.text) && isDigit(l.text[l.at]) {
		l.at++
	}
}

func (l *lexer) number() token {
	start, kind := l.at, tokenWhole
	l.digits()
	if l.at < len(l.text) && l.text[l.at] == '.' {
		kind = tokenDecimal
		l.at++
		l.digits()
	}
	if rest := l.text[l.at:]; len(rest) > 0 && rest[0]|0x20 == 'e' {
		sign := 0
		if len(rest) > 1 && (rest[1] == '+' || rest[1] == '-') {
			sign = 1
		}
		if len(rest) > 1+sign && isDigit(rest[1+sign]) {
			kind = tokenDecimal
			l.at += 1 + sign
			l.digits()
		}
	}
	return token{kind: kind, text: l.text[start:l.at], at: span(start, l.at)}
}

func (l *lexer) str() (token, *diag.Problem) {
	if strings.HasPrefix(l.text[l.at:], `"""`) {
		return l.raw()
	}
	start := l.at
	var b strings.Builder
	for i := start + 1; i < len(l.text); i++ {
		switch c := l.text[i]; c {
		case '"':
			l.at = i + 1
			return token{kind: tokenString, text: b.String(), at: span(start, l.at)}, nil
		case '\n', '\r':
			return token{}, problem(span(start, i), "the string that begins here is not closed on its line", `close it with "`)
		case '\\':
			k := -1
			if i+1 < len(l.text) {
				k = strings.IndexByte(`"\nrt`, l.text[i+1])
			}
			if k < 0 {
				return token{}, problem(span(i, min(i+2, len(l.text))), "this is no escape", `a backslash itself is written \\; there are also \" \n \r and \t; a string without escapes stands in """`)
			}
			b.WriteByte("\"\\\n\r\t"[k])
			i++
		default:
			b.WriteByte(c)
		}
	}
	return token{}, problem(span(start, start+1), "the string that begins here is never closed", `add a "`)
}

// raw reads a string in three double quotes. It may end with up to two quotes of its own.
func (l *lexer) raw() (token, *diag.Problem) {
	start := l.at
	end := strings.Index(l.text[start+3:], `"""`)
	if end < 0 {
		return token{}, problem(span(start, start+3), "the string that begins here is never closed", `add """`)
	}
	end += start + 3
	for extra := 0; extra < 2 && end+3 < len(l.text) && l.text[end+3] == '"'; extra++ {
		end++
	}
	l.at = end + 3
	return token{kind: tokenString, text: l.text[start+3 : end], at: span(start, l.at)}, nil
}

func (l *lexer) quoted() (token, *diag.Problem) {
	start := l.at
	var b strings.Builder
	for i := start + 1; i < len(l.text); i++ {
		if l.text[i] != '`' {
			b.WriteByte(l.text[i])
			continue
		}
		if i+1 < len(l.text) && l.text[i+1] == '`' {
			b.WriteByte('`')
			i++
			continue
		}
		l.at = i + 1
		if b.Len() == 0 {
			return token{}, problem(span(start, l.at), "the name in back-quotes is empty", "")
		}
		return token{kind: tokenQuoted, text: b.String(), at: span(start, l.at)}, nil
	}
	return token{}, problem(span(start, start+1), "the name in back-quotes that begins here is never closed", "add a `")
}

func (l *lexer) symbol() (token, *diag.Problem) {
	start, rest := l.at, l.text[l.at:]
	for _, s := range []string{"::", "==", "=~", "!=", "<=", ">=", "<", ">", "=", ":", "+", "-", "*", "/", "%", "(", ")", "[", "]", "{", "}", ",", ".", "|", ";"} {
		if strings.HasPrefix(rest, s) {
			l.at += len(s)
			return token{kind: tokenSymbol, text: s, at: span(start, l.at)}, nil
		}
	}
	r, size := utf8.DecodeRuneInString(rest)
	return token{}, problem(span(start, start+size), fmt.Sprintf("`%c` means nothing here", r), "")
}
