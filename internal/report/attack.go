package report

import (
	"io"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/attack"
)

// AttackEntry writes what ATT&CK says of one tactic or technique.
func AttackEntry(w io.Writer, table *attack.Table, e *attack.Entry, style Style) error {
	p := newPrinter(style)
	p.printf("%s %s (%s of ATT&CK %s)\n", p.bold.Render(e.ID), p.bold.Render(e.Name), e.Kind, table.Version)
	if e.Status != attack.Active {
		p.printf("  %s", p.yellow.Render(string(e.Status)))
		if next, ok := table.Replacement(e); ok {
			p.printf(": %s %s took its place", next.ID, next.Name)
		}
		p.printf("\n")
	}
	if parent, ok := table.Lookup(e.Parent()); ok {
		p.printf("  technique      %s %s\n", parent.ID, parent.Name)
	}
	if len(e.Tactics) > 0 {
		p.printf("  tactics        %s\n", titles(table, e.Tactics))
	}
	for i, sub := range table.Subtechniques(e.ID) {
		label := ""
		if i == 0 {
			label = "subtechniques"
		}
		p.printf("  %-13s  %s %s\n", label, sub.ID, sub.Name)
	}
	p.printf("  page           %s\n", e.URL())
	return p.flush(w)
}

func titles(table *attack.Table, ids []string) string {
	var names []string
	for _, id := range ids {
		name := id
		if e, ok := table.Lookup(id); ok {
			name += " " + e.Name
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// AttackList writes one tactic or technique a line.
func AttackList(w io.Writer, table *attack.Table, entries []*attack.Entry, style Style) error {
	p := newPrinter(style)
	for _, e := range entries {
		name := e.Name
		if parent, ok := table.Lookup(e.Parent()); ok {
			name = parent.Name + ": " + name
		}
		p.printf("%-10s %s\n", e.ID, name)
	}
	return p.flush(w)
}
