package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/git"
	"github.com/tocsin-rules/tocsin/internal/kibana"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

func (a *app) rollbackCommand() *cobra.Command {
	var flags planFlags
	var to string
	var yes bool
	cmd := &cobra.Command{
		Use:   "rollback --to COMMIT [path|rule ...]",
		Short: "Bring Kibana back to the rules of an earlier commit",
		Long: `Makes a plan from the rules as they were at a commit, shows it, and applies it like any plan. With arguments only these
rules go back. The files of the repository stay as they are: to keep the older state, revert it in git too, or the next
apply brings the newer one again. The address and the credentials are those of today, not of that commit. ` + "`tocsin log`" + `
shows which commits changed a rule.

` + credentialsHelp,
		Example: "  tocsin rollback --to HEAD~1 -e production\n  tocsin rollback --to 3f2c1ab \"Okta High-Risk Sign-In Through a Proxy\" --url https://kibana.example.com",
		RunE: func(cmd *cobra.Command, args []string) error {
			if to == "" {
				return &misused{cmd, errors.New("rollback needs --to COMMIT")}
			}
			return a.rollback(cmd.Context(), to, args, flags, yes)
		},
	}
	flags.register(cmd)
	cmd.Flags().StringVar(&to, "to", "", "the `commit` to go back to: a hash, a tag, HEAD~3")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func (a *app) rollback(ctx context.Context, to string, args []string, flags planFlags, yes bool) error {
	w, err := a.open()
	if err != nil {
		return err
	}
	repo, err := git.Open(ctx, w.Root)
	if err != nil {
		return gitFailed(err)
	}
	commit, err := repo.Commit(ctx, to)
	if err != nil {
		return gitFailed(err)
	}
	dir, err := os.MkdirTemp("", "tocsin-rollback-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // It is below the system's own folder for such.
	older, err := a.openAt(ctx, repo, w, commit, dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.Out, "Back to %s of %s: %s\n", commit.Short(), commit.Time.Format("2006-01-02"), kibana.Printable(commit.Subject))
	return a.apply(ctx, w, older, a.below(w, args), flags, yes)
}

// below gives arguments that are paths as they are named from the root of the repository; names stay.
func (a *app) below(w *workspace.Workspace, args []string) []string {
	var out []string
	for _, arg := range args {
		isPath := strings.HasSuffix(arg, ".toml") || strings.ContainsAny(arg, `/\`)
		if rel, err := filepath.Rel(w.Root, a.absolute(arg)); err == nil && isPath && filepath.IsLocal(rel) {
			arg = rel
		}
		out = append(out, arg)
	}
	return out
}

// openAt writes the files of a commit that say what is published below a folder, and opens that as a workspace.
func (a *app) openAt(ctx context.Context, repo *git.Repository, today *workspace.Workspace, commit git.Commit, dir string) (*workspace.Workspace, error) {
	prefix, err := repo.Path(filepath.Join(today.Root, workspace.ConfigFile))
	if err != nil {
		return nil, gitFailed(err)
	}
	prefix = strings.TrimSuffix(prefix, workspace.ConfigFile)
	files, err := repo.Tree(ctx, commit.Hash, func(p string) bool {
		inside, below := strings.CutPrefix(p, prefix)
		return below && saysWhatIsPublished(inside, path.Clean(filepath.ToSlash(today.Config.Timelines)))
	})
	if err != nil {
		return nil, gitFailed(err)
	}
	if err := writeTree(dir, prefix, files); err != nil {
		return nil, err
	}
	w, problems, err := workspace.Open(dir)
	if err != nil {
		return nil, err
	}
	if problems.HasErrors() {
		return nil, a.refuse(problems)
	}
	return w, nil
}

// saysWhatIsPublished tells whether a file may be a rule, an exception list, the values of a list, the configuration, or below their
// folder a timeline template.
func saysWhatIsPublished(name, timelines string) bool {
	switch path.Ext(name) {
	case ".toml", ".txt", ".csv":
		return true
	case ".ndjson", ".json":
		return strings.HasPrefix(name, timelines+"/")
	}
	return false
}

// writeTree writes files below a folder, which none of them can leave.
func writeTree(dir, prefix string, files []git.File) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // It was only a place to write below.
	for _, f := range files {
		name := filepath.FromSlash(strings.TrimPrefix(f.Path, prefix))
		if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := root.WriteFile(name, f.Text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
