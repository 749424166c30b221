package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/export"
	"github.com/tocsin-rules/tocsin/internal/importer"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

type importFlags struct {
	out, pattern string
	named        bool
	dryRun       bool
}

func (a *app) importCommand() *cobra.Command {
	var flags importFlags
	cmd := &cobra.Command{
		Use:   "import FILE|FOLDER ...",
		Short: "Turn exported or prebuilt rules into files of the repository",
		Long: `Takes rules from elsewhere: an export of Kibana (NDJSON), rules as JSON, a package of prebuilt rules (zip or folder), or a
repository of rules in TOML. Each rule becomes a file in the canonical layout below the folder of rules, or below --out.
Exception lists with their items, value lists and connectors become files below their own folders; secrets are left out.
A rule that the repository has already, by its rule_id, is updated in its file: comments, metadata and what is
spelled differently but means the same stay.

--name-pattern names new files, with {tactic}, {name}, {rule_id} and {type}; rules of TOML keep their paths unless it is
given. What cannot be taken is told, and the rest is imported. Fields that only Kibana sets are left out; fields that a
rule's file does not know are kept in metadata.extended.api.`,
		Example: `  tocsin import rules_export.ndjson
  tocsin import security_detection_engine-9.1.0.zip --out rules/prebuilt --name-pattern '{type}/{name}.toml'`,
		Args: between(1, 1000),
		RunE: func(cmd *cobra.Command, args []string) error {
			flags.named = cmd.Flags().Changed("name-pattern")
			return a.importRules(args, flags)
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.out, "out", "", "put new files below this `folder` instead of the folder of rules")
	f.StringVar(&flags.pattern, "name-pattern", importer.DefaultPattern, "the `pattern` of new files' names")
	f.BoolVar(&flags.dryRun, "dry-run", false, "only tell what would be written")
	return cmd
}

func (a *app) importRules(args []string, flags importFlags) error {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(manyRules))
	pattern, err := importer.ParsePattern(flags.pattern)
	if err != nil {
		return usage("--name-pattern %s: %w", flags.pattern, err)
	}
	w, err := a.open()
	if err != nil {
		return err
	}
	out := filepath.Join(w.Root, w.Config.Rules[0])
	if flags.out != "" {
		out = a.absolute(flags.out)
	}
	target := importTarget{app: a, workspace: w, out: out, dryRun: flags.dryRun, rules: map[string]int{}, others: map[string]int{}}
	options := importer.Options{Pattern: pattern, Named: flags.named, Today: a.Now().Format("2006/01/02"), Taken: target.taken}
	env, err := a.knowledge(w, knowledgeFlags{})
	if err != nil {
		return err
	}
	options.Published = func(r *rule.Rule) map[string]any {
		api, _ := export.Rule(r, env)
		return api
	}
	var problems diag.List
	for _, arg := range args {
		// Each input sees the files that those before it made.
		options.Existing, options.Tables = target.existing(), target.tables()
		files, more := a.readImport(w, arg).Plan(options)
		problems = append(problems, more...)
		if err := target.write(files); err != nil {
			return err
		}
	}
	fmt.Fprintln(a.Out, tallied(target.rules, "rule"))
	if len(target.others) > 0 {
		fmt.Fprintln(a.Out, tallied(target.others, "other file"))
	}
	if err := a.complain(problems); err != nil {
		return err
	}
	if problems.HasErrors() {
		return findings()
	}
	return nil
}

// tallied says what became of things.
func tallied(t map[string]int, noun string) string {
	return fmt.Sprintf("%s: %d created, %d updated, %d as they were", plural(t[created]+t[updated]+t[kept], noun), t[created], t[updated], t[kept])
}

// readImport reads an input of any kind.
func (a *app) readImport(w *workspace.Workspace, arg string) *importer.Batch {
	path := a.absolute(arg)
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return importer.ReadFolder(os.DirFS(path), filepath.ToSlash(arg))
	}
	file, err := w.ReadFile(path)
	if err != nil {
		return &importer.Batch{Problems: diag.List{problemOf(arg, err)}}
	}
	return importer.Read(file)
}

// What becomes of a file.
const (
	created = "created"
	updated = "updated"
	kept    = "kept"
)

// importTarget is where imported rules go.
type importTarget struct {
	*app
	workspace *workspace.Workspace
	out       string
	dryRun    bool
	// rules and others count what became of the rules, and of the files of exceptions and connectors.
	rules, others map[string]int
}

func (t *importTarget) taken(folder importer.Folder, path string) bool {
	_, err := os.Lstat(filepath.Join(t.folder(folder), filepath.FromSlash(path)))
	return err == nil
}

// folder is where new files of a kind go.
func (t *importTarget) folder(folder importer.Folder) string {
	switch folder {
	case importer.Exceptions:
		return filepath.Join(t.workspace.Root, t.workspace.Config.Exceptions)
	case importer.Connectors:
		return filepath.Join(t.workspace.Root, t.workspace.Config.Connectors)
	}
	return t.out
}

// tables gives the files of exceptions and connectors that the repository has.
func (t *importTarget) tables() []*tomltext.Document {
	var docs []*tomltext.Document
	for _, folder := range []importer.Folder{importer.Exceptions, importer.Connectors} {
		dir := t.folder(folder)
		paths, _ := tomlBelow(dir, dir)
		for _, path := range paths {
			if doc := t.document(path); doc != nil {
				docs = append(docs, doc)
			}
		}
	}
	return docs
}

// existing gives the rules of the repository and of the folder of new files, by rule_id. Folders that are not there have
// none, and files that cannot be read are left alone.
func (t *importTarget) existing() map[string]*rule.Rule {
	folders := []string{t.out}
	for _, dir := range t.workspace.Config.Rules {
		folders = append(folders, filepath.Join(t.workspace.Root, dir))
	}
	var paths []string
	for _, dir := range folders {
		found, _ := tomlBelow(dir, dir)
		paths = append(paths, found...)
	}
	slices.Sort(paths)
	paths = slices.Compact(paths)
	rules := make([]*rule.Rule, len(paths))
	workspace.Parallel(len(paths), func(i int) { rules[i] = t.load(paths[i]) })
	byID := map[string]*rule.Rule{}
	for _, r := range rules {
		if r != nil && r.RuleID != "" && byID[r.RuleID] == nil {
			byID[r.RuleID] = r
		}
	}
	return byID
}

// load reads a rule without judging it; nil when the file is no TOML.
func (t *importTarget) load(path string) *rule.Rule {
	doc := t.document(path)
	if doc == nil {
		return nil
	}
	r, _ := rule.Decode(doc)
	return r
}

// document reads a TOML file; nil when it is none.
func (t *importTarget) document(path string) *tomltext.Document {
	file, err := t.workspace.ReadFile(path)
	if err != nil {
		return nil
	}
	doc, _ := tomltext.Parse(file)
	return doc
}

// write writes files side by side, each in one step, and tells which. After a failure no other file is begun.
func (t *importTarget) write(files []importer.File) error {
	var failed atomic.Bool
	errs := make([]error, len(files))
	whats := make([]string, len(files)) // "" for a file that was not written
	workspace.Parallel(len(files), func(i int) {
		what := t.fate(files[i])
		if what != kept && !t.dryRun {
			if failed.Load() {
				return
			}
			if errs[i] = t.save(files[i]); errs[i] != nil {
				failed.Store(true)
				return
			}
		}
		whats[i] = what
	})
	for i, f := range files {
		t.told(f, whats[i])
	}
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		shown, _ := t.place(files[i])
		return cannotWrite(shown, errs[i])
	}
	return nil
}

// told counts a file, and says what became of it.
func (t *importTarget) told(f importer.File, what string) {
	if what == "" {
		return
	}
	if f.IsRule() {
		t.rules[what]++
	} else {
		t.others[what]++
	}
	if what != kept {
		shown, _ := t.place(f)
		fmt.Fprintf(t.Out, "%s %s\n", what, shown)
	}
}

// fate is what becomes of a file.
func (t *importTarget) fate(f importer.File) string {
	if f.Values {
		_, path := t.place(f)
		have, err := os.ReadFile(path)
		switch {
		case err != nil:
			return created
		case string(have) == f.Text:
			return kept
		}
		return updated
	}
	switch {
	case f.Existing == nil:
		return created
	case f.Changed:
		return updated
	}
	return kept
}

func (t *importTarget) save(f importer.File) error {
	_, path := t.place(f)
	if f.Existing != nil {
		return rewriteFile(path, f.Text)
	}
	return replaceFile(path, f.Text)
}

// place gives the path of a file as the user reads it, and the real one.
func (t *importTarget) place(f importer.File) (shown, path string) {
	if f.Existing != nil {
		shown = f.Existing.File.Name()
		return shown, t.absolute(filepath.FromSlash(shown))
	}
	path = filepath.Join(t.folder(f.Folder), filepath.FromSlash(f.Path))
	if rel, err := filepath.Rel(t.Dir, path); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel), path
	}
	return filepath.ToSlash(path), path
}
