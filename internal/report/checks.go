package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"

	"github.com/tocsin-rules/tocsin/internal/check"
	"github.com/tocsin-rules/tocsin/internal/diag"
)

// Checks lists all checks with the levels that hold in a project.
func Checks(w io.Writer, suite *check.Suite, style Style) error {
	p := newPrinter(style)
	all := check.All()
	width := 0
	for _, c := range all {
		width = max(width, len(c.Name))
	}
	for i, set := range check.Sets() {
		if i > 0 {
			p.printf("\n")
		}
		p.printf("%s\n", p.bold.Render(string(set)+": "+setMeaning(set)))
		for _, c := range all {
			if c.Set == set {
				p.listed(c, suite.Level(c.Name), width)
			}
		}
	}
	return p.flush(w)
}

// listed writes the line of a check; its reason is wrapped below where the terminal is narrow.
func (p *printer) listed(c *check.Check, level diag.Severity, width int) {
	tone := p.faint
	if level != check.Off {
		tone = p.severity(level)
	}
	head := fmt.Sprintf("  %-*s  %s", width, c.Name, tone.Render(fmt.Sprintf("%-7s", check.LevelName(level))))
	indent := lipgloss.Width(head) + 2
	if p.style.Width > 0 && p.style.Width < indent+30 {
		p.printf("%s\n", head)
		for _, line := range wrap(c.Reason, max(p.style.Width-6, 20)) {
			p.printf("      %s\n", line)
		}
		return
	}
	room := 0
	if p.style.Width > 0 {
		room = p.style.Width - indent
	}
	for i, line := range wrap(c.Reason, room) {
		if i == 0 {
			p.printf("%s  %s\n", head, line)
			continue
		}
		p.printf("%s%s\n", strings.Repeat(" ", indent), line)
	}
}

func setMeaning(set check.Set) string {
	switch set {
	case check.Refused:
		return "Kibana or Elasticsearch refuses it, or it cannot be read; always an error"
	case check.Correctness:
		return "it does not work as it is written"
	case check.Suspicious:
		return "it is likely wrong, or breaks easily"
	case check.Performance:
		return "it costs more than it must"
	case check.Style:
		return "how a rule reads"
	}
	return "what one repository may ask and another may not"
}

// ExplainCheck explains one check.
func ExplainCheck(w io.Writer, c *check.Check, level diag.Severity, style Style) error {
	p := newPrinter(style)
	p.printf("%s\n", p.bold.Render(c.Name))
	p.printf("  %s, set %s%s\n\n", check.LevelName(level), c.Set, spoken(c))
	for _, line := range wrap(c.Reason, max(style.Width-2, 0)) {
		p.printf("  %s\n", line)
	}
	for _, example := range []struct{ word, text string }{{"avoid", c.Avoid}, {"prefer", c.Prefer}} {
		if example.text != "" {
			p.printf("\n  %s\n    %s\n", p.cyan.Render(example.word+":"), example.text)
		}
	}
	if !c.Fixed() {
		p.printf("\n  %s\n    [check.levels]\n    %s = \"off\"\n", p.cyan.Render("in tocsin.toml:"), c.Name)
		p.printf("\n  %s\n    # tocsin: ignore %s -- why\n", p.cyan.Render("in a rule:"), c.Name)
	}
	return p.flush(w)
}

// spoken names the languages of a check.
func spoken(c *check.Check) string {
	if len(c.Languages) == 0 {
		return ""
	}
	return ", " + languages(c)
}

func languages(c *check.Check) string {
	words := make([]string, len(c.Languages))
	for i, l := range c.Languages {
		words[i] = map[string]string{"kuery": "KQL", "eql": "EQL", "esql": "ES|QL", "lucene": "Lucene"}[string(l)]
	}
	return strings.Join(words, ", ")
}

// ChecksMarkdown is the page of all checks.
func ChecksMarkdown() string {
	var b strings.Builder
	b.WriteString("# Checks\n\nWhat `tocsin check` finds. The page is written from the registry (`go test ./internal/report -run Page -update`); " +
		"`tocsin check --explain NAME` tells the same.\n\nA level is changed in `tocsin.toml`, for a set or for one check:\n\n" +
		"```toml\n[check.sets]\npolicy = \"warning\"\n\n[check.levels]\nleading-wildcard = \"info\"\n```\n\n" +
		"A comment above a value, or behind it, silences one finding; at the top of a file it speaks of the whole file. Within an EQL or ES|QL query it begins with `//`.\n\n" +
		"```toml\n# tocsin: ignore kql-question-mark -- the API writes it literally\nquery = '...'\n```\n")
	for _, set := range check.Sets() {
		fmt.Fprintf(&b, "\n## %s%s\n\nSet `%s`: %s.\n", strings.ToUpper(string(set[:1])), set[1:], set, setMeaning(set))
		for _, c := range check.All() {
			if c.Set == set {
				describeCheck(&b, c)
			}
		}
	}
	return b.String()
}

func describeCheck(b *strings.Builder, c *check.Check) {
	fmt.Fprintf(b, "\n### %s\n\n%s", c.Name, check.LevelName(c.Level))
	if len(c.Languages) > 0 {
		fmt.Fprintf(b, " · %s", languages(c))
	}
	fmt.Fprintf(b, "\n\n%s%s.\n", strings.ToUpper(c.Reason[:1]), c.Reason[1:])
	if c.Avoid != "" {
		fmt.Fprintf(b, "\n- avoid: `%s`\n", c.Avoid)
	}
	if c.Prefer != "" {
		fmt.Fprintf(b, "%s- prefer: `%s`\n", map[bool]string{true: "\n", false: ""}[c.Avoid == ""], c.Prefer)
	}
}
