package check_test

import (
	"os"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/check"
)

func repeat(s string, n int) string { return strings.Repeat(s, n) }

// with is a rule of type query with more keys.
func with(more string) string { return "kuery: process.name: x\n---\n" + more }

func TestRuleChecks(t *testing.T) { expectAll(t, ruleTable()) }

func ruleTable() []expectation {
	return []expectation{
		{"lookback-form", with(`from = «"now-1h-5m"»`)},
		{"lookback-form", with(`from = "now-65m"`)},
		{"lookback-gap", with(`interval = «"10m"»`)},
		{"lookback-gap", with("interval = \"10m\"\nfrom = \"now-11m\"")},
		{"history-window", "new_terms: process.name: x\n---\nnew_terms_fields = [\"user.name\"]\nhistory_window_start = «\"now-5m\"»"},
		{"history-window", "new_terms: process.name: x\n---\nnew_terms_fields = [\"user.name\"]\nhistory_window_start = \"now-5d\""},
		{"lookback-without-overlap", with(`from = «"now-5m"»`)},
		{"lookback-without-overlap", with(`from = "now-6m"`)},
		{"threshold-cardinality-field", threshold(`field = ["user.name"]`, `cardinality = [{ field = «"user.name"», value = 2 }]`)},
		{"threshold-cardinality-field", threshold(`field = ["user.name"]`, `cardinality = [{ field = "host.id", value = 2 }]`)},
		{"threshold-cardinality-ignored", threshold(`field = []`, `cardinality = [{ field = "user.name", value = 2 }, «{ field = "host.id", value = 2 }»]`)},
		{"threshold-cardinality-ignored", threshold(`field = []`, `cardinality = [{ field = "user.name", value = 2 }]`)},
		{"risk-score-mapping-ignored", with(`risk_score_mapping = [{ field = "event.risk_score", operator = "equals", value = «"9"» }, «{ field = "a", operator = "equals", value = "" }»]`)},
		{"risk-score-mapping-ignored", with(`risk_score_mapping = [{ field = "event.risk_score", operator = "equals", value = "" }]`)},
		{"override-on-sequence", "eql: sequence by host.id [process where true] [network where true]\n---\nrule_name_override = «\"process.name\"»"},
		{"override-on-sequence", "eql: process where true\n---\nrule_name_override = \"process.name\""},
		{"attack-unknown-id", threat(`«"TA9999"»`, `"Execution"`)},
		{"attack-unknown-id", threat(`"TA0002"`, `"Execution"`)},
		{"attack-revoked", threat(`"TA0010"`, `"Exfiltration"`, "[[rule.threat.technique]]", `id = «"T1002"»`)},
		{"attack-revoked", threat(`"TA0009"`, `"Collection"`, "[[rule.threat.technique]]", `id = "T1560"`)},
		{"attack-name", threat(`"TA0002"`, `«"Evasion"»`)},
		{"attack-name", threat(`"TA0002"`, `"Execution"`)},
		{"attack-reference", threat(`"TA0002"`, `"Execution"`, `reference = «"https://attack.mitre.org/tactics/TA0003/"»`)},
		{"attack-reference", threat(`"TA0002"`, `"Execution"`, `reference = "https://attack.mitre.org/tactics/TA0002"`)},
		{"attack-wrong-tactic", threat(`"TA0002"`, `"Execution"`, "[[rule.threat.technique]]", `id = «"T1003"»`)},
		{"attack-wrong-tactic", threat(`"TA0006"`, `"Credential Access"`, "[[rule.threat.technique]]", `id = "T1003"`)},
		{"attack-wrong-parent", threat(`"TA0006"`, `"Credential Access"`, "[[rule.threat.technique]]", `id = "T1003"`, "[[rule.threat.technique.subtechnique]]", `id = «"T1059.001"»`)},
		{"attack-wrong-parent", threat(`"TA0006"`, `"Credential Access"`, "[[rule.threat.technique]]", `id = "T1003"`, "[[rule.threat.technique.subtechnique]]", `id = "T1003.001"`)},
		{"attack-missing", strings.Replace(ruleOf(with("")), `name = "A rule"`, `name = «"A rule"»`, 1)},
		{"attack-missing", threat(`"TA0002"`, `"Execution"`)},
		{"building-block-timing", with(`building_block_type = «"default"»`)},
		{"building-block-timing", with("building_block_type = \"default\"\nfrom = \"now-119m\"\ninterval = \"60m\"")},
		{"updated-before-created", strings.Replace(ruleOf(with("")), `updated_date = "2026/01/02"`, `updated_date = «"2026/01/01"»`, 1)},
		{"updated-before-created", with("")},
		{"risk-score-of-severity", strings.Replace(ruleOf(with("")), "risk_score = 21", "risk_score = «47»", 1)},
		{"risk-score-of-severity", with("")},
		{"timeline-pair", with(`timeline_id = «"a"»`)},
		{"timeline-pair", with(`timeline_title = «"a"»`)},
		{"timeline-pair", with("timeline_id = \"a\"\ntimeline_title = \"b\"")},
		{"max-signals-over-limit", with(`max_signals = «1001»`)},
		{"max-signals-over-limit", with(`max_signals = 1000`)},
		{"index-missing", strings.Replace(strings.Replace(ruleOf(with("")), "index = [\"logs-acme.*\"]\n", "", 1), `type = "query"`, `type = «"query"»`, 1)},
		{"index-missing", with("")},
		{"duplicate-tag", with(`tags = ["a", "b", «"a"»]`)},
		{"duplicate-tag", with(`tags = ["a", "b"]`)},
		{"duplicate-tactic", with(tactics("TA0001", "«\"TA0001\"»"))},
		{"duplicate-tactic", with(tactics("TA0001", "\"TA0002\""))},
		{"duplicate-new-terms", "new_terms: process.name: x\n---\nnew_terms.field = \"new_terms_fields\"\nnew_terms.value = [\"a\", «\"a\"»]\nnew_terms.history_window_start = [{ field = \"history_window_start\", value = \"now-5d\" }]"},
		{"duplicate-new-terms", "new_terms: process.name: x\n---\nnew_terms_fields = [\"a\", \"b\"]\nhistory_window_start = \"now-5d\""},
		{"integration-mismatch", integration("kuery: event.dataset: («okta.system» or aws.cloudtrail)\n---\nindex = [\"logs-*\"]")},
		{"integration-mismatch", integration("kuery: event.dataset: aws.cloudtrail and not event.dataset: okta.system\n---\nindex = [\"logs-aws.*\"]")},
		{"integration-mismatch", integration("kuery: process.name: a\n---\nindex = [\"logs-aws.cloudtrail-*\", «\"eu:logs-okta.system-*\"», \"logs-*\", \"filebeat-*\"]")},
		{"integration-mismatch", integration(`esql: FROM logs-aws.*, «logs-okta.*» | STATS n = COUNT(*) BY user.name`)},
		{"filter-heeds-case", with("[[rule.filters]]\n«[rule.filters.query.wildcard.\"file.path\"]»\nvalue = \"C:*\"\n[rule.filters.meta]\nnegate = true")},
		{"filter-heeds-case", with("[[rule.filters]]\n[rule.filters.query.wildcard.\"file.path\"]\ncase_insensitive = true\nvalue = \"C:*\"\n[rule.filters.meta]\nnegate = true")},
		{"min-stack-comment-missing", strings.Replace(ruleOf(with("")), "\n\n[rule]", "\nmin_stack_version = «\"9.2.0\"»\n\n[rule]", 1)},
		{"min-stack-comment-missing", strings.Replace(ruleOf(with("")), "\n\n[rule]", "\nmin_stack_comments = \"a field\"\nmin_stack_version = \"9.2.0\"\n\n[rule]", 1)},
		{"guide-plugin", with("note = \"see «$osquery_0»\"")},
		{"guide-plugin", with("note = \"see $osquery_0\"\n[[transform.osquery]]\nlabel = \"l\"\nquery = \"q\"")},
		{"guide-raw-plugin", with("note = \"see «!{osquery»{}}\"")},
		{"guide-raw-plugin", with("note = \"see osquery\"")},
		{"setup-heading", with("note = \"\"\"\n«### Setup»\ntext\n\"\"\"")},
		{"setup-heading", with("setup = \"s\"\nnote = \"\"\"\n«## Setup»\ntext\n\"\"\"")},
		{"setup-heading", with("note = \"\"\"\n## Setup\ntext\n\"\"\"")},
		{"guide-missing", strings.Replace(strings.Replace(ruleOf(with("")), "risk_score = 21", "risk_score = 73", 1), `"low"`, `«"high"»`, 1)},
		{"guide-missing", with("")},
		{"guide-title", with("note = \"## Investigating «Another»\"")},
		{"guide-title", with("note = \"## Investigating A rule\"")},
	}
}

