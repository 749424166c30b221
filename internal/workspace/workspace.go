// Package workspace finds and loads what a repository of rules holds: tocsin.toml, rules, fixtures, field catalogs.
//
// [Open] looks for tocsin.toml upwards from a folder; without one, the defaults hold and the folder is the root. A file
// that cannot be read is a diagnostic, and the others are loaded all the same.
package workspace

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/tocsin-rules/tocsin/internal/attack"
	"github.com/tocsin-rules/tocsin/internal/check"
	"github.com/tocsin-rules/tocsin/internal/detect"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/exception"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/schema"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
	"github.com/tocsin-rules/tocsin/schemas"
)

// ConfigFile is the name of the configuration file at the root of a repository.
const ConfigFile = "tocsin.toml"

// Config is what tocsin.toml says, defaults filled in. Paths are relative to the root.
type Config struct {
	Rules        []string
	Fixtures     string
	Fields       string
	Exceptions   string
	Attack       string
	Connectors   string
	Timelines    string
	Stack        string
	Environments map[string]Environment
	// FieldsEnvironment is the environment whose field catalog counts when a command names none; "" is all of them.
	FieldsEnvironment string
	Registry          Registry
	// OwnerTag is the tag that marks each rule that the repository publishes; "" is none.
	OwnerTag string
	// DataViews are the index patterns of Kibana's data views, by id.
	DataViews map[string][]string
	// SavedQueries are the queries saved in Kibana that rules name, by id.
	SavedQueries map[string]detect.SavedQuery
	// Checks are the checks of rules that are switched on, at their levels.
	Checks *check.Suite
}

// Workspace is an opened repository. It is safe for concurrent use.
type Workspace struct {
	// Root is the absolute folder that the configuration's paths are relative to.
	Root   string
	Config Config
	// Schemas are the JSON Schemas of the files that users write.
	Schemas *schema.Set

	// dir is the folder that shown paths are relative to.
	dir string
	// config is tocsin.toml; nil without one.
	config *tomltext.Document
	// environment is the one that the command names; "" when it names none.
	environment string
	catalogs    func() fieldCatalogs
	ecs         func() (*field.Table, error)
	excepts     func() *Exceptions
	attack      func() (*attack.Table, diag.List)
	connects    func() *Connectors
	views       func() *Timelines
	regexps     *match.Regexps
	mu          sync.Mutex
	cached      map[string]*field.Schema
}

// Open opens the repository that a folder belongs to. Problems with tocsin.toml are diagnostics; the workspace then has
// what could be read of it. An error means that tocsin itself is broken.
func Open(dir string) (*Workspace, diag.List, error) {
	set, err := schema.Compile(schemas.Files(), schemas.Patterns())
	if err != nil {
		return nil, nil, fmt.Errorf("embedded schemas: %w", err)
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, nil, err
	}
	w := &Workspace{Root: dir, Schemas: set, dir: dir, regexps: match.NewRegexps(), cached: map[string]*field.Schema{}, Config: defaults()}
	w.catalogs = sync.OnceValue(w.loadCatalogs)
	w.excepts = sync.OnceValue(w.loadExceptions)
	w.attack = sync.OnceValues(w.loadAttack)
	w.connects = sync.OnceValue(w.loadConnectors)
	w.views = sync.OnceValue(w.loadTimelines)
	w.ecs = sync.OnceValues(w.loadECS)
	path, found := findUpwards(dir)
	if !found {
		return w, nil, nil
	}
	w.Root = filepath.Dir(path)
	problems, err := w.readConfig(path)
	return w, problems, err
}

func defaults() Config {
	return Config{Rules: []string{"rules"}, Fixtures: "tests/fixtures", Fields: "schemas/fields", Exceptions: "exceptions", Connectors: "connectors", Timelines: "timelines", OwnerTag: "tocsin", Attack: "schemas/attack.tsv", Checks: check.Default()}
}

