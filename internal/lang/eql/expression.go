package eql

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/source"
)

// The expressions bind, from loosest to tightest: or; and; not; comparisons; + -; * / %; unary minus; lists (in, :,
// like, regex), which belong to the single value before them.

func (p *parser) expression() Expr {
	if p.depth++; p.depth > maxDepth {
		p.fail(p.token.at, fmt.Sprintf("the expression is nested deeper than %d levels", maxDepth), "")
	}
	defer func() { p.depth-- }()
	return p.logical(true)
}

// logical reads a chain of "or", or of "and".
func (p *parser) logical(or bool) Expr {
	word, part := "and", p.negated
	if or {
		word, part = "or", func() Expr { return p.logical(false) }
	}
	start := p.token.at.Start
	parts := []Expr{part()}
	for p.accept(word) {
		parts = append(parts, part())
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return &Logical{Or: or, Parts: parts, At: p.span(start)}
}

func (p *parser) negated() Expr {
	start := p.token.at
	if !p.accept("not") {
		return p.comparison()
	}
	if p.depth++; p.depth > maxDepth {
		p.fail(start, fmt.Sprintf("the expression is nested deeper than %d levels", maxDepth), "")
		return nil
	}
	part := p.negated()
	p.depth--
	return &Not{Part: part, At: p.span(start.Start)}
}

func (p *parser) comparison() Expr {
	start := p.token.at.Start
	left := p.sum()
	switch p.token.text {
	case "==", "!=", "<", "<=", ">", ">=":
		if p.token.kind != tokenSymbol {
			return left
		}
	default:
		return left
	}
	operator := p.token.text
	p.advance()
	right := p.sum()
	return &Compare{Left: left, Right: right, Operator: operator, At: p.span(start)}
}

func (p *parser) sum() Expr { return p.arithmetic("+-", p.product) }

func (p *parser) product() Expr { return p.arithmetic("*/%", p.signed) }

func (p *parser) arithmetic(operators string, part func() Expr) Expr {
	start := p.token.at.Start
	left := part()
	for p.failure == nil && p.token.kind == tokenSymbol && len(p.token.text) == 1 && strings.Contains(operators, p.token.text) {
		operator := p.token.text
		p.advance()
		right := part()
		left = &Arithmetic{Left: left, Right: right, Operator: operator, At: p.span(start)}
	}
	return left
}

// signed reads signs and the value after them; a number takes its minus into itself.
func (p *parser) signed() Expr {
	start, minus := p.token.at.Start, false
	for p.failure == nil && (p.token.is("-") || p.token.is("+")) {
		minus = minus != p.token.is("-")
		p.advance()
	}
	isNumber := p.token.kind == tokenWhole || p.token.kind == tokenDecimal
	e := p.tested(minus && isNumber)
	if lit, ok := e.(*Literal); ok && isNumber {
		lit.At = p.span(start)
	}
	if minus && !isNumber {
		return &Negate{Part: e, At: p.span(start)}
	}
	return e
}

// tested reads a value and a list that it is tested against.
func (p *parser) tested(minus bool) Expr {
	start := p.token.at.Start
	value := p.primary(minus)
	negated := false
	if p.token.is("not") {
		negated = true
		p.advance()
		if !isTest(p.token) {
			p.unexpected("`in`, `like` or `regex` after `not`")
			return value
		}
	}
	if p.failure != nil || !isTest(p.token) {
		return value
	}
	operator := p.token.text
	p.advance()
	one := &OneOf{Value: value, Operator: operator, Negated: negated}
	p.list(one)
	one.At = p.span(start)
	return one
}

func isTest(t token) bool {
	switch t.text {
	case "in", "in~", "like", "like~", "regex", "regex~":
		return t.kind == tokenName
	case ":":
		return t.kind == tokenSymbol
	}
	return false
}

func (p *parser) list(one *OneOf) {
	isIn := strings.HasPrefix(one.Operator, "in")
	if !p.token.is("(") {
		if isIn {
			p.unexpected(fmt.Sprintf("`(` and a list after `%s`", one.Operator))
			return
		}
		one.Single = true
		one.List = []Expr{p.constant(one.Operator)}
		return
	}
	p.advance()
	for {
		if isIn {
			one.List = append(one.List, p.expression())
		} else {
			one.List = append(one.List, p.constant(one.Operator))
		}
		if p.failure != nil || !p.accept(",") {
			break
		}
	}
	p.expect(")", "or `,` in the list")
}

// constant reads what stands right of ":", like and regex: always a constant.
func (p *parser) constant(operator string) Expr {
	start := p.token.at
	if e, ok := p.signed().(*Literal); ok {
		return e
	}
	if p.failure == nil {
		p.fail(start, fmt.Sprintf("right of `%s` stands a constant", operator), "two fields cannot be compared")
	}
	return &Literal{At: start}
}

func (p *parser) primary(minus bool) Expr {
	t := p.token
	switch {
	case t.kind == tokenWhole, t.kind == tokenDecimal:
		p.advance()
		return p.numeral(t, minus)
	case t.kind == tokenString:
		p.advance()
		return &Literal{Value: t.text, At: t.at}
	case t.is("null"), t.is("true"), t.is("false"):
		p.advance()
		return &Literal{Value: map[string]any{"true": true, "false": false}[t.text], At: t.at}
	case t.is("("):
		p.advance()
		e := p.expression()
		p.expect(")", "after the expression")
		return e
	case t.is("?"), t.kind == tokenQuoted, t.kind == tokenName && !reserved(t.text):
		return p.named()
	}
	p.unexpected("a field, a value or a function")
	return &Literal{At: t.at}
}

func (p *parser) numeral(t token, minus bool) Expr {
	text := t.text
	if minus {
		text = "-" + text
	}
	if t.kind == tokenWhole {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			p.fail(t.at, fmt.Sprintf("the number %s is too large", text), "")
		}
		return &Literal{Value: n, At: t.at}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		p.fail(t.at, fmt.Sprintf("the number %s is too large", text), "")
	}
	return &Literal{Value: f, At: t.at}
}

