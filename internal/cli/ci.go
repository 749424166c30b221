package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/report"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

type ciFlags struct {
	plan   planFlags
	out    string
	noPlan bool
}

func (a *app) ciCommand() *cobra.Command {
	var flags ciFlags
	cmd := &cobra.Command{
		Use:   "ci [path|rule ...]",
		Short: "Check, test and plan in one run of continuous integration",
		Long: `Runs check and test, and plan where a Kibana is named, and reports in the forms that a pipeline shows. It recognises
GitHub Actions (annotations beside the lines, the run's summary page), GitLab CI (a Code Quality report, foldable log) and
Jenkins by their environment variables. Everywhere it writes into a folder:

  summary.md    one page: what was checked, what failed, what would change in Kibana
  check.sarif   the findings of check, for code scanning and Jenkins' warnings
  junit.xml     the results of test
  plan.json     the plan

It changes nothing in Kibana. Exit code 1 means findings or failed tests, 3 that no plan could be made. Ready workflow
files are in examples/ci.

` + credentialsHelp,
		Example: "  tocsin ci --no-plan\n  TOCSIN_API_KEY=... tocsin ci -e production --out tocsin-report",
		RunE:    func(cmd *cobra.Command, args []string) error { return a.ci(cmd.Context(), args, flags) },
	}
	flags.plan.registerWhere(cmd)
	cmd.Flags().StringVar(&flags.out, "out", "tocsin-report", "the `folder` to write the reports into")
	cmd.Flags().BoolVar(&flags.noPlan, "no-plan", false, "make no plan, even if a Kibana is named")
	return cmd
}

func (a *app) ci(ctx context.Context, args []string, flags ciFlags) error {
	w, err := a.open()
	if err != nil {
		return err
	}
	run, failed, err := a.pipeline(ctx, w, args, flags)
	if err != nil {
		return err
	}
	host := a.host()
	if err := a.tellPipeline(host, run); err != nil {
		return err
	}
	if err := a.writePipeline(host, run, flags.out); err != nil {
		return err
	}
	summary := report.Summarise(run.Tests)
	if run.Check.Findings.HasErrors() || summary.Failed+summary.Broken > 0 {
		return findings()
	}
	return failed
}

// pipeline runs the parts. The error beside the outcome is why no plan could be made, although one was wanted.
func (a *app) pipeline(ctx context.Context, w *workspace.Workspace, args []string, flags ciFlags) (run report.Pipeline, failed, err error) {
	files, problems, err := checked(w, args)
	if err != nil {
		return run, nil, err
	}
	run.Check = report.Check{Rules: len(files), Findings: atLeast(problems, diag.Warning)}
	run.Tests = make([]report.RuleTest, len(files))
	workspace.Parallel(len(files), func(i int) { run.Tests[i] = testRule(w, files[i]) })
	switch {
	case flags.noPlan:
		run.NoPlan = "not asked for"
	case flags.plan.target.url == "" && len(flags.plan.environments) == 0 && a.Getenv("TOCSIN_KIBANA_URL") == "":
		run.NoPlan = "no Kibana is named"
	case problems.HasErrors():
		run.NoPlan = "the checks found errors"
	default:
		var sites []site
		if sites, failed = a.makePlans(ctx, w, w, args, flags.plan); failed != nil {
			run.NoPlan, run.PlanFailed = failed.Error(), true
		} else {
			run.Plans = planned(sites)
		}
	}
	return run, failed, nil
}

// tellPipeline writes the parts to the log, each folded away where the service can, and the annotations.
func (a *app) tellPipeline(host ciHost, run report.Pipeline) error {
	style := a.reportStyle()
	parts := []struct {
		name  string
		write func(io.Writer) error
	}{
		{"check", func(out io.Writer) error { return report.CheckText(out, run.Check, style) }},
		{"test", func(out io.Writer) error { return report.Tests(out, run.Tests, style) }},
		{"plan", func(out io.Writer) error {
			if run.Plans == nil {
				_, err := fmt.Fprintf(out, "No plan: %s.\n", run.NoPlan)
				return err
			}
			return report.Plan(out, run.Plans, style)
		}},
	}
	for _, part := range parts {
		var text bytes.Buffer
		if err := part.write(&text); err != nil {
			return err
		}
		a.fold(host, part.name, text.String())
	}
	if host.name != gitHub {
		return nil
	}
	return report.GitHub(a.Out, run.Check.Findings, host.prefix(a.Dir))
}

// fold writes a part of the log. GitHub reads commands in it, so while text is written that comes from rules, commands are
// switched off, with a word that nobody can know.
func (a *app) fold(host ciHost, name, text string) {
	switch host.name {
	case gitHub:
		word := newUUID()
		fmt.Fprintf(a.Out, "::group::%s\n::stop-commands::%s\n%s::%s::\n::endgroup::\n", name, word, text, word)
	case gitLab:
		at := a.Now().Unix()
		fmt.Fprintf(a.Out, "\x1b[0Ksection_start:%d:tocsin_%s\r\x1b[0K%s\n%s\x1b[0Ksection_end:%d:tocsin_%s\r\x1b[0K\n", at, name, name, text, at, name)
	default:
		fmt.Fprintf(a.Out, "== %s\n%s\n", name, text)
	}
}

// writePipeline writes the reports.
func (a *app) writePipeline(host ciHost, run report.Pipeline, dir string) error {
	if err := os.MkdirAll(a.absolute(dir), 0o755); err != nil {
		return cannotWrite(dir, err)
	}
	prefix := host.prefix(a.Dir)
	writers := map[string]func(*os.File) error{
		"summary.md":  func(f *os.File) error { return report.Summary(f, run) },
		"check.sarif": func(f *os.File) error { return report.SARIF(f, run.Check.Findings, prefix) },
		"junit.xml":   func(f *os.File) error { return report.TestsJUnit(f, run.Tests) },
	}
	if run.Plans != nil {
		writers["plan.json"] = func(f *os.File) error { return report.PlanJSON(f, run.Plans) }
	}
	if host.name == gitLab {
		writers["gl-code-quality-report.json"] = func(f *os.File) error { return report.CodeQuality(f, run.Check.Findings, prefix) }
	}
	var failed []error
	for name, write := range writers {
		failed = append(failed, a.writeFile(filepath.Join(dir, name), write))
	}
	if host.summary != "" {
		failed = append(failed, appendTo(host.summary, func(f io.Writer) error { return report.Summary(f, run) }))
	}
	return errors.Join(failed...)
}

// appendTo adds to the end of a file that the service gave.
func appendTo(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return cannotWrite(path, err)
	}
	if err := write(file); err != nil {
		file.Close()
		return cannotWrite(path, err)
	}
	return file.Close()
}
