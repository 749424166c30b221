package run

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/corpus"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/function"
	"github.com/tocsin-rules/tocsin/internal/lang/kql"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
	"github.com/tocsin-rules/tocsin/schemas"
)

func corpusQueries(tb testing.TB) map[string]string {
	tb.Helper()
	queries := map[string]string{}
	for _, f := range corpus.Rules(tb) {
		doc, problems := tomltext.Parse(source.NewFile(f.Name, f.Text))
		if doc == nil {
			tb.Fatal(problems)
		}
		if r, _ := rule.Decode(doc); r.LanguageOrDefault() == rule.ESQL {
			queries[f.Name] = r.Query
		}
	}
	return queries
}

func corpusEvents(tb testing.TB) []*event.Document {
	tb.Helper()
	decoder := event.NewDecoder()
	var docs []*event.Document
	for _, line := range corpus.Events(tb) {
		doc, problem := decoder.Decode(line)
		if problem != nil {
			tb.Fatal(problem)
		}
		docs = append(docs, doc)
	}
	return docs
}

// corpusSchema is ECS and what dynamic mapping makes of the events.
func corpusSchema(tb testing.TB, docs []*event.Document) *field.Schema {
	tb.Helper()
	ecs, err := field.ParseECS(schemas.ECS(), "")
	if err != nil {
		tb.Fatal(err)
	}
	dynamic := field.NewDynamic(field.DataStream)
	for _, doc := range docs {
		filter.Observe(dynamic, doc)
	}
	return field.NewSchema(ecs, dynamic)
}

func corpusOptions(schema *field.Schema) esql.Options {
	return esql.Options{
		Schema: schema, Functions: function.NewRegistry(function.All()), AssumeMapped: true,
		Env:     &function.Environment{Now: time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC), StepLimit: 100_000, KQL: compileKQL, Regexps: match.NewRegexps()},
		Builder: &filter.Builder{Layout: filter.NewLayout(), Now: time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)},
	}
}

func compileKQL(text string, schema *field.Schema, b *filter.Builder) (filter.Node, error) {
	query, problem := kql.Parse(text)
	if problem != nil {
		return nil, problem
	}
	node, problems := query.Compile(schema, b)
	if diag.AnyError(problems) {
		return nil, problems[0]
	}
	return node, nil
}

// Every query of the corpus is accepted and runs over the events.
func TestCorpusRuns(t *testing.T) {
	docs := corpusEvents(t)
	schema := corpusSchema(t, docs)
	rows, ran, undecided := 0, 0, map[string]int{}
	queries := corpusQueries(t)
	for _, name := range slices.Sorted(maps.Keys(queries)) {
		q, problem := esql.Parse(queries[name])
		if problem != nil {
			t.Errorf("%s: %s", name, problem.Message)
			continue
		}
		o := corpusOptions(schema)
		plan, problems := q.Check(o)
		for _, p := range problems {
			at := source.NewFile("", q.Text).Position(p.Span.Start)
			t.Errorf("%s:%d:%d: %s", name, at.Line, at.Column, p.Message)
		}
		if plan == nil {
			continue
		}
		if plan.Undecided != "" {
			undecided[plan.Undecided]++
			continue
		}
		result := Compile(plan, Options{Layout: o.Builder.Layout, Env: o.Env}).Run(Input{Docs: docs})
		ran++
		rows += result.Rows.Rows
		if result.Rows.Rows > 1000 && !strings.Contains(strings.ToLower(q.Text), "limit") {
			t.Errorf("%s: %d rows without a limit", name, result.Rows.Rows)
		}
	}
	t.Logf("%d of %d queries ran and gave %d rows; undecided: %v", ran, len(queries), rows, undecided)
}
