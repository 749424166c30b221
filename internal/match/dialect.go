package match

import (
	"strings"
	"unicode/utf8"
)

// EQLPattern compiles a pattern of EQL's ":" and "like": "*" is any run of characters, "?" any one character, and
// everything else stands for itself. So does the backslash: in EQL nothing can escape a wildcard.
func EQLPattern(text string) *Wildcard {
	var b partBuilder
	for i := range len(text) {
		switch text[i] {
		case '*':
			b.add(AnyRun)
		case '?':
			b.add(AnyOne)
		default:
			b.literal.WriteByte(text[i])
		}
	}
	return NewWildcard(b.finish())
}

// LuceneWildcard compiles a pattern of Lucene's wildcard query, as the Query DSL, query_string and ES|QL's LIKE use
// it: "*" and "?" are wildcards, a backslash takes its special meaning from the next character, and a backslash at
// the end stands for itself.
func LuceneWildcard(text string) *Wildcard {
	var b partBuilder
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '*':
			b.add(AnyRun)
			i++
		case c == '?':
			b.add(AnyOne)
			i++
		case c == '\\' && i+1 < len(text):
			_, size := utf8.DecodeRuneInString(text[i+1:])
			b.literal.WriteString(text[i+1 : i+1+size])
			i += 1 + size
		default:
			b.literal.WriteByte(c)
			i++
		}
	}
	return NewWildcard(b.finish())
}

// partBuilder gathers the parts of a pattern, each literal in one piece.
type partBuilder struct {
	parts   []Part
	literal strings.Builder
}

func (b *partBuilder) add(kind PartKind) {
	b.flush()
	b.parts = append(b.parts, Part{Kind: kind})
}

func (b *partBuilder) flush() {
	if b.literal.Len() > 0 {
		b.parts = append(b.parts, Part{Literal: b.literal.String()})
		b.literal.Reset()
	}
}

func (b *partBuilder) finish() []Part {
	b.flush()
	return b.parts
}
