package check

import (
	"fmt"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
)

// esqlExtractChecks find what is wrong with columns that a query takes out of texts, or gets from elsewhere.
func esqlExtractChecks() []*Check {
	return []*Check{
		{
			Name: "esql-grok-bracket", Set: Suspicious, Level: diag.Warning, Languages: onlyESQL(),
			Reason: "an unescaped [ begins a class of characters: what stands in it is one of them, and no pattern",
			Avoid:  `GROK message "[%{DATA:level}] %{DATA:rest}"`, Prefer: `GROK message "\\\\[%{DATA:level}\\\\] %{DATA:rest}"`,
			query: esqlGrokBracket,
		},
		{
			Name: "esql-extracted-without-null-check", Set: Suspicious, Level: Off, Languages: onlyESQL(),
			Reason: "GROK and DISSECT give null where the text does not fit: rows that nobody thought of make a group of their own",
			Avoid:  `GROK message "%{WORD:Esql.action}" | STATS n = COUNT(*) BY Esql.action`, Prefer: `... | WHERE Esql.action IS NOT NULL | STATS ...`,
			query: esqlExtractedWithoutNullCheck,
		},
		{
			Name: "esql-joined-without-null-check", Set: Suspicious, Level: Off, Languages: onlyESQL(),
			Reason: "ENRICH and LOOKUP JOIN keep rows that find nothing, with null in the new columns",
			Avoid:  `ENRICH users ON user.name WITH team | STATS n = COUNT(*) BY team`, Prefer: `... | WHERE team IS NOT NULL | STATS ...`,
			query: esqlJoinedWithoutNullCheck,
		},
		{
			Name: "esql-match-on-keyword", Set: Suspicious, Level: diag.Warning, Languages: onlyESQL(),
			Reason: "a keyword is not split into words: MATCH compares the whole value, and several words never fit",
			Avoid:  `WHERE MATCH(process.command_line, "lsass dump")`, Prefer: `WHERE process.command_line LIKE "*lsass*dump*"`,
			query: esqlMatchOnKeyword,
		},
		{
			Name: "esql-null-in-subquery", Set: Suspicious, Level: diag.Warning, Languages: onlyESQL(),
			Reason: "NOT IN keeps no row when the subquery gives a single null",
			Avoid:  `WHERE x NOT IN (FROM y | KEEP x)`, Prefer: `WHERE x NOT IN (FROM y | WHERE x IS NOT NULL | KEEP x)`,
			query: esqlNullInSubquery,
		},
		{
			Name: "esql-inference-endpoint", Set: Policy, Level: Off, Languages: onlyESQL(),
			Reason: "COMPLETION and RERANK need an inference endpoint of that id in every cluster that the rule is published to",
			query:  esqlInferenceEndpoint,
		},
	}
}

func esqlGrokBracket(p *pass, q *query) {
	for _, c := range esql.Commands(q.esql) {
		grok, ok := c.(*esql.Grok)
		if !ok {
			continue
		}
		for _, e := range grok.Patterns {
			lit, ok := e.(*esql.Literal)
			if !ok {
				continue
			}
			for _, v := range valuesESQL(lit) {
				if i := strings.Index(v.Text, "[%{"); i >= 0 && strings.Count(v.Text[:i], `\`)%2 == 0 {
					p.report(p.inside(v, i, i+1), finding{message: "`[` begins a class of characters here", help: `write \\[ for the character itself`})
				}
			}
		}
	}
}

// unguardedUse reports the columns that some commands add where a group is made of them, without a condition on them.
func (p *pass) unguardedUse(q *query, of func(esql.Command) []string, why string) {
	guarded, added := q.guarded(), map[string]bool{}
	for _, c := range esql.Commands(q.esql) {
		for _, name := range of(c) {
			added[name] = true
		}
		stats, ok := c.(*esql.Stats)
		if !ok {
			continue
		}
		for _, f := range stats.By {
			if n, ok := f.Expr.(*esql.Name); ok && added[n.Text] && !guarded[n.Text] {
				p.report(n.At, finding{message: fmt.Sprintf("`%s` is null %s", n.Text, why), help: fmt.Sprintf("ask for %s IS NOT NULL before", n.Text)})
			}
		}
	}
}

func esqlExtractedWithoutNullCheck(p *pass, q *query) {
	p.unguardedUse(q, extracted, "where the text does not fit the pattern")
}

func esqlJoinedWithoutNullCheck(p *pass, q *query) {
	p.unguardedUse(q, func(c esql.Command) []string {
		var names []string
		if enrich, ok := c.(*esql.Enrich); ok {
			for _, pair := range enrich.With {
				names = append(names, pair.New.Text, pair.Old.Text)
			}
		}
		return names
	}, "in rows that the policy does not know")
}

func esqlMatchOnKeyword(p *pass, q *query) {
	tell := func(name *esql.Name, text esql.Expr) {
		words, ok := textOf(text)
		m, known := q.schema.Lookup(name.Text)
		if ok && known && m.Type.IsKeyword() && strings.Contains(strings.TrimSpace(words), " ") {
			p.report(text.Span(), finding{message: fmt.Sprintf("`%s` is of type %s, which is not split into words", name.Text, m.Type), help: "use LIKE with `*` between the words"})
		}
	}
	esql.Walk(q.esql, func(e esql.Expr) bool {
		switch e := e.(type) {
		case *esql.Match:
			tell(e.Field, e.Query)
		case *esql.Call:
			if n, ok := firstName(e); ok && len(e.Args) > 1 && strings.EqualFold(e.Name, "match") {
				tell(n, e.Args[1])
			}
		}
		return true
	})
}

func firstName(call *esql.Call) (*esql.Name, bool) {
	if len(call.Args) == 0 {
		return nil, false
	}
	n, ok := call.Args[0].(*esql.Name)
	return n, ok
}

func esqlNullInSubquery(p *pass, q *query) {
	esql.Walk(q.esql, func(e esql.Expr) bool {
		in, ok := e.(*esql.In)
		if !ok || in.Query == nil || !in.Not {
			return true
		}
		inner := strings.ToLower(q.slice(in.At))
		if !strings.Contains(inner, "is not null") && !strings.Contains(inner, "stats") {
			p.report(in.At, finding{message: "the subquery may give null, and then no row is kept", help: "ask for IS NOT NULL in it"})
		}
		return true
	})
}

func esqlInferenceEndpoint(p *pass, q *query) {
	for _, c := range esql.Commands(q.esql) {
		switch c.(type) {
		case *esql.Completion, *esql.Rerank:
			p.report(keywordOf(c), finding{message: fmt.Sprintf("`%s` needs an inference endpoint that each cluster must have", c.Keyword()), help: "say so in `setup`"})
		}
	}
}
