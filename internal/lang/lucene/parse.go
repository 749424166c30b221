package lucene

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/source"
)

const (
	maxLength = 1 << 20
	maxDepth  = 200
)

// Parse reads a query by the grammar of Lucene's classic parser.
func Parse(text string) (*Query, *diag.Problem) {
	p := &parser{text: text}
	q := &Query{Text: text}
	switch {
	case len(text) > maxLength:
		p.fail(0, 0, fmt.Sprintf("the query is %d bytes long, and at most %d are read", len(text), maxLength), "")
	case !utf8.ValidString(text):
		at := strings.IndexFunc(text, func(r rune) bool { return r == utf8.RuneError })
		p.fail(at, at+1, "this byte is not valid UTF-8", "save the query as UTF-8")
	}
	if p.space(); p.failure == nil && p.at < len(text) {
		q.Root = p.clauses()
		if p.failure == nil && p.at < len(text) {
			p.fail(p.at, p.at+1, "this `)` closes nothing", `a parenthesis that belongs to a value is written \)`)
		}
	}
	if p.failure != nil {
		return nil, p.failure
	}
	return q, nil
}

type parser struct {
	text  string
	at    int
	depth int
	// fields counts the fields whose groups the parser is in.
	fields  int
	failure *diag.Problem
}

func (p *parser) fail(start, end int, message, help string) {
	if p.failure == nil {
		p.failure = &diag.Problem{Name: "lucene-syntax", Severity: diag.Error, Span: source.Span{Start: start, End: min(end, len(p.text))}, Message: message, Help: help}
	}
	p.at = len(p.text)
}

func (p *parser) space() {
	for p.at < len(p.text) {
		switch {
		case strings.IndexByte(" \t\n\r", p.text[p.at]) >= 0:
			p.at++
		case strings.HasPrefix(p.text[p.at:], "\u3000"):
			p.at += len("\u3000")
		default:
			return
		}
	}
}

func (p *parser) peek() byte {
	if p.at >= len(p.text) {
		return 0
	}
	return p.text[p.at]
}

// word takes an operator: a symbol, or a word in capitals that white space or a parenthesis ends.
func (p *parser) word(words ...string) bool {
	for _, w := range words {
		rest, ok := strings.CutPrefix(p.text[p.at:], w)
		if !ok || w[0] >= 'A' && rest != "" && !strings.ContainsAny(rest[:1], " \t\n\r()\"+-!{}[]^~:/") {
			continue
		}
		if w[0] >= 'A' && strings.HasPrefix(rest, ":") {
			continue // a field of that name
		}
		p.at += len(w)
		p.space()
		return true
	}
	return false
}

// clauses reads a list of clauses, and gives each its part (Lucene: QueryParserBase.addClause): AND requires the clause
// before it and the one after it, + requires, - and NOT prohibit, all others are optional.
func (p *parser) clauses() *Clauses {
	c := &Clauses{At: source.Span{Start: p.at}}
	for p.failure == nil {
		p.space()
		if p.at >= len(p.text) || p.peek() == ')' {
			break
		}
		and := false
		if len(c.List) > 0 {
			and = p.word("AND", "&&")
			if !and {
				p.word("OR", "||")
			}
		}
		occur := p.modifier()
		if and {
			if last := &c.List[len(c.List)-1]; last.Occur == Should {
				last.Occur = Must
			}
			if occur == Should {
				occur = Must
			}
		}
		clause := p.clause()
		clause.Occur = occur
		c.List = append(c.List, clause)
		c.At.End = clause.At.End
	}
	return c
}

func (p *parser) modifier() Occur {
	switch {
	case p.word("+"):
		return Must
	case p.word("-", "!", "NOT"):
		return MustNot
	}
	return Should
}

func (p *parser) clause() Clause {
	start := p.at
	c := Clause{At: source.Span{Start: start}}
	if f, ok := p.field(); ok {
		c.Field = f
	}
	if p.at >= len(p.text) {
		p.fail(p.at, p.at, "the query ends where a value is expected", "")
	}
	switch p.peek() {
	case '(':
		if c.Field != nil {
			p.fields++
		}
		c.Node = p.group()
		if c.Field != nil {
			p.fields--
		}
	case '"':
		c.Node = p.phrase()
	case '/':
		c.Node = p.regexp()
	case '[', '{':
		c.Node = p.interval()
	default:
		c.Node = p.term(c.Field != nil || p.fields > 0)
	}
	if p.peek() == '^' {
		p.boost()
	}
	c.At.End = p.at
	return c
}

