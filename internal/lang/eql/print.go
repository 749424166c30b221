package eql

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// String prints the query so that it parses back to an equal tree.
func (q *Query) String() string {
	var b strings.Builder
	switch q.Kind {
	case Events:
		b.WriteString(q.Filter.String())
	case Sequence:
		b.WriteString("sequence" + by(q.Keys))
		if q.MaxSpan > 0 {
			b.WriteString(" with maxspan=" + span(q.MaxSpan))
		}
	case Sample:
		b.WriteString("sample" + by(q.Keys))
	}
	for _, s := range q.Steps {
		b.WriteString("\n  " + s.String())
	}
	if q.Until != nil {
		b.WriteString("\nuntil " + q.Until.String())
	}
	for _, pipe := range q.Pipes {
		fmt.Fprintf(&b, "\n| %s %d", pipe.Name, pipe.Count)
	}
	return b.String()
}

// String prints category and condition.
func (f *Filter) String() string {
	category := "any"
	if !f.Any {
		category = f.Category
		if !plainName(category) {
			category = quoteString(category)
		}
	}
	return category + " where " + f.Where.String()
}

// String prints the step in its brackets.
func (s *Step) String() string {
	open := "["
	if s.Missing {
		open = "!["
	}
	text := open + s.Filter.String() + "]" + by(s.Keys)
	if s.Runs != 1 {
		text += fmt.Sprintf(" with runs=%d", s.Runs)
	}
	return text
}

func by(keys []Expr) string {
	if len(keys) == 0 {
		return ""
	}
	return " by " + list(keys)
}

func list(items []Expr) string {
	texts := make([]string, len(items))
	for i, e := range items {
		texts[i] = e.String()
	}
	return strings.Join(texts, ", ")
}

// span is a duration in the largest unit that holds it as a whole number.
func span(d time.Duration) string {
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}} {
		if d%unit.size == 0 {
			return fmt.Sprintf("%d%s", d/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%dms", d/time.Millisecond)
}

// The strength by which the forms of expressions bind.
const (
	bindOr = iota
	bindAnd
	bindNot
	bindCompare
	bindSum
	bindProduct
	bindSign
	bindTest
	bindValue
)

func binds(e Expr) int {
	switch e := e.(type) {
	case *Logical:
		if e.Or {
			return bindOr
		}
		return bindAnd
	case *Not:
		return bindNot
	case *Compare:
		return bindCompare
	case *Arithmetic:
		if e.Operator == "+" || e.Operator == "-" {
			return bindSum
		}
		return bindProduct
	case *Negate:
		return bindSign
	case *OneOf:
		return bindTest
	case *Literal:
		if strings.HasPrefix(e.String(), "-") {
			return bindSign
		}
	}
	return bindValue
}

// within prints an expression, in parentheses unless it binds at least as strongly as its place asks for.
func within(e Expr, strength int) string {
	if binds(e) < strength {
		return "(" + e.String() + ")"
	}
	return e.String()
}

// String joins the parts with the operator.
func (e *Logical) String() string {
	word, strength := " and ", bindNot
	if e.Or {
		word, strength = " or ", bindAnd
	}
	texts := make([]string, len(e.Parts))
	for i, part := range e.Parts {
		texts[i] = within(part, strength)
	}
	return strings.Join(texts, word)
}

// String prints "not" and the part.
func (e *Not) String() string { return "not " + within(e.Part, bindNot) }

// String prints both sides and the operator.
func (e *Compare) String() string {
	return within(e.Left, bindSum) + " " + e.Operator + " " + within(e.Right, bindSum)
}

// String prints both sides and the operator.
func (e *Arithmetic) String() string {
	own := binds(e)
	return within(e.Left, own) + " " + e.Operator + " " + within(e.Right, own+1)
}

// String prints the minus and the part, which stands in parentheses when it is a number.
func (e *Negate) String() string {
	if _, ok := e.Part.(*Literal); ok {
		return "-(" + e.Part.String() + ")"
	}
	return "-" + within(e.Part, bindTest)
}

// String prints the value, the operator and the list.
func (e *OneOf) String() string {
	operator := " " + e.Operator + " "
	if e.Negated {
		operator = " not" + operator
	}
	if e.Single {
		return within(e.Value, bindValue) + operator + e.List[0].String()
	}
	return within(e.Value, bindValue) + operator + "(" + list(e.List) + ")"
}

// String prints the name and the arguments.
func (e *Call) String() string {
	tilde := ""
	if e.IgnoreCase {
		tilde = "~"
	}
	return e.Name + tilde + "(" + list(e.Args) + ")"
}

// String prints the name, with back-quotes around the parts that need them.
func (e *Field) String() string {
	text := quoteName(e.Name)
	if e.Optional {
		return "?" + text
	}
	return text
}

func quoteName(name string) string {
	parts := strings.Split(name, ".")
	for _, part := range parts {
		if !plainName(part) {
			return "`" + strings.ReplaceAll(name, "`", "``") + "`"
		}
	}
	return name
}

// plainName tells whether a name needs no quotes.
func plainName(name string) bool {
	if name == "" || !isLetter(name[0]) || reserved(name) {
		return false
	}
	for _, c := range []byte(name[1:]) {
		if !isDigit(c) && (!isLetter(c) || c == '@') {
			return false
		}
	}
	return true
}

// String prints the constant.
func (e *Literal) String() string {
	switch v := e.Value.(type) {
	case nil:
		return "null"
	case string:
		return quoteString(v)
	case float64:
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
		return text
	}
	return fmt.Sprint(e.Value)
}

func quoteString(text string) string {
	if !strings.ContainsAny(text, "\\\"\n\r\t") {
		return `"` + text + `"`
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(text) + `"`
}
