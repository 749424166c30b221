package cli

import (
	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/report"
)

func (a *app) planCommand() *cobra.Command {
	var target targetFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "plan [path|rule ...]",
		Short: "Show what publishing would change in Kibana",
		Long: `Compares the repository's rules with those of a Kibana space and shows what apply would create and update, field by field.
It changes nothing. Only rules of maturity "production" are published, and those that state none.

` + credentialsHelp,
		Example: "  TOCSIN_API_KEY=... tocsin plan --url https://kibana.example.com --space security",
		RunE: func(cmd *cobra.Command, args []string) error {
			_, plan, err := a.makePlan(cmd.Context(), args, target)
			if err != nil {
				return err
			}
			if asJSON {
				err = report.PlanJSON(a.Out, plan)
			} else {
				err = report.Plan(a.Out, plan, a.reportStyle())
			}
			if err == nil && plan.Count(publish.Refuse) > 0 {
				err = findings()
			}
			return err
		},
	}
	target.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "write the plan as JSON")
	return cmd
}