func threshold(field, cardinality string) string {
	return "threshold: process.name: x\n---\n[rule.threshold]\n" + field + "\nvalue = 3\n" + cardinality
}

// threat is a rule with one tactic, and more lines below it.
func threat(id, name string, more ...string) string {
	return with("[[rule.threat]]\nframework = \"MITRE ATT&CK\"\n[rule.threat.tactic]\nid = " + id + "\nname = " + name + "\n" + strings.Join(more, "\n"))
}

func tactics(first, second string) string {
	one := func(id string) string {
		return "[[rule.threat]]\nframework = \"MITRE ATT&CK\"\n[rule.threat.tactic]\nid = " + id + "\nname = \"n\"\nreference = \"https://attack.mitre.org/tactics/TA0001/\"\n"
	}
	return one(`"`+first+`"`) + one(second)
}

func integration(short string) string {
	return strings.Replace(ruleOf(short), "maturity =", "integration = [\"aws\"]\nmaturity =", 1)
}

// policies are tables of their own: they depend on the file's path and on the configuration.
func TestPolicyChecks(t *testing.T) {
	b := newBench(t)
	config := check.Config{RequiredTags: map[string][]string{"logs-acme*": {"Data Source: Acme"}}, TagPrefixes: []string{"OS: "}, OldestStack: "8.19"}
	marked := func(key string) string { return strings.Replace(ruleOf(with("")), key, "«"+key+"»", 1) }
	for _, c := range policyTable(marked) {
		text := c.rule
		if c.whole {
			suite := suiteOf(t, config, c.check)
			count := 0
			for _, d := range b.lint(t, suite, c.path, ruleOf(text)) {
				if d.Name == c.check && !d.Subject.HasSpan() {
					count++
				}
			}
			if count != 1 {
				t.Errorf("%s is told %d times of %s", c.check, count, c.path)
			}
			continue
		}
		expect(t, b, config, c.path, expectation{c.check, text})
	}
}

