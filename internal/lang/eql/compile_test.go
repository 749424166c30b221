package eql

import (
	"strings"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/source"
)

func schemaFor(t testing.TB) *field.Schema {
	t.Helper()
	table, bad := field.FromMap(map[string]any{
		"event.category": "keyword", "@timestamp": "date", "k": "keyword", "j": "keyword", "w": "wildcard", "n": "long", "m": "long", "d": "double", "b": "boolean", "ip": "ip", "date": "date", "ver": "version",
		"text": "text", "tk": "text", "tk.keyword": map[string]any{"type": "keyword", "path": "tk"}, "nest": "nested", "nest.x": "keyword", "user.name": "keyword", "host.id": "keyword", "key": "keyword", "kind": "keyword",
	}, "test")
	if len(bad) > 0 {
		t.Fatal(bad[0])
	}
	return field.NewSchema(table)
}

func compileQuery(t testing.TB, text string) (*Program, string) {
	t.Helper()
	q, failure := Parse(text)
	if failure != nil {
		return nil, failure.Message
	}
	p, problems := q.Compile(Options{Schema: schemaFor(t), Builder: &filter.Builder{Layout: filter.NewLayout(), Now: time.Unix(0, 0)}})
	if p == nil {
		return nil, problems[0].Message
	}
	return p, ""
}

func TestNeverHolds(t *testing.T) {
	for where, want := range map[string]string{
		`n == 1.5`: "`n == 1.5` can never hold: a field of type long holds whole numbers, never 1.5", `1 == 2`: "`1 == 2` can never hold: it compares two constants that differ",
		`n != 1.5`: "", `n == 1`: "", `d == 1.5`: "", `1 == 1`: "", `false`: "",
	} {
		q, _ := Parse("any where " + where)
		p, problems := q.Compile(Options{Schema: schemaFor(t), Builder: &filter.Builder{Layout: filter.NewLayout()}})
		got := ""
		if len(problems) > 0 {
			got = problems[0].Message
		}
		if p == nil || got != want {
			t.Errorf("%s: %q, want %q", where, got, want)
		}
	}
}

func parseDocs(t testing.TB, lines ...string) []*event.Document {
	t.Helper()
	docs, problems := event.Read(source.NewFile("events", strings.Join(lines, "\n")))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return docs
}

