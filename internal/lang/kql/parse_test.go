package kql

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-rules/tocsin/internal/match"
)

// show is a tree in a short form: operators in brackets, quoted literals in quotes, a wildcard as <*>.
func show(n Node) string {
	list := func(name string, parts []Node) string {
		texts := make([]string, len(parts))
		for i, p := range parts {
			texts[i] = show(p)
		}
		return name + "[" + strings.Join(texts, ", ") + "]"
	}
	switch n := n.(type) {
	case nil:
		return "all"
	case *And:
		return list("and", n.Parts)
	case *Or:
		return list("or", n.Parts)
	case *Not:
		return list("not", []Node{n.Part})
	case *Is:
		return show(&n.Field) + "=" + show(n.Value)
	case *Range:
		return show(&n.Field) + string(n.Operator) + show(&n.Bound)
	case *Nested:
		return show(&n.Field) + "{" + show(n.Inner) + "}"
	case *Literal:
		var b strings.Builder
		for _, p := range n.Parts {
			if p.Kind == match.AnyRun {
				b.WriteString("<*>")
			}
			b.WriteString(p.Literal)
		}
		if n.Quoted {
			return fmt.Sprintf("%q", b.String())
		}
		if n.Typed {
			return "!" + b.String()
		}
		return b.String()
	}
	return "?"
}

