package conformance

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEQL runs the suite that the environment names. Cases may differ for reasons of dialect, so a difference is told
// and does not fail; no case at all running does.
func TestEQL(t *testing.T) {
	dir := os.Getenv("TOCSIN_EQL_SUITE")
	if dir == "" {
		t.Skip("TOCSIN_EQL_SUITE is not set")
	}
	suite, err := LoadEQL(dir)
	if err != nil {
		t.Fatal(err)
	}
	passed := 0
	for _, o := range suite.Run() {
		switch {
		case o.Passed():
			passed++
		case o.Err != nil:
			t.Logf("%s %s: refused: %v\n%s", o.File, o.Name, o.Err, o.Ran)
		default:
			t.Logf("%s %s: found %v, expected %v\n%s", o.File, o.Name, o.Got, o.Expected, o.Ran)
		}
	}
	t.Logf("%d of %d cases pass (%.1f %%)", passed, len(suite.Cases), 100*float64(passed)/float64(len(suite.Cases)))
	if passed == 0 {
		t.Error("no case passes: is this an EQL suite?")
	}
}

// The runner itself, on a suite of this repository: one case of each outcome.
func TestRunner(t *testing.T) {
	suite, err := LoadEQL("testdata/own")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, o := range suite.Run() {
		switch {
		case o.Err != nil:
			got[o.Name] = "refused"
		case o.Passed():
			got[o.Name] = "passed"
		default:
			got[o.Name] = "differs"
		}
	}
	want := map[string]string{"dialect": "passed", "sequence": "passed", "missing event": "passed", "a wrong expectation": "differs", "not in Elasticsearch": "refused"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDialect(t *testing.T) {
	for query, want := range map[string]string{
		`process where a = 'it''s'`: `process where a == "it""s"`, `any where a == "x = y" and b != 1`: `any where a == "x = y" and b != 1`,
		`sequence with maxspan=5m [any where a='"x"'] with runs=2`: `sequence with maxspan=5m [any where a=="\"x\""] with runs=2`, `any where a <= 1`: `any where a <= 1`,
	} {
		if got := Dialect(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	if _, err := LoadEQL(t.TempDir()); err == nil {
		t.Error("an empty folder is a suite")
	}
}
