// Package check holds the static checks of rules: what can be told without an event.
//
// A [Check] is one value: its name, its level, why it is there, what to avoid and what to prefer, and the function that
// finds it. [All] is the registry; the checks of one family stand in one file. A [Suite] is the checks that a project has switched
// on: [Suite.Rule] checks a rule, [Suite.Collection] looks at all rules together, and [Suite.Settle] gives findings their
// levels and takes those out that a comment in the file silences.
//
// Checks of queries see them in a form that all languages share ([Condition]), so that a check is written once.
package check

import (
	"fmt"
	"slices"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// Off is the level of a check that is switched off.
const Off diag.Severity = 0

// Set is a group of checks that can be given a level together.
type Set string

// The sets.
const (
	// Refused is what Kibana or Elasticsearch would refuse, and files that cannot be read: always errors.
	Refused Set = "refused"
	// Correctness is what does not work as it is written.
	Correctness Set = "correctness"
	// Suspicious is what is likely wrong, or breaks easily.
	Suspicious Set = "suspicious"
	// Performance is what costs more than it must.
	Performance Set = "performance"
	// Style is how a rule reads.
	Style Set = "style"
	// Policy is what one repository may ask of its rules and another may not.
	Policy Set = "policy"
)

// Sets are all sets, in the order in which they are listed.
func Sets() []Set { return []Set{Refused, Correctness, Suspicious, Performance, Style, Policy} }

// Check is one static check.
type Check struct {
	// Name is kebab-case and never changes: configuration and comments name it.
	Name string
	Set  Set
	// Level is the level that holds when a project says nothing; Off is 0.
	Level diag.Severity
	// Languages are the query languages it looks at; empty for what is not about a query.
	Languages []rule.Language
	// Reason says on one line why it is there.
	Reason string
	// Avoid and Prefer are an example of what is reported, and of what to write instead; empty where the reason says all.
	Avoid, Prefer string

	// rule and query find; both are nil for what is found elsewhere: while reading files, or over all rules.
	rule  func(*pass)
	query func(*pass, *query)
}

// Fixed tells whether the check has one level that neither configuration nor a comment can change.
func (c *Check) Fixed() bool { return c.Set == Refused }

// All is the registry: every check, sorted by name.
func All() []*Check {
	all := slices.Concat(
		builtIn(), comments(), collectionChecks(), eqlChecks(), sequenceChecks(), kqlChecks(), luceneChecks(), esqlChecks(), esqlPipelineChecks(), esqlAggregateChecks(), esqlExtractChecks(), patternChecks(), regexpChecks(),
		fieldChecks(), integrationChecks(), valueChecks(), groupingChecks(), logicChecks(), timingChecks(), metadataChecks(), typeChecks(), stackChecks(), attackChecks(), guideChecks(), policyChecks(),
	)
	slices.SortFunc(all, func(a, b *Check) int {
		switch {
		case a.Name < b.Name:
			return -1
		case a.Name > b.Name:
			return 1
		}
		return 0
	})
	return all
}

// LevelName is a level as it is written in tocsin.toml: "error", "warning", "info" or "off".
func LevelName(level diag.Severity) string {
	if level == Off {
		return "off"
	}
	return level.String()
}

// ParseLevel reads a level.
func ParseLevel(name string) (diag.Severity, error) {
	for _, level := range []diag.Severity{Off, diag.Error, diag.Warning, diag.Info} {
		if LevelName(level) == name {
			return level, nil
		}
	}
	return Off, fmt.Errorf("%q is no level: there are error, warning, info and off", name)
}
