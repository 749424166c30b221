package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/report"
	"github.com/tocsin-rules/tocsin/internal/semver"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

// The exit codes.
const (
	exitFine        = 0
	exitFindings    = 1
	exitUsage       = 2
	exitUnreachable = 3
)

// exit ends a command with a code. A nil err means that everything has been said already.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

// findings ends a command that reported what it found.
func findings() error { return &exit{code: exitFindings} }

// usage ends a command that was called or configured wrongly.
func usage(format string, args ...any) error {
	return &exit{code: exitUsage, err: fmt.Errorf(format, args...)}
}

// app is what all commands share.
type app struct {
	System
	color string
	// brokenEvents tells that some events could not be read.
	brokenEvents bool
}

func (a *app) reportStyle() report.Style { return a.style(a.color) }

// Run runs one command line and gives the process's exit code.
func Run(args []string, system System) int {
	a := &app{System: system}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(system.In)
	root.SetOut(system.Out)
	root.SetErr(system.Err)
	err := root.ExecuteContext(system.Context)
	if err == nil {
		return exitFine
	}
	var e *exit
	if !errors.As(err, &e) {
		e = &exit{code: exitUsage, err: err}
	}
	if e.err != nil {
		fmt.Fprintf(system.Err, "tocsin: %v\n", e.err)
	}
	var wrong *misused
	if errors.As(err, &wrong) {
		fmt.Fprint(system.Err, wrong.hint())
	}
	return e.code
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "tocsin",
		Short: "Detection rules as code for Elastic Security: check, test, explain, publish",
		Long: `tocsin checks detection rules written as TOML, runs events through them on your own machine with the verdict that
Elastic would give, explains why an event did or did not raise an alert, and brings a Kibana to the state of the
repository by plan and apply.

Exit codes: 0 fine, 1 findings or failures, 2 wrong usage or configuration, 3 could not reach what it needed.`,
		SilenceUsage: true, SilenceErrors: true, Args: noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return &misused{cmd, err} })
	root.PersistentFlags().StringVar(&a.color, "color", "auto", "colour the output: auto, always or never")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if a.color != "auto" && a.color != "always" && a.color != "never" {
			return usage("--color is auto, always or never, not %q", a.color)
		}
		return nil
	}
	a.addCommands(root)
	return root
}

// addCommands adds every command under the heading that help shows it by.
func (a *app) addCommands(root *cobra.Command) {
	group := func(id, title string, commands ...*cobra.Command) {
		root.AddGroup(&cobra.Group{ID: id, Title: title})
		for _, cmd := range commands {
			cmd.GroupID = id
		}
		root.AddCommand(commands...)
	}
	group("write", "Write and check rules:",
		a.newCommand(),
		a.checkCommand(),
		a.fmtCommand(),
		a.docsCommand(),
		a.fieldsCommand(),
		a.attackCommand(),
	)
	group("run", "Run rules and queries over events:",
		a.testCommand(),
		a.previewCommand(),
		a.explainCommand(),
		a.queryCommand(),
	)
	group("publish", "Publish to Kibana:",
		a.planCommand(),
		a.applyCommand(),
		a.pullCommand(),
		a.diffCommand(),
		a.ciCommand(),
		a.logCommand(),
		a.rollbackCommand(),
		a.doctorCommand(),
		a.sandboxCommand(),
		a.keyringCommand(),
	)
	group("exchange", "Exchange rules and keep their versions:",
		a.importCommand(),
		a.exportCommand(),
		a.versionLockCommand(),
	)
	root.AddCommand(a.versionCommand())
}

// open opens the repository. Errors in tocsin.toml end the command.
func (a *app) open() (*workspace.Workspace, error) {
	w, problems, err := workspace.Open(a.Dir)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		if err := report.Diagnostics(a.Err, problems, a.reportStyle()); err != nil {
			return nil, err
		}
	}
	if problems.HasErrors() {
		return nil, &exit{code: exitUsage}
	}
	return w, nil
}

// openFor opens the repository for a release of the stack; "" is the one that tocsin.toml names.
func (a *app) openFor(stack string) (*workspace.Workspace, error) {
	w, err := a.open()
	if err != nil || stack == "" {
		return w, err
	}
	if _, err := semver.Parse(stack); err != nil {
		return nil, usage("--stack: %v", err)
	}
	w.Config.Stack = stack
	return w, nil
}

// openFields opens the repository for a release of the stack, with the fields of an environment; "" for its own of either.
func (a *app) openFields(stack, environment string) (*workspace.Workspace, error) {
	w, err := a.openFor(stack)
	if err != nil {
		return nil, err
	}
	return w, useFieldsOf(w, environment)
}

// useFieldsOf makes the fields of commands that ask no cluster those of an environment. "" changes nothing.
func useFieldsOf(w *workspace.Workspace, environment string) error {
	if _, err := chosenEnvironment(w, environment); err != nil {
		return err
	}
	w.UseFieldsOf(environment)
	return nil
}

// fieldsOfFlag adds the flag that names the environment whose fields count.
func fieldsOfFlag(cmd *cobra.Command, environment *string) {
	cmd.Flags().StringVarP(environment, "environment", "e", "", "the `name` of the [environment.NAME] whose field catalog counts")
}

// complain writes problems to the error stream.
func (a *app) complain(problems diag.List) error {
	problems.Sort()
	return report.Diagnostics(a.Err, problems, a.reportStyle())
}
