package lucene

import (
	"fmt"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/match"
)

// String prints the query so that it parses back to an equal tree, with + and - instead of AND and NOT.
func (q *Query) String() string {
	if q.Root == nil {
		return ""
	}
	return q.Root.String()
}

// String prints the clauses side by side.
func (c *Clauses) String() string {
	texts := make([]string, len(c.List))
	for i, clause := range c.List {
		texts[i] = clause.String()
	}
	return strings.Join(texts, " ")
}

// String prints sign, field and value.
func (c Clause) String() string {
	text := map[Occur]string{Must: "+", MustNot: "-"}[c.Occur]
	if c.Field != nil {
		text += escape(c.Field.Parts) + ":"
	}
	return text + c.Node.String()
}

// String prints the clauses in parentheses.
func (n *Group) String() string { return "(" + n.Clauses.String() + ")" }

// String prints the word with the escapes that it needs.
func (n *Term) String() string {
	switch n.Fuzzy {
	case 0:
		return escape(n.Parts)
	case auto:
		return escape(n.Parts) + "~"
	}
	return fmt.Sprintf("%s~%d", escape(n.Parts), n.Fuzzy)
}

// String prints the phrase in quotes.
func (n *Phrase) String() string {
	text := quote(n.Text)
	if n.Slop > 0 {
		text += fmt.Sprintf("~%d", n.Slop)
	}
	return text
}

// String prints the expression between slashes.
func (n *Regexp) String() string { return "/" + strings.ReplaceAll(n.Pattern, "/", `\/`) + "/" }

// String prints the range with its brackets.
func (n *Range) String() string {
	end := func(text string, open bool) string {
		if open {
			return "*"
		}
		return quote(text)
	}
	left, right := "{", "}"
	if n.WithLow {
		left = "["
	}
	if n.WithHigh {
		right = "]"
	}
	return left + end(n.Low, n.OpenLow) + " TO " + end(n.High, n.OpenHigh) + right
}

func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

func escape(parts []match.Part) string {
	var b strings.Builder
	for _, p := range parts {
		switch p.Kind {
		case match.AnyRun:
			b.WriteByte('*')
		case match.AnyOne:
			b.WriteByte('?')
		default:
			writeEscaped(&b, p.Literal)
		}
	}
	switch word := b.String(); word {
	case "AND", "OR", "NOT", "TO":
		return `\` + word
	default:
		return word
	}
}

func writeEscaped(b *strings.Builder, text string) {
	for _, r := range text {
		if strings.ContainsRune(" \t\n\r\u3000+-!():^[]\"{}~*?\\/&|<>=", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
}
