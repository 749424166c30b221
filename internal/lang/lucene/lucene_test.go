package lucene

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
)

// Printing shows how clauses are taken: + required, - prohibited (languages.md 3.7, 1 and 2).
func TestParse(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""}, {"a:1", "a:1"}, {"a:1 b:2", "a:1 b:2"}, {"a:1 OR b:2", "a:1 b:2"}, {"a:1 AND b:2", "+a:1 +b:2"}, {"a OR b AND c", "a +b +c"}, {"a AND b OR c", "+a +b c"},
		{"a && b || c", "+a +b c"}, {"NOT a", "-a"}, {"!a", "-a"}, {"a AND NOT b", "+a -b"}, {"a -b +c", "a -b +c"}, {"a and b", "a and b"}, {"not a", "not a"},
		{"f:(a OR b) AND c", "+f:(a b) +c"}, {`f:"a b"~5`, `f:"a b"~5`}, {"x~ y~1 z~0.8", "x~ y~1 z~"}, {"a^2 (b)^0.5", "a (b)"}, {"f:a*b?c", "f:a*b?c"}, {`f:a\*b\ c`, `f:a\*b\ c`},
		{"f:[1 TO 5]", `f:["1" TO "5"]`}, {"f:{1 TO 5]", `f:{"1" TO "5"]`}, {"f:[* TO 5}", `f:[* TO "5"}`}, {"f:>10 g:>=10 h:<10 i:<=10", `f:{"10" TO *} g:["10" TO *} h:{* TO "10"} i:{* TO "10"]`}, {`f:["a b" TO *]`, `f:["a b" TO *]`},
		{`f:\>10 g:(>1 <=2)`, `f:{"10" TO *} g:({"1" TO *} {* TO "2"])`}, {"f:> 10", `f:\> 10`}, {"f:>", `f:\>`}, {">10", `\>10`}, {"(>10)", `(\>10)`}, {"f:>1*", `f:\>1*`}, {"a!b", "a -b"}, {"a&&b", `a\&\&b`}, {"f:{a TO b}", `f:{"a" TO "b"}`},
		{"f:/2[0-9]{3}/", "f:/2[0-9]{3}/"}, {`f:/a\/b/`, `f:/a\/b/`}, {"path:/etc/passwd", "path:/etc/ passwd"}, {"_exists_:f", "_exists_:f"}, {"*:*", "*:*"}, {`first\ name:x`, `first\ name:x`}, {"a-b+c", `a\-b\+c`}, {"ORDER:x ANDROID", "ORDER:x ANDROID"}, {"f: a", "f:a"}, {"2026-01-01", `2026\-01\-01`},
	} {
		q, problem := Parse(c.text)
		if problem != nil {
			t.Errorf("%s: %v", c.text, problem)
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
		{`a:"b`, "never closed", 2}, {"a:/b", "begins a regular expression", 2}, {"(a", "this `(` is never closed", 0}, {"a)", "closes nothing", 1}, {"a:", "the query ends", 2}, {"()", "empty", 0}, {"a:[1 5]", "a range is written", 5}, {"a:[1 TO 5", "never closed", 2}, {"a:b:c", "found `:`", 3},
		{"a~3", "at most 2 edits", 0}, {"a^x", "a number is expected", 1}, {`a\`, "escapes nothing", 1}, {"a AND", "the query ends", 5}, {"]", "found `]`", 0}, {strings.Repeat("(", 10_000), "deeper than 200", 200}, {"a:\xff", "not valid UTF-8", 2},
	} {
		_, problem := Parse(c.text)
		if problem == nil || !strings.Contains(problem.Message, c.message) || problem.Span.Start != c.start {
			t.Errorf("%.30q: got %#v, want %q at %d", c.text, problem, c.message, c.start)
		}
	}
}

func run(t testing.TB, query, doc string) (bool, string) {
	t.Helper()
	q, problem := Parse(query)
	if problem != nil {
		return false, problem.Message
	}
	d, problem := event.NewDecoder().Decode(doc)
	if problem != nil {
		t.Fatal(problem)
	}
	table, _ := field.FromMap(map[string]any{"k": "keyword", "text": "text", "n": "long", "ip": "ip", "date": "date", "b": "boolean", "o.x": "keyword", "o.y": "keyword", "nest": "nested", "nest.a": "keyword"}, "test")
	dynamic := field.NewDynamic(field.DataStream)
	filter.Observe(dynamic, d)
	layout := filter.NewLayout()
	node, problems := q.Compile(Options{Schema: field.NewSchema(table, dynamic), Builder: &filter.Builder{Layout: layout, Now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}})
	if len(problems) > 0 {
		return false, problems[0].Message
	}
	record := layout.Bind(d)
	got := node.Match(record)
	if trace := filter.Explain(node, record); trace.Matched != got {
		t.Errorf("%s: the trace says %v", query, trace.Matched)
	}
	return got, ""
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		name, query, doc string
		want             bool
	}{
		{"either", "k:a n:2", `{"k":"a","n":1}`, true}, {"both", "k:a AND n:2", `{"k":"a","n":1}`, false}, {"a required clause makes others optional", "k:a OR n:1 AND b:true", `{"k":"a","n":1}`, false}, {"and they may hold or not", "k:a OR n:1 AND b:true", `{"k":"z","n":1,"b":true}`, true},
		{"prohibited", "n:1 -k:a", `{"k":"a","n":1}`, false}, {"pure negation", "NOT k:a", `{"k":"b"}`, true}, {"of a missing field", "NOT k:a", `{}`, true}, {"of a present one", "NOT k:a", `{"k":"a"}`, false}, {"lower-case and is a term", "k:a and", `{"k":"a"}`, true},
		{"+ requires", "+k:a n:2", `{"k":"a","n":1}`, true}, {"and makes others optional", "+k:a n:2", `{"k":"b","n":2}`, false}, {"- prohibits", "-k:a", `{"k":"a"}`, false}, {"! prohibits", "!k:a n:1", `{"k":"b","n":1}`, true}, {"&& and ||", "k:a && n:1 || b:true", `{"k":"a","n":1}`, true}, {"&& fails", "k:a && n:1 || b:true", `{"k":"a","b":true}`, false},
		{"boosts do not matter", "k:a^5", `{"k":"a"}`, true}, {"and a boosted group", "(k:a OR k:b)^0.1", `{"k":"b"}`, true}, {"f:foo bar is bar in any field", "k:foo bar", `{"text":"a bar"}`, true},
		{"case", "k:A", `{"k":"a"}`, false}, {"foo bar is two terms", "k:foo bar", `{"k":"foo bar"}`, false}, {"quoted is one", `k:"foo bar"`, `{"k":"foo bar"}`, true}, {"group of a field", "k:(a b)", `{"k":"b"}`, true},
		{"wildcard", "k:c?d*exe", `{"k":"cmd.exe"}`, true}, {"wildcard on text is analysed", "text:FO*", `{"text":"a foo"}`, true}, {"exists", "k:*", `{"k":""}`, true}, {"exists, not", "k:*", `{"n":1}`, false}, {"_exists_, not", "_exists_:k", `{"n":1}`, false}, {"_exists_", "_exists_:k", `{"k":"a"}`, true}, {"not _exists_", "NOT _exists_:k", `{}`, true}, {"_exists_ of a pattern", "_exists_:o.*", `{"o":{"y":"1"}}`, true},
		{"regular expression", "k:/2[0-9]{3}/", `{"k":["2755"]}`, true}, {"whole term", "k:/2[0-9]/", `{"k":"2755"}`, false}, {"fuzzy", "k:roam~1", `{"k":"foam"}`, true}, {"two edits", "k:roam~1", `{"k":"fomy"}`, false}, {"swap is one edit", "k:ab~1", `{"k":"ba"}`, true}, {"AUTO allows none up to two characters", "k:ab~", `{"k":"ac"}`, false}, {"one up to five", "k:abc~", `{"k":"abd"}`, true}, {"two above", "k:abcdef~", `{"k":"abcdgh"}`, true},
		{"phrase", `text:"foo bar"`, `{"text":"foo bar"}`, true}, {"proximity", `text:"foo bar"~1`, `{"text":"foo x bar"}`, true}, {"too far", `text:"foo bar"~1`, `{"text":"foo x y bar"}`, false}, {"swapped takes two", `text:"foo bar"~2`, `{"text":"bar foo"}`, true}, {"swapped with one", `text:"foo bar"~1`, `{"text":"bar foo"}`, false},
		{"range", "n:[1 TO 5]", `{"n":5}`, true}, {"open end", "n:[1 TO 5}", `{"n":5}`, false}, {"unbounded", "n:[* TO 5]", `{"n":-9}`, true}, {"comparison", "n:>=5", `{"n":5}`, true}, {"all", "n:[* TO *]", `{"n":1}`, true}, {"date day", "date:2026-11-21", `{"date":"2026-11-21T10:00:00Z"}`, true}, {"upper bound is the end of the day", "date:[2026-11-20 TO 2026-11-21]", `{"date":"2026-11-21T23:00:00Z"}`, true}, {"an open upper bound is its beginning", "date:[2026-11-20 TO 2026-11-21}", `{"date":"2026-11-21T00:00:00Z"}`, false}, {"the next day", "date:2026-11-21", `{"date":"2026-11-22T00:00:00Z"}`, false}, {"a comparison with a day", "date:>2026-11-21", `{"date":"2026-11-21T23:00:00Z"}`, false}, {"and from the day", "date:>=2026-11-21", `{"date":"2026-11-21T00:00:00Z"}`, true}, {"a zone is UTC", "date:[2026-11-21T10:00:00 TO *]", `{"date":"2026-11-21T10:00:00Z"}`, true},
		{"a sign that is escaped compares too", `n:\>4`, `{"n":5}`, true}, {"and in a group of the field", "n:(<2 OR >4)", `{"n":5}`, true}, {"out of it", "n:(<2 OR >4)", `{"n":3}`, false}, {"without a field it is a term", ">4", `{"n":5}`, false}, {"nested documents are not searched", "nest.a:x", `{"nest":[{"a":"x"}]}`, false}, {"the wider field beside them is", "k:x", `{"k":"x","nest":[{"a":"x"}]}`, true},
		{"a path is a regular expression", "k:/etc/passwd", `{"k":"/etc/passwd"}`, false}, {"a path in quotes is none", `k:"/etc/passwd"`, `{"k":"/etc/passwd"}`, true}, {"and an escaped one", `k:\/etc\/passwd`, `{"k":"/etc/passwd"}`, true},
		{"date math", "date:[now-1d/d TO now]", `{"date":"2026-11-21T00:00:00Z"}`, true},
		{"address block", `ip:"10.0.0.0/8"`, `{"ip":"10.1.1.1"}`, true}, {"default fields", "hello", `{"k":"hello"}`, true}, {"leniently", "hello", `{"n":1,"text":"say hello"}`, true}, {"everything", "*:*", `{}`, true}, {"blank", " ", `{}`, true}, {"unmapped", "zz:1", `{}`, false}, {"escaped space", `k:a\ b`, `{"k":"a b"}`, true}, {"field pattern", "o.*:v", `{"o":{"y":"v"}}`, true},
	} {
		got, refused := run(t, c.query, c.doc)
		if refused != "" || got != c.want {
			t.Errorf("%s: %s on %s: %v %s, want %v", c.name, c.query, c.doc, got, refused, c.want)
		}
	}
	for query, want := range map[string]string{"n:abc": "is not a number", "ip:10.*": "a wildcard cannot be used", "n:a~": "a fuzzy term cannot", "k:/a(/": "field `k`", "_exists_:[a TO b]": "the name of a field"} {
		if _, refused := run(t, query, `{}`); !strings.Contains(refused, want) {
			t.Errorf("%s: %q, want %q", query, refused, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`a:(b OR "c d"~2) AND NOT e:[1 TO *} /x\/y/ z~1^2`)
	f.Add(`_exists_:a\:b && !c || +d -e f:>=1`)
	f.Fuzz(func(t *testing.T, text string) {
		q, problem := Parse(text)
		if problem != nil {
			if s := problem.Span; s.Start < 0 || s.End > len(text) || s.Start > s.End {
				t.Fatalf("%q: span %v", text, s)
			}
			return
		}
		printed := q.String()
		again, problem := Parse(printed)
		if problem != nil {
			t.Fatalf("%q prints as %q: %v", text, printed, problem)
		}
		if fmt.Sprint(again) != printed {
			t.Fatalf("%q prints as %q and then as %q", text, printed, again)
		}
	})
}
