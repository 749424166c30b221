package conformance

import (
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestESQL runs the suite that the environment names, and tells the share of passing cases for each file. A difference
// does not fail; no case at all passing does.
func TestESQL(t *testing.T) {
	dir := os.Getenv("TOCSIN_ESQL_SUITE")
	if dir == "" {
		t.Skip("TOCSIN_ESQL_SUITE is not set")
	}
	suite, err := LoadESQL(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(suite.Unreadable)) {
		t.Logf("%s cannot be read: %v", name, suite.Unreadable[name])
	}
	files := map[string]map[string]int{}
	passed := 0
	for _, o := range suite.Run() {
		if files[o.File] == nil {
			files[o.File] = map[string]int{}
		}
		files[o.File][o.Status]++
		if o.Status == "passed" || o.Status == "warned" {
			passed++
		}
		if o.Status != "passed" {
			t.Logf("%s %s: %s: %s", o.File, o.Name, o.Status, o.Reason)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		n := files[name]
		run := n["passed"] + n["warned"] + n["differs"] + n["refused"]
		t.Logf("%s: %d of %d pass, %d of them with other warnings; %d undecided, %d skipped", name, n["passed"]+n["warned"], run, n["warned"], n["undecided"], n["skipped"])
	}
	if passed == 0 {
		t.Error("no case passes: is this a folder of csv-spec files?")
	}
}

// The runner itself, on cases of this repository: those of the language must pass, and one case has each other outcome.
func TestSpecRunner(t *testing.T) {
	suite, err := LoadESQL("testdata/esql")
	if err != nil {
		t.Fatal(err)
	}
	if len(suite.Unreadable) > 0 {
		t.Fatal(suite.Unreadable)
	}
	got := map[string]string{}
	for _, o := range suite.Run() {
		if o.Status != "passed" {
			got[o.Name] = o.Status + ": " + o.Reason
		}
	}
	want := map[string]string{
		"aWrongExpectation":         "differs: row 1, a: 1, expected 2",
		"leftOut-Ignore":            "skipped: left out by the suite",
		"aWarningThatNobodyExpects": "warned: unexpected warning: Line 1:22: evaluation of [a / 0] failed, treating result as null. Only first 20 failures recorded.",
		"aWarningThatDoesNotCome":   "warned: no warning: Line 1:1: beware",
		"anotherColumn":             "differs: the columns are a, expected b",
		"notAQuery":                 got["notAQuery"],
		"needsTheCluster":           got["needsTheCluster"],
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for name, start := range map[string]string{"notAQuery": "refused: ", "needsTheCluster": "undecided: "} {
		if len(got[name]) <= len(start) || got[name][:len(start)] != start {
			t.Errorf("%s is %q", name, got[name])
		}
	}
}
