package cli

import (
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/detect"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/report"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

type explainFlags struct {
	json   bool
	now    string
	lookup []string
}

func (a *app) explainCommand() *cobra.Command {
	var flags explainFlags
	cmd := &cobra.Command{
		Use:   "explain RULE [EVENTS.json]",
		Short: "Tell why events do or do not match a rule",
		Long: `Shows what became of each event: the phases it passed, and the rule's query as a tree, each clause with its verdict, the
value it saw, and the reason when it is false. RULE is a file, a name or a rule_id. EVENTS is JSON or NDJSON; without it
events are read from standard input. The time window is only looked at with --now.`,
		Example: "  tocsin explain rules/okta/high_risk_sign_in_through_a_proxy.toml event.json",
		Args:    between(1, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.explain(args, flags)
		},
	}
	cmd.Flags().BoolVar(&flags.json, "json", false, "write the explanations as JSON")
	cmd.Flags().StringVar(&flags.now, "now", "", "the `time` at which the rule runs; switches the rule's window on")
	cmd.Flags().StringArrayVar(&flags.lookup, "lookup", nil, lookupHelp)
	return cmd
}

func (a *app) explain(args []string, flags explainFlags) error {
	w, err := a.open()
	if err != nil {
		return err
	}
	r, err := a.oneRule(w, args[0])
	if err != nil {
		return err
	}
	if err := a.tellExceptions(w, r); err != nil {
		return err
	}
	docs, err := a.readEvents(w, args[1:])
	if err != nil {
		return err
	}
	d, err := a.compile(w, r, docs, flags)
	if err != nil {
		return err
	}
	if err := a.writeExplanations(d, docs, flags.json); err != nil {
		return err
	}
	if a.brokenEvents {
		return &exit{code: exitUsage}
	}
	return nil
}

func (a *app) writeExplanations(d *detect.Detector, docs []*event.Document, asJSON bool) error {
	list := []report.ExplanationJSON{}
	for i, doc := range docs {
		name, e := "event "+doc.Name(i), d.Explain(doc)
		if asJSON {
			list = append(list, report.ExplanationOf(name, e))
		} else if err := report.Explanation(a.Out, name, e, a.reportStyle()); err != nil {
			return err
		}
	}
	if asJSON {
		return report.ExplanationsJSON(a.Out, list)
	}
	lines, warnings := d.Attempts(docs)
	return report.Attempts(a.Out, lines, warnings, a.reportStyle())
}

// oneRule loads the one rule that an argument names. Errors in it end the command.
func (a *app) oneRule(w *workspace.Workspace, arg string) (*rule.Rule, error) {
	files, problems, err := w.Rules(arg)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		problems = append(problems, f.Problems...)
	}
	if problems.HasErrors() {
		return nil, a.refuse(problems)
	}
	switch len(files) {
	case 0:
		return nil, usage("%s holds no rule", arg)
	case 1:
		return files[0].Rule, nil
	}
	return nil, usage("%s names %d rules, and one is wanted", arg, len(files))
}

// tellExceptions tells which exceptions that rules name cannot be applied: lists that are not there, and files that are broken.
func (a *app) tellExceptions(w *workspace.Workspace, rules ...*rule.Rule) error {
	var problems diag.List
	named := false
	for _, r := range rules {
		if r != nil && len(r.ExceptionsList) > 0 {
			_, missing := w.Exceptions().Of(r)
			named, problems = true, append(problems, missing...)
		}
	}
	if named {
		problems = append(problems, w.Exceptions().Problems...)
	}
	return a.complain(problems)
}

// refuse reports problems that keep a command from running.
func (a *app) refuse(problems diag.List) error {
	if err := a.complain(problems); err != nil {
		return err
	}
	return &exit{code: exitUsage}
}

// readEvents reads the events of a file, or of standard input when none is named or it is "-". Broken events are
// reported, and the command goes on with the others if there are any; it ends with exit code 2 all the same.
func (a *app) readEvents(w *workspace.Workspace, args []string) ([]*event.Document, error) {
	file, err := a.eventFile(w, args)
	if err != nil {
		return nil, err
	}
	docs, problems := event.Read(file)
	if len(problems) > 0 {
		a.brokenEvents = true
		if err := a.complain(problems); err != nil {
			return nil, err
		}
	}
	if len(docs) == 0 {
		return nil, &exit{code: exitUsage}
	}
	return docs, nil
}

// readFile reads a text file that the user named. One that cannot be read ends the command.
func (a *app) readFile(w *workspace.Workspace, path string) (*source.File, error) {
	file, err := w.ReadFile(path)
	var told *diag.Diagnostic
	switch {
	case errors.As(err, &told):
		return nil, a.refuse(diag.List{*told})
	case err != nil:
		return nil, usage("%s: %v", path, err)
	}
	return file, nil
}

func (a *app) eventFile(w *workspace.Workspace, args []string) (*source.File, error) {
	if len(args) > 0 && args[0] != "-" {
		return a.readFile(w, args[0])
	}
	text, err := io.ReadAll(a.In)
	if err != nil {
		return nil, usage("cannot read events from standard input: %v", err)
	}
	return source.NewFile("<stdin>", string(text)), nil
}

// clock gives the time that a --now flag states, or the present.
func (a *app) clock(text string) (time.Time, error) {
	if text == "" {
		return a.Now(), nil
	}
	at, err := datemath.Parse(text, a.Now(), datemath.Down)
	if err != nil {
		return time.Time{}, usage("--now: %v", err)
	}
	return at, nil
}

// compile compiles a rule for some events. A rule that cannot be decided offline ends the command with the reason.
func (a *app) compile(w *workspace.Workspace, r *rule.Rule, docs []*event.Document, flags explainFlags) (*detect.Detector, error) {
	env, err := w.Environment(r)
	if err != nil {
		return nil, err
	}
	env.Schema, env.AnyTime = observed(env.Schema, env.Project.Indices(r), docs), flags.now == ""
	if env.Now, err = a.clock(flags.now); err != nil {
		return nil, err
	}
	if env.Tables, err = a.lookups(w, flags.lookup); err != nil {
		return nil, err
	}
	d, problems := detect.Compile(r, env)
	if problems.HasErrors() {
		return nil, a.refuse(problems)
	}
	if d.Undecided != "" {
		return nil, &exit{code: exitFindings, err: usage("undecided: %s", d.Undecided)}
	}
	return d, nil
}

// observed adds what dynamic mapping makes of the events.
func observed(schema *field.Schema, indices []string, docs []*event.Document) *field.Schema {
	dynamic := field.NewDynamic(field.StyleFor(indices))
	for _, doc := range docs {
		filter.Observe(dynamic, doc)
	}
	return schema.Under(dynamic)
}
