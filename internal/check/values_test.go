package check_test

import (
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/check"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
)

func TestValueChecks(t *testing.T) { expectAll(t, valueTable()) }

func valueTable() []expectation {
	long, longer := repeat("a", 1024), repeat("a", 1025)
	return []expectation{
		{"value-never-held", `kuery: process.pid: («0.5» or 1) and process.name: «` + longer + `»`},
		{"value-never-held", `kuery: process.pid: 1.0 and process.name: ` + long + ` and event.risk_score: 0.5`},
		{"value-never-held", `lucene: process.pid:«0.5»`},
		{"value-never-held", `lucene: process.pid:[0.5 TO 2]`},
		{"value-never-held", `eql: process where process.name == «"` + longer + `"»`},
		{"value-never-held", `eql: process where process.name : "` + longer + `*"`},
		{"value-never-held", from + `| WHERE process.pid == «0.5»`},
		{"value-never-held", from + `| WHERE process.pid > 0.5`},
		{"operator-in-value", `eql: process where user_agent.original like "chrome/«user_agent.original like~» 87*"`},
		{"operator-in-value", `eql: process where user_agent.original like "*process.nothing == 87*" or process.args : "a == b"`},
		{"phrase-on-text", `kuery: acme.script: «"Invoke Web"»`},
		{"phrase-on-text", `kuery: acme.script: Invoke or acme.name: "a b"`},
		{"phrase-on-text", `lucene: acme.script:«"Invoke Web"»`},
		{"too-many-alternatives", `kuery: «` + strings.TrimSuffix(repeat("process.name: a or ", 1025), " or ") + `»`},
		{"too-many-alternatives", `kuery: ` + strings.TrimSuffix(repeat("process.name: a or ", 1024), " or ")},
		{"lucene-accidental-range", `lucene: process.args:«<script>»`},
		{"lucene-accidental-range", `lucene: process.args:"<script>" OR process.pid:>5 OR process.args:{a TO b}`},
	}
}

func TestStreamChecks(t *testing.T) {
	newBench(t).with(t, check.ByPackages, mixedCatalog, shopCatalog).expectAll(t, streamTable())
}

const mixedCatalog = `# package mixed 2.0.0
# stream a logs-mixed.a-*
# stream b logs-mixed.b-*
mixed.code	keyword		a
mixed.code	long		b
mixed.name	keyword		a
mixed.name	wildcard		b
`

func streamTable() []expectation {
	return []expectation{
		{"field-of-many-types", `kuery: «mixed.code»: 5 and mixed.name: a`},
		{"field-of-many-types", `kuery: data_stream.dataset: mixed.a and mixed.code: 5`},
		{"field-of-many-types", `esql: FROM logs-* METADATA _id | WHERE «mixed.code» == "5"`},
		{"field-in-some-data-streams", `kuery: «mixed.name»: a and process.name: b`},
		{"field-in-some-data-streams", `kuery: data_stream.dataset: mixed.a and mixed.name: a`},
	}
}

func TestEndpointKeys(t *testing.T) {
	newBench(t).with(t, check.ByPackages, endpointCatalog).expectAll(t, keyTable())
}

func keyTable() []expectation {
	return []expectation{
		{"join-key-not-in-step", `eql: sequence by «process.command_line» [process where true] [file where true]`},
		{"join-key-not-in-step", `eql: sequence by process.name [process where true] [file where true]`},
		{"join-key-not-in-step", `eql: sequence [process where true] by process.command_line [file where true] by file.path`},
	}
}

func TestESQLAggregateChecks(t *testing.T) { expectAll(t, aggregateTable()) }

