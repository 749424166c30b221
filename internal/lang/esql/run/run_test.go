package run

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/function"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// testSchema has a field of each type.
func testSchema() *field.Schema {
	var mappings []field.Mapping
	for name, t := range map[string]field.Type{
		"k": field.Keyword, "k2": field.Keyword, "t": field.Text, "n": field.Long, "i": field.Integer, "d": field.Double, "f": field.Float, "b": field.Boolean,
		"ip": field.IP, "v": field.Version, "u": field.UnsignedLong, "@timestamp": field.Date, "nanos": field.DateNanos, "geo": field.GeoPoint, "flat": field.Flattened, "x.y": field.Keyword,
	} {
		mappings = append(mappings, field.Mapping{Name: name, Type: t})
	}
	return field.NewSchema(field.NewTable(mappings...))
}

func decode(tb testing.TB, lines string) []*event.Document {
	tb.Helper()
	docs, problems := event.Read(source.NewFile("events", lines))
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	return docs
}

func options() esql.Options {
	return esql.Options{
		Schema: testSchema(), Functions: function.NewRegistry(function.All()),
		Env: &function.Environment{Now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}, Builder: &filter.Builder{Layout: filter.NewLayout()},
	}
}

// query runs a query over events, one JSON object a line.
func query(tb testing.TB, text, events string, o esql.Options) *Result {
	tb.Helper()
	q, problem := esql.Parse(text)
	if problem != nil {
		tb.Fatalf("%s: %s", text, problem.Message)
	}
	plan, problems := q.Check(o)
	if diag.AnyError(problems) {
		tb.Fatalf("%s: %s", text, problems[0].Message)
	}
	if plan.Undecided != "" {
		tb.Fatalf("%s: %s", text, plan.Undecided)
	}
	var docs []*event.Document
	if events != "" {
		docs = decode(tb, events)
	}
	return Compile(plan, Options{Layout: o.Builder.Layout, Env: o.Env}).Run(Input{Docs: docs})
}

// table prints a result: a line of names, then a line of each row.
func table(r *Result) string {
	var lines []string
	var names []string
	for _, c := range r.Columns {
		names = append(names, c.Name+":"+c.Type.String())
	}
	lines = append(lines, strings.Join(names, " "))
	for row := range r.Rows.Rows {
		var cells []string
		for _, c := range r.Rows.Columns {
			start, end := c.Span(row)
			var values []string
			for position := start; position < end; position++ {
				values = append(values, c.Render(position))
			}
			switch len(values) {
			case 0:
				cells = append(cells, "null")
			case 1:
				cells = append(cells, values[0])
			default:
				cells = append(cells, "["+strings.Join(values, ",")+"]")
			}
		}
		lines = append(lines, strings.Join(cells, " "))
	}
	return strings.Join(lines, "\n")
}

