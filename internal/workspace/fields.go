package workspace

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/schemas"
)

// fieldCatalogs are the catalogs below the folder of catalogs.
type fieldCatalogs struct {
	own      []*field.Catalog
	compact  []*field.Compact
	problems diag.List
}

// Fields gives the field types of some indices: the project's own catalogs that cover them, then those of clusters and of
// integration packages, then ECS in the version of the project's stack. Dynamic mapping is for the caller to add, for it
// depends on events.
func (w *Workspace) Fields(indices []string) (*field.Schema, error) {
	key := strings.Join(indices, "\n")
	w.mu.Lock()
	defer w.mu.Unlock()
	if s, ok := w.cached[key]; ok {
		return s, nil
	}
	ecs, err := w.ecs()
	if err != nil {
		return nil, err
	}
	catalogs := w.catalogs()
	var layers []field.Source
	for _, c := range catalogs.own {
		if c.Covers(indices) {
			layers = append(layers, c.Fields)
		}
	}
	for _, c := range catalogs.compact {
		if streams := c.Select(indices); streams != nil {
			layers = append(layers, streams)
		}
	}
	s := field.NewSchema(append(layers, ecs)...)
	w.cached[key] = s
	return s, nil
}

// Packages are the catalogs of integration packages and of clusters in the project.
func (w *Workspace) Packages() []*field.Compact { return w.catalogs().compact }

// ECS are the fields of ECS in the version of the project's stack.
func (w *Workspace) ECS() (*field.Table, error) { return w.ecs() }

func (w *Workspace) loadECS() (*field.Table, error) {
	version, err := field.ECSVersion(schemas.ECS(), w.Config.Stack)
	if err != nil {
		return nil, err
	}
	return field.ParseECS(schemas.ECS(), version)
}

// CatalogProblems are the findings in the project's field catalogs.
func (w *Workspace) CatalogProblems() diag.List { return w.catalogs().problems }

func (w *Workspace) loadCatalogs() fieldCatalogs {
	var all fieldCatalogs
	dir := filepath.Join(w.Root, w.Config.Fields)
	if _, err := os.Stat(dir); err != nil {
		return all
	}
	paths, problems := w.walk(dir, ".toml", compactKind)
	all.problems = problems
	for _, path := range paths {
		if strings.HasSuffix(path, compactKind) {
			all.addCompact(w.loadCompact(path))
			continue
		}
		c, more := w.loadCatalog(path)
		all.problems = append(all.problems, more...)
		if c != nil {
			all.own = append(all.own, c)
		}
	}
	all.compact = w.ofEnvironment(all.compact)
	// What a cluster has is nearer to the truth than what a package would make of it.
	slices.SortStableFunc(all.compact, func(a, b *field.Compact) int { return strings.Compare(a.Source, b.Source) })
	return all
}

// UseFieldsOf makes the fields those of an environment: the catalogs of other clusters do not count. It comes before the first
// question about fields. "" changes nothing, and neither does an environment that has no catalog.
func (w *Workspace) UseFieldsOf(environment string) { w.environment = environment }

// ofEnvironment leaves out the catalogs of other clusters than the one that is meant.
func (w *Workspace) ofEnvironment(catalogs []*field.Compact) []*field.Compact {
	of := func(name string) func(*field.Compact) bool {
		return func(c *field.Compact) bool { return c.Source == field.FromEnvironment && c.Title == name }
	}
	for _, name := range []string{w.environment, w.Config.FieldsEnvironment} {
		if name != "" && slices.ContainsFunc(catalogs, of(name)) {
			return slices.DeleteFunc(catalogs, func(c *field.Compact) bool { return c.Source == field.FromEnvironment && c.Title != name })
		}
	}
	return catalogs
}

// compactKind is how the names of compact catalogs end.
const compactKind = ".tsv"

func (f *fieldCatalogs) addCompact(c *field.Compact, problem *diag.Diagnostic) {
	if problem != nil {
		f.problems = append(f.problems, *problem)
		return
	}
	f.compact = append(f.compact, c)
}

func (w *Workspace) loadCompact(path string) (*field.Compact, *diag.Diagnostic) {
	file, problem := w.readFile(path)
	if problem != nil {
		return nil, problem
	}
	c, err := field.ParseCompact(file.Name(), file.Text())
	if err == nil {
		return c, nil
	}
	d := diag.Diagnostic{
		Name: "field-catalog", Severity: diag.Error, Message: err.Error(), Help: "write it anew with tocsin fields add, update or pull",
		Subject: diag.Place{File: file, Span: diag.NoSpan},
	}
	var line *field.LineError
	if errors.As(err, &line) {
		d.Message = line.Err.Error()
		if span, ok := file.LineSpan(line.Line); ok {
			d.Subject.Span = span
		}
	}
	return nil, &d
}

func (w *Workspace) loadCatalog(path string) (*field.Catalog, diag.List) {
	doc, problems, err := w.readTOML(path, "fields")
	if err != nil {
		return nil, diag.List{diag.AtFile(w.shown(path), "internal", err.Error(), "")}
	}
	if doc == nil {
		return nil, problems
	}
	entries, _ := doc.Tree["fields"].(map[string]any)
	table, bad := field.FromMap(entries, w.shown(path))
	if len(problems) == 0 {
		for _, b := range bad {
			problems = append(problems, diag.Diagnostic{
				Name: "field-catalog", Severity: diag.Error, Message: b.Error(), Subject: doc.ValuePlace("fields", b.Name),
			})
		}
	}
	return &field.Catalog{Name: w.shown(path), Indices: texts(doc.Tree["index"]), Fields: table}, problems
}
