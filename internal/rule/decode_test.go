package rule_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
)

func decode(tb testing.TB, text string) (*rule.Rule, diag.List) {
	tb.Helper()
	return rule.Decode(parse(tb, "rule.toml", text))
}

// TestDecodeEveryField reads rules that have every field of their type.
func TestDecodeEveryField(t *testing.T) {
	paths, err := filepath.Glob("../../schemas/testdata/valid/rule_*.toml")
	if err != nil || len(paths) != 9 {
		t.Fatalf("got %v, %v", paths, err)
	}
	set := newSchemas(t)
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			r, list, err := rule.Load(source.NewFile(path, string(text)), set)
			if err != nil || len(list) > 0 {
				t.Fatal(list, err)
			}
			if diff := cmp.Diff(expectedAPI(t, r.Doc().Tree), throughJSON(t, r.EncodeAPI())); diff != "" {
				t.Errorf("(-TOML +API)\n%s", diff)
			}
		})
	}
}

func TestDecodeRepositoryParts(t *testing.T) {
	text, err := os.ReadFile("../../schemas/testdata/valid/rule_machine_learning.toml")
	if err != nil {
		t.Fatal(err)
	}
	r, list := decode(t, string(text))
	if len(list) > 0 {
		t.Fatal(list)
	}
	m := r.Metadata
	got := []any{
		m.CreationDate, m.UpdatedDate, m.DeprecationDate, m.DeprecatedReason, m.Maturity, *m.Integration, m.MinStackVersion, m.MinStackComments,
		*m.QuerySchemaValidation, *m.BypassBBRTiming, *m.Promotion, m.OSTypeList, m.RelatedEndpointRules, m.Comments, m.Extended["owner"],
		r.Transform.Osquery[0].Label, r.Transform.Osquery[0].Query, len(r.Transform.Osquery[0].ECSMapping),
		r.Transform.Investigate[0].Label, r.Transform.Investigate[0].Description, r.Transform.Investigate[0].RelativeFrom, r.Transform.Investigate[0].RelativeTo,
		len(r.Transform.Investigate[0].Providers), r.Transform.Investigate[0].Providers[1][0].QueryType, *r.Transform.Investigate[0].Providers[0][0].Excluded,
		r.ThreatMappings[0].Framework, r.ThreatMappings[0].Version, r.ThreatMappings[0].Threat[0].Tactic.ID,
	}
	want := []any{
		"2026/01/31", "2026/11/22", "2026/11/22", "another rule finds more", "deprecated", rule.TextOrList{Values: []string{"aws"}, Single: true}, "9.2.0", "uses a field of 9.2",
		false, true, false, []string{"windows", "linux", "macos"}, []string{"A rule of the endpoint"}, "kept for the tests", "team blue",
		"Processes", "SELECT * FROM processes", 2,
		"The user's alerts", "What the user did before", "now-48h/h", "now",
		2, "range", false,
		"MITRE ATT&CK", "18.1", "TA0002",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestDecodeFindings(t *testing.T) {
	tests := []struct{ name, text, want, help string }{
		{"top table", "[rules]", "rule.toml:1:2: error: unknown key `rules` [unknown-key]", "did you mean `rule`?"},
		{"top key", "x = 1", "rule.toml:1:1: error: unknown key `x` [unknown-key]", ""},
		{"metadata", "[metadata]\nmaturty = ''", "rule.toml:2:1: error: unknown key `maturty` [unknown-key]", "did you mean `maturity`?"},
		{"rule", "[rule]\n\nquerry = ''", "rule.toml:3:1: error: unknown key `querry` [unknown-key]", "did you mean `query`?"},
		{"dotted", "rule.'querry' = ''", "rule.toml:1:6: error: unknown key `querry` [unknown-key]", "did you mean `query`?"},
		{"second threat", "[[rule.threat]]\n[[rule.threat]]\n[[rule.threat.technique]]\nidd = ''", "rule.toml:4:1: error: unknown key `idd` [unknown-key]", "did you mean `id`?"},
		{"provider", "[[transform.investigate]]\nproviders = [[{ fild = 'x' }]]", "rule.toml:2:17: error: unknown key `fild` [unknown-key]", "did you mean `field`?"},
		{"API field that has another form", "[rule]\nid = 'x'", "rule.toml:2:1: error: unknown key `id` [unknown-key]", ""},
		{"text", "[rule]\nname = 5", "rule.toml:2:8: error: `rule.name` must be a string [wrong-type]", ""},
		{"integer", "[rule]\nrisk_score = 21.0", "rule.toml:2:14: error: `rule.risk_score` must be an integer [wrong-type]", ""},
		{"boolean", "[rule]\nenabled = 'yes'", "rule.toml:2:11: error: `rule.enabled` must be a boolean [wrong-type]", ""},
		{"list", "[rule]\ntags = 'a'", "rule.toml:2:8: error: `rule.tags` must be an array of strings [wrong-type]", ""},
		{"item", "[rule]\ntags = ['a', 5]", "rule.toml:2:14: error: `rule.tags.1` must be a string [wrong-type]", ""},
		{"table", "[rule]\nthreshold = 5", "rule.toml:2:13: error: `rule.threshold` must be a table [wrong-type]", ""},
		{"tables", "[rule.threat]", "rule.toml:1:1: error: `rule.threat` must be an array of tables [wrong-type]", ""},
		{"item of tables", "[rule]\nthreat = [5]", "rule.toml:2:11: error: `rule.threat.0` must be a table [wrong-type]", ""},
		{"list of lists", "[[transform.investigate]]\nproviders = [{}]", "rule.toml:2:14: error: `transform.investigate.0.providers.0` must be an array of tables [wrong-type]", ""},
		{"open table", "[rule]\nmeta = 'x'", "rule.toml:2:8: error: `rule.meta` must be a table [wrong-type]", ""},
		{"open tables", "[rule]\nactions = [1]", "rule.toml:2:12: error: `rule.actions.0` must be a table [wrong-type]", ""},
		{"date in an open table", "[rule.meta]\na = [{ b = 2026-11-22 }]", "rule.toml:2:12: error: `rule.meta.a.0.b` must be a string: JSON has no date-time [wrong-type]", ""},
		{"not a number", "[[rule.actions]]\na = nan", "rule.toml:2:5: error: `rule.actions.0.a` must be a finite number [wrong-type]", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, list := decode(t, tt.text)
			if r == nil || len(list) != 1 {
				t.Fatalf("got rule %v and findings %v, want a rule and one finding", r, list)
			}
			if got := list[0].Error(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if list[0].Help != tt.help {
				t.Errorf("got help %q, want %q", list[0].Help, tt.help)
			}
		})
	}
}

func TestExtendedHoldsAnything(t *testing.T) {
	r, list := decode(t, "[metadata.extended]\nsince = 2026-11-22\nratio = nan\n")
	if len(list) > 0 || len(r.Metadata.Extended) != 2 {
		t.Errorf("got %v, %v", r.Metadata.Extended, list)
	}
	if _, list = decode(t, "[metadata]\nextended = 1"); len(list) != 1 {
		t.Errorf("got %v, want one finding", list)
	}
}

func TestPlaces(t *testing.T) {
	const text = "[metadata]\n[rule]\nname = 'n'\nquery = '''\nprocess.name : cmd\n and x'''\n[[rule.threat]]\nframework = 'f'\n"
	r, _ := decode(t, text)
	view := r.QueryView()
	if want := "process.name : cmd\n and x"; view.Text() != want || r.Query != want {
		t.Errorf("got %q and %q, want %q", view.Text(), r.Query, want)
	}
	span := view.Span(source.Span{Start: strings.Index(r.Query, "and"), End: strings.Index(r.Query, "and") + 3})
	if got := text[span.Start:span.End]; got != "and" {
		t.Errorf("the span of `and` in the file holds %q", got)
	}
	places := map[string]string{"rule/name": "rule.toml:3:8", "rule/note": "rule.toml:2:1", "rule/threat/0/framework": "rule.toml:8:13", "rule/threat/0/tactic": "rule.toml:7:1", "transform": "rule.toml"}
	for path, want := range places {
		if got := r.Place(strings.Split(path, "/")...).String(); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	if _, ok := r.View("rule", "threat"); ok {
		t.Error("a table has a view")
	}
	if r.Doc() == nil {
		t.Error("the rule has lost its document")
	}
}

func TestPlacesOfRuleWithoutFile(t *testing.T) {
	r := &rule.Rule{RuleID: "id", Query: "a", ThreatQuery: "b"}
	if view := r.QueryView(); view.Text() != "a" || view.File().Name() != "id" {
		t.Errorf("got %q of %q", view.Text(), view.File().Name())
	}
	if r.ThreatQueryView().Text() != "b" || r.Place("rule").File != nil || r.Doc() != nil {
		t.Error("a rule without a file has places")
	}
}

func TestLoad(t *testing.T) {
	set := newSchemas(t)
	tests := []struct {
		name, text string
		want       []string
	}{
		{"no TOML", "[rule", []string{"1:6 toml-syntax"}},
		{"empty", "", []string{"- missing-key"}},
		{"no type", "[metadata]\ncreation_date = '2026/11/22'\nupdated_date = '2026/11/22'\n[rule]\nname = 'x'\n", []string{"4:1 missing-key"}},
		{"unknown type", "[metadata]\ncreation_date = '2026/11/22'\nupdated_date = '2026/11/22'\n[rule]\ntype = 'kql'\n", []string{"5:8 not-allowed"}},
		{"told once", machineLearning + "nmae = ''\n[rule.meta]\nx = 2026-11-22\n", []string{"14:1 unknown-key", "16:5 wrong-type"}},
		{"valid", machineLearning, nil},
		{"deprecated reason", strings.Replace(machineLearning, "[rule]", "deprecated_reason = 'x'\n[rule]", 1), []string{"4:1 unknown-key"}},
		{"deprecated reason of a deprecated rule", strings.Replace(machineLearning, "[rule]", "maturity = 'deprecated'\ndeprecated_reason = 'x'\n[rule]", 1), nil},
		{"no such day", strings.Replace(machineLearning, "2026/11/22", "2026/02/30", 1), []string{"2:17 wrong-form"}},
		{"leap day", strings.Replace(machineLearning, "2026/11/22", "2028/02/29", 1), nil},
		{"no such month", strings.Replace(machineLearning, "2026/11/22", "2026/13/30", 1), []string{"2:17 wrong-form"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, list, err := rule.Load(source.NewFile("r", tt.text), set)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range list {
				place := "-"
				if d.Subject.HasSpan() {
					place = strings.TrimPrefix(d.Subject.String(), "r:")
				}
				got = append(got, place+" "+d.Name)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s\n%v", diff, list)
			}
		})
	}
}

const machineLearning = `[metadata]
creation_date = "2026/11/22"
updated_date = "2026/11/22"
[rule]
anomaly_threshold = 50
author = ["tocsin"]
description = "d"
machine_learning_job_id = "job"
name = "n"
risk_score = 47
rule_id = "00000000-0000-4000-8000-000000000000"
severity = "medium"
type = "machine_learning"
`

func TestFieldOfAnotherType(t *testing.T) {
	_, list, err := rule.Load(source.NewFile("r", machineLearning+"threshold = 1\n"), newSchemas(t))
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if want := "a rule of type `machine_learning` has no `threshold`"; list[0].Message != want {
		t.Errorf("got %q, want %q", list[0].Message, want)
	}
	if want := "rules of these types have it: `threshold`"; list[0].Help != want {
		t.Errorf("got %q, want %q", list[0].Help, want)
	}
}

// TestEnumsAgreeWithSchema holds the constants of this package against the schema's allowed values.
func TestEnumsAgreeWithSchema(t *testing.T) {
	set := newSchemas(t)
	check := func(kind, value string, want bool) {
		t.Helper()
		found, err := set.Check(kind, value)
		if err != nil || (len(found) == 0) != want {
			t.Errorf("%s: %q: got %v, %v", kind, value, found, err)
		}
	}
	for _, typ := range rule.Types() {
		check("rule#type", typ.String(), true)
	}
	for _, severity := range rule.Severities() {
		check("rule#severity", severity.String(), true)
	}
	for _, language := range rule.Languages() {
		check("rule#kql_or_lucene", language.String(), language == rule.KQL || language == rule.Lucene)
	}
	check("rule#type", "kql", false)
	check("rule#severity", "info", false)
}
