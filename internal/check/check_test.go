package check

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/attack"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
	"github.com/tocsin-rules/tocsin/schemas"
)

var update = flag.Bool("update", false, "write docs/checks.md anew")

func TestDocumentationIsCurrent(t *testing.T) {
	const path = "../../docs/checks.md"
	if *update {
		if err := os.WriteFile(path, []byte(Markdown()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != Markdown() {
		t.Errorf("docs/checks.md is stale: go test ./internal/check -update (%v)", err)
	}
}

func TestEveryCheckIsExplained(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range All() {
		if seen[c.Name] {
			t.Errorf("%s is there twice", c.Name)
		}
		seen[c.Name] = true
		if c.Reason == "" || c.Avoid == "" || c.Prefer == "" || strings.HasSuffix(c.Reason, ".") {
			t.Errorf("%s is not explained: %+v", c.Name, c)
		}
	}
}

func schema(t testing.TB) *field.Schema {
	t.Helper()
	table, bad := field.FromMap(map[string]any{
		"k": "keyword", "n": "long", "w": "wildcard", "event.code": "keyword", "process.name": "keyword", "process.command_line": "wildcard",
		"host.os.type": "keyword", "event.category": "keyword", "file.path": "keyword", "process.pid": "long",
	}, "test")
	if len(bad) > 0 {
		t.Fatal(bad[0])
	}
	return field.NewSchema(table)
}

// load reads a rule from lines below [rule]; the text between two marks is the place that is looked for.
func load(t testing.TB, lines string) (*rule.Rule, *tomltext.Document, source.Span) {
	t.Helper()
	text := "[metadata]\ncreation_date = \"2026/11/01\"\nupdated_date = \"2026/11/02\"\n[rule]\nname = \"R\"\n" + lines
	before, rest, marked := strings.Cut(text, "«")
	at := source.Span{Start: -1}
	if marked {
		inside, after, _ := strings.Cut(rest, "»")
		at = source.Span{Start: len(before), End: len(before) + len(inside)}
		text = before + inside + after
	}
	doc, problems := tomltext.Parse(source.NewFile("r.toml", text))
	if doc == nil {
		t.Fatal(text, problems)
	}
	r, _ := rule.Decode(doc)
	return r, doc, at
}

func attackTable(t testing.TB) *attack.Table {
	t.Helper()
	table, err := attack.Parse(schemas.Attack())
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// threatRule is a rule with one tactic and, below it, what the lines say.
func threatRule(tactic, name string, lines ...string) string {
	return kqlRule("k: a") + "[[rule.threat]]\nframework = \"MITRE ATT&CK\"\n[rule.threat.tactic]\nid = " + tactic + "\nname = " + name + "\n" + strings.Join(lines, "\n")
}

func kqlRule(query string) string {
	return "type = \"query\"\nlanguage = \"kuery\"\nindex = [\"x\"]\nquery = '''" + query + "'''\n"
}

func eqlRule(query string) string {
	return "type = \"eql\"\nlanguage = \"eql\"\nindex = [\"x\"]\nfrom = \"now-9m\"\nquery = '''" + query + "'''\n"
}

// Each row is a rule, with the place of the finding between two marks; a rule without marks is a near miss.
func TestChecks(t *testing.T) {
	for _, test := range []struct{ check, lines string }{
		{"eql-literal-wildcard", eqlRule(`process where process.name == «"python*"»`)},
		{"eql-literal-wildcard", eqlRule(`process where process.name in ("a", «"b?"»)`)},
		{"eql-literal-wildcard", eqlRule(`process where process.name : "python*"`)},
		{"eql-literal-wildcard", eqlRule(`process where process.name == "python"`)},
		{"eql-literal-wildcard", eqlRule(`process where process.name in ("\\\\*\\ADMIN$")`)},
		{"eql-like-without-wildcard", eqlRule(`process where «process.name like ("a", "b")»`)},
		{"eql-like-without-wildcard", eqlRule(`process where process.name like ("a", "b*")`)},
		{"eql-case-sensitive-windows", eqlRule(`process where host.os.type == "windows" and «process.name == "cmd.exe"»`)},
		{"eql-case-sensitive-windows", eqlRule(`process where host.os.type == "linux" and process.name == "cmd.exe"`)},
		{"eql-case-sensitive-windows", eqlRule(`process where host.os.type == "windows" and process.name : "cmd.exe"`)},
		{"eql-redundant-category", eqlRule(`any where «event.category == "process"» and process.pid == 1`)},
		{"eql-redundant-category", eqlRule(`any where event.category == "process" or process.pid == 1`)},
		{"eql-pipe", eqlRule(`process where true «| tail 1»`)},
		{"eql-maxspan-over-lookback", eqlRule(`sequence by k with «maxspan=10m» [process where true] [process where true]`)},
		{"eql-maxspan-over-lookback", eqlRule(`sequence by k with maxspan=9m [process where true] [process where true]`)},
		{"eql-maxspan-over-overlap", eqlRule(`sequence by k with «maxspan=5m» [process where true] [process where true]`)},
		{"eql-maxspan-over-overlap", eqlRule(`sequence by k with maxspan=4m [process where true] [process where true]`)},
		{"eql-missing-event-at-edge", eqlRule(`sequence by k with maxspan=1m [process where true] «![process where true]»`)},
		{"eql-missing-event-at-edge", eqlRule(`sequence by k with maxspan=1m «![process where true]» [process where true]`)},
		{"eql-missing-event-at-edge", eqlRule(`sequence by k with maxspan=1m [process where true] ![process where true] [process where true]`)},
		{"eql-sequence-without-key", eqlRule(`«sequence» [process where true] [process where true]`)},
		{"eql-sequence-without-key", eqlRule(`sequence [process where true] by k [process where true] by k`)},
		{"eql-optional-key", eqlRule(`sequence by «?k» [process where true] [process where true]`)},
		{"eql-optional-key", eqlRule(`sequence by k [process where true] [process where true]`)},
		{"eql-process-id-key", eqlRule(`sequence by «process.pid» [process where true] [process where true]`)},
		{"eql-process-id-key", eqlRule(`sequence by host.id, process.pid [process where true] [process where true]`)},
		{"eql-tie-in-time", eqlRule(`sequence by k with «maxspan=1s» [process where true] [process where true]`)},
		{"eql-tie-in-time", eqlRule(`sequence by k with maxspan=2s [process where true] [process where true]`)},

		{"kql-question-mark", kqlRule(`k: cdn«?».x`)},
		{"kql-question-mark", kqlRule(`k: "cdn?.x"`)},
		{"kql-escape-in-path", kqlRule(`k: "C:«\t»emp\x"`)},
		{"kql-escape-in-path", kqlRule(`k: "\Windows«\r»un"`)},
		{"kql-escape-in-path", kqlRule(`k: "C:\\temp"`)},
		{"kql-escape-in-path", kqlRule(`k: "one\ttwo"`)},
		{"kql-quoted-star", kqlRule(`k: «"python*"»`)},
		{"kql-quoted-star", kqlRule(`k: python*`)},
		{"kql-quoted-star", kqlRule(`k: "*"`)},
		{"kql-value-with-keyword", kqlRule(`k: «4624 4625»`)},
		{"kql-value-with-keyword", kqlRule(`k: (4624 or 4625)`)},
		{"kql-value-with-keyword", kqlRule(`k: "4624 4625"`)},
		{"kql-wildcard-splits", kqlRule(`process.command_line: «*foo bar*»`)},
		{"kql-wildcard-splits", kqlRule(`process.name: *foo bar*`)},
		{"kql-mixed-and-or", kqlRule(`k: a or «k: b and n: 1»`)},
		{"kql-mixed-and-or", kqlRule(`k: a or (k: b and n: 1)`)},
		{"kql-range-on-text", kqlRule(`«event.code > 4700»`)},
		{"kql-range-on-text", kqlRule(`n > 4700`)},
		{"kql-field-wildcard", kqlRule(`«process.*»: a`)},
		{"kql-field-wildcard", kqlRule(`process.name: a`)},

		{"duplicate-value", kqlRule(`k: (a or b or «a»)`)},
		{"duplicate-value", kqlRule(`k: (a or A)`)},
		{"duplicate-value", eqlRule(`process where process.name : ("a", «"A"»)`)},
		{"duplicate-value", eqlRule(`process where process.name in ("a", "A")`)},
		{"subsumed-value", eqlRule(`process where process.name : («"cmd.exe"», "cmd*")`)},
		{"subsumed-value", eqlRule(`process where process.name : ("cm.exe", "cmd*")`)},
		{"subsumed-value", kqlRule(`k: (a* and abc)`)},
		{"leading-wildcard", kqlRule(`k: «*.exe»`)},
		{"leading-wildcard", kqlRule(`w: *.exe`)},
		{"leading-wildcard", kqlRule(`k: *`)},
		{"long-list", kqlRule("«k»: (a" + strings.Repeat(" or a", 1024) + ")")},
		{"long-list", kqlRule("k: (a" + strings.Repeat(" or a", 1023) + ")")},

		{"regexp-anchor", eqlRule(`process where process.name regex "«^»cmd"`)},
		{"regexp-anchor", eqlRule(`process where process.name regex "cmd.*«$»"`)},
		{"regexp-anchor", eqlRule(`process where process.name regex "cmd\\$"`)},
		{"regexp-anchor", eqlRule(`process where process.name regex "[^a]cmd"`)},
		{"regexp-group-syntax", eqlRule(`process where process.name regex "«(?i»)cmd"`)},
		{"regexp-group-syntax", eqlRule(`process where process.name regex "(a)?cmd"`)},
		{"regexp-operator", eqlRule(`process where process.name regex "a«&»b"`)},
		{"regexp-operator", eqlRule(`process where process.name regex "\\.«@»b"`)},
		{"regexp-operator", eqlRule(`process where process.name regex "a\\&b[&]"`)},
		{"regexp-empty-alternative", eqlRule(`process where process.name regex "(a|«|»b)"`)},
		{"regexp-empty-alternative", eqlRule(`process where process.name regex "(a|b)"`)},
		{"regexp-leading-quantifier", eqlRule(`process where process.name regex "«*»sh"`)},
		{"regexp-leading-quantifier", eqlRule(`process where process.name regex ".*sh"`)},
		{"regexp-range-case", eqlRule(`process where process.name regex~ "[«a-z»]+"`)},
		{"regexp-range-case", eqlRule(`process where process.name regex~ "[a-zA-Z]+"`)},
		{"regexp-range-case", eqlRule(`process where process.name regex "[a-z]+"`)},

		{"no-index", "type = «\"query\"»\nlanguage = \"kuery\"\nquery = \"k: a\"\n"},
		{"no-index", kqlRule("k: a")},
		{"duplicate-tag", "tags = [\"a\", «\"a\"»]\n" + kqlRule("k: a")},
		{"duplicate-tag", "tags = [\"a\", \"A\"]\n" + kqlRule("k: a")},
		{"timeline-pair", "timeline_id = «\"a\"»\n" + kqlRule("k: a")},
		{"timeline-pair", "timeline_id = \"a\"\ntimeline_title = \"b\"\n" + kqlRule("k: a")},
		{"max-signals-limit", "max_signals = «1001»\n" + kqlRule("k: a")},
		{"max-signals-limit", "max_signals = 1000\n" + kqlRule("k: a")},
		{"risk-score-severity", "severity = \"high\"\nrisk_score = «21»\n" + kqlRule("k: a")},
		{"risk-score-severity", "severity = \"high\"\nrisk_score = 73\n" + kqlRule("k: a")},
		{"duplicate-tactic", kqlRule("k: a") + "[[rule.threat]]\nframework = \"MITRE ATT&CK\"\n[rule.threat.tactic]\nid = \"TA0001\"\n[[rule.threat]]\nframework = \"MITRE ATT&CK\"\n[rule.threat.tactic]\nid = «\"TA0001\"»\n"},
		{"duplicate-tactic", kqlRule("k: a") + "[[rule.threat]]\nframework = \"MITRE ATT&CK\"\n[rule.threat.tactic]\nid = \"TA0001\"\n[[rule.threat]]\nframework = \"MITRE ATT&CK\"\n[rule.threat.tactic]\nid = \"TA0002\"\n"},
		{"threshold-cardinality-field", "type = \"threshold\"\nindex = [\"x\"]\nlanguage = \"kuery\"\nquery = \"k: a\"\n[rule.threshold]\nfield = [\"k\"]\nvalue = 1\n[[rule.threshold.cardinality]]\nfield = «\"k\"»\nvalue = 2\n"},
		{"threshold-cardinality-field", "type = \"threshold\"\nindex = [\"x\"]\nlanguage = \"kuery\"\nquery = \"k: a\"\n[rule.threshold]\nfield = [\"k\"]\nvalue = 1\n[[rule.threshold.cardinality]]\nfield = \"n\"\nvalue = 2\n"},
		{"risk-score-mapping-ignored", kqlRule("k: a") + "[[rule.risk_score_mapping]]\nfield = \"n\"\noperator = \"equals\"\nvalue = «\"5\"»\n"},
		{"risk-score-mapping-ignored", kqlRule("k: a") + "[[rule.risk_score_mapping]]\nfield = \"n\"\noperator = \"equals\"\nvalue = \"\"\n"},
		{"override-on-sequence", "rule_name_override = «\"k\"»\n" + eqlRule(`sequence by k [process where true] [process where true]`)},
		{"override-on-sequence", "rule_name_override = \"k\"\n" + eqlRule(`process where true`)},
		{"attack-unknown-id", threatRule(`«"TA9999"»`, `"Execution"`)},
		{"attack-unknown-id", threatRule(`"TA0002"`, `"Execution"`)},
		{"attack-revoked", threatRule(`"TA0010"`, `"Exfiltration"`, "[[rule.threat.technique]]", `id = «"T1002"»`)},
		{"attack-revoked", threatRule(`"TA0009"`, `"Collection"`, "[[rule.threat.technique]]", `id = "T1560"`)},
		{"attack-name", threatRule(`"TA0002"`, `«"Evasion"»`)},
		{"attack-name", threatRule(`"TA0002"`, `"Execution"`, "[[rule.threat.technique]]", `id = "T1059"`, `name = «"PowerShell"»`)},
		{"attack-name", threatRule(`"TA0002"`, `"Execution"`)},
		{"attack-reference", threatRule(`"TA0002"`, `"Execution"`, `reference = «"https://attack.mitre.org/tactics/TA0003/"»`)},
		{"attack-reference", threatRule(`"TA0002"`, `"Execution"`, `reference = "https://attack.mitre.org/tactics/TA0002"`)},
		{"attack-wrong-tactic", threatRule(`"TA0002"`, `"Execution"`, "[[rule.threat.technique]]", `id = «"T1003"»`)},
		{"attack-wrong-tactic", threatRule(`"TA0006"`, `"Credential Access"`, "[[rule.threat.technique]]", `id = "T1003"`)},
		{"attack-wrong-parent", threatRule(`"TA0006"`, `"Credential Access"`, "[[rule.threat.technique]]", `id = "T1003"`, "[[rule.threat.technique.subtechnique]]", `id = «"T1059.001"»`)},
		{"attack-wrong-parent", threatRule(`"TA0006"`, `"Credential Access"`, "[[rule.threat.technique]]", `id = "T1003"`, "[[rule.threat.technique.subtechnique]]", `id = "T1003.001"`)},
		{"attack-missing", threatRule(`"TA0002"`, `"Execution"`)},
		{"lookback-gap", "interval = \"10m\"\nfrom = «\"now-5m\"»\n" + kqlRule("k: a")},
		{"lookback-gap", "interval = \"10m\"\nfrom = \"now-10m\"\n" + kqlRule("k: a")},
		{"lookback-no-overlap", "interval = \"10m\"\nfrom = «\"now-10m\"»\n" + kqlRule("k: a")},
		{"lookback-no-overlap", "interval = \"10m\"\nfrom = \"now-11m\"\n" + kqlRule("k: a")},
	} {
		t.Run(test.check+"/"+test.lines, func(t *testing.T) {
			r, doc, at := load(t, test.lines)
			found := New(Options{Levels: map[string]Level{test.check: Warning}, Attack: attackTable(t)}).Rule(r, schema(t))
			var own diag.List
			for _, d := range found {
				if d.Name == test.check {
					own = append(own, d)
				}
			}
			if at.Start < 0 {
				if len(own) > 0 {
					t.Errorf("a near miss is reported: %v", own)
				}
				return
			}
			for _, d := range own {
				if d.Subject.Span == at {
					return
				}
			}
			t.Errorf("wanted at %q, found %v", doc.File.Text()[at.Start:at.End], own)
		})
	}
}

// A rule that names no tactic is told so at its name; a building block is not.
func TestAttackMissing(t *testing.T) {
	checks := New(Options{Attack: attackTable(t)})
	r, doc, _ := load(t, kqlRule("k: a"))
	found := checks.Rule(r, schema(t))
	if len(found) != 1 || found[0].Name != "attack-missing" || found[0].Subject != doc.ValuePlace("rule", "name") {
		t.Errorf("%v", found)
	}
	r, _, _ = load(t, "building_block_type = \"default\"\n"+kqlRule("k: a"))
	if found := checks.Rule(r, schema(t)); len(found) != 0 {
		t.Errorf("a building block: %v", found)
	}
}

func TestLevels(t *testing.T) {
	r, _, _ := load(t, kqlRule(`k: a?`))
	for level, want := range map[Level]diag.Severity{Error: diag.Error, Warning: diag.Warning, Info: diag.Info} {
		found := New(Options{Levels: map[string]Level{"kql-question-mark": level}}).Rule(r, schema(t))
		if len(found) != 1 || found[0].Severity != want {
			t.Errorf("%s: %v", level, found)
		}
	}
	if found := New(Options{Levels: map[string]Level{"kql-question-mark": Off}}).Rule(r, schema(t)); len(found) != 0 {
		t.Errorf("off: %v", found)
	}
}

// Each row is a file with a remark, and the names of the findings that are left.
func TestSilence(t *testing.T) {
	for _, test := range []struct{ name, lines, want string }{
		{"above the value", "# tocsin: ignore kql-question-mark -- meant\n" + "query = 'k: a?'\n", ""},
		{"behind the value", "query = 'k: a?' # tocsin: ignore kql-question-mark -- meant\n", ""},
		{"about another check", "# tocsin: ignore kql-quoted-star -- meant\nquery = 'k: a?'\n", "kql-question-mark unused-ignore"},
		{"above another value", "# tocsin: ignore kql-question-mark -- meant\nnote = 'x'\nquery = 'k: a?'\n", "kql-question-mark unused-ignore"},
		{"without a reason", "# tocsin: ignore kql-question-mark\nquery = 'k: a?'\n", "kql-question-mark ignore-without-reason"},
		{"an unknown check", "# tocsin: ignore kql-questionmark -- meant\nquery = 'k: a?'\n", "kql-question-mark unknown-check"},
		{"in a string", "note = '''\n# tocsin: ignore kql-question-mark -- meant\n'''\nquery = 'k: a?'\n", "kql-question-mark"},
		{"nothing to ignore", "# tocsin: ignore kql-question-mark -- meant\nquery = 'k: a'\n", "unused-ignore"},
	} {
		r, doc, _ := load(t, "type = \"query\"\nlanguage = \"kuery\"\nindex = [\"x\"]\n"+test.lines)
		if got := names(Silence(doc, New(Options{}).Rule(r, schema(t)))); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
	for _, test := range []struct{ name, query, want string }{
		{"above the line of the query", "process where\n// tocsin: ignore eql-literal-wildcard -- meant\nprocess.name == \"a*\"", ""},
		{"on the line of the query", "process where\nprocess.name == \"a*\" // tocsin: ignore eql-literal-wildcard -- meant\n", ""},
		{"above another line", "process where\n// tocsin: ignore eql-literal-wildcard -- meant\ntrue and\nprocess.name == \"a*\"", "eql-literal-wildcard unused-ignore"},
	} {
		r, doc, _ := load(t, eqlRule(test.query))
		if got := names(Silence(doc, New(Options{}).Rule(r, schema(t)))); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func names(list diag.List) string {
	var names []string
	for _, d := range list {
		names = append(names, d.Name)
	}
	return strings.Join(names, " ")
}
