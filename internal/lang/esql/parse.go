package esql

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

const (
	// maxLength bounds a query; Elasticsearch reads no more than a million characters.
	maxLength = 1 << 20
	// maxDepth bounds expressions in expressions and operators in a chain (Elasticsearch: 400).
	maxDepth = 400
	// maxCommands bounds a pipeline; the longest rule known has 36 commands.
	maxCommands = 10_000
	// maxNesting bounds pipelines in pipelines.
	maxNesting = 20
)

// Parse reads a query by Elasticsearch's grammar. The problem's span is the tightest that is wrong.
func Parse(text string) (*Query, *diag.Problem) {
	if len(text) > maxLength {
		return nil, problem(span(0, 0), fmt.Sprintf("the query is %d bytes long, and at most %d are read", len(text), maxLength), "")
	}
	if !utf8.ValidString(text) {
		at := strings.IndexFunc(text, func(r rune) bool { return r == utf8.RuneError })
		return nil, problem(span(at, at+1), "this byte is not valid UTF-8", "save the query as UTF-8")
	}
	p := &parser{lexer: lexer{text: text}}
	p.advance()
	q := &Query{Text: text}
	for p.token.is("set") {
		q.Settings = append(q.Settings, p.setting())
	}
	q.Pipeline = p.pipeline(true)
	if p.failure == nil && p.token.kind != tokenEnd {
		p.unexpected("`|` or the end of the query")
	}
	if p.failure != nil {
		return nil, p.failure
	}
	return q, nil
}

// parser reads tokens with one of look-ahead. The first failure stops it: every function then returns at once, and its
// result must not be used.
type parser struct {
	lexer
	token   token
	end     int // where the token before ended
	depth   int
	nesting int
	failure *diag.Problem
}

func (p *parser) advance() {
	p.end = p.token.at.End
	if p.failure != nil {
		return
	}
	t, failure := p.next()
	if failure != nil {
		p.failure = failure
		t = token{kind: tokenEnd}
	}
	p.token = t
}

// advanceIn takes the token and reads the next one in another mode.
func (p *parser) advanceIn(m mode) {
	p.mode = m
	p.advance()
}

// reread reads the look-ahead again in another mode.
func (p *parser) reread(m mode) {
	if p.failure != nil || p.mode == m {
		return
	}
	p.mode = m
	p.at = p.token.at.Start
	end := p.end
	p.advance()
	p.end = end
}

func (p *parser) fail(at source.Span, message, help string) {
	if p.failure == nil {
		p.failure = problem(at, message, help)
	}
	p.token = token{kind: tokenEnd, at: p.token.at}
}

// accept takes the token if it is a symbol or keyword of that text.
func (p *parser) accept(text string) bool {
	if p.failure != nil || !p.token.is(text) {
		return false
	}
	p.advance()
	return true
}

// expect takes a token that must be there.
func (p *parser) expect(text, where string) {
	if !p.accept(text) {
		p.unexpected(strings.TrimSpace(fmt.Sprintf("`%s` %s", text, where)))
	}
}

func (p *parser) unexpected(want string) {
	if p.failure != nil {
		return
	}
	t := p.token
	switch {
	case t.kind == tokenEnd:
		p.fail(t.at, "the query ends where "+want+" is expected", "")
	case t.is("="):
		p.fail(t.at, "expected "+want+", found `=`", "a comparison is written ==")
	default:
		p.fail(t.at, fmt.Sprintf("expected %s, found `%s`", want, shorten(p.text[t.at.Start:t.at.End])), "")
	}
}

// shorten cuts a long text for a message.
func shorten(text string) string {
	const most = 40
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}

// from runs from an offset to the end of the last token that was taken.
func (p *parser) from(start int) source.Span { return span(start, max(p.end, start)) }

// deeper guards a step into an expression; leave it with p.depth--.
func (p *parser) deeper() bool {
	p.depth++
	if p.depth > maxDepth {
		p.fail(p.token.at, fmt.Sprintf("the expression is nested deeper than %d levels", maxDepth), "Elasticsearch allows no deeper one: split it with EVAL")
	}
	return p.failure == nil
}

// pipeline reads commands up to the end of the query or a closing parenthesis. Whole tells that it begins with a source
// command, which a branch of FORK does not.
func (p *parser) pipeline(whole bool) *Pipeline {
	p.nesting++
	defer func() { p.nesting-- }()
	if p.nesting > maxNesting {
		p.fail(p.token.at, fmt.Sprintf("pipelines are nested deeper than %d levels", maxNesting), "")
	}
	pipeline := &Pipeline{}
	if whole {
		pipeline.Commands = append(pipeline.Commands, p.sourceCommand())
	} else {
		pipeline.Commands = append(pipeline.Commands, p.processingCommand())
	}
	for p.failure == nil && p.token.is("|") {
		if len(pipeline.Commands) == maxCommands {
			p.fail(p.token.at, fmt.Sprintf("the pipeline has more than %d commands", maxCommands), "")
			break
		}
		p.advanceIn(expressions)
		pipeline.Commands = append(pipeline.Commands, p.processingCommand())
	}
	return pipeline
}

// subquery reads a pipeline in parentheses; the opening one has been taken.
func (p *parser) subquery(whole bool) *Pipeline {
	before := p.mode
	p.reread(expressions)
	pipeline := p.pipeline(whole)
	p.mode = before
	p.expect(")", "after the subquery")
	return pipeline
}

// setting reads SET name = value;
func (p *parser) setting() Setting {
	start := p.token.at.Start
	p.advance()
	s := Setting{Name: p.identifier("the name of a setting")}
	p.expect("=", "after the name of the setting")
	if p.token.is("{") {
		s.Value = p.mapping()
	} else {
		s.Value = p.constant()
	}
	s.At = p.from(start)
	p.expect(";", "after SET")
	return s
}
