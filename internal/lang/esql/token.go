package esql

import (
	"strings"

	"github.com/tocsin-rules/tocsin/internal/source"
)

// tokenKind is the class of a token.
type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	// tokenName is an identifier or a keyword, in its text.
	tokenName
	// tokenQuoted is an identifier in back-quotes.
	tokenQuoted
	tokenString
	tokenWhole
	tokenDecimal
	// tokenParam is ? or ?? with a name or number, or none.
	tokenParam
	// tokenSymbol is an operator or bracket.
	tokenSymbol
	// tokenIndex is the name or pattern of an index, a policy or the like.
	tokenIndex
)

// token is a piece of the query. Text is its meaning: the content of a string, the name of a quoted identifier.
type token struct {
	kind tokenKind
	text string
	at   source.Span
}

// is tells whether the token is a symbol, or a keyword without regard to case.
func (t token) is(text string) bool {
	switch t.kind {
	case tokenSymbol:
		return t.text == text
	case tokenName, tokenIndex:
		return len(t.text) == len(text) && strings.EqualFold(t.text, text)
	}
	return false
}

// mode is the way in which text is cut into tokens. It depends on the command.
type mode uint8

const (
	// expressions: names, numbers, strings and operators.
	expressions mode = iota
	// patterns: names may hold asterisks.
	patterns
	// indices: everything up to a separator is one token.
	indices
)

// reserved are the words that cannot be names without back-quotes.
func reserved(word string) bool {
	switch strings.ToLower(word) {
	case "and", "asc", "by", "desc", "false", "first", "in", "is", "last", "like", "not", "null", "nulls", "on", "or", "rlike", "true", "where", "with":
		return true
	}
	return false
}