type policy struct {
	check, path, rule string
	// whole says that the finding is about the file.
	whole bool
}

func policyTable(marked func(string) string) []policy {
	tagged := func(tags string) string { return with("tags = [" + tags + "]") }
	threat := func(tags string) string { return with("tags = " + tags + "\n" + tactics("TA0001", "\"TA0002\"")) }
	const file = "rules/a.toml"
	return []policy{
		{"file-name", "rules/A-b.toml", with(""), true}, {"file-name", file, with(""), false},
		{"file-name-tactic", file, threat("[]"), true}, {"file-name-tactic", "rules/n_a.toml", threat("[]"), false},
		{"required-tags", file, with("tags = «[]»"), false}, {"required-tags", file, tagged(`"Data Source: Acme"`), false},
		{"tag-prefix", file, tagged(`"OS: Linux", «"Linux"»`), false}, {"tag-prefix", file, tagged(`"OS: Linux"`), false},
		{"tactic-tag", file, threat("«[]»"), false}, {"tactic-tag", file, threat(`["Tactic: n"]`), false},
		{"guide-tag", file, with("note = \"Investigating\"\ntags = «[]»"), false}, {"guide-tag", file, with("note = \"x\"\ntags = []"), false},
		{"building-block-tag", file, with("building_block_type = \"default\"\ntags = «[]»"), false},
		{"building-block-tag", file, with("building_block_type = \"default\"\ntags = [\"Rule Type: BBR\"]"), false},
		{"machine-learning-tag", file, learning(`tags = «["Rule Type: ML"]»`), false},
		{"machine-learning-tag", file, learning(`tags = ["Rule Type: ML", "Rule Type: Machine Learning"]`), false},
		{"completion-tag", file, from + "| COMPLETION Esql.a = user.name WITH { \"inference_id\": \"x\" }\n---\ntags = «[]»", false},
		{"completion-tag", file, from + "| COMPLETION Esql.a = user.name WITH { \"inference_id\": \"x\" }\n---\ntags = [\"Domain: LLM\"]", false},
		{"os-tag", "rules/linux/a.toml", with("tags = «[]»"), false}, {"os-tag", "rules/linux/a.toml", tagged(`"OS: Linux"`), false},
		{"os-type-in-query", "rules/macos/a.toml", strings.Replace(strings.Replace(ruleOf(with("")), "query = '''", "query = «'''", 1), "\n'''\n", "\n'''»\n", 1), false},
		{"os-type-in-query", "rules/macos/a.toml", "kuery: host.os.type: macos", false},
		{"building-block-folder", file, with(`building_block_type = «"default"»`), false},
		{"building-block-folder", "rules_building_block/a.toml", with(""), true},
		{"building-block-folder", "rules_building_block/a.toml", with(`building_block_type = "default"`), false},
		{"event-ingested", file, marked(`"query"`), false}, {"event-ingested", file, with(`timestamp_override = "event.ingested"`), false},
		{"lookback-required", file, with(`index = «["logs-endpoint.events.*"]»`), false},
		{"lookback-required", file, with("index = [\"logs-endpoint.events.*\"]\nfrom = \"now-9m\""), false},
		{"query-without-scope", file, strings.Replace(strings.Replace(ruleOf(with(`index = ["logs-*"]`)), "query = '''", "query = «'''", 1), "\n'''\n", "\n'''»\n", 1), false},
		{"query-without-scope", file, "kuery: event.category: process\n---\nindex = [\"logs-*\"]", false},
		{"min-stack-unsupported", file, strings.Replace(ruleOf(with("")), "\n\n[rule]", "\nmin_stack_version = «\"8.3.0\"»\n\n[rule]", 1), false},
		{"min-stack-unsupported", file, strings.Replace(ruleOf(with("")), "\n\n[rule]", "\nmin_stack_version = \"9.2.0\"\n\n[rule]", 1), false},
	}
}

