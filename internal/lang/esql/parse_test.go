package esql

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/tocsin-rules/tocsin/internal/corpus"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// sameTree compares trees without regard to where they stand.
func sameTree() cmp.Options {
	return cmp.Options{
		cmpopts.IgnoreTypes(source.Span{}), cmpopts.IgnoreFields(Query{}, "Text"),
		cmp.Comparer(func(a, b *column.Column) bool {
			return a.Type() == b.Type() && fmt.Sprint(a.JSON(0)) == fmt.Sprint(b.JSON(0))
		}),
	}
}

func checkRoundTrip(t interface{ Fatalf(string, ...any) }, text string, q *Query) {
	printed := q.String()
	again, problem := Parse(printed)
	if problem != nil {
		t.Fatalf("%q is printed as %q, which is refused: %s", text, printed, problem.Message)
	}
	if diff := cmp.Diff(q, again, sameTree()); diff != "" {
		t.Fatalf("%q is printed as %q, which means something else:\n%s", text, printed, diff)
	}
}

// corpusQueries are the ES|QL queries of the real rules, by the name of the file.
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

func TestCorpusParsesAndPrints(t *testing.T) {
	queries := corpusQueries(t)
	if len(queries) < 140 {
		t.Errorf("%d queries: the corpus has more", len(queries))
	}
	for name, text := range queries {
		q, problem := Parse(text)
		if problem != nil {
			at := source.NewFile("", text).Position(problem.Span.Start)
			t.Errorf("%s:%d:%d: %s", name, at.Line, at.Column, problem.Message)
			continue
		}
		checkRoundTrip(t, name, q)
	}
}

// Every command of the language, and every form of expression: each is printed as it stands here.
func printedQueries() []string {
	return []string{
		"FROM logs-*", "FROM a, b-*, -c METADATA _id, _index", "FROM cluster:logs-*, *:x", "FROM <logs-{now/d}>", `FROM "a b"`, "FROM logs::failures", "TS metrics | STATS RATE(n)",
		"FROM (FROM a | WHERE x == 1), b", "ROW a = 1, b = [1, 2], c = null", "SHOW INFO", `PROMQL sum(rate(x{pod=~'a|b|"'}[5m])) | LIMIT 1`, "PROMQL index=k8s step=5m (sum by (cluster) (rate(x[5m])))",
		`SET unmapped_fields = "nullify"; FROM a`, `SET approximation = {"rows": 1}; SET time_zone = "Z"; FROM a`,
		"FROM a | WHERE a == 1 AND b != 2 OR NOT c < 3", "FROM a | WHERE (a OR b) AND NOT (c AND d)", "FROM a | WHERE NOT NOT a",
		"FROM a | WHERE a IN (1, 2) AND b NOT IN (\"x\") AND c IN (FROM b | KEEP x)", "FROM a | WHERE a LIKE \"x*\" AND a NOT RLIKE \".*\" AND a LIKE (\"x\", \"y\")",
		"FROM a | WHERE a IS NULL OR a.b IS NOT NULL", "FROM a | WHERE a : \"x\" AND b::text : 1", `FROM a | WHERE MATCH(a, "x", {"fuzziness": 1, "operator": "AND"})`,
		"FROM a | EVAL x = 1 + 2 * 3 - (4 - 5) / -6 % 7, -y, -(-y), (1 + 2)::string::long", "FROM a | EVAL d = NOW() - 1 day + 5 minutes, 1 mo",
		"FROM a | EVAL `a b` = `x-y`.z + `by`, `sum(x)` = @timestamp + _id, `back``quote`", "FROM a | EVAL 1, 1.5, 1.0E10, 9223372036854775807, 18446744073709551615, \"\"\"\\d\"\"\", \"a\\\"b\\n\", true",
		"FROM a | EVAL x = ?, y = ?1, z = ?name, ??field", "FROM a | KEEP a*, Esql.*, `x-y`.*, *, `a*`", "FROM a | DROP *.b, c", "FROM a | RENAME a AS b, d = c",
		"FROM a | SORT a, b DESC, c NULLS FIRST, d DESC NULLS LAST", "FROM a | LIMIT 10", "FROM a | LIMIT 1 BY host.name",
		"FROM a | STATS COUNT(*), n = COUNT() WHERE x > 1, SUM(a) / 2 BY b, c = DATE_TRUNC(1 hour, @timestamp)", "FROM a | STATS BY a", "FROM a | INLINE STATS MAX(x) BY y",
		"FROM a | STATS FIRST(a, b), LAST(a, b)", "FROM a | MV_EXPAND b.c", `FROM a | DISSECT x "%{a} %{b}" append_separator = ","`, `FROM a | GROK TO_LOWER(x) "%{WORD:a}", "%{INT:b:int}"`,
		"FROM a | ENRICH policy ON x WITH y, z = w", "FROM a | ENRICH _coordinator:policy", "FROM a | LOOKUP JOIN hosts ON host.name, user.name", "FROM a | LOOKUP JOIN hosts ON a == b AND c < d",
		`FROM a | COMPLETION x = CONCAT(a, b) WITH {"inference_id": "m"}`, "FROM a | COMPLETION p", "FROM a | FORK (WHERE x == 1 | LIMIT 1) (KEEP a)", "FROM a | SAMPLE 0.1",
		"FROM a | CHANGE_POINT n ON t AS type, p", "FROM a | DEDUP", "FROM a | URI_PARTS u = url.original", "FROM a | REGISTERED_DOMAIN d = x", `FROM a | USER_AGENT u = x WITH {"a": true}`, "FROM a | IP_LOCATION l = ip",
		`FROM a | RERANK s = "q" ON title, TO_LOWER(body) WITH {"inference_id": "m"}`, `FROM a | FUSE rrf SCORE BY s KEY BY a, b GROUP BY g WITH {"x": {"y": 1}}`, "FROM a | FUSE", "FROM a | HIGHLIGHT x", "FROM a | METRICS_INFO",
	}
}

