package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/detect"
	"github.com/tocsin-rules/tocsin/internal/elastic"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/kibana"
	"github.com/tocsin-rules/tocsin/internal/parity"
	"github.com/tocsin-rules/tocsin/internal/report"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

// remotePreview is a preview by Kibana.
type remotePreview struct {
	*app
	workspace     *workspace.Workspace
	rule          *rule.Rule
	flags         previewFlags
	kibana        *kibana.Client
	elasticsearch *elastic.Client
}

// previewRemote lets Kibana's preview run a rule: over what its Elasticsearch holds, or over events of a file, which are put
// into an index of their own for that time.
func (a *app) previewRemote(ctx context.Context, w *workspace.Workspace, args []string, flags previewFlags) error {
	r, err := a.oneRule(w, args[0])
	if err != nil {
		return err
	}
	p := &remotePreview{app: a, workspace: w, rule: r, flags: flags}
	if p.kibana, err = a.connect(w, flags.target); err != nil {
		return err
	}
	if p.elasticsearch, err = a.elasticsearch(w, flags.target, ""); err != nil {
		return err
	}
	if p.elasticsearch == nil {
		return usage("the alerts of a preview are in Elasticsearch, and none is named: state elasticsearch_url in [environment.NAME], or set TOCSIN_ELASTICSEARCH_URL")
	}
	if flags.compare || len(args) > 1 {
		return p.overEvents(ctx, args[1:])
	}
	plan, err := a.previewPlan(r, a.Now(), flags)
	if err != nil {
		return err
	}
	out, err := p.ask(ctx, r.EncodeAPI(), plan)
	if err != nil {
		return err
	}
	return p.tell(out, out.Failed())
}

// overEvents runs the rule over the events of a file, there and, to compare, here.
func (p *remotePreview) overEvents(ctx context.Context, args []string) error {
	if err := p.movable(); err != nil {
		return err
	}
	in, err := p.previewInput(p.workspace, p.rule, args, p.flags)
	if err != nil {
		return err
	}
	plan, err := p.previewPlan(p.rule, p.newest(in), p.flags)
	if err != nil {
		return err
	}
	env, err := p.workspace.Environment(p.rule)
	if err != nil {
		return err
	}
	in.Events = named(in.Events)
	env = observedInput(env, p.rule, in)
	d, results, problems := detect.Preview(p.rule, env, in, plan.runs, plan.end)
	if problems.HasErrors() {
		return p.refuse(problems)
	}
	here := report.PreviewOf(p.rule, d, in, results)
	out, err := p.inScratch(ctx, env.Schema, searched(in.Events, here), plan)
	if err != nil {
		return err
	}
	if p.flags.compare {
		p.compare(&out, here)
	}
	return p.tell(out, out.Failed())
}

// movable refuses a rule whose events cannot be put into an index of their own.
func (p *remotePreview) movable() error {
	switch p.rule.Type {
	case rule.TypeESQL:
		return usage("an esql rule names its indices in its query, so its events cannot stand in another one: give --remote without events")
	case rule.TypeMachineLearning, rule.TypeThreatMatch:
		return usage("a rule of type %s reads more than events, which cannot be moved: give --remote without events", p.rule.Type)
	}
	if len(p.flags.history) > 0 {
		return usage("--history is for a preview on this machine: on the server put the earlier events into the file of events")
	}
	return nil
}

// named gives each event an id, so that alerts can tell which they come from.
func named(docs []*event.Document) []*event.Document {
	out := make([]*event.Document, len(docs))
	for i, doc := range docs {
		copied := *doc
		if copied.ID == "" {
			copied.ID = doc.Name(i)
		}
		out[i] = &copied
	}
	return out
}

// searched are the events that the rule looks at: those that its index patterns hold. A rule that is undecided looks at all.
func searched(docs []*event.Document, here report.PreviewResult) []*event.Document {
	if len(here.Fates) != len(docs) {
		return docs
	}
	var kept []*event.Document
	for i, doc := range docs {
		if here.Fates[i] != detect.PhaseIndex {
			kept = append(kept, doc)
		}
	}
	return kept
}

