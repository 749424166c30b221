package report

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/check"
	"github.com/tocsin-rules/tocsin/internal/diag"
)

// Check is what `tocsin check` found.
type Check struct {
	// Rules is the number of files that were checked.
	Rules    int
	Findings diag.List
	// Mended is the number of findings that were mended in this run.
	Mended int
	// Suite is what was checked.
	Suite *check.Suite
}

// CheckFormats are the forms in which findings are written, by name.
func CheckFormats() map[string]func(io.Writer, Check, Style) error {
	return map[string]func(io.Writer, Check, Style) error{
		"text": CheckText, "json": CheckJSON, "junit": CheckJUnit,
		"sarif": findingsOnly(SARIF), "github": findingsOnly(GitHub), "codequality": findingsOnly(CodeQuality),
	}
}

// findingsOnly is a writer of findings as one of checks.
func findingsOnly(write func(io.Writer, diag.List, string) error) func(io.Writer, Check, Style) error {
	return func(w io.Writer, c Check, _ Style) error { return write(w, c.Findings, "") }
}

// CheckFormatNames are the names of the forms, for people.
func CheckFormatNames() string { return strings.Join(slices.Sorted(maps.Keys(CheckFormats())), ", ") }

// CheckText writes findings and a summary line.
func CheckText(w io.Writer, c Check, style Style) error {
	p := newPrinter(style)
	for _, d := range c.Findings {
		p.diagnostic(d)
	}
	errors, warnings := c.Findings.Count(diag.Error), c.Findings.Count(diag.Warning)
	tone := p.green
	switch {
	case errors > 0:
		tone = p.red
	case warnings > 0:
		tone = p.yellow
	}
	summary := plural(c.Rules, "rule") + " checked: "
	if len(c.Findings) == 0 {
		summary += "no findings"
	} else {
		summary += plural(errors, "error") + ", " + plural(warnings, "warning")
	}
	if infos := c.Findings.Count(diag.Info); infos > 0 {
		summary += ", " + plural(infos, "note")
	}
	p.printf("%s\n", tone.Render(summary))
	if c.Mended > 0 {
		p.printf("%s mended\n", plural(c.Mended, "finding"))
	}
	if n := mendable(c.Findings); n > 0 {
		p.printf("%s of them can be mended with --fix\n", fmt.Sprint(n))
	}
	return p.flush(w)
}

// mendable counts the findings that have a fix.
func mendable(list diag.List) int {
	n := 0
	for _, d := range list {
		if len(d.Fix) > 0 {
			n++
		}
	}
	return n
}

// finding is a diagnostic in JSON. Lines and columns count from 1; a place without them is a whole file.
type finding struct {
	Name     string  `json:"name"`
	Severity string  `json:"severity"`
	Message  string  `json:"message"`
	Help     string  `json:"help,omitempty"`
	Place    place   `json:"place"`
	Related  []place `json:"related,omitempty"`
}

type place struct {
	File      string `json:"file"`
	Line      int    `json:"line,omitempty"`
	Column    int    `json:"column,omitempty"`
	EndLine   int    `json:"end_line,omitempty"`
	EndColumn int    `json:"end_column,omitempty"`
	Message   string `json:"message,omitempty"`
}

// CheckJSON writes {"rules": n, "errors": n, "warnings": n, "findings": [...]}. The style has no effect.
func CheckJSON(w io.Writer, c Check, _ Style) error {
	return writeJSON(w, struct {
		Rules    int       `json:"rules"`
		Errors   int       `json:"errors"`
		Warnings int       `json:"warnings"`
		Findings []finding `json:"findings"`
	}{c.Rules, c.Findings.Count(diag.Error), c.Findings.Count(diag.Warning), findingsOf(c.Findings)})
}

func findingsOf(list diag.List) []finding {
	out := make([]finding, len(list))
	for i, d := range list {
		out[i] = finding{Name: d.Name, Severity: d.Severity.String(), Message: d.Message, Help: d.Help, Place: placeOf(d.Subject)}
		for _, related := range d.Related {
			at := placeOf(related.Place)
			at.Message = related.Message
			out[i].Related = append(out[i].Related, at)
		}
	}
	return out
}

func placeOf(p diag.Place) place {
	if p.File == nil {
		return place{}
	}
	out := place{File: p.File.Name()}
	if p.HasSpan() {
		start, end := p.File.Position(p.Span.Start), p.File.Position(p.Span.End)
		out.Line, out.Column, out.EndLine, out.EndColumn = start.Line, start.Column, end.Line, end.Column
	}
	return out
}

func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}
