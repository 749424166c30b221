package cli

import (
	"path/filepath"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/git"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

// onlyNew gives the findings that a revision did not have. A finding is the same when it has the same name and message, on a line
// of the same text, in the file of the same path or, where that was moved, in the rule of the same id.
func (a *app) onlyNew(w *workspace.Workspace, files []*workspace.RuleFile, problems diag.List, revision string) (diag.List, error) {
	repo, err := git.Open(a.Context, w.Root)
	if err != nil {
		return nil, gitFailed(err)
	}
	commit, err := repo.Commit(a.Context, revision)
	if err != nil {
		return nil, gitFailed(err)
	}
	old, err := a.rulesAt(w, repo, commit)
	if err != nil {
		return nil, err
	}
	known, err := a.knownFindings(w, old)
	if err != nil {
		return nil, err
	}
	moved := map[string]string{}
	for _, f := range old {
		if f.Rule != nil && f.Rule.RuleID != "" {
			moved[f.Rule.RuleID] = f.Path
		}
	}
	before := map[string]string{}
	for _, f := range files {
		path, err := repo.Path(a.absolute(f.Path))
		if err != nil {
			return nil, gitFailed(err)
		}
		if _, ok := known[path]; !ok && f.Rule != nil {
			path = moved[f.Rule.RuleID]
		}
		before[f.Path] = path
	}
	var fresh diag.List
	for _, d := range problems {
		path := before[fileOf(d)]
		key := identity(d)
		if known[path][key] > 0 {
			known[path][key]--
			continue
		}
		fresh = append(fresh, d)
	}
	return fresh, nil
}

// rulesAt are the rules of a commit, their paths as git has them.
func (a *app) rulesAt(w *workspace.Workspace, repo *git.Repository, commit git.Commit) ([]*workspace.RuleFile, error) {
	var folders []string
	for _, dir := range w.Config.Rules {
		path, err := repo.Path(filepath.Join(w.Root, dir))
		if err != nil {
			return nil, gitFailed(err)
		}
		folders = append(folders, path+"/")
	}
	tree, err := repo.Tree(a.Context, commit.Hash, func(path string) bool {
		for _, folder := range folders {
			if strings.HasPrefix(path, folder) || folder == "./" {
				return strings.HasSuffix(path, ".toml")
			}
		}
		return false
	})
	if err != nil {
		return nil, gitFailed(err)
	}
	files := make([]*workspace.RuleFile, len(tree))
	errs := make([]error, len(tree))
	workspace.Parallel(len(tree), func(i int) {
		f := &workspace.RuleFile{Path: tree[i].Path}
		f.Rule, f.Problems, errs[i] = rule.Load(source.NewFile(tree[i].Path, string(tree[i].Text)), w.Schemas)
		files[i] = f
	})
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// knownFindings counts the findings of files by path and identity.
func (a *app) knownFindings(w *workspace.Workspace, files []*workspace.RuleFile) (map[string]map[string]int, error) {
	found, err := lint(w, w.Config.Checks, files)
	if err != nil {
		return nil, err
	}
	known := map[string]map[string]int{}
	for i, f := range files {
		list := found[i]
		if f.Rule != nil {
			list = w.Config.Checks.Settle(f.Rule.Doc(), list)
		}
		counts := map[string]int{}
		for _, d := range list {
			counts[identity(d)]++
		}
		known[f.Path] = counts
	}
	return known, nil
}

func fileOf(d diag.Diagnostic) string {
	if d.Subject.File == nil {
		return ""
	}
	return d.Subject.File.Name()
}

// identity is what makes two findings of a file the same, wherever they stand in it.
func identity(d diag.Diagnostic) string {
	line := ""
	if d.Subject.HasSpan() {
		line = strings.TrimSpace(d.Subject.File.Line(d.Subject.File.Position(d.Subject.Span.Start).Line))
	}
	return d.Name + "\x00" + d.Message + "\x00" + line
}
