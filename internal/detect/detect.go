// Package detect runs a rule over events the way Kibana's detection engine does, and gives the alerts.
//
// [Compile] turns a rule into a [Detector] for one set of fields; the detector is immutable and serves tests,
// explanations, previews and the sandbox alike. [Detector.Run] is one run of the rule: it searches the rule's window, hands
// the events to the rule's type (one file a type, each a [method]) and writes the alerts, without doubles, suppressed and
// capped as Kibana does it. A [State] carries from one run to the next what Kibana keeps between runs; [Replay] runs a rule
// several times over one history.
//
// An event passes through phases (index pattern, time window, filters, query, exceptions, suppression, max_signals), and an
// [Explanation] names the phase at which it was dropped. What cannot be decided offline is said, with its reason:
// [Detector.Undecided] for a rule, [Result.Undecided] for a run.
package detect

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/exception"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/eql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// Environment is what a rule is compiled for.
type Environment struct {
	// Schema knows the fields of the rule's indices.
	Schema *field.Schema
	// Indicators knows the fields of an indicator match rule's threat indices; nil is Schema.
	Indicators *field.Schema
	// Layout is shared by all rules that run over the same records; nil makes one.
	Layout *filter.Layout
	// Now is the instant at which the rule runs, and what "now" stands for in dates.
	Now time.Time
	// AnyTime switches the window off: events of any time are searched.
	AnyTime bool
	// Exceptions are the exception lists that hold for the rule; ValueList gives the value lists that they name.
	Exceptions []*exception.List
	ValueList  func(id string) (*exception.ValueList, bool)
	// Project is what the repository says beside the rule.
	Project Project
	// Regexps compiles the regular expressions that rules share; nil makes one for the rule.
	Regexps *match.Regexps
	// Tables are the lookup indices and enrich policies of an ES|QL query, by name; Supplied are values of columns that only
	// a cluster could compute, such as COMPLETION's answer, by the column.
	Tables   map[string]*esql.Table
	Supplied map[string]string
}

// Project is what a repository says that rules refer to.
type Project struct {
	// DataViews are the index patterns of data views, by id.
	DataViews map[string][]string
	// SavedQueries are the queries that saved_query rules name, by id.
	SavedQueries map[string]SavedQuery
	// Stack is the version of the stack that the alerts' kibana.version tells; "" is [DefaultStack].
	Stack string
}

// DefaultStack is the version of the stack for projects that name none.
const DefaultStack = "9.2.0"

// SavedQuery is a query that is saved in Kibana.
type SavedQuery struct {
	Query    string
	Language rule.Language
	Filters  []map[string]any
}

// Detector is a compiled rule. It is immutable and safe for concurrent use.
type Detector struct {
	// Rule is the rule that was compiled.
	Rule *rule.Rule
	// Undecided says why the rule's verdict cannot be known here; "" when it can.
	Undecided string

	env     Environment
	layout  *filter.Layout
	indices indexPatterns
	window  *window
	times   timestamps
	// query is the condition on single events; nil for rules without one. Of a sequence it is "any step".
	query filter.Node
	// filters are the rule's filters; nil when there are none.
	filters filter.Node
	// program is the query of an eql rule.
	program *eql.Program
	// method is what the rule's type makes of the events that were found.
	method method
	// groups reads the fields that alerts are suppressed by; nil without suppression.
	groups *grouping
	// exceptions take events out of what the search finds.
	exceptions *exception.Set
	shapes     *shape
	// categories are those of which an event must have one to satisfy the rule; nil when it may have any.
	categories []string
}

// method is how a rule type makes alerts of events.
type method interface {
	// find creates the alerts of one window.
	find(p *pass)
}

// Compile compiles a rule. The diagnostics are what Kibana or Elasticsearch would refuse, placed in the rule's file; the
// detector is nil when there is an error among them.
func Compile(r *rule.Rule, env Environment) (*Detector, diag.List) {
	if env.Layout == nil {
		env.Layout = filter.NewLayout()
	}
	if env.Indicators == nil {
		env.Indicators = env.Schema
	}
	if env.Regexps == nil {
		env.Regexps = match.NewRegexps()
	}
	c := &compiler{Environment: env, rule: r, builder: &filter.Builder{Layout: env.Layout, Now: env.Now}}
	d := c.detector()
	if c.problems.HasErrors() {
		return nil, c.problems
	}
	return d, c.problems
}

// compiler compiles one rule and collects its problems.
type compiler struct {
	Environment
	rule     *rule.Rule
	builder  *filter.Builder
	problems diag.List
	// columns are the types of the columns that an ES|QL query gives.
	columns map[string]field.Type
}

// fail reports a problem at a place of the rule's file.
func (c *compiler) fail(name, message, help string, path ...string) {
	c.problems = append(c.problems, diag.Diagnostic{
		Name: name, Severity: diag.Error, Message: message, Help: help, Subject: c.rule.Place(path...),
	})
}

