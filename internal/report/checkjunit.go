package report

import (
	"fmt"
	"io"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/tocsin-rules/tocsin/internal/diag"
)

// CheckJUnit writes findings as JUnit XML: a suite for each file that has any, a failed test for each error, and a passed
// one with its text for each warning. Without findings there is one test, which passed. The style has no effect.
func CheckJUnit(w io.Writer, c Check, _ Style) error {
	suites := junit.Testsuites{Name: "tocsin check"}
	for i := 0; i < len(c.Findings); {
		name := placeOf(c.Findings[i].Subject).File
		suite := junit.Testsuite{Name: name, File: name, Time: "0"}
		for ; i < len(c.Findings) && placeOf(c.Findings[i].Subject).File == name; i++ {
			suite.AddTestcase(findingCase(c.Findings[i], name))
		}
		suites.AddSuite(suite)
	}
	if len(suites.Suites) == 0 {
		suite := junit.Testsuite{Name: "rules", Time: "0"}
		suite.AddTestcase(junit.Testcase{Name: plural(c.Rules, "rule") + " checked", Classname: "rules"})
		suites.AddSuite(suite)
	}
	return writeJUnit(w, suites)
}

func findingCase(d diag.Diagnostic, file string) junit.Testcase {
	p := newPrinter(Style{})
	p.diagnostic(d)
	at := placeOf(d.Subject)
	out := junit.Testcase{Name: fmt.Sprintf("%s at %d:%d", d.Name, at.Line, at.Column), Classname: file}
	if d.Severity == diag.Error {
		out.Failure = &junit.Result{Message: clean(d.Message), Type: d.Name, Data: p.out.String()}
		return out
	}
	out.SystemOut = &junit.Output{Data: p.out.String()}
	return out
}
