package report

import (
	"fmt"
	"io"

	"github.com/tocsin-rules/tocsin/internal/fixture"
)

// RuleTest is the outcome of one rule's fixture.
type RuleTest struct {
	// Rule and Fixture are paths; Fixture is "" for a rule without one.
	Rule, Fixture string
	Name          string
	fixture.Result
}

// Verdict tells what is worst in the outcome.
func (r RuleTest) Verdict() fixture.Status {
	verdict := fixture.Passed
	if len(r.Cases) == 0 {
		verdict = fixture.Undecided
	}
	if r.Problems.HasErrors() {
		verdict = fixture.Failed
	}
	rank := map[fixture.Status]int{fixture.Passed: 0, fixture.Todo: 1, fixture.Undecided: 2, fixture.Failed: 3}
	for _, c := range r.Cases {
		if rank[c.Status] > rank[verdict] {
			verdict = c.Status
		}
	}
	return verdict
}

// lacks tells which polarity the fixture has no case of.
func (r RuleTest) lacks() string {
	var positive, negative bool
	for _, c := range r.Cases {
		positive = positive || c.Positive
		negative = negative || !c.Positive
	}
	switch {
	case r.Problems.HasErrors():
		return ""
	case !positive && !negative:
		return "no fixture"
	case !positive:
		return "no positive case"
	case !negative:
		return "no negative case"
	}
	return ""
}

// polarities counts the cases of each polarity that were run.
func (r RuleTest) polarities() string {
	positive, negative := 0, 0
	for _, c := range r.Cases {
		if c.Positive {
			positive++
		} else {
			negative++
		}
	}
	if len(r.Cases) == 0 && r.Problems.HasErrors() {
		return "not run"
	}
	return fmt.Sprintf("%d positive, %d negative", positive, negative)
}

// TestSummary counts outcomes over all rules.
type TestSummary struct {
	Rules, Cases, Passed, Failed, Todo, Undecided int
	// Broken are the rules that could not be run.
	Broken int
	// Without are the rules that lack a positive or a negative case.
	Without int
}

// Summarise counts the outcomes.
func Summarise(tests []RuleTest) TestSummary {
	s := TestSummary{Rules: len(tests)}
	for _, t := range tests {
		if t.Problems.HasErrors() {
			s.Broken++
		}
		if t.lacks() != "" {
			s.Without++
		}
		for _, c := range t.Cases {
			s.Cases++
			switch c.Status {
			case fixture.Passed:
				s.Passed++
			case fixture.Todo:
				s.Todo++
			case fixture.Undecided:
				s.Undecided++
			default:
				s.Failed++
			}
		}
	}
	return s
}

// Tests writes one line a rule, what went wrong in full, and a summary.
func Tests(w io.Writer, tests []RuleTest, style Style) error {
	p := newPrinter(style)
	for _, t := range tests {
		if t.Fixture == "" && len(t.Problems) == 0 {
			continue
		}
		p.ruleTest(t)
	}
	p.testSummary(tests)
	return p.flush(w)
}

func (p *printer) ruleTest(t RuleTest) {
	p.printf("%s %s  %s\n", p.status(t.Verdict()), clean(t.Rule), p.faint.Render(t.polarities()))
	for _, d := range t.Problems {
		p.diagnostic(d)
	}
	for _, c := range t.Cases {
		if c.Status != fixture.Passed || len(c.Messages) > 0 {
			p.caseResult(c)
		}
	}
}

func (p *printer) caseResult(c fixture.CaseResult) {
	p.printf("     %s %s: %s\n", p.status(c.Status), kind(c.Positive), p.bold.Render(clean(c.Name)))
	p.printf("          %s %s\n", p.blue.Render("-->"), c.Place)
	if c.Todo != "" {
		p.printf("          todo: %s\n", clean(c.Todo))
	}
	for _, m := range c.Messages {
		p.printf("          %s\n", clean(m))
	}
	p.attempts(c.Attempts, "          ")
	for _, e := range c.Explained {
		p.explanation(e.Name, e.Explanation, "          ")
	}
}

func (p *printer) status(s fixture.Status) string {
	switch s {
	case fixture.Passed:
		return p.green.Render("ok  ")
	case fixture.Failed:
		return p.red.Render("FAIL")
	case fixture.Todo:
		return p.yellow.Render("todo")
	}
	return p.yellow.Render("undecided")
}

func (p *printer) testSummary(tests []RuleTest) {
	s := Summarise(tests)
	tone := p.green
	if s.Failed+s.Broken > 0 {
		tone = p.red
	}
	text := fmt.Sprintf("%s, %s: %d passed, %d failed", plural(s.Rules, "rule"), plural(s.Cases, "case"), s.Passed, s.Failed)
	for _, part := range []struct {
		n    int
		name string
	}{{s.Todo, "todo"}, {s.Undecided, "undecided"}, {s.Broken, "broken"}} {
		if part.n > 0 {
			text += fmt.Sprintf(", %d %s", part.n, part.name)
		}
	}
	p.printf("\n%s\n", tone.Render(text))
	for _, t := range tests {
		if lacks := t.lacks(); lacks != "" {
			p.printf("  %s %s: %s\n", p.yellow.Render("note:"), clean(t.Rule), lacks)
		}
	}
}
