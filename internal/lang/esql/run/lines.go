package run

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
)

// maxTold bounds how many rows are told of one command.
const maxTold = 5

// Lines tells what became of the rows, a line for each command. Below a STATS stand its groups; below a WHERE over groups those
// that it dropped and kept, with what they had and what the condition asks.
func (t *Trace) Lines() []string {
	var lines []string
	width := 0
	for _, s := range t.Steps {
		width = max(width, len(s.count()))
	}
	for i, s := range t.Steps {
		lines = append(lines, fmt.Sprintf("%-*s  %s", width, s.count(), s.label()))
		if !asked(t.Steps[i+1:]) {
			lines = append(lines, s.groups()...)
		}
		lines = append(lines, told("✗", s.Dropped, failing)...)
		lines = append(lines, told("✓", s.Kept, holding)...)
		if rest := t.Steps[i+1:]; s.Rows == 0 && len(rest) > 0 && !slices.ContainsFunc(rest, func(s *StepTrace) bool { return s.Rows > 0 }) {
			return append(lines, fmt.Sprintf("%*s  no row is left for what follows", width, ""))
		}
	}
	return lines
}

// asked tells whether a WHERE follows that says something of groups.
func asked(steps []*StepTrace) bool {
	return slices.ContainsFunc(steps, func(s *StepTrace) bool {
		return slices.ContainsFunc(slices.Concat(s.Dropped, s.Kept), func(v Verdict) bool { return !v.Alone })
	})
}

// count says how many rows are left.
func (s *StepTrace) count() string {
	text := fmt.Sprintf("%d rows", s.Rows)
	if s.Rows == 1 {
		text = "1 row"
	}
	switch n := len(s.Dropped); {
	case n == maxNoted:
		text += fmt.Sprintf(", %d or more dropped", n)
	case n > 0:
		text += fmt.Sprintf(", %d dropped", n)
	}
	return text
}

// maxLabel bounds the text of a command.
const maxLabel = 300

// label is the command on one line.
func (s *StepTrace) label() string {
	if s.Command == nil {
		return "the limit of Elasticsearch"
	}
	text := []rune(s.Command.String())
	if len(text) > maxLabel {
		return string(text[:maxLabel-1]) + "…"
	}
	return string(text)
}

// groups tells which groups a STATS made.
func (s *StepTrace) groups() []string {
	var lines []string
	for i, g := range s.Groups {
		if i == maxTold {
			return append(lines, fmt.Sprintf("    and %d more", s.Rows-maxTold))
		}
		lines = append(lines, "    "+g.Label)
		if g.Values != "" {
			lines = append(lines, "        "+g.Values)
		}
	}
	return lines
}

// told tells what a WHERE said of groups.
func told(mark string, verdicts []Verdict, why func(*filter.Trace) []string) []string {
	var lines []string
	n := 0
	for _, v := range verdicts {
		if v.Alone {
			continue
		}
		if n++; n > maxTold {
			continue
		}
		lines = append(lines, "    "+mark+" "+v.Label)
		for _, reason := range why(v.Why) {
			lines = append(lines, "        "+reason)
		}
	}
	if n > maxTold {
		lines = append(lines, fmt.Sprintf("    %s and %d more", mark, n-maxTold))
	}
	return lines
}

// holding are the conditions because of which one holds, each with what it saw.
func holding(t *filter.Trace) []string {
	var list []string
	switch {
	case !t.Matched:
		return nil
	case t.Op == filter.OpAnd || t.Op == filter.OpOr:
		for _, child := range t.Children {
			list = append(list, holding(child)...)
		}
		return list
	case t.Op == filter.OpNot:
		return []string{fmt.Sprintf("`%s` is true: %s", t.Clause.Label, strings.Join(failing(t.Children[0]), "; "))}
	case len(t.Values) == 0:
		return []string{fmt.Sprintf("`%s` is true", t.Clause.Label)}
	}
	return []string{fmt.Sprintf("`%s` is true, saw %s", t.Clause.Label, strings.Join(t.Values, ", "))}
}

// failing are the conditions because of which one does not hold, each with what it saw.
func failing(t *filter.Trace) []string {
	if t.Matched {
		return nil
	}
	var list []string
	if t.Op == filter.OpAnd || t.Op == filter.OpOr {
		for _, child := range t.Children {
			list = append(list, failing(child)...)
		}
		return list
	}
	verdict := "is false"
	switch {
	case t.Op == filter.OpNot:
		return []string{fmt.Sprintf("`%s` is false: %s", t.Clause.Label, strings.Join(holding(t.Children[0]), "; "))}
	case t.Reason == filter.Missing:
		return []string{fmt.Sprintf("`%s` is null: there is no %s", t.Clause.Label, strings.TrimSuffix(t.Detail, ", so it is null"))}
	case t.Reason == filter.Impossible:
		verdict = "is " + t.Detail
	case len(t.Values) > 0:
		verdict += ", saw " + strings.Join(t.Values, ", ")
	}
	return []string{fmt.Sprintf("`%s` %s", t.Clause.Label, verdict)}
}

// Conditions explains one document: the conditions of every WHERE that it comes to, up to the first that drops it, or to the
// first command that looks at several documents; nil when there is none.
func (p *Program) Conditions(in Input) *filter.Trace {
	r := p.start(in)
	r.trace = &tracer{steps: map[esql.Step]*StepTrace{}, all: true}
	r.result()
	all := &filter.Trace{Op: filter.OpAnd, Matched: true}
	for _, step := range p.Plan.Steps {
		if isInline(step) {
			break // what follows depends on other documents, too
		}
		if seen := anyRow(r.trace.of(step).Seen); seen != nil {
			all.Children = append(all.Children, seen)
			all.Matched = all.Matched && seen.Matched
		}
	}
	switch len(all.Children) {
	case 0:
		return nil
	case 1:
		return all.Children[0]
	}
	return all
}

// anyRow is what a WHERE says of the rows that a document has become: it comes on when one of them does.
func anyRow(seen []*filter.Trace) *filter.Trace {
	switch len(seen) {
	case 0:
		return nil
	case 1:
		return seen[0]
	}
	anyOf := &filter.Trace{Op: filter.OpOr, Clause: filter.Clause{Label: "any row"}, Children: seen}
	for _, row := range seen {
		anyOf.Matched = anyOf.Matched || row.Matched
	}
	return anyOf
}
