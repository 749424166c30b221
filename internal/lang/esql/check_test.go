package esql

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/function"
)

func checkSchema() *field.Schema {
	return field.NewSchema(field.NewTable(
		field.Mapping{Name: "name", Type: field.Keyword}, field.Mapping{Name: "names", Type: field.Keyword}, field.Mapping{Name: "n", Type: field.Long}, field.Mapping{Name: "text", Type: field.Text},
		field.Mapping{Name: "ip", Type: field.IP}, field.Mapping{Name: "@timestamp", Type: field.Date}, field.Mapping{Name: "ok", Type: field.Boolean}, field.Mapping{Name: "flat", Type: field.Flattened}, field.Mapping{Name: "geo", Type: field.GeoPoint},
		field.Mapping{Name: "u", Type: field.UnsignedLong},
	))
}

// Every complaint in Elasticsearch's words, at its place; beside each what is accepted.
func TestComplaints(t *testing.T) {
	for _, c := range []struct{ query, message, at, near string }{
		{"FROM x | WHERE nme == \"a\"", "Unknown column [nme], did you mean [name]?", "nme", "FROM x | WHERE name == \"a\""},
		{"FROM x | KEEP zzz", "Unknown column [zzz]", "zzz", "FROM x | KEEP n"},
		{"FROM x | KEEP zzz*", "No matches found for pattern [zzz*]", "zzz*", "FROM x | KEEP na*"},
		{"FROM x | KEEP n | WHERE name == \"a\"", "Unknown column [name]", "name", "FROM x | WHERE name == \"a\" | KEEP n"},
		{"FROM x | DROP n | EVAL a = n", "Unknown column [n]", "n", "FROM x | EVAL a = n | DROP n"},
		{"FROM x | STATS c = COUNT(*) | WHERE n > 1", "Unknown column [n]", "n", "FROM x | STATS c = COUNT(*) BY n | WHERE n > 1"},
		{"FROM x | RENAME n AS m | EVAL n", "Unknown column [n], did you mean any of [m, u]?", "n", "FROM x | RENAME n AS m | EVAL m"},
		{"FROM x | WHERE n", "Condition expression needs to be boolean, found [LONG]", "n", "FROM x | WHERE ok"},
		{"FROM x | WHERE @timestamp", "Condition expression needs to be boolean, found [DATETIME]", "@timestamp", "FROM x | WHERE null"},
		{"FROM x | WHERE name == 1", "first argument of [name == 1] is [keyword] so second argument must also be [keyword] but was [integer]", "name == 1", "FROM x | WHERE name == \"1\""},
		{"FROM x | WHERE n > \"a\"", "first argument of [n > \"a\"] is [numeric] so second argument must also be [numeric] but was [keyword]", "n > \"a\"", "FROM x | WHERE n > 1.5"},
		{"FROM x | WHERE ip == \"a\"", "Cannot convert string [a] to [IP]", "\"a\"", "FROM x | WHERE ip == \"10.0.0.1\""},
		{"FROM x | WHERE @timestamp > \"soon\"", "Cannot convert string [soon] to [DATETIME]", "\"soon\"", "FROM x | WHERE @timestamp > \"2026-01-01\""},
		{"FROM x | WHERE u == 1", "first argument of [u == 1] is [unsigned_long] and second is [integer]. [unsigned_long] can only be operated on together with another [unsigned_long]", "u == 1", "FROM x | WHERE u == 18446744073709551615"},
		{"FROM x | WHERE ok > true", "first argument of [ok > true] must be [date_nanos, datetime, double, integer, ip, keyword, long, text, unsigned_long or version], found value [ok] type [boolean]", "ok", "FROM x | WHERE ok == true"},
		{"FROM x | WHERE n AND ok", "first argument of [n AND ok] must be [boolean], found value [n] type [long]", "n", "FROM x | WHERE ok AND ok"},
		{"FROM x | WHERE NOT n", "argument of [NOT n] must be [boolean], found value [n] type [long]", "n", "FROM x | WHERE NOT ok"},
		{"FROM x | WHERE n LIKE \"a\"", "argument of [n LIKE \"a\"] must be [string], found value [n] type [long]", "n", "FROM x | WHERE text LIKE \"a\""},
		{"FROM x | WHERE name RLIKE \"(\"", "Invalid regex pattern for RLIKE", "\"(\"", "FROM x | WHERE name RLIKE \"()\""},
		{"FROM x | WHERE n IN (1, \"a\")", "3rd argument of [n IN (1, \"a\")] must be [long], found value [\"a\"] type [keyword]", "\"a\"", "FROM x | WHERE n IN (1, 2.5)"},
		{"FROM x | EVAL a = name + 1", "first argument of [name + 1] must be [date_nanos, datetime or numeric], found value [name] type [keyword]", "name", "FROM x | EVAL a = n + 1"},
		{"FROM x | EVAL a = @timestamp + 1", "[+] has arguments with incompatible types [datetime] and [integer]", "@timestamp + 1", "FROM x | EVAL a = @timestamp + 1 day"},
		{"FROM x | EVAL a = 1 day - @timestamp", "[-] has arguments with incompatible types [date_period] and [datetime]", "1 day - @timestamp", "FROM x | EVAL a = 1 day + @timestamp"},
		{"FROM x | EVAL a = n * name", "second argument of [n * name] must be [numeric], found value [name] type [keyword]", "name", "FROM x | EVAL a = n * n"},
		{"FROM x | EVAL a = lenght(name)", "Unknown function [lenght], did you mean [length]?", "lenght", "FROM x | EVAL a = length(name)"},
		{"FROM x | EVAL a = LENGTH(n)", "argument of [LENGTH(n)] must be [string], found value [n] type [long]", "n", "FROM x | EVAL a = LENGTH(text)"},
		{"FROM x | EVAL a = LENGTH()", "error building [length]: expects exactly one argument", "LENGTH()", "FROM x | EVAL a = LENGTH(name)"},
		{"FROM x | EVAL a = COUNT(*)", "aggregate function [COUNT(*)] not allowed outside STATS command", "COUNT(*)", "FROM x | STATS a = COUNT(*)"},
		{"FROM x | STATS SUM(COUNT(*))", "nested aggregations [COUNT(*)] not allowed inside other aggregations [SUM(COUNT(*))]", "COUNT(*)", "FROM x | STATS SUM(n)"},
		{"FROM x | STATS a = n BY name", "column [n] must appear in the STATS BY clause or be used in an aggregate function", "n", "FROM x | STATS a = n BY n"},
		{"FROM x | SORT geo", "cannot sort on geo_point", "geo", "FROM x | SORT n"},
		{"FROM x | LIMIT -1", "Invalid value for LIMIT [-1], expecting a non negative integer", "-1", "FROM x | LIMIT 0"},
		{"FROM x | EVAL a = flat", "Cannot use field [flat] with unsupported type [flattened]", "flat", "FROM x | KEEP flat"},
		{"FROM x | GROK n \"%{WORD:a}\"", "Grok only supports KEYWORD or TEXT values, found expression [n] type [LONG]", "n", "FROM x | GROK name \"%{WORD:a}\""},
		{"FROM x | GROK name \"%{NOPE:a}\"", "Invalid pattern [%{NOPE:a}] for grok", "\"%{NOPE:a}\"", "FROM x | GROK name \"%{WORD:a}\""},
		{"FROM x | DISSECT name \"a\"", "Invalid pattern for dissect: [a]", "\"a\"", "FROM x | DISSECT name \"%{a}\""},
		{"FROM x METADATA _ids", "unresolved metadata fields: [?_ids]", "_ids", "FROM x METADATA _id"},
		{"FROM x | EVAL a = ?x", "Unknown query parameter [x]", "?x", "FROM x | EVAL a = 1"},
		{"FROM x | RENAME n* AS m", "Using wildcards [*] in RENAME is not allowed [n* AS m]", "n* AS m", "FROM x | RENAME n AS m"},
		{"FROM x | FORK (WHERE ok)", "Fork supports between 2 and 8 branches, got: 1", "FORK (WHERE ok)", "FROM x | FORK (WHERE ok) (WHERE NOT ok)"},
		{"FROM x | WHERE n IN (FROM y)", "IN subquery must return exactly one column, found 10", "n IN (FROM y)", "FROM x | WHERE n IN (FROM y | KEEP n)"},
		{"FROM x | WHERE n IN (FROM y | KEEP name)", "2nd argument of [n IN (FROM y | KEEP name)] must be [long], found value [name] type [keyword]", "n IN (FROM y | KEEP name)", "FROM x | WHERE name NOT IN (FROM y | KEEP name)"},
		{"FROM x | WHERE n IN (FROM y | KEEP nme)", "Unknown column [nme], did you mean [name]?", "nme", "FROM x | WHERE n IN (FROM y | STATS m = MAX(n))"},
		{"FROM x | EVAL a = n::nope", "Unknown data type named [nope]", "nope", "FROM x | EVAL a = n"},
	} {
		o := Options{Schema: checkSchema(), Functions: function.NewRegistry(function.All()), Builder: &filter.Builder{Layout: filter.NewLayout()}}
		q, problem := Parse(c.query)
		if problem != nil {
			t.Errorf("%s: %s", c.query, problem.Message)
			continue
		}
		plan, problems := q.Check(o)
		if plan != nil || len(problems) == 0 {
			t.Errorf("%s is accepted", c.query)
			continue
		}
		if got := c.query[problems[0].Span.Start:problems[0].Span.End]; !strings.HasPrefix(problems[0].Message, c.message) || got != c.at {
			t.Errorf("%s:\n%q at %q, want\n%q at %q", c.query, problems[0].Message, got, c.message, c.at)
		}
		q, problem = Parse(c.near)
		if problem != nil {
			t.Errorf("%s: %s", c.near, problem.Message)
			continue
		}
		if plan, problems := q.Check(o); plan == nil {
			t.Errorf("%s: %s", c.near, problems[0].Message)
		}
	}
}

