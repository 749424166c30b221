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

func (a *app) checkCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check [path|rule ...]",
		Short: "Check rules: TOML, schema and queries",
		Long: `Checks rules without any event: the TOML, the fields that a rule of its type may have and must have, the queries, and
identifiers that stand twice. Without arguments it checks every rule of the repository. All findings are told in one run,
each with its place.`,
		Example: "  tocsin check\n  tocsin check rules/aws --json",
		RunE: func(_ *cobra.Command, args []string) error {
			return a.check(args, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write the findings as JSON")
	return cmd
}

func (a *app) check(args []string, asJSON bool) error {
	w, err := a.open()
	if err != nil {
		return err
	}
	files, problems, err := checked(w, args)
	if err != nil {
		return err
	}
	write := report.CheckText
	if asJSON {
		write = report.CheckJSON
	}
	if err := write(a.Out, report.Check{Rules: len(files), Findings: problems}, a.reportStyle()); err != nil {
		return err
	}
	if problems.HasErrors() {
		return findings()
	}
	return nil
}

// checked loads rules and gives everything that all checks find in them, sorted.
func checked(w *workspace.Workspace, args []string) ([]*workspace.RuleFile, diag.List, error) {
	files, problems, err := w.Rules(args...)
	if err != nil {
		return nil, nil, err
	}
	problems = append(problems, w.CatalogProblems()...)
	problems = append(problems, w.Exceptions().Problems...)
	var rules []*rule.Rule
	found, err := checkQueries(w, files)
	if err != nil {
		return nil, nil, err
	}
	for i, f := range files {
		problems = append(problems, f.Problems...)
		problems = append(problems, unlessTold(found[i], f.Problems)...)
		if f.Rule != nil {
			rules = append(rules, f.Rule)
			_, missing := w.Exceptions().Of(f.Rule)
			problems = append(problems, missing...)
		}
	}
	problems = append(problems, check.Collection(rules)...)
	problems.Sort()
	return files, problems, nil
}

// unlessTold gives the findings at places that the others have none at: what the schema tells, the rule's compiler would
// only repeat.
func unlessTold(found, others diag.List) diag.List {
	return slices.DeleteFunc(found, func(d diag.Diagnostic) bool {
		return slices.ContainsFunc(others, func(other diag.Diagnostic) bool { return d.Subject.HasSpan() && other.Subject.Span == d.Subject.Span })
	})
}

// checkQueries checks the queries of rules side by side; finding i belongs to file i.
func checkQueries(w *workspace.Workspace, files []*workspace.RuleFile) ([]diag.List, error) {
	found := make([]diag.List, len(files))
	errs := make([]error, len(files))
	workspace.Parallel(len(files), func(i int) {
		r := files[i].Rule
		// Where the schema has found an error already, a query's error would often only repeat it.
		if r == nil || r.Type == "" {
			return
		}
		schema, err := w.Fields(r.Index)
		if err != nil {
			errs[i] = err
			return
		}
		found[i] = check.Query(r, schema)
	})
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}
