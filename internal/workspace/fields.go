package workspace

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
)

// Fields gives the field types of some indices: the project's catalogs that cover them, then ECS. Dynamic mapping is
// for the caller to add, for it depends on events.
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
	catalogs, _ := w.catalogs()
	var layers []field.Source
	for _, c := range catalogs {
		if c.Covers(indices) {
			layers = append(layers, c.Fields)
		}
	}
	s := field.NewSchema(append(layers, ecs)...)
	w.cached[key] = s
	return s, nil
}

// CatalogProblems are the findings in the project's field catalogs.
func (w *Workspace) CatalogProblems() diag.List {
	_, problems := w.catalogs()
	return problems
}

func (w *Workspace) loadCatalogs() ([]*field.Catalog, diag.List) {
	dir := filepath.Join(w.Root, w.Config.Fields)
	if _, err := os.Stat(dir); err != nil {
		return nil, nil
	}
	paths, problems := w.walk(dir)
	var catalogs []*field.Catalog
	for _, path := range paths {
		c, more := w.loadCatalog(path)
		problems = append(problems, more...)
		if c != nil {
			catalogs = append(catalogs, c)
		}
	}
	return catalogs, problems
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
