package check

import (
	"fmt"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/lang/kql"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
)

func onlyKQL() []rule.Language { return []rule.Language{rule.KQL} }

// kqlChecks find what KQL reads in another way than it looks.
func kqlChecks() []*Check {
	of := func(c Check, visit func(p *pass, n kql.Node)) *Check {
		c.Languages = onlyKQL()
		c.query = func(p *pass, q *query) {
			kql.Walk(q.kql.Root, func(n kql.Node) bool {
				visit(p, n)
				return true
			})
		}
		return &c
	}
	literal := func(visit func(p *pass, lit *kql.Literal)) func(p *pass, n kql.Node) {
		return func(p *pass, n kql.Node) {
			if lit, ok := n.(*kql.Literal); ok {
				visit(p, lit)
			}
		}
	}
	return []*Check{
		of(Check{
			Name: "kql-question-mark", Set: Suspicious, Level: diag.Warning,
			Reason: "? is an ordinary character in KQL, and never a wildcard",
			Avoid:  `destination.domain: cdn??.example.com`, Prefer: `destination.domain: cdn*.example.com`,
		}, literal(kqlQuestionMark)),
		of(Check{
			Name: "kql-escape-in-path", Set: Correctness, Level: diag.Error,
			Reason: `within quotes \t, \r, \n and \u are escapes: "C:\temp" holds a tab`,
			Avoid:  `file.path: "C:\temp\x.exe"`, Prefer: `file.path: "C:\\temp\\x.exe"`,
		}, literal(kqlEscapeInPath)),
		of(Check{
			Name: "kql-quoted-wildcard", Set: Suspicious, Level: diag.Warning,
			Reason: "a * within quotes is an ordinary character",
			Avoid:  `process.name: "python*"`, Prefer: `process.name: python*`,
		}, literal(kqlQuotedWildcard)),
		of(Check{
			Name: "kql-unquoted-space", Set: Suspicious, Level: diag.Warning,
			Reason: "an unquoted value goes on over spaces: f: a b is the one value \"a b\", or a typing slip for f: (a or b)",
			Avoid:  `event.action: start stop`, Prefer: `event.action: (start or stop)`,
		}, literal(kqlUnquotedSpace)),
		of(Check{
			Name: "kql-mixed-operators", Set: Suspicious, Level: diag.Warning,
			Reason: "and binds tighter than or: without parentheses a reader takes it for something else",
			Avoid:  `a: 1 and b: 2 or c: 3`, Prefer: `(a: 1 and b: 2) or c: 3`,
		}, kqlMixedOperators),
		of(Check{
			Name: "kql-bare-negation", Set: Suspicious, Level: diag.Warning,
			Reason: "not binds tighter than or: the negation holds for nearly every event, and with it the whole condition",
			Avoid:  `not user.name: root or process.name: sh`, Prefer: `not (user.name: root or process.name: sh)`,
		}, kqlBareNegation),
		of(Check{
			Name: "kql-bare-term", Set: Suspicious, Level: diag.Warning,
			Reason: "a value without a field is searched for in every field, which is slow and finds more than it should",
			Avoid:  `mimikatz`, Prefer: `process.command_line: *mimikatz*`,
		}, kqlBareTerm),
	}
}

func kqlQuestionMark(p *pass, lit *kql.Literal) {
	text := p.at.slice(lit.At)
	if lit.Quoted || strings.Contains(text, "://") {
		return
	}
	if i := strings.IndexByte(text, '?'); i >= 0 {
		end := i
		for end < len(text) && text[end] == '?' {
			end++
		}
		p.report(source.Span{Start: lit.At.Start + i, End: lit.At.Start + end}, finding{
			message: "`?` is an ordinary character in KQL, and no wildcard", help: "write * for any text, or list the values",
		})
	}
}