func findUpwards(dir string) (string, bool) {
	for {
		path := filepath.Join(dir, ConfigFile)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
}

func (w *Workspace) readConfig(path string) (diag.List, error) {
	doc, problems, err := w.readTOML(path, "tocsin")
	if doc == nil || err != nil {
		return problems, err
	}
	w.config = doc
	tree := doc.Tree
	if list := tomltext.Texts(tree["rules"]); len(list) > 0 {
		w.Config.Rules = list
	}
	for key, target := range map[string]*string{"fixtures": &w.Config.Fixtures, "fields": &w.Config.Fields, "exceptions": &w.Config.Exceptions, "attack": &w.Config.Attack,
		"connectors": &w.Config.Connectors, "timelines": &w.Config.Timelines, "stack": &w.Config.Stack, "fields_environment": &w.Config.FieldsEnvironment} {
		if text, ok := tree[key].(string); ok {
			*target = text
		}
	}
	if tag, ok := tree["owner_tag"].(string); ok {
		w.Config.OwnerTag = tag
	}
	w.Config.Environments, w.Config.Registry = environments(tree), registry(tree)
	w.Config.DataViews, w.Config.SavedQueries = dataViews(tree), savedQueries(tree)
	return append(problems, w.readChecks(doc)...), nil
}

// dataViews reads the tables [data_view.ID].
func dataViews(tree map[string]any) map[string][]string {
	entries, _ := tree["data_view"].(map[string]any)
	views := map[string][]string{}
	for id, entry := range entries {
		if table, ok := entry.(map[string]any); ok {
			views[id] = tomltext.Texts(table["index"])
		}
	}
	return views
}

// savedQueries reads the tables [saved_query.ID].
func savedQueries(tree map[string]any) map[string]detect.SavedQuery {
	entries, _ := tree["saved_query"].(map[string]any)
	queries := map[string]detect.SavedQuery{}
	for id, entry := range entries {
		table, _ := entry.(map[string]any)
		q := detect.SavedQuery{Language: rule.KQL}
		q.Query, _ = table["query"].(string)
		if language, ok := table["language"].(string); ok {
			q.Language = rule.Language(language)
		}
		q.Filters = rule.Tables(table["filters"])
		queries[id] = q
	}
	return queries
}

// Project is what the repository says beside its rules.
func (w *Workspace) Project() detect.Project {
	return detect.Project{DataViews: w.Config.DataViews, SavedQueries: w.Config.SavedQueries, Stack: w.Config.Stack}
}

// Environment is what a rule of the repository is compiled for, without a time: the types of its fields, its exceptions, and
// the project.
func (w *Workspace) Environment(r *rule.Rule) (detect.Environment, error) {
	env := detect.Environment{Project: w.Project(), Regexps: w.regexps}
	env.ValueList = func(id string) (*exception.ValueList, bool) { return w.Exceptions().ValueList(id) }
	if len(r.ExceptionsList) > 0 {
		env.Exceptions, _ = w.Exceptions().Of(r)
	}
	var err error
	if env.Schema, err = w.Fields(env.Project.Indices(r)); err != nil {
		return env, err
	}
	if r.Type == rule.TypeThreatMatch {
		env.Indicators, err = w.Fields(r.ThreatIndex)
	}
	return env, err
}

// readTOML reads a file and holds it against a schema. The document is nil when it cannot be read at all.
func (w *Workspace) readTOML(path, kind string) (*tomltext.Document, diag.List, error) {
	file, problem := w.readFile(path)
	if problem != nil {
		return nil, diag.List{*problem}, nil
	}
	doc, problems := tomltext.Parse(file)
	if doc == nil {
		return nil, problems, nil
	}
	more, err := w.Schemas.Diagnose(kind, doc.Tree, doc)
	return doc, append(problems, more...), err
}

// shown is a path as the user should read it: relative to the folder the command runs in where that is shorter.
func (w *Workspace) shown(path string) string {
	if rel, err := filepath.Rel(w.dir, path); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(path)
}

// absolute resolves a path that the user gave.
func (w *Workspace) absolute(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(w.dir, path)
}

// ReadFile reads a text file that a fixture or the user names.
func (w *Workspace) ReadFile(path string) (*source.File, error) {
	file, problem := w.readFile(w.absolute(path))
	if problem != nil {
		return nil, problem
	}
	return file, nil
}
