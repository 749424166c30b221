package kql

import (
	"strings"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/schemas"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// declared are the fields of these tests, one of every type that matters.
var declared = map[string]any{
	"k": "keyword", "k2": "keyword", "short": map[string]any{"type": "keyword", "ignore_above": int64(5)},
	"low": map[string]any{"type": "keyword", "normalizer": "lowercase"},
	"ck":  "constant_keyword", "w": "wildcard", "text": "text", "motext": "match_only_text",
	"script": map[string]any{"type": "text", "analyzer": "powershell_script_analyzer"},
	"ip":     "ip", "long": "long", "byte": "byte", "ulong": "unsigned_long", "double": "double", "float": "float", "bool": "boolean",
	"date": "date", "nanos": "date_nanos", "flat": "flattened", "n": "nested", "n.a": "keyword", "n.b": "long", "n.m": "nested", "n.m.c": "keyword",
	"obj": "object", "obj.x": "keyword", "obj.y": "keyword", "geo": "geo_point", "ver": "version",
}

func schemaFor(t testing.TB, docs ...*event.Document) *field.Schema {
	t.Helper()
	table, bad := field.FromMap(declared, "test")
	if len(bad) > 0 {
		t.Fatal(bad[0])
	}
	ecs, err := field.ParseECS(schemas.ECS(), "")
	if err != nil {
		t.Fatal(err)
	}
	dynamic := field.NewDynamic(field.Plain)
	for _, doc := range docs {
		filter.Observe(dynamic, doc)
	}
	return field.NewSchema(table, ecs, dynamic)
}

func run(t testing.TB, query, doc string) (bool, string) {
	t.Helper()
	parsed, problem := Parse(query)
	if problem != nil {
		return false, problem.Message
	}
	d, problem := event.NewDecoder().Decode(doc)
	if problem != nil {
		t.Fatalf("%s: %v", doc, problem)
	}
	layout := filter.NewLayout()
	node, problems := parsed.Compile(schemaFor(t, d), &filter.Builder{Layout: layout, Now: now})
	if len(problems) > 0 {
		return false, problems[0].Message
	}
	record := layout.Bind(d)
	got := node.Match(record)
	if trace := filter.Explain(node, record); trace.Matched != got {
		t.Errorf("%s on %s: the trace says %v, the run %v", query, doc, trace.Matched, got)
	}
	return got, ""
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		name, query, doc string
		want             bool
	}{
		// languages.md 3.1: events A, B and M.
		{"any value", `k:"a"`, `{"k":"a"}`, true}, {"any of several", `k:"a"`, `{"k":["a","b"]}`, true}, {"missing", `k:"a"`, `{}`, false},
		{"negation", `not k:"a"`, `{"k":"a"}`, false}, {"negation looks at all values", `not k:"a"`, `{"k":["a","b"]}`, false}, {"negation of a missing field", `not k:"a"`, `{}`, true},
		{"both values, one each", `k:("a" and "b")`, `{"k":["a","b"]}`, true}, {"both values of one", `k:("a" and "b")`, `{"k":"a"}`, false},
		{"two bounds by two values", `long > 1 and long < 3`, `{"long":[0,5]}`, true},

		// keyword
		{"case", `k:cmd.exe`, `{"k":"CMD.exe"}`, false}, {"glob", `k:CMD*`, `{"k":"CMD.exe"}`, true}, {"no part of a value", `k:whoami`, `{"k":["/c","whoami /all"]}`, false},
		{"value with a space", `k: foo bar`, `{"k":"foo bar"}`, true}, {"not either word", `k: foo bar`, `{"k":"foo"}`, false},
		{"glob over spaces", `k: *foo bar*`, `{"k":"a foo bar b"}`, true}, {"glob needs the space", `k: *foo bar*`, `{"k":"foo"}`, false},
		{"question mark is literal", `k: cdn??.space`, `{"k":"cdn12.space"}`, false}, {"question mark in the value", `k: cdn??.space`, `{"k":"cdn??.space"}`, true},
		{"quoted star", `k:"*"`, `{"k":"x"}`, false}, {"quoted star itself", `k:"*"`, `{"k":"*"}`, true},
		{"backslashes", `k: *\\cmd.exe`, `{"k":"C:\\cmd.exe"}`, true}, {"backslash in quotes", `k:"C:\Windows"`, `{"k":"C:\\Windows"}`, true}, {"tab in quotes", `k:"C:\temp"`, `{"k":"C:\\temp"}`, false},
		{"number as keyword", `k:80`, `{"k":80}`, true}, {"boolean as keyword", `k:true`, `{"k":true}`, true},
		{"exists", `k:*`, `{"k":""}`, true}, {"exists needs a value", `k:*`, `{"k":[null]}`, false}, {"not exists", `not k:*`, `{"k":null}`, true},
		{"ignore_above hides a value", `short:*`, `{"short":"toolong"}`, false}, {"at the limit it is there", `short:*`, `{"short":"12345"}`, true}, {"another value is seen", `short:ab`, `{"short":["toolong","ab"]}`, true},
		{"normalizer", `low:FOO`, `{"low":"Foo"}`, true}, {"normalizer and glob", `low:FO*`, `{"low":"foo"}`, true},
		{"lexical range", `k > 9`, `{"k":"10"}`, false}, {"lexical range by letters", `k >= b and k < c`, `{"k":"bz"}`, true},

		// wildcard and constant_keyword: query_string splits at white space
		{"wildcard equality", `w:"foo bar"`, `{"w":"foo bar"}`, true}, {"wildcard, whole value", `w:foo`, `{"w":"foo bar"}`, false}, {"wildcard with a space unquoted", `w: foo bar`, `{"w":"foo bar"}`, true},
		{"pattern with a space is two patterns", `w: *foo bar*`, `{"w":"xfoo"}`, true}, {"the second one", `w: *foo bar*`, `{"w":"barx"}`, true}, {"neither", `w: *foo bar*`, `{"w":"x foo bar x"}`, false},
		{"pattern without space", `w: *foo*`, `{"w":"x foo x"}`, true}, {"case on wildcard", `w: *FOO*`, `{"w":"x foo x"}`, false},
		{"constant keyword", `ck:abc`, `{"ck":"abc"}`, true}, {"constant keyword pattern", `ck:a*`, `{"ck":"abc"}`, true},

		// text
		{"any token", `text: foo bar`, `{"text":"a Bar b"}`, true}, {"no token", `text: foo bar`, `{"text":"foobar"}`, false},
		{"phrase", `text:"foo bar"`, `{"text":"a FOO-bar b"}`, true}, {"phrase in order", `text:"bar foo"`, `{"text":"foo bar"}`, false}, {"phrase is contiguous", `text:"foo bar"`, `{"text":"foo x bar"}`, false},
		{"phrase does not cross values", `text:"foo bar"`, `{"text":["foo","bar"]}`, false}, {"tokens do", `text:(foo and bar)`, `{"text":["foo","bar"]}`, true},
		{"token pattern", `text: FOO*`, `{"text":"x foobar"}`, true}, {"pattern within one token", `text: *foo bar*`, `{"text":"xfoo"}`, true}, {"pattern over a separator", `text: *a-b*`, `{"text":"a-b"}`, false},
		{"match_only_text", `motext:"foo bar"`, `{"motext":"foo bar baz"}`, true}, {"empty text exists", `text:*`, `{"text":""}`, true}, {"a phrase of punctuation", `text:"--"`, `{"text":"--"}`, false},
		{"script block", `script:"Invoke-Mimikatz"`, `{"script":"x; invoke-mimikatz -a"}`, true}, {"script block keeps dashes", `script:"Invoke"`, `{"script":"invoke-mimikatz"}`, false}, {"script block prefix", `script:Invoke-*`, `{"script":"x invoke-mimikatz"}`, true},

		// ip
		{"address", `ip:10.1.2.3`, `{"ip":"10.1.2.3"}`, true}, {"block", `ip:10.0.0.0/8`, `{"ip":"10.1.2.3"}`, true}, {"quoted block", `ip:"10.0.0.0/8"`, `{"ip":"11.1.2.3"}`, false}, {"IPv6", `ip:"::1"`, `{"ip":"0:0:0:0:0:0:0:1"}`, true},
		{"address range", `ip >= 10.0.0.9 and ip < 10.0.0.11`, `{"ip":"10.0.0.10"}`, true}, {"address range is numeric", `ip > 9.0.0.1`, `{"ip":"10.0.0.1"}`, true}, {"a bad address is no value", `ip:*`, `{"ip":"x"}`, false},

		// numbers
		{"number", `long:80`, `{"long":80}`, true}, {"number as text", `long:80`, `{"long":"80"}`, true}, {"80.0 is 80", `long:80.0`, `{"long":80}`, true}, {"a fraction never", `long:80.5`, `{"long":80}`, false}, {"documents are cut", `long:80`, `{"long":80.9}`, true},
		{"above a fraction", `long > 80.5`, `{"long":81}`, true}, {"not above", `long > 80.5`, `{"long":80}`, false}, {"up to a fraction", `long <= 80.5`, `{"long":80}`, true}, {"below whole", `long < 80`, `{"long":80}`, false},
		{"numeric order", `long > 9`, `{"long":10}`, true}, {"out of range", `byte:300`, `{"byte":44}`, false}, {"below out of range", `byte < 300`, `{"byte":127}`, true}, {"not above out of range", `byte > 300`, `{"byte":127}`, false},
		{"unsigned", `ulong:18446744073709551615`, `{"ulong":18446744073709551615}`, true}, {"unsigned order", `ulong > 9223372036854775807`, `{"ulong":9223372036854775808}`, true}, {"unsigned small", `ulong < 5`, `{"ulong":4}`, true},
		{"double", `double:1.5`, `{"double":1.5}`, true}, {"float rounds both", `float:0.1`, `{"float":0.1}`, true}, {"negative", `double < 0`, `{"double":-0.5}`, true}, {"exclusive", `double > 1.5`, `{"double":1.5}`, false},

		// date
		{"day", `date:2026-11-21`, `{"date":"2026-11-21T23:59:59.999Z"}`, true}, {"next day", `date:2026-11-21`, `{"date":"2026-11-22T00:00:00Z"}`, false}, {"month quoted", `date:"2026-11"`, `{"date":"2026-11-30"}`, true},
		{"after a day", `date > 2026-11-21`, `{"date":"2026-11-21T12:00:00Z"}`, false}, {"up to a day", `date <= 2026-11-21`, `{"date":"2026-11-21T12:00:00Z"}`, true}, {"before a day", `date < 2026-11-21`, `{"date":"2026-11-20T23:59:59Z"}`, true}, {"from a day", `date >= 2026-11-21`, `{"date":"2026-11-21"}`, true},
		{"date math", `date >= now-1h`, `{"date":"2026-11-22T11:30:00Z"}`, true}, {"older", `date >= now-1h`, `{"date":"2026-11-22T10:59:59Z"}`, false}, {"rounded", `date < now/d`, `{"date":"2026-11-21T23:59:59Z"}`, true},
		{"epoch", `date:1700000000000`, `{"date":1700000000000}`, true}, {"zone", `date:"2026-11-22T12:00:00Z"`, `{"date":"2026-11-22T13:00:00+01:00"}`, true}, {"nanoseconds", `nanos > "2026-11-22T00:00:00.000000001Z"`, `{"nanos":"2026-11-22T00:00:00.000000002Z"}`, true},

		// boolean
		{"true", `bool:true`, `{"bool":true}`, true}, {"as text", `bool:true`, `{"bool":"true"}`, true}, {"empty is false", `bool:false`, `{"bool":""}`, true}, {"quoted", `bool:"false"`, `{"bool":true}`, false},

		// flattened
		{"leaf", `flat.a.b:x`, `{"flat":{"a":{"b":"x"}}}`, true}, {"another leaf", `flat.a.b:x`, `{"flat":{"a":{"c":"x"}}}`, false}, {"any leaf", `flat:x`, `{"flat":{"a":{"c":"x"}}}`, true}, {"a place as an object", `geo:*`, `{"geo":{"lat":1,"lon":2}}`, true}, {"a place as a text", `geo:*`, `{"geo":"1,2"}`, true}, {"no place", `geo:*`, `{"geography":1}`, false}, {"leaf exists", `flat.a:*`, `{"flat":{"a":1}}`, true}, {"number in a leaf", `flat.a:1`, `{"flat":{"a":1}}`, true},

		// nested
		{"in one object", `n:{ a:x and b:1 }`, `{"n":[{"a":"x","b":1},{"a":"y"}]}`, true}, {"in two objects", `n:{ a:x and b:1 }`, `{"n":[{"a":"x"},{"b":1}]}`, false}, {"nested negation", `n:{ a:x and not b:* }`, `{"n":[{"a":"x"},{"b":1}]}`, true},
		{"nested in nested", `n:{ m:{ c:z } }`, `{"n":{"m":[{"c":"z"}]}}`, true}, {"single object", `n:{ b > 1 }`, `{"n":{"b":2}}`, true}, {"a path that nobody declares is nested", `zz:{ a.keyword:x and b:1 }`, `{"zz":[{"a":"x","b":1}]}`, true}, {"and its objects are apart", `zz:{ a.keyword:x and b:1 }`, `{"zz":[{"a":"x"},{"b":1}]}`, false}, {"field wildcard wraps", `n.*:1`, `{"n":[{"a":"1"}]}`, true},

		// unmapped, field wildcards, bare terms
		{"unmapped", `nope:x`, `{}`, false}, {"not unmapped", `not nope:x`, `{}`, true}, {"unmapped exists", `nope:*`, `{}`, false}, {"dynamic text", `dyn:foo`, `{"dyn":"Foo bar"}`, true}, {"dynamic keyword", `dyn.keyword:foo`, `{"dyn":"Foo bar"}`, false}, {"dynamic number", `dyn > 9`, `{"dyn":10}`, true},
		{"field wildcard", `obj.*:v`, `{"obj":{"y":"v"}}`, true}, {"field wildcard exists", `obj.*:*`, `{"obj":{"x":"v"}}`, true}, {"no such field", `zzz.*:*`, `{"obj":{"x":"v"}}`, false}, {"an object is no field", `obj:*`, `{"obj":{"x":"v"}}`, false},
		{"everything", `*:*`, `{}`, true}, {"star", `*`, `{}`, true}, {"blank", ``, `{}`, true},
		{"bare in keyword", `hello`, `{"k":"hello"}`, true}, {"bare whole keyword", `hello`, `{"k":"hello there"}`, false}, {"bare in text", `hello`, `{"text":"Hello there"}`, true}, {"bare phrase", `"hello there"`, `{"text":"oh hello there"}`, true}, {"bare number", `80`, `{"long":80,"ip":"1.1.1.1"}`, true}, {"bare is lenient", `abc`, `{"long":1,"ip":"1.1.1.1","date":"2026"}`, false}, {"bare pattern", `hel*`, `{"k":"hello"}`, true},
		{"multi-field", `process.name.text:CMD`, `{"process":{"name":"cmd"}}`, true}, {"version", `ver:1.2.3`, `{"ver":"1.2.3"}`, true}, {"geo exists", `geo:*`, `{"geo":"1,2"}`, true},
		{"quoted field", `"k":a`, `{"k":"a"}`, true},
	} {
		got, refused := run(t, c.query, c.doc)
		if refused != "" || got != c.want {
			t.Errorf("%s: %s on %s: %v %s, want %v", c.name, c.query, c.doc, got, refused, c.want)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	for _, c := range []struct{ name, query, message string }{
		{"bad address", `ip:foo`, `field ` + "`ip`" + `: "foo" is not an IP address`}, {"bad block", `ip:10.0.0.0/99`, "not a CIDR block"}, {"pattern on address", `ip:10.*`, "a wildcard cannot be used on a field of type ip"},
		{"bad number", `long:abc`, `"abc" is not a number`}, {"pattern on number", `long:4*`, "a wildcard cannot be used on a field of type long"}, {"number range", `long > x`, `"x" is not a number`},
		{"bad boolean", `bool:yes`, `"yes" is not a boolean`}, {"bad date", `date:yesterday`, `"yesterday" is not a date`}, {"pattern on date", `date:2026*`, "a wildcard cannot be used on a field of type date"}, {"date range", `date > x`, `"x" is not a date`},
		{"null", `k:null`, "`null` is no value"}, {"nested outside", `n.a:x`, "cannot be searched outside of it"}, {"too shallow", `n:{ m.c:x }`, "lies in the nested field `n.m`"}, {"no nested field", `k:{ a:x }`, "of type keyword, and braces need a nested field"}, {"object in braces", `obj:{ x:v }`, "an object, and braces need a nested field"},
		{"range on constant_keyword", `ck > a`, "cannot be searched by range"}, {"geo by value", `geo:x`, "cannot be searched by value"}, {"field wildcard hits an address", `i*:foo`, "is not an IP address"},
	} {
		_, refused := run(t, c.query, `{}`)
		if !strings.Contains(refused, c.message) {
			t.Errorf("%s: %s: %q, want %q", c.name, c.query, refused, c.message)
		}
	}
}

func TestNearMissReasons(t *testing.T) {
	for _, c := range []struct {
		query, doc string
		want       filter.Reason
	}{
		{`k:a`, `{}`, filter.Missing}, {`k:a`, `{"k":"b"}`, filter.Differs}, {`k:a`, `{"k":"A"}`, filter.DiffersInCase}, {`k:A*`, `{"k":"abc"}`, filter.DiffersInCase},
		{`long:1.5`, `{"long":1}`, filter.Impossible}, {`long:1`, `{"long":"x"}`, filter.Malformed}, {`short:ab`, `{"short":"toolong"}`, filter.Malformed}, {`nope:a`, `{}`, filter.Unmapped}, {`k:a`, `{"k":"a"}`, filter.NoReason},
	} {
		q, _ := Parse(c.query)
		d, _ := event.NewDecoder().Decode(c.doc)
		layout := filter.NewLayout()
		node, problems := q.Compile(schemaFor(t, d), &filter.Builder{Layout: layout, Now: now})
		if len(problems) > 0 {
			t.Fatal(problems[0])
		}
		if trace := filter.Explain(node, layout.Bind(d)); trace.Reason != c.want {
			t.Errorf("%s on %s: %q, want %q", c.query, c.doc, trace.Reason, c.want)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	q, _ := Parse(`event.category: process and host.os.type: windows and event.type: start and process.name: ("cmd.exe" or "powershell.exe" or "pwsh.exe") and process.args: (*-enc* or *-nop*) and not user.name: SYSTEM`)
	d, _ := event.NewDecoder().Decode(`{"event":{"category":["process"],"type":["start"]},"host":{"os":{"type":"windows"}},"process":{"name":"pwsh.exe","args":["-nop","x"]},"user":{"name":"bob"}}`)
	layout := filter.NewLayout()
	node, _ := q.Compile(schemaFor(b, d), &filter.Builder{Layout: layout, Now: now})
	record := layout.Bind(d)
	b.ReportAllocs()
	for b.Loop() {
		if !node.Match(record) {
			b.Fatal("no match")
		}
	}
}
