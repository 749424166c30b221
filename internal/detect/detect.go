// Package detect runs a rule over events the way Kibana's detection engine does, and gives the alerts.
//
// [Compile] turns a rule into a [Detector] for one set of fields; the detector is immutable and serves tests,
// explanations and previews alike. An event passes through phases (index pattern, time window, query, max_signals), and
// an [Explanation] names the phase at which it was dropped. What cannot be decided offline is said, with its reason:
// [Detector.Undecided].
package detect

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/eql"
	"github.com/tocsin-rules/tocsin/internal/lang/kql"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// Environment is what a rule is compiled for.
type Environment struct {
	// Schema knows the fields of the rule's indices.
	Schema *field.Schema
	// Layout is shared by all rules that run over the same records; nil makes one.
	Layout *filter.Layout
	// Now is the instant at which the rule runs, and what "now" stands for in dates.
	Now time.Time
	// AnyTime switches the window off: events of any time are searched.
	AnyTime bool
}

// Detector is a compiled rule. It is immutable and safe for concurrent use.
type Detector struct {
	// Rule is the rule that was compiled.
	Rule *rule.Rule
	// Undecided says why the rule's verdict cannot be known here; "" when it can.
	Undecided string

	layout  *filter.Layout
	indices indexPatterns
	window  *window
	// condition is the query of a rule that looks at single events; program is the query of an eql rule.
	condition filter.Node
	program   *eql.Program
	// filters are those of an eql rule, which apply to its events before they are matched.
	filters filter.Node
}

// Compile compiles a rule. The diagnostics are what Kibana or Elasticsearch would refuse, placed in the rule's file; the
// detector is nil when there is an error among them.
func Compile(r *rule.Rule, env Environment) (*Detector, diag.List) {
	if env.Layout == nil {
		env.Layout = filter.NewLayout()
	}
	d := &Detector{Rule: r, layout: env.Layout, indices: newIndexPatterns(r.Index), Undecided: undecided(r)}
	var problems diag.List
	d.window, problems = newWindow(r, env)
	problems = append(problems, d.compileQuery(env)...)
	problems = append(problems, compileThreatQuery(r, env)...)
	if problems.HasErrors() {
		return nil, problems
	}
	return d, problems
}

func (d *Detector) compileQuery(env Environment) (problems diag.List) {
	switch {
	case d.Rule.Type == rule.TypeEQL:
		d.program, problems = compileEQL(d.Rule, env)
		if d.program != nil {
			d.condition = d.program.Condition()
		}
		filters, more := compileFilters(d.Rule, env, &filter.Builder{Layout: env.Layout, Now: env.Now})
		d.filters, problems = filters, append(problems, more...)
	case searches(d.Rule):
		d.condition, problems = compileSearch(d.Rule, env)
	}
	return problems
}

// searches tells whether the rule has a query that is a condition on single events.
func searches(r *rule.Rule) bool {
	language := r.LanguageOrDefault()
	return r.Type != rule.TypeMachineLearning && (language == rule.KQL || language == rule.Lucene)
}

// undecided names what this evaluator does not know yet.
func undecided(r *rule.Rule) string {
	switch {
	case r.Type != rule.TypeQuery && r.Type != rule.TypeEQL:
		return fmt.Sprintf("rules of type %s are not evaluated yet", r.Type)
	}
	return ""
}

// compileThreatQuery only proves that the indicator query is sound; its fields are those of the indicator indices.
func compileThreatQuery(r *rule.Rule, env Environment) diag.List {
	if r.Type != rule.TypeThreatMatch || r.ThreatLanguage != rule.KQL && r.ThreatLanguage != "" {
		return nil
	}
	view := r.ThreatQueryView()
	query, problem := kql.Parse(view.Text())
	if problem != nil {
		return diag.List{problem.In(view)}
	}
	var list diag.List
	_, problems := query.Compile(env.Schema, &filter.Builder{Layout: filter.NewLayout(), Now: env.Now})
	for _, p := range problems {
		list = append(list, p.In(view))
	}
	return list
}

// Bind reads an event into the form that the detector's conditions see.
func (d *Detector) Bind(doc *event.Document) *filter.Record { return d.layout.Bind(doc) }

// Matches tells whether a record passes index pattern, window and query; of a sequence, whether it satisfies any step. It
// allocates nothing. It must not be called on an undecided detector.
func (d *Detector) Matches(r *filter.Record) bool {
	return d.indices.hold(r.Event.Index) && d.window.holds(r.Event) && d.passes(r) && d.satisfies(r)
}

// passes tells whether a record passes the filters of an eql rule; those of other rules are part of the condition.
func (d *Detector) passes(r *filter.Record) bool { return d.filters == nil || d.filters.Match(r) }

func (d *Detector) satisfies(r *filter.Record) bool {
	if d.condition != nil {
		return d.condition.Match(r)
	}
	return slices.ContainsFunc(d.program.Steps(), func(step filter.Node) bool { return step.Match(r) })
}

// Result is what one run of a rule gave.
type Result struct {
	Alerts []Alert
	// Warnings are what Kibana would note on the run.
	Warnings []string
}

// Alert is one alert of a run.
type Alert struct {
	// Event is the document that the alert is about; for a sequence, what all its events agree in.
	Event *event.Document
	// Blocks are the events of a sequence or sample, in order, each a building-block alert of its own; nil stands for
	// an event that had to be missing.
	Blocks []*event.Document
	rule   *rule.Rule
}

// Run runs the rule once over the events. It must not be called on an undecided detector.
func (d *Detector) Run(docs []*event.Document) Result {
	if d.program != nil {
		return d.runEQL(docs)
	}
	var matched []*event.Document
	record := &filter.Record{}
	for _, doc := range docs {
		d.layout.BindTo(record, doc)
		if d.Matches(record) {
			matched = append(matched, doc)
		}
	}
	return d.cap(matched)
}

// cap keeps the oldest events up to max_signals (Kibana: query rules search in ascending order of time).
func (d *Detector) cap(matched []*event.Document) Result {
	var result Result
	limit := d.Rule.MaxSignalsOrDefault()
	if len(matched) >= limit {
		sortByTime(matched, d.Rule.TimestampOverride)
		matched = matched[:limit]
		result.Warnings = append(result.Warnings, fmt.Sprintf("max_signals of %d was reached: further matching events make no alerts", limit))
	}
	for _, doc := range matched {
		result.Alerts = append(result.Alerts, Alert{Event: doc, rule: d.Rule})
	}
	return result
}

// Get gives the texts of a field of the alert: what Kibana adds under kibana.alert, and the event's own fields below it.
func (a Alert) Get(path string) []string {
	switch path {
	case "kibana.alert.rule.name":
		return []string{a.rule.Name}
	case "kibana.alert.rule.rule_id":
		return []string{a.rule.RuleID}
	case "kibana.alert.rule.type":
		return []string{a.rule.Type.String()}
	case "kibana.alert.severity":
		return []string{a.rule.Severity.String()}
	case "kibana.alert.risk_score":
		return []string{fmt.Sprint(a.rule.RiskScore)}
	}
	var texts []string
	for _, s := range a.Event.Get(path) {
		texts = append(texts, s.Text)
	}
	return texts
}
