package report

import (
	"io"
	"maps"
	"slices"

	"github.com/tocsin-rules/tocsin/internal/check"
	"github.com/tocsin-rules/tocsin/internal/diag"
)

// The parts of SARIF 2.1.0 that findings need.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID      string         `json:"id"`
		Short   *sarifText     `json:"shortDescription,omitempty"`
		Help    *sarifText     `json:"help,omitempty"`
		Default *sarifDefault  `json:"defaultConfiguration,omitempty"`
		Tags    *sarifProperty `json:"properties,omitempty"`
	}
	sarifDefault struct {
		Level string `json:"level"`
	}
	sarifProperty struct {
		Tags []string `json:"tags"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
		Related   []sarifLocation `json:"relatedLocations,omitempty"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
		Message  *sarifText    `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
	}
)

// SARIF writes findings as a SARIF 2.1.0 log, which code scanning reads. The prefix stands before each path.
func SARIF(w io.Writer, findings diag.List, prefix string) error {
	names := map[string]bool{}
	for _, d := range findings {
		names[d.Name] = true
	}
	ids := slices.Sorted(maps.Keys(names))
	rules := sarifRules(ids)
	results := []sarifResult{}
	for _, d := range findings {
		r := sarifResult{
			RuleID: d.Name, RuleIndex: slices.Index(ids, d.Name), Message: sarifText{Text: clean(withHelp(d))},
			Level: sarifLevel(d.Severity),
		}
		if d.Subject.File != nil {
			r.Locations = []sarifLocation{sarifPlace(d.Subject, prefix)}
		}
		for _, related := range d.Related {
			at := sarifPlace(related.Place, prefix)
			at.Message = &sarifText{Text: clean(related.Message)}
			r.Related = append(r.Related, at)
		}
		results = append(results, r)
	}
	return writeJSON(w, sarifLog{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0",
		Runs: []sarifRun{{
			Tool: sarifTool{Driver: sarifDriver{Name: "tocsin", Rules: rules}}, ColumnKind: "unicodeCodePoints", Results: results,
		}},
	})
}

// sarifLevel is a severity in SARIF's words.
func sarifLevel(s diag.Severity) string {
	return map[diag.Severity]string{check.Off: "none", diag.Error: "error", diag.Warning: "warning", diag.Info: "note"}[s]
}

// sarifRules describes the checks that found something; a finding of another command has a name only.
func sarifRules(ids []string) []sarifRule {
	known := map[string]*check.Check{}
	for _, c := range check.All() {
		known[c.Name] = c
	}
	rules := []sarifRule{}
	for _, id := range ids {
		r := sarifRule{ID: id}
		if c, ok := known[id]; ok {
			r.Short, r.Default, r.Tags = &sarifText{Text: c.Reason}, &sarifDefault{Level: sarifLevel(c.Level)}, &sarifProperty{Tags: []string{string(c.Set)}}
			if c.Avoid != "" && c.Prefer != "" {
				r.Help = &sarifText{Text: "avoid: " + c.Avoid + "\nprefer: " + c.Prefer}
			}
		}
		rules = append(rules, r)
	}
	return rules
}

func sarifPlace(p diag.Place, prefix string) sarifLocation {
	at := placeOf(p)
	out := sarifLocation{Physical: sarifPhysical{Artifact: sarifArtifact{URI: uri(prefix + at.File)}}}
	if at.Line > 0 {
		out.Physical.Region = &sarifRegion{StartLine: at.Line, StartColumn: at.Column, EndLine: at.EndLine, EndColumn: at.EndColumn}
	}
	return out
}

// withHelp is a finding's message with the way out.
func withHelp(d diag.Diagnostic) string {
	if d.Help == "" {
		return d.Message
	}
	return d.Message + " (" + d.Help + ")"
}
