package run

import (
	"fmt"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
)

// maxTold bounds how many dropped groups are told of one command.
const maxTold = 5

// Lines tells what became of the rows, a line for each command, and below a WHERE over groups the groups that it dropped
// with what they had and what the condition asks.
func (t *Trace) Lines() []string {
	var lines []string
	width := 0
	for _, s := range t.Steps {
		width = max(width, len(s.label()))
	}
	for _, s := range t.Steps {
		line := fmt.Sprintf("%-*s  %s", width, s.label(), rows(s.Rows))
		if dropped := len(s.Dropped); dropped > 0 {
			line += fmt.Sprintf(", %s dropped", atLeast(dropped))
		}
		lines = append(lines, line)
		lines = append(lines, s.groups()...)
	}
	for _, warning := range t.Result.Warnings {
		lines = append(lines, "warning: "+warning)
	}
	return lines
}

func atLeast(n int) string {
	if n == maxDropped {
		return fmt.Sprintf("%d or more", n)
	}
	return fmt.Sprint(n)
}

func rows(n int) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}

// label is the command, cut to what fits on a line.
func (s *StepTrace) label() string {
	const most = 56
	if s.Command == nil {
		return "the limit of Elasticsearch"
	}
	text := []rune(s.Command.String())
	if len(text) > most {
		return string(text[:most-1]) + "…"
	}
	return string(text)
}

// groups tells which groups a WHERE dropped.
func (s *StepTrace) groups() []string {
	var lines []string
	for _, d := range s.Dropped {
		if d.Doc != nil {
			continue
		}
		if len(lines) == maxTold {
			return append(lines, "    ...")
		}
		label := d.Label
		if label == "" {
			label = "the only row"
		}
		lines = append(lines, fmt.Sprintf("    %s: %s", label, strings.Join(failing(d.Why), "; ")))
	}
	return lines
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
	case t.Reason == filter.Missing:
		return []string{fmt.Sprintf("`%s` is null: there is no %s", t.Clause.Label, strings.TrimSuffix(t.Detail, ", so it is null"))}
	case t.Reason == filter.Impossible:
		verdict = "is " + t.Detail
	case len(t.Values) > 0:
		verdict += ", for it saw " + strings.Join(t.Values, ", ")
	}
	return []string{fmt.Sprintf("`%s` %s", t.Clause.Label, verdict)}
}

// Conditions explains one document: the conditions of every WHERE that it comes to, up to the first that drops it; nil when
// there is none.
func (p *Program) Conditions(in Input) *filter.Trace {
	r := p.start(in)
	r.trace = &tracer{steps: map[esql.Step]*StepTrace{}, all: true}
	r.result()
	all := &filter.Trace{Op: filter.OpAnd, Matched: true}
	for _, step := range p.Plan.Steps {
		for _, seen := range r.trace.of(step).Seen {
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
