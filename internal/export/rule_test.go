package export_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/export"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/semver"
)

const manifestText = `{
  "aws": {
    "1.9.0": {"conditions": {"kibana": {"version": "^8.13.0 || ^9.0.0"}}, "policy_templates": ["cloudtrail", "ec2"]},
    "2.0.0": {"conditions": {"kibana": {"version": "^8.16.0 || ^9.0.0"}}, "policy_templates": ["cloudtrail"]},
    "2.10.0": {"conditions": {"kibana": {"version": "^8.19.0 || ~9.3.1"}}, "policy_templates": ["cloudtrail"]},
    "10.0.0": {"conditions": {"kibana": {"version": "^9.9.0"}}, "policy_templates": ["cloudtrail"]}
  },
  "endpoint": {"8.2.0": {"conditions": {"kibana": {"version": "^8.2.0"}}}, "9.0.0": {"conditions": {"kibana": {"version": ">=9.0.0 <10"}}}},
  "dga": {"2.0.0": {"conditions": {"kibana": {"version": "^8.9.0 || ^9.0.0"}}, "policy_templates": ["dga"]}},
  "old": {"1.0.0": {"conditions": {"kibana": {"version": "^7.0.0"}}}},
  "bare": {"1.0.0": {}}
}`

const packageText = `{
  "aws": {"version": "2.0.0", "streams": {
    "cloudtrail": {"aws.cloudtrail.count": "long", "aws.flat": "flattened", "aws.path": "wildcard"},
    "ec2": {"aws.ec2.load": "double"}}},
  "windows": {"version": "1.0.0", "streams": {"sysmon_operational": {"winlog.process.pid": "long"}, "jobs": ["a"]}},
  "endpoint": {"version": "9.0.0", "streams": {"process": {"process.Ext.depth": "unsigned_long"}}}
}`

// environment knows a few fields and packages.
func environment(tb testing.TB) export.Environment {
	tb.Helper()
	packages, err := export.ReadPackages(strings.NewReader(packageText))
	if err != nil {
		tb.Fatal(err)
	}
	manifests, err := export.ReadManifests(strings.NewReader(manifestText))
	if err != nil {
		tb.Fatal(err)
	}
	own := field.NewSchema(field.NewTable(field.Mapping{Name: "acme.user", Type: field.Long}))
	return export.Environment{
		Stack: semver.Version{Major: 9, Minor: 5}, Packages: packages, Manifests: manifests,
		Fields: func([]string) *field.Schema { return own },
		ECS: field.NewTable(
			field.Mapping{Name: "event.dataset", Type: field.Keyword}, field.Mapping{Name: "process.args", Type: field.Keyword},
			field.Mapping{Name: "process.pid", Type: field.Long}, field.Mapping{Name: "process.name", Type: field.Keyword},
			field.Mapping{Name: "process.name.text", Path: "process.name", Type: field.MatchOnlyText},
			field.Mapping{Name: "host.id", Type: field.Keyword}, field.Mapping{Name: "source.ip", Type: field.IP},
		),
	}
}

const kqlRule = "[rule]\ntype = \"query\"\nlanguage = \"kuery\"\n"
const eqlRule = "[rule]\ntype = \"eql\"\nlanguage = \"eql\"\n"
const esqlRule = "[rule]\ntype = \"esql\"\nlanguage = \"esql\"\n"

func ofPackage(names, body string) string { return "[metadata]\nintegration = " + names + "\n" + body }

// TestSteps has a row for each fact about the conversion: the TOML, a field, and its JSON by default and with Compat. A peer
// that is "" agrees with the default; a field that is absent reads "absent".
func TestSteps(t *testing.T) {
	for _, group := range [][]step{plainSteps(), textSteps(), setupSteps(), requiredSteps(), integrationSteps()} {
		for _, row := range group {
			t.Run(row.name, func(t *testing.T) { row.check(t, environment(t)) })
		}
	}
}

type step struct{ name, toml, field, want, peer string }

