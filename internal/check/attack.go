package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/attack"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// attackFramework is how a rule names the framework that the table holds.
const attackFramework = "MITRE ATT&CK"

func attackChecks() []*Check {
	return []*Check{
		{
			Name: "attack-unknown-id", Scope: ScopeRule, Level: Error,
			Reason: "ATT&CK has no tactic or technique of that id",
			Avoid:  `id = "T9999"`, Prefer: "an id that tocsin attack show knows",
			run: func(s *subject) { s.threats(attackUnknown) },
		},
		{
			Name: "attack-revoked", Scope: ScopeRule, Level: Warning,
			Reason: "a revoked technique has another in its place, and coverage is counted by that",
			Avoid:  `id = "T1002"`, Prefer: `id = "T1560"`,
			run: func(s *subject) { s.threats(attackRevoked) },
		},
		{
			Name: "attack-name", Scope: ScopeRule, Level: Error,
			Reason: "the name is another one than that of the id: one of the two is wrong",
			Avoid:  `id = "T1059", name = "PowerShell"`, Prefer: `id = "T1059", name = "Command and Scripting Interpreter"`,
			run: func(s *subject) { s.threats(attackName) },
		},
		{
			Name: "attack-reference", Scope: ScopeRule, Level: Error,
			Reason: "the address leads to another page than that of the id",
			Avoid:  `id = "T1059", reference = "https://attack.mitre.org/techniques/T1003/"`, Prefer: `reference = "https://attack.mitre.org/techniques/T1059/"`,
			run: func(s *subject) { s.threats(attackReference) },
		},
		{
			Name: "attack-wrong-tactic", Scope: ScopeRule, Level: Error,
			Reason: "ATT&CK does not count the technique to that tactic, so no matrix shows it there",
			Avoid:  "T1003 OS Credential Dumping under Execution", Prefer: "under Credential Access",
			run: func(s *subject) { s.threats(attackTactic) },
		},
		{
			Name: "attack-wrong-parent", Scope: ScopeRule, Level: Error,
			Reason: "a subtechnique belongs to the technique that its id begins with",
			Avoid:  "T1059.001 under T1003", Prefer: "T1059.001 under T1059",
			run: func(s *subject) { s.threats(attackParent) },
		},
		{
			Name: "attack-missing", Scope: ScopeRule, Level: Info,
			Reason: "a rule without a tactic is in no matrix of what is covered",
			Avoid:  "a rule without [[rule.threat]]", Prefer: "its tactic and technique",
			run: attackMissing,
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
func (s *subject) threats(visit func(*subject, threat)) {
	if s.attack == nil {
		return
	}
	for i, t := range s.Threat {
		if t.Framework != attackFramework || t.Tactic == nil {
			continue
		}
		at := []string{"rule", "threat", fmt.Sprint(i)}
		s.threat(visit, threat{id: t.Tactic.ID, name: t.Tactic.Name, reference: t.Tactic.Reference, path: append(at[:3:3], "tactic")})
		for j, technique := range t.Technique {
			below := append(at[:3:3], "technique", fmt.Sprint(j))
			s.threat(visit, threat{id: technique.ID, name: technique.Name, reference: technique.Reference, above: t.Tactic.ID, path: below})
			s.subtechniques(visit, technique, below)
		}
	}
}

func (s *subject) subtechniques(visit func(*subject, threat), technique rule.Technique, path []string) {
	for k, sub := range technique.Subtechnique {
		s.threat(visit, threat{id: sub.ID, name: sub.Name, reference: sub.Reference, above: technique.ID, path: append(slices.Clone(path), "subtechnique", fmt.Sprint(k))})
	}
}

func (s *subject) threat(visit func(*subject, threat), t threat) {
	t.entry, _ = s.attack.Lookup(t.id)
	visit(s, t)
}

func (t threat) at(key string) []string { return append(slices.Clone(t.path), key) }

func attackUnknown(s *subject, t threat) {
	if t.entry == nil {
		help := ""
		if found := s.attack.Search(t.name); t.name != "" && len(found) > 0 {
			help = fmt.Sprintf("%s is %s", found[0].Name, found[0].ID)
		}
		s.reportAt(fmt.Sprintf("ATT&CK %s has no %s", s.attack.Version, t.id), help, t.at("id")...)
	}
}

func attackRevoked(s *subject, t threat) {
	if t.entry == nil || t.entry.Status == attack.Active {
		return
	}
	help := "choose a technique that is in use"
	if next, ok := s.attack.Replacement(t.entry); ok {
		help = fmt.Sprintf("%s %s took its place", next.ID, next.Name)
	}
	s.reportAt(fmt.Sprintf("%s %s is %s", t.id, t.entry.Name, t.entry.Status), help, t.at("id")...)
}

func attackName(s *subject, t threat) {
	if t.entry != nil && t.entry.Status == attack.Active && t.name != t.entry.Name {
		s.reportAt(fmt.Sprintf("%s is called %q", t.id, t.entry.Name), "correct the name, or the id if the name is what was meant", t.at("name")...)
	}
}

func attackReference(s *subject, t threat) {
	if t.entry != nil && t.reference != "" && strings.TrimSuffix(t.reference, "/") != strings.TrimSuffix(t.entry.URL(), "/") {
		s.reportAt(fmt.Sprintf("the page of %s is %s", t.id, t.entry.URL()), "correct the address", t.at("reference")...)
	}
}

func attackTactic(s *subject, t threat) {
	if t.entry == nil || t.entry.Kind != attack.Technique || t.entry.Status != attack.Active || slices.Contains(t.entry.Tactics, t.above) {
		return
	}
	var names []string
	for _, id := range t.entry.Tactics {
		if tactic, ok := s.attack.Lookup(id); ok {
			names = append(names, tactic.Name)
		}
	}
	s.reportAt(fmt.Sprintf("%s %s is no technique of %s", t.id, t.entry.Name, s.attackTitle(t.above)), "it belongs to "+strings.Join(names, " and "), t.at("id")...)
}

// attackTitle is the name of an id, or the id where it is not known.
func (s *subject) attackTitle(id string) string {
	if e, ok := s.attack.Lookup(id); ok {
		return e.Name
	}
	return id
}

func attackParent(s *subject, t threat) {
	if t.entry != nil && t.entry.Kind == attack.Subtechnique && t.entry.Parent() != t.above {
		s.reportAt(fmt.Sprintf("%s %s is no subtechnique of %s", t.id, t.entry.Name, t.above), "it belongs to "+t.entry.Parent(), t.at("id")...)
	}
}

func attackMissing(s *subject) {
	if s.attack != nil && len(s.Threat) == 0 && s.BuildingBlockType == "" {
		s.reportAt("the rule names no tactic", "add [[rule.threat]]; tocsin attack search WORD finds techniques", "rule", "name")
	}
}
