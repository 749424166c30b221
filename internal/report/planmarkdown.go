package report

import (
	"io"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/publish"
)

// PlanMarkdown writes plans as Markdown, for a pull request.
func PlanMarkdown(w io.Writer, plans []publish.Planned) error {
	m := &markdown{}
	for i, p := range plans {
		if i > 0 {
			m.line("")
		}
		m.line("**%s**: %s", code(placeName(p.Target)), planCounts(p.Plan))
	}
	m.plans(plans)
	_, err := io.WriteString(w, m.out.String())
	return err
}

// plans lists what would change in Kibana.
func (m *markdown) plans(plans []publish.Planned) {
	for _, p := range plans {
		title := "Plan"
		if len(plans) > 1 {
			title += " for " + code(placeName(p.Target))
		}
		m.plan(title, p.Plan)
	}
}

func (m *markdown) plan(title string, p publish.Plan) {
	listed := 0
	for _, c := range p.Changes {
		if c.Action == publish.None {
			continue
		}
		if listed++; listed == 1 {
			m.line("\n### %s\n", title)
		}
		if listed > maxListed {
			continue
		}
		m.line("- **%s** %s%s %s%s", c.Action, kindName(c.Kind), cell(c.Name), code(c.Source), reason(c.Reason))
		for _, f := range c.Fields {
			m.fieldChange(f)
		}
		if c.Version > 0 && c.Action.Writes() {
			m.line("  - version rises to %d", c.Version)
		}
	}
	m.rest(listed, "change")
}

// fieldChange shows a short change on a line, and one of long texts as a diff.
func (m *markdown) fieldChange(f publish.FieldChange) {
	lines := changedLines(f, 0)
	if lines == nil {
		m.line("  - %s: %s → %s", code(f.Path), code(jsonText(f.Before)), code(jsonText(f.After)))
		return
	}
	text := strings.Join(lines, "\n    ")
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	m.line("  - %s:\n    %sdiff\n    %s\n    %s", code(f.Path), fence, text, fence)
}
