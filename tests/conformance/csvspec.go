package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// SpecCase is one case of a csv-spec file: a query, and the table that it gives.
type SpecCase struct {
	File, Name, Query string
	// Header has name:type for each column, Rows the cells as they are written.
	Header []string
	Rows   [][]string
	// Warnings are the warnings that the result must have, with quotes as they are. Patterns are regular expressions, of which
	// every other warning must match one.
	Warnings, Patterns []string
	// Unordered tells that the order of the rows does not matter: the case says so, or the query has no SORT.
	Unordered bool
}

// readSpecs reads the cases of a csv-spec file. A case is a name, settings, a query up to a semicolon at the end of a
// line, further settings, and a table up to a semicolon alone.
func readSpecs(path string) ([]SpecCase, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var cases []SpecCase
	current := SpecCase{}
	var query []string
	const (
		wantName = iota
		inQuery
		inTable
	)
	state := wantName
	for number, line := range strings.Split(string(text), "\n") {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "//") || strings.HasPrefix(trimmed, "#") || trimmed == "" && state != inQuery {
			continue
		}
		switch state {
		case wantName:
			name, _, _ := strings.Cut(trimmed, "#[")
			current, query, state = SpecCase{File: filepath.Base(path), Name: name}, nil, inQuery
		case inQuery:
			if len(query) == 0 && current.setting(trimmed) {
				continue
			}
			rest, done := strings.CutSuffix(trimmed, ";")
			if strings.HasSuffix(rest, `\`) {
				rest, done = trimmed, false // one that belongs to the query
			}
			if query = append(query, strings.ReplaceAll(rest, `\;`, ";")); done {
				current.Query, state = strings.TrimSpace(strings.Join(query, "\n")), inTable
			}
		case inTable:
			switch {
			case current.Header == nil && current.setting(trimmed):
			case trimmed == ";":
				current.Unordered = current.Unordered || !strings.Contains(strings.ToUpper(current.Query), "SORT")
				cases, state = append(cases, current), wantName
			case current.Header == nil:
				current.Header = cells(line)
			default:
				row := cells(line)
				if len(row) != len(current.Header) {
					return nil, fmt.Errorf("%s:%d: %d cells for %d columns", path, number+1, len(row), len(current.Header))
				}
				current.Rows = append(current.Rows, row)
			}
		}
	}
	return cases, nil
}

// setting reads a line of settings.
func (c *SpecCase) setting(line string) bool {
	key, value, ok := strings.Cut(line, ":")
	if !ok {
		return false
	}
	switch strings.ToLower(strings.TrimSpace(key)) {
	case "required_capability", "schema", "requesttimeout", "requesttimezone":
	case "warning":
		// What follows in "#[Emulated:" is how a runner without a cluster words it.
		value, _, _ = strings.Cut(value, "#[")
		c.Warnings = append(c.Warnings, strings.NewReplacer(`\"`, `"`, "%25", "%").Replace(strings.TrimSpace(value)))
	case "warningregex":
		value, _, _ = strings.Cut(value, "#[")
		c.Patterns = append(c.Patterns, strings.ReplaceAll(strings.TrimSpace(value), `\\\"`, `"`))
	case "ignoreorder":
		c.Unordered = strings.TrimSpace(value) == "true"
	default:
		return false
	}
	return true
}

// cells splits a line of a table at the bars that stand in no quotes.
func cells(line string) []string {
	var out []string
	start, quoted := 0, false
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '"':
			quoted = !quoted
		case '|':
			if !quoted {
				out, start = append(out, strings.TrimSpace(line[start:i])), i+1
			}
		}
	}
	return append(out, strings.TrimSpace(line[start:]))
}

// valuesOf gives the values of a cell: several in brackets, texts in quotes if they must be.
func valuesOf(cell string) []string {
	if cell == "null" || cell == "" {
		return nil
	}
	inner, ok := strings.CutPrefix(cell, "[")
	if !ok || !strings.HasSuffix(inner, "]") {
		return []string{unquote(cell)}
	}
	inner = strings.TrimSuffix(inner, "]")
	var out []string
	start, quoted := 0, false
	for i := 0; i < len(inner); i++ {
		switch inner[i] {
		case '\\':
			i++
		case '"':
			quoted = !quoted
		case ',':
			if !quoted {
				out, start = append(out, unquote(strings.TrimSpace(inner[start:i]))), i+1
			}
		}
	}
	return append(out, unquote(strings.TrimSpace(inner[start:])))
}

// unquote takes quotes off, doubled ones for one, and backslashes before commas, bars and brackets.
func unquote(text string) string {
	if len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"' {
		text = strings.ReplaceAll(text[1:len(text)-1], `""`, `"`)
	}
	return strings.NewReplacer(`\,`, ",", `\|`, "|", `\[`, "[", `\]`, "]", `\\`, `\`).Replace(text)
}