// The numbers are those of languages.md 3.2.
func TestConditions(t *testing.T) {
	for _, c := range []struct {
		name, where, doc string
		want             bool
	}{
		{"1 a negated comparison holds for a missing field", `not (n > -1)`, `{}`, true}, {"1 and for one that differs", `not (n > -1)`, `{"n":-5}`, true}, {"1 and not else", `not (n > -1)`, `{"n":0}`, false},
		{"1 != true", `b != true`, `{}`, true}, {"1 != of a missing field", `k != "a"`, `{}`, true}, {"1 != looks at all values", `k != "a"`, `{"k":["a","b"]}`, false},
		{"2 a negated function", `not (length(user.name) == 1)`, `{}`, true}, {"2 of one that is there", `not (length(user.name) == 1)`, `{"user":{"name":"x"}}`, false},
		{"3 two values", `n > 100 and n < 200`, `{"n":[50,300]}`, true}, {"3 in functions too", `length(k) > 5 and length(k) < 10`, `{"k":["a","aaaaaaaaaaaa"]}`, true}, {"3 one value", `n > 100 and n < 200`, `{"n":50}`, false},
		{"4 in~ expands nothing", `k in~ ("cmd*")`, `{"k":"cmd.exe"}`, false}, {"4 but is equal", `k in~ ("cmd*")`, `{"k":"CMD*"}`, true}, {"4 == expands nothing", `k == "cmd*"`, `{"k":"cmd.exe"}`, false}, {"4 in is sensitive", `k in ("a")`, `{"k":"A"}`, false},
		{"5 : is insensitive with wildcards", `k : ("CMD?EXE", "x*")`, `{"k":"cmd.exe"}`, true}, {"5 any of the list", `k : ("CMD?EXE", "x*")`, `{"k":"XYZ"}`, true}, {"5 none of it", `k : ("CMD?EXE", "x*")`, `{"k":"cmdexe"}`, false}, {"5 one value", `k : "a"`, `{"k":"A"}`, true},
		{"6 like without wildcard is equality", `k like "net.exe"`, `{"k":"net.exe user"}`, false}, {"6 like is sensitive", `k like "NET*"`, `{"k":"net.exe"}`, false}, {"6 like~ is not", `k like~ "NET*"`, `{"k":"net.exe"}`, true},
		{"7 backslash is ordinary", `k : "*\\red_ttp\\win?.*"`, `{"k":"C:\\red_ttp\\win1.exe"}`, true}, {"7 and escapes nothing", `k : "a\\*"`, `{"k":"a*"}`, false}, {"7 the star after it is a wildcard", `k : "a\\*"`, `{"k":"a\\b"}`, true},
		{"8 folding by code point", `k : "ÄÖ*"`, `{"k":"äöx"}`, true}, {"8 in~", `k in~ ("É")`, `{"k":"é"}`, true},
		{"9 regex is Lucene's: whole", `k regex "a+"`, `{"k":"aab"}`, false}, {"9 list", `k regex ("b+", "a+")`, `{"k":"aa"}`, true}, {"9 ^ is literal", `k regex "^a"`, `{"k":"a"}`, false}, {"9 intersection", `k regex "a.*&.*b"`, `{"k":"axb"}`, true}, {"9 Java's on a function", `substring(k, 0) regex "^a\\w+$"`, `{"k":"abc"}`, true},
		{"10 ranges do not fold", `k regex~ "[a-z]+\\.exe"`, `{"k":"ABC.EXE"}`, false}, {"10 literals do", `k regex~ "abc\\.exe"`, `{"k":"ABC.EXE"}`, true}, {"10 listed characters do", `k regex~ "[abc]+"`, `{"k":"ABC"}`, true},
		{"11 functions of two fields loop", `startsWith(k, j)`, `{"k":["x","abc"],"j":["q","ab"]}`, true}, {"11 none of the pairs", `startsWith(k, j)`, `{"k":["x"],"j":["q"]}`, false}, {"11 with null", `startsWith(k, j)`, `{"k":"x"}`, false},
		{"12 cidr with host bits", `cidrMatch(ip, "10.6.48.157/8")`, `{"ip":"10.1.1.1"}`, true}, {"12 any block", `cidrMatch(ip, "192.168.0.0/16", "10.0.0.0/8")`, `{"ip":"10.1.1.1"}`, true}, {"12 no block", `cidrMatch(ip, "192.168.0.0/16")`, `{"ip":"10.1.1.1"}`, false}, {"12 missing", `cidrMatch(ip, "10.0.0.0/8")`, `{}`, false}, {"12 not missing", `not cidrMatch(ip, "10.0.0.0/8")`, `{}`, true},
		{"13 whole division", `n / 2 == 41`, `{"n":83}`, true}, {"13 of fractions", `n / 2.0 == 41`, `{"n":83}`, false}, {"13 exact", `n / 2.0 == 41`, `{"n":82}`, true}, {"13 modulo keeps the sign", `n % 3 == -1`, `{"n":-4}`, true}, {"13 null operand", `n + m > 0`, `{"n":1}`, false}, {"13 by zero", `n / 0 == 0`, `{"n":1}`, false},
		{"14 substring from the end", `substring(k, -4) : ".exe"`, `{"k":"cmd.EXE"}`, true}, {"14 with an end", `substring(k, -4, -1) == ".ex"`, `{"k":"cmd.exe"}`, true}, {"14 start past end", `substring(k, 5, 2) == ""`, `{"k":"cmd.exe"}`, true}, {"14 from the start", `substring(k, 0, 3) == "cmd"`, `{"k":"cmd.exe"}`, true},
		{"15 indexOf absent is null", `indexOf(k, "y") == null`, `{"k":"abc"}`, true}, {"15 present", `indexOf(k, "c") == 2`, `{"k":"abc"}`, true}, {"15 not null", `indexOf(k, "c") != null`, `{"k":"abc"}`, true}, {"15 from a start", `indexOf(k, "a", 1) == 3`, `{"k":"abca"}`, true}, {"15 empty", `indexOf(k, "", 2) == 2`, `{"k":"abc"}`, true}, {"15 past the end", `indexOf(k, "", 9) == null`, `{"k":"abc"}`, true}, {"15 insensitive", `indexOf~(k, "C") == 2`, `{"k":"abc"}`, true},
		{"16 concat", `concat(k, n, b, d) == "a42true42.5"`, `{"k":"a","n":42,"b":true,"d":42.5}`, true}, {"16 with null", `concat(k, n) == null`, `{"k":"a"}`, true},
		{"17 stringContains of nothing", `stringContains(k, "")`, `{"k":"a"}`, false}, {"17 startsWith nothing", `startsWith(k, "")`, `{"k":"a"}`, true}, {"17 endsWith nothing", `endsWith(k, "")`, `{"k":"a"}`, true}, {"17 contains", `stringContains(k, "b")`, `{"k":"abc"}`, true}, {"17 sensitive", `stringContains(k, "B")`, `{"k":"abc"}`, false}, {"17 insensitive", `stringContains~(k, "B")`, `{"k":"abc"}`, true},
		{"18 length counts UTF-16 units", `length(k) == 2`, `{"k":"😀"}`, true},
		{"19 texts compare by bytes", `k >= "system idle process"`, `{"k":"System Idle Process"}`, false}, {"19 in order", `k < "b"`, `{"k":"a"}`, true},
		{"20 null == condition", `null == (n > -1)`, `{}`, true}, {"20 not null", `null == (n > -1)`, `{"n":1}`, false},
		{"21 bare boolean", `b`, `{"b":true}`, true}, {"21 false", `b`, `{"b":false}`, false}, {"21 not", `not b`, `{}`, true}, {"21 optional", `?nope`, `{}`, false},
		{"a keyword and a number", `k == 3`, `{"k":3}`, true}, {"by their texts", `k > 1`, `{"k":"3"}`, true}, {"a number and its text", `n == "4"`, `{"n":4}`, true}, {"22 versions compare as versions", `ver < "1.5.0"`, `{"ver":"1.11.3"}`, false}, {"22 in order", `ver < "1.5.0"`, `{"ver":"1.4.9"}`, true}, {"22 a pre-release is earlier", `ver < "1.5.0"`, `{"ver":"1.5.0-rc1"}`, true}, {"23 unmapped == null", `?nope == null`, `{}`, true}, {"23 unmapped == value", `?nope == 123`, `{"nope":123}`, false}, {"23 unmapped != null", `?nope != null`, `{}`, false}, {"23 unmapped != value is null", `?nope != "a"`, `{}`, false}, {"23 not null is null", `not (?nope == "a")`, `{}`, false}, {"23 within or", `not (?nope == "a" or k == "x")`, `{"k":"y"}`, false}, {"23 within and", `not (?nope == "a" and k == "x")`, `{"k":"y"}`, true}, {"23 optional and mapped", `?k != "a"`, `{}`, true}, {"23 list", `not ?nope in ("a")`, `{}`, false},
		{"25 text with a keyword", `tk == "A b"`, `{"tk":"A b"}`, true},
		{"null", `k == null`, `{}`, true}, {"not null", `k != null`, `{"k":"x"}`, true}, {"empty is not null", `k == null`, `{"k":""}`, false}, {"null first", `null != k`, `{"k":"x"}`, true}, {"null alone", `null`, `{}`, false}, {"not null alone", `not null`, `{}`, false},
		{"constant first", `5 < n`, `{"n":6}`, true}, {"constants", `1 + 1 == 2`, `{}`, true}, {"false", `1 > 2`, `{}`, false}, {"address", `ip == "10.0.0.1"`, `{"ip":"10.0.0.1"}`, true}, {"date", `date > "2026-01-01"`, `{"date":"2026-01-02"}`, true}, {"double", `d == 1.5`, `{"d":1.5}`, true}, {"long never a fraction", `n == 1.5`, `{"n":1}`, false},
		{"in numbers", `n in (1, 2)`, `{"n":2}`, true}, {"not in", `n not in (1, 2)`, `{}`, true}, {"in of a function", `length(k) in (1, 2)`, `{"k":"ab"}`, true}, {"like of a function", `substring(k, 1) like~ "B*"`, `{"k":"abc"}`, true}, {"not like", `k not like "a*"`, `{"k":"abc"}`, false},
		{"between", `between(k, "<", ">") == "x"`, `{"k":"a<x>b>"}`, true}, {"greedy", `between(k, "<", ">", true) == "x>b"`, `{"k":"a<x>b>"}`, true}, {"absent", `between(k, "[", "]") == ""`, `{"k":"a"}`, true}, {"insensitive", `between~(k, "A", "C") == "b"`, `{"k":"abc"}`, true},
		{"number", `number(k) == 31`, `{"k":"31"}`, true}, {"hexadecimal", `number(k) == 31`, `{"k":"0x1f"}`, true}, {"base", `number(k, 16) == 31`, `{"k":"1f"}`, true}, {"no number", `number(k) == null`, `{"k":"x"}`, true}, {"fraction", `number(k) == 1.5`, `{"k":"1.5"}`, true},
		{"string", `string(n) == "42"`, `{"n":42}`, true}, {"add", `add(n, 1) == 3 and subtract(n, 1) == 1 and multiply(n, 3) == 6 and divide(n, 2) == 1 and modulo(n, 2) == 0`, `{"n":2}`, true}, {"names in any case", `STARTSWITH~(k, "A")`, `{"k":"abc"}`, true},
		{"wildcard type", `w : "*foo bar*"`, `{"w":"x FOO bar y"}`, true}, {"unary minus", `-n == 5`, `{"n":-5}`, true}, {"boolean compared", `b == false`, `{"b":false}`, true},
	} {
		p, refused := compileQuery(t, "any where "+c.where)
		if refused != "" {
			t.Errorf("%s: %s: %s", c.name, c.where, refused)
			continue
		}
		docs := parseDocs(t, c.doc)
		if got := len(p.Run(docs).Events) == 1; got != c.want {
			t.Errorf("%s: %s on %s: %v, want %v", c.name, c.where, c.doc, got, c.want)
		}
		if trace := filter.Explain(p.Condition(), p.layout.Bind(docs[0])); trace.Matched != c.want {
			t.Errorf("%s: the trace says %v", c.name, trace.Matched)
		}
	}
}