// kqlEscapeInPath finds escapes in texts that have other backslashes, or a drive letter before it.
func kqlEscapeInPath(p *pass, lit *kql.Literal) {
	text := p.at.slice(lit.At)
	if !lit.Quoted || strings.Count(text, `\`) < 2 && !strings.Contains(text, `:\`) {
		return
	}
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		if strings.IndexByte("trn", text[i+1]) >= 0 && i+2 < len(text) && isWord(text[i+2]) {
			span := source.Span{Start: lit.At.Start + i, End: lit.At.Start + i + 2}
			p.report(span, finding{
				message: fmt.Sprintf(`within quotes \%c is a %s, and not a backslash and a letter`, text[i+1], map[byte]string{'t': "tab", 'r': "carriage return", 'n': "line break"}[text[i+1]]),
				help:    `double the backslash`,
				fix:     []diag.Edit{{Span: source.Span{Start: span.Start, End: span.Start}, Text: `\`}},
			})
		}
		i++
	}
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

func kqlQuotedWildcard(p *pass, lit *kql.Literal) {
	text := p.at.slice(lit.At)
	if !lit.Quoted || !looksWild(lit.Text()) {
		return
	}
	i := strings.IndexByte(text, '*')
	if i < 0 {
		return
	}
	p.report(source.Span{Start: lit.At.Start + i, End: lit.At.Start + i + 1}, finding{
		message: "within quotes `*` is an ordinary character, and no wildcard", help: `remove the quotes, and escape what is special outside of them: spaces need none`,
	})
}

func kqlUnquotedSpace(p *pass, lit *kql.Literal) {
	if lit.Quoted || lit.HasWildcard() {
		return
	}
	text := p.at.slice(lit.At)
	if i := strings.IndexAny(text, " \t\n"); i >= 0 && !strings.Contains(text, `\`) {
		p.report(lit.At, finding{message: fmt.Sprintf("this is the one value %q", lit.Text()), help: "put it in quotes, or write (a or b) for several values"})
	}
}

// kqlMixedOperators finds an "and" within an "or", without parentheses around it.
func kqlMixedOperators(p *pass, n kql.Node) {
	or, ok := n.(*kql.Or)
	if !ok {
		return
	}
	for _, part := range or.Parts {
		if and, ok := part.(*kql.And); ok && !p.at.enclosed(and.At) {
			p.report(and.At, finding{message: "this `and` stands beside an `or` without parentheses", help: "`and` binds tighter; put parentheses around what belongs together"})
		}
	}
}

// kqlBareNegation finds a negation at the start of an "or" whose other parts are none: not a or b.
func kqlBareNegation(p *pass, n kql.Node) {
	or, ok := n.(*kql.Or)
	if !ok {
		return
	}
	first, ok := or.Parts[0].(*kql.Not)
	if !ok || p.at.enclosed(first.At) {
		return
	}
	for _, part := range or.Parts[1:] {
		if _, ok := part.(*kql.Not); ok {
			return
		}
	}
	p.report(first.At, finding{message: "`not` belongs to this condition alone, and not to the ones after `or`", help: "put parentheses around all that is to be negated"})
}

func kqlBareTerm(p *pass, n kql.Node) {
	report := func(n kql.Node) {
		if lit, ok := n.(*kql.Literal); ok {
			p.report(lit.At, finding{message: "this value is searched for in every field", help: "name the field: FIELD: " + p.at.slice(lit.At)})
		}
	}
	if n == p.at.kql.Root {
		report(n)
	}
	switch n := n.(type) {
	case *kql.And:
		if !p.at.inValues(n.At) {
			for _, part := range n.Parts {
				report(part)
			}
		}
	case *kql.Or:
		if !p.at.inValues(n.At) {
			for _, part := range n.Parts {
				report(part)
			}
		}
	}
}

// inValues tells whether a group stands in the value of a comparison.
func (q *query) inValues(at source.Span) bool {
	inside := false
	kql.Walk(q.kql.Root, func(n kql.Node) bool {
		if is, ok := n.(*kql.Is); ok {
			value := is.Value.Span()
			inside = inside || value.Start <= at.Start && at.End <= value.End
			return false
		}
		return true
	})
	return inside
}

// enclosed tells whether parentheses stand right around a span.
func (q *query) enclosed(at source.Span) bool {
	before := strings.TrimRight(q.text[:at.Start], " \t\r\n")
	after := strings.TrimLeft(q.text[at.End:], " \t\r\n")
	return strings.HasSuffix(before, "(") && strings.HasPrefix(after, ")") || strings.HasPrefix(q.slice(at), "(") && strings.HasSuffix(q.slice(at), ")")
}
