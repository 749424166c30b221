package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"

	"github.com/tocsin-rules/tocsin/internal/detect"
	"github.com/tocsin-rules/tocsin/internal/filter"
)

// Explanation writes what became of one event: the phases it passed, and the query as a tree with each clause's
// verdict, the value it saw, and the reason when it is false.
func Explanation(w io.Writer, name string, e *detect.Explanation, style Style) error {
	p := newPrinter(style)
	p.explanation(name, e, "")
	return p.flush(w)
}

// Lines writes sentences, one a line.
func Lines(w io.Writer, lines []string) error {
	p := newPrinter(Style{})
	for _, line := range lines {
		p.printf("%s\n", clean(line))
	}
	return p.flush(w)
}

// Attempts writes how far sequences came, or what each command of ES|QL made of the rows, and the warnings of the run.
func Attempts(w io.Writer, lines, warnings []string, style Style) error {
	p := newPrinter(style)
	p.attempts(lines, "")
	for _, text := range warnings {
		p.printf("%s %s\n", p.yellow.Render("warning:"), clean(text))
	}
	return p.flush(w)
}

// attempts writes lines as wide as the terminal is.
func (p *printer) attempts(lines []string, indent string) {
	for _, line := range lines {
		text := strings.TrimLeft(clean(line), " ")
		margin := indent + strings.Repeat(" ", len(line)-len(text))
		for _, mark := range []string{"✓", "✗"} {
			if rest, marked := strings.CutPrefix(text, mark+" "); marked {
				text, margin = rest, margin+p.mark(mark == "✓")+" "
			}
		}
		p.printf("%s%s\n", margin, shorten(text, max(p.style.Width-lipgloss.Width(margin), 0)))
	}
}

func (p *printer) explanation(name string, e *detect.Explanation, indent string) {
	verdict := p.red.Render("does not match")
	if e.Matched {
		verdict = p.green.Render("matches")
		if e.Until != "" {
			verdict = p.green.Render("comes to " + e.Until)
		}
	}
	p.printf("%s%s %s\n", indent, p.bold.Render(clean(name)), verdict)
	for _, phase := range e.Phases {
		// Within a test only what went wrong counts.
		if phase.Name == "query" || phase.Passed && (phase.Detail == "" || indent != "") {
			continue
		}
		p.printf("%s  %s %s  %s\n", indent, p.mark(phase.Passed), phase.Name, p.faint.Render(clean(phase.Detail)))
	}
	p.printf("%s  %s query\n", indent, p.mark(e.Query.Matched))
	p.trace(e.Query, indent+"    ")
}

func (p *printer) mark(ok bool) string {
	if ok {
		return p.green.Render("✓")
	}
	return p.red.Render("✗")
}

func (p *printer) trace(t *filter.Trace, indent string) {
	clause, note := p.clause(t, len(indent)+2), note(t)
	p.printf("%s%s %s", indent, p.mark(t.Matched), clause)
	if room := p.style.Width - len(indent) - 4 - lipgloss.Width(clause); note != "" && p.style.Width > 0 && lipgloss.Width(note) > room {
		p.printf("\n%s   ", indent)
		note = shorten(note, max(p.style.Width-len(indent)-4, 20))
	}
	if note != "" {
		p.printf("  %s", p.faint.Render(note))
	}
	p.printf("\n")
	for _, child := range t.Children {
		p.trace(child, indent+"  ")
	}
}

// clause is the step's own text: the operator for a step that joins others, the condition for the rest.
func (p *printer) clause(t *filter.Trace, margin int) string {
	switch t.Op {
	case filter.OpAnd:
		return p.bold.Render("and")
	case filter.OpOr:
		return p.bold.Render("or")
	case filter.OpNot:
		return p.bold.Render("not")
	}
	label := clean(t.Clause.Label)
	if label == "" {
		label = "everything"
	}
	return shorten(label, max(p.style.Width-margin, 0))
}

// note says what the condition saw, and why it is false.
func note(t *filter.Trace) string {
	switch t.Op {
	case filter.OpField, filter.OpConstant, filter.OpNested, filter.OpScript:
	default:
		return ""
	}
	if t.Reason == filter.Differs && len(t.Values) == 0 && len(t.Children) > 0 {
		return "" // the parts below say it
	}
	saw := "saw " + seen(t.Values)
	switch t.Reason {
	case filter.NoReason:
		if len(t.Values) == 0 {
			return ""
		}
		return saw
	case filter.Missing:
		if t.Op == filter.OpScript {
			return "the event has no " + t.Detail
		}
		return "the event has no such field"
	case filter.Unmapped:
		return t.Detail
	case filter.Malformed, filter.Impossible:
		return strings.TrimPrefix(fmt.Sprintf("%s: %s", saw, t.Detail), "saw nothing: ")
	case filter.DiffersInCase:
		return saw + ": differs only in case"
	}
	return saw
}

// maxSeen and maxValue bound how much of a field's values is shown.
const (
	maxSeen  = 4
	maxValue = 80
)

func seen(values []string) string {
	if len(values) == 0 {
		return "nothing"
	}
	var parts []string
	for i, v := range values {
		if i == maxSeen {
			parts = append(parts, fmt.Sprintf("and %d more", len(values)-maxSeen))
			break
		}
		parts = append(parts, shorten(clean(v), maxValue))
	}
	return strings.Join(parts, ", ")
}
