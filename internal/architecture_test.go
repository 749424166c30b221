package internal_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/tocsin-rules/tocsin/"

// floors is the table of ARCHITECTURE.md: a package imports from lower floors only.
func floors() map[string]int {
	table := map[string]int{}
	for floor, packages := range [][]string{
		{"schemas", "internal/source", "internal/match", "internal/datemath", "internal/diag", "internal/backtrack", "internal/archive", "internal/semver"},
		{"internal/value", "internal/event", "internal/field", "internal/schema", "internal/tomltext", "internal/attack", "internal/extract"},
		{"internal/filter", "internal/rule", "internal/tomlfmt", "internal/kibana", "internal/elastic", "internal/integration", "internal/registry", "internal/git", "internal/lang/esql/column"},
		{
			"internal/lang/kql", "internal/lang/lucene", "internal/lang/dsl", "internal/lang/eql",
			"internal/lang/esql", "internal/lang/esql/function", "internal/lang/esql/run",
			"internal/exception", "internal/connector", "internal/timeline",
		},
		{"internal/detect"},
		{"internal/check", "internal/fixture", "internal/publish", "internal/export", "internal/versions", "internal/importer", "internal/page", "internal/sandbox", "internal/doctor", "internal/scaffold", "internal/parity"},
		{"internal/workspace", "internal/report"},
		{"internal/cli"},
		{"cmd/tocsin"},
	} {
		for _, p := range packages {
			table[p] = floor
		}
	}
	return table
}

// sideways are the imports within a floor that ARCHITECTURE.md allows.
func sideways() map[string][]string {
	return map[string][]string{
		"internal/diag":          {"internal/source"},
		"internal/rule":          {"internal/tomlfmt"},
		"internal/elastic":       {"internal/kibana"},
		"internal/lang/esql":     {"internal/lang/esql/function"},
		"internal/lang/esql/run": {"internal/lang/esql", "internal/lang/esql/function"},
	}
}

// outside are packages that stand beside the house: helpers of tests, and generators.
func outside(pkg string) bool {
	return pkg == "internal/corpus" || strings.HasPrefix(pkg, "internal/corpus/") || strings.HasPrefix(pkg, "internal/tools/") || strings.HasSuffix(pkg, "/contract")
}

func TestImportsPointDown(t *testing.T) {
	table, allowed := floors(), sideways()
	for pkg, imports := range ownImports(t) {
		if outside(pkg) {
			continue
		}
		floor, known := table[pkg]
		if !known {
			t.Errorf("%s has no floor: give it one here and in ARCHITECTURE.md", pkg)
			continue
		}
		for _, imported := range imports {
			below, known := table[imported]
			if !known || below > floor || below == floor && !slices.Contains(allowed[pkg], imported) {
				t.Errorf("%s (floor %d) must not import %s (floor %d)", pkg, floor, imported, below)
			}
		}
	}
}

func TestArchitectureNamesEveryPackage(t *testing.T) {
	text, err := os.ReadFile("../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range ownImports(t) {
		if !strings.Contains(string(text), "`"+strings.TrimPrefix(pkg, "internal/")+"`") {
			t.Errorf("ARCHITECTURE.md does not name %s", pkg)
		}
	}
}

// ownImports gives the packages of the module with those of the module that their sources, without tests, import.
func ownImports(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, top := range []string{"cmd", "internal", "schemas"} {
		err := filepath.WalkDir("../"+top, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			pkg := strings.TrimPrefix(path.Dir(filepath.ToSlash(name)), "../")
			found[pkg] = append(found[pkg], nil...)
			for _, spec := range file.Imports {
				target, err := strconv.Unquote(spec.Path.Value)
				if own, ok := strings.CutPrefix(target, module); ok && err == nil {
					found[pkg] = append(found[pkg], own)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}
