package report

import (
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"github.com/tocsin-rules/tocsin/internal/publish"
)

// changedLines is a change of a long text or of a list, line by line with a few unchanged lines around it, each line with
// its sign before it; nil for values that have only one line.
func changedLines(f publish.FieldChange, width int) []string {
	before, after := linesOf(f.Before, width), linesOf(f.After, width)
	if len(before) < 2 && len(after) < 2 {
		return nil
	}
	a, b := strings.Join(before, "\n")+"\n", strings.Join(after, "\n")+"\n"
	unified, err := udiff.ToUnifiedDiff("", "", a, udiff.Lines(a, b), 2)
	if err != nil || len(unified.Hunks) == 0 {
		return nil // Only a line break at the end differs, and that shows in a value on one line.
	}
	var lines []string
	for i, hunk := range unified.Hunks {
		if i > 0 {
			lines = append(lines, "  …")
		}
		for _, line := range hunk.Lines {
			sign := map[udiff.OpKind]string{udiff.Delete: "- ", udiff.Insert: "+ ", udiff.Equal: "  "}[line.Kind]
			lines = append(lines, sign+clean(strings.TrimSuffix(line.Content, "\n")))
		}
	}
	return lines
}

// linesOf writes a value over lines: a text as it is, a list an element a line, anything else on one.
func linesOf(v any, width int) []string {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return textLines(v, width)
	case []any:
		var lines []string
		for _, item := range v {
			lines = append(lines, strings.Split(jsonLine(item), "\n")...)
		}
		return lines
	}
	return []string{jsonLine(v)}
}

// textLines are the lines of a text, those that are wider than the width broken at spaces.
func textLines(text string, width int) []string {
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if width > 0 && len(line) > width {
			lines = append(lines, wrap(line, width)...)
		} else {
			lines = append(lines, line)
		}
	}
	return lines
}