// languages.md 3.5, by number; the near miss beside each.
func TestExpressions(t *testing.T) {
	for _, c := range []struct{ of, want string }{
		// 1: Kleene.
		{"null AND false", "false"}, {"null AND true", "null"}, {"null OR true", "true"}, {"null OR false", "null"}, {"NOT null", "null"},
		{"null == null", "null"}, {"1 != null", "null"}, {"null IS NULL", "true"}, {"1 IS NULL", "false"}, {"1 IS NOT NULL", "true"},
		// 2: IN.
		{"1 IN (1, null)", "true"}, {"5 IN (1, 2, null)", "null"}, {"null IN (1)", "null"}, {"5 IN (1, 2)", "false"}, {"5 NOT IN (1, null)", "null"}, {"5 NOT IN (1)", "true"}, {"1 IN (2 - 1)", "true"}, {"1.0 IN (1, 2)", "true"},
		// 3 and 22: LIKE.
		{`"abc" LIKE "a*"`, "true"}, {`"abc" LIKE "A*"`, "false"}, {`"abc" LIKE "ab"`, "false"}, {`"abc" LIKE "a?c"`, "true"}, {`"a*c" LIKE "a\\*c"`, "true"}, {`"abc" LIKE "a\\*c"`, "false"},
		{`null NOT LIKE "a*"`, "null"}, {`"abc" LIKE ("x", "*c")`, "true"}, {`"abc" NOT LIKE "*"`, "false"}, {`null NOT LIKE "*"`, "true"},
		{`"abc" RLIKE "a.c"`, "true"}, {`"xabc" RLIKE "a.c"`, "false"}, {`"abc" RLIKE ("x", "ab?c")`, "true"}, {`"a" RLIKE "^a$"`, "false"},
		// 6 and 7: several values.
		{"5 + [1, 2]", "null"}, {"[1, 2] == [1, 2]", "null"}, {"([1, 2] + 1) IS NULL", "true"}, {"[1, 2] IS NULL", "false"},
		// 8: numbers.
		{"7 / 2", "3"}, {"-7 / 2", "-3"}, {"7 % 2", "1"}, {"-7 % 2", "-1"}, {"7 / 2.0", "3.5"}, {"1 / 0", "null"}, {"1 % 0", "null"}, {"1.0 / 0", "null"}, {"2147483647 + 1", "null"}, {"2147483648 + 1", "2147483649"},
		{"9223372036854775807 + 1", "null"}, {"9223372036854775806 + 1", "9223372036854775807"}, {"9223372036854775807 * 2", "null"}, {"-9223372036854775808 - 1", "null"}, {"-(-2147483648)", "null"}, {"3000000000 - 1", "2999999999"},
		{"18446744073709551615 - 18446744073709551614", "1"}, {"18446744073709551614 - 18446744073709551615", "null"}, {"1 + 2 * 3", "7"}, {"(1 + 2) * 3", "9"}, {"10 - 3 - 2", "5"}, {"2 > 1.5", "true"},
		// 29, 35, 36: constants read as what they are compared with.
		{`@timestamp > "2026-01-01"`, "true"}, {`@timestamp == "2026-01-02T00:00:00Z"`, "true"}, {`@timestamp < "2026-01-02"`, "false"}, {"@timestamp - 1 day == \"2026-01-01\"", "true"}, {"@timestamp + 1 hour", "2026-01-02T01:00:00.000Z"},
		{"@timestamp + 1 month", "2026-02-02T00:00:00.000Z"}, {"1 day + @timestamp", "2026-01-03T00:00:00.000Z"}, {`ip == "10.0.0.1"`, "true"}, {`ip > "::1"`, "true"}, {`ip IN ("10.0.0.2", "10.0.0.1")`, "true"}, {`v < "1.11.4"`, "true"}, {`b == "true"`, "true"},
		{"nanos == @timestamp", "true"}, {"LENGTH(k)", "3"}, {`CONCAT(k, null)`, "null"},
	} {
		r := query(t, "FROM x | EVAL r = "+c.of+" | KEEP r", `{"k":"abc","ip":"10.0.0.1","v":"1.2.3","b":true,"@timestamp":"2026-01-02T00:00:00Z","nanos":"2026-01-02T00:00:00Z"}`, options())
		if _, got, _ := strings.Cut(table(r), "\n"); got != c.want {
			t.Errorf("%s is %s, want %s", c.of, got, c.want)
		}
	}
}

