package check

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/lang/lucene"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
)

func onlyLucene() []rule.Language { return []rule.Language{rule.Lucene} }

// luceneChecks find what Lucene's syntax reads in another way than it looks.
func luceneChecks() []*Check {
	return []*Check{
		luceneCheck(Check{
			Name: "lucene-lowercase-operator", Set: Correctness, Level: diag.Error,
			Reason: "and, or and not are words to search for unless they are in capitals",
			Avoid:  `process.name:cmd.exe and user.name:root`, Prefer: `process.name:cmd.exe AND user.name:root`,
		}, luceneLowercase),
		luceneCheck(Check{
			Name: "lucene-mixed-operators", Set: Suspicious, Level: diag.Warning,
			Reason: "AND and OR have no precedence: AND makes the clauses beside it required, and an OR clause then changes nothing",
			Avoid:  `a:1 OR b:2 AND c:3`, Prefer: `a:1 OR (b:2 AND c:3)`,
		}, luceneMixed),
		luceneCheck(Check{
			Name: "lucene-bare-term", Set: Suspicious, Level: diag.Warning,
			Reason: "a value without a field is searched for in every field: in f:a b only a belongs to f",
			Avoid:  `process.args:whoami all`, Prefer: `process.args:(whoami AND all)`,
		}, luceneBareTerm),
		luceneCheck(Check{
			Name: "lucene-path-regexp", Set: Correctness, Level: diag.Error,
			Reason: "a slash begins a regular expression, also where a path was meant",
			Avoid:  `file.path:/etc/passwd`, Prefer: `file.path:"/etc/passwd"`,
		}, lucenePath),
		luceneCheck(Check{
			Name: "lucene-only-negation", Set: Suspicious, Level: diag.Warning,
			Reason: "a group of nothing but negations holds for nearly every event",
			Avoid:  `NOT user.name:root`, Prefer: `event.category:process AND NOT user.name:root`,
		}, luceneOnlyNegation),
		comparisons(Check{
			Name: "lucene-accidental-range", Set: Suspicious, Level: diag.Warning, Languages: onlyLucene(),
			Reason: "< and > before a value make a range, and cannot be escaped: put the value in quotes",
			Avoid:  `process.args:<script>`, Prefer: `process.args:"<script>"`,
		}, luceneAccidentalRange),
	}
}

// luceneAccidentalRange finds ranges of texts with one bound, written with < or >.
func luceneAccidentalRange(p *pass, c *Comparison) {
	m, known := p.at.typeOf(c)
	if !c.Operator.IsRange() || !known || !m.Type.IsKeyword() && !m.Type.IsText() {
		return
	}
	text := p.at.slice(c.Values[0].At)
	if strings.HasPrefix(text, "<") || strings.HasPrefix(text, ">") {
		if _, err := strconv.ParseFloat(c.Values[0].Text, 64); err != nil {
			p.report(c.Values[0].At, finding{message: fmt.Sprintf("this is a range of texts %s `%s`", map[byte]string{'<': "below", '>': "above"}[text[0]], c.Values[0].Text), help: "put the value in quotes"})
		}
	}
}

// luceneCheck looks at every list of clauses; field is that of the group around it.
func luceneCheck(c Check, visit func(p *pass, list *lucene.Clauses, outer *lucene.Field)) *Check {
	c.Languages = onlyLucene()
	c.query = func(p *pass, q *query) {
		var walk func(list *lucene.Clauses, outer *lucene.Field)
		walk = func(list *lucene.Clauses, outer *lucene.Field) {
			if list == nil {
				return
			}
			visit(p, list, outer)
			for _, clause := range list.List {
				if group, ok := clause.Node.(*lucene.Group); ok {
					inner := outer
					if clause.Field != nil {
						inner = clause.Field
					}
					walk(group.Clauses, inner)
				}
			}
		}
		walk(q.lucene.Root, nil)
	}
	return &c
}

func luceneLowercase(p *pass, list *lucene.Clauses, _ *lucene.Field) {
	for _, clause := range list.List {
		term, ok := clause.Node.(*lucene.Term)
		if !ok || clause.Field != nil {
			continue
		}
		switch word := p.at.slice(term.At); word {
		case "and", "or", "not":
			p.report(term.At, finding{
				message: fmt.Sprintf("`%s` is a word to search for here, and no operator", word), help: "write it in capitals",
				fix: []diag.Edit{{Span: term.At, Text: strings.ToUpper(word)}},
			})
		}
	}
}

func luceneMixed(p *pass, list *lucene.Clauses, _ *lucene.Field) {
	must, should := 0, -1
	for i, clause := range list.List {
		switch clause.Occur {
		case lucene.Must:
			must++
		case lucene.Should:
			should = i
		}
	}
	if must > 0 && should >= 0 {
		p.report(list.List[should].At, finding{message: "other clauses are required, so that this one changes nothing", help: "put parentheses around what belongs together"})
	}
}

func luceneBareTerm(p *pass, list *lucene.Clauses, outer *lucene.Field) {
	for _, clause := range list.List {
		_, group := clause.Node.(*lucene.Group)
		if clause.Field != nil || outer != nil || group {
			continue
		}
		switch text := p.at.slice(clause.Node.Span()); text {
		case "and", "or", "not":
		default:
			p.report(clause.Node.Span(), finding{message: fmt.Sprintf("`%s` is searched for in every field", text), help: "name the field, or put the words of one value in quotes"})
		}
	}
}

// lucenePath finds an expression that goes on after its closing slash: a path.
func lucenePath(p *pass, list *lucene.Clauses, _ *lucene.Field) {
	for i, clause := range list.List {
		expression, ok := clause.Node.(*lucene.Regexp)
		if !ok || i+1 == len(list.List) {
			continue
		}
		next := list.List[i+1]
		if next.Field != nil || next.At.Start != expression.At.End {
			continue
		}
		p.report(source.Span{Start: expression.At.Start, End: next.At.End}, finding{message: fmt.Sprintf("this is the regular expression %s, and after it a word", expression), help: "put the path in quotes"})
	}
}

func luceneOnlyNegation(p *pass, list *lucene.Clauses, _ *lucene.Field) {
	for _, clause := range list.List {
		if clause.Occur != lucene.MustNot {
			return
		}
	}
	if len(list.List) > 0 {
		p.report(list.At, finding{message: "nothing here has to hold, so that nearly every event fits", help: "add what the events must have"})
	}
}
