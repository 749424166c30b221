package check_test

import (
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/check"
	"github.com/tocsin-rules/tocsin/internal/detect"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
)

func TestESQLChecks(t *testing.T) { expectAll(t, esqlTable()) }

// from is the beginning of a query that gives events.
const from = "esql: FROM logs-* METADATA _id, _version, _index "

func esqlTable() []expectation {
	return []expectation{
		{"esql-equals-null", from + `| WHERE «user.name == null» OR «user.id != null»`},
		{"esql-equals-null", from + `| WHERE user.name IS NULL OR user.id == "null"`},
		{"esql-null-in-list", from + `| WHERE user.name NOT IN ("a", «null»)`},
		{"esql-null-in-list", from + `| WHERE user.name NOT IN ("a", "null")`},
		{"esql-case-mismatch", from + `| WHERE TO_LOWER(process.name) == «"Cmd.exe"» OR TO_UPPER(user.name) LIKE «"geor*"»`},
		{"esql-case-mismatch", from + `| WHERE TO_LOWER(process.name) == "cmd.exe" OR TO_LOWER(user.name) RLIKE "[A-Z]\\W.*" OR process.name == "Cmd.exe"`},
		{"esql-date-pattern", from + `| EVAL Esql.day = DATE_FORMAT(«"YYYY-MM-dd"», @timestamp), Esql.b = DATE_FORMAT(«"yyyy-mm-dd"», @timestamp)`},
		{"esql-date-pattern", from + `| EVAL Esql.day = DATE_FORMAT("yyyy-MM-dd HH:mm", @timestamp)`},
		{"esql-integer-division", `esql: FROM logs-* | STATS a = COUNT(*), b = COUNT_DISTINCT(user.id) BY host.id | EVAL r = «b / a»`},
		{"esql-integer-division", `esql: FROM logs-* | STATS a = COUNT(*), b = COUNT_DISTINCT(user.id) BY host.id | EVAL r = b * 1.0 / a`},
		{"esql-order-of-values", `esql: FROM logs-* | STATS a = «MV_FIRST(VALUES(user.name))» BY host.id`},
		{"esql-order-of-values", `esql: FROM logs-* | STATS a = MIN(user.name) BY host.id | EVAL b = MV_FIRST(SPLIT(host.id, "-"))`},
		{"esql-negation-drops-missing", from + `| WHERE «user.name != "root"» AND process.name == "a"`},
		{"esql-negation-drops-missing", from + `| WHERE user.name != "root" OR user.name IS NULL`},
		{"esql-scalar-on-array", from + `| WHERE «process.args == "-x"»`},
		{"esql-scalar-on-array", from + `| MV_EXPAND process.args | WHERE process.args == "-x" AND process.name == "a" AND tags IS NOT NULL`},
		{"esql-group-by-array", `esql: FROM logs-* | STATS n = COUNT(*) BY «host.ip»`},
		{"esql-group-by-array", `esql: FROM logs-* | STATS n = COUNT(*) BY host.id`},
		{"esql-metadata-missing", `esql: «FROM logs-*» | WHERE user.name == "a"`},
		{"esql-metadata-missing", from + `| «KEEP user.name»`},
		{"esql-metadata-missing", from + `| KEEP user.name, _id`},
		{"esql-metadata-missing", `esql: FROM logs-* | STATS n = COUNT(*) BY host.id`},
		{"esql-metadata-incomplete", `esql: FROM logs-* METADATA «_id, _index» | WHERE user.name == "a"`},
		{"esql-metadata-incomplete", from + `| WHERE user.name == "a"`},
		{"esql-metadata-incomplete", `esql: FROM logs-* METADATA _id | STATS n = COUNT(*) BY host.id`},
		{"esql-limit-before-filter", from + `| «LIMIT 100» | WHERE user.name == "a"`},
		{"esql-limit-before-filter", from + `| WHERE user.name == "a" | LIMIT 100`},
		{"esql-limit-before-filter", from + `| SORT @timestamp | LIMIT 100 | WHERE user.name == "a"`},
		{"esql-limit-too-high", from + `| LIMIT «10001»`},
		{"esql-limit-too-high", from + `| LIMIT 10000`},
		{"esql-stats-without-by", `esql: FROM logs-* | «STATS n = COUNT(*)» | WHERE n > 5`},
		{"esql-stats-without-by", `esql: FROM logs-* | STATS n = COUNT(*), u = VALUES(user.name) | WHERE n > 5`},
		{"esql-own-time-range", from + `| WHERE «@timestamp > NOW() - 10 minutes»`},
		{"esql-own-time-range", from + `| WHERE event.ingested > NOW() - 10 minutes`},
		{"esql-column-prefix", from + `| EVAL «total» = 1`},
		{"esql-column-prefix", from + `| EVAL Esql.total = 1`},
		{"esql-shadowed-field", from + `| EVAL «process.name» = "a"`},
		{"esql-shadowed-field", from + `| EVAL Esql.name = "a"`},
		// What the languages share.
		{"regexp-operator", from + `| WHERE process.command_line RLIKE """.*0>«&»1.*""" OR process.name RLIKE "~a"`},
		{"regexp-empty-alternative", from + `| WHERE process.name RLIKE "(oauth.*|«|».*login.*)"`},
		{"regexp-leading-quantifier", from + `| WHERE process.command_line RLIKE "«*»sh.{1,2}-c.*"`},
		{"regexp-anchor", from + `| WHERE dns.question.name RLIKE "«^»(a|b)\\.com"`},
		{"regexp-bare-alternatives", from + `| WHERE user_agent.original RLIKE «"(.*)365|SharePoint|Office(.*)"»`},
		{"sql-wildcard", from + `| WHERE process.parent.executable LIKE «"%/document/orchestration/%/x"»`},
		{"equality-wildcard", from + `| WHERE process.name == «"python*"»`},
		{"duplicate-value", from + `| WHERE process.name IN ("a", "b", «"a"»)`},
		{"never-holds", from + `| WHERE process.name == "a" AND «process.name == "b"»`},
		{"never-holds", from + `| WHERE process.name == "a" AND user.name == "c" | EVAL Esql.a = 1 | WHERE «process.name == "b"» AND user.name == "c"`},
		{"never-holds", from + `| WHERE process.name == "a" | EVAL process.name = "b" | WHERE process.name == "b"`},
		{"always-holds", from + `| WHERE process.name != "a" OR «process.name != "b"»`},
		{"unknown-field", from + `| WHERE «proces.name» == "a"`},
		{"unknown-field", from + `| EVAL proces.name = "a" | WHERE proces.name == "a"`},
	}
}