func TestQueries(t *testing.T) {
	const people = `{"k":"a","n":1,"i":10}
{"k":["b","a"],"n":2,"i":20}
{"n":3,"i":20}
{"k":"b","n":4}`
	for name, c := range map[string]struct{ query, events, want string }{
		"where keeps what is true":     {`FROM x | WHERE k == "a" | KEEP n`, people, "n:long\n1"},
		"a negation drops the missing": {`FROM x | WHERE NOT k == "a" | KEEP n`, people, "n:long\n4"},
		"several values are sorted":    {`FROM x | KEEP k, n, ip`, `{"k":["foo","foo","bar"],"n":[2,2,1],"ip":["::1","10.0.0.1","::1"]}`, "k:keyword n:long ip:ip\n[bar,foo] [1,2,2] [::1,10.0.0.1]"},
		"empty arrays are null":        {`FROM x | KEEP k, n`, `{"k":[],"n":[null]}`, "k:keyword n:long\nnull null"},
		"floats":                       {`FROM x | KEEP f, d, u, b`, `{"f":1.1,"d":1.1,"u":18446744073709551615,"b":"true"}`, "f:double d:double u:unsigned_long b:boolean\n1.100000023841858 1.1 18446744073709551615 true"},
		"metadata":                     {`FROM x METADATA _id, _index, _version | KEEP _*`, `{"_id":"1","_index":"logs","_source":{"k":"a"}}`, "_id:keyword _index:keyword _version:long\n1 logs 1"},
		"null is a group":              {`FROM x | STATS c = COUNT(*) BY k | SORT k`, people, "c:long k:keyword\n2 a\n2 b\n1 null"},
		"two keys of several values":   {`FROM x | STATS c = COUNT(*) BY k, k2 | SORT k, k2`, `{"k":["a","b"],"k2":["c","d"]}`, "c:long k:keyword k2:keyword\n1 a c\n1 a d\n1 b c\n1 b d"},
		"no rows and no BY":            {`FROM x | WHERE n > 9 | STATS c = COUNT(*), s = SUM(n)`, people, "c:long s:long\n0 null"},
		"no rows with BY":              {`FROM x | WHERE n > 9 | STATS c = COUNT(*) BY k`, people, "c:long k:keyword"},
		"unnamed columns":              {"FROM x | STATS COUNT(*), SUM( n ) BY i | SORT i | EVAL `COUNT(*)` + 1", people, "COUNT(*):long SUM( n ):long i:integer `COUNT(*)` + 1:long\n1 1 10 2\n2 5 20 3\n1 4 null 2"},
		"a condition of an aggregate":  {`FROM x | STATS a = COUNT(*) WHERE n > 2, b = COUNT(*) WHERE i == 20 AND n < 3, c = COUNT()`, people, "a:long b:long c:long\n2 1 4"},
		"arithmetic over aggregates":   {`FROM x | STATS r = SUM(n) * 1.0 / COUNT(*), twice = 2 * SUM(n)`, people, "r:double twice:long\n2.5 20"},
		"groups in the expression":     {`FROM x | STATS s = SUM(n) + i BY i | SORT i`, people, "s:long i:integer\n11 10\n25 20\nnull null"},
		"only groups":                  {`FROM x | STATS BY i | SORT i`, people, "i:integer\n10\n20\nnull"},
		"the last of two names counts": {`FROM x | STATS a = COUNT(*), a = SUM(n)`, people, "a:long\n10"},
		"a group beats an aggregate":   {`FROM x | STATS i = COUNT(*) BY i | SORT i`, people, "i:integer\n10\n20\nnull"},
		"count of values and of rows":  {`FROM x | STATS COUNT(k), COUNT(*)`, people, "COUNT(k):long COUNT(*):long\n4 4"},
		"inline stats keeps rows":      {`FROM x | KEEP k, i, n | INLINE STATS c = COUNT(*) BY i | SORT n`, people, "k:keyword n:long c:long i:integer\na 1 1 10\n[a,b] 2 2 20\nnull 3 2 20\nb 4 1 null"},
		"inline stats without groups":  {`FROM x | KEEP n | INLINE STATS s = SUM(n) | WHERE n == 4`, people, "n:long s:long\n4 10"},
		"inline stats, several values": {`FROM x | KEEP n, k | INLINE STATS s = SUM(n) BY k | SORT n`, people, "n:long s:long k:keyword\n1 3 a\n2 [3,6] [a,b]\n3 3 null\n4 6 b"},
		"eval moves a column":          {`FROM x | KEEP i, n, k | EVAL i = n + 1 | LIMIT 1`, people, "n:long k:keyword i:long\n1 a 2"},
		"eval sees what was computed":  {`FROM x | EVAL a = n, b = a * 2, a = b + 1 | KEEP a, b | LIMIT 1`, people, "a:long b:long\n3 2"},
		"rename":                       {`FROM x | KEEP k, n | RENAME k AS name, num = n | LIMIT 1`, people, "name:keyword num:long\na 1"},
		"drop":                         {`FROM x | KEEP k, n, i | DROP k* | LIMIT 1`, people, "n:long i:integer\n1 10"},
		"keep: a name beats a pattern": {`FROM x | KEEP n, k*, k, * | KEEP n, k, i | LIMIT 1`, people, "n:long k:keyword i:integer\n1 a 10"},
		"keep: order of the patterns":  {`ROW abc = 1, abd = 2, b = 3 | KEEP *, ab*, abc`, "", "b:integer abd:integer abc:integer\n3 2 1"},
		"sort: nulls":                  {`FROM x | SORT i, n DESC | KEEP i, n`, people, "i:integer n:long\n10 1\n20 3\n20 2\nnull 4"},
		"sort: descending":             {`FROM x | SORT i DESC NULLS LAST, n | KEEP i, n`, people, "i:integer n:long\n20 2\n20 3\n10 1\nnull 4"},
		"sort: several values":         {`FROM x | SORT n DESC | KEEP n`, "{\"n\":[1,9]}\n{\"n\":5}\n{}", "n:long\nnull\n[1,9]\n5"},
		"limit by":                     {`FROM x | SORT n | LIMIT 1 BY i | KEEP n, i`, people, "n:long i:integer\n1 10\n2 20\n4 null"},
		"mv_expand":                    {`FROM x | MV_EXPAND k | KEEP k, n | SORT n, k`, people, "k:keyword n:long\na 1\na 2\nb 2\nnull 3\nb 4"},
		"dissect":                      {`FROM x | DISSECT k "%{a}-%{b}" | KEEP k, a, b`, `{"k":"x-y"}` + "\n" + `{"k":"xy"}` + "\n" + `{"k":["a-b","c-d"]}`, "k:keyword a:keyword b:keyword\nx-y x y\nxy null null\n[a-b,c-d] [a,c] [b,d]"},
		"dissect appends":              {`ROW t = "x 1 y" | DISSECT t "%{+b} %{c} %{+b}" APPEND_SEPARATOR = "," | KEEP b, c`, "", "b:keyword c:keyword\nx,y 1"},
		"grok":                         {`ROW a = "foo 12" | GROK a "%{WORD:w} %{NUMBER:n:int}" | KEEP w, n`, "", "w:keyword n:integer\nfoo 12"},
		"grok covers its input":        {`ROW a = "foo bar" | GROK a "%{WORD:a}"`, "", "a:keyword\nfoo"},
		"row":                          {`ROW a = [1, 2], b = "x" | EVAL c = b`, "", "a:integer b:keyword c:keyword\n[1,2] x x"},
		"dedup":                        {`FROM x | KEEP i | DEDUP | SORT i`, people, "i:integer\n10\n20\nnull"},
		"a constant with several values is as many groups": {`ROW x = 1, y = [1, 2, 3] | STATS CASE(y == 2, 10, 1) * MIN(x) BY y | SORT y`, "", "CASE(y == 2, 10, 1) * MIN(x):integer y:integer\n1 1\n10 2\n1 3"},
		"mv_expand makes no more rows than are taken": {
			"ROW a = SPLIT(REPLACE(SPACE(1000), \" \", \"x,\"), \",\") | EVAL b = a, c = a, d = a | MV_EXPAND a | MV_EXPAND b | MV_EXPAND c | MV_EXPAND d | KEEP a, d | LIMIT 1", "", "a:keyword d:keyword\nx x",
		},
		"an instant beyond 64 bits is null": {`ROW d = TO_DATETIME(9223372036854775807) | EVAL a = d + 1 day, b = d + 1 hour, c = d - 1 day, e = TO_DATETIME(-9223372036854775807) - 1 month, f = TO_DATETIME(0) + 2147483647 years | EVAL c = TO_LONG(c) | KEEP a, b, c, e, f`, "", "a:date b:date c:long e:date f:date\nnull null 9223372036768375807 null 178958940-08-01T00:00:00.000Z"},
		"a timespan and null is a timespan": {`ROW d = TO_DATETIME(0) | EVAL a = 1 second + null + d, b = d - (null - 1 month) | KEEP a, b`, "", "a:date b:date\nnull null"},
		"fork":                              {`FROM x | KEEP n | FORK (WHERE n > 3) (WHERE n < 2 | EVAL m = n) | SORT n`, people, "n:long _fork:keyword m:long\n1 fork2 1\n4 fork1 null"},
		"subquery":                          {`FROM (FROM x | WHERE n == 1 | KEEP n), (FROM y | WHERE n == 4 | KEEP n, k)`, people, "n:long k:keyword\n1 null\n4 b"},
		"the implicit limit":                {`FROM x | KEEP n | SORT n | LIMIT 2`, people, "n:long\n1\n2"},
		"an unsupported field is null":      {`FROM x | KEEP flat, n`, `{"flat":{"a":1},"n":1}`, "flat:unsupported n:long\nnull 1"},
		"in a subquery":                     {`FROM x | WHERE n IN (FROM x | WHERE i > 10 | STATS m = MIN(n) BY i | KEEP m) | KEEP n`, people, "n:long\n2"},
		"in a wider type":                   {`FROM x | WHERE i IN (FROM x | EVAL m = n * 10.0 | KEEP m) | KEEP i, n | SORT n`, people, "i:integer n:long\n10 1\n20 2\n20 3"},
		"not in a subquery":                 {`FROM x | WHERE n NOT IN (FROM x | WHERE k == "b" | KEEP n) | KEEP n | SORT n`, people, "n:long\n1\n2\n3"},
		"not in one with a null":            {`FROM x | WHERE n NOT IN (FROM x | KEEP i) | KEEP n`, people, "n:long"},
		"not in one without rows":           {`FROM x | WHERE k NOT IN (FROM x | WHERE n > 9 | KEEP k) | KEEP n | SORT n`, people, "n:long\n1\n2\n3\n4"},
		"a version that is stated":          {`FROM x METADATA _version | KEEP _version`, `{"_id":"1","_version":7,"_source":{"k":"a"}}`, "_version:long\n7"},
	} {
		if got := table(query(t, c.query, c.events, options())); got != c.want {
			t.Errorf("%s: %s\ngives\n%s\nwant\n%s", name, c.query, got, c.want)
		}
	}
}

