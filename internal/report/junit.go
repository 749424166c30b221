package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/tocsin-rules/tocsin/internal/fixture"
)

// TestsJUnit writes JUnit XML: a suite for each rule, a test for each case. Undecided cases and known gaps are skipped
// tests; a rule that cannot be run is a suite with one error.
func TestsJUnit(w io.Writer, tests []RuleTest) error {
	suites := junit.Testsuites{Name: "tocsin"}
	for _, t := range tests {
		suites.AddSuite(suiteOf(t))
	}
	return writeJUnit(w, suites)
}

func writeJUnit(w io.Writer, suites junit.Testsuites) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	if err := suites.WriteXML(w); err != nil {
		return fmt.Errorf("encode JUnit: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func suiteOf(t RuleTest) junit.Testsuite {
	// Readers want a number for the time; a run has none that would be the same the next time.
	suite := junit.Testsuite{Name: t.Rule, File: t.Fixture, Time: "0"}
	if t.Problems.HasErrors() {
		suite.AddTestcase(junit.Testcase{
			Name: "rule and fixture", Classname: t.Rule, Error: &junit.Result{Message: "cannot be run", Data: cleanLines(t.Problems.Error())},
		})
	}
	for _, c := range t.Cases {
		suite.AddTestcase(testcaseOf(t.Rule, c))
	}
	return suite
}

func testcaseOf(rule string, c fixture.CaseResult) junit.Testcase {
	out := junit.Testcase{Name: kind(c.Positive) + ": " + c.Name, Classname: rule}
	switch c.Status {
	case fixture.Failed:
		p := newPrinter(Style{})
		p.caseResult(c)
		out.Failure = &junit.Result{Message: strings.Join(c.Messages, "; "), Data: p.out.String()}
	case fixture.Todo:
		out.Skipped = &junit.Result{Message: "todo: " + c.Todo}
	case fixture.Undecided:
		out.Skipped = &junit.Result{Message: "undecided: " + strings.Join(c.Messages, "; ")}
	}
	return out
}

// cleanLines makes each line of a text safe and keeps the lines.
func cleanLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = clean(lines[i])
	}
	return strings.Join(lines, "\n")
}
