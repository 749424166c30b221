package detect

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/function"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/run"
	"github.com/tocsin-rules/tocsin/internal/lang/kql"
)

// stepLimit bounds the steps of a regular expression that tracks back, for one value.
const stepLimit = 1_000_000

// ESQLFunctions is what the functions of ES|QL know of the world at an instant: with it KQL() and QSTR() are those of the
// project.
func ESQLFunctions(now time.Time) *function.Environment {
	return &function.Environment{
		Now: now, StepLimit: stepLimit,
		KQL: func(text string, schema *field.Schema, b *filter.Builder) (filter.Node, error) {
			query, problem := kql.Parse(text)
			if problem != nil {
				return nil, errors.New(problem.Message)
			}
			node, problems := query.Compile(schema, b)
			if node == nil {
				return nil, errors.New(problems[0].Message)
			}
			return node, nil
		},
		QueryString: func(text string, fields []string, allRequired bool, schema *field.Schema, b *filter.Builder) (filter.Node, error) {
			return QueryString(schema)(text, fields, allRequired, b)
		},
	}
}

// ESQLOptions are what a query is checked for at an instant. Fields that nobody declares are taken for mapped ones without
// values: whether an integration maps them is not known here.
func ESQLOptions(schema *field.Schema, b *filter.Builder) esql.Options {
	return esql.Options{
		Schema: schema, Functions: function.NewRegistry(function.All()), Env: ESQLFunctions(b.Now), Builder: b,
		Fields: schema.Occurring,
	}
}

// InIndex tells whether a document is one of an index that the patterns of a FROM name.
func InIndex(patterns []string, doc *event.Document) bool {
	return newIndexPatterns(patterns).hold(doc.Index)
}

// pipeline is the method of esql rules.
type pipeline struct{ program *run.Program }

// esql compiles the query of an esql rule.
func (c *compiler) esql(d *Detector) {
	view := c.rule.QueryView()
	query, problem := esql.Parse(view.Text())
	if problem != nil {
		c.problems = append(c.problems, problem.In(view))
		return
	}
	if c.Project.hasDocumentIDs() && !query.Aggregating() {
		query = query.WithDocumentID()
	}
	options := ESQLOptions(c.Schema, c.builder)
	options.Env.Regexps = c.Regexps
	options.AssumeMapped, options.Tables, options.Supplied = true, c.Tables, map[string]bool{}
	for name := range c.Supplied {
		options.Supplied[name] = true
	}
	plan, problems := query.Check(options)
	c.place(problems, view)
	if plan == nil {
		return
	}
	c.columns = columnTypes(plan)
	d.Undecided, d.indices = plan.Undecided, newIndexPatterns(query.Sources())
	if plan.Undecided == "" {
		d.method = &pipeline{run.Compile(plan, run.Options{Layout: c.builder.Layout, Env: options.Env})}
	}
}

// hasDocumentIDs tells whether the stack runs ES|QL rules with the ids of their documents although the query does not ask for them:
// from 9.4 on.
func (p Project) hasDocumentIDs() bool {
	major, rest, _ := strings.Cut(p.Stack, ".")
	minor, _, _ := strings.Cut(rest, ".")
	return whole(major) > 9 || whole(major) == 9 && whole(minor) >= 4
}

// columnTypes are the field types of the columns that a query gives.
func columnTypes(plan *esql.Plan) map[string]field.Type {
	types := map[string]field.Type{}
	for _, c := range plan.Output {
		kind, err := field.ParseType(c.Type.String())
		if err != nil {
			kind = field.Keyword
		}
		types[c.Name] = kind
	}
	return types
}

// find runs the query over the events of the window: exceptions have taken out source documents before. Every row makes
// an alert, in the order of the rows.
func (m *pipeline) find(p *pass) {
	result := m.program.Run(m.input(p.d, p.found, p.state))
	for _, warning := range result.Warnings {
		p.warn(warning)
	}
	alerts := make([]*Alert, result.Rows.Rows)
	for row := range alerts {
		alerts[row] = m.alert(p, result, row)
	}
	if p.d.groups != nil {
		p.suppressInMemory(alerts)
		return
	}
	for _, a := range alerts {
		p.create(a)
	}
}

