package report

import (
	"io"
	"maps"
	"slices"

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
		ID string `json:"id"`
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
	rules := []sarifRule{}
	for _, id := range ids {
		rules = append(rules, sarifRule{ID: id})
	}
	results := []sarifResult{}
	for _, d := range findings {
		r := sarifResult{
			RuleID: d.Name, RuleIndex: slices.Index(ids, d.Name), Message: sarifText{Text: clean(withHelp(d))},
			Level: map[diag.Severity]string{diag.Error: "error", diag.Warning: "warning", diag.Info: "note"}[d.Severity],
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
