package report_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/tocsin-rules/tocsin/internal/check"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/report"
)

// validSARIF gives what the schema of SARIF 2.1.0 that OASIS publishes, which the library carries, refuses in a log: first a property
// that it does not name, then what it asks of each. The library writes the lists that a log leaves out as null and its language as "",
// and its own validation refuses that.
func validSARIF(text string) []string {
	var log sarif.Report
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&log); err != nil {
		return []string{err.Error()}
	}
	err := log.Validate()
	if err == nil {
		return nil
	}
	own := regexp.MustCompile(`given: null$|\.language: Does not match pattern`)
	return slices.DeleteFunc(strings.Split(err.Error(), "\n"), func(line string) bool {
		line = strings.TrimPrefix(strings.Trim(line, " []"), "validation failed: [")
		return line == "" || own.MatchString(line)
	})
}

// everyFinding has a finding of each check, and those that try to break the format.
func everyFinding() diag.List {
	list := hostile()
	for _, c := range check.All() {
		d := hostile()[0]
		d.Name, d.Severity = c.Name, diag.Warning
		list = append(list, d)
	}
	return list
}

func TestSARIFSchema(t *testing.T) {
	for name, findings := range map[string]diag.List{"none": nil, "hostile": hostile(), "every check": everyFinding()} {
		var out strings.Builder
		if err := report.SARIF(&out, findings, ""); err != nil {
			t.Fatal(err)
		}
		if wrong := validSARIF(out.String()); len(wrong) > 0 || strings.Contains(out.String(), ": null") {
			t.Errorf("%s: %v", name, wrong)
		}
	}
}

// The schema is asked in earnest: what it forbids is refused.
func TestSARIFSchemaRefuses(t *testing.T) {
	var out strings.Builder
	if err := report.SARIF(&out, hostile(), ""); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`"level": "error"`, `"level": "fatal"`}, {`"startLine": 2`, `"startLine": 0`}, {`"name": "tocsin"`, `"nome": "tocsin"`},
		{`"version": "2.1.0"`, `"version": "2.0.0"`}, {`"columnKind": "unicodeCodePoints"`, `"columnKind": "bytes"`},
	} {
		broken := strings.Replace(out.String(), change[0], change[1], 1)
		if broken == out.String() {
			t.Errorf("the log has no %s", change[0])
		} else if validSARIF(broken) == nil {
			t.Errorf("%s is accepted", change[1])
		}
	}
}
