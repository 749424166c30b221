package check

import (
	"fmt"
	"strings"
)

// Markdown is docs/checks.md: every check with its level, reason and examples.
func Markdown() string {
	var b strings.Builder
	b.WriteString(`# Checks

What ` + "`tocsin check`" + ` tells of a rule, by what it looks at. ` + "`tocsin check --list`" + ` prints the names, ` + "`tocsin check --explain NAME`" + ` one of them.
Levels are set in ` + "`tocsin.toml`" + `, and a comment above a value allows one finding in it:

` + "```toml" + `
[check.levels]
leading-wildcard = "warning"
eql-pipe = "off"
` + "```" + `

` + "```toml" + `
# tocsin: ignore kql-question-mark -- the product's own name ends in one
query = "service.name: what?"
` + "```" + `

In an EQL or ES|QL query the comment stands behind ` + "`//`" + `, on the line of the finding or above it. Findings of level info are shown with
` + "`--level info`" + `. Checks marked *built in* come from reading the rule and keep their level.
`)
	scope := ""
	for _, c := range All() {
		if c.Scope != scope {
			scope = c.Scope
			fmt.Fprintf(&b, "\n## %s\n", scopeTitle(scope))
		}
		level := string(c.Level)
		if c.BuiltIn() {
			level += ", built in"
		}
		fmt.Fprintf(&b, "\n### %s\n\n*%s*. %s.\n\n| avoid | prefer |\n|---|---|\n| %s | %s |\n", c.Name, level, upperFirst(c.Reason), cell(c.Avoid), cell(c.Prefer))
	}
	return b.String()
}

func scopeTitle(scope string) string {
	switch scope {
	case ScopeFile:
		return "Files"
	case ScopeRepository:
		return "The repository"
	case ScopeRule:
		return "Rules"
	case ScopeQueries:
		return "Queries of any language"
	case ScopeESQL:
		return "ES|QL"
	case ScopeLucene:
		return "Lucene"
	}
	return strings.ToUpper(scope)
}

func upperFirst(text string) string {
	if strings.HasPrefix(text, "`") || text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// cell writes an example so that a bar in it does not end the cell.
func cell(text string) string {
	return "`" + strings.ReplaceAll(text, "|", "\\|") + "`"
}
