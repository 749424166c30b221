package check

import (
	"slices"

	"github.com/tocsin-rules/tocsin/internal/diag"
)

// Level is how serious a finding of a check is, or Off.
type Level string

// The levels. Only findings of level error make a command fail; those of level info are shown when asked for.
const (
	Error   Level = "error"
	Warning Level = "warning"
	Info    Level = "info"
	Off     Level = "off"
)

// Levels are all levels, most serious first.
func Levels() []Level { return []Level{Error, Warning, Info, Off} }

func (l Level) severity() diag.Severity {
	switch l {
	case Error:
		return diag.Error
	case Warning:
		return diag.Warning
	}
	return diag.Info
}

// The scopes: what a check looks at.
const (
	ScopeKQL        = "kql"
	ScopeLucene     = "lucene"
	ScopeEQL        = "eql"
	ScopeESQL       = "esql"
	ScopeQueries    = "queries"
	ScopeRule       = "rule"
	ScopeRepository = "repository"
	ScopeFile       = "file"
)

// Check is one thing that can be wrong with a rule.
type Check struct {
	// Name is in kebab case; it is what a configuration and a comment call the check by.
	Name string
	// Scope says what the check looks at.
	Scope string
	// Level is what its findings are by default.
	Level Level
	// Reason says in one line why the finding matters; Avoid shows what is reported, Prefer what to write instead.
	Reason, Avoid, Prefer string

	// run reports findings of one rule; nil for a check that another package makes, which is listed here so that it can
	// be looked up.
	run func(*subject)
}

// BuiltIn tells that the findings come from reading the rule: their level cannot be changed.
func (c *Check) BuiltIn() bool { return c.run == nil }

// All are the checks, sorted by scope and name.
func All() []*Check {
	var all []*Check
	for _, family := range [][]*Check{
		builtIn(), eqlChecks(), eqlSequenceChecks(), kqlChecks(), listChecks(), regexpChecks(), ruleChecks(), typeChecks(), policyChecks(),
		scheduleChecks(), attackChecks(),
	} {
		all = append(all, family...)
	}
	order := []string{ScopeFile, ScopeRepository, ScopeRule, ScopeQueries, ScopeKQL, ScopeLucene, ScopeEQL, ScopeESQL}
	slices.SortStableFunc(all, func(a, b *Check) int {
		if a.Scope != b.Scope {
			return slices.Index(order, a.Scope) - slices.Index(order, b.Scope)
		}
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return all
}

// ByName finds a check.
func ByName(name string) (*Check, bool) {
	for _, c := range All() {
		if c.Name == name {
			return c, true
		}
	}
	return nil, false
}

// Names are the names of all checks.
func Names() []string {
	var names []string
	for _, c := range All() {
		names = append(names, c.Name)
	}
	return names
}
