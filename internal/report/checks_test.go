package report_test

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/report"
)

var update = flag.Bool("update", false, "write what is generated anew")

// TestChecksPage proves that docs/checks.md is what the registry says.
func TestChecksPage(t *testing.T) {
	const path = "../../docs/checks.md"
	want := report.ChecksMarkdown()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), want); diff != "" {
		t.Errorf("docs/checks.md is stale; run go test ./internal/report -run Page -update\n%s", diff)
	}
}
