package eql

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

const (
	// maxLength bounds a query; the longest rule known has 46,906 characters.
	maxLength = 1 << 20
	// maxDepth bounds parentheses in parentheses; the deepest rule known has 8.
	maxDepth = 200
	// maxRuns is Elasticsearch's bound for "with runs".
	maxRuns = 100
)

// Parse reads a query by Elasticsearch's grammar. The problem's span is the tightest that is wrong.
func Parse(text string) (*Query, *diag.Problem) {
	if len(text) > maxLength {
		return nil, problem(0, 0, fmt.Sprintf("the query is %d bytes long, and at most %d are read", len(text), maxLength), "")
	}
	if !utf8.ValidString(text) {
		at := strings.IndexFunc(text, func(r rune) bool { return r == utf8.RuneError })
		return nil, problem(at, at+1, "this byte is not valid UTF-8", "save the query as UTF-8")
	}
	p := &parser{lexer: lexer{text: text}}
	p.advance()
	q := p.statement()
	if p.failure != nil {
		return nil, p.failure
	}
	q.Text = text
	return q, nil
}

// parser reads tokens with one of look-ahead. The first failure stops it: every function then returns at once, and its
// result must not be used.
type parser struct {
	lexer
	token   token
	end     int // where the token before ended
	depth   int
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

func (p *parser) fail(span source.Span, message, help string) {
	if p.failure == nil {
		p.failure = problem(span.Start, span.End, message, help)
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
		p.unexpected(fmt.Sprintf("`%s` %s", text, where))
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
		p.fail(t.at, "`=` compares nothing", "write ==")
	default:
		p.fail(t.at, fmt.Sprintf("expected %s, found `%s`", want, p.text[t.at.Start:t.at.End]), "")
	}
}

// span runs from an offset to the end of the last token that was taken.
func (p *parser) span(start int) source.Span { return source.Span{Start: start, End: p.end} }

func (p *parser) statement() *Query {
	var q *Query
	start := p.token.at
	switch {
	case p.accept("sequence"):
		q = p.sequence(start)
	case p.accept("sample"):
		q = p.sample(start)
	case p.token.is("join"):
		p.fail(start, "join queries are not supported", "use a sequence or a sample")
		return nil
	default:
		q = &Query{Kind: Events, Filter: p.filter()}
	}
	for p.failure == nil && p.token.is("|") {
		p.pipe(q)
	}
	if p.failure == nil && p.token.kind != tokenEnd {
		p.unexpected("`and`, `or`, `|` or the end of the query")
	}
	return q
}

func (p *parser) pipe(q *Query) {
	start := p.token.at.Start
	p.advance()
	name := p.token
	if name.kind != tokenName {
		p.unexpected("head or tail after `|`")
		return
	}
	if name.text != "head" && name.text != "tail" {
		p.fail(name.at, fmt.Sprintf("there is no pipe `%s`", name.text), "there are head and tail")
		return
	}
	if q.Kind == Sample {
		p.fail(name.at, "a sample has no pipes", "")
		return
	}
	p.advance()
	n, ok := p.whole()
	if p.failure == nil && (!ok || n < 1 || n > 1<<31-1) {
		p.fail(p.span(name.at.Start), fmt.Sprintf("%s needs a whole number above 0", name.text), "")
		return
	}
	q.Pipes = append(q.Pipes, Pipe{Name: name.text, Count: int(n), At: p.span(start)})
}

// whole takes a whole number.
func (p *parser) whole() (int64, bool) {
	if p.failure != nil || p.token.kind != tokenWhole {
		return 0, false
	}
	n, err := strconv.ParseInt(p.token.text, 10, 64)
	p.advance()
	return n, err == nil
}

func (p *parser) filter() *Filter {
	f := &Filter{CategoryAt: p.token.at}
	start := p.token.at.Start
	switch t := p.token; {
	case t.is("any"):
		f.Any = true
	case t.kind == tokenString, t.kind == tokenName && !reserved(t.text):
		f.Category = t.text
	default:
		p.unexpected("an event category such as `process`, or `any`")
		return f
	}
	p.advance()
	p.expect("where", "after the event category")
	f.Where = p.expression()
	f.At = p.span(start)
	return f
}

func (p *parser) sequence(start source.Span) *Query {
	q := &Query{Kind: Sequence, WordAt: start}
	if p.accept("by") {
		q.Keys = p.keys()
	}
	if p.accept("with") {
		at := p.token.at.Start
		q.MaxSpan = p.maxSpan()
		q.MaxSpanAt = p.span(at)
		if p.failure == nil && p.token.is("by") {
			p.fail(p.token.at, "`by` stands before `with maxspan`", "write sequence by KEY with maxspan=...")
		}
	}
	p.steps(q)
	if p.accept("until") {
		q.Until = p.step()
	}
	if p.failure == nil {
		p.checkSequence(q, start)
	}
	return q
}

func (p *parser) sample(start source.Span) *Query {
	q := &Query{Kind: Sample}
	if p.accept("by") {
		q.Keys = p.keys()
	}
	p.steps(q)
	if p.failure == nil {
		p.checkSample(q, start)
	}
	return q
}

func (p *parser) keys() []Expr {
	keys := []Expr{p.expression()}
	for p.accept(",") {
		keys = append(keys, p.expression())
	}
	return keys
}

func (p *parser) maxSpan() time.Duration {
	if !p.accept("maxspan") {
		p.unexpected("`maxspan` after `with`")
		return 0
	}
	p.expect("=", "after `maxspan`")
	value, at := p.token, p.token.at
	if value.kind == tokenDecimal {
		p.fail(at, "a maxspan is a whole number", "choose a smaller unit")
		return 0
	}
	n, ok := p.whole()
	if !ok {
		p.unexpected("a duration such as 5m")
		return 0
	}
	unit := p.token
	if unit.kind != tokenName || reserved(unit.text) {
		p.fail(at, "the maxspan has no unit", fmt.Sprintf("write %ds for seconds; there are ms, s, m, h and d", n))
		return 0
	}
	size := map[string]time.Duration{"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[unit.text]
	switch {
	case size == 0:
		p.fail(unit.at, fmt.Sprintf("there is no unit of time `%s`", unit.text), "there are ms, s, m, h and d")
	case n < 1:
		p.fail(at, "a maxspan is above 0", "")
	case n > int64(1<<63-1)/int64(size):
		p.fail(at, "the maxspan is too large", "")
	}
	p.advance()
	return time.Duration(n) * size
}

func (p *parser) steps(q *Query) {
	for p.failure == nil && (p.token.is("[") || p.token.is("![")) {
		q.Steps = append(q.Steps, p.step())
	}
	if p.failure == nil && len(q.Steps) == 0 {
		p.unexpected("`[` and an event")
	}
}

func (p *parser) step() *Step {
	s := &Step{Runs: 1}
	start := p.token.at.Start
	s.Missing = p.token.is("![")
	if !s.Missing && !p.token.is("[") {
		p.unexpected("`[` and an event")
		return s
	}
	p.advance()
	s.Filter = p.filter()
	p.expect("]", "after the event")
	if p.accept("by") {
		s.Keys = p.keys()
	}
	if p.accept("with") {
		s.Runs = p.runs(s)
	}
	s.At = p.span(start)
	return s
}

func (p *parser) runs(s *Step) int {
	name := p.token
	if !p.accept("runs") {
		p.unexpected("`runs` after `with`")
		return 1
	}
	p.expect("=", "after `runs`")
	at := p.token.at
	n, ok := p.whole()
	switch {
	case !ok || n < 1:
		p.fail(at, "runs is a whole number above 0", "")
	case n > maxRuns:
		p.fail(at, fmt.Sprintf("runs is at most %d", maxRuns), "")
	case s.Missing:
		p.fail(name.at, "an event that must not occur cannot have runs", "")
	}
	return int(n)
}

func (p *parser) checkSequence(q *Query, start source.Span) {
	runs, positive := 0, 0
	for _, s := range q.Steps {
		runs += s.Runs
		if !s.Missing {
			positive++
		} else if q.MaxSpan == 0 {
			p.fail(s.At, "an event that must not occur needs a maxspan", "write sequence ... with maxspan=...")
		}
	}
	switch {
	case runs < 2:
		p.fail(start, "a sequence needs at least 2 events, and this one has 1", "add an event, or `with runs=2`")
	case positive == 0:
		p.fail(start, "a sequence needs an event that does occur", "")
	case q.Until != nil && q.Until.Missing:
		p.fail(q.Until.At, "`until` takes an event that occurs", "")
	}
	p.checkKeys(q)
}

func (p *parser) checkSample(q *Query, start source.Span) {
	switch {
	case len(q.Steps) < 2:
		p.fail(start, "a sample needs at least 2 events, and this one has 1", "")
	case len(q.Keys)+len(q.Steps[0].Keys) == 0:
		p.fail(start, "a sample needs a join key", "write sample by KEY")
	}
	for _, s := range q.Steps {
		switch {
		case s.Missing:
			p.fail(s.At, "a sample cannot hold an event that must not occur", "")
		case s.Runs > 1:
			p.fail(s.At, "a sample has no runs", "")
		}
	}
	p.checkKeys(q)
}

// checkKeys asks for the same number of join keys in every step.
func (p *parser) checkKeys(q *Query) {
	want := len(q.Steps[0].Keys)
	steps := q.Steps
	if q.Until != nil {
		steps = append(steps[:len(steps):len(steps)], q.Until)
	}
	for _, s := range steps {
		if len(s.Keys) != want {
			p.fail(s.At, fmt.Sprintf("this event has %d join keys of its own, and the first has %d", len(s.Keys), want), "every event needs the same number of keys")
			return
		}
	}
}