func learning(tags string) string {
	return `[metadata]
creation_date = "2026/01/02"
maturity = "production"
updated_date = "2026/01/02"

[rule]
anomaly_threshold = 50
author = ["tocsin"]
description = "d"
machine_learning_job_id = "j"
name = "A rule"
risk_score = 21
rule_id = "00000000-0000-4000-8000-000000000001"
severity = "low"
` + tags + "\ntype = \"machine_learning\"\n"
}

// TestEveryCheckIsTested asks for a rule to report and a near miss of every check that this package makes.
func TestEveryCheckIsTested(t *testing.T) {
	reported, missed := map[string]bool{}, map[string]bool{}
	note := func(name, text string, whole bool) {
		if whole || strings.Contains(text, "«") {
			reported[name] = true
			return
		}
		missed[name] = true
	}
	for _, table := range [][]expectation{
		kqlTable(), luceneTable(), eqlTable(), sequenceTable(), regexpTable(), patternTable(), logicTable(), fieldTable(), ruleTable(), esqlTable(), shopTable(), endpointTable(), categoryTable(), clusterTable(),
		valueTable(), streamTable(), keyTable(), aggregateTable(), extractTable(), groupingTable(),
	} {
		for _, e := range table {
			note(e.check, e.rule, false)
		}
	}
	for _, p := range policyTable(func(key string) string { return "«" + key }) {
		note(p.check, p.rule, p.whole)
	}
	for _, e := range ownTests() {
		text, err := os.ReadFile(e.file)
		if err != nil || !strings.Contains(string(text), e.test) || !strings.Contains(string(text), e.check) {
			t.Errorf("%s has no test %s in %s (%v)", e.check, e.test, e.file, err)
		}
		reported[e.check], missed[e.check] = true, true
	}
	for _, c := range check.All() {
		if c.Fixed() {
			continue
		}
		if !reported[c.Name] || !missed[c.Name] {
			t.Errorf("%s: tested with a rule to report: %v, with a near miss: %v", c.Name, reported[c.Name], missed[c.Name])
		}
	}
}

// ownTest is the test of a check that depends on comments, on other rules or on files beside the rule: it has a rule to report and a near miss, too.
type ownTest struct{ check, file, test string }

func ownTests() []ownTest {
	return []ownTest{
		{"ignore-comment", "ignore_test.go", "func TestIgnore("}, {"unused-ignore", "ignore_test.go", "func TestIgnore("},
		{"duplicate-name", "values_test.go", "func TestCollection("}, {"duplicate-file-name", "values_test.go", "func TestCollection("},
		{"tag-spelling", "values_test.go", "func TestCollection("}, {"timeline-title", "values_test.go", "func TestCollection("},
		{"stack-support", "esql_test.go", "func TestStackSupport("},
		{"exception-list", "../../tests/script/check_exceptions.txtar", "exits 1 tocsin check"},
	}
}
