package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/report"
)

func (a *app) diffCommand() *cobra.Command {
	var flags planFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "diff",
		Short: "Compare the rules of two Kibana spaces",
		Long: `Shows in which rules, and in which of their fields, the second space differs from the first: two spaces of one Kibana, or the
spaces of two environments. + is only in the second, - only in the first, ~ in both. Connectors are compared by name. Exit code 1 means that they differ.
It changes nothing.

` + credentialsHelp,
		Example: `  tocsin diff --url https://kibana.example.com --space dev --space prod
  tocsin diff -e staging -e production`,
		Args: between(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.diff(cmd.Context(), flags, asJSON) },
	}
	flags.registerWhere(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "write the differences as JSON")
	return cmd
}

func (a *app) diff(ctx context.Context, flags planFlags, asJSON bool) error {
	w, err := a.open()
	if err != nil {
		return err
	}
	sites, err := a.sites(w, flags)
	if err != nil {
		return err
	}
	if len(sites) != 2 {
		return usage("diff compares two spaces, and %d named: give --space twice, or two environments", len(sites))
	}
	var states [2]publish.State
	for i, s := range sites {
		if states[i], err = publish.ReadNamed(ctx, s.client); err != nil {
			return unreachable(err)
		}
	}
	d := report.SpaceDiff{From: sites[0].Target, To: sites[1].Target, Changes: publish.Between(states[0], states[1])}
	if asJSON {
		err = report.DiffJSON(a.Out, d)
	} else {
		err = report.Diff(a.Out, d, a.reportStyle())
	}
	if err == nil && len(d.Changes) > 0 {
		err = findings()
	}
	return err
}
