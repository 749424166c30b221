package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/tocsin-rules/tocsin/internal/diag"
)

// codeQuality is a finding as GitLab's Code Quality report has it.
type codeQuality struct {
	Description string              `json:"description"`
	CheckName   string              `json:"check_name"`
	Fingerprint string              `json:"fingerprint"`
	Severity    string              `json:"severity"`
	Location    codeQualityLocation `json:"location"`
}

type codeQualityLocation struct {
	Path  string           `json:"path"`
	Lines codeQualityLines `json:"lines"`
}

type codeQualityLines struct {
	Begin int `json:"begin"`
}

// CodeQuality writes findings as GitLab's Code Quality report, which a merge request shows beside the lines. The prefix
// stands before each path.
func CodeQuality(w io.Writer, findings diag.List, prefix string) error {
	out := []codeQuality{}
	twins := map[string]int{}
	for _, d := range findings {
		at := placeOf(d.Subject)
		// The line is no part of it, so that a finding stays the same when lines above it change.
		same := fmt.Sprintf("%s\n%s\n%s", d.Name, at.File, d.Message)
		twins[same]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d", same, twins[same]))
		out = append(out, codeQuality{
			Description: clean(withHelp(d)), CheckName: d.Name, Fingerprint: hex.EncodeToString(sum[:16]),
			Severity: map[diag.Severity]string{diag.Error: "major", diag.Warning: "minor", diag.Info: "info"}[d.Severity],
			Location: codeQualityLocation{Path: prefix + at.File, Lines: codeQualityLines{Begin: max(at.Line, 1)}},
		})
	}
	return writeJSON(w, out)
}