// A rule on one release must not use what a later one brought.
func TestStackSupport(t *testing.T) {
	b := newBench(t)
	suppressed := "---\n[rule.alert_suppression]\ngroup_by = [\"host.id\"]\nmissing_fields_strategy = \"suppress\""
	for _, c := range []struct{ stack, rule, want, at string }{
		{"8.17", "eql: sequence by host.id [process where true] [network where true]\n" + suppressed, "alert suppression of sequences came with 8.18 and 9.0", `[rule.alert_suppression]`},
		{"8.18", "eql: sequence by host.id [process where true] [network where true]\n" + suppressed, "", ""},
		{"8.13", "eql: process where true\n" + suppressed, "alert suppression of eql rules came with 8.14", `[rule.alert_suppression]`},
		{"8.19", `esql: FROM a | FORK (WHERE x == 1) (WHERE x == 2) | STATS n = COUNT(*) BY y`, "", ""},
		{"9.0", `esql: FROM a | FORK (WHERE x == 1) (WHERE x == 2) | STATS n = COUNT(*) BY y`, "FORK came with 8.19 and 9.1", `FORK`},
		{"9.1", `esql: FROM a | FORK (WHERE x == 1) (WHERE x == 2) | STATS n = COUNT(*) BY y`, "", ""},
		{"8.18", `esql: FROM a | FORK (WHERE x == 1) (WHERE x == 2) | STATS n = COUNT(*) BY y`, "FORK came with 8.19 and 9.1", `FORK`},
		{"9.0", `esql: FROM a | LOOKUP JOIN l ON x | STATS n = COUNT(*) BY y`, "", ""},
		{"8.17", `esql: FROM a | LOOKUP JOIN l ON x | STATS n = COUNT(*) BY y`, "LOOKUP JOIN came with 8.18 and 9.0", `LOOKUP JOIN`},
		{"8.14", `esql: FROM a | EVAL z = x::long | STATS n = COUNT(*) BY y`, "the cast :: came with 8.15", `x::long`},
		{"8.15", `esql: FROM a | EVAL z = x::long | STATS n = COUNT(*) BY y`, "", ""},
		{"8.15", `esql: FROM a | STATS n = COUNT(*) WHERE x == 1 BY y`, "WHERE behind an aggregate came with 8.16", `x == 1`},
		{"8.16", `esql: FROM a | STATS n = COUNT(*) WHERE x == 1 BY y`, "", ""},
		{"8.16", `esql: FROM a | WHERE message:"x" | STATS n = COUNT(*) BY y`, "the operator : came with 8.17", `message:"x"`},
		{"8.17", `esql: FROM a | WHERE message:"x" | STATS n = COUNT(*) BY y`, "", ""},
		{"8.18", `esql: FROM a | WHERE x LIKE ("a*", "b*") | STATS n = COUNT(*) BY y`, "a list of patterns came with 8.19 and 9.1", `x LIKE ("a*", "b*")`},
		{"8.18", `esql: FROM a | WHERE x LIKE "a*" | STATS n = COUNT(*) BY y`, "", ""},
		{"8.17", `esql: FROM a METADATA _score | STATS n = COUNT(*) BY y`, "METADATA _score came with 8.18 and 9.0", `_score`},
		{"8.17", `esql: FROM a METADATA _id | STATS n = COUNT(*) BY y`, "", ""},
		{"8.12", `esql: FROM a | EVAL z = TO_LOWER(x) | STATS n = COUNT(*) BY y`, "TO_LOWER came with 8.13", `TO_LOWER`},
		{"9.3", `esql: FROM a | STATS n = EARLIEST(x) BY y`, "EARLIEST came with 9.4", `EARLIEST`},
		{"9.1", `esql: FROM a | WHERE MV_CONTAINS(x, "a") | STATS n = COUNT(*) BY y`, "MV_CONTAINS came with 9.2", `MV_CONTAINS`},
		{"9.2", `esql: FROM a | WHERE MV_CONTAINS(x, "a") | STATS n = COUNT(*) BY y`, "", ""},
		{"", `esql: FROM a | WHERE MV_CONTAINS(x, "a") | STATS n = COUNT(*) BY y`, "", ""},
		{"8.1", "kuery: process.name: x\n---\nsetup = \"s\"", "setup came with 8.3", `"s"`},
	} {
		text := ruleOf(c.rule)
		r, _, err := rule.Load(source.NewFile("a.toml", text), b.schemas)
		if err != nil || r == nil {
			t.Fatal(err)
		}
		var got []string
		env := detect.Environment{Schema: b.fields, Project: detect.Project{Stack: c.stack}}
		for _, d := range suiteOf(t, check.Config{}, "stack-support").Rule(check.Subject{Rule: r, Environment: env}) {
			if d.Name == "stack-support" {
				got = append(got, d.Message)
				if at := placed(d); at != c.at {
					t.Errorf("%s: %s: at %q, want %q", c.stack, d.Message, at, c.at)
				}
			}
		}
		if c.want == "" && got != nil || c.want != "" && (len(got) != 1 || !strings.HasSuffix(got[0], c.want)) {
			t.Errorf("%s: %s\ngot %q, want %q", c.stack, c.rule, got, c.want)
		}
	}
}

// A rule's own minimum lifts the release that it has to run on.
func TestStackSupportFromMinimum(t *testing.T) {
	b := newBench(t)
	text := strings.Replace(ruleOf(`esql: FROM a | WHERE MV_CONTAINS(x, "a") | STATS n = COUNT(*) BY y`), "\n\n[rule]", "\nmin_stack_version = \"9.2.0\"\n\n[rule]", 1)
	r, _, _ := rule.Load(source.NewFile("a.toml", text), b.schemas)
	env := detect.Environment{Schema: b.fields, Project: detect.Project{Stack: "8.19"}}
	for _, d := range check.Default().Rule(check.Subject{Rule: r, Environment: env}) {
		if d.Name == "stack-support" {
			t.Errorf("reported: %s", d.Message)
		}
	}
}
