package check

import (
	"fmt"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/match"
)

// longList is the number of values from which a chain of alternatives is worth telling (Elasticsearch:
// indices.query.bool.max_clause_count had this default).
const longList = 1024

func listChecks() []*Check {
	return []*Check{
		{
			Name: "duplicate-value", Scope: ScopeQueries, Level: Warning,
			Reason: "a value that stands in a list twice is most often one that was meant to be another",
			Avoid:  `process.name: ("cmd.exe" or "cmd.exe")`, Prefer: `process.name: ("cmd.exe" or "powershell.exe")`,
			run: duplicateValue,
		},
		{
			Name: "subsumed-value", Scope: ScopeQueries, Level: Info,
			Reason: "a value that a pattern of the same list covers adds nothing",
			Avoid:  `process.name : ("cmd*", "cmd.exe")`, Prefer: `process.name : "cmd*"`,
			run: subsumedValue,
		},
		{
			Name: "leading-wildcard", Scope: ScopeQueries, Level: Info,
			Reason: "a pattern that begins with a wildcard is compared with every value of the index, unless the field is of type wildcard",
			Avoid:  `file.name: *.exe`, Prefer: `file.extension: exe`,
			run: leadingWildcard,
		},
		{
			Name: "long-list", Scope: ScopeKQL, Level: Warning,
			Reason: "each alternative of an `or` is a clause of its own, and Elasticsearch bounds their number",
			Avoid:  "more than 1,024 values joined by `or`", Prefer: "an indicator match rule, or EQL's `in`",
			run: longLists,
		},
	}
}

func duplicateValue(s *subject) {
	for _, c := range s.comparisons() {
		seen := map[string]bool{}
		for _, v := range c.values {
			key := v.text
			if c.fold {
				key = match.Fold(key)
			}
			if s.kql != nil {
				key = fmt.Sprint(v.quoted, key)
			}
			if seen[key] {
				s.report(v.at, fmt.Sprintf("%s stands in this list of %s already", s.text(v.at), c.field), "remove it, or write the value that was meant")
			}
			seen[key] = true
		}
	}
}

func subsumedValue(s *subject) {
	for _, c := range s.comparisons() {
		if !c.pattern || len(c.values) < 2 {
			continue
		}
		for i, v := range c.values {
			if j := s.covering(c, i); j >= 0 {
				s.report(v.at, fmt.Sprintf("%s is covered by %s", s.text(v.at), s.text(c.values[j].at)), "remove it")
			}
		}
	}
}

// covering is the value of the list whose pattern fits everything that value i does; -1 when there is none. The value
// itself is taken for a text: a star in it is then one that only a star of the pattern can cover.
func (s *subject) covering(c comparison, i int) int {
	if s.hasPart(c) {
		return -1
	}
	fold := func(v operand) string {
		if c.fold {
			return match.Fold(v.text)
		}
		return v.text
	}
	text := fold(c.values[i])
	for j, other := range c.values {
		if i == j || !strings.Contains(other.text, "*") || s.kql != nil && other.quoted || fold(other) == text {
			continue
		}
		if match.Glob(fold(other)).Match(text) {
			return j
		}
	}
	return -1
}

// hasPart tells whether the values are joined by something else than `or`.
func (s *subject) hasPart(c comparison) bool {
	text := strings.ToLower(s.text(c.at))
	return s.kql != nil && (strings.Contains(text, " and ") || strings.Contains(text, "not "))
}

func leadingWildcard(s *subject) {
	for _, c := range s.comparisons() {
		if !c.pattern {
			continue
		}
		if m, ok := s.schema.Lookup(c.field); ok && m.Type.String() == "wildcard" {
			continue
		}
		for _, v := range c.values {
			if strings.HasPrefix(v.text, "*") && v.text != "*" && (s.kql == nil || !v.quoted) {
				s.report(v.at, fmt.Sprintf("%s begins with a wildcard, and is compared with every value of %s", s.text(v.at), c.field), "begin with what is known, or ask a field that holds that part")
			}
		}
	}
}

func longLists(s *subject) {
	if s.kql == nil {
		return
	}
	for _, c := range s.comparisons() {
		if len(c.values) > longList {
			s.report(c.fieldAt, fmt.Sprintf("%d values are %d clauses of the search", len(c.values), len(c.values)), "use an indicator match rule, or EQL's `in`")
		}
	}
}
