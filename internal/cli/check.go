package cli

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/check"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/report"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

type checkFlags struct {
	json, list     bool
	explain, level string
}

func (a *app) checkCommand() *cobra.Command {
	var flags checkFlags
	cmd := &cobra.Command{
		Use:   "check [path|rule ...]",
		Short: "Check rules: TOML, schema, queries, and what a reviewer would tell",
		Long: `Checks rules without any event: the TOML, the fields that a rule of its type may have and must have, the queries, what is
probably not meant in them, and identifiers that stand twice. Without arguments it checks every rule of the repository. All
findings are told in one run, each with its place.

Levels are set in tocsin.toml, below [check.levels]. A comment above a value allows one finding in it:
  # tocsin: ignore kql-question-mark -- the product's name ends in one`,
		Example: `  tocsin check
  tocsin check rules/aws --json
  tocsin check --list
  tocsin check --explain kql-question-mark`,
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case flags.list:
				return report.CheckList(a.Out, check.All(), a.reportStyle())
			case flags.explain != "":
				return a.explainCheck(flags.explain)
			}
			return a.check(args, flags)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&flags.json, "json", false, "write the findings as JSON")
	f.BoolVar(&flags.list, "list", false, "list the checks with their levels")
	f.StringVar(&flags.explain, "explain", "", "tell about the check of this `name`")
	f.StringVar(&flags.level, "level", "warning", "show findings of this `level` and above: error, warning or info")
	return cmd
}

func (a *app) explainCheck(name string) error {
	c, ok := check.ByName(name)
	if !ok {
		return usage("there is no check %q: %s", name, orElse(diag.DidYouMean(name, check.Names()), "tocsin check --list tells all"))
	}
	return report.CheckExplained(a.Out, c, a.reportStyle())
}

func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

func (a *app) check(args []string, flags checkFlags) error {
	lowest := slices.Index([]string{"error", "warning", "info"}, flags.level)
	if lowest < 0 {
		return usage("--level is error, warning or info, not %q", flags.level)
	}
	w, err := a.open()
	if err != nil {
		return err
	}
	files, problems, err := checked(w, args)
	if err != nil {
		return err
	}
	shown := atLeast(problems, []diag.Severity{diag.Error, diag.Warning, diag.Info}[lowest])
	write := report.CheckText
	if flags.json {
		write = report.CheckJSON
	}
	if err := write(a.Out, report.Check{Rules: len(files), Findings: shown}, a.reportStyle()); err != nil {
		return err
	}
	if shown.HasErrors() {
		return findings()
	}
	return nil
}

// atLeast gives the findings of a severity and the more serious ones.
func atLeast(problems diag.List, lowest diag.Severity) diag.List {
	return slices.DeleteFunc(problems, func(d diag.Diagnostic) bool { return d.Severity > lowest })
}

// checked loads rules and gives everything that all checks find in them, sorted.
func checked(w *workspace.Workspace, args []string) ([]*workspace.RuleFile, diag.List, error) {
	checks, problems := configuredChecks(w)
	files, found, err := inspect(w, args, checks)
	found = append(found, problems...)
	found.Sort()
	return files, found, err
}

// valid loads rules and gives what Kibana or Elasticsearch would refuse in them, sorted: what keeps a rule from being
// published. What is only probably wrong is left to check.
func valid(w *workspace.Workspace, args []string) ([]*workspace.RuleFile, diag.List, error) {
	return inspect(w, args, nil)
}

// inspect loads rules and checks each of them, and all together; without checks only for what would be refused.
func inspect(w *workspace.Workspace, args []string, checks *check.Checks) ([]*workspace.RuleFile, diag.List, error) {
	files, problems, err := w.Rules(args...)
	if err != nil {
		return nil, nil, err
	}
	problems = append(problems, w.CatalogProblems()...)
	problems = append(problems, w.Exceptions().Problems...)
	problems = append(problems, w.Connectors().Problems...)
	var rules []*rule.Rule
	found, err := checkRules(w, checks, files)
	if err != nil {
		return nil, nil, err
	}
	for i, f := range files {
		problems = append(problems, found[i]...)
		if f.Rule != nil {
			rules = append(rules, f.Rule)
		}
	}
	problems = append(problems, check.Collection(rules)...)
	problems.Sort()
	return files, problems, nil
}

// configuredChecks gives the checks with the levels that tocsin.toml sets and the project's ATT&CK table. A name that no check has is an error.
func configuredChecks(w *workspace.Workspace) (*check.Checks, diag.List) {
	levels := map[string]check.Level{}
	var problems diag.List
	for name, level := range w.Config.CheckLevels {
		c, known := check.ByName(name)
		switch {
		case !known:
			problems = append(problems, diag.Diagnostic{
				Name: "unknown-check", Severity: diag.Error, Message: "there is no check `" + name + "`",
				Help: orElse(diag.DidYouMean(name, check.Names()), "tocsin check --list tells all"), Subject: w.ConfigPlace("check", "levels", name),
			})
		case c.BuiltIn():
			problems = append(problems, diag.Diagnostic{
				Name: "unknown-check", Severity: diag.Error, Message: "the level of `" + name + "` cannot be changed: it comes from reading the rule",
				Subject: w.ConfigPlace("check", "levels", name),
			})
		}
		levels[name] = check.Level(level)
	}
	table, more := w.Attack()
	return check.New(check.Options{Levels: levels, Attack: table}), append(problems, more...)
}

// unlessTold gives the findings at places that the others have none at: what the schema tells, the rule's compiler would
// only repeat.
func unlessTold(found, others diag.List) diag.List {
	return slices.DeleteFunc(found, func(d diag.Diagnostic) bool {
		return slices.ContainsFunc(others, func(other diag.Diagnostic) bool { return d.Subject.HasSpan() && other.Subject.Span == d.Subject.Span })
	})
}

// checkRules checks rules side by side; the findings i are those of file i, less those that a comment in it allows.
func checkRules(w *workspace.Workspace, checks *check.Checks, files []*workspace.RuleFile) ([]diag.List, error) {
	found := make([]diag.List, len(files))
	errs := make([]error, len(files))
	exceptions := w.Exceptions()
	workspace.Parallel(len(files), func(i int) {
		found[i], errs[i] = checkRule(w, checks, exceptions, files[i])
	})
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

func checkRule(w *workspace.Workspace, checks *check.Checks, exceptions *workspace.Exceptions, f *workspace.RuleFile) (diag.List, error) {
	list := slices.Clone(f.Problems)
	r := f.Rule
	if r == nil {
		return list, nil
	}
	// Where the schema has found an error already, a query's error would often only repeat it.
	if r.Type != "" {
		env, err := w.Environment(r)
		if err != nil {
			return nil, err
		}
		found := check.Query(r, env)
		if checks != nil && !found.HasErrors() && !list.HasErrors() {
			found = append(found, checks.Rule(r, env.Schema)...)
		}
		list = append(list, unlessTold(found, f.Problems)...)
	}
	_, missing := exceptions.Of(r)
	list = append(list, missing...)
	if checks != nil && r.Doc() != nil {
		list = check.Silence(r.Doc(), list)
	}
	return list, nil
}
