package report

import (
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
)

// GitHub writes findings as the commands by which GitHub Actions shows them beside the lines. The prefix stands before each
// path.
func GitHub(w io.Writer, findings diag.List, prefix string) error {
	var out strings.Builder
	for _, d := range findings {
		at := placeOf(d.Subject)
		command := map[diag.Severity]string{diag.Error: "error", diag.Warning: "warning", diag.Info: "notice"}[d.Severity]
		properties := ""
		if at.File != "" {
			properties = "file=" + commandProperty(prefix+at.File) + ","
		}
		if at.Line > 0 {
			properties += fmt.Sprintf("line=%d,endLine=%d,", at.Line, at.EndLine)
			if at.Line == at.EndLine { // GitHub refuses columns of a range of lines.
				properties += fmt.Sprintf("col=%d,endColumn=%d,", at.Column, at.EndColumn)
			}
		}
		fmt.Fprintf(&out, "::%s %stitle=%s::%s\n", command, properties, commandProperty(d.Name), commandText(withHelp(d)))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// commandText is a text as a command takes it: line breaks would end it, and an escape begins with a percent sign.
func commandText(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(strings.ToValidUTF8(text, "\uFFFD"))
}

// commandProperty is a text as a property of a command takes it.
func commandProperty(text string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(commandText(text))
}

// uri is a path as a relative URI.
func uri(path string) string { return (&url.URL{Path: path}).EscapedPath() }