func TestImplicitLimit(t *testing.T) {
	lines := strings.Repeat("{\"n\":1}\n", 1500)
	r := query(t, "FROM x | KEEP n", lines, options())
	if r.Rows.Rows != 1000 || len(r.Warnings) != 1 {
		t.Errorf("%d rows, warnings %q", r.Rows.Rows, r.Warnings)
	}
	if r := query(t, "FROM x | KEEP n | LIMIT 1200", lines, options()); r.Rows.Rows != 1200 || len(r.Warnings) != 0 {
		t.Errorf("%d rows, warnings %q", r.Rows.Rows, r.Warnings)
	}
}

func TestWarnings(t *testing.T) {
	if r := query(t, `ROW a = CASE([true, true], 1, 2)`, "", options()); len(r.Warnings) != 2 || !strings.Contains(r.Warnings[0], "treating result as false.") {
		t.Errorf("a condition of CASE with several values: %q", r.Warnings)
	}
	if r := query(t, `ROW a = TO_DATETIME(9223372036854775807) + 1 day`, "", options()); len(r.Warnings) != 2 || !strings.HasSuffix(r.Warnings[1], "java.lang.ArithmeticException: long overflow") {
		t.Errorf("an instant beyond 64 bits: %q", r.Warnings)
	}
	r := query(t, "FROM x\n| EVAL a = n / 0,\n  b = n + 1", "{\"n\":1}\n{\"n\":[1,2]}\n{\"n\":2}", options())
	want := []string{
		"Line 2:12: evaluation of [n / 0] failed, treating result as null. Only first 20 failures recorded.",
		"Line 2:12: java.lang.ArithmeticException: / by zero",
		"Line 2:12: java.lang.IllegalArgumentException: single-value function encountered multi-value",
		"Line 3:7: evaluation of [n + 1] failed, treating result as null. Only first 20 failures recorded.",
		"Line 3:7: java.lang.IllegalArgumentException: single-value function encountered multi-value",
	}
	if fmt.Sprint(r.Warnings) != fmt.Sprint(want) {
		t.Errorf("got %q", r.Warnings)
	}
}

