package report

import (
	"io"

	"github.com/tocsin-rules/tocsin/internal/detect"
	"github.com/tocsin-rules/tocsin/internal/filter"
)

type ruleTestJSON struct {
	Rule    string     `json:"rule"`
	Name    string     `json:"name,omitempty"`
	Fixture string     `json:"fixture,omitempty"`
	Status  string     `json:"status"`
	Lacks   string     `json:"lacks,omitempty"`
	Cases   []caseJSON `json:"cases"`
	Errors  []finding  `json:"findings,omitempty"`
}

type caseJSON struct {
	Name     string            `json:"name"`
	Kind     string            `json:"kind"`
	Status   string            `json:"status"`
	Alerts   int               `json:"alerts"`
	Todo     string            `json:"todo,omitempty"`
	Place    place             `json:"place"`
	Messages []string          `json:"messages,omitempty"`
	Attempts []string          `json:"attempts,omitempty"`
	Events   []ExplanationJSON `json:"events,omitempty"`
}

// ExplanationJSON is an explanation in JSON.
type ExplanationJSON struct {
	Event   string      `json:"event"`
	Matched bool        `json:"matched"`
	Phases  []phaseJSON `json:"phases"`
	Query   *traceJSON  `json:"query"`
	Until   string      `json:"until,omitempty"`
}

type phaseJSON struct {
	Name   string `json:"name"`
	Passed bool   `json:"passed"`
	Detail string `json:"detail,omitempty"`
}

type traceJSON struct {
	Op       string       `json:"op"`
	Clause   string       `json:"clause"`
	Matched  bool         `json:"matched"`
	Field    string       `json:"field,omitempty"`
	Type     string       `json:"type,omitempty"`
	Values   []string     `json:"values,omitempty"`
	Reason   string       `json:"reason,omitempty"`
	Detail   string       `json:"detail,omitempty"`
	Children []*traceJSON `json:"children,omitempty"`
}

// TestsJSON writes {"summary": {...}, "rules": [...]}.
func TestsJSON(w io.Writer, tests []RuleTest) error {
	s := Summarise(tests)
	out := struct {
		Summary map[string]int `json:"summary"`
		Rules   []ruleTestJSON `json:"rules"`
	}{
		Summary: map[string]int{
			"rules": s.Rules, "cases": s.Cases, "passed": s.Passed, "failed": s.Failed, "todo": s.Todo, "undecided": s.Undecided,
			"broken": s.Broken, "incomplete": s.Without,
		},
		Rules: []ruleTestJSON{},
	}
	for _, t := range tests {
		out.Rules = append(out.Rules, ruleTestOf(t))
	}
	return writeJSON(w, out)
}

func ruleTestOf(t RuleTest) ruleTestJSON {
	r := ruleTestJSON{Rule: t.Rule, Name: t.Name, Fixture: t.Fixture, Status: string(t.Verdict()), Lacks: t.lacks(), Cases: []caseJSON{}}
	if len(t.Problems) > 0 {
		r.Errors = findingsOf(t.Problems)
	}
	for _, c := range t.Cases {
		one := caseJSON{
			Name: c.Name, Kind: kind(c.Positive), Status: string(c.Status), Alerts: c.Got, Todo: c.Todo, Place: placeOf(c.Place), Messages: c.Messages,
			Attempts: c.Attempts,
		}
		for _, e := range c.Explained {
			one.Events = append(one.Events, ExplanationOf(e.Name, e.Explanation))
		}
		r.Cases = append(r.Cases, one)
	}
	return r
}

// ExplanationsJSON writes a list of explanations.
func ExplanationsJSON(w io.Writer, list []ExplanationJSON) error { return writeJSON(w, list) }

// ExplanationOf is an explanation in the form of JSON.
func ExplanationOf(name string, e *detect.Explanation) ExplanationJSON {
	out := ExplanationJSON{Event: name, Matched: e.Matched, Query: traceOf(e.Query), Until: e.Until}
	for _, p := range e.Phases {
		out.Phases = append(out.Phases, phaseJSON(p))
	}
	return out
}

func traceOf(t *filter.Trace) *traceJSON {
	out := &traceJSON{
		Op: t.Op.String(), Clause: t.Clause.Label, Matched: t.Matched, Field: t.Field, Values: t.Values, Reason: t.Reason.String(), Detail: t.Detail,
	}
	if t.Op == filter.OpField {
		out.Type = t.Type.String()
	}
	for _, child := range t.Children {
		out.Children = append(out.Children, traceOf(child))
	}
	return out
}

func kind(positive bool) string {
	if positive {
		return "positive"
	}
	return "negative"
}
