package function

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/esql.md anew")

// The page of the language holds the functions as the registry has them, below the line that says so.
func TestReferencePageIsCurrent(t *testing.T) {
	const page, line = "../../../../docs/esql.md", "<!-- Below: written from the registry by go test ./internal/lang/esql/function -update -->\n"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	head, _, ok := strings.Cut(string(text), line)
	if !ok {
		t.Fatalf("%s has no line %s", page, line)
	}
	want := head + line + "\n" + NewRegistry(All()).Reference()
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(text) {
		t.Errorf("docs/esql.md is not what the registry says: go test ./internal/lang/esql/function -update")
	}
}