func (row step) check(t *testing.T, env export.Environment) {
	t.Helper()
	if row.peer == "" {
		row.peer = row.want
	}
	for _, compat := range []bool{false, true} {
		want := row.want
		if env.Compat = compat; compat {
			want = row.peer
		}
		api, _ := export.Rule(decode(t, "rule.toml", row.toml), env)
		if got := jsonOf(t, api, row.field); got != want {
			t.Errorf("compat %v: %s is\n%s\nwant\n%s", compat, row.field, got, want)
		}
	}
}

func jsonOf(t *testing.T, api map[string]any, name string) string {
	value, ok := api[name]
	if !ok {
		return "absent"
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func plainSteps() []step {
	threat := func(rest string) string {
		return kqlRule + "[[rule.threat]]\nframework = \"MITRE ATT&CK\"\n" + rest + "[rule.threat.tactic]\nid = \"TA0002\"\nreference = \"https://attack.mitre.org/tactics/TA0002/\"\n"
	}
	action := func(body string) string { return kqlRule + "[[rule.actions]]\n" + body }
	return []step{
		{"1: metadata is dropped", ofPackage(`"x"`, kqlRule), "metadata", "absent", ""},
		{"1: meta passes", kqlRule + "meta = {a = 1}", "meta", `{"a":1}`, ""},
		{"1: a whole fraction", kqlRule + "meta = {a = 1.0, b = [1.0, 1.5], c = [{d = 2.0}], e = 1}", "meta",
			`{"a":1,"b":[1,1.5],"c":[{"d":2}],"e":1}`, `{"a":1.0,"b":[1.0,1.5],"c":[{"d":2.0}],"e":1}`},
		{"1: false and zero stay", kqlRule + "enabled = false", "enabled", "false", ""},
		{"1: empty lists stay", kqlRule + "tags = []", "tags", "[]", ""},
		{"1: no defaults", kqlRule, "interval", "absent", ""},
		{"1: addresses end with a slash", threat("technique = [{id = \"T1\", reference = \"https://a/T1\", subtechnique = [{id = \"T1.001\", reference = \"https://a/T1/001\"}]}]\n"), "threat",
			`[{"framework":"MITRE ATT&CK","tactic":{"id":"TA0002","reference":"https://attack.mitre.org/tactics/TA0002/"},"technique":[{"id":"T1","reference":"https://a/T1/","subtechnique":[{"id":"T1.001","reference":"https://a/T1/001/"}]}]}]`, ""},
		{"4: an action is not throttled", action("action_type_id = \".slack\"\n"), "actions", `[{"action_type_id":".slack","frequency":{"throttle":null}}]`, ""},
		{"4: beside a frequency", action("action_type_id = \".slack\"\nfrequency = {summary = true}\n"), "actions", `[{"action_type_id":".slack","frequency":{"summary":true,"throttle":null}}]`, ""},
		{"4: a throttle stays", action("action_type_id = \".slack\"\nfrequency = {throttle = \"1h\"}\n"), "actions", `[{"action_type_id":".slack","frequency":{"throttle":"1h"}}]`, ""},
		{"4: not for cases", action("action_type_id = \".cases\"\n"), "actions", `[{"action_type_id":".cases"}]`, ""},
		{"4: not for workflows", action("action_type_id = \".workflows\"\n"), "actions", `[{"action_type_id":".workflows"}]`, ""},
		{"5: no techniques are an empty list", threat(""), "threat",
			`[{"framework":"MITRE ATT&CK","tactic":{"id":"TA0002","reference":"https://attack.mitre.org/tactics/TA0002/"},"technique":[]}]`, ""},
		{"5: the threat of versions is dropped", kqlRule + "threat_mappings = []", "threat_mappings", "absent", ""},
		{"10: new terms are flat", "[rule]\ntype = \"new_terms\"\n[rule.new_terms]\nfield = \"new_terms_fields\"\nvalue = [\"host.id\"]\n[[rule.new_terms.history_window_start]]\nfield = \"history_window_start\"\nvalue = \"now-7d\"\n",
			"new_terms_fields", `["host.id"]`, ""},
		{"10: so is their window", "[rule]\ntype = \"new_terms\"\n[rule.new_terms]\nfield = \"new_terms_fields\"\nvalue = [\"host.id\"]\n[[rule.new_terms.history_window_start]]\nfield = \"history_window_start\"\nvalue = \"now-7d\"\n",
			"history_window_start", `"now-7d"`, ""},
		{"11: a stated version stays", kqlRule + "version = 7", "version", "7", ""},
		{"11: no version is none", kqlRule, "version", "absent", ""},
	}
}

func textSteps() []step {
	const osquery = "[[transform.osquery]]\nlabel = \"é\"\nquery = \"select 1\"\necs_mapping = {\"host.id\" = {field = \"id\"}}\n"
	const rendered = `!{osquery{\"ecs_mapping\":{\"host.id\":{\"field\":\"id\"}},\"label\":\"\\u00e9\",\"query\":\"select 1\"}}`
	note := func(text string) string { return kqlRule + "note = '''" + text + "'''\n" + osquery }
	return []step{
		{"2: a plugin", note("a $osquery_0 b"), "note", `"a ` + rendered + ` b"`, ""},
		{"2: a plugin in braces", note("${osquery_0}x"), "note", `"` + rendered + `x"`, ""},
		{"2: a longer name is another", note("$osquery_0x $osquery_1 $other"), "note", `"$osquery_0x $osquery_1 $other"`, ""},
		{"2: two dollars", note("$$ $$osquery_0"), "note", `"$$ $$osquery_0"`, `"$ $osquery_0"`},
		{"2: a lone dollar", note("5$ $ ${"), "note", `"5$ $ ${"`, ""},
		{"2: no transform, no template", kqlRule + "note = '$$ $osquery_0'", "note", `"$$ $osquery_0"`, ""},
		{"2: investigate", kqlRule + "note = '$investigate_0'\n[[transform.investigate]]\nlabel = \"L\"\nproviders = [[{excluded = false, field = \"host.id\", queryType = \"phrase\", value = \"{{host.id}}\", valueType = \"string\"}]]\n",
			"note", `"!{investigate{\"label\":\"L\",\"providers\":[[{\"excluded\":false,\"field\":\"host.id\",\"queryType\":\"phrase\",\"value\":\"{{host.id}}\",\"valueType\":\"string\"}]]}}"`, ""},
		{"3: lines are joined", kqlRule + "description = '''\n  a  b \n\tc\n\nd\n'''", "description", `"a  b c  d"`, ""},
		{"3: other line breaks, too", kqlRule + `description = "a\r\nb\fc\u0085d\u2028e\u001cf"`, "description", `"a b c d e f"`, ""},
		{"3: in lists", kqlRule + `references = [" a\nb "]`, "references", `["a b"]`, ""},
		{"3: a query stays", kqlRule + "query = '''\na : b\n'''", "query", `"a : b\n"`, ""},
		{"3: a note stays", kqlRule + `note = " a\n b "`, "note", `" a\n b "`, ""},
		{"3: a setup stays", kqlRule + `setup = " a\n b "`, "setup", `" a\n b "`, ""},
		{"3: the query of indicators", kqlRule + `threat_query = "a:\n b"`, "threat_query", `"a:\n b"`, `"a: b"`},
		{"3: filters", kqlRule + `filters = [{meta = {value = " a\nb"}, query = {x = " a\nb"}}]`, "filters",
			`[{"meta":{"value":" a\nb"},"query":{"x":" a\nb"}}]`, `[{"meta":{"value":"a b"},"query":{"x":" a\nb"}}]`},
		{"3: values that are compared", kqlRule + `severity_mapping = [{field = "f", operator = "equals", value = "a ", severity = "low"}]`, "severity_mapping",
			`[{"field":"f","operator":"equals","severity":"low","value":"a "}]`, `[{"field":"f","operator":"equals","severity":"low","value":"a"}]`},
		{"3: messages of actions", kqlRule + `actions = [{action_type_id = ".cases", params = {message = " a\n", to = " b\n"}}]`, "actions",
			`[{"action_type_id":".cases","params":{"message":" a\n","to":" b\n"}}]`, `[{"action_type_id":".cases","params":{"message":" a\n","to":"b"}}]`},
	}
}

func setupSteps() []step {
	note := func(text string) string { return kqlRule + "note = '''" + text + "'''\n" }
	return []step{
		{"8: plain prose", note("## Triage\n\nx\n\n## Setup\n\nThe Okta `module`\nis needed.\n"), "setup", `"The Okta ` + "`module`" + `\nis needed."`, ""},
		{"8: it leaves the note", note("## Triage\n\nx\n\n## Setup\n\nThe module."), "note", `"## Triage\n\nx"`, ""},
		{"8: what follows stays", note("## Setup\n\nThe module.\n\n## Triage\n\nx"), "note", `"## Triage\n\nx"`, ""},
		{"8: nothing else in the note", note("## Setup\n\nThe module."), "note", "absent", `""`},
		{"8: another heading with the word", note("# Setup of x\n\ny\n\n## Setup\n\nz"), "setup", `"z"`, `"y"`},
		{"8: a stated setup wins", kqlRule + "setup = \"s\"\nnote = \"## Setup\\n\\nx\"", "note", `"## Setup\n\nx"`, ""},
		{"8: no heading, no setup", note("Setup\n\nx"), "setup", "absent", ""},
		{"8: another level is none", note("### Setup\n\nx"), "setup", "absent", ""},
		{"8: a heading in code is none", note("```\n## Setup\n```\n"), "setup", "absent", ""},
		{"8: an empty section", note("## Setup\n\n## Triage\n\nx"), "setup", "absent", `""`},
		{"8: a subsection belongs to it", note("## Setup\n\na\n\n### More\n\nb\n\n## Triage\n"), "setup", `"a\n\n### More\n\nb"`, `"a"`},
		{"8: a link keeps its target", note("## Setup\n\nSee [the page](https://a/b)."), "setup", `"See [the page](https://a/b)."`, `"See the page."`},
		{"8: what has marks stays in the peer's note", note("## Setup\n\nSee [the page](https://a/b)."), "note", "absent", `"See [the page](https://a/b)."`},
		{"8: lists and emphasis", note("## Setup\n\n- **a**\n- b\n"), "setup", `"- **a**\n- b"`, `"ab"`},
		{"8: code blocks", note("## Setup\n\nRun:\n\n```sh\nls\n```\n\nDone."), "setup", `"Run:\n\n` + "```sh\\nls\\n```" + `\n\nDone."`, `"Run:\n\n` + "```\\nls\\n```" + `\n\nDone."`},
	}
}

func requiredSteps() []step {
	known := func(name, kind, ecs string) string {
		return `{"ecs":` + ecs + `,"name":"` + name + `","type":"` + kind + `"}`
	}
	query := func(rule, query string) string { return rule + "query = '''" + query + "'''\n" }
	return []step{
		{"7: ECS, sorted, each once", query(kqlRule, "process.pid > 1 and host.id:a and not host.id:b"), "required_fields",
			"[" + known("host.id", "keyword", "true") + "," + known("process.pid", "long", "true") + "]", ""},
		{"7: EQL: every step and key", query(eqlRule, "sequence by host.id [any where process.pid == 1] by ?source.ip [any where true] by process.name until [any where process.args == \"x\"] by process.name"), "required_fields",
			"[" + known("host.id", "keyword", "true") + "," + known("process.args", "keyword", "true") + "," + known("process.name", "keyword", "true") + "," + known("process.pid", "long", "true") + "," + known("source.ip", "ip", "true") + "]", ""},
		{"7: stated ones stay", query(kqlRule+"required_fields = []\n", "host.id:a"), "required_fields", "[]", ""},
		{"7: none are absent", query(eqlRule, "process where true"), "required_fields", "absent", ""},
		{"7: not for lucene", query("[rule]\ntype = \"query\"\nlanguage = \"lucene\"\n", "host.id:a"), "required_fields", "absent", ""},
		{"7: ES|QL: what is read from the indices", query(esqlRule, "from a metadata _id | where host.id == \"a\" | eval x = process.pid + 1 | keep x, _id"), "required_fields",
			"[" + known("host.id", "keyword", "true") + "," + known("process.pid", "long", "true") + "]", "absent"},
		{"7: ES|QL: no columns, no patterns", query(esqlRule, "from a | stats n = count(*) by host.id | where n > 1 | keep n, host.*"), "required_fields", "[" + known("host.id", "keyword", "true") + "]", "absent"},
		{"7: ES|QL with an error", query(esqlRule, "from a | where host.id =="), "required_fields", "absent", ""},
		{"7: not for a query with an error", query(kqlRule, "host.id:("), "required_fields", "absent", ""},
		{"7: nobody knows it", query(kqlRule, "a.b:c"), "required_fields", "[" + known("a.b", "unknown", "false") + "]", ""},
		{"7: a package by dataset", query(kqlRule, `event.dataset:"aws.cloudtrail" and aws.cloudtrail.count:1`), "required_fields",
			"[" + known("aws.cloudtrail.count", "long", "false") + "," + known("event.dataset", "keyword", "true") + "]",
			"[" + known("aws.cloudtrail.count", "integer", "false") + "," + known("event.dataset", "keyword", "true") + "]"},
		{"7: an endpoint dataset", query(eqlRule, `any where event.dataset == "endpoint.events.process" and process.Ext.depth == 1`), "required_fields",
			"[" + known("event.dataset", "keyword", "true") + "," + known("process.Ext.depth", "unsigned_long", "false") + "]",
			"[" + known("event.dataset", "keyword", "true") + "," + known("process.Ext.depth", "integer", "false") + "]"},
		{"7: a package by index", query(kqlRule+"index = [\"logs-aws.cloudtrail-*\"]\n", "aws.path:x"), "required_fields",
			"[" + known("aws.path", "wildcard", "false") + "]", "[" + known("aws.path", "unknown", "false") + "]"},
		{"7: another stream of the package", query(kqlRule+"index = [\"logs-aws.cloudtrail-*\"]\n", "aws.ec2.load:1"), "required_fields",
			"[" + known("aws.ec2.load", "unknown", "false") + "]", ""},
		{"7: a package by metadata", ofPackage(`["aws"]`, query(kqlRule, "aws.ec2.load:1")), "required_fields",
			"[" + known("aws.ec2.load", "double", "false") + "]", "[" + known("aws.ec2.load", "unknown", "false") + "]"},
		{"7: Winlogbeat", query(kqlRule+"index = [\"winlogbeat-*\"]\n", "winlog.process.pid:1"), "required_fields",
			"[" + known("winlog.process.pid", "unknown", "false") + "]", "[" + known("winlog.process.pid", "long", "false") + "]"},
		{"7: below a flattened field", query(kqlRule+"index = [\"logs-aws.cloudtrail-*\"]\n", "aws.flat.x:1"), "required_fields",
			"[" + known("aws.flat.x", "flattened", "false") + "]", "[" + known("aws.flat.x", "unknown", "false") + "]"},
		{"7: the project's own fields", query(kqlRule, "acme.user:1"), "required_fields",
			"[" + known("acme.user", "long", "false") + "]", "[" + known("acme.user", "unknown", "false") + "]"},
		{"7: a multi-field", query(kqlRule, "process.name.text:x"), "required_fields",
			"[" + known("process.name.text", "match_only_text", "true") + "]", "[" + known("process.name.text", "unknown", "false") + "]"},
		{"7: a quoted name", query(eqlRule, "any where `host.id` == \"x\""), "required_fields",
			"[" + known("host.id", "keyword", "true") + "]", "[" + known("`host.id`", "unknown", "false") + "]"},
		{"7: a pattern of names", query(kqlRule, "process.*:x"), "required_fields", "absent", "[" + known("process.*", "unknown", "false") + "]"},
	}
}

func integrationSteps() []step {
	const dataset = "query = 'event.dataset:\"aws.cloudtrail\"'\n"
	return []step{
		{"6: the lowest of the highest major that fits", ofPackage(`["aws"]`, kqlRule+dataset), "related_integrations", `[{"integration":"cloudtrail","package":"aws","version":">=2.0.0"}]`, ""},
		{"6: a stream that is no template", ofPackage(`["aws"]`, kqlRule+"query = 'event.dataset:aws.ec2'\n"), "related_integrations", `[{"package":"aws","version":">=2.0.0"}]`, ""},
		{"6: a dataset without a dot", ofPackage(`["aws"]`, kqlRule+"query = 'event.dataset:aws'\n"), "related_integrations", `[{"package":"aws","version":">=2.0.0"}]`, ""},
		{"6: each once", ofPackage(`["aws"]`, kqlRule+"query = 'event.dataset:(aws.ec2 or aws.other) and data_stream.dataset:aws.ec2'\n"), "related_integrations", `[{"package":"aws","version":">=2.0.0"}]`, ""},
		{"6: stated ones stay", ofPackage(`["aws"]`, kqlRule+dataset+"related_integrations = [{package = \"x\", version = \"1\"}]\n"), "related_integrations", `[{"package":"x","version":"1"}]`, ""},
		{"6: only with metadata", kqlRule + dataset, "related_integrations", "absent", ""},
		{"6: one package as a string", ofPackage(`"aws"`, kqlRule+dataset), "related_integrations", `[{"integration":"cloudtrail","package":"aws","version":">=2.0.0"}]`, ""},
		{"6: a package that no dataset names", ofPackage(`["aws"]`, kqlRule+"query = 'host.id:a'\n"), "related_integrations", "absent", ""},
		{"6: a package that counts as a whole", ofPackage(`["endpoint"]`, kqlRule+"query = 'host.id:a'\n"), "related_integrations", `[{"package":"endpoint","version":">=9.0.0"}]`, ""},
		{"6: unless a dataset says more", ofPackage(`["endpoint"]`, eqlRule+"query = 'any where event.dataset in (\"endpoint.events.process\")'\n"), "related_integrations", `[{"package":"endpoint","version":">=9.0.0"}]`, ""},
		{"6: jobs count always", ofPackage(`["dga"]`, kqlRule+"query = 'event.dataset:dga.dga'\n"), "related_integrations", `[{"package":"dga","version":">=2.0.0"},{"integration":"dga","package":"dga","version":">=2.0.0"}]`, ""},
		{"6: machine learning", ofPackage(`["aws"]`, "[rule]\ntype = \"machine_learning\"\n"), "related_integrations", `[{"package":"aws","version":">=2.0.0"}]`, ""},
		{"6: ES|QL names datasets", ofPackage(`["aws"]`, esqlRule+"query = 'from a | where data_stream.dataset == \"aws.cloudtrail\"'\n"), "related_integrations", `[{"integration":"cloudtrail","package":"aws","version":">=2.0.0"}]`, ""},
		{"6: ES|QL with a list", ofPackage(`["aws"]`, esqlRule+"query = 'from a | where event.dataset in (\"aws.cloudtrail\", \"a.b.c\")'\n"), "related_integrations", `[{"integration":"cloudtrail","package":"aws","version":">=2.0.0"}]`, ""},
		{"6: ES|QL with another field", ofPackage(`["aws"]`, esqlRule+"query = 'from a | where host.name == \"aws.cloudtrail\"'\n"), "related_integrations",
			`[{"package":"aws","version":">=2.0.0"}]`, ""},
		{"6: not for lucene", ofPackage(`["endpoint"]`, "[rule]\ntype = \"query\"\nlanguage = \"lucene\"\nquery = 'a:b'\n"), "related_integrations", "absent", ""},
		{"6: a package without a release that fits", ofPackage(`["endpoint", "old", "bare", "none"]`, "[rule]\ntype = \"machine_learning\"\n"), "related_integrations", `[{"package":"endpoint","version":">=9.0.0"}]`, ""},
	}
}

// TestStacks: what depends on the release of the stack.
func TestStacks(t *testing.T) {
	text := ofPackage(`["aws"]`, kqlRule) + `query = "event.dataset:aws.cloudtrail"
tags = ["Tactic: Old", "Data Source: AWS", "Tactic: Kept"]
threat = [{framework = "MITRE ATT&CK", tactic = {name = "Old"}}, {framework = "MITRE ATT&CK", tactic = {name = "Kept"}}]
threat_mappings = [{framework = "MITRE ATT&CK", version = "19.1", threat = [{framework = "MITRE ATT&CK", tactic = {name = "Kept", reference = "https://a"}}, {framework = "MITRE ATT&CK", tactic = {name = "New"}}]}]
`
	const before = `[{"framework":"MITRE ATT&CK","tactic":{"name":"Old"},"technique":[]},{"framework":"MITRE ATT&CK","tactic":{"name":"Kept"},"technique":[]}]`
	const after = `[{"framework":"MITRE ATT&CK","tactic":{"name":"Kept","reference":"https://a/"}},{"framework":"MITRE ATT&CK","tactic":{"name":"New"}}]`
	for _, row := range []struct {
		name     string
		stack    string
		baseline bool
		version  string
		threat   string
		tags     string
	}{
		{"before 9.5", "9.4.9", false, "^2.0.0", before, `["Tactic: Old","Data Source: AWS","Tactic: Kept"]`},
		{"9.5", "9.5.0", false, ">=2.0.0", after, `["Data Source: AWS","Tactic: Kept","Tactic: New"]`},
		{"9.5 for the hash", "9.5.0", true, "^2.0.0", before, `["Tactic: Old","Data Source: AWS","Tactic: Kept"]`},
		{"where a newer release fits", "9.3.2", false, "^2.0.0", before, `["Tactic: Old","Data Source: AWS","Tactic: Kept"]`},
		{"a major of 8", "8.13.0", false, "^1.9.0", before, `["Tactic: Old","Data Source: AWS","Tactic: Kept"]`},
		{"a new major", "9.9.0", false, ">=10.0.0", after, `["Data Source: AWS","Tactic: Kept","Tactic: New"]`},
	} {
		env := environment(t)
		env.Stack, _ = semver.Parse(row.stack)
		env.Baseline = row.baseline
		api, _ := export.Rule(decode(t, "rule.toml", text), env)
		want := `[{"integration":"cloudtrail","package":"aws","version":"` + row.version + `"}]`
		for name, want := range map[string]string{"related_integrations": want, "threat": row.threat, "tags": row.tags} {
			if got := jsonOf(t, api, name); got != want {
				t.Errorf("%s: %s is\n%s\nwant\n%s", row.name, name, got, want)
			}
		}
	}
}

func TestNotes(t *testing.T) {
	for _, row := range []struct{ name, toml, want string }{
		{"nothing to say", kqlRule + "query = 'host.id:a'", ""},
		{"a type", kqlRule + "query = 'a.b:c'", "unknown-field: the type of `a.b` is not known"},
		{"a plugin", kqlRule + "note = '$osquery_1'\n[[transform.osquery]]\nlabel = \"a\"\nquery = \"b\"\n", "unknown-plugin: the note names `osquery_1`, which `transform` does not have"},
		{"a package", ofPackage(`["old"]`, "[rule]\ntype = \"machine_learning\"\n"), "no-release: no release of package `old` is known to run on 9.5.0"},
	} {
		_, notes := export.Rule(decode(t, "rule.toml", row.toml), environment(t))
		var got []string
		for _, n := range notes {
			got = append(got, n.Name+": "+n.Text)
		}
		if strings.Join(got, "\n") != row.want {
			t.Errorf("%s: notes are %q, want %q", row.name, got, row.want)
		}
	}
	if _, notes := export.Rule(decode(t, "rule.toml", kqlRule+"query = 'a:('"), environment(t)); len(notes) != 1 || notes[0].Name != export.UnreadQuery {
		t.Errorf("notes of a broken query are %v", notes)
	}
	if api, notes := export.Rule(decode(t, "rule.toml", kqlRule+"query = 'a:b'"), export.Environment{}); len(notes) != 0 || api["required_fields"] != nil {
		t.Errorf("the zero environment gives %v, %v", api, notes)
	}
}