// field reads a name and the colon after it; without a colon nothing is taken.
func (p *parser) field() (*Field, bool) {
	start := p.at
	parts := p.characters()
	end := p.at
	p.space()
	if len(parts) == 0 || p.peek() != ':' || p.failure != nil {
		p.at = start
		return nil, false
	}
	p.at++
	p.space()
	return &Field{Parts: parts, At: source.Span{Start: start, End: end}}, true
}

func (p *parser) group() Node {
	start := p.at
	if p.depth++; p.depth > maxDepth {
		p.fail(start, start+1, fmt.Sprintf("groups are nested deeper than %d levels", maxDepth), "")
		return nil
	}
	p.at++
	inner := p.clauses()
	if p.failure == nil && p.peek() != ')' {
		p.fail(start, start+1, "this `(` is never closed", "add a `)`")
	}
	if p.failure == nil && len(inner.List) == 0 {
		p.fail(start, p.at+1, "the parentheses are empty", "")
	}
	p.at = min(p.at+1, len(p.text))
	p.depth--
	return &Group{Clauses: inner, At: source.Span{Start: start, End: p.at}}
}

// characters reads a term: escapes, wildcards, and everything that has no meaning of its own.
func (p *parser) characters() []match.Part {
	start := p.at
	var parts []match.Part
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			parts = append(parts, match.Part{Literal: literal.String()})
			literal.Reset()
		}
	}
	for p.at < len(p.text) {
		c := p.text[p.at]
		switch {
		case c == '\\':
			r, size := utf8.DecodeRuneInString(p.text[p.at+1:])
			if size == 0 {
				p.fail(p.at, p.at+1, "the backslash at the end escapes nothing", `a backslash itself is written \\`)
				return nil
			}
			literal.WriteRune(r)
			p.at += 1 + size
		case c == '*' || c == '?':
			flush()
			kind := match.AnyRun
			if c == '?' {
				kind = match.AnyOne
			}
			parts = append(parts, match.Part{Kind: kind})
			p.at++
		case strings.IndexByte(" \t\n\r!():^[]\"{}~/", c) >= 0, p.at == start && (c == '+' || c == '-'), strings.HasPrefix(p.text[p.at:], "\u3000"):
			flush()
			return parts
		default:
			literal.WriteByte(c)
			p.at++
		}
	}
	flush()
	return parts
}

// term reads a term of a field or of none.
func (p *parser) term(ofField bool) Node {
	start := p.at
	parts := p.characters()
	if p.failure != nil {
		return nil
	}
	if len(parts) == 0 {
		r, size := utf8.DecodeRuneInString(p.text[p.at:])
		p.fail(p.at, p.at+size, fmt.Sprintf("expected a value, found `%c`", r), fmt.Sprintf("if it belongs to a value, put the value in quotes or escape it: `\\%c`", r))
		return nil
	}
	if r, ok := bound(parts); ok && ofField {
		r.At = source.Span{Start: start, End: p.at}
		return r
	}
	t := &Term{Parts: parts}
	if p.peek() == '~' {
		p.at++
		t.Fuzzy = auto
		if n, ok := p.number(); ok {
			t.Fuzzy = int(n)
			if n > 0 && n < 1 {
				t.Fuzzy = auto // a similarity of old versions
			}
		}
		if t.Fuzzy > 2 {
			p.fail(start, p.at, "a fuzzy term allows at most 2 edits", "")
		}
	}
	t.At = source.Span{Start: start, End: p.at}
	return t
}

// number reads a number after "~" or "^".
func (p *parser) number() (float64, bool) {
	start := p.at
	for p.at < len(p.text) && (p.text[p.at] >= '0' && p.text[p.at] <= '9' || p.text[p.at] == '.') {
		p.at++
	}
	n, err := strconv.ParseFloat(p.text[start:p.at], 64)
	return n, err == nil
}

