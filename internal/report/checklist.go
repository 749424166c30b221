package report

import (
	"fmt"
	"io"

	"github.com/tocsin-rules/tocsin/internal/check"
)

// CheckList writes the names of checks with their levels and reasons, by what they look at.
func CheckList(w io.Writer, checks []*check.Check, style Style) error {
	p := newPrinter(style)
	scope, widest := "", 0
	for _, c := range checks {
		widest = max(widest, len(c.Name))
	}
	for _, c := range checks {
		if c.Scope != scope {
			if scope != "" {
				p.printf("\n")
			}
			scope = c.Scope
			p.printf("%s\n", p.bold.Render(scope))
		}
		indent := widest + 13
		lines := wrap(c.Reason, max(style.Width-indent, 0))
		p.printf("  %-*s  %-7s  %s\n", widest, c.Name, c.Level, lines[0])
		for _, line := range lines[1:] {
			p.printf("%*s%s\n", indent, "", line)
		}
	}
	return p.flush(w)
}

// CheckExplained writes all that is known of one check.
func CheckExplained(w io.Writer, c *check.Check, style Style) error {
	p := newPrinter(style)
	level := fmt.Sprintf("%s, %s", c.Scope, c.Level)
	if c.BuiltIn() {
		level += ", built in"
	}
	p.printf("%s (%s)\n", p.bold.Render(c.Name), level)
	for _, line := range wrap(c.Reason, max(style.Width-2, 0)) {
		p.printf("  %s\n", line)
	}
	p.printf("\n  %s  %s\n  %s %s\n", p.red.Render("avoid"), c.Avoid, p.green.Render("prefer"), c.Prefer)
	return p.flush(w)
}
