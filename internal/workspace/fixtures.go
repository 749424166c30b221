package workspace

import (
	"os"
	"path/filepath"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/fixture"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// FixturePath gives the file of a rule's fixture, which may not exist: the same path below the folder of fixtures as the
// rule has below its own. It is "" for a rule outside of the repository's folders.
func (w *Workspace) FixturePath(r *RuleFile) string {
	rel, ok := w.relative(r.absolute)
	if !ok {
		return ""
	}
	return filepath.Join(w.Root, w.Config.Fixtures, rel)
}

// Fixture loads the fixture of a rule. It is nil, without problems, when there is none. Path is the file as it is shown.
func (w *Workspace) Fixture(r *RuleFile) (f *fixture.Fixture, path string, problems diag.List) {
	path = w.FixturePath(r)
	if path == "" {
		return nil, "", nil
	}
	if _, err := os.Stat(path); os.IsNotExist(err) {
		return nil, "", nil
	}
	doc, problems, err := w.readTOML(path, "fixture")
	if err != nil {
		problems = append(problems, diag.AtFile(w.shown(path), "internal", err.Error(), ""))
	}
	if doc == nil || problems.HasErrors() {
		return nil, w.shown(path), problems
	}
	f, more := fixture.Decode(doc, func(name string) (*source.File, error) {
		return w.ReadFile(filepath.Join(filepath.Dir(path), filepath.FromSlash(name)))
	})
	return f, w.shown(path), append(problems, more...)
}

// Orphans reports fixtures whose rule does not exist.
func (w *Workspace) Orphans() diag.List {
	dir := filepath.Join(w.Root, w.Config.Fixtures)
	if _, err := os.Stat(dir); err != nil {
		return nil
	}
	paths, problems := w.walk(dir, ".toml")
	for _, path := range paths {
		rel, err := filepath.Rel(dir, path)
		if err != nil || w.hasRule(rel) {
			continue
		}
		problems = append(problems, diag.AtFile(w.shown(path), "fixture-without-rule", "no rule has the path of this fixture",
			"a fixture has the same path below "+w.Config.Fixtures+" as its rule below "+w.Config.Rules[0]+": was the rule renamed?"))
	}
	return problems
}

func (w *Workspace) hasRule(rel string) bool {
	for _, dir := range w.Config.Rules {
		if _, err := os.Stat(filepath.Join(w.Root, dir, rel)); err == nil {
			return true
		}
	}
	return false
}
