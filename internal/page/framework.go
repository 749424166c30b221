package page

import (
	"strings"

	"github.com/tocsin-rules/tocsin/internal/rule"
)

// defaultFramework is the one that Kibana files a threat under.
const defaultFramework = "MITRE ATT&CK"

// framework appends tactics, techniques and subtechniques in the order of the rule. Neighbours of one framework stand
// under one label.
func (p *page) framework() {
	current := ""
	for _, threat := range p.rule.Threat {
		entries := threatEntries(threat)
		if len(entries) == 0 {
			continue
		}
		name := threat.Framework
		if name == "" {
			name = defaultFramework
		}
		if name != current {
			p.fact("Framework", plain(name))
			current = name
		}
		for _, entry := range entries {
			p.add(entry)
		}
	}
}

func threatEntries(t rule.Threat) []string {
	var entries []string
	add := func(kind, name, id, reference string) {
		if entry := threatEntry(kind, name, id, reference); entry != "" {
			entries = append(entries, entry)
		}
	}
	if t.Tactic != nil {
		add("Tactic", t.Tactic.Name, t.Tactic.ID, t.Tactic.Reference)
	}
	for _, technique := range t.Technique {
		add("Technique", technique.Name, technique.ID, technique.Reference)
		for _, sub := range technique.Subtechnique {
			add("Sub-technique", sub.Name, sub.ID, sub.Reference)
		}
	}
	return entries
}

// threatEntry is a bullet with one line for each thing known about a tactic or technique; "" when nothing is.
func threatEntry(kind, name, id, reference string) string {
	var lines []string
	for _, line := range []struct{ label, value string }{
		{"Name", plain(name)}, {"ID", plain(id)}, {"Reference URL", link(reference, reference)},
	} {
		if line.value != "" {
			lines = append(lines, "    * "+line.label+": "+line.value)
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return "* " + kind + ":\n\n" + strings.Join(lines, "\n")
}
