package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/lang/eql"
)

func eqlChecks() []*Check {
	return []*Check{
		{
			Name: "eql-literal-wildcard", Scope: ScopeEQL, Level: Error,
			Reason: "==, !=, in and in~ compare whole values: a star or question mark in the value is an ordinary character",
			Avoid:  `process.name == "python*"`, Prefer: `process.name : "python*"`,
			run: eqlLiteralWildcard,
		},
		{
			Name: "eql-like-without-wildcard", Scope: ScopeEQL, Level: Info,
			Reason: "a pattern without a wildcard is compared as a whole value, which == and in say plainly",
			Avoid:  `process.name like ("cmd.exe", "powershell.exe")`, Prefer: `process.name in ("cmd.exe", "powershell.exe")`,
			run: eqlLikeWithoutWildcard,
		},
		{
			Name: "eql-case-sensitive-windows", Scope: ScopeEQL, Level: Info,
			Reason: "Windows does not regard case in names and paths, and an attacker chooses the spelling; like and == regard it",
			Avoid:  `process.executable like "C:\\Users\\*"`, Prefer: `process.executable : "C:\\Users\\*"`,
			run: eqlCaseSensitiveWindows,
		},
		{
			Name: "eql-redundant-category", Scope: ScopeEQL, Level: Info,
			Reason: "`any where event.category == ...` says in the condition what the event's category before `where` says faster",
			Avoid:  `any where event.category == "process" and process.name == "sh"`, Prefer: `process where process.name == "sh"`,
			run: eqlRedundantCategory,
		},
		{
			Name: "eql-pipe", Scope: ScopeEQL, Level: Warning,
			Reason: "the detection engine bounds the results itself, so head and tail in a rule only lose alerts",
			Avoid:  `process where true | tail 1`, Prefer: `process where true`,
			run: eqlPipe,
		},
	}
}

// anyHost begins the name of a share as Windows writes it into an event: the star is a part of it.
const anyHost = `\\*\`

func eqlLiteralWildcard(s *subject) {
	if s.eql == nil {
		return
	}
	for _, c := range s.comparisons() {
		if !slices.Contains([]string{"==", "!=", "in", "in~"}, c.operator) {
			continue
		}
		for _, v := range c.values {
			if v.isText && strings.ContainsAny(strings.TrimPrefix(v.text, anyHost), "*?") {
				s.report(v.at, fmt.Sprintf("`%s` compares whole values: the %s in %s is no wildcard", c.operator, wildcardIn(v.text), s.text(v.at)),
					"use `:` or like~ for a pattern, or like to regard case")
			}
		}
	}
}

func wildcardIn(text string) string {
	if strings.Contains(text, "*") {
		return "star"
	}
	return "question mark"
}

func eqlLikeWithoutWildcard(s *subject) {
	if s.eql == nil {
		return
	}
	for _, c := range s.comparisons() {
		if c.operator != "like" && c.operator != "like~" {
			continue
		}
		if slices.ContainsFunc(c.values, func(v operand) bool { return strings.ContainsAny(v.text, "*?") }) {
			continue
		}
		instead := map[string]string{"like": "in", "like~": "in~"}[c.operator]
		s.report(c.at, fmt.Sprintf("no value of this `%s` has a wildcard", c.operator), "write "+instead+", which is compared in one step")
	}
}

func eqlCaseSensitiveWindows(s *subject) {
	if s.eql == nil || !s.isWindows() {
		return
	}
	for _, c := range s.comparisons() {
		if c.fold || c.regexp || !userControlled(c.field) {
			continue
		}
		for _, v := range c.values {
			if v.isText && strings.ToLower(v.text) != strings.ToUpper(v.text) {
				s.report(c.at, fmt.Sprintf("`%s` regards case, which Windows does not in %s", c.operator, c.field), "use `:`, like~ or in~")
				break
			}
		}
	}
}

// isWindows tells whether the rule looks at Windows events alone.
func (s *subject) isWindows() bool {
	for _, c := range s.comparisons() {
		if c.field == "host.os.type" && !c.negated && len(c.values) == 1 && strings.EqualFold(c.values[0].text, "windows") {
			return true
		}
	}
	return false
}

// userControlled tells whether a field holds names and paths that whoever runs a program can spell as they like.
func userControlled(name string) bool {
	switch name {
	case "process.name", "process.executable", "process.args", "process.command_line", "process.parent.name", "process.parent.executable",
		"process.parent.args", "process.parent.command_line", "process.working_directory", "file.path", "file.name", "dll.path", "dll.name",
		"registry.path", "registry.value":
		return true
	}
	return false
}

func eqlRedundantCategory(s *subject) {
	if s.eql == nil {
		return
	}
	for _, f := range eqlFilters(s.eql) {
		if !f.Any {
			continue
		}
		for _, part := range conjuncts(f.Where) {
			compare, ok := part.(*eql.Compare)
			if !ok {
				continue
			}
			if c, ok := eqlCompare(compare, false); ok && c.field == "event.category" && c.operator == "==" && s.EventCategoryOverride == "" {
				s.report(c.at, "the event's category is tested in the condition", fmt.Sprintf("write `%s where` in place of `any where`", c.values[0].text))
			}
		}
	}
}

// conjuncts are the conditions that all must hold.
func conjuncts(e eql.Expr) []eql.Expr {
	if l, ok := e.(*eql.Logical); ok && !l.Or {
		return l.Parts
	}
	return []eql.Expr{e}
}

func eqlPipe(s *subject) {
	if s.eql == nil {
		return
	}
	for _, p := range s.eql.Pipes {
		s.report(p.At, fmt.Sprintf("| %s keeps %d results of each run and loses the alerts of the others", p.Name, p.Count), "leave the pipe out: max_signals bounds a run")
	}
}