func aggregateTable() []expectation {
	const count = "esql: FROM logs-* | STATS n = COUNT(*) BY host.id "
	return []expectation{
		{"esql-approximate-count", `esql: FROM logs-* | STATS n = COUNT_DISTINCT(user.id) BY host.id | WHERE «n > 3000»`},
		{"esql-approximate-count", `esql: FROM logs-* | STATS n = COUNT_DISTINCT(user.id), m = COUNT_DISTINCT(user.id, 40000), c = COUNT(*) BY host.id | WHERE n > 2999 AND m > 5000 AND c > 5000`},
		{"esql-count-of-condition", `esql: FROM logs-* | STATS n = «COUNT(event.outcome == "failure")», m = «COUNT(user.name IN ("a"))» BY host.id`},
		{"esql-count-of-condition", `esql: FROM logs-* | STATS n = COUNT(*) WHERE event.outcome == "failure", m = COUNT(user.name), o = COUNT(a + 1) BY host.id`},
		{"esql-group-of-missing", `esql: FROM logs-* | STATS n = COUNT(*) BY «user.name»`},
		{"esql-group-of-missing", `esql: FROM logs-* | WHERE user.name IS NOT NULL AND host.id == "a" | STATS n = COUNT(*) BY user.name, host.id`},
		{"esql-aggregate-overlap", "esql: FROM logs-* | «STATS» n = COUNT(*) BY host.id\n---\nfrom = \"now-60m\""},
		{"esql-aggregate-overlap", count + "\n---\nfrom = \"now-5m\""},
		{"esql-aggregate-overlap", count + "\n---\nfrom = \"now-60m\"\nalert_suppression = { group_by = [\"host.id\"], missing_fields_strategy = \"suppress\" }"},
		{"esql-bucket-over-lookback", `esql: FROM logs-* | EVAL Esql.t = DATE_TRUNC(«1 hour», @timestamp)`},
		{"esql-bucket-over-lookback", `esql: FROM logs-* | STATS n = COUNT(*) BY b = BUCKET(@timestamp, «10 minutes»)`},
		{"esql-bucket-over-lookback", `esql: FROM logs-* | EVAL Esql.t = DATE_TRUNC(6 minutes, @timestamp), Esql.b = BUCKET(process.pid, 60)`},
		{"esql-unbounded-values", `esql: FROM logs-* | STATS v = «VALUES(process.command_line)» BY host.id`},
		{"esql-unbounded-values", `esql: FROM logs-* | STATS v = TOP(process.command_line, 5, "asc") BY host.id`},
		{"esql-limit-over-max-signals", from + `| LIMIT «101»`},
		{"esql-limit-over-max-signals", from + `| LIMIT 100`},
		{"esql-limit-over-max-signals", from + "| LIMIT 500\n---\nmax_signals = 500"},
		{"esql-sort-without-limit", from + `| «SORT» @timestamp`},
		{"esql-sort-without-limit", from + `| SORT @timestamp | LIMIT 5`},
		{"esql-order-of-values", from + `| EVAL Esql.a = «MV_FIRST(process.args)», Esql.b = MV_FIRST(process.name)`},
	}
}

func TestESQLExtractChecks(t *testing.T) { expectAll(t, extractTable()) }

func extractTable() []expectation {
	const grok = `| GROK process.command_line "%{WORD:Esql.tool} %{GREEDYDATA:Esql.rest}" `
	const enrich = `| ENRICH teams ON user.name WITH team `
	return []expectation{
		{"esql-grok-bracket", from + `| GROK process.command_line "«[»%{WORD:Esql.tool}] x"`},
		{"esql-grok-bracket", from + `| GROK process.command_line "\\[%{WORD:Esql.tool}\\] [a-z]%{WORD:Esql.b}"`},
		{"esql-extracted-without-null-check", from + grok + `| STATS n = COUNT(*) BY «Esql.tool»`},
		{"esql-extracted-without-null-check", from + grok + `| WHERE Esql.tool IS NOT NULL | STATS n = COUNT(*) BY Esql.tool, host.id`},
		{"esql-joined-without-null-check", from + enrich + `| STATS n = COUNT(*) BY «team»`},
		{"esql-joined-without-null-check", from + enrich + `| WHERE team == "a" | STATS n = COUNT(*) BY team, host.id`},
		{"esql-match-on-keyword", from + `| WHERE MATCH(process.command_line, «"lsass dump"») OR MATCH(acme.name, «"lsass dump"») OR acme.level : «"a b"»`},
		{"esql-match-on-keyword", from + `| WHERE MATCH(acme.script, "lsass dump") OR acme.name : "a"`},
		{"esql-null-in-subquery", from + `| WHERE «user.name NOT IN (FROM admins | KEEP user.name)»`},
		{"esql-null-in-subquery", from + `| WHERE user.name NOT IN (FROM admins | WHERE user.name IS NOT NULL | KEEP user.name) OR user.id IN (FROM admins | KEEP user.id)`},
		{"esql-inference-endpoint", from + `| «COMPLETION» Esql.answer = CONCAT("a", user.name) WITH { "inference_id": "x" }`},
		{"esql-inference-endpoint", from + `| EVAL Esql.answer = CONCAT("a", user.name)`},
	}
}

