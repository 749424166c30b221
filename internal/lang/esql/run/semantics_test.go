package run

import (
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/lang/esql"
)

// Each row is a statement of the reference languages.md 3.5, by its number or its letter in the table, with near misses. The
// queries begin with ROW or read the events; the table is what they give, "warns" a piece of a warning.
func TestSemantics(t *testing.T) {
	const names = "{\"k\":\"bob\",\"n\":1}\n{\"n\":2}\n{\"k\":\"Georgi\",\"n\":3}"
	for _, c := range []struct{ of, query, events, want, warns string }{
		{"1", `FROM x | WHERE k == "bob" OR n == 2 | KEEP n`, names, "n:long\n1\n2", ""},
		{"1", `FROM x | WHERE k != "bob" AND n > 0 | KEEP n`, names, "n:long\n3", ""},
		{"1", `ROW a = null | EVAL b = a == null, c = a != null, d = a IS NULL | KEEP b, c, d`, "", "b:boolean c:boolean d:boolean\nnull null true", ""},
		{"1", `ROW a = true, b = null::boolean | EVAL x = a OR b, y = a AND b, z = NOT b | KEEP x, y, z`, "", "x:boolean y:boolean z:boolean\ntrue null null", ""},
		{"2, a, b", `ROW x = 5, y = 1, z = null::integer | EVAL p = x IN (1, 2, null), q = y IN (1, null), r = z IN (1), s = x IN (1, 2) | KEEP p, q, r, s`, "", "p:boolean q:boolean r:boolean s:boolean\nnull true null false", ""},
		{"2", `FROM x | WHERE n NOT IN (1, null) | KEEP n`, names, "n:long", ""},
		{"c", `FROM x | WHERE NOT k == "a" | KEEP n`, names, "n:long\n1\n3", ""},
		{"3, d", `FROM x | WHERE k NOT LIKE ("*") | KEEP n`, names, "n:long\n2", ""},
		{"3", `FROM x | WHERE k NOT LIKE "b*" | KEEP n`, names, "n:long\n3", ""},
		{"4, m", `ROW c = null::boolean, d = [true, true], e = [true] | EVAL x = CASE(c, "y"), y = CASE(d, "y", "n"), z = CASE(e, "y") | KEEP x, y, z`, "", "x:keyword y:keyword z:keyword\nnull n y", "single-value function encountered multi-value"},
		{"5", `ROW a = null::integer, b = [1, 2] | EVAL x = COALESCE(a, b), y = COALESCE(a, 1, 2.5::long) | KEEP x, y`, "", "x:integer y:long\n[1,2] 1", ""},
		{"6, e", `ROW a = 5, b = [1, 2] | EVAL s = a + b, t = a + b IS NULL | KEEP s, t`, "", "s:integer t:boolean\nnull true", "single-value function encountered multi-value"},
		{"7", `ROW a = [1, 2], b = [1, 2] | EVAL s = a == b | KEEP s`, "", "s:boolean\nnull", "single-value function encountered multi-value"},
		{"8", `ROW a = 7, l = 7::long | EVAL x = a / 2, y = a / 2.0, z = l + a, m = -7 % 3 | KEEP x, y, z, m`, "", "x:integer y:double z:long m:integer\n3 3.5 14 -1", ""},
		{"8, f", `ROW a = 7 | EVAL x = a / 0, y = a % 0 | KEEP x, y`, "", "x:integer y:integer\nnull null", "/ by zero"},
		{"8, g", `ROW a = 9223372036854775807 | EVAL x = a + 1 | KEEP x`, "", "x:long\nnull", "long overflow"},
		{"8", `ROW a = 2147483647 | EVAL x = a + 1 | KEEP x`, "", "x:integer\nnull", "integer overflow"},
		{"8", `ROW a = 2147483648, b = 9223372036854775808, c = -2147483648`, "", "a:long b:unsigned_long c:integer\n2147483648 9223372036854775808 -2147483648", ""},
		{"9", `ROW errors = 1, total = 3 | EVAL a = errors / total, b = ROUND(errors * 1.0 / total, 2) | KEEP a, b`, "", "a:integer b:double\n0 0.33", ""},
		{"10", `FROM x | STATS a = SUM(n), b = AVG(n), c = MEDIAN(n), d = COUNT(n), e = MIN(k), f = MAX(k)`, names, "a:long b:double c:double d:long e:keyword f:keyword\n6 2.0 2.0 3 Georgi bob", ""},
		{"10, k, l", `ROW x = null::integer, y = false | STATS a = SUM(x), b = COUNT(x), c = COUNT(y)`, "", "a:long b:long c:long\nnull 0 1", ""},
		{"11", `FROM x | STATS a = COUNT(k), b = COUNT(*), c = COUNT_DISTINCT(k)`, "{\"k\":[\"a\",\"b\"]}\n{\"k\":\"a\"}", "a:long b:long c:long\n3 2 2", ""},
		{"12", `FROM x | KEEP k, n, ip`, `{"k":["foo","foo","bar"],"n":[2,null,2,1],"ip":[]}`, "k:keyword n:long ip:ip\n[bar,foo] [1,2,2] null", ""},
		{"12", `ROW a = "b,a,b" | EVAL x = SPLIT(a, ",") | KEEP x`, "", "x:keyword\n[b,a,b]", ""},
		{"13, y", `FROM x | MV_EXPAND k | SORT n, k | KEEP n, k | LIMIT 3`, "{\"n\":1,\"k\":[\"b\",\"a\"]}\n{\"n\":2}\n{\"n\":3,\"k\":\"c\"}", "n:long k:keyword\n1 a\n1 b\n2 null", ""},
		{"14", `ROW a = [3, 1, 2, 1] | EVAL x = MV_SLICE(a, 0, 1), y = MV_SLICE(a, -2, -1), z = MV_SLICE(a, 9), m = MV_MIN(["b", "a"]), j = MV_CONCAT(["b", "a"], "-") | KEEP x, y, z, m, j`, "", "x:integer y:integer z:integer m:keyword j:keyword\n[3,1] [2,1] null a b-a", ""},
		{"15, h", `ROW a = [5013792, 2147483647, 501379200000] | EVAL x = TO_INTEGER(a) | KEEP x`, "", "x:integer\n[5013792,2147483647]", "out of [integer] range"},
		{"15, i", `ROW a = "2147483648.2", b = "foo" | EVAL x = TO_LONG(a), y = TO_LONG(b) | KEEP x, y`, "", "x:long y:long\n2147483648 null", "Cannot parse number [foo]"},
		{"16, j", `FROM x | STATS c = COUNT(*) BY k | SORT k`, "{\"k\":[\"a\",\"b\"]}\n{}", "c:long k:keyword\n1 a\n1 b\n1 null", ""},
		{"16", `FROM x | STATS c = COUNT(*) BY k, k2 | SORT k, k2`, `{"k":["a","b"],"k2":["c","d"]}`, "c:long k:keyword k2:keyword\n1 a c\n1 a d\n1 b c\n1 b d", ""},
		{"17", `FROM x | WHERE n > 9 | STATS a = COUNT(*), b = MAX(n)`, names, "a:long b:long\n0 null", ""},
		{"17", `FROM x | WHERE n > 9 | STATS a = COUNT(*) BY k`, names, "a:long k:keyword", ""},
		{"18", "FROM x | STATS a = COUNT(*), a = MAX(n)", names, "a:long\n3", ""},
		{"18", "FROM x | STATS k = COUNT(*) BY k | SORT k", names, "k:keyword\nGeorgi\nbob\nnull", ""},
		{"18", "FROM x | STATS COUNT(*) | EVAL a = `COUNT(*)` | KEEP a", names, "a:long\n3", ""},
		{"19", `FROM x | STATS a = COUNT(*) WHERE n > 1, b = COUNT(*) WHERE k == "bob" OR k == "x"`, names, "a:long b:long\n2 1", ""},
		{"20", `FROM x METADATA _id | KEEP n, k, _id | INLINE STATS m = MAX(n) BY k | DROP _id | SORT n`, names, "n:long m:long k:keyword\n1 1 bob\n2 2 null\n3 3 Georgi", ""},
		{"21", `ROW la = 1, lb = 2 | EVAL la = 3 | KEEP l*`, "", "lb:integer la:integer\n2 3", ""},
		{"21", `ROW a = "foo bar", b = 1, c = 2 | DISSECT a "%{b} %{a}"`, "", "c:integer b:keyword a:keyword\n2 foo bar", ""},
		{"22", `ROW a = "Abc", b = "a*c" | EVAL x = a == "abc", y = a LIKE "a*", z = a LIKE "?b*", e = b LIKE "a\\*c", f = a LIKE "a\\*c" | KEEP x, y, z, e, f`, "", "x:boolean y:boolean z:boolean e:boolean f:boolean\nfalse false true true false", ""},
		{"22, x", `FROM x | WHERE TO_UPPER(k) LIKE "geor*" | KEEP n`, names, "n:long", ""},
		{"23, u, v", `ROW s = "Facello", e = "❤️" | EVAL a = LENGTH(e), b = SUBSTRING(s, -3), c = SUBSTRING(s, 3, 1), d = LOCATE(s, "l"), f = LOCATE(s, "x") | KEEP a, b, c, d, f`, "", "a:integer b:keyword c:keyword d:integer f:integer\n2 llo c 5 0", ""},
		{"23", `ROW s = "  a b ", n = null::keyword | EVAL a = CONCAT(s, n), b = CONCAT("<", TRIM(s), ">") | KEEP a, b`, "", "a:keyword b:keyword\nnull <a b>", ""},
		{"24", `ROW s = "a1b22" | EVAL a = REPLACE(s, "(\\d++)", "<$1>") | KEEP a`, "", "a:keyword\na<1>b<22>", ""},
		{"24", `FROM x | EVAL b = REPLACE("a[", k, "") | KEEP b`, `{"k":"["}`, "b:keyword\nnull", "PatternSyntaxException"},
		{"25, w", `ROW j = """{"user":{"a.b":[7]},"n":null,"d":1,"d":2,"o":{"x":[1, 2]}}""" | EVAL a = JSON_EXTRACT(j, "user['a.b'][0]"), b = JSON_EXTRACT(j, "$.n"), c = JSON_EXTRACT(j, "d"), d = JSON_EXTRACT(j, "o.x") | KEEP a, b, c, d`, "", "a:keyword b:keyword c:keyword d:keyword\n7 null 1 [1,2]", ""},
		{"25", `ROW j = "{}" | EVAL a = JSON_EXTRACT(j, "x") | KEEP a`, "", "a:keyword\nnull", "x"},
		{"26, n", `ROW a = "foo bar" | DISSECT a "%{b} %{c} baz" | KEEP b, c`, "", "b:keyword c:keyword\nnull null", ""},
		{"26, o", `ROW a = "x 1 y" | DISSECT a "%{+b} %{c} %{+b}" APPEND_SEPARATOR="," | KEEP b, c`, "", "b:keyword c:keyword\nx,y 1", ""},
		{"26", `ROW a = "x    y;z" | DISSECT a "%{b->} %{?skip};%{c}" | KEEP b, c`, "", "b:keyword c:keyword\nx z", ""},
		{"27, p, q", `ROW a = "foo bar" | GROK a "%{WORD:b} %{WORD:b}" | GROK a "%{NUMBER:c:int} .*" | KEEP b, c`, "", "b:keyword c:integer\n[foo,bar] null", ""},
		{"27", `ROW a = "say 12 times" | GROK a "%{IP:i}", "%{INT:n:int}" | KEEP i, n`, "", "i:keyword n:integer\nnull 12", ""},
		{"28", `ROW a = "bABzAA==" | EVAL b = REPLACE(FROM_BASE64(a), "\\u0000", "") | KEEP b`, "", "b:keyword\nls", ""},
		{"29", `FROM x | WHERE @timestamp > "2026-01-02" AND @timestamp > NOW() - 1 hour | KEEP n`, "{\"@timestamp\":\"2026-01-02T02:30:00Z\",\"n\":1}\n{\"@timestamp\":\"2026-01-02T02:04:05Z\",\"n\":2}", "n:long\n1", ""},
		{"30, t", `ROW a = "1985-02-24"::date, b = "1985-02-18"::date | EVAL w = DATE_TRUNC(1 week, a), q = DATE_TRUNC(3 months, a), h = DATE_TRUNC(240 hours, b) | KEEP w, q, h`, "", "w:date q:date h:date\n1985-02-18T00:00:00.000Z 1985-01-01T00:00:00.000Z 1985-02-11T00:00:00.000Z", ""},
		{"31", `ROW a = "2026-01-01T00:00:00Z"::date, b = "2026-01-01T00:01:59Z"::date | EVAL m = DATE_DIFF("minute", a, b), n = DATE_DIFF("minutes", b, a), s = DATE_DIFF("ss", a, b) | KEEP m, n, s`, "", "m:integer n:integer s:integer\n1 -1 119", ""},
		{"32", `ROW a = "2024-12-30T10:05:00Z"::date | EVAL x = DATE_FORMAT("yyyy-MM-dd", a), y = DATE_FORMAT("YYYY-mm-dd", a) | KEEP x, y`, "", "x:keyword y:keyword\n2024-12-30 2025-05-30", ""},
		{"33", `ROW a = "1970-01-01T00:00:01Z"::date | EVAL x = TO_LONG(a) | KEEP x`, "", "x:long\n1000", ""},
		{"34", `ROW a = "1985-07-09"::date | STATS c = COUNT(*) BY b = BUCKET(a, 20, "1985-01-01", "1986-01-01")`, "", "c:long b:date\n1 1985-07-01T00:00:00.000Z", ""},
		{"34", `ROW a = "1985-07-09"::date | STATS c = COUNT(*) BY b = BUCKET(a, 100, "1985-01-01", "1986-01-01")`, "", "c:long b:date\n1 1985-07-08T00:00:00.000Z", ""},
		{"35", `ROW a = "127.0.0.1"::ip, b = "::1"::ip, c = "::ffff:127.0.0.1"::ip | EVAL x = a > b, y = a == c | KEEP x, y`, "", "x:boolean y:boolean\ntrue true", ""},
		{"35, r", `FROM x | WHERE CIDR_MATCH(ip, "127.0.0.2/32") | KEEP n`, "{\"n\":1,\"ip\":[\"127.0.0.1\",\"127.0.0.2\"]}\n{\"n\":2,\"ip\":\"127.0.0.2\"}\n{\"n\":3}", "n:long\n2", "single-value function encountered multi-value"},
		{"36, s", `ROW a = "1.2.3" | EVAL x = TO_VER(a) < TO_VER("1.11.4"), y = TO_VER("5.2.9-SNAPSHOT") < TO_VER("5.2.9"), z = TO_VER("bad") > TO_VER("99.1") | KEEP x, y, z`, "", "x:boolean y:boolean z:boolean\ntrue true true", ""},
		{"37", `FROM x | WHERE t : "quick cat" AND NOT k : "A" | KEEP n`, "{\"n\":1,\"t\":\"The Quick fox\",\"k\":[\"a\",\"b\"]}\n{\"n\":2,\"t\":\"slow\",\"k\":\"a\"}\n{\"n\":3,\"t\":\"a cat\",\"k\":\"A\"}", "n:long\n1", ""},
		{"39", `FROM x | KEEP *2, k, * | LIMIT 1 | KEEP k2, k, n`, `{"k":"a","k2":"b","n":1}`, "k2:keyword k:keyword n:long\nb a 1", ""},
		{"40, z", `FROM x | SORT n DESC | KEEP n`, "{\"n\":1}\n{}\n{\"n\":3}", "n:long\nnull\n3\n1", ""},
		{"40", `FROM x | SORT n | KEEP n`, "{\"n\":[5,2]}\n{}\n{\"n\":3}", "n:long\n[2,5]\n3\nnull", ""},
		{"42", `FROM x METADATA _id, _index, _version, _source | EVAL s = JSON_EXTRACT(_source, "k") | KEEP _id, _index, _version, s`, `{"_id":"7","_index":"i","_version":3,"_source":{"k":"a"}}`, "_id:keyword _index:keyword _version:long s:keyword\n7 i 3 a", ""},
	} {
		r := query(t, c.query, c.events, options())
		if got := table(r); got != c.want {
			t.Errorf("%s: %s\ngives\n%s\nwant\n%s", c.of, c.query, got, c.want)
		}
		warned := slices.ContainsFunc(r.Warnings, func(w string) bool { return c.warns != "" && strings.Contains(w, c.warns) })
		if warned != (c.warns != "") || c.warns == "" && len(failures(r.Warnings)) > 0 {
			t.Errorf("%s: %s\nwarns %q, want %q", c.of, c.query, r.Warnings, c.warns)
		}
	}
}

