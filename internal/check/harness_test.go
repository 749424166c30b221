package check_test

import (
	"flag"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/attack"
	"github.com/tocsin-rules/tocsin/internal/check"
	"github.com/tocsin-rules/tocsin/internal/detect"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/schema"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/schemas"
)

// expectation is a rule with the places that one check must report, marked as «this»; without marks it is a near miss.
type expectation struct {
	check string
	// rule is a whole file, or a query in the language that begins it: "eql: process where true".
	rule string
}

var update = flag.Bool("update", false, "write the golden files anew")

// bench has what the tests of this package need to check rules.
type bench struct {
	schemas *schema.Set
	fields  *field.Schema
	attack  *attack.Table
	// coverage is what the fields are known by.
	coverage check.Coverage
}

func newBench(tb testing.TB) *bench {
	tb.Helper()
	set, err := schema.Compile(schemas.Files(), schemas.Patterns())
	if err != nil {
		tb.Fatal(err)
	}
	ecs, err := field.ParseECS(schemas.ECS(), "")
	if err != nil {
		tb.Fatal(err)
	}
	own := field.NewTable(
		field.Mapping{Name: "acme.script", Type: field.Text}, field.Mapping{Name: "acme.level", Type: field.Keyword},
		field.Mapping{Name: "acme.name", Type: field.Keyword}, field.Mapping{Name: "acme.name.caseless", Path: "acme.name", Type: field.Keyword, Normalizer: "lowercase"},
		field.Mapping{Name: "acme.scores", Type: field.Long, Array: true}, field.Mapping{Name: "acme.score", Type: field.Long},
	)
	table, err := attack.Parse(schemas.Attack())
	if err != nil {
		tb.Fatal(err)
	}
	return &bench{schemas: set, fields: field.NewSchema(own, ecs), attack: table}
}

// with is the bench with the catalogs of packages, or of a cluster, before all other fields.
func (b *bench) with(tb testing.TB, coverage check.Coverage, catalogs ...string) *bench {
	tb.Helper()
	own := *b
	own.coverage = coverage
	for _, text := range catalogs {
		c, err := field.ParseCompact("catalog.tsv", text)
		if err != nil {
			tb.Fatal(err)
		}
		own.fields = own.fields.With(c.Select(nil))
	}
	return &own
}

// suiteOf is the suite in which a check is on, whatever its level is by default.
func suiteOf(tb testing.TB, config check.Config, name string) *check.Suite {
	tb.Helper()
	for _, c := range check.All() {
		if c.Name == name && c.Level == check.Off {
			if config.Levels == nil {
				config.Levels = map[string]diag.Severity{}
			}
			config.Levels[name] = diag.Warning
		}
	}
	suite, problem := check.NewSuite(config)
	if problem != nil {
		tb.Fatal(problem)
	}
	return suite
}

// lint gives the findings of a rule's text, settled.
func (b *bench) lint(tb testing.TB, suite *check.Suite, path, text string) diag.List {
	tb.Helper()
	r, list, err := rule.Load(source.NewFile(path, text), b.schemas)
	if err != nil {
		tb.Fatal(err)
	}
	if r == nil {
		tb.Fatalf("the rule cannot be read: %v\n%s", list, text)
	}
	list = append(list, suite.Rule(check.Subject{Rule: r, Path: path, Attack: b.attack, Coverage: b.coverage, Environment: detect.Environment{Schema: b.fields}})...)
	return suite.Settle(r.Doc(), list)
}

// unmark takes the marks out of a text and gives the spans that they enclosed.
func unmark(text string) (string, []source.Span) {
	var b strings.Builder
	var spans []source.Span
	start := 0
	for _, r := range text {
		switch r {
		case '«':
			start = b.Len()
		case '»':
			spans = append(spans, source.Span{Start: start, End: b.Len()})
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), spans
}

// ruleOf makes a whole file of the short form of an expectation: a language, a query, and after a line "---" more keys.
func ruleOf(short string) string {
	language, rest, ok := strings.Cut(short, ": ")
	if !ok || strings.Contains(language, "\n") || strings.ContainsAny(language, "[#") {
		return short
	}
	kind := map[string]string{"kuery": "query", "lucene": "query", "eql": "eql", "esql": "esql", "new_terms": "new_terms", "threshold": "threshold"}[language]
	if kind == "new_terms" || kind == "threshold" {
		language = "kuery"
	}
	query, more, _ := strings.Cut(rest, "\n---\n")
	return fmt.Sprintf(`[metadata]
creation_date = "2026/01/02"
maturity = "production"
updated_date = "2026/01/02"

[rule]
author = ["tocsin"]
description = "d"
%slanguage = %q
name = "A rule"
query = '''
%s
'''
risk_score = 21
rule_id = "00000000-0000-4000-8000-000000000001"
severity = "low"
type = %q
%s`, index(kind, more), language, query, kind, more)
}

func index(kind, more string) string {
	if kind == "esql" || strings.Contains(more, "index =") {
		return ""
	}
	return "index = [\"logs-acme.*\"]\n"
}

// properName is how a message may begin with a capital.
var properName = regexp.MustCompile(`^(Lucene|ATT&CK|TA?[0-9])`)

// expect holds the findings of one check against the marks.
func expect(t *testing.T, b *bench, config check.Config, path string, e expectation) {
	t.Helper()
	text, want := unmark(ruleOf(e.rule))
	suite := suiteOf(t, config, e.check)
	found := b.lint(t, suite, path, text)
	var got []source.Span
	for _, d := range found {
		if d.Name == e.check {
			got = append(got, d.Subject.Span)
			if d.Message == "" || strings.HasSuffix(d.Message, ".") || d.Message[0] >= 'A' && d.Message[0] <= 'Z' && !properName.MatchString(d.Message) {
				t.Errorf("%s: a message of another style: %q", e.check, d.Message)
			}
		}
	}
	if fmt.Sprint(got) == fmt.Sprint(want) {
		return
	}
	show := func(spans []source.Span) string {
		var parts []string
		for _, s := range spans {
			if s.Start < 0 {
				parts = append(parts, "the whole file")
				continue
			}
			parts = append(parts, fmt.Sprintf("%d..%d %q", s.Start, s.End, text[s.Start:s.End]))
		}
		return strings.Join(parts, ", ")
	}
	t.Errorf("%s in\n%s\nreported [%s], want [%s]\nall findings: %v", e.check, e.rule, show(got), show(want), found)
}

// expectAll runs a table, and asks that it has a rule to report and a near miss for each of its checks.
func expectAll(t *testing.T, table []expectation) {
	t.Helper()
	newBench(t).expectAll(t, table)
}

func (b *bench) expectAll(t *testing.T, table []expectation) {
	t.Helper()
	for _, e := range table {
		expect(t, b, check.Config{}, "rules/a.toml", e)
	}
}