// What a cluster alone can know is undecided, and says what; the rest of the query is still checked.
func TestUndecided(t *testing.T) {
	for query, want := range map[string]string{
		"FROM x | SAMPLE 0.1":         "SAMPLE cannot be evaluated offline",
		"FROM x | ENRICH p":           "ENRICH p cannot be evaluated offline: its rows are not given, neither by lookup.p of a fixture nor by --lookup p=FILE",
		"FROM x | LOOKUP JOIN h ON n": "LOOKUP JOIN h cannot be evaluated offline: its rows are not given, neither by lookup.h of a fixture nor by --lookup h=FILE",
		`FROM x | COMPLETION c = name WITH {"inference_id": "m"} | WHERE c == "x"`: "COMPLETION cannot be evaluated offline: supplied.c of a fixture does not give its column",
		"TS x": "TS cannot be evaluated offline", "SHOW INFO": "SHOW cannot be evaluated offline",
		`FROM x | USER_AGENT ua = name | KEEP ua.name`: "USER_AGENT cannot be evaluated offline: supplied.ua of a fixture does not give its column",
		"FROM x | LIMIT 1": "",
	} {
		q, problem := Parse(query)
		if problem != nil {
			t.Fatal(problem)
		}
		plan, problems := q.Check(Options{Schema: checkSchema(), Functions: function.NewRegistry(function.All())})
		if plan == nil {
			t.Errorf("%s: %s", query, problems[0].Message)
		} else if plan.Undecided != want {
			t.Errorf("%s: %q, want %q", query, plan.Undecided, want)
		}
	}
}

