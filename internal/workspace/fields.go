package workspace

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
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
	var own []ownCatalog
	for _, path := range paths {
		if strings.HasSuffix(path, compactKind) {
			all.addCompact(w.loadCompact(path))
			continue
		}
		c, more := w.loadCatalog(path)
		all.problems = append(all.problems, more...)
		if c.doc != nil {
			all.problems = append(all.problems, c.conflicts(own)...)
			own = append(own, c)
			all.own = append(all.own, c.Catalog)
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

// ownCatalog is a catalog in TOML, with its text.
type ownCatalog struct {
	*field.Catalog
	doc *tomltext.Document
}

func (w *Workspace) loadCatalog(path string) (ownCatalog, diag.List) {
	doc, problems, err := w.readTOML(path, "fields")
	if err != nil {
		return ownCatalog{}, diag.List{diag.AtFile(w.shown(path), "internal", err.Error(), "")}
	}
	if doc == nil {
		return ownCatalog{}, problems
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
	return ownCatalog{&field.Catalog{Name: w.shown(path), Indices: tomltext.Texts(doc.Tree["index"]), Fields: table}, doc}, problems
}

// conflicts are the fields to which an earlier catalog of the same indices gives another type: which of the two counts would
// hang on the names of the files.
func (c ownCatalog) conflicts(earlier []ownCatalog) diag.List {
	var problems diag.List
	for _, other := range earlier {
		if !c.Meets(other.Catalog) {
			continue
		}
		for _, name := range slices.Sorted(slices.Values(c.Fields.Names())) {
			m, _ := c.Fields.Lookup(name)
			if o, ok := other.Fields.Lookup(name); ok && o.Type != m.Type {
				problems = append(problems, diag.Diagnostic{
					Name: "field-type-conflict", Severity: diag.Error,
					Message: fmt.Sprintf("%s is of type %s here and of type %s there, in catalogs of the same indices", name, m.Type, o.Type),
					Help:    "leave one of them, or narrow the index patterns of one catalog",
					Subject: c.doc.ValuePlace("fields", name),
					Related: []diag.Related{{Place: other.doc.ValuePlace("fields", name), Message: "there"}},
				})
			}
		}
	}
	return problems
}