// failures are the warnings but for that of the implicit limit.
func failures(warnings []string) []string {
	return slices.DeleteFunc(slices.Clone(warnings), func(w string) bool { return strings.HasPrefix(w, "No limit") })
}

// What Elasticsearch refuses before it runs: languages.md 3.5, 37 to 39 and 43. The near misses are in the rows above.
func TestSemanticsRefused(t *testing.T) {
	for query, want := range map[string]string{
		`FROM x | EVAL a = CASE(b, nope, 1)`:               "Unknown column [nope]",
		`FROM x | STATS c = COUNT(*) BY k | WHERE k : "a"`: "[:] operator cannot be used after STATS",
		`FROM x | LIMIT 5 | WHERE MATCH(k, "a")`:           "[MATCH] function cannot be used after LIMIT",
		`FROM x | EVAL a = KQL("k:a")`:                     "[KQL] function is only supported in WHERE and STATS commands",
		`FROM x | KEEP zz*`:                                "No matches found for pattern [zz*]",
		`FROM x | WHERE k == 1`:                            "first argument of [k == 1] is [keyword] so second argument must also be [keyword] but was [integer]",
		`FROM x | STATS c = COUNT(*) | KEEP _id`:           "Unknown column [_id]",
		`FROM x | WHERE k RLIKE "(a"`:                      "Invalid regex pattern",
	} {
		q, problem := esql.Parse(query)
		if problem != nil {
			t.Fatal(problem)
		}
		_, problems := q.Check(options())
		if len(problems) == 0 || !strings.HasPrefix(problems[0].Message, want) {
			t.Errorf("%s: %v, want %q", query, problems, want)
		}
	}
}