// named reads a field or a function call.
func (p *parser) named() Expr {
	start := p.token.at.Start
	optional := p.accept("?")
	first := p.token
	if first.kind == tokenName && !optional {
		p.advance()
		if p.token.is("(") {
			return p.call(first)
		}
		if strings.HasSuffix(first.text, "~") {
			p.unexpected("`(` and the arguments of a function")
		}
		return p.path(start, first.text, false)
	}
	if first.kind != tokenQuoted && (first.kind != tokenName || reserved(first.text)) {
		p.unexpected("the name of a field after `?`")
		return nil
	}
	p.advance()
	return p.path(start, first.text, optional)
}

func (p *parser) path(start int, first string, optional bool) Expr {
	var name strings.Builder
	name.WriteString(first)
	for p.accept(".") {
		part := p.token
		switch {
		case part.kind != tokenQuoted && (part.kind != tokenName || strings.HasSuffix(part.text, "~")):
			p.unexpected("the next part of the field's name")
		case part.kind == tokenName && reserved(part.text):
			p.fail(part.at, fmt.Sprintf("`%s` is a keyword", part.text), "put the part in back-quotes")
		}
		name.WriteString("." + part.text)
		p.advance()
	}
	if p.failure == nil && p.token.is("[") && p.indexFollows() {
		p.fail(p.token.at, "the items of an array cannot be named one by one", "a condition holds if any value of the field satisfies it")
	}
	return &Field{Name: name.String(), Optional: optional, At: p.span(start)}
}

// indexFollows tells whether the bracket at hand holds a number; the bracket of a sequence's event holds a category.
func (p *parser) indexFollows() bool {
	rest := strings.TrimLeft(p.text[p.token.at.End:], " \t\r\n")
	return rest != "" && isDigit(rest[0])
}

func (p *parser) call(name token) Expr {
	c := &Call{Name: strings.TrimSuffix(name.text, "~"), IgnoreCase: strings.HasSuffix(name.text, "~"), NameAt: name.at}
	p.advance()
	if !p.accept(")") {
		c.Args = append(c.Args, p.expression())
		for p.accept(",") {
			c.Args = append(c.Args, p.expression())
		}
		p.expect(")", "or `,` after the argument")
	}
	c.At = source.Span{Start: name.at.Start, End: p.end}
	return c
}
