package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/git"
	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/report"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

func (a *app) logCommand() *cobra.Command {
	var asJSON bool
	var limit int
	cmd := &cobra.Command{
		Use:   "log RULE",
		Short: "Show how a rule changed, commit by commit",
		Long: `Shows each commit that changed a rule, newest first, with the fields that differ as Kibana sees them: comments and layout
are no change. Git is the history; renames of the file are followed, and what is not committed yet comes first. RULE is a
file, a name or a rule_id. ` + "`tocsin rollback`" + ` brings Kibana back to one of these states.`,
		Example: "  tocsin log rules/okta/high_risk_sign_in_through_a_proxy.toml\n  tocsin log \"High-Risk Sign-In\" -n 5 --json",
		Args:    between(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.log(cmd.Context(), args[0], limit, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write the history as JSON")
	cmd.Flags().IntVarP(&limit, "limit", "n", 0, "show only the newest `number` of commits")
	return cmd
}

func (a *app) log(ctx context.Context, arg string, limit int, asJSON bool) error {
	w, err := a.open()
	if err != nil {
		return err
	}
	file, err := a.ruleFile(w, arg)
	if err != nil {
		return err
	}
	h, err := a.history(ctx, w, file, limit)
	if err != nil {
		return err
	}
	if asJSON {
		return report.HistoryJSON(a.Out, h)
	}
	return report.HistoryText(a.Out, h, a.reportStyle())
}

// ruleFile finds the one file that an argument names. A path may name a file that is not there any more.
func (a *app) ruleFile(w *workspace.Workspace, arg string) (string, error) {
	path := a.absolute(arg)
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() || err != nil && filepath.Ext(arg) == ".toml" {
		return path, nil
	}
	files, problems, err := w.Rules(arg)
	switch {
	case err != nil:
		return "", err
	case problems.HasErrors():
		return "", a.refuse(problems)
	case len(files) != 1:
		return "", usage("%s names %s, and one is wanted", arg, plural(len(files), "rule"))
	}
	return a.absolute(files[0].Path), nil
}

// history is the states of a file, newest first.
func (a *app) history(ctx context.Context, w *workspace.Workspace, file string, limit int) (report.History, error) {
	h := report.History{Rule: filepath.Base(file), Entries: []report.HistoryEntry{}}
	repo, err := git.Open(ctx, filepath.Dir(existing(file)))
	if err != nil {
		return h, gitFailed(err)
	}
	if h.Path, err = repo.Path(file); err != nil {
		return h, gitFailed(err)
	}
	more := limit
	if limit > 0 {
		more++ // The state before the oldest one that is shown, to compare with.
	}
	commits, err := repo.Log(ctx, h.Path, more)
	if err != nil {
		return h, gitFailed(err)
	}
	texts, err := repo.Versions(ctx, commits)
	if err != nil {
		return h, gitFailed(err)
	}
	entries := []report.HistoryEntry{}
	for _, c := range commits {
		e := report.HistoryEntry{Commit: c.Short(), Time: c.Time, Author: c.Author, Subject: c.Subject}
		if c.Path != h.Path {
			e.Path = c.Path
		}
		entries = append(entries, e)
	}
	if now, err := os.ReadFile(file); err == nil && (len(texts) == 0 || !bytes.Equal(now, texts[0])) {
		entries, texts = append([]report.HistoryEntry{{}}, entries...), append([][]byte{now}, texts...)
		if limit > 0 {
			limit++
		}
	}
	if err := a.describe(w, &h, entries, texts); err != nil {
		return h, err
	}
	if limit > 0 {
		h.Entries = h.Entries[:min(limit, len(h.Entries))]
	}
	return h, nil
}

// describe tells of each state how it differs from the one before it.
func (a *app) describe(w *workspace.Workspace, h *report.History, entries []report.HistoryEntry, texts [][]byte) error {
	rules := make([]*rule.Rule, len(texts))
	for i, text := range texts {
		if text == nil {
			continue
		}
		r, _, err := rule.Load(source.NewFile(h.Path, string(text)), w.Schemas)
		if err != nil {
			return err
		}
		if rules[i] = r; r != nil && r.Name != "" && h.Rule == filepath.Base(h.Path) {
			h.Rule = r.Name
		}
	}
	for i := range entries {
		e := &entries[i]
		switch {
		case texts[i] == nil:
			e.Event = "deleted"
		case rules[i] == nil:
			e.Event = "unreadable"
		case i+1 == len(texts) || texts[i+1] == nil:
			e.Event = "created"
		case rules[i+1] == nil:
			e.Event = "changed"
		default:
			e.Changes = publish.Compare(rules[i+1].EncodeAPI(), rules[i].EncodeAPI())
			e.Event = "changed"
			if len(e.Changes) == 0 {
				e.Event = "unchanged"
			}
		}
	}
	h.Entries = entries
	return nil
}

// existing is a path, or the nearest folder above it that is there with the rest left out but for a name.
func existing(path string) string {
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && info.IsDir() || dir == filepath.Dir(dir) {
			return filepath.Join(dir, filepath.Base(path))
		}
	}
}

// gitFailed gives a failed question to git its exit code: what git needs is a matter of configuration.
func gitFailed(err error) error {
	if errors.Is(err, context.Canceled) {
		return &exit{code: exitFindings, err: errors.New("interrupted")}
	}
	return &exit{code: exitUsage, err: err}
}