func TestGroupingChecks(t *testing.T) { expectAll(t, groupingTable()) }

func groupingTable() []expectation {
	suppress := func(field string) string {
		return "\n---\nalert_suppression = { group_by = [" + field + "], missing_fields_strategy = \"suppress\" }"
	}
	return []expectation{
		{"grouping-by-array", threshold(`field = [«"host.ip"», "user.name"]`, ``)},
		{"grouping-by-array", threshold(`field = ["host.id", "user.name"]`, ``)},
		{"grouping-by-unique-field", "new_terms: process.name: x\n---\nnew_terms_fields = [«\"event.id\"», \"user.name\"]\nhistory_window_start = \"now-5d\""},
		{"grouping-by-unique-field", "new_terms: process.name: x\n---\nnew_terms_fields = [\"user.id\", \"user.name\"]\nhistory_window_start = \"now-5d\""},
		{"suppression-field-dropped", from + `| KEEP _id, user.*` + suppress(`"user.name", «"host.id"»`)},
		{"suppression-field-dropped", `esql: FROM logs-* | STATS n = COUNT(*) BY host.id, u = user.name` + suppress(`"host.id", «"user.name"», "u", "n"`)},
		{"suppression-field-dropped", from + `| EVAL Esql.a = 1` + suppress(`"host.id", "Esql.a"`)},
	}
}

// What depends on other rules is told of the later one.
func TestCollection(t *testing.T) {
	b := newBench(t)
	load := func(path, more string) *rule.Rule {
		text, _, _ := strings.Cut(ruleOf(with(more)), "«")
		r, list, err := rule.Load(source.NewFile(path, text), b.schemas)
		if err != nil || r == nil {
			t.Fatal(err, list)
		}
		return r
	}
	const timeline = "timeline_id = \"one\"\ntimeline_title = "
	rules := []*rule.Rule{
		load("a/x.toml", `tags = ["OS: Linux", "Other"]`+"\n"+timeline+`"A"`),
		load("b/x.toml", `tags = ["OS: Linux"]`+"\n"+timeline+`"A"`),
		load("b/y.toml", `tags = ["OS:linux", "Else"]`+"\n"+timeline+`"B"`),
	}
	for i, id := range []string{"1", "2", "2"} {
		rules[i].RuleID, rules[i].Name = id, "rule "+id
	}
	var got []string
	for _, d := range check.Collection(rules) {
		got = append(got, d.Name+" "+d.Subject.File.Name()+" "+placed(d))
	}
	want := []string{
		"duplicate-rule-id b/y.toml \"00000000-0000-4000-8000-000000000001\"", "duplicate-name b/y.toml \"A rule\"",
		"duplicate-file-name b/x.toml ", "tag-spelling b/y.toml \"OS:linux\"", "timeline-title b/y.toml \"B\"",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

// placed is the text of a finding's place, "" for a whole file.
func placed(d diag.Diagnostic) string {
	if !d.Subject.HasSpan() {
		return ""
	}
	return d.Subject.File.Text()[d.Subject.Span.Start:d.Subject.Span.End]
}
