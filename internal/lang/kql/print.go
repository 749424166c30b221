package kql

import (
	"fmt"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/match"
)

// String prints the query so that it parses back to an equal tree. A blank query prints as "".
func (q *Query) String() string {
	if q.Root == nil {
		return ""
	}
	return q.Root.String()
}

// String joins the parts with "and"; parts that bind less are put in parentheses.
func (n *And) String() string {
	return join(n.Parts, " and ", func(p Node) bool {
		switch p.(type) {
		case *And, *Or:
			return true
		}
		return false
	})
}

// String joins the parts with "or".
func (n *Or) String() string {
	return join(n.Parts, " or ", func(p Node) bool { _, isOr := p.(*Or); return isOr })
}

// String prints "not" and the part, in parentheses unless it is a single condition.
func (n *Not) String() string {
	switch n.Part.(type) {
	case *And, *Or, *Not:
		return "not (" + n.Part.String() + ")"
	}
	return "not " + n.Part.String()
}

// String prints field and value; a group of values stands in parentheses.
func (n *Is) String() string {
	if lit, ok := n.Value.(*Literal); ok {
		return n.Field.String() + ": " + lit.String()
	}
	return n.Field.String() + ": (" + n.Value.String() + ")"
}

// String prints field, operator and bound.
func (n *Range) String() string {
	return fmt.Sprintf("%s %s %s", n.Field.String(), n.Operator, n.Bound.String())
}

// String prints the field and the inner conditions in braces.
func (n *Nested) String() string {
	return n.Field.String() + ": { " + n.Inner.String() + " }"
}

// String prints the literal with the quotes and escapes that it needs.
func (l *Literal) String() string {
	var b strings.Builder
	if l.Quoted {
		b.WriteByte('"')
	}
	for _, p := range l.Parts {
		switch {
		case p.Kind == match.AnyRun:
			b.WriteByte('*')
		case l.Quoted:
			b.WriteString(quotedEscapes.Replace(p.Literal))
		default:
			b.WriteString(escapeUnquoted(p.Literal))
		}
	}
	if l.Quoted {
		b.WriteByte('"')
	}
	return b.String()
}

var quotedEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`, "\r", `\r`, "\n", `\n`)

// escapeUnquoted escapes special characters, white space that would be trimmed, and every word that could be taken
// for a keyword.
func escapeUnquoted(text string) string {
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\t', c == '\r', c == '\n':
			b.WriteString(quotedEscapes.Replace(text[i : i+1]))
		case strings.IndexByte(specialCharacters, c) >= 0:
			b.WriteByte('\\')
			b.WriteByte(c)
		case keywordStarts(text, i):
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// keywordStarts tells whether a keyword in any case begins at an offset: "not" anywhere, the others after a space; and
// each only where white space follows, or the literal ends and white space may follow.
func keywordStarts(text string, at int) bool {
	for _, word := range []string{"not", "and", "or"} {
		end := at + len(word)
		if end > len(text) || !strings.EqualFold(text[at:end], word) || end < len(text) && spaceAt(text, end) == 0 {
			continue
		}
		if word == "not" || at > 0 && text[at-1] == ' ' || at > 1 && text[at-2:at] == "\u00a0" {
			return true
		}
	}
	return false
}

func join(parts []Node, separator string, bracket func(Node) bool) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.String()
		if bracket(p) {
			texts[i] = "(" + texts[i] + ")"
		}
	}
	return strings.Join(texts, separator)
}
