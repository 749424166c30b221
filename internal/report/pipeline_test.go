package report_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/fixture"
	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/report"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// hostile are findings whose texts try to be more than text.
func hostile() diag.List {
	file := source.NewFile("rules/a b,c:d.toml", "one\ntwo é three\n")
	return diag.List{
		{Name: "wrong-type", Severity: diag.Error, Subject: diag.Place{File: file, Span: source.Span{Start: 8, End: 13}},
			Message: "100% `bad` | <b>\n::error::x", Help: "mend it",
			Related: []diag.Related{{Place: diag.Place{File: file, Span: source.Span{Start: 0, End: 3}}, Message: "first here"}}},
		{Name: "long", Severity: diag.Warning, Subject: diag.Place{File: file, Span: source.Span{Start: 0, End: 6}}, Message: "over lines"},
		{Name: "no-file", Severity: diag.Info, Subject: diag.Place{File: file, Span: diag.NoSpan}, Message: "whole file"},
		{Name: "wrong-type", Severity: diag.Error, Message: "nowhere"},
	}
}

func TestGitHub(t *testing.T) {
	var out strings.Builder
	if err := report.GitHub(&out, hostile(), "sub/"); err != nil {
		t.Fatal(err)
	}
	const want = `::error file=sub/rules/a b%2Cc%3Ad.toml,line=2,endLine=2,col=5,endColumn=9,title=wrong-type::100%25 ` + "`bad`" + ` | <b>%0A::error::x (mend it)
::warning file=sub/rules/a b%2Cc%3Ad.toml,line=1,endLine=2,title=long::over lines
::notice file=sub/rules/a b%2Cc%3Ad.toml,title=no-file::whole file
::error title=wrong-type::nowhere
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestSARIF(t *testing.T) {
	var out strings.Builder
	if err := report.SARIF(&out, hostile(), "sub/"); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           *struct{ StartLine, StartColumn, EndLine, EndColumn int }
					}
				}
				RelatedLocations []struct{ Message struct{ Text string } }
			}
		}
	}
	if err := json.Unmarshal([]byte(out.String()), &log); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range log.Runs[0].Results {
		line := fmt.Sprint(r.Level, " ", r.RuleID)
		if r.RuleID != log.Runs[0].Tool.Driver.Rules[r.RuleIndex].ID {
			t.Errorf("%s has the index of %s", r.RuleID, log.Runs[0].Tool.Driver.Rules[r.RuleIndex].ID)
		}
		for _, at := range r.Locations {
			line += " " + at.PhysicalLocation.ArtifactLocation.URI
			if region := at.PhysicalLocation.Region; region != nil {
				line += fmt.Sprintf(" %d:%d-%d:%d", region.StartLine, region.StartColumn, region.EndLine, region.EndColumn)
			}
		}
		for _, related := range r.RelatedLocations {
			line += " (" + related.Message.Text + ")"
		}
		got = append(got, line)
	}
	want := []string{
		"error wrong-type sub/rules/a%20b,c:d.toml 2:5-2:9 (first here)", "warning long sub/rules/a%20b,c:d.toml 1:1-2:3",
		"note no-file sub/rules/a%20b,c:d.toml", "error wrong-type",
	}
	if diff := cmp.Diff(want, got); diff != "" || log.Version != "2.1.0" {
		t.Error(diff)
	}
}

func TestCodeQuality(t *testing.T) {
	twice := append(hostile(), hostile()[0])
	var out strings.Builder
	if err := report.CodeQuality(&out, twice, "sub/"); err != nil {
		t.Fatal(err)
	}
	var found []struct {
		CheckName   string `json:"check_name"`
		Fingerprint string
		Severity    string
		Location    struct {
			Path  string
			Lines struct{ Begin int }
		}
	}
	if err := json.Unmarshal([]byte(out.String()), &found); err != nil {
		t.Fatal(err)
	}
	prints := map[string]bool{}
	for _, f := range found {
		prints[f.Fingerprint] = true
	}
	if len(prints) != 5 {
		t.Errorf("%d fingerprints of 5 findings", len(prints))
	}
	if got := fmt.Sprint(found[0].CheckName, " ", found[0].Severity, " ", found[0].Location); got != "wrong-type major {sub/rules/a b,c:d.toml {2}}" {
		t.Error(got)
	}
}

func TestSummary(t *testing.T) {
	file := source.NewFile("tests/fixtures/a.toml", "x\n")
	tests := []report.RuleTest{
		{Rule: "rules/a.toml", Result: fixture.Result{Cases: []fixture.CaseResult{
			{Case: &fixture.Case{Name: "fine", Positive: true}, Status: fixture.Passed},
			{
				Case:   &fixture.Case{Name: "a `bad` | case", Place: diag.Place{File: file, Span: source.Span{Start: 0, End: 1}}},
				Status: fixture.Failed, Messages: []string{"an alert <was> raised"},
			},
		}}},
	}
	plan := publish.Plan{Changes: []publish.Change{
		{Action: publish.Update, Name: "Rule *A*", Source: "rules/a.toml", Fields: []publish.FieldChange{{Path: "query", Before: "a|b", After: "`c`"}}},
		{Action: publish.None, Name: "B"}, {Action: publish.Refuse, Name: "C", Source: "rules/c.toml", Reason: "no rule_id"},
	}}
	var out strings.Builder
	err := report.Summary(&out, report.Pipeline{Check: report.Check{Rules: 3, Findings: hostile()[:1]}, Tests: tests, Plans: []publish.Planned{{Plan: plan}}})
	if err != nil {
		t.Fatal(err)
	}
	const want = "## tocsin\n\n| | result | |\n|---|---|---|\n" +
		"| check | ❌ failed | 3 rules: 1 error, 0 warnings |\n" +
		"| test | ❌ failed | 2 cases: 1 passed, 1 failed |\n" +
		"| plan | ❌ failed | 0 to create, 1 to update, 1 unchanged, 1 refused |\n" +
		"\n### Findings\n\n| | place | finding |\n|---|---|---|\n" +
		"| error | `rules/a b,c:d.toml:2:5` | 100% \\`bad\\` \\| &lt;b&gt;\\\\n::error::x (mend it) `wrong-type` |\n" +
		"\n### Tests that failed\n\n" +
		"- `rules/a.toml`, negative case `` a `bad` \\| case `` (`tests/fixtures/a.toml:1:1`): an alert &lt;was&gt; raised\n" +
		"\n### Plan\n\n- **update** Rule \\*A\\* `rules/a.toml`\n  - `query`: `\"a\\|b\"` → `` \"`c`\" ``\n" +
		"- **refuse** C `rules/c.toml`: no rule\\_id\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestSummaryIsShort(t *testing.T) {
	var many diag.List
	for i := range 70 {
		many = append(many, diag.Diagnostic{Name: "n", Severity: diag.Warning, Message: fmt.Sprint(i)})
	}
	many = append(many, diag.Diagnostic{Name: "n", Severity: diag.Error, Message: "the worst"})
	var out strings.Builder
	if err := report.Summary(&out, report.Pipeline{Check: report.Check{Findings: many}, NoPlan: "no Kibana is named"}); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if strings.Count(text, "| warning |") != 49 || !strings.Contains(text, "the worst") || !strings.Contains(text, "21 findings more.") ||
		!strings.Contains(text, "| plan | – | no Kibana is named |") {
		t.Error(text)
	}
}
