package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/publish"
)

// TestProgress: on a terminal many changes have a bar, which ends with the last outcome and not before; elsewhere, and for few
// changes, each has a line.
func TestProgress(t *testing.T) {
	rows := []struct {
		name     string
		terminal bool
		changes  int
		bar      bool
	}{
		{"many on a terminal", true, manyChanges, true},
		{"few on a terminal", true, manyChanges - 1, false},
		{"many in a file", false, manyChanges, false},
	}
	for _, row := range rows {
		var out bytes.Buffer
		a := &app{System: System{Out: &out, Terminal: row.terminal, Getenv: func(string) string { return "" }}, color: "never"}
		var plan publish.Plan
		for i := range row.changes {
			plan.Changes = append(plan.Changes, publish.Change{Action: publish.Create, Kind: publish.Rule, Name: fmt.Sprint("rule ", i)})
		}
		p := a.progress(plan)
		p.sent(row.changes)
		for i, c := range plan.Changes {
			if p.bar != nil && p.bar.IsFinished() {
				t.Errorf("%s: the bar ends before outcome %d", row.name, i)
			}
			p.outcome(publish.Outcome{Action: c.Action, Kind: c.Kind, Name: c.Name})
		}
		if p.bar != nil && !p.bar.IsFinished() {
			t.Errorf("%s: the bar does not end", row.name)
		}
		p.end()
		if lines := strings.Count(out.String(), "created rule "); (p.bar != nil) != row.bar || row.bar == (lines > 0) || p.err != nil {
			t.Errorf("%s: bar %t, %d lines, %v", row.name, p.bar != nil, lines, p.err)
		}
	}
}
