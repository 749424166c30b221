package cli

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/fixture"
	"github.com/tocsin-rules/tocsin/internal/report"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

type testFlags struct {
	json  bool
	junit string
	init  string
	// fieldsOf is the environment whose field catalog counts.
	fieldsOf string
}

func (a *app) testCommand() *cobra.Command {
	var flags testFlags
	cmd := &cobra.Command{
		Use:   "test [path|rule ...]",
		Short: "Run rules over their fixtures",
		Long: `Runs rules over the events of their fixtures: positive cases must raise an alert, negative cases must not. The fixture of
rules/a/b.toml is tests/fixtures/a/b.toml. A case that goes wrong is explained, clause by clause. Without arguments every
rule is tested, and a fixture without a rule is an error. --init writes the first fixture of a rule, with the fields that its query
names; docs/fixtures.md tells all that a fixture can state.`,
		Example: "  tocsin test --init rules/okta/my_rule.toml\n  tocsin test\n  tocsin test rules/okta\n  tocsin test \"Kubernetes Pod Created With HostPID\" --junit results.xml",
		RunE: func(_ *cobra.Command, args []string) error {
			if flags.init != "" {
				return a.initFixture(flags.init, args)
			}
			return a.test(args, flags)
		},
	}
	cmd.Flags().BoolVar(&flags.json, "json", false, "write the results as JSON")
	cmd.Flags().StringVar(&flags.junit, "junit", "", "also write the results to this `file` as JUnit XML")
	fieldsOfFlag(cmd, &flags.fieldsOf)
	cmd.Flags().StringVar(&flags.init, "init", "", "write a first fixture for this `rule`, and test nothing")
	return cmd
}

// initFixture writes the first fixture of a rule. One that is there already stays as it is.
func (a *app) initFixture(arg string, args []string) error {
	if len(args) > 0 {
		return usage("with --init no other rule is tested")
	}
	w, err := a.open()
	if err != nil {
		return err
	}
	r, err := a.oneRule(w, arg)
	if err != nil {
		return err
	}
	files, _, err := w.Rules(arg)
	if err != nil {
		return err
	}
	path := w.FixturePath(files[0])
	if path == "" {
		return usage("%s lies outside of the folders of rules, so that it has no fixture", arg)
	}
	if _, err := os.Stat(path); err == nil {
		return usage("%s is there already", a.shownPath(path))
	}
	env, err := w.Environment(r)
	if err != nil {
		return err
	}
	text, problems := fixture.First(r, env)
	if problems.HasErrors() {
		return a.refuse(problems)
	}
	if err := replaceFile(path, text); err != nil {
		return cannotWrite(a.shownPath(path), err)
	}
	return report.Lines(a.Out, []string{"wrote " + a.shownPath(path)})
}

// shownPath is a path as the user should read it.
func (a *app) shownPath(path string) string {
	if rel, err := filepath.Rel(a.Dir, path); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return path
}

func (a *app) test(args []string, flags testFlags) error {
	w, err := a.openFields("", flags.fieldsOf)
	if err != nil {
		return err
	}
	files, problems, err := w.Rules(args...)
	if err != nil {
		return err
	}
	problems = append(problems, w.CatalogProblems()...)
	if len(args) == 0 {
		problems = append(problems, w.Orphans()...)
	}
	if len(problems) > 0 {
		if err := a.complain(problems); err != nil {
			return err
		}
	}
	tests := make([]report.RuleTest, len(files))
	workspace.Parallel(len(files), func(i int) { tests[i] = testRule(w, files[i]) })
	if err := a.writeTests(tests, flags); err != nil {
		return err
	}
	summary := report.Summarise(tests)
	if problems.HasErrors() || summary.Failed+summary.Broken > 0 {
		return findings()
	}
	return nil
}

// testRule runs one rule over its fixture.
func testRule(w *workspace.Workspace, f *workspace.RuleFile) report.RuleTest {
	t := report.RuleTest{Rule: f.Path}
	if f.Rule != nil {
		t.Name = f.Rule.Name
	}
	if f.Problems.HasErrors() {
		t.Problems = f.Problems
		return t
	}
	fix, path, problems := w.Fixture(f)
	t.Fixture, t.Problems = path, problems
	if fix == nil {
		return t
	}
	env, err := w.Environment(f.Rule)
	if err != nil {
		t.Problems = append(t.Problems, diag.AtFile(f.Path, "internal", err.Error(), ""))
		return t
	}
	_, missing := w.Exceptions().Of(f.Rule)
	t.Problems = append(t.Problems, missing...)
	result := fix.Run(f.Rule, env)
	t.Cases = result.Cases
	t.Problems = append(t.Problems, result.Problems...)
	return t
}

func (a *app) writeTests(tests []report.RuleTest, flags testFlags) error {
	if flags.junit != "" {
		if err := a.writeFile(flags.junit, func(f *os.File) error { return report.TestsJUnit(f, tests) }); err != nil {
			return err
		}
	}
	if flags.json {
		return report.TestsJSON(a.Out, tests)
	}
	return report.Tests(a.Out, tests, a.reportStyle())
}

// writeFile writes a file that the user named, relative to the folder of the command.
func (a *app) writeFile(path string, write func(*os.File) error) error {
	file, err := os.Create(a.absolute(path))
	if err != nil {
		return cannotWrite(path, err)
	}
	if err := write(file); err != nil {
		file.Close()
		return cannotWrite(path, err)
	}
	if err := file.Close(); err != nil {
		return cannotWrite(path, err)
	}
	return nil
}
