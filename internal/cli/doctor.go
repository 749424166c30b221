package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/doctor"
	"github.com/tocsin-rules/tocsin/internal/kibana"
	"github.com/tocsin-rules/tocsin/internal/report"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

func (a *app) doctorCommand() *cobra.Command {
	var target targetFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Examine whether a Kibana can take and run the rules",
		Long: `Examines a Kibana: is it reached, which version, does it know the credentials, may they change rules, is there an encryption
key, what does the licence allow of that which the repository's rules use, do the clocks agree; and Elasticsearch: its
version, and which of the rules' indices may be read. For each thing that is missing it tells what that breaks and the way
out. Elasticsearch is the one of elasticsearch_url in [environment.NAME], or of TOCSIN_ELASTICSEARCH_URL, with the same credentials.
It changes nothing. Exit code 1 means an error among the findings, 3 that something did not answer.

` + credentialsHelp,
		Example: "  TOCSIN_API_KEY=... tocsin doctor --url https://kibana.example.com --space security\n  tocsin doctor -e staging --json",
		Args:    between(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.doctor(cmd.Context(), target, asJSON)
		},
	}
	target.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "write the findings as JSON")
	return cmd
}

func (a *app) doctor(ctx context.Context, target targetFlags, asJSON bool) error {
	w, err := a.open()
	if err != nil {
		return err
	}
	client, err := a.connect(w, target, func(cfg *kibana.Config) { cfg.Retry.MaxTries = 2 })
	if err != nil {
		return err
	}
	needs, err := a.needs(w)
	if err != nil {
		return err
	}
	patient := doctor.Patient{Kibana: client, Needs: needs, Now: a.Now}
	es, err := a.elasticsearch(w, target, "")
	if err != nil {
		return err
	}
	if es != nil {
		patient.Elasticsearch = es
	}
	found, err := doctor.Examine(ctx, patient)
	if err != nil {
		return unreachable(err)
	}
	e := report.Examination{URL: client.Address(), Space: client.Space(), Findings: found}
	if asJSON {
		err = report.DoctorJSON(a.Out, e)
	} else {
		err = report.Doctor(a.Out, e, a.reportStyle())
	}
	switch {
	case err != nil:
		return err
	case slices.ContainsFunc(found, func(f doctor.Finding) bool { return f.Unreached }):
		return &exit{code: exitUnreachable}
	case e.Count(doctor.Error) > 0:
		return findings()
	}
	return nil
}

// needs tells what the repository's rules use that not every Kibana has. A rule that cannot be read needs nothing.
func (a *app) needs(w *workspace.Workspace) (doctor.Needs, error) {
	needs := doctor.Needs{Stack: w.Config.Stack}
	files, _, err := w.Rules()
	if err != nil {
		return needs, err
	}
	files = slices.DeleteFunc(files, func(f *workspace.RuleFile) bool { return f.Rule == nil || !published(f) })
	for _, f := range files {
		r := f.Rule
		if r.AlertSuppression != nil {
			needs.Suppression++
		}
		if r.Type == rule.TypeMachineLearning {
			needs.MachineLearning++
		}
		if len(r.Actions) > 0 {
			needs.Actions++
		}
	}
	needs.Indices = searchedIndices(w, files)
	for _, file := range w.Timelines().Files {
		needs.Timelines += len(file.Templates)
	}
	for _, file := range w.Exceptions().Files {
		needs.ValueLists += len(file.ValueLists)
	}
	return needs, nil
}