func TestPrintsWhatItReads(t *testing.T) {
	for _, text := range printedQueries() {
		q, problem := Parse(text)
		if problem != nil {
			t.Errorf("%s: %s at %d", text, problem.Message, problem.Span.Start)
			continue
		}
		if got := q.String(); got != text {
			t.Errorf("%s\nis printed as\n%s", text, got)
		}
		checkRoundTrip(t, text, q)
	}
}

// The same query in another spelling.
func TestSpellings(t *testing.T) {
	for a, b := range map[string]string{
		"from a|where x==1":                           "FROM a | WHERE x == 1",
		"FROM a // comment\n| /* another */ LIMIT +1": "FROM a | LIMIT 1",
		"FROM a /* one /* in */ another */ | DEDUP":   "FROM a | DEDUP",
		"FROM a | INLINESTATS COUNT(*)":               "FROM a | INLINE STATS COUNT(*)",
		"FROM a | EVAL x = 5m, y=1d":                  "FROM a | EVAL x = 5 m, y = 1 d",
		"FROM a | SORT x ASC":                         "FROM a | SORT x",
		"FROM a | WHERE ((x)) == (1)":                 "FROM a | WHERE x == 1",
		`FROM a | EVAL x = """a"b"""`:                 `FROM a | EVAL x = "a\"b"`,
	} {
		q, problem := Parse(a)
		if problem != nil {
			t.Errorf("%s: %s", a, problem.Message)
		} else if got := q.String(); got != b {
			t.Errorf("%s is printed as %s, want %s", a, got, b)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct{ text, message, at string }{
		{"", "the query ends where a source command such as FROM or ROW is expected", ""},
		{"WHERE x", "a query begins with a source command, not with `WHERE`", "WHERE"},
		{"FORM a", "a query begins with a source command, not with `FORM`", "FORM"},
		{"FROM a | WHRE x", "there is no command `WHRE`", "WHRE"},
		{"FROM a | FROM b", "there is no command `FROM`", "FROM"},
		{"FROM a | WHERE", "the query ends where a value is expected", ""},
		{"FROM a | WHERE x = 1", "expected `|` or the end of the query, found `=`", "="},
		{"FROM a | WHERE x == 1 == 2", "expected `|` or the end of the query, found `==`", "=="},
		{"FROM a | WHERE x =~ \"a\"", "the operator `=~` is not released", "=~"},
		{"FROM a | WHERE 'x'", "strings stand in double quotes, not in single ones", "'"},
		{`FROM a | WHERE "x`, "the string that begins here is never closed", `"`},
		{`FROM a | WHERE "\d"`, "this is no escape", `\d`},
		{"FROM a | WHERE x IN 1", "expected `(` after IN, found `1`", "1"},
		{"FROM a | WHERE x NOT 1", "expected `IN`, `LIKE` or `RLIKE` after NOT, found `1`", "1"},
		{"FROM a | WHERE (x", "the query ends where `)` is expected", ""},
		{"FROM a | EVAL x = [1, \"a\"]", "the values of a list must be of one type", `[1, "a"]`},
		{"FROM a | LOOKUP hosts ON x", "expected `JOIN` after LOOKUP, found `hosts`", "hosts"},
		{"FROM a | RENAME x y", "expected `as` between the old name and the new one, found `y`", "y"},
		{"FROM a | EVAL x = 99999999999 days", "the amount `99999999999` is too large", "99999999999 "},
		{"FROM a | KEEP", "the query ends where a column is expected", ""},
		{"FROM a | EVAL ``", "the name in back-quotes is empty", "``"},
		{"FROM a /* x /* y */", "the comment that begins here is never closed", "/*"},
		{"FROM a /* x", "the comment that begins here is never closed", "/*"},
	} {
		_, problem := Parse(c.text)
		if problem == nil {
			t.Errorf("%s is accepted", c.text)
			continue
		}
		if got := c.text[problem.Span.Start:problem.Span.End]; problem.Message != c.message || got != c.at {
			t.Errorf("%s: %q at %q, want %q at %q", c.text, problem.Message, got, c.message, c.at)
		}
	}
}

func TestBadInputIsBounded(t *testing.T) {
	for name, text := range map[string]string{
		"parentheses": "FROM a | WHERE " + strings.Repeat("(", 10_000) + "x",
		"negations":   "FROM a | WHERE " + strings.Repeat("NOT ", 10_000) + "x",
		"minuses":     "FROM a | EVAL x = " + strings.Repeat("- ", 10_000) + "y",
		"sums":        "FROM a | EVAL x = 1" + strings.Repeat(" + 1", 10_000),
		"casts":       "FROM a | EVAL x = 1" + strings.Repeat("::long", 10_000),
		"calls":       "FROM a | EVAL x = " + strings.Repeat("f(", 10_000),
		"maps":        "FROM a | COMPLETION x WITH " + strings.Repeat(`{"a":`, 10_000),
		"subqueries":  strings.Repeat("FROM (", 10_000),
		"forks":       "FROM a" + strings.Repeat("| FORK (WHERE x", 10_000),
		"commands":    "FROM a" + strings.Repeat(" | LIMIT 1", 10_001),
		"bytes":       "FROM a | WHERE x == \"" + strings.Repeat("a", 1<<20) + "\"",
	} {
		if _, problem := Parse(text); problem == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for name, text := range map[string]string{
		"commands": "FROM a" + strings.Repeat(" | LIMIT 1", 9_999),
		"list":     "FROM a | WHERE x IN (1" + strings.Repeat(", 1", 300_000) + ")",
		"logic":    "FROM a | WHERE x" + strings.Repeat(" OR x", 200_000),
	} {
		q, problem := Parse(text)
		if problem != nil {
			t.Errorf("%s: %s", name, problem.Message)
		} else if again, problem := Parse(q.String()); problem != nil || again.String() != q.String() {
			t.Errorf("%s: printed wrongly", name)
		}
	}
}

// anyExpr draws an expression.
func anyExpr(depth int) *rapid.Generator[Expr] {
	name := rapid.Custom(func(t *rapid.T) Expr {
		return &Name{Text: rapid.SampledFrom([]string{"a", "a.b", "x y", "by", "@t", "a`b", ".", "1a"}).Draw(t, "name")}
	})
	literal := rapid.Custom(func(t *rapid.T) Expr {
		return rapid.SampledFrom([]Expr{
			&Literal{Value: wholeNumber("-1")}, &Literal{Value: wholeNumber("3000000000")}, &Literal{Value: column.OfDoubles([]float64{-1.5e20})},
			&Literal{Value: column.OfTexts(column.Keyword, []string{"a\"\\\n"})}, &Literal{Value: column.OfTexts(column.Keyword, []string{`\d`})}, &Literal{Value: column.Nulls(column.Null, 1)},
			&Timespan{Amount: -5, Unit: "minutes"}, &Param{Text: "?x"},
		}).Draw(t, "literal")
	})
	if depth == 0 {
		return rapid.OneOf(name, literal)
	}
	inner := anyExpr(depth - 1)
	return rapid.OneOf(name, literal, rapid.Custom(func(t *rapid.T) Expr {
		x, y := inner.Draw(t, "x"), inner.Draw(t, "y")
		not := rapid.Bool().Draw(t, "not")
		switch rapid.IntRange(0, 9).Draw(t, "form") {
		case 0:
			return &Binary{Op: rapid.SampledFrom([]string{"+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">="}).Draw(t, "op"), X: x, Y: y}
		case 1:
			return &Logic{Or: not, Operands: []Expr{x, y, x}}
		case 2:
			return &Not{X: x}
		case 3:
			return &In{X: x, Not: not, List: []Expr{y, x}}
		case 4:
			return &Like{X: x, Not: not, Regexp: true, Listed: true, Patterns: []Expr{&Literal{Value: column.OfTexts(column.Keyword, []string{"a*"})}}}
		case 5:
			return &IsNull{X: x, Not: not}
		case 6:
			return &Call{Name: "first", Args: []Expr{x, y}}
		case 7:
			return &Cast{X: x, Type: "long"}
		case 8:
			if lit, ok := x.(*Literal); ok && lit.Value.Type().IsNumber() {
				return x
			}
			if _, ok := x.(*Timespan); ok {
				return x
			}
			return &Negate{X: x}
		}
		return &Call{Name: "f", Args: []Expr{x}, Options: &Map{Entries: []Entry{{"k", &Literal{Value: wholeNumber("1")}}}}}
	}))
}

func TestExpressionsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyExpr(4).Draw(t, "expression")
		q, problem := Parse("ROW x = " + e.String())
		if problem != nil {
			t.Fatalf("%s: %s", e, problem.Message)
		}
		if diff := cmp.Diff(e, q.Pipeline.Commands[0].(*Row).Fields[0].Expr, sameTree()); diff != "" {
			t.Fatalf("%s: %s", e, diff)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, text := range printedQueries() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if q, problem := Parse(text); problem == nil {
			checkRoundTrip(t, text, q)
		}
	})
}
