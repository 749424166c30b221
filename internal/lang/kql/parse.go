package kql

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

const (
	// maxLength bounds a query: Elasticsearch refuses far shorter ones, and nobody writes them.
	maxLength = 1 << 20
	// maxDepth bounds parentheses in parentheses.
	maxDepth = 300
)

// Parse reads a query by Kibana's grammar. The problem's span is the tightest that is wrong.
func Parse(text string) (*Query, *diag.Problem) {
	p := &parser{lexer: lexer{text: text}}
	q := &Query{Text: text}
	if len(text) > maxLength {
		return nil, p.problem(source.Span{}, fmt.Sprintf("the query is %d bytes long, and at most %d are read", len(text), maxLength), "")
	}
	if i := strings.IndexFunc(text, func(r rune) bool { return r == utf8.RuneError }); i >= 0 && !utf8.ValidString(text[i:]) {
		return nil, p.problem(source.Span{Start: i, End: i + 1}, "this byte is not valid UTF-8", "save the query as UTF-8")
	}
	p.spaces()
	if p.done() {
		return q, nil
	}
	root, err := p.or(conditions)
	if err == nil {
		p.spaces()
		if !p.done() {
			err = p.leftover()
		}
	}
	if err != nil {
		return nil, err
	}
	q.Root = root
	return q, nil
}

type parser struct {
	lexer
	depth int
}

// level tells what the operators join: conditions, or values inside a value group.
type level uint8

const (
	conditions level = iota
	values
)

func (p *parser) problem(span source.Span, message, help string) *diag.Problem {
	return &diag.Problem{Name: "kql-syntax", Severity: diag.Error, Span: span, Message: message, Help: help}
}

func (p *parser) or(l level) (Node, *diag.Problem) {
	parts, err := p.chain("or", func() (Node, *diag.Problem) { return p.and(l) })
	if err != nil || len(parts) == 1 {
		return first(parts), err
	}
	return &Or{Parts: parts, At: cover(parts)}, nil
}

func (p *parser) and(l level) (Node, *diag.Problem) {
	parts, err := p.chain("and", func() (Node, *diag.Problem) { return p.negated(l) })
	if err != nil || len(parts) == 1 {
		return first(parts), err
	}
	return &And{Parts: parts, At: cover(parts)}, nil
}

func (p *parser) chain(word string, part func() (Node, *diag.Problem)) ([]Node, *diag.Problem) {
	var parts []Node
	for {
		n, err := part()
		if err != nil {
			return nil, err
		}
		parts = append(parts, n)
		if !p.operator(word) {
			return parts, nil
		}
	}
}

func (p *parser) negated(l level) (Node, *diag.Problem) {
	start := p.at
	if !p.not() {
		return p.single(l)
	}
	part, err := p.single(l)
	if err != nil {
		return nil, err
	}
	return &Not{Part: part, At: source.Span{Start: start, End: part.Span().End}}, nil
}

// single reads a group in parentheses, a condition, or a value.
func (p *parser) single(l level) (Node, *diag.Problem) {
	if p.byte() == '(' {
		return p.group(func() (Node, *diag.Problem) { return p.or(l) })
	}
	if l == values {
		lit, err := p.literal("a value")
		return &lit, err
	}
	return p.condition()
}

// group reads what stands in brackets; the span of the result does not include them.
func (p *parser) group(inside func() (Node, *diag.Problem)) (Node, *diag.Problem) {
	open := p.at
	closing := byte(')')
	if p.byte() == '{' {
		closing = '}'
	}
	if p.depth++; p.depth > maxDepth {
		return nil, p.problem(source.Span{Start: open, End: open + 1}, fmt.Sprintf("groups are nested deeper than %d levels", maxDepth), "")
	}
	p.at++
	p.spaces()
	n, err := inside()
	if err != nil {
		return nil, err
	}
	p.spaces()
	if p.byte() != closing {
		if p.done() {
			return nil, p.problem(source.Span{Start: open, End: open + 1}, fmt.Sprintf("this `%c` is never closed", p.text[open]), fmt.Sprintf("add a `%c`", closing))
		}
		return nil, p.leftover()
	}
	p.at++
	p.depth--
	return n, nil
}

func (p *parser) condition() (Node, *diag.Problem) {
	name, err := p.literal("a field or a value")
	if err != nil {
		return nil, err
	}
	end := p.at
	p.spaces()
	switch p.byte() {
	case ':':
		return p.compare(name)
	case '<', '>':
		return p.bound(name)
	}
	p.at = end
	return &name, nil
}

func (p *parser) compare(name Literal) (Node, *diag.Problem) {
	p.at++
	p.spaces()
	span := func() source.Span { return source.Span{Start: name.At.Start, End: p.at} }
	switch p.byte() {
	case '{':
		inner, err := p.group(func() (Node, *diag.Problem) { return p.or(conditions) })
		return &Nested{Field: name, Inner: inner, At: span()}, err
	case '(':
		group, err := p.group(func() (Node, *diag.Problem) { return p.or(values) })
		return &Is{Field: name, Value: group, At: span()}, err
	}
	value, err := p.literal(fmt.Sprintf("a value for `%s`", name.Text()))
	return &Is{Field: name, Value: &value, At: name.At.Cover(value.At)}, err
}

