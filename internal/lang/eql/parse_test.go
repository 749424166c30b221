package eql

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-rules/tocsin/internal/corpus"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// show is an expression in a short form that tells the structure.
func show(e Expr) string {
	inner := func(list []Expr) string {
		texts := make([]string, len(list))
		for i, part := range list {
			texts[i] = show(part)
		}
		return strings.Join(texts, " ")
	}
	switch e := e.(type) {
	case *Logical:
		if e.Or {
			return "(or " + inner(e.Parts) + ")"
		}
		return "(and " + inner(e.Parts) + ")"
	case *Not:
		return "(not " + show(e.Part) + ")"
	case *Compare:
		return "(" + e.Operator + " " + show(e.Left) + " " + show(e.Right) + ")"
	case *Arithmetic:
		return "(" + e.Operator + " " + show(e.Left) + " " + show(e.Right) + ")"
	case *Negate:
		return "(neg " + show(e.Part) + ")"
	case *OneOf:
		not, single := "", ""
		if e.Negated {
			not = "not-"
		}
		if e.Single {
			single = "1"
		}
		return "(" + not + e.Operator + single + " " + show(e.Value) + " [" + inner(e.List) + "])"
	case *Call:
		tilde := ""
		if e.IgnoreCase {
			tilde = "~"
		}
		return strings.TrimSuffix("("+e.Name+tilde+" "+inner(e.Args), " ") + ")"
	case *Field:
		if e.Optional {
			return "?" + e.Name
		}
		return e.Name
	case *Literal:
		return fmt.Sprintf("%#v", e.Value)
	}
	return "?"
}

func TestParseExpression(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"true", "true"}, {"a", "a"}, {"a == 1", "(== a 1)"}, {"a != -1.5", "(!= a -1.5)"}, {"a <= 1e3", "(<= a 1000)"}, {"a == .5", "(== a 0.5)"},
		{"not a == 1 and b or c", "(or (and (not (== a 1)) b) c)"}, {"not not a", "(not (not a))"}, {"a or b or c", "(or a b c)"}, {"a and (b or c)", "(and a (or b c))"},
		{"a + b * 2 - -c", "(- (+ a (* b 2)) (neg c))"}, {"-(5)", "(neg 5)"}, {"- - 5", "5"}, {"(a - b) - c % 2", "(- (- a b) (% c 2))"},
		{`a : "x*"`, `(:1 a ["x*"])`}, {`a : ("x", "y")`, `(: a ["x" "y"])`}, {`a like "x"`, `(like1 a ["x"])`}, {`a like~ ("x")`, `(like~ a ["x"])`}, {`a regex~ "x"`, `(regex~1 a ["x"])`},
		{"a in (1, 2)", "(in a [1 2])"}, {`a not in ("x")`, `(not-in a ["x"])`}, {`a in~ ("x")`, `(in~ a ["x"])`}, {`a not like "x"`, `(not-like1 a ["x"])`}, {"a == b in (1)", "(== a (in b [1]))"},
		{`endsWith~(a, "x")`, `(endsWith~ a "x")`}, {"length (a) > 1", "(> (length a) 1)"}, {"f()", "(f)"}, {"f(g(a), -1)", "(f (g a) -1)"},
		{"?a.b == null", "(== ?a.b <nil>)"}, {"`a-b`.c == 1", "(== a-b.c 1)"}, {"`a``b`", "a`b"}, {"@timestamp", "@timestamp"}, {"_id == \"x\"", `(== _id "x")`},
		{`a == "\"\\\n\r\t\u{41}"`, "(== a \"\\\"\\\\\\n\\r\\tA\")"}, {`a == """x\n"y"""`, `(== a "x\\n\"y")`}, {`a == """"q""""`, `(== a "\"q\"")`},
		{"a // c\n == /* d */ 1", "(== a 1)"}, {"inner", "inner"}, {"android and orange", "(and android orange)"},
	} {
		q, failure := Parse("any where " + c.text)
		if failure != nil {
			t.Errorf("%s: %v", c.text, failure)
			continue
		}
		if diff := cmp.Diff(c.want, show(q.Filter.Where)); diff != "" {
			t.Errorf("%s: %s", c.text, diff)
		}
	}
}