func (m *pipeline) input(d *Detector, hits []hit, state *State) run.Input {
	in := run.Input{In: InIndex, ID: state.names.id, Supplied: d.env.Supplied}
	for _, h := range hits {
		in.Docs = append(in.Docs, h.doc)
	}
	return in
}

// alert makes the alert of a row. When the query does not aggregate and keeps _id, the source is the row's document with
// the row's columns over its fields; else it is the row alone (Kibana).
func (m *pipeline) alert(p *pass, result *run.Result, row int) *Alert {
	source := map[string]any{}
	var expanded []string
	merges := false
	for i, c := range result.Columns {
		values := result.Rows.Columns[i]
		merges = merges || c.Name == "_id" && !values.IsNull(row)
		if slices.Contains(m.program.Plan.Expanded, c.Slot) {
			expanded = append(expanded, fmt.Sprint(values.JSON(row)))
		}
		if !metadata(c.Name) && !values.IsNull(row) && c.Type != column.Source {
			source[c.Name] = values.JSON(row)
		}
	}
	if merges && !m.program.Plan.Aggregating && result.Rows.Docs != nil && result.Rows.Docs[row] != nil {
		doc := result.Rows.Docs[row]
		a := p.bare(doc)
		a.ID = hash("esql", p.state.names.id(doc), doc.Index, space+":"+p.d.ruleUUID(), strings.Join(expanded, "\x01"))
		a.Event = overlaid(doc, source)
		a.override()
		return a
	}
	a := p.empty()
	// Kibana: the id of a row is its number in a run, so that no later run knows it.
	id := hash("esql", fmt.Sprint(p.window), formatTime(p.d.env.Now), p.d.Rule.Query, space+":"+p.d.ruleUUID(), fmt.Sprint(row))
	a.ID, a.Event = id, synthetic(source)
	a.original = a.Event.First(timestamp)
	a.parents = []ancestor{{id: id, kind: "event"}}
	a.override()
	return a
}

// metadata tells whether a column is a metadata field, which is no field of an alert.
func metadata(name string) bool {
	return slices.Contains([]string{"_id", "_index", "_version", "_source", "_score", "_ignored", "_index_mode", "_fork"}, name)
}

// overlaid is a document with columns over its fields.
func overlaid(doc *event.Document, columns map[string]any) *event.Document {
	tree, err := doc.Source()
	if err != nil {
		return doc // it was decoded once already
	}
	for name := range columns {
		without(tree, name)
	}
	maps.Copy(tree, columns)
	out := synthetic(tree)
	out.ID, out.Index, out.Line = doc.ID, doc.Index, doc.Line
	return out
}

// without takes a field out of a tree, however its name is divided into keys.
func without(tree map[string]any, name string) {
	delete(tree, name)
	for i := range len(name) {
		if name[i] != '.' {
			continue
		}
		switch inner := tree[name[:i]].(type) {
		case map[string]any:
			without(inner, name[i+1:])
		case []any:
			for _, item := range inner {
				if object, ok := item.(map[string]any); ok {
					without(object, name[i+1:])
				}
			}
		}
	}
}

// until is the command that the explanation of one event comes to, because it sets several events beside each other; "" when there is none.
func (m *pipeline) until() string {
	for _, step := range m.program.Plan.Steps {
		if aggregate, ok := step.(*esql.Aggregate); ok {
			return aggregate.Command().Keyword()
		}
	}
	return ""
}

// explainRow explains one event of an esql rule: the conditions that it meets until it is dropped, or until rows stand for
// groups.
func (m *pipeline) explainRow(d *Detector, doc *event.Document) *filter.Trace {
	trace := m.program.Conditions(m.input(d, []hit{{doc: doc}}, NewState()))
	if trace == nil {
		return &filter.Trace{Op: filter.OpConstant, Matched: true}
	}
	return trace
}

// attempts tells what became of the rows, command by command, and the warnings of the run.
func (m *pipeline) attempts(d *Detector, docs []*event.Document) (lines, warnings []string) {
	var hits []hit
	for _, doc := range docs {
		if d.indices.hold(doc.Index) && d.window.holds(doc) && excepting(d.exceptions, d.layout.Bind(doc)) == nil {
			hits = append(hits, hit{doc: doc})
		}
	}
	trace := m.program.Trace(m.input(d, hits, NewState()))
	return trace.Lines(), trace.Result.Warnings
}
