package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomlfmt"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

type fmtFlags struct {
	check, diff bool
}

func (a *app) fmtCommand() *cobra.Command {
	var flags fmtFlags
	cmd := &cobra.Command{
		Use:   "fmt [path ...]",
		Short: "Lay rules, fixtures and exceptions out in the canonical way",
		Long: `Rewrites rules, fixtures, exceptions, connectors, field catalogs and tocsin.toml in the canonical layout: order of keys and
tables in rules, quotes, lists, empty lines. Nothing but the layout changes: every value, the order of lists, comments and the text of queries
stay. Without arguments it takes all such files of the repository; "-" formats standard input to standard output.

A file that is no TOML is reported and left alone. With --check or --diff nothing is written, and the exit code is 1 when
a file would change.`,
		Example: "  tocsin fmt\n  tocsin fmt --check\n  tocsin fmt --diff rules/aws",
		RunE:    func(_ *cobra.Command, args []string) error { return a.fmt(args, flags) },
	}
	cmd.Flags().BoolVar(&flags.check, "check", false, "only list the files that would change")
	cmd.Flags().BoolVar(&flags.diff, "diff", false, "only show what would change, as a unified diff")
	return cmd
}

func (a *app) fmt(args []string, flags fmtFlags) error {
	if slices.Equal(args, []string{"-"}) {
		return a.fmtStream(flags)
	}
	w, paths, problems, err := a.fmtPaths(args)
	if err != nil {
		return err
	}
	files := make([]*layout, len(paths))
	workspace.Parallel(len(paths), func(i int) { files[i] = a.layOut(w, paths[i], flags) })
	changed, sound := 0, 0
	for _, f := range files {
		problems = append(problems, f.problems...)
		if len(f.problems) > 0 {
			continue
		}
		sound++
		if f.changed {
			changed++
			fmt.Fprint(a.Out, f.told(flags))
		}
	}
	if !flags.diff {
		fmt.Fprintln(a.Out, summary(changed, sound, flags.check))
	}
	if err := a.complain(problems); err != nil {
		return err
	}
	if problems.HasErrors() || changed > 0 && (flags.check || flags.diff) {
		return findings()
	}
	return nil
}

func summary(changed, sound int, check bool) string {
	if check {
		return fmt.Sprintf("%s, %d not formatted", plural(sound, "file"), changed)
	}
	return fmt.Sprintf("%s, %d changed", plural(sound, "file"), changed)
}

// layout is a file with its canonical text.
type layout struct {
	file     *source.File
	text     string
	changed  bool
	problems diag.List
}

// told is what the user reads of a file that changes.
func (l *layout) told(flags fmtFlags) string {
	if !flags.diff {
		return l.file.Name() + "\n"
	}
	return udiff.Unified(l.file.Name(), l.file.Name(), l.file.Text(), l.text)
}

// layOut formats a file, and writes it when it is to be written.
func (a *app) layOut(w *workspace.Workspace, path string, flags fmtFlags) *layout {
	file, err := w.ReadFile(path)
	if err != nil {
		return &layout{problems: diag.List{problemOf(path, err)}}
	}
	l := layText(file)
	if !l.changed || flags.check || flags.diff {
		return l
	}
	if err := rewriteFile(path, l.text); err != nil {
		message := "the file cannot be written: " + pathless(err).Error()
		return &layout{file: file, problems: diag.List{diag.AtFile(file.Name(), "unwritable-file", message, "")}}
	}
	return l
}

func layText(file *source.File) *layout {
	l := &layout{file: file}
	doc, problems := tomltext.Parse(file)
	if doc == nil {
		l.problems = problems
		return l
	}
	text, err := tomlfmt.Format(doc, tomlfmt.KindOf(doc))
	if err != nil {
		l.problems = diag.List{diag.AtFile(file.Name(), "internal", err.Error(), "the file was left as it is")}
		return l
	}
	l.text, l.changed = text, text != file.Text()
	return l
}

// problemOf gives an error as the diagnostic that it is, or as one of its file.
func problemOf(path string, err error) diag.Diagnostic {
	var d *diag.Diagnostic
	if errors.As(err, &d) {
		return *d
	}
	return diag.AtFile(path, "unreadable-file", err.Error(), "")
}

// fmtStream formats standard input.
func (a *app) fmtStream(flags fmtFlags) error {
	text, err := io.ReadAll(io.LimitReader(a.In, tomltext.MaxSize+1))
	if err != nil {
		return err
	}
	l := layText(source.NewFile("<stdin>", string(text)))
	if len(l.problems) > 0 {
		if err := a.complain(l.problems); err != nil {
			return err
		}
		return findings()
	}
	if !flags.check && !flags.diff {
		_, err = io.WriteString(a.Out, l.text)
		return err
	}
	if !l.changed {
		return nil
	}
	fmt.Fprint(a.Out, l.told(flags))
	return findings()
}

// fmtPaths gives the files to format, sorted and each once.
func (a *app) fmtPaths(args []string) (*workspace.Workspace, []string, diag.List, error) {
	w, err := a.open()
	if err != nil {
		return nil, nil, nil, err
	}
	var paths []string
	var problems diag.List
	if len(args) == 0 {
		paths, problems = projectFiles(w)
	}
	for _, arg := range args {
		found, more := tomlBelow(a.absolute(arg), arg)
		paths, problems = append(paths, found...), append(problems, more...)
	}
	slices.Sort(paths)
	return w, slices.Compact(paths), problems, nil
}

// projectFiles gives all files of a repository that are formatted.
func projectFiles(w *workspace.Workspace) (paths []string, problems diag.List) {
	dirs := append(slices.Clone(w.Config.Rules), w.Config.Fixtures, w.Config.Fields, w.Config.Exceptions, w.Config.Connectors, workspace.ConfigFile)
	for _, dir := range dirs {
		path := filepath.Join(w.Root, dir)
		if _, err := os.Stat(path); err != nil && !slices.Contains(w.Config.Rules, dir) {
			continue
		}
		found, more := tomlBelow(path, dir)
		paths, problems = append(paths, found...), append(problems, more...)
	}
	return paths, problems
}

// tomlBelow gives a file itself, or the TOML files below a folder; hidden ones are left out.
func tomlBelow(path, shown string) (paths []string, problems diag.List) {
	fail := func(err error) {
		problems = append(problems, diag.AtFile(shown, "unreadable-file", "it cannot be read: "+pathless(err).Error(), ""))
	}
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		return []string{path}, nil
	}
	if err != nil {
		fail(err)
		return nil, problems
	}
	_ = filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			fail(err)
			return nil
		case name != path && strings.HasPrefix(entry.Name(), "."):
			if entry.IsDir() {
				return fs.SkipDir
			}
		case !entry.IsDir() && strings.HasSuffix(name, ".toml"):
			paths = append(paths, name)
		}
		return nil
	})
	return paths, problems
}