func TestParseQuery(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`process where true`, `process where true`}, {`"my category" where true`, `"my category" where true`}, {`any where a == 1 | head 5 | tail 2`, "any where a == 1\n| head 5\n| tail 2"},
		{`sequence [a where true] [b where true]`, "sequence\n  [a where true]\n  [b where true]"},
		{`sequence by x, ?y with maxspan = 90s [a where true] by k [any where true] by ` + "`j`" + ` with runs=3 until [c where true] by k`, "sequence by x, ?y with maxspan=90s\n  [a where true] by k\n  [any where true] by j with runs=3\nuntil [c where true] by k"},
		{`sequence with maxspan=1h [a where true] ![b where true] [c where true] | tail 1`, "sequence with maxspan=1h\n  [a where true]\n  ![b where true]\n  [c where true]\n| tail 1"},
		{`sequence [a where true] with runs=2`, "sequence\n  [a where true] with runs=2"},
		{`sample by h [a where true] [b where true]`, "sample by h\n  [a where true]\n  [b where true]"},
		{`sample [a where true] by h [b where true] by i`, "sample\n  [a where true] by h\n  [b where true] by i"},
	} {
		q, failure := Parse(c.text)
		if failure != nil {
			t.Errorf("%s: %v", c.text, failure)
			continue
		}
		if diff := cmp.Diff(c.want, q.String()); diff != "" {
			t.Errorf("%s: %s", c.text, diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		text, message string
		start         int
	}{
		{`any where a == 'x'`, "not in single ones", 15}, {`any where a = 1`, "`=` compares nothing", 12}, {`any where a == ?"x"`, "a raw string stands in three double quotes", 15},
		{`any where a == "\x"`, "this is no escape", 16}, {`any where a == "x`, "never closed", 15}, {"any where a == \"x\ny\"", "not closed on its line", 15}, {`any where a == """x`, "never closed", 15}, {`any where a /* b`, "comment that begins here", 12},
		{"any where `a", "never closed", 10}, {"any where ``", "empty", 10}, {`any where a : b`, "right of `:` stands a constant", 14}, {`any where a like (b)`, "right of `like` stands a constant", 18}, {`any where a in 1`, "`(` and a list after `in`", 15},
		{`any where a[0] == 1`, "items of an array", 11}, {`any where a.and == 1`, "`and` is a keyword", 12}, {`any where a not b`, "after `not`", 16}, {`any where (a`, "`)` after the expression", 12}, {`any where a b`, "expected `and`, `or`, `|` or the end of the query", 12},
		{`any where a == 99999999999999999999`, "too large", 15}, {`where true`, "an event category", 0}, {`any true`, "`where` after the event category", 4}, {`any where`, "the query ends where a field, a value or a function is expected", 9},
		{`join [a where true] [b where true]`, "join queries are not supported", 0}, {`any where true | unique a`, "there is no pipe `unique`", 17}, {`any where true | head 0`, "above 0", 17}, {`any where true | head`, "above 0", 17},
		{`sequence [a where true]`, "at least 2 events", 0}, {`sequence with maxspan=1s ![a where true] ![b where true]`, "an event that does occur", 0}, {`sequence [a where true] ![b where true]`, "needs a maxspan", 24},
		{`sequence with maxspan=1 [a where true] [b where true]`, "no unit", 22}, {`sequence with maxspan=1w [a where true] [b where true]`, "no unit of time `w`", 23}, {`sequence with maxspan=1.5h [a where true] [b where true]`, "whole number", 22}, {`sequence with maxspan=0s [a where true] [b where true]`, "above 0", 22},
		{`sequence with maxspan=1s by a [a where true] [b where true]`, "`by` stands before", 25}, {`sequence [a where true] by x [b where true]`, "this event has 0 join keys of its own, and the first has 1", 29}, {`sequence [a where true] by x [b where true] by y until [c where true]`, "this event has 0 join keys", 55},
		{`sequence [a where true] with runs=0`, "above 0", 34}, {`sequence [a where true] with runs=101`, "at most 100", 34}, {`sequence with maxspan=1s [a where true] ![b where true] with runs=2`, "cannot have runs", 61}, {`sequence [a where true] with x=2 [b where true]`, "`runs` after `with`", 29},
		{`sample [a where true] [b where true]`, "needs a join key", 0}, {`sample by h [a where true]`, "at least 2 events", 0}, {`sample by h [a where true] ![b where true]`, "must not occur", 27}, {`sample by h [a where true] with runs=2 [b where true]`, "no runs", 12}, {`sample by h [a where true] [b where true] | head 1`, "a sample has no pipes", 44},
		{"any where " + strings.Repeat("(", 10_000), "nested deeper than 200 levels", 210}, {"any where " + strings.Repeat("not ", 10_000), "nested deeper than 200 levels", 806}, {"any where a == \xff", "not valid UTF-8", 15}, {`any where a ^ b`, "`^` means nothing here", 12}, {`sequence until`, "`[` and an event", 9},
	} {
		_, failure := Parse(c.text)
		if failure == nil || !strings.Contains(failure.Message, c.message) || failure.Span.Start != c.start {
			t.Errorf("%.60q: got %+v, want %q at %d", c.text, failure, c.message, c.start)
		}
	}
}

func genExpr(t *rapid.T, depth int) Expr {
	kind := rapid.IntRange(0, 9).Draw(t, "kind")
	if depth == 0 {
		kind = 8 + kind%2
	}
	sub := func() Expr { return genExpr(t, depth-1) }
	constant := func() Expr {
		return &Literal{Value: rapid.SampledFrom([]any{nil, true, "x\"\\\n", "*a?", int64(-3), int64(7), 1.5}).Draw(t, "constant")}
	}
	switch kind {
	case 0, 1:
		return &Logical{Or: kind == 0, Parts: []Expr{sub(), sub()}}
	case 2:
		return &Not{Part: sub()}
	case 3:
		return &Compare{Left: sub(), Right: sub(), Operator: "<="}
	case 4:
		return &Arithmetic{Left: sub(), Right: sub(), Operator: rapid.SampledFrom([]string{"+", "-", "*", "/", "%"}).Draw(t, "operator")}
	case 5:
		return &Negate{Part: &Field{Name: "n"}}
	case 6:
		e := &OneOf{Value: sub(), Operator: rapid.SampledFrom([]string{":", "like", "regex~"}).Draw(t, "operator"), Negated: false, Single: rapid.Bool().Draw(t, "single"), List: []Expr{constant()}}
		e.Negated = e.Operator != ":" && rapid.Bool().Draw(t, "negated")
		return e
	case 7:
		return &Call{Name: "length", IgnoreCase: rapid.Bool().Draw(t, "tilde"), Args: []Expr{sub(), sub()}}
	case 8:
		return &Field{Name: rapid.SampledFrom([]string{"a", "a.b", "a-b.c", "and", "@t", "x`y"}).Draw(t, "field"), Optional: rapid.Bool().Draw(t, "optional")}
	}
	return constant()
}

// What is printed parses back to the same tree.
func TestPrintRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := genExpr(t, 4)
		text := "any where " + e.String()
		q, failure := Parse(text)
		if failure != nil {
			t.Fatalf("%s: %v at %v", text, failure, failure.Span)
		}
		if show(q.Filter.Where) != show(e) {
			t.Fatalf("%s\n got %s\nwant %s", text, show(q.Filter.Where), show(e))
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("sequence by ?a, b with maxspan=5m [process where a : (\"x*\", \"y\") and not b in (1, -2)] by c with runs=2 ![any where `x` == null] by d until [file where true] by e | tail 3")
	f.Add(`any where endsWith~(substring(a.b, 0, -1), """x""") // c`)
	f.Add(`sample by h [a where 1 + 2 * 3 % 4 == -5] [b where true]`)
	f.Fuzz(func(t *testing.T, text string) {
		q, failure := Parse(text)
		if failure != nil {
			if failure.Span.Start < 0 || failure.Span.End > len(text) || failure.Span.Start > failure.Span.End {
				t.Fatalf("%q: span %v", text, failure.Span)
			}
			return
		}
		printed := q.String()
		again, failure := Parse(printed)
		if failure != nil {
			t.Fatalf("%q prints as %q: %v", text, printed, failure)
		}
		if again.String() != printed {
			t.Fatalf("%q prints as %q and then as %q", text, printed, again.String())
		}
	})
}

// Texts that grow without end are read in a moment: the parser is linear, and does not recurse per element.
func TestParseHugeTexts(t *testing.T) {
	const size = 1 << 20
	for _, text := range []string{
		strings.Repeat("(", size-20), strings.Repeat("not ", size/4-10), "a or " + strings.Repeat("a or ", size/5-10), `a in ("x"` + strings.Repeat(`,"x"`, size/4-10) + ")",
		`"` + strings.Repeat("x", size-30), "/*" + strings.Repeat("x", size-30), strings.Repeat("-", size-30), strings.Repeat("a.", size/2-20), strings.Repeat("f(", size/2-20),
	} {
		start := time.Now()
		_, _ = Parse("any where " + text)
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%.20s...: %v", text, took)
		}
	}
}

func corpusQueries(tb testing.TB) map[string]string {
	tb.Helper()
	queries := map[string]string{}
	for _, f := range corpus.Rules(tb) {
		doc, problems := tomltext.Parse(source.NewFile(f.Name, f.Text))
		if doc == nil {
			tb.Fatal(problems)
		}
		if r, _ := rule.Decode(doc); r.LanguageOrDefault() == rule.EQL {
			queries[f.Name] = r.Query
		}
	}
	return queries
}

func TestCorpusParses(t *testing.T) {
	queries := corpusQueries(t)
	for name, text := range queries {
		q, failure := Parse(text)
		if failure != nil {
			t.Errorf("%s: %v at %v", name, failure, failure.Span)
			continue
		}
		again, failure := Parse(q.String())
		if failure != nil || again.String() != q.String() {
			t.Errorf("%s: does not survive printing: %v", name, failure)
		}
	}
	if len(queries) < 600 {
		t.Errorf("only %d EQL queries: the corpus has more", len(queries))
	}
}
