package cli

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/detect"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/report"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

type previewFlags struct {
	from, to                       string
	runs                           int
	history, indicators, anomalies string
	lookup                         []string
	all, json                      bool
	// remote lets Kibana run the rule, and compare holds its verdict against that of this machine.
	remote, compare bool
	target          targetFlags
}

func (a *app) previewCommand() *cobra.Command {
	var flags previewFlags
	cmd := &cobra.Command{
		Use:   "preview RULE EVENTS.ndjson",
		Short: "Show the alerts that a rule would write, and why other events make none",
		Long: `Runs a rule over events as Kibana's rule preview does, and shows the alerts it would write and what became of all other
events: the phase at which each was dropped, from the index pattern to max_signals. RULE is a file, a name or a rule_id.

Without --from, --to and --runs the rule runs once and looks at events of any time. With them it runs every interval of its own,
the last time at --to, and each run searches its window and knows what the runs before it have written.

With --remote Kibana's own preview runs the rule: over what its Elasticsearch holds, or over events of a file, which stand in an
index of their own for that time. --compare runs both and tells where the verdicts on the same events differ. The alerts are
read from the Elasticsearch of elasticsearch_url in [environment.NAME], or of TOCSIN_ELASTICSEARCH_URL. The runs then always search
their window.

With --all every rule of the repository runs over the events: it lists the alerts of each, and every rule that cannot be decided
offline, with the reason.

` + credentialsHelp,
		Example: `  tocsin preview rules/okta/high_risk_sign_in_through_a_proxy.toml events.ndjson
  tocsin preview "My rule" events.ndjson --to 2026-11-22T12:00:00Z --runs 12 --json
  tocsin preview --all events.ndjson
  tocsin preview --remote "My rule" -e staging --runs 12
  tocsin preview --compare "My rule" events.ndjson --url https://kibana.example.com`,
		Args: between(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error { return a.preview(cmd.Context(), args, flags) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.from, "from", "", "the `time` before the first run")
	f.StringVar(&flags.to, "to", "", "the `time` of the last run; that of the newest event when not given")
	f.IntVar(&flags.runs, "runs", 0, "the `number` of runs")
	f.StringVar(&flags.history, "history", "", "a `file` of earlier events, which a new terms rule has seen")
	f.StringVar(&flags.indicators, "indicators", "", "a `file` of indicators, for an indicator match rule")
	f.StringVar(&flags.anomalies, "anomalies", "", "a `file` of anomaly records, for a machine learning rule")
	f.StringArrayVar(&flags.lookup, "lookup", nil, lookupHelp)
	f.BoolVar(&flags.all, "all", false, "run every rule of the repository")
	f.BoolVar(&flags.remote, "remote", false, "let Kibana run the rule")
	f.BoolVar(&flags.compare, "compare", false, "let Kibana run the rule too, and tell where the verdicts differ")
	flags.target.register(cmd)
	f.BoolVar(&flags.json, "json", false, "write the alert documents and the counts as JSON")
	return cmd
}

func (a *app) preview(ctx context.Context, args []string, flags previewFlags) error {
	if flags.runs < 0 || flags.runs > 0 && flags.from != "" {
		return usage("--runs is a number above zero, and stands instead of --from")
	}
	w, err := a.open()
	if err != nil {
		return err
	}
	switch {
	case flags.all && (flags.remote || flags.compare):
		return usage("--all is for a preview on this machine")
	case flags.all:
		err = a.previewAll(w, args, flags)
	case flags.remote || flags.compare:
		err = a.previewRemote(ctx, w, args, flags)
	default:
		err = a.previewOne(w, args, flags)
	}
	if err == nil && a.brokenEvents {
		err = &exit{code: exitUsage}
	}
	return err
}

func (a *app) previewOne(w *workspace.Workspace, args []string, flags previewFlags) error {
	r, err := a.oneRule(w, args[0])
	if err != nil {
		return err
	}
	if err := a.tellExceptions(w, r); err != nil {
		return err
	}
	in, err := a.previewInput(w, r, args[1:], flags)
	if err != nil {
		return err
	}
	env, err := w.Environment(r)
	if err != nil {
		return err
	}
	env = observedInput(env, r, in)
	if env.Tables, err = a.lookups(w, flags.lookup); err != nil {
		return err
	}
	plan, err := a.previewPlan(r, a.newest(in), flags)
	if err != nil {
		return err
	}
	env.AnyTime = plan.anyTime
	d, results, problems := detect.Preview(r, env, in, plan.runs, plan.end)
	if problems.HasErrors() {
		return a.refuse(problems)
	}
	p := report.PreviewOf(r, d, in, results)
	if p.Undecided == "" {
		p.Undecided = lacking(r, in)
	}
	if flags.json {
		err = report.PreviewJSON(a.Out, p)
	} else {
		err = report.Preview(a.Out, p, a.reportStyle())
	}
	if err == nil && p.Undecided != "" {
		err = findings()
	}
	return err
}

// lacking tells what a rule would need to be decided and the input does not have; "" when it has all.
func lacking(r *rule.Rule, in detect.Input) string {
	switch {
	case r.Type == rule.TypeThreatMatch && len(in.Indicators) == 0:
		return "an indicator match rule needs indicators: give them with --indicators"
	case r.Type == rule.TypeMachineLearning && len(in.Anomalies) == 0:
		return "a machine learning rule reads the anomaly records of its jobs: give them with --anomalies"
	}
	return ""
}

// previewInput reads what the rule reads. The events of a machine learning rule are anomalies.
func (a *app) previewInput(w *workspace.Workspace, r *rule.Rule, args []string, flags previewFlags) (in detect.Input, err error) {
	for _, part := range []struct {
		path string
		docs *[]*event.Document
	}{{flags.history, &in.History}, {flags.indicators, &in.Indicators}, {flags.anomalies, &in.Anomalies}} {
		if part.path == "" {
			continue
		}
		if *part.docs, err = a.readEvents(w, []string{part.path}); err != nil {
			return in, err
		}
	}
	if flags.anomalies != "" && len(args) == 0 {
		return in, nil
	}
	in.Events, err = a.readEvents(w, args)
	if r.Type == rule.TypeMachineLearning && flags.anomalies == "" {
		in.Anomalies, in.Events = in.Events, nil
	}
	return in, err
}

// observedInput adds what dynamic mapping makes of the input.
func observedInput(env detect.Environment, r *rule.Rule, in detect.Input) detect.Environment {
	if r.Type == rule.TypeMachineLearning {
		dynamic := field.NewDynamic(field.DataStream) // the anomaly indices map texts as keywords
		for _, doc := range in.Anomalies {
			filter.Observe(dynamic, doc)
		}
		env.Schema = env.Schema.Under(dynamic)
		return env
	}
	env.Schema = observed(env.Schema, env.Project.Indices(r), slices.Concat(in.Events, in.History))
	if env.Indicators != nil {
		env.Indicators = observed(env.Indicators, r.ThreatIndex, in.Indicators)
	}
	return env
}

// previewPlan is when a rule runs.
type previewPlan struct {
	runs    int
	end     time.Time
	anyTime bool
}

// maxRuns bounds a preview: a year of a rule that runs every five minutes.
const maxRuns = 110_000

// previewPlan tells when a rule runs; the newest is the time of the newest event.
func (a *app) previewPlan(r *rule.Rule, newest time.Time, flags previewFlags) (previewPlan, error) {
	plan := previewPlan{runs: 1, end: newest, anyTime: flags.from+flags.to == "" && flags.runs == 0}
	var err error
	if flags.to != "" {
		if plan.end, err = datemath.Parse(flags.to, a.Now(), datemath.Down); err != nil {
			return plan, usage("--to: %v", err)
		}
	}
	if flags.runs > 0 {
		plan.runs = flags.runs
	}
	if flags.from != "" {
		from, err := datemath.Parse(flags.from, a.Now(), datemath.Down)
		if err != nil {
			return plan, usage("--from: %v", err)
		}
		if !from.Before(plan.end) {
			return plan, usage("--from is not before the last run, which is at %s", plan.end.UTC().Format(time.RFC3339))
		}
		interval := detect.Interval(r)
		plan.runs = int((plan.end.Sub(from) + interval - 1) / interval)
	}
	if plan.runs > maxRuns {
		return plan, usage("that is %d runs of a rule that runs every %s: at most %d are previewed", plan.runs, r.IntervalOrDefault(), maxRuns)
	}
	return plan, nil
}

// newest is the time of the newest event, or the present when no event has one.
func (a *app) newest(in detect.Input) time.Time {
	var newest time.Time
	for _, docs := range [][]*event.Document{in.Events, in.Anomalies} {
		for _, doc := range docs {
			for _, path := range []string{"@timestamp", "timestamp"} {
				at, err := datemath.Parse(doc.First(path), time.Time{}, datemath.Down)
				if err == nil && at.After(newest) {
					newest = at
				}
			}
		}
	}
	if newest.IsZero() {
		return a.Now()
	}
	return newest
}

func (a *app) previewAll(w *workspace.Workspace, args []string, flags previewFlags) error {
	if len(args) > 1 {
		return usage("with --all the only argument is the file of events")
	}
	files, problems, err := w.Rules()
	if err != nil {
		return err
	}
	if err := a.complain(problems); err != nil {
		return err
	}
	if err := a.tellExceptions(w, rulesOf(files)...); err != nil {
		return err
	}
	in, err := a.previewInput(w, &rule.Rule{}, args, flags)
	if err != nil {
		return err
	}
	tables, err := a.lookups(w, flags.lookup)
	if err != nil {
		return err
	}
	all := &previewAll{app: a, tables: tables, newest: a.newest(in), workspace: w, in: in, flags: flags, layout: filter.NewLayout(), dynamic: map[field.Style]*field.Dynamic{}}
	rows, err := all.run(files)
	if err != nil {
		return err
	}
	if flags.json {
		return report.PreviewAllJSON(a.Out, rows, len(in.Events))
	}
	return report.PreviewAll(a.Out, rows, len(in.Events), a.reportStyle())
}

func rulesOf(files []*workspace.RuleFile) []*rule.Rule {
	rules := make([]*rule.Rule, len(files))
	for i, f := range files {
		rules[i] = f.Rule
	}
	return rules
}

// previewAll runs many rules over the same events.
type previewAll struct {
	*app
	workspace *workspace.Workspace
	in        detect.Input
	tables    map[string]*esql.Table
	newest    time.Time
	flags     previewFlags
	layout    *filter.Layout
	dynamic   map[field.Style]*field.Dynamic
}

// run compiles all rules for one layout, searches the events once for all of them, and lets each make its alerts.
func (p *previewAll) run(files []*workspace.RuleFile) ([]report.PreviewRow, error) {
	rows := make([]report.PreviewRow, len(files))
	var detectors []*detect.Detector
	var places []int
	plans := make([]previewPlan, len(files))
	for i, f := range files {
		rows[i].Rule, rows[i].Problems = f.Path, f.Problems
		if f.Rule == nil || f.Problems.HasErrors() {
			continue
		}
		rows[i].Name, rows[i].RuleID, rows[i].Type = f.Rule.Name, f.Rule.RuleID, f.Rule.Type.String()
		plan, err := p.previewPlan(f.Rule, p.newest, p.flags)
		if err != nil {
			return nil, err
		}
		d, problems, err := p.compile(f.Rule, plan)
		if err != nil {
			return nil, err
		}
		plans[i], rows[i].Problems = plan, append(rows[i].Problems, problems...)
		switch {
		case d == nil:
		case d.Undecided != "":
			rows[i].Undecided = d.Undecided
		case lacking(f.Rule, p.in) != "":
			rows[i].Undecided = lacking(f.Rule, p.in)
		default:
			detectors, places = append(detectors, d), append(places, i)
		}
	}
	found := detect.SearchAll(detectors, p.in.Events)
	workspace.Parallel(len(detectors), func(k int) {
		i, d := places[k], detectors[k]
		var total detect.Result
		for _, result := range d.Replay(found[k], p.in, detect.Instants(d.Rule, plans[i].runs, plans[i].end)) {
			total.Add(result)
		}
		rows[i].Result, rows[i].Undecided = total, total.Undecided
	})
	return rows, nil
}

func (p *previewAll) compile(r *rule.Rule, plan previewPlan) (*detect.Detector, diag.List, error) {
	env, err := p.workspace.Environment(r)
	if err != nil {
		return nil, nil, err
	}
	env.Schema = env.Schema.Under(p.observed(field.StyleFor(env.Project.Indices(r))))
	env.Layout, env.Now, env.AnyTime, env.Tables = p.layout, plan.end, plan.anyTime, p.tables
	d, problems := detect.Compile(r, env)
	return d, problems, nil
}

// observed is what dynamic mapping makes of the events, once for each style of index.
func (p *previewAll) observed(style field.Style) *field.Dynamic {
	if d, ok := p.dynamic[style]; ok {
		return d
	}
	d := field.NewDynamic(style)
	for _, doc := range p.in.Events {
		filter.Observe(d, doc)
	}
	p.dynamic[style] = d
	return d
}