// lookup is a table with two rows for "a".
func lookup(t *testing.T) map[string]*esql.Table {
	docs := decode(t, "{\"k\":\"a\",\"team\":\"red\",\"size\":1}\n{\"k\":\"a\",\"team\":\"blue\",\"size\":2}\n{\"k\":\"b\",\"team\":\"green\",\"size\":3}\n{\"team\":\"none\"}")
	dynamic := field.NewDynamic(field.DataStream)
	for _, doc := range docs {
		filter.Observe(dynamic, doc)
	}
	return map[string]*esql.Table{"teams": NewTable("teams", docs, field.NewSchema(dynamic))}
}

func TestJoins(t *testing.T) {
	const rows = `{"k":"a","n":1}
{"k":"b","n":2}
{"k":"c","n":3}
{"n":4}
{"k":["a","b"],"n":5}`
	o := options()
	o.Tables = lookup(t)
	for q, want := range map[string]string{
		`FROM x | KEEP k, n | LOOKUP JOIN teams ON k | SORT n, team`:                                                  "k:keyword n:long team:keyword size:long\na 1 blue 2\na 1 red 1\nb 2 green 3\nc 3 null null\nnull 4 null null\n[a,b] 5 null null",
		`FROM x | KEEP k, n | RENAME k AS name | LOOKUP JOIN teams ON name == k AND n < size | SORT n | KEEP n, team`: "n:long team:keyword\n1 blue\n2 green\n3 null\n4 null\n5 null",
		`FROM x | KEEP k, n | ENRICH teams ON k WITH team, s = size | SORT n | KEEP n, team, s`:                       "n:long team:keyword s:long\n1 [red,blue] [1,2]\n2 green 3\n3 null null\n4 null null\n5 [red,blue,green] [1,2,3]",
	} {
		if got := table(query(t, q, rows, o)); got != want {
			t.Errorf("%s\ngives\n%s\nwant\n%s", q, got, want)
		}
	}
}

