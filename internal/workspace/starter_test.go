package workspace_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/fixture"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/kql"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

// edit is one change of a query that takes something away from it, or moves a bound.
type edit struct {
	at   source.Span
	with string
}

func (e edit) apply(text string) string { return text[:e.at.Start] + e.with + text[e.at.End:] }

// Every part of a starter rule's query matters to its fixture: without it, some case fails. An edit that leaves no query
// that compiles says nothing.
func TestEachPartOfAStarterRuleMatters(t *testing.T) {
	w, problems, err := workspace.Open("../..")
	if err != nil || problems.HasErrors() {
		t.Fatal(problems, err)
	}
	files, problems, err := w.Rules()
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	for _, f := range files {
		edits := editsOf(t, f.Rule)
		if edits == nil {
			continue
		}
		t.Run(f.Path, func(t *testing.T) {
			t.Parallel()
			fix, _, problems := w.Fixture(f)
			if fix == nil {
				t.Fatal(problems)
			}
			compiled := 0
			for _, e := range edits {
				passes, compiles := run(t, w, f, fix, e)
				if passes {
					t.Errorf("no case fails when `%s` becomes `%s`", f.Rule.Query[e.at.Start:e.at.End], e.with)
				}
				if compiles {
					compiled++
				}
			}
			if compiled < len(edits)/2 {
				t.Errorf("only %d of %d edits left a query", compiled, len(edits))
			}
		})
	}
}

// run runs an edited rule over the fixture of the rule.
func run(t *testing.T, w *workspace.Workspace, f *workspace.RuleFile, fix *fixture.Fixture, e edit) (passes, compiles bool) {
	t.Helper()
	file, err := os.ReadFile("../../rules/" + strings.TrimPrefix(f.Path[strings.Index(f.Path, "rules/"):], "rules/"))
	if err != nil {
		t.Fatal(err)
	}
	before := "query = '''\n" + f.Rule.Query
	text := strings.Replace(string(file), before, "query = '''\n"+e.apply(f.Rule.Query), 1)
	if text == string(file) {
		t.Fatalf("the query is not in the file as it is read:\n%s", f.Rule.Query)
	}
	doc, problems := tomltext.Parse(source.NewFile(f.Path, text))
	if doc == nil {
		t.Fatal(problems)
	}
	r, _ := rule.Decode(doc)
	env, err := w.Environment(r)
	if err != nil {
		t.Fatal(err)
	}
	result := fix.Run(r, env)
	if result.Problems.HasErrors() {
		return false, false
	}
	for _, c := range result.Cases {
		if c.Status != fixture.Passed {
			return false, true
		}
	}
	return true, true
}

// editsOf are the edits of a rule's query; nil for languages that are not edited here.
func editsOf(t *testing.T, r *rule.Rule) []edit {
	t.Helper()
	switch {
	case r.Type == rule.TypeESQL:
		query, problem := esql.Parse(r.Query)
		if problem != nil {
			t.Fatal(problem)
		}
		return esqlEdits(query)
	case r.Language == "kuery" && r.Type != rule.TypeSavedQuery:
		query, problem := kql.Parse(r.Query)
		if problem != nil {
			t.Fatal(problem)
		}
		return kqlEdits(query, 0)
	}
	return nil
}

// kqlEdits take each part out of an "and" or "or", and each "not". base is where the text of the query begins.
func kqlEdits(q *kql.Query, base int) (edits []edit) {
	at := func(s source.Span) source.Span { return source.Span{Start: s.Start + base, End: s.End + base} }
	var parts func(n kql.Node, always, never string)
	each := func(list []kql.Node, with, always, never string) {
		for _, part := range list {
			edits = append(edits, edit{at(part.Span()), with})
			parts(part, always, never)
		}
	}
	parts = func(n kql.Node, always, never string) {
		switch n := n.(type) {
		case *kql.And:
			each(n.Parts, always, always, never)
		case *kql.Or:
			each(n.Parts, never, always, never)
		case *kql.Not:
			edits = append(edits, edit{at(n.At), q.Text[n.Part.Span().Start:n.Part.Span().End]})
			parts(n.Part, always, never)
		case *kql.Nested:
			parts(n.Inner, always, never)
		case *kql.Is:
			parts(n.Value, "*", "none-of-these")
		}
	}
	parts(q.Root, "*: *", "none-of-these: *")
	return edits
}

// esqlEdits take out each command, condition, branch of CASE, key of BY, aggregate and wrapping function, and move each bound.
func esqlEdits(q *esql.Query) (edits []edit) {
	commands := esql.Commands(q)
	for i, c := range commands {
		switch c := c.(type) {
		case *esql.From, *esql.Keep, *esql.Sort:
			continue // what is kept, and in which order, is asked of the alerts
		case *esql.Stats:
			for _, a := range c.Aggregates {
				edits = append(edits, edit{a.Expr.Span(), "COUNT(null)"})
			}
			for _, key := range c.By {
				if key.Name == nil {
					edits = append(edits, edit{key.Expr.Span(), fmt.Sprintf("%s = \"none\"", q.Text[key.Expr.Span().Start:key.Expr.Span().End])})
				}
			}
		}
		edits = append(edits, edit{source.Span{Start: commands[i-1].Span().End, End: c.Span().End}, ""})
	}
	esql.Walk(q, func(e esql.Expr) bool {
		edits = append(edits, expressionEdits(q, e)...)
		return true
	})
	return edits
}

func expressionEdits(q *esql.Query, e esql.Expr) (edits []edit) {
	text := func(e esql.Expr) string { return q.Text[e.Span().Start:e.Span().End] }
	put := func(e esql.Expr, with string) { edits = append(edits, edit{e.Span(), with}) }
	switch e := e.(type) {
	case *esql.Logic:
		for _, operand := range e.Operands {
			put(operand, fmt.Sprint(!e.Or))
		}
	case *esql.Not:
		put(e, text(e.X))
	case *esql.In:
		for _, item := range e.List {
			put(item, `"none of these"`)
		}
	case *esql.Binary:
		if number := text(e.Y); isNumber(number) && strings.ContainsAny(e.Op, "<>=") {
			put(e.Y, number+" + 1")
			put(e.Y, number+" - 1")
		}
	case *esql.Timespan:
		put(e, fmt.Sprintf("%d %s", 2*e.Amount, e.Unit))
	case *esql.Call:
		edits = append(edits, callEdits(q, e)...)
	}
	return edits
}

func callEdits(q *esql.Query, call *esql.Call) (edits []edit) {
	put := func(e esql.Expr, with string) { edits = append(edits, edit{e.Span(), with}) }
	switch name := strings.ToUpper(call.Name); name {
	case "CASE":
		for i, arg := range call.Args {
			switch number := q.Text[arg.Span().Start:arg.Span().End]; {
			case i%2 == 0 && i < len(call.Args)-1:
				put(arg, "false")
			case isNumber(number):
				put(arg, number+" + 1")
			}
		}
	case "CIDR_MATCH":
		for _, block := range call.Args[1:] {
			put(block, `"255.255.255.255/32"`)
		}
	case "KQL":
		inner := call.Args[0].Span()
		start := inner.Start + len(`"""`)
		if query, problem := kql.Parse(q.Text[start : inner.End-len(`"""`)]); problem == nil {
			edits = append(edits, kqlEdits(query, start)...)
		}
	case "COALESCE", "TO_LOWER", "TO_UPPER", "ROUND", "IP_PREFIX":
		first := call.Args[0].Span()
		put(call, q.Text[first.Start:first.End])
	}
	return edits
}

func isNumber(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }
