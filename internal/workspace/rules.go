package workspace

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// RuleFile is a rule with the file that it stands in.
type RuleFile struct {
	// Path is the file as it is shown to the user.
	Path string
	// Rule is nil when the file is no TOML.
	Rule *rule.Rule
	// Problems are what the text, the schema and the decoding of the file found.
	Problems diag.List

	absolute string
}

// Rules loads the rules that the arguments name: files, folders, or rules by name or rule_id. Without arguments it
// loads every rule of the repository. Problems of single files are in the files; the list is about the arguments and
// folders. The result is sorted by path and holds no file twice.
func (w *Workspace) Rules(args ...string) ([]*RuleFile, diag.List, error) {
	paths, names, problems := w.resolve(args)
	files, err := w.load(paths)
	if err != nil || len(names) == 0 {
		return files, problems, err
	}
	dirs, more := w.ruleFolders()
	all, err := w.load(dirs)
	if err != nil {
		return nil, nil, err
	}
	problems = append(problems, more...)
	for _, name := range names {
		found := byName(all, name)
		if len(found) == 0 {
			problems = append(problems, w.unknownRule(name, all))
		}
		files = append(files, found...)
	}
	slices.SortFunc(files, func(a, b *RuleFile) int { return strings.Compare(a.absolute, b.absolute) })
	return slices.CompactFunc(files, func(a, b *RuleFile) bool { return a.absolute == b.absolute }), problems, nil
}

// resolve splits the arguments into files to load and names to look for.
func (w *Workspace) resolve(args []string) (paths, names []string, problems diag.List) {
	if len(args) == 0 {
		paths, problems = w.ruleFolders()
		return paths, nil, problems
	}
	for _, arg := range args {
		path := w.absolute(arg)
		info, err := os.Stat(path)
		switch {
		case err == nil && info.IsDir():
			found, more := w.walk(path, ".toml")
			paths, problems = append(paths, found...), append(problems, more...)
		case err == nil || looksLikePath(arg):
			paths = append(paths, path)
		default:
			names = append(names, arg)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths), names, problems
}

func looksLikePath(arg string) bool {
	return strings.HasSuffix(arg, ".toml") || strings.ContainsAny(arg, `/\`)
}

// ruleFolders lists the files of the configured folders. A folder that is not there is an error, except for the
// default of a repository without configuration.
func (w *Workspace) ruleFolders() ([]string, diag.List) {
	var paths []string
	var problems diag.List
	for _, dir := range w.Config.Rules {
		path := filepath.Join(w.Root, dir)
		if _, err := os.Stat(path); err != nil {
			problems = append(problems, diag.AtFile(w.shown(path), "no-rules", "the folder of rules cannot be found",
				"run tocsin in the repository, name files or folders, or set `rules` in tocsin.toml"))
			continue
		}
		found, more := w.walk(path, ".toml")
		paths, problems = append(paths, found...), append(problems, more...)
	}
	return paths, problems
}

// Parallel calls work for every number below n, one worker a processor, and waits for all.
func Parallel(n int, work func(i int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(i)
			}
		})
	}
	workers.Wait()
}

// load reads files side by side.
func (w *Workspace) load(paths []string) ([]*RuleFile, error) {
	files := make([]*RuleFile, len(paths))
	errs := make([]error, len(paths))
	Parallel(len(paths), func(i int) { files[i], errs[i] = w.loadRule(paths[i]) })
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

func (w *Workspace) loadRule(path string) (*RuleFile, error) {
	r := &RuleFile{Path: w.shown(path), absolute: path}
	file, problem := w.readFile(path)
	if problem != nil {
		r.Problems = diag.List{*problem}
		return r, nil
	}
	var err error
	r.Rule, r.Problems, err = rule.Load(file, w.Schemas)
	return r, err
}

func byName(all []*RuleFile, name string) []*RuleFile {
	var found []*RuleFile
	for _, f := range all {
		base := strings.TrimSuffix(filepath.Base(f.absolute), ".toml")
		if base == name || f.Rule != nil && (strings.EqualFold(f.Rule.Name, name) || f.Rule.RuleID == name) {
			found = append(found, f)
		}
	}
	return found
}

func (w *Workspace) unknownRule(name string, all []*RuleFile) diag.Diagnostic {
	var known []string
	for _, f := range all {
		known = append(known, strings.TrimSuffix(filepath.Base(f.absolute), ".toml"))
		if f.Rule != nil {
			known = append(known, f.Rule.Name)
		}
	}
	help := diag.DidYouMean(name, known)
	if help == "" {
		help = "name a file, a folder, or a rule by its name or rule_id"
	}
	return diag.AtFile(name, "unknown-rule", fmt.Sprintf("no rule, file or folder is called %q", name), help)
}

// relative gives the path of a rule below the folder of rules that holds it.
func (w *Workspace) relative(path string) (string, bool) {
	for _, dir := range w.Config.Rules {
		rel, err := filepath.Rel(filepath.Join(w.Root, dir), path)
		if err == nil && filepath.IsLocal(rel) {
			return rel, true
		}
	}
	return "", false
}

// NewRulePaths gives the absolute paths of a rule that is not there yet and of its fixture. It is false for a path outside of
// the repository's folders of rules.
func (w *Workspace) NewRulePaths(file string) (path, fixture string, ok bool) {
	path = w.absolute(file)
	fixture = w.FixturePath(&RuleFile{absolute: path})
	return path, fixture, fixture != ""
}

// Shown is a path as the user should read it.
func (w *Workspace) Shown(path string) string { return w.shown(path) }