// What a cluster alone computes is as it is supplied, the same for every row.
func TestSupplied(t *testing.T) {
	for text, want := range map[string]string{
		`FROM x | COMPLETION answer = k WITH {"inference_id": "m"} | WHERE answer == "yes" | KEEP n, answer`: "n:long answer:keyword\n1 yes\n2 yes",
		`FROM x | USER_AGENT ua = k | KEEP n, ua.*`:                                                          "n:long ua.device.name:keyword ua.name:keyword\n1 Other curl\n2 Other curl",
	} {
		o := options()
		in := Input{Docs: decode(t, "{\"n\":1,\"k\":\"a\"}\n{\"n\":2,\"k\":\"b\"}"), Supplied: map[string]string{"answer": "yes", "ua.name": "curl", "ua.device.name": "Other", "uax": "no"}}
		o.Supplied = map[string]bool{}
		for name := range in.Supplied {
			o.Supplied[name] = true
		}
		q, problem := esql.Parse(text)
		if problem != nil {
			t.Fatal(problem)
		}
		plan, problems := q.Check(o)
		if plan == nil || plan.Undecided != "" {
			t.Errorf("%s: %v", text, problems)
			continue
		}
		if got := table(Compile(plan, Options{Layout: o.Builder.Layout, Env: o.Env}).Run(in)); got != want {
			t.Errorf("%s\ngives\n%s\nwant\n%s", text, got, want)
		}
	}
}

// A field that is keyword in some indices and long in others is read by a conversion, whichever it is.
func TestFieldOfTwoTypesIsConverted(t *testing.T) {
	c, err := field.ParseCompact("c.tsv", "# environment prod\n# stream a logs-a-*\n# stream b logs-b-*\nboth\tkeyword\t\t1\nboth\tlong\t\t2\n")
	if err != nil {
		t.Fatal(err)
	}
	const events = "{\"both\":\"42\"}\n{\"both\":42}\n{\"both\":\"a\"}\n{\"both\":[7,\"7\"]}\n{}"
	for text, want := range map[string]string{
		`FROM x | EVAL t = both::keyword | KEEP both, t`:   "both:unsupported t:keyword\nnull 42\nnull 42\nnull a\nnull 7\nnull null",
		`FROM x | EVAL t = TO_LONG(both) | KEEP t`:         "t:long\n42\n42\nnull\n7\nnull",
		`FROM x | WHERE both::keyword == "42" | KEEP both`: "both:unsupported\nnull\nnull",
	} {
		o := options()
		o.Schema = field.NewSchema(c.Select(nil))
		if got := table(query(t, text, events, o)); got != want {
			t.Errorf("%s\ngives\n%s\nwant\n%s", text, got, want)
		}
	}
}