func (p *parser) bound(name Literal) (Node, *diag.Problem) {
	start := p.at
	operator := RangeOperator(p.text[p.at : p.at+1])
	p.at++
	if p.byte() == '=' {
		operator += "="
		p.at++
	}
	p.spaces()
	if p.byte() == '(' {
		return nil, p.problem(source.Span{Start: start, End: p.at + 1}, fmt.Sprintf("`%s` compares with one value, not with a group", operator), "write the comparison once for each value")
	}
	value, err := p.literal(fmt.Sprintf("a value after `%s`", operator))
	return &Range{Field: name, Operator: operator, Bound: value, At: name.At.Cover(value.At)}, err
}

func (p *parser) literal(want string) (Literal, *diag.Problem) {
	if p.byte() == '"' {
		start := p.at
		lit, ok := p.quoted()
		if !ok {
			return lit, p.unclosed(start)
		}
		return lit, nil
	}
	lit := p.unquoted()
	if len(lit.Parts) > 0 {
		return lit, nil
	}
	return lit, p.missing(want)
}

func (p *parser) unclosed(start int) *diag.Problem {
	help := "add a `\"`"
	if strings.HasSuffix(p.text, `\"`) {
		help = `the quoted value ends in a backslash, which escapes the quote: double it, \\"`
	}
	return p.problem(source.Span{Start: start, End: start + 1}, "the quoted value that begins here is never closed", help)
}

// missing explains why no value could be read at this place.
func (p *parser) missing(want string) *diag.Problem {
	if p.done() {
		end := len(strings.TrimRight(p.text, " \t\r\n"))
		return p.problem(source.Span{Start: end, End: end}, "the query ends where "+want+" is expected", "")
	}
	stop, isNot := keywordHere(p.text, p.at)
	switch {
	case stop && isNot:
		return p.problem(source.Span{Start: p.at, End: p.at + 3}, "`not` cannot follow `not` or stand inside a value", `write "not" in quotes or \not if it is a value`)
	case p.byte() == '\\':
		return p.badEscape()
	}
	return p.unexpected(want)
}

func (p *parser) badEscape() *diag.Problem {
	end := min(p.at+2, len(p.text))
	return p.problem(source.Span{Start: p.at, End: end}, "this backslash escapes nothing", `outside quotes a backslash itself is written \\; it may stand before one of \ ( ) : < > " * { } and before t r n uXXXX and or not`)
}

// leftover explains what could not continue the query at this place.
func (p *parser) leftover() *diag.Problem {
	if p.byte() == '\\' {
		return p.badEscape()
	}
	if stop, isNot := keywordHere(p.text, p.at); stop && isNot {
		return p.problem(source.Span{Start: p.at, End: p.at + 3},
			"an unquoted value ends before `not`, even in the middle of a word", "put the value in quotes, or join the conditions with `and not`")
	}
	if span, word := p.tightKeyword(); word != "" {
		return p.problem(span, fmt.Sprintf("`%s` needs white space %s", p.text[span.Start:span.End], around(word)), "")
	}
	if p.depth > 0 {
		return p.unexpected("`and`, `or` or the bracket that closes the group")
	}
	return p.unexpected("`and`, `or` or the end of the query")
}

// tightKeyword finds a keyword that white space is missing around: before this place, as in "a or(b)", where it was read
// as the end of a value, or at it, as in "(a)or".
func (p *parser) tightKeyword() (source.Span, string) {
	for _, word := range []string{"and", "or", "not"} {
		start := p.at
		if p.byte() == '(' {
			start -= len(word)
		}
		end := start + len(word)
		if start >= 0 && end <= len(p.text) && strings.EqualFold(p.text[start:end], word) && (start == 0 || start == p.at || spaceAt(p.text, start-1) > 0) {
			return source.Span{Start: start, End: end}, word
		}
	}
	return source.Span{}, ""
}

func around(word string) string {
	if word == "not" {
		return "after it"
	}
	return "on both sides"
}

func (p *parser) unexpected(want string) *diag.Problem {
	r, size := utf8.DecodeRuneInString(p.text[p.at:])
	help := ""
	if strings.IndexByte(specialCharacters, p.text[p.at]) >= 0 {
		help = fmt.Sprintf("if it belongs to a value, put the value in quotes or escape it: `\\%c`", r)
	}
	return p.problem(source.Span{Start: p.at, End: p.at + size}, fmt.Sprintf("expected %s, found `%c`", want, r), help)
}

func first(parts []Node) Node {
	if len(parts) == 0 {
		return nil
	}
	return parts[0]
}

func cover(parts []Node) source.Span {
	return parts[0].Span().Cover(parts[len(parts)-1].Span())
}
