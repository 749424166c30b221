package page_test

import (
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/page"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// TestDefaults: what a rule does not state takes Kibana's default with a word that says so, or is left out.
func TestDefaults(t *testing.T) {
	const word = "Kibana's default"
	for _, row := range []struct {
		name      string
		rule      rule.Rule
		has, lack string
	}{
		{"interval absent", rule.Rule{}, "**Runs every**: 5m (" + word + ")\n", ""},
		{"interval stated", rule.Rule{Interval: "5m"}, "**Runs every**: 5m\n", ""},
		{"from absent", rule.Rule{}, "**Searches indices from**: now-6m (" + word + "; [Date Math format](", ""},
		{"from stated", rule.Rule{From: "now-6m"}, "**Searches indices from**: now-6m ([Date Math format](", ""},
		{"alerts absent", rule.Rule{}, "**Maximum alerts per execution**: 100 (" + word + ")\n", ""},
		{"alerts stated", rule.Rule{MaxSignals: 100}, "**Maximum alerts per execution**: 100\n", ""},
		{"version absent", rule.Rule{}, "**Version**: 1\n", ""},
		{"version stated", rule.Rule{Version: 7}, "**Version**: 7\n", ""},
		{"risk of zero", rule.Rule{}, "**Risk score**: 0\n", ""},
		{"indices absent", rule.Rule{Type: rule.TypeQuery}, "**Rule indices**: those of the space's settings (" + word + ")\n", ""},
		{"indices empty", rule.Rule{Type: rule.TypeEQL, Index: []string{""}}, "**Rule indices**: those of the space's settings (" + word + ")\n", ""},
		{"indices stated", rule.Rule{Index: []string{"logs-*"}}, "**Rule indices**:\n\n* logs-*\n", word + ")\n\n**Severity"},
		{"a data view", rule.Rule{Type: rule.TypeQuery, DataViewID: "view"}, "**Rule indices**: those of the data view `view`\n", ""},
		{"ES|QL", rule.Rule{Type: rule.TypeESQL}, "**Rule indices**: those that the query names\n", ""},
		{"a saved query", rule.Rule{Type: rule.TypeSavedQuery}, "**Rule indices**: those of the saved query\n", ""},
		{"jobs", rule.Rule{Type: rule.TypeMachineLearning}, "**Rule type**: machine_learning\n\n**Risk", "Rule indices"},
		{"no tags", rule.Rule{Tags: []string{" "}}, "", "Tags"},
		{"no references", rule.Rule{}, "", "References"},
		{"no authors", rule.Rule{}, "", "Rule authors"},
		{"no licence", rule.Rule{}, "", "Rule license"},
		{"no guide", rule.Rule{Note: "\n \n"}, "", "Investigation guide"},
		{"no setup but its title", rule.Rule{Setup: "## Setup\n"}, "", "Setup"},
		{"no query", rule.Rule{Query: " \n"}, "", "Rule query"},
		{"no threat", rule.Rule{Threat: []rule.Threat{{Framework: "MITRE ATT&CK"}}}, "", "Framework"},
		{"a tactic without address", rule.Rule{Threat: []rule.Threat{{Tactic: &rule.Tactic{Name: "Impact"}}}}, "**Framework**: MITRE ATT&CK\n\n* Tactic:\n\n    * Name: Impact\n", "Reference URL"},
		{"language of the type", rule.Rule{Type: rule.TypeEQL, Query: "any where true"}, "```eql\nany where true\n```\n", ""},
		{"language stated", rule.Rule{Language: rule.Lucene, Query: "a:1"}, "```lucene\na:1\n```\n", ""},
		{"no name", rule.Rule{RuleID: "id-1"}, "# id-1 [rule-id-1]\n", ""},
		{"no name and no id", rule.Rule{}, "# Unnamed rule [rule]\n", ""},
		{"production is not deprecated", rule.Rule{Metadata: rule.Metadata{Maturity: "production"}}, "", "deprecated"},
		{"deprecated, without date and reason", rule.Rule{Metadata: rule.Metadata{Maturity: "deprecated"}}, "> **This rule is deprecated**\n", ""},
	} {
		got := page.Markdown(&row.rule, page.Options{})
		checkPage(t, got)
		if !strings.Contains(got, row.has) {
			t.Errorf("%s: no %q in\n%s", row.name, row.has, got)
		}
		if row.lack != "" && strings.Contains(got, row.lack) {
			t.Errorf("%s: %q in\n%s", row.name, row.lack, got)
		}
	}
}

func TestSettings(t *testing.T) {
	job := &rule.TextOrList{Values: []string{"job"}, Single: true}
	for _, row := range []struct {
		name      string
		rule      rule.Rule
		has, lack string
	}{
		{"threshold over everything", rule.Rule{Type: rule.TypeThreshold, Threshold: &rule.Threshold{Value: 1}}, "| Threshold | at least 1 event |", "Cardinality"},
		{"threshold of another type", rule.Rule{Type: rule.TypeQuery, Threshold: &rule.Threshold{Value: 1}}, "", "Threshold"},
		{"a threshold rule without one", rule.Rule{Type: rule.TypeThreshold}, "", "| Threshold"},
		{"one job", rule.Rule{Type: rule.TypeMachineLearning, MachineLearningJobID: job}, "| Machine learning jobs | `job` |", ""},
		{"no indicator path", rule.Rule{Type: rule.TypeThreatMatch}, "| Indicator path | `threat.indicator` (Kibana's default) |", "Indicator mapping"},
		{"indicator path", rule.Rule{Type: rule.TypeThreatMatch, ThreatIndicatorPath: "a.b"}, "| Indicator path | `a.b` |", ""},
		{"a bar in a value", rule.Rule{RuleNameOverride: "a|b"}, "| Rule name override | `a\\|b` |", ""},
		{"look-back", rule.Rule{From: "now-65m", Interval: "1h"}, "| Additional look-back time | 5 minutes |", ""},
		{"look-back of days", rule.Rule{From: "now-3d", Interval: "1d"}, "| Additional look-back time | 2 days |", ""},
		{"look-back of seconds", rule.Rule{From: "now-90s", Interval: "1m"}, "| Additional look-back time | 30 seconds |", ""},
		{"look-back of one", rule.Rule{From: "now-2h", Interval: "1h"}, "| Additional look-back time | 1 hour |", ""},
		{"suppression for a time", rule.Rule{AlertSuppression: &rule.AlertSuppression{Duration: &rule.Duration{Value: 1, Unit: "h"}}}, "| one alert within 1 hour |", ""},
		{"integrations of the metadata", rule.Rule{Metadata: rule.Metadata{Integration: &rule.TextOrList{Values: []string{"aws", "okta"}}}}, "| Related integrations | aws, okta |", ""},
		{"no look-back", rule.Rule{From: "now-1h", Interval: "1h"}, "| Additional look-back time | 0 seconds |", ""},
		{"a gap", rule.Rule{From: "now-5m", Interval: "1h"}, "", "look-back time |"},
		{"rounded", rule.Rule{From: "now-1h/h", Interval: "5m"}, "", "look-back time |"},
		{"until", rule.Rule{To: "now-1m", From: "now-1h"}, "| Searches indices until | now-1m |", "look-back time |"},
		{"suppression per run", rule.Rule{AlertSuppression: &rule.AlertSuppression{GroupBy: []string{"a"}}}, "| Alert suppression | one alert for each value of `a` in each rule execution |", ""},
	} {
		got := page.Markdown(&row.rule, page.Options{})
		checkPage(t, got)
		if !strings.Contains(got, row.has) {
			t.Errorf("%s: no %q in\n%s", row.name, row.has, got)
		}
		if row.lack != "" && strings.Contains(got, row.lack) {
			t.Errorf("%s: %q in\n%s", row.name, row.lack, got)
		}
	}
}

// TestPublished: what is derived when a rule is published stands on its page, what nobody knows does not.
func TestPublished(t *testing.T) {
	options := page.Options{Published: func(r *rule.Rule) *rule.Rule {
		published := *r
		published.RequiredFields = []rule.RequiredField{{Name: "event.action", Type: "keyword"}, {Name: "x.y", Type: "unknown"}}
		published.RelatedIntegrations = []rule.RelatedIntegration{{Package: "aws", Integration: "cloudtrail", Version: "^2.0.0"}}
		return &published
	}}
	r := &rule.Rule{Metadata: rule.Metadata{Integration: &rule.TextOrList{Values: []string{"aws"}}}}
	for _, want := range []string{"| Required fields | `event.action` (keyword), `x.y` |", "| Related integrations | aws cloudtrail `^2.0.0` |"} {
		if got := page.Markdown(r, options); !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	options.Style = page.Prebuilt
	if got := page.Markdown(r, options); strings.Contains(got, "Required fields") {
		t.Errorf("a page in the layout of the reference has required fields\n%s", got)
	}
}

func TestIndex(t *testing.T) {
	tactic := func(name string) rule.Threat { return rule.Threat{Tactic: &rule.Tactic{Name: name}} }
	got := page.Index([]page.Entry{
		{File: "z.md", Rule: &rule.Rule{Name: "b", Severity: rule.Low}},
		{File: "b/é (1).md", Rule: &rule.Rule{Name: "A", Severity: rule.High, Threat: []rule.Threat{tactic("Impact"), tactic("Impact"), tactic("Exfiltration"), {}}}},
		{File: "a.md", Rule: &rule.Rule{Name: "B", Severity: rule.Low}},
	})
	const want = `# Detection rules

| Rule | Severity | Tactics |
| --- | --- | --- |
| [A](b/%C3%A9%20%281%29.md) | high | Impact, Exfiltration |
| [B](a.md) | low |  |
| [b](z.md) | low |  |

## By tactic

### Exfiltration

* [A](b/%C3%A9%20%281%29.md)

### Impact

* [A](b/%C3%A9%20%281%29.md)
`
	if got != want {
		t.Errorf("index:\n%s\nwant\n%s", got, want)
	}
	if got := page.Index(nil); got != "# Detection rules\n\nThere are no rules.\n" {
		t.Errorf("index of nothing: %q", got)
	}
}

// A prebuilt page is the beginning of the full one, and ends with the framework.
func TestPrebuiltStyle(t *testing.T) {
	r := &rule.Rule{Name: "N", Description: "d", Type: rule.TypeQuery, Query: "a: b", FalsePositives: []string{"never"}, Threat: []rule.Threat{{Framework: "MITRE ATT&CK", Tactic: &rule.Tactic{ID: "TA0001", Name: "T", Reference: "https://attack.mitre.org/tactics/TA0001/"}}}}
	full, prebuilt := page.Markdown(r, page.Options{}), page.Markdown(r, page.Options{Style: page.Prebuilt})
	if !strings.HasPrefix(full, strings.TrimSuffix(prebuilt, "\n")) || !strings.Contains(full, "never") || strings.Contains(prebuilt, "False positives") {
		t.Errorf("prebuilt:\n%s", prebuilt)
	}
	if !strings.Contains(prebuilt, "TA0001") {
		t.Error("the framework is left out")
	}
}

func TestIndexGroups(t *testing.T) {
	index := page.Index([]page.Entry{
		{File: "a.md", Rule: &rule.Rule{Name: "A", Tags: []string{"Data Source: Okta", "Domain: Cloud"}, Threat: []rule.Threat{{Tactic: &rule.Tactic{Name: "Execution"}}}}},
		{File: "b.md", Rule: &rule.Rule{Name: "B", Tags: []string{"Domain: Cloud", "Tactic: Execution"}}},
	})
	for _, want := range []string{"## By tactic\n\n### Execution\n\n* [A](a.md)\n\n", "### Okta\n\n* [A](a.md)\n", "### Domain: Cloud\n\n* [A](a.md)\n* [B](b.md)"} {
		if !strings.Contains(index, want) {
			t.Errorf("the index lacks %q:\n%s", want, index)
		}
	}
	if strings.Contains(index, "### Tactic: Execution") {
		t.Error("a tag that says the tactic again is listed")
	}
}
