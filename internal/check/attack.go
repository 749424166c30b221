package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/attack"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// attackFramework is how a rule names the framework that the table holds.
const attackFramework = "MITRE ATT&CK"

func attackChecks() []*Check {
	return []*Check{
		{
			Name: "attack-unknown-id", Set: Correctness, Level: diag.Error,
			Reason: "ATT&CK has no tactic or technique of that id",
			Avoid:  `id = "T9999"`, Prefer: "an id that tocsin attack show knows",
			rule: func(p *pass) { p.threats(attackUnknown) },
		},
		{
			Name: "attack-revoked", Set: Suspicious, Level: diag.Warning,
			Reason: "a revoked technique has another in its place, and coverage is counted by that",
			Avoid:  `id = "T1002"`, Prefer: `id = "T1560"`,
			rule: func(p *pass) { p.threats(attackRevoked) },
		},
		{
			Name: "attack-name", Set: Correctness, Level: diag.Error,
			Reason: "the name is another one than that of the id: one of the two is wrong",
			Avoid:  `id = "T1059", name = "PowerShell"`, Prefer: `id = "T1059", name = "Command and Scripting Interpreter"`,
			rule: func(p *pass) { p.threats(attackName) },
		},
		{
			Name: "attack-reference", Set: Correctness, Level: diag.Error,
			Reason: "the address leads to another page than that of the id",
			Avoid:  `id = "T1059", reference = "https://attack.mitre.org/techniques/T1003/"`, Prefer: `reference = "https://attack.mitre.org/techniques/T1059/"`,
			rule: func(p *pass) { p.threats(attackReference) },
		},
		{
			Name: "attack-wrong-tactic", Set: Correctness, Level: diag.Error,
			Reason: "ATT&CK does not count the technique to that tactic, so no matrix shows it there",
			Avoid:  "T1003 OS Credential Dumping under Execution", Prefer: "under Credential Access",
			rule: func(p *pass) { p.threats(attackTactic) },
		},
		{
			Name: "attack-wrong-parent", Set: Correctness, Level: diag.Error,
			Reason: "a subtechnique belongs to the technique that its id begins with",
			Avoid:  "T1059.001 under T1003", Prefer: "T1059.001 under T1059",
			rule: func(p *pass) { p.threats(attackParent) },
		},
		{
			Name: "attack-missing", Set: Style, Level: diag.Info,
			Reason: "a rule without a tactic is in no matrix of what is covered",
			Avoid:  "a rule without [[rule.threat]]", Prefer: "its tactic and technique",
			rule: attackMissing,
		},
	}
}

// threat is one tactic, technique or subtechnique of the rule, with where it stands.
type threat struct {
	id, name, reference string
	// above is the id of the tactic or technique that it stands below; "" for a tactic.
	above string
	path  []string
	// entry is what ATT&CK has of the id; nil when it does not know it.
	entry *attack.Entry
}

// threats visits all that the rule names of ATT&CK.
func (p *pass) threats(visit func(*pass, threat)) {
	if p.Attack == nil {
		return
	}
	for i, t := range p.Rule.Threat {
		if t.Framework != attackFramework || t.Tactic == nil {
			continue
		}
		at := []string{"rule", "threat", fmt.Sprint(i)}
		p.threat(visit, threat{id: t.Tactic.ID, name: t.Tactic.Name, reference: t.Tactic.Reference, path: append(at[:3:3], "tactic")})
		for j, technique := range t.Technique {
			below := append(at[:3:3], "technique", fmt.Sprint(j))
			p.threat(visit, threat{id: technique.ID, name: technique.Name, reference: technique.Reference, above: t.Tactic.ID, path: below})
			p.subtechniques(visit, technique, below)
		}
	}
}

func (p *pass) subtechniques(visit func(*pass, threat), technique rule.Technique, path []string) {
	for k, sub := range technique.Subtechnique {
		p.threat(visit, threat{id: sub.ID, name: sub.Name, reference: sub.Reference, above: technique.ID, path: append(slices.Clone(path), "subtechnique", fmt.Sprint(k))})
	}
}

