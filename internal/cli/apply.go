package cli

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/kibana"
	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/report"
)

func (a *app) applyCommand() *cobra.Command {
	var target targetFlags
	var yes bool
	cmd := &cobra.Command{
		Use:   "apply [path|rule ...]",
		Short: "Bring Kibana to the state of the repository",
		Long: `Makes a plan, shows it, and does exactly that: creates the rules that are missing and updates those that differ. Rules that
this repository does not hold are left alone. On a terminal it asks first, unless --yes is given. A rule that fails does
not stop the others; run it again to go on.

` + credentialsHelp,
		Example: "  TOCSIN_API_KEY=... tocsin apply --environment staging --yes",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.apply(cmd.Context(), args, target, yes)
		},
	}
	target.register(cmd)
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func (a *app) apply(ctx context.Context, args []string, target targetFlags, yes bool) error {
	client, plan, err := a.makePlan(ctx, args, target)
	if err != nil {
		return err
	}
	return a.carryOut(ctx, client, plan, yes)
}

// carryOut shows a plan and does what it says.
func (a *app) carryOut(ctx context.Context, client *kibana.Client, plan publish.Plan, yes bool) error {
	style := a.reportStyle()
	if err := report.Plan(a.Out, plan, style); err != nil {
		return err
	}
	if plan.Empty() {
		return nil
	}
	if !yes && a.Interactive && !a.confirm() {
		return &exit{code: exitFindings, err: fmt.Errorf("nothing was changed")}
	}
	var writeErr error
	outcomes, stopped := publish.Apply(ctx, client, plan, func(o publish.Outcome) {
		if err := report.Outcome(a.Out, o, style); err != nil && writeErr == nil {
			writeErr = err
		}
	})
	if err := report.Applied(a.Out, outcomes, style); err != nil {
		return err
	}
	if stopped != nil {
		return unreachable(stopped)
	}
	for _, o := range outcomes {
		if o.Err != nil {
			return findings()
		}
	}
	return writeErr
}

func (a *app) confirm() bool {
	fmt.Fprint(a.Out, "Apply this plan? [y/N] ")
	line, _ := bufio.NewReader(a.In).ReadString('\n')
	line = strings.ToLower(strings.TrimSpace(line))
	return line == "y" || line == "yes"
}
