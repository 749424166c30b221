package check

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// policyChecks are matters of taste: they are off until a repository turns them on.
func policyChecks() []*Check {
	return []*Check{
		{
			Name: "file-name", Scope: ScopeRule, Level: Off,
			Reason: "file names of lower-case letters, digits and underscores are the same on every system",
			Avoid:  "rules/My Rule.toml", Prefer: "rules/my_rule.toml",
			run: fileName,
		},
		{
			Name: "guide-required", Scope: ScopeRule, Level: Off,
			Reason: "who is woken by an alert needs to know what to look at first",
			Avoid:  "a rule without note", Prefer: `note = "## Triage and analysis ..."`,
			run: guideRequired,
		},
		{
			Name: "tactic-tag", Scope: ScopeRule, Level: Off,
			Reason: "a tag for the first tactic lets rules be found by it",
			Avoid:  "a rule with the tactic Execution and without its tag", Prefer: `tags = ["Tactic: Execution"]`,
			run: tacticTag,
		},
	}
}

func fileName(s *subject) {
	if s.Doc() == nil {
		return
	}
	name := path.Base(s.Doc().File.Name())
	if !plainFileName().MatchString(name) {
		s.reportAt(fmt.Sprintf("the file name %q has other characters than a-z, 0-9 and _", name), "", "rule", "name")
	}
}

func plainFileName() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9_]+\.toml$`) }

func guideRequired(s *subject) {
	if strings.TrimSpace(s.Note) == "" {
		s.reportAt("the rule has no investigation guide", "add a note", "rule", "name")
	}
}

func tacticTag(s *subject) {
	if len(s.Threat) == 0 || s.Threat[0].Tactic == nil || s.Threat[0].Tactic.Name == "" {
		return
	}
	if want := "Tactic: " + s.Threat[0].Tactic.Name; !slices.Contains(s.Tags, want) {
		s.reportAt(fmt.Sprintf("the tag %q is missing", want), "add it", "rule", "tags")
	}
}