func (p *pass) threat(visit func(*pass, threat), t threat) {
	t.entry, _ = p.Attack.Lookup(t.id)
	visit(p, t)
}

func (t threat) at(key string) []string { return append(slices.Clone(t.path), key) }

func attackUnknown(p *pass, t threat) {
	if t.entry == nil {
		help := ""
		if found := p.Attack.Search(t.name); t.name != "" && len(found) > 0 {
			help = fmt.Sprintf("%s is %s", found[0].Name, found[0].ID)
		}
		p.reportAt(finding{message: fmt.Sprintf("ATT&CK %s has no %s", p.Attack.Version, t.id), help: help}, t.at("id")...)
	}
}

func attackRevoked(p *pass, t threat) {
	if t.entry == nil || t.entry.Status == attack.Active {
		return
	}
	f := finding{message: fmt.Sprintf("%s %s is %s", t.id, t.entry.Name, t.entry.Status), help: "choose a technique that is in use"}
	if next, ok := p.Attack.Replacement(t.entry); ok {
		f.help = fmt.Sprintf("%s %s took its place", next.ID, next.Name)
		f.fix = p.replaceEntry(t, next)
	}
	p.reportAt(f, t.at("id")...)
}

func attackName(p *pass, t threat) {
	if t.entry != nil && t.entry.Status == attack.Active && t.name != t.entry.Name {
		f := finding{message: fmt.Sprintf("%s is called %q", t.id, t.entry.Name), help: "correct the name, or the id if the name is what was meant"}
		if samePage(t.reference, t.entry) {
			f.fix = p.setText(t, "name", t.entry.Name) // The address agrees with the id: the name is what is wrong.
		}
		p.reportAt(f, t.at("name")...)
	}
}

func attackReference(p *pass, t threat) {
	if t.entry == nil || t.reference == "" || samePage(t.reference, t.entry) {
		return
	}
	f := finding{message: fmt.Sprintf("the page of %s is %s", t.id, t.entry.URL()), help: "correct the address"}
	if t.name == t.entry.Name {
		f.fix = p.setText(t, "reference", t.entry.URL())
	}
	p.reportAt(f, t.at("reference")...)
}

// samePage tells whether an address is that of an entry's page.
func samePage(address string, e *attack.Entry) bool {
	return strings.TrimSuffix(address, "/") == strings.TrimSuffix(e.URL(), "/")
}

func attackTactic(p *pass, t threat) {
	if t.entry == nil || t.entry.Kind != attack.Technique || t.entry.Status != attack.Active || slices.Contains(t.entry.Tactics, t.above) {
		return
	}
	var names []string
	for _, id := range t.entry.Tactics {
		if tactic, ok := p.Attack.Lookup(id); ok {
			names = append(names, tactic.Name)
		}
	}
	p.reportAt(finding{message: fmt.Sprintf("%s %s is no technique of %s", t.id, t.entry.Name, p.attackTitle(t.above)), help: "it belongs to " + strings.Join(names, " and ")}, t.at("id")...)
}

// attackTitle is the name of an id, or the id where it is not known.
func (p *pass) attackTitle(id string) string {
	if e, ok := p.Attack.Lookup(id); ok {
		return e.Name
	}
	return id
}

func attackParent(p *pass, t threat) {
	if t.entry != nil && t.entry.Kind == attack.Subtechnique && t.entry.Parent() != t.above {
		p.reportAt(finding{message: fmt.Sprintf("%s %s is no subtechnique of %s", t.id, t.entry.Name, t.above), help: "it belongs to " + t.entry.Parent()}, t.at("id")...)
	}
}

func attackMissing(p *pass) {
	if p.Attack != nil && len(p.Rule.Threat) == 0 && p.Rule.BuildingBlockType == "" {
		p.reportAt(finding{message: "the rule names no tactic", help: "add [[rule.threat]]; tocsin attack search WORD finds techniques"}, "rule", "name")
	}
}