// A field of an integration that no catalog has is taken to be there without values; what the query computes is not.
func TestAssumeMapped(t *testing.T) {
	for query, ok := range map[string]bool{
		"FROM x | WHERE okta.actor.id == \"a\" AND LENGTH(okta.outcome) > 1 | KEEP okta.*, n": true,
		"FROM x | STATS c = COUNT(*) BY okta.actor.id | WHERE okta.actor.id == 1":             true,
		"FROM x | STATS c = COUNT(*) BY n | WHERE okta.actor.id == 1":                         false,
		"FROM x | KEEP n | WHERE okta.actor.id == 1":                                          false,
		"FROM x | DROP n | WHERE n == 1":                                                      false,
		`SET unmapped_fields = "fail"; FROM x | WHERE okta.actor.id == "a"`:                   false,
	} {
		q, problem := Parse(query)
		if problem != nil {
			t.Fatal(problem)
		}
		plan, problems := q.Check(Options{Schema: checkSchema(), Functions: function.NewRegistry(function.All()), AssumeMapped: true})
		if (plan != nil) != ok {
			t.Errorf("%s: accepted: %v, %v", query, plan != nil, problems)
		}
	}
}

func TestTimeZones(t *testing.T) {
	for text, want := range map[string]string{
		"Z": "0", "UTC": "0", "GMT": "0", "UT": "0", "+05:30": "19800", "-08": "-28800", "+5": "18000", "UTC+01:00": "3600", "GMT-3": "-10800", "+0130": "5400",
		"Europe/Berlin": "3600", "": "error", "Local": "error", "Mars/Base": "error", "UTC+": "error", "+123456789": "error", "+ab": "error",
	} {
		zone, err := readZone(text)
		got := "error"
		if err == nil {
			_, offset := time.Date(2026, 1, 1, 0, 0, 0, 0, zone).Zone()
			got = strconv.Itoa(offset)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