func (p *parser) boost() {
	start := p.at
	p.at++
	if _, ok := p.number(); !ok {
		p.fail(start, start+1, "a number is expected after `^`", `a ^ that belongs to a value is written \^`)
	}
}

func (p *parser) phrase() Node {
	start := p.at
	text, ok := p.quoted()
	if !ok {
		p.fail(start, start+1, "the phrase that begins here is never closed", `add a "`)
		return nil
	}
	ph := &Phrase{Text: text}
	if p.peek() == '~' {
		p.at++
		n, _ := p.number()
		ph.Slop = int(n)
	}
	ph.At = source.Span{Start: start, End: p.at}
	return ph
}

// quoted reads a text in double quotes, in which a backslash escapes any character.
func (p *parser) quoted() (string, bool) {
	var b strings.Builder
	for i := p.at + 1; i < len(p.text); i++ {
		switch c := p.text[i]; c {
		case '"':
			p.at = i + 1
			return b.String(), true
		case '\\':
			if i++; i < len(p.text) {
				b.WriteByte(p.text[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

func (p *parser) regexp() Node {
	start := p.at
	for i := p.at + 1; i < len(p.text); i++ {
		switch p.text[i] {
		case '\\':
			i++
		case '/':
			p.at = i + 1
			return &Regexp{Pattern: strings.ReplaceAll(p.text[start+1:i], `\/`, "/"), At: source.Span{Start: start, End: p.at}}
		}
	}
	p.fail(start, start+1, "this `/` begins a regular expression that is never closed", `in a path write \/, or put the value in quotes`)
	return nil
}

// interval reads [a TO b], {a TO b} and the mixed forms.
func (p *parser) interval() Node {
	start := p.at
	r := &Range{WithLow: p.peek() == '['}
	p.at++
	r.Low, r.OpenLow = p.end(start)
	p.space()
	if rest, ok := strings.CutPrefix(p.text[p.at:], "TO"); p.failure == nil && (!ok || rest == "" || strings.IndexByte(" \t\r\n\"", rest[0]) < 0) {
		p.fail(p.at, p.at+1, "a range is written [a TO b]", "")
		return nil
	}
	p.at = min(p.at+2, len(p.text))
	r.High, r.OpenHigh = p.end(start)
	p.space()
	if p.failure == nil && p.peek() != ']' && p.peek() != '}' {
		p.fail(start, start+1, "the range that begins here is never closed", "add a ]")
		return nil
	}
	r.WithHigh = p.peek() == ']'
	p.at = min(p.at+1, len(p.text))
	r.At = source.Span{Start: start, End: p.at}
	return r
}

// end reads one end of a range.
func (p *parser) end(start int) (text string, open bool) {
	p.space()
	if p.peek() == '"' {
		text, ok := p.quoted()
		if !ok {
			p.fail(start, start+1, "the range holds a text that is never closed", "")
		}
		return text, false
	}
	from := p.at
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n]}", p.text[p.at]) < 0 {
		if p.text[p.at] == '\\' {
			p.at++
		}
		p.at = min(p.at+1, len(p.text))
	}
	raw := p.text[from:p.at]
	if raw == "" {
		p.fail(p.at, p.at+1, "a range is written [a TO b]", "")
	}
	return unescape(raw), raw == "*"
}

func unescape(raw string) string {
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		if raw[i] == '\\' && i+1 < len(raw) {
			i++
		}
		b.WriteByte(raw[i])
	}
	return b.String()
}

// bound takes >10, >=10, <10 and <=10 for a range with one end. An escaped sign is one too, and a sign alone is a term: terms are
// looked at when their escapes are gone (Elasticsearch: QueryStringQueryParser.getFieldQuery).
func bound(parts []match.Part) (*Range, bool) {
	text := parts[0].Literal
	if len(parts) > 1 || len(text) < 2 || text[0] != '<' && text[0] != '>' {
		return nil, false
	}
	end, with := text[1:], false
	if end[0] == '=' && len(end) > 1 {
		end, with = end[1:], true
	}
	if text[0] == '>' {
		return &Range{Low: end, WithLow: with, OpenHigh: true}, true
	}
	return &Range{High: end, WithHigh: with, OpenLow: true}, true
}