func (c *compiler) detector() *Detector {
	d := &Detector{Rule: c.rule, env: c.Environment, layout: c.Layout, shapes: &shape{}}
	d.indices = c.indices(d)
	d.window, d.times = c.window(), c.timestamps()
	c.method(d)
	d.groups = c.suppression()
	exceptions, problems := c.exceptions(c.Schema, c.builder)
	d.exceptions, c.problems = exceptions, append(c.problems, problems...)
	d.categories, _ = filter.Required(&filter.And{Nodes: slices.DeleteFunc([]filter.Node{d.query, d.filters}, isNone)}, category)
	return d
}

// indices are the patterns that the rule searches. A data view wins over index (Kibana).
func (c *compiler) indices(d *Detector) indexPatterns {
	if c.rule.DataViewID == "" {
		return newIndexPatterns(c.rule.Index)
	}
	patterns, ok := c.Project.DataViews[c.rule.DataViewID]
	if !ok {
		d.Undecided = fmt.Sprintf("the rule searches the data view %q, which tocsin.toml does not give: add [data_view.%q] with its index patterns",
			c.rule.DataViewID, c.rule.DataViewID)
	}
	return newIndexPatterns(patterns)
}

// Indices are the index patterns that a rule searches in a project: those of its data view when it names one, those that
// its query reads when that is ES|QL.
func (p Project) Indices(r *rule.Rule) []string {
	if r.Type == rule.TypeESQL {
		query, problem := esql.Parse(r.Query)
		if problem != nil {
			return nil
		}
		return query.Sources()
	}
	if r.DataViewID != "" {
		return p.DataViews[r.DataViewID]
	}
	return r.Index
}

// method compiles what is of the rule's type.
func (c *compiler) method(d *Detector) {
	switch c.rule.Type {
	case rule.TypeEQL:
		c.eql(d)
	case rule.TypeSavedQuery:
		c.savedQuery(d)
	case rule.TypeThreshold:
		c.search(d)
		d.method = c.threshold()
	case rule.TypeNewTerms:
		c.search(d)
		d.method = c.newTerms()
	case rule.TypeThreatMatch:
		c.search(d)
		d.method = c.threatMatch()
	case rule.TypeMachineLearning:
		d.method = c.machineLearning()
	case rule.TypeESQL:
		c.esql(d)
	case rule.TypeQuery:
		c.search(d)
		d.method = search{}
	default:
		d.Undecided = fmt.Sprintf("there are no rules of type %q", c.rule.Type)
	}
}

func isNone(n filter.Node) bool { return n == nil }

// Bind reads an event into the form that the detector's conditions see.
func (d *Detector) Bind(doc *event.Document) *filter.Record { return d.layout.Bind(doc) }

// Matches tells whether a record passes index pattern, window, filters and query; of a sequence, whether it
// satisfies any step. It allocates nothing. It must not be called on an undecided detector.
func (d *Detector) Matches(r *filter.Record) bool {
	return d.indices.hold(r.Event.Index) && d.window.holds(r.Event) && d.satisfies(r)
}

// satisfies tells whether a record passes filters and query.
func (d *Detector) satisfies(r *filter.Record) bool { return d.passes(r) && holds(d.query, r) }

func (d *Detector) passes(r *filter.Record) bool { return holds(d.filters, r) }

// holds tells whether a record satisfies a condition; none is satisfied by all.
func holds(n filter.Node, r *filter.Record) bool { return n == nil || n.Match(r) }

// At gives the detector for another instant. The rule is compiled anew only if a query of it speaks of now.
func (d *Detector) At(now time.Time) *Detector {
	env := d.env
	if now.Equal(env.Now) {
		return d
	}
	env.Now = now
	if d.speaksOfNow() {
		if again, problems := Compile(d.Rule, env); !problems.HasErrors() {
			return again
		}
	}
	moved := *d
	moved.env = env
	c := &compiler{Environment: env, rule: d.Rule}
	moved.window = c.window()
	return &moved
}

// speaksOfNow tells whether the meaning of a query may depend on the time of the run.
func (d *Detector) speaksOfNow() bool {
	saved := d.env.Project.SavedQueries[d.Rule.SavedID]
	return d.Rule.Type == rule.TypeESQL || mentionsNow(d.Rule.Query) || mentionsNow(d.Rule.ThreatQuery) || mentionsNow(saved.Query) ||
		mentionsNow(d.Rule.Filters) || mentionsNow(d.Rule.ThreatFilters) || mentionsNow(saved.Filters) || expire(d.env.Exceptions)
}

// mentionsNow tells whether the word "now" stands anywhere in the texts of a value.
func mentionsNow(v any) bool {
	switch v := v.(type) {
	case string:
		return hasNow(strings.ToLower(v))
	case map[string]any:
		for _, value := range v {
			if mentionsNow(value) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, mentionsNow)
	case []map[string]any:
		return slices.ContainsFunc(v, func(table map[string]any) bool { return mentionsNow(table) })
	}
	return false
}

// hasNow finds the word with no letter around it.
func hasNow(text string) bool {
	const word = "now"
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		from += i + len(word)
		before := from > len(word) && isLetter(text[from-len(word)-1])
		if !before && (from == len(text) || !isLetter(text[from])) {
			return true
		}
	}
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c == '_' || c >= 0x80 }
