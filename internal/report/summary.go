package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/fixture"
	"github.com/tocsin-rules/tocsin/internal/publish"
)

// Pipeline is what a run in continuous integration found.
type Pipeline struct {
	Check Check
	Tests []RuleTest
	// Plans is nil when none was made; NoPlan then says why.
	Plans  []publish.Planned
	NoPlan string
	// PlanFailed tells that a plan was wanted.
	PlanFailed bool
}

// maxListed is how many findings, cases and rules a summary lists each; the others count.
const maxListed = 50

// Summary writes one page of Markdown: a table of the three parts, and below it what went wrong and what would change.
func Summary(w io.Writer, run Pipeline) error {
	m := &markdown{}
	m.line("## tocsin")
	m.line("")
	m.line("| | result | |")
	m.line("|---|---|---|")
	m.checkRow(run.Check)
	m.testRow(Summarise(run.Tests))
	m.planRow(run)
	m.findings(run.Check.Findings)
	m.cases(run.Tests)
	if run.Plans != nil {
		m.plans(run.Plans)
	}
	_, err := io.WriteString(w, m.out.String())
	return err
}

// markdown collects the lines of a page.
type markdown struct{ out strings.Builder }

func (m *markdown) line(format string, args ...any) { fmt.Fprintf(&m.out, format+"\n", args...) }

// mark is the sign of a part's result.
func mark(failed, doubtful bool) string {
	switch {
	case failed:
		return "❌ failed"
	case doubtful:
		return "⚠️ warnings"
	}
	return "✅ passed"
}

func (m *markdown) checkRow(c Check) {
	errors, warnings := c.Findings.Count(diag.Error), c.Findings.Count(diag.Warning)
	m.line("| check | %s | %s: %s, %s |", mark(errors > 0, warnings > 0), plural(c.Rules, "rule"), plural(errors, "error"), plural(warnings, "warning"))
}

func (m *markdown) testRow(s TestSummary) {
	text := fmt.Sprintf("%s: %d passed, %d failed", plural(s.Cases, "case"), s.Passed, s.Failed)
	for _, more := range []struct {
		n    int
		name string
	}{{s.Todo, "todo"}, {s.Undecided, "undecided"}, {s.Broken, "broken"}} {
		if more.n > 0 {
			text += fmt.Sprintf(", %d %s", more.n, more.name)
		}
	}
	m.line("| test | %s | %s |", mark(s.Failed+s.Broken > 0, s.Undecided > 0), text)
}

func (m *markdown) planRow(run Pipeline) {
	switch {
	case run.Plans == nil && run.PlanFailed:
		m.line("| plan | ❌ failed | %s |", cell(run.NoPlan))
	case run.Plans == nil:
		m.line("| plan | – | %s |", cell(run.NoPlan))
	}
	for _, p := range run.Plans {
		name := "plan"
		if len(run.Plans) > 1 {
			name += " " + code(placeName(p.Target))
		}
		m.line("| %s | %s | %s |", name, mark(p.Count(publish.Refuse) > 0, p.Count(publish.Drifted) > 0), planCounts(p.Plan))
	}
}

// findings lists what the checks found, errors first.
func (m *markdown) findings(all diag.List) {
	if len(all) == 0 {
		return
	}
	m.line("\n### Findings\n")
	m.line("| | place | finding |")
	m.line("|---|---|---|")
	listed := 0
	for _, severity := range []diag.Severity{diag.Error, diag.Warning, diag.Info} {
		for _, d := range all {
			if d.Severity != severity {
				continue
			}
			if listed++; listed > maxListed {
				continue
			}
			m.line("| %s | %s | %s %s |", severity, code(d.Subject.String()), cell(withHelp(d)), code(d.Name))
		}
	}
	m.rest(listed, "finding")
}

// rest tells how many were left out.
func (m *markdown) rest(n int, noun string) {
	if n > maxListed {
		m.line("\n%s more.", plural(n-maxListed, noun))
	}
}

// cases lists the cases that failed and the rules that could not be run.
func (m *markdown) cases(tests []RuleTest) {
	listed := 0
	head := func() {
		if listed++; listed == 1 {
			m.line("\n### Tests that failed\n")
		}
	}
	for _, t := range tests {
		if t.Problems.HasErrors() {
			if head(); listed <= maxListed {
				m.line("- %s cannot be run", code(t.Rule))
			}
		}
		for _, c := range t.Cases {
			if c.Status != fixture.Failed {
				continue
			}
			if head(); listed <= maxListed {
				m.line("- %s, %s case %s (%s): %s", code(t.Rule), kind(c.Positive), code(c.Name), code(c.Place.String()), cell(strings.Join(c.Messages, "; ")))
			}
		}
	}
	m.rest(listed, "case")
}

func reason(text string) string {
	if text == "" {
		return ""
	}
	return ": " + cell(text)
}

// jsonText is a value on one line, cut where a summary has no room for more.
func jsonText(v any) string {
	const room = 200
	return shorten((&printer{}).value(v), room)
}

// cell makes a text safe for a line or a table of Markdown: no line break, and nothing that would be read as markup.
func cell(text string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "`", "\\`", "<", "&lt;", ">", "&gt;", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "@", "&#64;").Replace(clean(text))
}

// code is a text in the type of code: between more back-ticks than it has in a row.
func code(text string) string {
	text = strings.ReplaceAll(clean(text), "|", `\|`)
	longest, run := 0, 0
	for _, r := range text {
		if run++; r != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if longest > 0 || text == "" {
		return fence + " " + text + " " + fence
	}
	return fence + text + fence
}
