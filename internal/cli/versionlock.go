package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/versions"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

const (
	defaultLock       = "version.lock.json"
	defaultDeprecated = "deprecated_rules.json"
	defaultOldest     = "8.19"
)

// lockFlags name the files with the versions of rules.
type lockFlags struct {
	path, deprecated, oldest string
}

func (l *lockFlags) oldestStack(cmd *cobra.Command) {
	cmd.Flags().StringVar(&l.oldest, "oldest-stack", defaultOldest, "the oldest `release` of the stack that rules are published for")
}

func (a *app) versionLockCommand() *cobra.Command {
	var locks lockFlags
	var knowledge knowledgeFlags
	var checkOnly bool
	cmd := &cobra.Command{
		Use:   "version-lock [path|rule ...]",
		Short: "Give changed rules the next version",
		Long: `Compares the content hash of each rule with the lock file, gives each rule whose content changed the next version, and
writes the file. A rule that asks for a newer stack than before is forked: the version for older releases is kept, and the
new one starts 100 higher. A rule with maturity "deprecated" is listed with its date and reason. The files have the form of
Elastic's rule repository. With --check nothing is written, and the exit code is 1 if anything would change.`,
		Example: "  tocsin version-lock\n  tocsin version-lock --check --fields integration-fields.json.gz",
		RunE: func(_ *cobra.Command, args []string) error {
			return a.versionLock(args, locks, knowledge, checkOnly)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&checkOnly, "check", false, "only tell what would change")
	f.StringVar(&locks.path, "lock", "", "the lock `file`; "+defaultLock+" in the root of the repository when not given")
	f.StringVar(&locks.deprecated, "deprecated", "", "the `file` of deprecated rules; "+defaultDeprecated+" beside the lock when not given")
	locks.oldestStack(cmd)
	knowledge.register(cmd)
	return cmd
}

func (a *app) versionLock(args []string, locks lockFlags, known knowledgeFlags, checkOnly bool) error {
	w, err := a.open()
	if err != nil {
		return err
	}
	env, err := a.knowledge(w, known)
	if err != nil {
		return err
	}
	files, problems, err := exportable(w, args, lockable)
	if err != nil {
		return err
	}
	locked, err := a.readLocks(w, locks)
	if err != nil {
		return err
	}
	stack, err := stackOf(w, known.stack)
	if err != nil {
		return err
	}
	locked.Current = stack.String()
	list := make([]*exported, len(files))
	for i, f := range files {
		list[i] = &exported{file: f}
	}
	states := lockStates(list, env)
	retire(states, files)
	changes, refusals := locked.Update(states)
	problems = append(problems, refused(files, refusals)...)
	for _, c := range changes {
		fmt.Fprintln(a.Out, c)
	}
	if err := a.endLock(w, locks, locked, changes, checkOnly); err != nil {
		return err
	}
	if err := a.complain(problems); err != nil {
		return err
	}
	if problems.HasErrors() || checkOnly && len(changes) > 0 {
		return findings()
	}
	return nil
}

// lockable are the rules that are published, and those that were.
func lockable(f *workspace.RuleFile) bool {
	return published(f) || f.Rule.Metadata.Maturity == "deprecated"
}

// retire marks the rules that are deprecated.
func retire(states []versions.State, files []*workspace.RuleFile) {
	for i, f := range files {
		m := f.Rule.Metadata
		if m.Maturity != "deprecated" {
			continue
		}
		states[i].Deprecated = &versions.Deprecation{Date: m.DeprecationDate, Name: f.Rule.Name, Reason: m.DeprecatedReason}
	}
}

func refused(files []*workspace.RuleFile, refusals []versions.Refusal) diag.List {
	byID := map[string]*workspace.RuleFile{}
	for _, f := range files {
		byID[f.Rule.RuleID] = f
	}
	var problems diag.List
	for _, r := range refusals {
		problems = append(problems, refusal(byID[r.ID], r.Err))
	}
	return problems
}

func (a *app) endLock(w *workspace.Workspace, flags lockFlags, locked *versions.Files, changes []versions.Change, checkOnly bool) error {
	if checkOnly || len(changes) == 0 {
		_, err := fmt.Fprintf(a.Out, "%s, %s\n", plural(len(locked.Lock), "locked rule"), wouldChange(len(changes), checkOnly))
		return err
	}
	lock, err := locked.Lock.JSON()
	if err != nil {
		return err
	}
	deprecated, err := locked.Deprecated.JSON()
	if err != nil {
		return err
	}
	lockPath, deprecatedPath := a.lockPaths(w, flags)
	if _, err := a.savePage(lockPath, lock); err != nil {
		return err
	}
	if len(locked.Deprecated) > 0 {
		if _, err := a.savePage(deprecatedPath, deprecated); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(a.Out, "%s, %d changed\n", plural(len(locked.Lock), "locked rule"), len(changes))
	return err
}

func wouldChange(n int, checkOnly bool) string {
	switch {
	case n == 0:
		return "nothing changed"
	case checkOnly:
		return fmt.Sprintf("%d would change", n)
	}
	return fmt.Sprintf("%d changed", n)
}

// lockPaths are absolute: flags are relative to the folder of the command, defaults to the root of the repository.
func (a *app) lockPaths(w *workspace.Workspace, flags lockFlags) (lock, deprecated string) {
	lock = filepath.Join(w.Root, defaultLock)
	if flags.path != "" {
		lock = a.absolute(flags.path)
	}
	deprecated = filepath.Join(filepath.Dir(lock), defaultDeprecated)
	if flags.deprecated != "" {
		deprecated = a.absolute(flags.deprecated)
	}
	return lock, deprecated
}

// readLocks reads both files; one that is not there is empty.
func (a *app) readLocks(w *workspace.Workspace, flags lockFlags) (*versions.Files, error) {
	lockPath, deprecatedPath := a.lockPaths(w, flags)
	files := &versions.Files{Lock: versions.Lock{}, Deprecated: versions.Deprecated{}, Oldest: flags.oldest}
	if err := files.CheckOldest(); err != nil {
		return nil, usage("--oldest-stack: %v", err)
	}
	text, err := readOptional(lockPath)
	if err == nil && text != nil {
		files.Lock, err = versions.ReadLock(text)
	}
	if err != nil {
		return nil, usage("cannot read %s: %v", filepath.Base(lockPath), pathless(err))
	}
	text, err = readOptional(deprecatedPath)
	if err == nil && text != nil {
		files.Deprecated, err = versions.ReadDeprecated(text)
	}
	if err != nil {
		return nil, usage("cannot read %s: %v", filepath.Base(deprecatedPath), pathless(err))
	}
	return files, nil
}

func readOptional(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}
