package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"github.com/tocsin-rules/tocsin/internal/diag"
)

// Diagnostics writes findings for people: place, source line with a caret, reason and way out.
func Diagnostics(w io.Writer, list diag.List, style Style) error {
	p := newPrinter(style)
	for _, d := range list {
		p.diagnostic(d)
	}
	return p.flush(w)
}

func (p *printer) diagnostic(d diag.Diagnostic) {
	head := fmt.Sprintf("%s: %s", d.Severity, clean(d.Message))
	tone := p.severity(d.Severity)
	for i, line := range wrap(fmt.Sprintf("%s [%s]", head, d.Name), p.style.Width) {
		if i > 0 {
			p.printf("  %s\n", line)
			continue
		}
		word, rest, _ := strings.Cut(line, ":")
		p.printf("%s:%s\n", tone.Render(word), p.bold.Render(rest))
	}
	p.excerpt(d.Subject, tone, "")
	for _, related := range d.Related {
		p.excerpt(related.Place, p.blue, clean(related.Message))
	}
	if d.Help != "" {
		lines := wrap(clean(d.Help), max(p.style.Width-9, 0))
		p.printf("  %s %s\n", p.cyan.Render("help:"), strings.Join(lines, "\n        "))
	}
	p.printf("\n")
}

func (p *printer) severity(s diag.Severity) lipgloss.Style {
	switch s {
	case diag.Error:
		return p.red
	case diag.Warning:
		return p.yellow
	}
	return p.blue
}

// excerpt shows the line of a place with a caret below what is meant.
func (p *printer) excerpt(place diag.Place, tone lipgloss.Style, label string) {
	if place.File == nil {
		return
	}
	p.printf("  %s %s\n", p.blue.Render("-->"), clean(place.String()))
	if !place.HasSpan() || place.File.Text() == "" {
		return
	}
	at := place.File.Position(place.Span.Start)
	line := place.File.Line(at.Line)
	lineSpan, _ := place.File.LineSpan(at.Line)
	from := min(max(place.Span.Start-lineSpan.Start, 0), len(line))
	to := min(max(place.Span.End-lineSpan.Start, from), len(line))
	before, marked, after := show(line[:from]), show(line[from:to]), show(line[to:])
	number := fmt.Sprint(at.Line)
	before, marked, after = p.window(before, marked, after, len(number)+5)
	bar := p.blue.Render("|")
	p.printf("  %s %s %s%s%s\n", p.blue.Render(number), bar, before, marked, after)
	carets := strings.Repeat("^", max(lipgloss.Width(marked), 1))
	if label != "" {
		carets += " " + label
	}
	p.printf("  %s %s %s%s\n", strings.Repeat(" ", len(number)), bar, strings.Repeat(" ", lipgloss.Width(before)), tone.Render(carets))
}

// show makes a part of a source line printable without changing what a caret must count: tabs become spaces, and the mark
// that a file may begin with goes.
func show(text string) string {
	return clean(strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\t", "    "))
}

// maxExcerpt is the width of an excerpt where that of the terminal is not known: a file may be one line.
const maxExcerpt = 240

// window cuts a long line so that the marked part stays in view.
func (p *printer) window(before, marked, after string, margin int) (string, string, string) {
	width := p.style.Width
	if width <= 0 {
		width = maxExcerpt
	}
	if lipgloss.Width(before)+lipgloss.Width(marked)+lipgloss.Width(after) <= width-margin {
		return before, marked, after
	}
	room := max(width-margin, 20)
	marked = shorten(marked, room-2)
	left := room - lipgloss.Width(marked)
	if all := lipgloss.Width(before); all+1 > left {
		before = ansi.TruncateLeft(before, all+1-max(left*2/3, 1), "…")
	}
	return before, marked, shorten(after, max(room-lipgloss.Width(before+marked), 1))
}
