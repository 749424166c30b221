package eql

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// lexer cuts a query into tokens, one at a time.
type lexer struct {
	text string
	at   int
}

func problem(start, end int, message, help string) *diag.Problem {
	return &diag.Problem{Name: "eql-syntax", Severity: diag.Error, Span: source.Span{Start: start, End: end}, Message: message, Help: help}
}

// next gives the next token, or what is wrong with it.
func (l *lexer) next() (token, *diag.Problem) {
	if p := l.blank(); p != nil {
		return token{}, p
	}
	start := l.at
	if start >= len(l.text) {
		return token{kind: tokenEnd, at: source.Span{Start: start, End: start}}, nil
	}
	switch c := l.text[start]; {
	case isLetter(c):
		return l.name(), nil
	case isDigit(c) || c == '.' && start+1 < len(l.text) && isDigit(l.text[start+1]):
		return l.number()
	case c == '"':
		return l.str()
	case c == '`':
		return l.quoted()
	case c == '\'':
		return token{}, problem(start, start+1, "strings stand in double quotes, not in single ones", `write "..."`)
	case c == '?' && start+1 < len(l.text) && (l.text[start+1] == '"' || l.text[start+1] == '\''):
		return token{}, problem(start, start+2, "a raw string stands in three double quotes, not after a question mark", `write """..."""`)
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
			end := strings.Index(rest, "*/")
			if end < 0 {
				return problem(l.at, l.at+2, "the comment that begins here is never closed", "add a */")
			}
			l.at += end + 2
		default:
			return nil
		}
	}
	return nil
}

func isLetter(c byte) bool {
	return c == '_' || c == '@' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (l *lexer) name() token {
	start := l.at
	for l.at < len(l.text) && (isLetter(l.text[l.at]) && l.text[l.at] != '@' || isDigit(l.text[l.at]) || l.at == start) {
		l.at++
	}
	if l.at < len(l.text) && l.text[l.at] == '~' {
		l.at++
	}
	return token{kind: tokenName, text: l.text[start:l.at], at: source.Span{Start: start, End: l.at}}
}

func (l *lexer) number() (token, *diag.Problem) {
	start, kind := l.at, tokenWhole
	digits := func() {
		for l.at < len(l.text) && isDigit(l.text[l.at]) {
			l.at++
		}
	}
	digits()
	if l.at < len(l.text) && l.text[l.at] == '.' {
		kind = tokenDecimal
		l.at++
		digits()
	}
	if rest := l.text[l.at:]; len(rest) > 0 && rest[0]|0x20 == 'e' {
		sign := 0
		if len(rest) > 1 && (rest[1] == '+' || rest[1] == '-') {
			sign = 1
		}
		if len(rest) > 1+sign && isDigit(rest[1+sign]) {
			kind = tokenDecimal
			l.at += 1 + sign
			digits()
		}
	}
	return token{kind: kind, text: l.text[start:l.at], at: source.Span{Start: start, End: l.at}}, nil
}

func (l *lexer) str() (token, *diag.Problem) {
	if strings.HasPrefix(l.text[l.at:], `"""`) {
		return l.raw()
	}
	start := l.at
	var b strings.Builder
	for i := start + 1; i < len(l.text); {
		switch c := l.text[i]; c {
		case '"':
			l.at = i + 1
			return token{kind: tokenString, text: b.String(), at: source.Span{Start: start, End: l.at}}, nil
		case '\n', '\r':
			return token{}, problem(start, i, "the string that begins here is not closed on its line", `close it with ", or use """ for a text of several lines`)
		case '\\':
			text, n := escape(l.text[i:])
			if n == 0 {
				return token{}, problem(i, min(i+2, len(l.text)), "this is no escape", `a backslash itself is written \\; there are also \" \n \r \t and \u{...}; a raw string stands in """`)
			}
			b.WriteString(text)
			i += n
		default:
			b.WriteByte(c)
			i++
		}
	}
	return token{}, problem(start, start+1, "the string that begins here is never closed", "")
}

// escape decodes the escape at the start of a text and gives its length, or 0.
func escape(text string) (string, int) {
	if len(text) < 2 {
		return "", 0
	}
	if i := strings.IndexByte(`"\nrt'`, text[1]); i >= 0 {
		return "\"\\\n\r\t'"[i : i+1], 2
	}
	if !strings.HasPrefix(text, `\u{`) {
		return "", 0
	}
	end := strings.IndexByte(text[:min(len(text), 12)], '}')
	if end < 5 {
		return "", 0
	}
	code, err := strconv.ParseUint(text[3:end], 16, 32)
	if err != nil || code > utf8.MaxRune || code >= 0xd800 && code <= 0xdfff {
		return "", 0
	}
	return string(rune(code)), end + 1
}

// raw reads a string in three double quotes. It may begin and end with up to two quotes of its own.
func (l *lexer) raw() (token, *diag.Problem) {
	start := l.at
	end := strings.Index(l.text[start+3:], `"""`)
	if end < 0 {
		return token{}, problem(start, start+3, "the string that begins here is never closed", `add """`)
	}
	end += start + 3
	for extra := 0; extra < 2 && end+3 < len(l.text) && l.text[end+3] == '"'; extra++ {
		end++
	}
	l.at = end + 3
	return token{kind: tokenString, text: l.text[start+3 : end], at: source.Span{Start: start, End: l.at}}, nil
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
			return token{}, problem(start, l.at, "the name in back-quotes is empty", "")
		}
		return token{kind: tokenQuoted, text: b.String(), at: source.Span{Start: start, End: l.at}}, nil
	}
	return token{}, problem(start, start+1, "the name in back-quotes that begins here is never closed", "")
}

func (l *lexer) symbol() (token, *diag.Problem) {
	start, rest := l.at, l.text[l.at:]
	for _, s := range []string{"==", "!=", "<=", ">=", "![", "<", ">", "=", ":", "+", "-", "*", "/", "%", "(", ")", "[", "]", ",", ".", "|", "?", "!"} {
		if strings.HasPrefix(rest, s) {
			l.at += len(s)
			return token{kind: tokenSymbol, text: s, at: source.Span{Start: start, End: l.at}}, nil
		}
	}
	r, size := utf8.DecodeRuneInString(rest)
	if r == utf8.RuneError && size == 1 {
		return token{}, problem(start, start+1, "this byte is not valid UTF-8", "save the query as UTF-8")
	}
	return token{}, problem(start, start+size, fmt.Sprintf("`%c` means nothing here", r), "")
}
