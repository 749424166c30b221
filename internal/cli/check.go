package cli

import (
	"regexp"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/check"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/report"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

// checkFlags are the flags of tocsin check.
type checkFlags struct {
	format    string
	asJSON    bool
	list      bool
	explain   string
	fix, diff bool
	newFrom   string
	level     string
	stack     string
	fieldsOf  string
}

func (a *app) checkCommand() *cobra.Command {
	var flags checkFlags
	cmd := &cobra.Command{
		Use:   "check [path|rule ...]",
		Short: "Check rules: TOML, schema, queries, and what is likely wrong",
		Long: `Checks rules without any event: the TOML, the fields that a rule of its type may have and must have, the queries and the
types of their fields, and what is known to go wrong in rules. Without arguments it checks every rule of the repository. All
findings are told in one run, each with its place.

Every finding has a name: --explain tells why it is there and what to write instead, --list shows all. Levels are set in the
table [check] of tocsin.toml. A comment silences one finding, and says why:

  # tocsin: ignore kql-question-mark -- the API writes it literally

Only findings of level error make the command fail.`,
		Example: `  tocsin check
  tocsin check rules/aws --json
  tocsin check --explain regexp-anchor
  tocsin check --fix --diff
  tocsin check --new-from origin/main`,
		RunE: func(_ *cobra.Command, args []string) error { return a.check(args, flags) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.format, "format", "text", "how findings are written: "+report.CheckFormatNames())
	f.BoolVar(&flags.asJSON, "json", false, "write the findings as JSON")
	f.BoolVar(&flags.list, "list", false, "list all checks with their levels")
	f.StringVar(&flags.explain, "explain", "", "explain the check of a `name`")
	f.BoolVar(&flags.fix, "fix", false, "mend what can be mended safely")
	f.BoolVar(&flags.diff, "diff", false, "show what --fix would change, and change nothing")
	f.StringVar(&flags.newFrom, "new-from", "", "tell only what is new since a git `revision`")
	f.StringVar(&flags.level, "level", "warning", "tell findings of this `level` and above: error, warning or info")
	f.StringVar(&flags.stack, "stack", "", "check for this `release` of the stack instead of that of tocsin.toml, such as 8.19")
	fieldsOfFlag(cmd, &flags.fieldsOf)
	cmd.MarkFlagsMutuallyExclusive("format", "json")
	return cmd
}

func (a *app) check(args []string, flags checkFlags) error {
	if flags.asJSON {
		flags.format = "json"
	}
	write, ok := report.CheckFormats()[flags.format]
	if !ok {
		return usage("--format is one of %s, not %q", report.CheckFormatNames(), flags.format)
	}
	lowest, err := check.ParseLevel(flags.level)
	if err != nil || lowest == check.Off {
		return usage("--level is error, warning or info, not %q", flags.level)
	}
	w, err := a.open()
	if err != nil {
		return err
	}
	if flags.stack != "" {
		if !release.MatchString(flags.stack) {
			return usage("--stack is a release such as 8.19, not %q", flags.stack)
		}
		w.Config.Stack = flags.stack
	}
	if err := useFieldsOf(w, flags.fieldsOf); err != nil {
		return err
	}
	switch {
	case flags.list:
		return report.Checks(a.Out, w.Config.Checks, a.reportStyle())
	case flags.explain != "":
		return a.explainCheck(w, flags.explain)
	}
	files, problems, err := checked(w, args)
	if err != nil {
		return err
	}
	problems = atLeast(problems, lowest)
	if flags.newFrom != "" {
		if problems, err = a.onlyNew(w, files, problems, flags.newFrom); err != nil {
			return err
		}
	}
	if flags.diff {
		return a.showFixes(problems)
	}
	mended := 0
	if flags.fix {
		if mended, problems, err = a.fix(w, args, problems, lowest); err != nil {
			return err
		}
	}
	if err := write(a.Out, report.Check{Rules: len(files), Findings: problems, Mended: mended, Suite: w.Config.Checks}, a.reportStyle()); err != nil {
		return err
	}
	if problems.HasErrors() {
		return findings()
	}
	return nil
}

// release is a version of the Elastic Stack.
var release = regexp.MustCompile(`^\d+\.\d+(\.\d+)?$`)

func (a *app) explainCheck(w *workspace.Workspace, name string) error {
	c, help := w.Config.Checks.Find(name)
	if c == nil {
		return usage("there is no check %q: %s", name, help)
	}
	return report.ExplainCheck(a.Out, c, w.Config.Checks.Level(name), a.reportStyle())
}

// orElse is a text, or another where it is empty.
func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// checked loads rules and gives everything that the checks of the project find in them, sorted.
func checked(w *workspace.Workspace, args []string) ([]*workspace.RuleFile, diag.List, error) {
	return checkRules(w, w.Config.Checks, args)
}

// valid loads rules and gives what Kibana or Elasticsearch would refuse in them, sorted: what keeps a rule from being
// published. What is only probably wrong is left to check.
func valid(w *workspace.Workspace, args []string) ([]*workspace.RuleFile, diag.List, error) {
	return checkRules(w, check.Refusals(), args)
}

// atLeast gives the findings of a severity and the more serious ones.
func atLeast(problems diag.List, lowest diag.Severity) diag.List {
	return slices.DeleteFunc(problems, func(d diag.Diagnostic) bool { return d.Severity > lowest })
}

// checkRules loads rules and gives everything that a suite finds in them, sorted.
func checkRules(w *workspace.Workspace, suite *check.Suite, args []string) ([]*workspace.RuleFile, diag.List, error) {
	files, problems, err := w.Rules(args...)
	if err != nil {
		return nil, nil, err
	}
	problems = append(problems, w.CatalogProblems()...)
	problems = append(problems, w.Exceptions().Problems...)
	problems = append(problems, w.Connectors().Problems...)
	problems = append(problems, w.Timelines().Problems...)
	_, broken := w.Attack()
	problems = append(problems, broken...)
	found, err := lint(w, suite, files)
	if err != nil {
		return nil, nil, err
	}
	for i, f := range files {
		if f.Rule == nil {
			problems = append(problems, f.Problems...)
			continue
		}
		problems = append(problems, suite.Settle(f.Rule.Doc(), unlessTold(found[i], w.Exceptions().Problems))...)
	}
	problems.Sort()
	return files, problems, nil
}

// lint checks rules side by side, and then all of them together; finding i belongs to file i. The levels are not settled yet.
func lint(w *workspace.Workspace, suite *check.Suite, files []*workspace.RuleFile) ([]diag.List, error) {
	found := make([]diag.List, len(files))
	errs := make([]error, len(files))
	refusals := check.Refusals()
	workspace.Parallel(len(files), func(i int) {
		// What else may be wrong in a rule that Kibana refuses for its form can wait until it has one.
		use := suite
		if files[i].Problems.HasErrors() {
			use = refusals
		}
		found[i], errs[i] = lintOne(w, use, files[i])
	})
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	owner := map[*source.File]int{}
	var rules []*rule.Rule
	for i, f := range files {
		if f.Rule == nil {
			continue
		}
		rules = append(rules, f.Rule)
		owner[f.Rule.Doc().File] = i
	}
	for _, d := range check.Collection(rules) {
		i := owner[d.Subject.File]
		found[i] = append(found[i], d)
	}
	return found, nil
}

// lintOne gives what is wrong with one file.
func lintOne(w *workspace.Workspace, suite *check.Suite, f *workspace.RuleFile) (diag.List, error) {
	if f.Rule == nil {
		return f.Problems, nil
	}
	_, missing := w.Exceptions().Of(f.Rule)
	list := slices.Concat(f.Problems, missing)
	// Where the schema has found an error already, a query's error would often only repeat it.
	if f.Rule.Type == "" {
		return list, nil
	}
	env, err := w.Environment(f.Rule)
	if err != nil {
		return nil, err
	}
	table, _ := w.Attack()
	coverage := check.CoverageOf(env.Project.Indices(f.Rule), w.Packages())
	found := suite.Rule(check.Subject{Rule: f.Rule, Path: f.Path, Environment: env, Attack: table, Coverage: coverage})
	return append(list, unlessTold(found, f.Problems)...), nil
}

// unlessTold gives the findings at places that the others have none at: what the schema tells, the rule's compiler would
// only repeat.
func unlessTold(found, others diag.List) diag.List {
	return slices.DeleteFunc(found, func(d diag.Diagnostic) bool {
		return slices.ContainsFunc(others, func(other diag.Diagnostic) bool { return d.Subject.HasSpan() && other.Subject == d.Subject })
	})
}