func TestCategory(t *testing.T) {
	docs := parseDocs(t, `{"event":{"category":["process","x"]}}`, `{"event":{"category":"file"}}`, `{}`)
	for query, want := range map[string]int{"process where true": 1, "any where true": 3, `"file" where true`: 1, "Process where true": 0} {
		p, refused := compileQuery(t, query)
		if refused != "" || len(p.Run(docs).Events) != want {
			t.Errorf("%s: %s, want %d", query, refused, want)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	for _, c := range []struct{ name, query, message string }{
		{"24 unknown field", `any where kk == "a"`, "unknown field `kk`"}, {"11 two fields", `any where k == j`, "one side must be a constant"}, {"11 through functions", `any where length(k) > length(j)`, "one side must be a constant"},
		{"25 text", `any where text == "a"`, "of type text, which EQL cannot search"}, {"25 nested", `any where nest.x == "a"`, "belongs to a nested field"}, {"12 cidr of a keyword", `any where cidrMatch(k, "10.0.0.0/8")`, "cidrMatch wants a ip here, and this is string"}, {"bad block", `any where cidrMatch(ip, "10.0.0.0/99")`, "not a CIDR block"},
		{"a text that is no number", `any where n == "a"`, "is not a number"}, {"boolean", `any where b == 1`, "is not a boolean"}, {"a number in a list of texts", `any where k in (1)`, "cannot be the number 1"}, {": on a number", `any where n : "1"`, "`:` searches strings"}, {": with a number", `any where k : 1`, "`:` compares with strings"}, {": on an address", `any where ip : "10.*"`, "searches strings"},
		{"a number as condition", `any where n`, "must be true or false"}, {"a function as condition", `any where length(k)`, "must be true or false"}, {"arithmetic as condition", `any where n + 1`, "must be true or false"}, {"a string as condition", `any where "a"`, "must be true or false"},
		{"unknown function", `any where lenght(k) == 1`, "there is no function `lenght`"}, {"too few arguments", `any where startsWith(k)`, "startsWith takes 2 arguments, and 1 are given"}, {"too many", `any where length(k, k) == 1`, "length takes 1 arguments"}, {"wrong argument", `any where length(n) == 1`, "length wants a string here, and this is numeric"}, {"no insensitive form", `any where length~(k) == 1`, "no case-insensitive form"},
		{"bad regular expression", `any where k regex "a(b"`, "field `k`"}, {"arithmetic with a string", `any where k + 1 == 2`, "computes with numbers"}, {"list of fields", `any where k in (j)`, "constants only"}, {"mixed list", `any where k in ("a", 1)`, "cannot be the number"}, {"bad date", `any where date > "x"`, "is not a date"},
		{"key of a function", `sequence by length(k) [any where true] [any where true]`, "a join key is a field"}, {"keys of two types", `sequence [any where true] by k [any where true] by n`, "the key `n` is numeric, and `k` of the first event is string"}, {"unknown key", `sequence by zz [any where true] [any where true]`, "unknown field `zz`"},
	} {
		_, refused := compileQuery(t, c.query)
		if !strings.Contains(refused, c.message) {
			t.Errorf("%s: %s: %q, want %q", c.name, c.query, refused, c.message)
		}
	}
}

func TestUnknownFieldNamesTheNearest(t *testing.T) {
	q, _ := Parse(`any where user.nmae == "x"`)
	_, problems := q.Compile(Options{Schema: schemaFor(t), Builder: &filter.Builder{Layout: filter.NewLayout()}})
	if len(problems) != 1 || !strings.HasPrefix(problems[0].Help, "did you mean `user.name`?") {
		t.Errorf("got %+v", problems)
	}
	if p, problems := q.Compile(Options{Schema: schemaFor(t), Builder: &filter.Builder{Layout: filter.NewLayout()}, AssumeMapped: true}); p == nil {
		t.Errorf("assumed to be mapped: %v", problems)
	}
}