// inScratch puts events into a new index, lets Kibana run the rule over it, and deletes the index again.
func (p *remotePreview) inScratch(ctx context.Context, schema *field.Schema, docs []*event.Document, plan previewPlan) (out report.RemotePreview, err error) {
	index := "tocsin-preview-" + newUUID()
	if err := p.elasticsearch.MakeIndex(ctx, index, mappingOf(schema)); err != nil {
		return out, unreachable(err)
	}
	defer func() {
		// An interrupted run must leave nothing behind either.
		after, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if gone := p.elasticsearch.DeleteIndex(after, index); gone != nil && err == nil {
			err = unreachable(fmt.Errorf("the index %s was left behind: %w", index, gone))
		}
	}()
	var sources []elastic.Document
	for _, doc := range docs {
		source, err := doc.Source()
		if err != nil {
			return out, err
		}
		sources = append(sources, elastic.Document{ID: doc.ID, Source: source})
	}
	if err := p.elasticsearch.Fill(ctx, index, sources); err != nil {
		return out, unreachable(err)
	}
	body := p.rule.EncodeAPI()
	body["index"] = []any{index}
	delete(body, "data_view_id")
	return p.ask(ctx, body, plan)
}

// mappingOf makes a mapping of all that is known of fields, so that Elasticsearch takes the events as they are taken here.
func mappingOf(schema *field.Schema) map[string]map[string]any {
	mapping := map[string]map[string]any{}
	names := schema.Names()
	slices.Sort(names) // A field stands before what is below it.
	for _, name := range names {
		m, ok := schema.Lookup(name)
		if !ok || m.Type == field.Object || m.Leaf {
			continue
		}
		options := map[string]any{"type": m.Type.String()}
		if m.Type == field.ScaledFloat {
			options["type"] = "double" // Whose scale is not known here.
		}
		if m.IgnoreAbove > 0 {
			options["ignore_above"] = m.IgnoreAbove
		}
		parent, isMulti := mapping[m.Path]
		switch {
		case m.Path != name && isMulti:
			fields, _ := parent["fields"].(map[string]any)
			if fields == nil {
				fields = map[string]any{}
				parent["fields"] = fields
			}
			fields[strings.TrimPrefix(name, m.Path+".")] = options
		case m.Path == name && !below(mapping, name):
			mapping[name] = options
		}
	}
	return mapping
}

// below tells whether a field stands below another one that holds values itself.
func below(mapping map[string]map[string]any, name string) bool {
	for i := strings.LastIndexByte(name, '.'); i > 0; i = strings.LastIndexByte(name[:i], '.') {
		if outer, ok := mapping[name[:i]]; ok && outer["type"] != "nested" {
			return true
		}
	}
	return false
}

// ask lets Kibana run the rule and reads the alerts. Actions are not run by a preview, and need not be there for one.
func (p *remotePreview) ask(ctx context.Context, body map[string]any, plan previewPlan) (report.RemotePreview, error) {
	body = maps.Clone(body)
	for _, name := range []string{"actions", "response_actions", "throttle"} {
		delete(body, name)
	}
	out := report.RemotePreview{Rule: p.rule.Name, Kibana: p.kibana.Address(), Runs: plan.runs, End: plan.end.UTC(), Alerts: []map[string]any{}}
	done, err := p.kibana.Preview(ctx, body, plan.runs, plan.end)
	if err != nil {
		return out, unreachable(err)
	}
	out.Errors, out.Warnings, out.Aborted = done.Errors, done.Warnings, done.Aborted
	if done.ID == "" {
		return out, nil
	}
	index := ".preview.alerts-security.alerts-" + p.kibana.Space()
	found, err := p.elasticsearch.Find(ctx, index, "kibana.alert.rule.uuid", done.ID)
	if err != nil {
		return out, unreachable(err)
	}
	for _, d := range found {
		out.Alerts = append(out.Alerts, d.Source)
	}
	return out, nil
}

// compare holds the alerts of Kibana against those of this machine.
func (p *remotePreview) compare(out *report.RemotePreview, here report.PreviewResult) {
	if here.Undecided != "" {
		out.Undecided = here.Undecided
		return
	}
	var mine []map[string]any
	for _, a := range here.Total.Alerts {
		for _, one := range a.Documents() {
			mine = append(mine, one.Document())
		}
	}
	c := parity.Compare(mine, out.Alerts)
	out.Comparison = &c
}

// tell writes the outcome. A run that failed, or verdicts that differ, are findings.
func (p *remotePreview) tell(out report.RemotePreview, failed bool) error {
	var err error
	if p.flags.json {
		err = report.RemotePreviewJSON(p.Out, out)
	} else {
		err = report.Remote(p.Out, out, p.reportStyle())
	}
	if err == nil && failed {
		err = findings()
	}
	return err
}
