package check_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/check"
)

// TestFindingsAreRegistered reads the sources that `tocsin check` runs and asks that each name of a finding in them is in the
// registry, so that it can be explained.
func TestFindingsAreRegistered(t *testing.T) {
	known := map[string]bool{}
	for _, c := range check.All() {
		known[c.Name] = true
	}
	// What other commands find has no level.
	elsewhere := map[string]bool{"fixture-without-rule": true, "internal": true}
	names := regexp.MustCompile(`\bName: +"([a-z-]+)", Severity|fail\([^"\n]*, "([a-z]+-[a-z-]+)",|AtFile\([^"\n]+, "([a-z-]+)",`)
	count := 0
	for _, dir := range []string{"rule", "schema", "tomltext", "detect", "lang/kql", "lang/eql", "lang/lucene", "lang/esql", "exception", "workspace"} {
		for _, text := range sources(t, filepath.Join("..", dir)) {
			for _, m := range names.FindAllStringSubmatch(text, -1) {
				name := m[1] + m[2] + m[3]
				count++
				if !known[name] && !elsewhere[name] {
					t.Errorf("internal/%s reports %q, which the registry does not have", dir, name)
				}
			}
		}
	}
	if count < 30 {
		t.Errorf("only %d names were found: the sources are written in another way", count)
	}
}

func sources(t *testing.T, dir string) []string {
	t.Helper()
	var texts []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		texts = append(texts, string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}
