package cli

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/report"
)

type planOutput struct {
	json, markdown, detailed bool
	out                      string
}

func (a *app) planCommand() *cobra.Command {
	var flags planFlags
	var output planOutput
	cmd := &cobra.Command{
		Use:   "plan [path|rule ...]",
		Short: "Show what publishing would change in Kibana",
		Long: `Compares the repository with one or several Kibana spaces and shows what apply would create, update and delete, field by
field. It changes nothing. Only rules of maturity "production" are published, and those that state none; deprecated ones
are disabled and renamed.

tocsin.lock records what was last applied where. What was changed in Kibana since then is drift: it is shown, and left
alone unless --overwrite-drift is given; tocsin pull takes it into the repository. --prune also deletes what this
repository published and no longer holds, never a rule of others or of Elastic.

--out keeps the plan for tocsin apply FILE, which does exactly that, or nothing when Kibana has moved since.
--detailed-exitcode gives 0 for nothing to do, 1 for something that is refused or has drifted, and 4 for changes.

` + credentialsHelp,
		Example: `  TOCSIN_API_KEY=... tocsin plan --url https://kibana.example.com --space security
  tocsin plan -e staging -e production --prune --out plan.json
  tocsin plan -e production --markdown --detailed-exitcode`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.plan(cmd.Context(), args, flags, output)
		},
	}
	flags.register(cmd)
	f := cmd.Flags()
	f.BoolVar(&output.json, "json", false, "write the plan as JSON")
	f.BoolVar(&output.markdown, "markdown", false, "write the plan as Markdown, for a pull request")
	f.BoolVar(&output.detailed, "detailed-exitcode", false, "exit with 4 when there are changes")
	f.StringVarP(&output.out, "out", "o", "", "keep the plan in this `file`, for tocsin apply FILE")
	cmd.MarkFlagsMutuallyExclusive("json", "markdown")
	return cmd
}

// exitChanges is the exit code of a detailed plan with changes.
const exitChanges = 4

func (a *app) plan(ctx context.Context, args []string, flags planFlags, output planOutput) error {
	w, err := a.open()
	if err != nil {
		return err
	}
	sites, err := a.makePlans(ctx, w, w, args, flags)
	if err != nil {
		return err
	}
	plans := planned(sites)
	switch {
	case output.json:
		err = report.PlanJSON(a.Out, plans)
	case output.markdown:
		err = report.PlanMarkdown(a.Out, plans)
	default:
		err = report.Plan(a.Out, plans, a.reportStyle())
	}
	if err != nil {
		return err
	}
	if output.out != "" {
		if err := a.keepPlan(output.out, plans); err != nil {
			return err
		}
	}
	return verdict(plans, output.detailed)
}

// verdict is the exit code of a plan.
func verdict(plans []publish.Planned, detailed bool) error {
	stuck, writes := 0, 0
	for _, p := range plans {
		stuck += p.Count(publish.Refuse)
		writes += p.Writes()
		if detailed {
			stuck += p.Count(publish.Drifted)
		}
	}
	switch {
	case stuck > 0:
		return findings()
	case detailed && writes > 0:
		return &exit{code: exitChanges}
	}
	return nil
}

// keepPlan writes a plan file, which only its owner may read: the rules of a company are nobody else's.
func (a *app) keepPlan(path string, plans []publish.Planned) error {
	text, err := publish.EncodePlans(plans)
	if err != nil {
		return err
	}
	file := a.absolute(path)
	if err := replaceFile(file, string(text)); err != nil {
		return cannotWrite(path, err)
	}
	if err := os.Chmod(file, 0o600); err != nil {
		return cannotWrite(path, err)
	}
	return nil
}
