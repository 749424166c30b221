package esql

import (
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// Ranks of expressions: the higher, the tighter it binds.
const (
	rankOr = iota
	rankAnd
	rankNot
	rankPredicate
	rankSum
	rankProduct
	rankUnary
	rankAtom
)

func rank(e Expr) int {
	switch e := e.(type) {
	case *Logic:
		if e.Or {
			return rankOr
		}
		return rankAnd
	case *Not:
		return rankNot
	case *In, *Like, *IsNull, *Match:
		return rankPredicate
	case *Binary:
		switch e.Op {
		case "+", "-":
			return rankSum
		case "*", "/", "%":
			return rankProduct
		}
		return rankPredicate
	case *Negate:
		return rankUnary
	}
	return rankAtom
}

// operand prints an expression that stands where at least that rank binds.
func operand(e Expr, least int) string {
	if rank(e) < least {
		return "(" + e.String() + ")"
	}
	return e.String()
}

func join[T any](list []T, one func(T) string) string {
	texts := make([]string, len(list))
	for i, item := range list {
		texts[i] = one(item)
	}
	return strings.Join(texts, ", ")
}

func text[T interface{ String() string }](item T) string { return item.String() }

// String prints the query on one line.
func (q *Query) String() string {
	var b strings.Builder
	for _, s := range q.Settings {
		b.WriteString("SET " + s.String() + "; ")
	}
	b.WriteString(q.Pipeline.String())
	return b.String()
}

// String prints the commands.
func (p *Pipeline) String() string {
	texts := make([]string, len(p.Commands))
	for i, c := range p.Commands {
		texts[i] = c.String()
	}
	return strings.Join(texts, " | ")
}

// String prints name = value.
func (s Setting) String() string { return quotePart(s.Name) + " = " + s.Value.String() }

// String prints the name, in back-quotes where it must.
func (n *Name) String() string {
	if n.Param {
		return n.Text
	}
	return QuoteName(n.Text)
}

// QuoteName writes a column name as a query must: in back-quotes when it is no dotted identifier.
func QuoteName(name string) string {
	for part := range strings.SplitSeq(name, ".") {
		if part == "" {
			return quote(name)
		}
	}
	return joinParts(strings.Split(name, "."))
}

func joinParts(parts []string) string {
	texts := make([]string, len(parts))
	for i, part := range parts {
		texts[i] = quotePart(part)
	}
	return strings.Join(texts, ".")
}

func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

func quotePart(part string) string {
	if part == "" || reserved(part) || !isNameStart(part[0]) || len(part) == 1 && !isLetter(part[0]) {
		return quote(part)
	}
	for i := 1; i < len(part); i++ {
		if !isNamePart(part[i]) {
			return quote(part)
		}
	}
	return part
}

// String prints the pattern, what is no identifier in back-quotes.
func (p Pattern) String() string {
	switch {
	case p.Param:
		return p.Text
	case !p.Wildcard:
		if reservedPart(p.Text) {
			return quote(p.Text)
		}
		return QuoteName(p.Text)
	}
	var out, plain []string
	flush := func() {
		if len(plain) > 0 {
			out = append(out, QuoteName(strings.Join(plain, ".")))
			plain = nil
		}
	}
	for part := range strings.SplitSeq(p.Text, ".") {
		if strings.Contains(part, "*") {
			flush()
			out = append(out, part)
		} else {
			plain = append(plain, part)
		}
	}
	flush()
	return strings.Join(out, ".")
}

// String prints the constant.
func (l *Literal) String() string {
	start, end := l.Value.Span(0)
	switch end - start {
	case 0:
		return "null"
	case 1:
		return printValue(l.Value, start)
	}
	texts := make([]string, 0, end-start)
	for position := start; position < end; position++ {
		texts = append(texts, printValue(l.Value, position))
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

func printValue(c *column.Column, position int) string {
	if c.Type() == column.Keyword {
		return printString(c.Text(position))
	}
	return c.Render(position)
}

// printString writes a text in the quotes that need the fewest escapes.
func printString(text string) string {
	if strings.Contains(text, `\`) && !strings.Contains(text, `"`) && !strings.ContainsAny(text, "\r\n") {
		return `"""` + text + `"""`
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(text) + `"`
}

// String prints the timespan.
func (t *Timespan) String() string { return strconv.FormatInt(t.Amount, 10) + " " + t.Unit }

// String prints the parameter.
func (p *Param) String() string { return p.Text }

// String prints the call.
func (c *Call) String() string {
	args := join(c.Args, text[Expr])
	switch {
	case c.Star:
		args = "*"
	case c.Options != nil:
		args += ", " + c.Options.String()
	}
	return printFunction(c.Name) + "(" + args + ")"
}

// printFunction quotes a function's name where it must; FIRST and LAST are keywords elsewhere only.
func printFunction(name string) string {
	if strings.EqualFold(name, "first") || strings.EqualFold(name, "last") {
		return name
	}
	return quotePart(name)
}

// String prints the map.
func (m *Map) String() string {
	return "{" + join(m.Entries, func(e Entry) string { return printString(e.Key) + ": " + e.Value.String() }) + "}"
}

// String prints the negation.
func (n *Negate) String() string {
	x := operand(n.X, rankUnary)
	if first := x[0]; first == '-' || isDigit(first) || first == '.' {
		x = "(" + x + ")"
	}
	return "-" + x
}

// String prints the negation.
func (n *Not) String() string { return "NOT " + operand(n.X, rankNot) }

// String prints the operation.
func (b *Binary) String() string {
	own := rank(b)
	left := own
	if own == rankPredicate {
		left++
	}
	return operand(b.X, left) + " " + b.Op + " " + operand(b.Y, own+1)
}

// String prints the conditions.
func (l *Logic) String() string {
	word, own := " AND ", rankAnd
	if l.Or {
		word, own = " OR ", rankOr
	}
	texts := make([]string, len(l.Operands))
	for i, o := range l.Operands {
		texts[i] = operand(o, own+1)
	}
	return strings.Join(texts, word)
}

func not(is bool) string {
	if is {
		return "NOT "
	}
	return ""
}

// String prints the condition.
func (i *In) String() string {
	list := ""
	if i.Query != nil {
		list = i.Query.String()
	} else {
		list = join(i.List, func(e Expr) string { return operand(e, rankSum) })
	}
	return operand(i.X, rankSum) + " " + not(i.Not) + "IN (" + list + ")"
}

// String prints the condition.
func (l *Like) String() string {
	word := "LIKE "
	if l.Regexp {
		word = "RLIKE "
	}
	list := join(l.Patterns, text[Expr])
	if l.Listed {
		list = "(" + list + ")"
	}
	return operand(l.X, rankSum) + " " + not(l.Not) + word + list
}

// String prints the condition.
func (i *IsNull) String() string { return operand(i.X, rankSum) + " IS " + not(i.Not) + "NULL" }

// String prints the search.
func (m *Match) String() string {
	cast := ""
	if m.Cast != "" {
		cast = "::" + quotePart(m.Cast)
	}
	return m.Field.String() + cast + " : " + m.Query.String()
}

// String prints the conversion.
func (c *Cast) String() string { return operand(c.X, rankAtom) + "::" + quotePart(c.Type) }
