package detect

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func parseRule(t testing.TB, text string) *rule.Rule {
	t.Helper()
	doc, problems := tomltext.Parse(source.NewFile("rule.toml", text))
	if doc == nil {
		t.Fatal(problems)
	}
	r, _ := rule.Decode(doc)
	return r
}

func queryRule(t testing.TB, extra string) *rule.Rule {
	return parseRule(t, "[rule]\ntype = \"query\"\nlanguage = \"kuery\"\nquery = 'a: x'\n"+extra)
}

func parse(t testing.TB, lines ...string) []*event.Document {
	t.Helper()
	docs, problems := event.Read(source.NewFile("events", strings.Join(lines, "\n")))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return docs
}

func compile(t testing.TB, r *rule.Rule, anyTime bool) *Detector {
	t.Helper()
	table, _ := field.FromMap(map[string]any{"a": "keyword"}, "test")
	d, problems := Compile(r, Environment{Schema: field.NewSchema(table), Now: now, AnyTime: anyTime})
	if d == nil {
		t.Fatal(problems)
	}
	return d
}

// kibana.md 2.1: time window, both ends included, with the override and its fallback.
func TestWindow(t *testing.T) {
	override := "timestamp_override = 'event.ingested'\n"
	for _, c := range []struct {
		name, rule, doc string
		want            bool
	}{
		{"at from", "from = 'now-9m'", `{"a":"x","@timestamp":"2026-11-22T11:51:00Z"}`, true}, {"before from", "from = 'now-9m'", `{"a":"x","@timestamp":"2026-11-22T11:50:59.999Z"}`, false},
		{"at to", "", `{"a":"x","@timestamp":"2026-11-22T12:00:00Z"}`, true}, {"after to", "", `{"a":"x","@timestamp":"2026-11-22T12:00:00.001Z"}`, false},
		{"default from is now-6m", "", `{"a":"x","@timestamp":"2026-11-22T11:54:00Z"}`, true}, {"before the default", "", `{"a":"x","@timestamp":"2026-11-22T11:53:59Z"}`, false},
		{"override decides", override, `{"a":"x","@timestamp":"2020-01-01","event.ingested":"2026-11-22T12:00:00Z"}`, true}, {"override out of range", override, `{"a":"x","@timestamp":"2026-11-22T12:00:00Z","event.ingested":"2020-01-01"}`, false},
		{"fallback", override, `{"a":"x","@timestamp":"2026-11-22T12:00:00Z"}`, true}, {"fallback out of range", override, `{"a":"x","@timestamp":"2020-01-01"}`, false},
		{"fallback disabled", override + "timestamp_override_fallback_disabled = true", `{"a":"x","@timestamp":"2026-11-22T12:00:00Z"}`, false},
		{"fallback disabled, override in range", override + "timestamp_override_fallback_disabled = true", `{"a":"x","@timestamp":"2020-01-01","event.ingested":"2026-11-22T12:00:00Z"}`, true},
		{"to is not rounded up", "from = 'now-2d/d'\nto = 'now-1d/d'", `{"a":"x","@timestamp":"2026-11-21T00:00:00Z"}`, true}, {"behind the rounded to", "from = 'now-2d/d'\nto = 'now-1d/d'", `{"a":"x","@timestamp":"2026-11-21T00:00:01Z"}`, false},
		{"no timestamp", "", `{"a":"x"}`, true},
	} {
		d := compile(t, queryRule(t, c.rule), false)
		doc := parse(t, c.doc)[0]
		if got := d.Matches(d.Bind(doc)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if e := d.Explain(doc); e.Matched != c.want || e.Phases[1].Passed != c.want {
			t.Errorf("%s: explained as %+v", c.name, e)
		}
		if anyTime := compile(t, queryRule(t, c.rule), true); !anyTime.Matches(anyTime.Bind(doc)) {
			t.Errorf("%s: without a clock it does not match", c.name)
		}
	}
}

func TestIndexPatterns(t *testing.T) {
	for _, c := range []struct {
		patterns, index string
		want            bool
	}{
		{"logs-a.*", "logs-a.x-default", true}, {"logs-a.*", "logs-b.x-default", false}, {"logs-a.*", "", true}, {"", "anything", true},
		{"logs-*,-logs-b*", "logs-b", false}, {"logs-*,-logs-b*", "logs-c", true}, {"logs-a,logs-b", "logs-b", true}, {"eu:logs-*", "logs-x", true},
		{"logs-a.x-default", ".ds-logs-a.x-default-2026.11.22-000001", true}, {"logs-a.x-default", ".ds-logs-a.x-default-2026.11.22", false}, {"logs-a.x-default", ".ds-short", false},
	} {
		var list []string
		if c.patterns != "" {
			list = []string{c.patterns}
		}
		if got := newIndexPatterns(list).hold(c.index); got != c.want {
			t.Errorf("%s on %s: %v, want %v", c.patterns, c.index, got, c.want)
		}
	}
}

// kibana.md 2.1: past max_signals the oldest events of a query rule survive.
func TestMaxSignalsKeepsTheOldest(t *testing.T) {
	d := compile(t, queryRule(t, "max_signals = 2"), true)
	result := d.Run(Input{Events: parse(t,
		`{"_id":"young","a":"x","@timestamp":"2026-11-22T12:00:00Z"}`, `{"_id":"other","a":"y","@timestamp":"2026-11-22T01:00:00Z"}`,
		`{"_id":"old","a":"x","@timestamp":"2026-11-22T10:00:00Z"}`, `{"_id":"middle","a":"x","@timestamp":"2026-11-22T11:00:00Z"}`)}, nil)
	var ids []string
	for _, alert := range result.Alerts {
		ids = append(ids, alert.Event.ID)
	}
	if got := fmt.Sprint(ids); got != "[old middle]" || len(result.Warnings) != 1 {
		t.Errorf("alerts %s, warnings %v", got, result.Warnings)
	}
	if result := d.Run(Input{Events: parse(t, `{"a":"x"}`)}, nil); len(result.Alerts) != 1 || len(result.Warnings) != 0 {
		t.Errorf("below the limit: %+v", result)
	}
}

func TestAlertFields(t *testing.T) {
	r := parseRule(t, "[rule]\ntype = \"query\"\nname = \"N\"\nseverity = \"high\"\nrisk_score = 73\nrule_id = \"id\"\nquery = 'a: x'\n")
	alert := compile(t, r, true).Run(Input{Events: parse(t, `{"a":["x","z"],"b":1}`)}, nil).Alerts[0]
	for path, want := range map[string]string{
		"a": "[x z]", "b": "[1]", "c": "[]", "kibana.alert.rule.name": "[N]", "kibana.alert.severity": "[high]", "kibana.alert.risk_score": "[73]", "kibana.alert.rule.rule_id": "[id]", "kibana.alert.rule.type": "[query]",
	} {
		if got := fmt.Sprint(alert.Get(path)); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestUndecided(t *testing.T) {
	for text, want := range map[string]string{
		"[rule]\ntype = \"esql\"\nquery = 'from x | sample 0.1'": "SAMPLE cannot be evaluated offline",
		"[rule]\ntype = \"esql\"\nquery = 'from x'":              "",
		"[rule]\ntype = \"eql\"\nquery = 'any where true'":       "",
		"[rule]\ntype = \"query\"\nquery = 'a:x'":                "",
		"[rule]\ntype = \"correlation\"\nquery = 'a:x'":          "there are no rules of type \"correlation\"",
	} {
		d := compile(t, parseRule(t, text), true)
		if got := d.Undecided; want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// A query's error stands at its line and column of the TOML file.
func TestCompilePlacesErrors(t *testing.T) {
	for text, want := range map[string]string{
		"[rule]\ntype = \"query\"\nquery = '''\na: x\n  or(b: y)\n'''":                              "rule.toml:5:3: error: `or` needs white space on both sides [kql-syntax]",
		"[rule]\ntype = \"query\"\nquery = \"a: \\\"x\\\" and a: \\\"y\"":                           "rule.toml:3:26: error: the quoted value that begins here is never closed [kql-syntax]",
		"[rule]\ntype = \"query\"\nquery = 'a: x'\nfrom = \"yesterday\"":                            "rule.toml:4:8: error: from: \"yesterday\" is not a date: use 2026-01-31, 2026-01-31T12:00:00Z, now-1h or epoch milliseconds [rule-window]",
		"[rule]\ntype = \"threat_match\"\nlanguage = \"kuery\"\nquery = 'a: x'\nthreat_query = '('": "rule.toml:5:18: error: the query ends where a field or a value is expected [kql-syntax]",
	} {
		_, problems := Compile(parseRule(t, text), Environment{Schema: field.NewSchema(), Now: now})
		if got := problems.Error(); got != want {
			t.Errorf("%q:\n got %s\nwant %s", text, got, want)
		}
	}
}

// Filters and Lucene queries take part in the verdict, in KQL, Lucene and EQL rules alike.
func TestFiltersAndLucene(t *testing.T) {
	negated := "[[rule.filters]]\n[rule.filters.meta]\nnegate = true\n[rule.filters.query.wildcard.a]\nvalue = \"X*\"\ncase_insensitive = true\n"
	disabled := "[[rule.filters]]\n[rule.filters.meta]\ndisabled = true\n[rule.filters.query.match_none]\n"
	for _, c := range []struct {
		name, rule, doc string
		want            bool
	}{
		{"a filter lets through", "[rule]\ntype = \"query\"\nquery = 'a: *'\n" + negated, `{"a":"y"}`, true}, {"and holds back", "[rule]\ntype = \"query\"\nquery = 'a: *'\n" + negated, `{"a":"xy"}`, false},
		{"a disabled filter", "[rule]\ntype = \"query\"\nquery = 'a: *'\n" + disabled, `{"a":"xy"}`, true}, {"a filter of an eql rule", "[rule]\ntype = \"eql\"\nquery = 'any where a != null'\n" + negated, `{"a":"xy"}`, false},
		{"which passes", "[rule]\ntype = \"eql\"\nquery = 'any where a != null'\n" + negated, `{"a":"y"}`, true}, {"lucene", "[rule]\ntype = \"query\"\nlanguage = \"lucene\"\nquery = 'a:/x[0-9]/ OR a:y'\n", `{"a":"x1"}`, true}, {"lucene that does not match", "[rule]\ntype = \"query\"\nlanguage = \"lucene\"\nquery = 'a:x AND a:y'\n", `{"a":"x"}`, false},
	} {
		d := compile(t, parseRule(t, c.rule), true)
		if got := len(d.Run(Input{Events: parse(t, c.doc)}, nil).Alerts) == 1; got != c.want || d.Undecided != "" {
			t.Errorf("%s: %v %s, want %v", c.name, got, d.Undecided, c.want)
		}
		if e := d.Explain(parse(t, c.doc)[0]); e.Matched != c.want {
			t.Errorf("%s: explained as %v", c.name, e.Matched)
		}
	}
	_, problems := Compile(parseRule(t, "[rule]\ntype = \"query\"\nquery = 'a:x'\n[[rule.filters]]\n[rule.filters.query.bool]\nmust = [{ span_near = {} }]\n"), Environment{Schema: field.NewSchema(), Now: now})
	if got := problems.Error(); got != "rule.toml:6:9: error: filter 0.query.bool.must.0.span_near: the query `span_near` is not supported [rule-filter]" && !strings.Contains(got, "`span_near` is not supported") {
		t.Errorf("got %s", got)
	}
}