// The rows state Kibana's grammar: kibana.md 3.1 and languages.md 3.6.
func TestParse(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"blank matches all", "  \n", "all"},
		{"not before and before or", "not a:1 and b:2 or c:3", "or[and[not[a=1], b=2], c=3]"},
		{"keywords in any case", "a:1 AnD NOT b:2 OR c:3", "or[and[a=1, not[b=2]], c=3]"},
		{"parentheses", "a:1 and (b:2 or c:3)", "and[a=1, or[b=2, c=3]]"},
		{"spaces and comments do not matter around the colon", "a :\n 1", "a=1"},
		{"an unquoted value holds spaces", "message: foo bar", "message=foo bar"},
		{"and ends at an operator", "a: foo bar and b: baz qux", "and[a=foo bar, b=baz qux]"},
		{"quoted", `a: "foo and bar"`, `a="foo and bar"`},
		{"quoted star is a star", `a: "*"`, `a="*"`},
		{"unquoted star is a wildcard", "a: *b*c", "a=<*>b<*>c"},
		{"question mark is ordinary", "a: cdn??.space", "a=cdn??.space"},
		{"exists", "a: *", "a=<*>"},
		{"everything", "*:*", "<*>=<*>"},
		{"bare", "foo bar", "foo bar"},
		{"group of values", "a: (x or y and not z)", "a=or[x, and[y, not[z]]]"},
		{"group with quoted values", `a:("x" and "y")`, `a=and["x", "y"]`},
		{"ranges", "a < 1 and b<=2 and c > 3 and d >=4", "and[a<1, b<=2, c>3, d>=4]"},
		{"nested", "n: { a: 1 and b: { c: 2 } }", "n{and[a=1, b{c=2}]}"},
		{"typed literals", "a:true and b:false and c:null", "and[a=!true, b=!false, c=!null]"},
		{"typed only in lower case and unquoted", `a:True and b:"true" and c:trueish`, `and[a=True, b="true", c=trueish]`},
		{"numbers stay strings", "a:80", "a=80"},
		{"special characters escaped", `a: \\\(\)\:\<\>\"\*\{\}`, `a=\():<>"*{}`},
		{"white space escapes", `a: x\ty\nz\rw`, "a=x\ty\nz\rw"},
		{"unicode escapes", `a: \u0041\ud83d\ude00 and b: "\u0042"`, `and[a=A😀, b="B"]`},
		{"keyword escapes", `a: foo \and bar \or \not`, "a=foo and bar or not"},
		{"quoted escapes", `a: "\"\\\t\r\n"`, `a="\"\\\t\r\n"`},
		{"other backslashes in quotes stay", `a: "C:\Windows\System32"`, `a="C:\\Windows\\System32"`},
		{"but these are escapes", `a: "C:\temp\new"`, `a="C:\temp\new"`},
		{"keywords as literals at the end", "foo AND", "foo AND"},
		{"a lone keyword", "NOT", "NOT"},
		{"a keyword as value", "f:AND", "f=AND"},
		{"words that begin like keywords", "order: android and nothing: x", "and[order=android, nothing=x]"},
		{"quoted field", `"a b": 1`, `"a b"=1`},
		{"wildcard in a field", "a.*.b: c", "a.<*>.b=c"},
		{"no-break space is white space", "a:1\u00a0and\u00a0b:2", "and[a=1, b=2]"},
		{"dots, slashes, dashes and at signs", "@timestamp: 2026-01-01 and k8s.io/x-y: a@b", "and[@timestamp=2026-01-01, k8s.io/x-y=a@b]"},
		{"parentheses in parentheses", "((a:1))", "a=1"},
		{"not before a group", "not (a:1 or b:2)", "not[or[a=1, b=2]]"},
	} {
		q, problem := Parse(c.text)
		if problem != nil {
			t.Errorf("%s: %q: %v", c.name, c.text, problem)
			continue
		}
		if diff := cmp.Diff(c.want, show(q.Root)); diff != "" {
			t.Errorf("%s: %q: %s", c.name, c.text, diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		text, message string
		start         int
	}{
		{"(a:1)or(b:2)", "`or` needs white space on both sides", 5},
		{"(a:1) or(b:2)", "`or` needs white space on both sides", 6},
		{"not(a:1)", "`not` needs white space after it", 0},
		{"a: x or(b:2)", "`or` needs white space on both sides", 5},
		{"a: xor(b:2)", "expected `and`, `or` or the end of the query, found `(`", 6},
		{"a:1 and not not b:2", "`not` cannot follow `not`", 12},
		{"message: cannot find", "an unquoted value ends before `not`", 12},
		{"f: foo not bar", "an unquoted value ends before `not`", 7},
		{"f:(foo (bar))", "found `(`", 7},
		{"foo:bar:baz", "found `:`", 7},
		{`a: "b`, "quoted value that begins here is never closed", 3},
		{`a: "C:\Windows\"`, "quoted value that begins here is never closed", 3},
		{`a: b"c"`, "found `\"`", 4},
		{`a: C:\Windows`, "found `:`", 4},
		{`a: C\Windows`, "this backslash escapes nothing", 4},
		{`a: \x`, "this backslash escapes nothing", 3},
		{"(a:1", "this `(` is never closed", 0},
		{"a:1)", "found `)`", 3},
		{"a: (b or c", "this `(` is never closed", 3},
		{"n: { a:1", "this `{` is never closed", 3},
		{"a:", "the query ends where a value for `a` is expected", 2},
		{"a < \n", "the query ends where a value after `<` is expected", 3},
		{"a > (1 or 2)", "compares with one value", 2},
		{"a: ()", "expected a value, found `)`", 4},
		{": b", "expected a field or a value, found `:`", 0},
		{"a:{b", "this `{` is never closed", 2},
		{"a: {}", "expected a field or a value, found `}`", 4},
		{"a:\xff", "not valid UTF-8", 2},
		{strings.Repeat("(", 10_000), "nested deeper than 300 levels", 300},
		{strings.Repeat("a:{", 10_000), "nested deeper than 300 levels", 902},
		{strings.Repeat("x", 2<<20), "at most 1048576 are read", 0},
	} {
		_, problem := Parse(c.text)
		if problem == nil || !strings.Contains(problem.Message, c.message) || problem.Span.Start != c.start {
			t.Errorf("%.40q: got %#v, want %q at %d", c.text, problem, c.message, c.start)
		}
	}
}

func TestSpans(t *testing.T) {
	const text = `a: "x y" and not b.c >= 10 or n: { d: (1 or 2*) }`
	q, problem := Parse(text)
	if problem != nil {
		t.Fatal(problem)
	}
	var got []string
	Walk(q.Root, func(n Node) bool {
		got = append(got, text[n.Span().Start:n.Span().End])
		return true
	})
	want := []string{
		text, `a: "x y" and not b.c >= 10`, `a: "x y"`, `"x y"`, `not b.c >= 10`, `b.c >= 10`,
		`n: { d: (1 or 2*) }`, `d: (1 or 2*)`, `1 or 2*`, `1`, `2*`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func genLiteral(t *rapid.T, wild bool) Literal {
	word := rapid.StringOfN(rapid.RuneFrom([]rune(`ab nNoOtTrRdD\"():<>{}*?é	`)), 1, 8, -1)
	lit := Literal{Quoted: rapid.Bool().Draw(t, "quoted")}
	if lit.Quoted {
		lit.Parts = []match.Part{{Literal: word.Draw(t, "text")}}
		return lit
	}
	text := strings.Trim(word.Draw(t, "text"), " \t")
	if text == "" {
		text = "x"
	}
	lit.Parts = []match.Part{{Literal: text}}
	if wild && rapid.Bool().Draw(t, "wild") {
		lit.Parts = append(lit.Parts, match.Part{Kind: match.AnyRun})
	}
	return lit
}

func genNode(t *rapid.T, depth int, inGroup bool) Node {
	kind := rapid.IntRange(0, 6).Draw(t, "kind")
	if depth == 0 {
		kind = 5
	}
	parts := func() []Node {
		return []Node{genNode(t, depth-1, inGroup), genNode(t, depth-1, inGroup)}
	}
	switch {
	case kind == 0:
		return &And{Parts: parts()}
	case kind == 1:
		return &Or{Parts: parts()}
	case kind == 2:
		return &Not{Part: genNode(t, depth-1, inGroup)}
	case inGroup:
		lit := genLiteral(t, true)
		return &lit
	case kind == 3:
		return &Nested{Field: genLiteral(t, false), Inner: genNode(t, depth-1, false)}
	case kind == 4:
		return &Range{Field: genLiteral(t, false), Operator: "<=", Bound: genLiteral(t, true)}
	case kind == 6:
		return &Is{Field: genLiteral(t, true), Value: genNode(t, depth-1, true)}
	}
	lit := genLiteral(t, true)
	return &Is{Field: genLiteral(t, true), Value: &lit}
}

// What is printed parses back to the same tree.
func TestPrintRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := genNode(t, 3, false)
		text := n.String()
		q, problem := Parse(text)
		if problem != nil {
			t.Fatalf("%s: %v at %v", text, problem, problem.Span)
		}
		if show(q.Root) != show(n) {
			t.Fatalf("%s\n got %s\nwant %s", text, show(q.Root), show(n))
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(`a: "x" and not (b: (1 or 2*) or c >= now-1d)`)
	f.Add(`n: { a.b: \(x\) } or foo bar`)
	f.Fuzz(func(t *testing.T, text string) {
		q, problem := Parse(text)
		if problem != nil {
			if problem.Span.Start < 0 || problem.Span.End > len(text) || problem.Span.Start > problem.Span.End {
				t.Fatalf("%q: span %v", text, problem.Span)
			}
			return
		}
		printed := q.String()
		again, problem := Parse(printed)
		if problem != nil {
			t.Fatalf("%q prints as %q: %v", text, printed, problem)
		}
		if show(again.Root) != show(q.Root) {
			t.Fatalf("%q prints as %q: %s became %s", text, printed, show(q.Root), show(again.Root))
		}
	})
}
