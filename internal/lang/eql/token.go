package eql

import "github.com/tocsin-rules/tocsin/internal/source"

// tokenKind is the class of a token.
type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	// tokenName is an identifier or a keyword, in its text; a trailing "~" belongs to it.
	tokenName
	// tokenQuoted is an identifier in back-quotes.
	tokenQuoted
	tokenString
	tokenWhole
	tokenDecimal
	// tokenSymbol is an operator or bracket.
	tokenSymbol
)

// token is a piece of the query. Text is its meaning: the content of a string, the name of a quoted identifier.
type token struct {
	kind tokenKind
	text string
	at   source.Span
}

// is tells whether the token is a symbol or keyword of that text.
func (t token) is(text string) bool {
	return t.text == text && (t.kind == tokenSymbol || t.kind == tokenName)
}

// reserved are the words that cannot be field names without back-quotes.
func reserved(word string) bool {
	switch word {
	case "and", "any", "by", "false", "in", "in~", "join", "like", "like~", "maxspan", "not", "null", "of", "or",
		"regex", "regex~", "sample", "sequence", "true", "until", "where", "with":
		return true
	}
	return false
}
