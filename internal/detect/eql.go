package detect

import (
	"fmt"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/eql"
)

// correlation is the method of eql rules.
type correlation struct{ program *eql.Program }

// eql compiles the query of an eql rule. Fields that nobody declares are taken for mapped ones without values:
// whether an integration maps them is not known here.
func (c *compiler) eql(d *Detector) {
	view := c.rule.QueryView()
	d.filters = c.filters(c.rule.Filters, c.Schema, c.builder, "filters")
	query, problem := eql.Parse(view.Text())
	if problem != nil {
		c.problems = append(c.problems, problem.In(view))
		return
	}
	program, problems := query.Compile(eql.Options{
		Schema: c.Schema, Builder: c.builder, AssumeMapped: true,
		CategoryField: c.rule.EventCategoryOverride, TimestampField: c.rule.TimestampField, TiebreakerField: c.rule.TiebreakerField,
	})
	c.place(problems, view)
	if program == nil {
		return
	}
	d.program, d.method = program, correlation{program}
	if d.query = program.Condition(); d.query == nil {
		d.query = filter.NewOr(program.Conditions(), filter.Clause{Label: "any step"})
	}
}

// find runs the query over the events of the window. Past max_signals the newest survive: Kibana sends max_signals as the
// size, and EQL's results are the tail by default; a run that reaches it warns even if nothing was cut.
func (m correlation) find(p *pass) {
	docs := make([]*event.Document, len(p.found))
	for i, h := range p.found {
		docs[i] = h.doc
	}
	found := m.program.Run(docs)
	var alerts []*Alert
	for _, i := range found.Events {
		alerts = append(alerts, p.alert(p.found[i]))
	}
	for _, match := range found.Sequences {
		alerts = append(alerts, p.shell(docs, match))
	}
	size := p.limit
	if p.d.groups != nil {
		size *= suppressionFactor
	}
	if len(alerts) >= p.limit {
		p.warn(fmt.Sprintf("max_signals of %d was reached: older matches make no alerts", p.limit))
	}
	if cut := len(alerts) - size; cut > 0 {
		for _, a := range alerts[:cut] {
			p.result.Capped = append(p.result.Capped, a.Events...)
		}
		alerts = alerts[cut:]
	}
	if p.d.groups != nil {
		p.suppressInMemory(alerts)
		return
	}
	for _, a := range alerts {
		p.create(a)
	}
}

// shell makes the alerts of a sequence or sample: one building block for each event, and the shell, whose source is what all
// events agree in. The rule's overrides hold for neither (Kibana).
func (p *pass) shell(docs []*event.Document, m eql.Match) *Alert {
	shell := p.empty()
	parts := []string{p.d.ruleUUID()}
	for _, i := range m.Events {
		if i < 0 {
			shell.Blocks = append(shell.Blocks, nil)
			continue
		}
		block := p.bare(docs[i])
		shell.Blocks = append(shell.Blocks, block)
		shell.Events = append(shell.Events, docs[i])
		for _, parent := range block.parents {
			parts = append(parts, parent.id, parent.index)
		}
		shell.parents = append(shell.parents, block.parents...)
		shell.depth = max(shell.depth, block.depth)
	}
	shell.Event = common(shell.Events)
	shell.original = formatTime(p.d.env.Now) // Kibana: that of the first building block, which is the time of the run
	shell.depth++
	group := hash(parts...)
	shell.ID = group
	shell.set("group.id", group)
	position := 0
	for _, block := range shell.Blocks {
		if block == nil {
			continue
		}
		block.ID = hash(group, "block", fmt.Sprint(position))
		block.set("building_block_type", "default")
		block.set("group.id", group)
		block.set("group.index", position)
		position++
	}
	return shell
}

// Joins tells whether an alert of the rule is made of several events: a sequence or sample.
func (d *Detector) Joins() bool { return d.program != nil && d.program.Kind != eql.Events }

// explainSteps explains an event against every step of a sequence or sample.
func (d *Detector) explainSteps(record *filter.Record) *filter.Trace {
	trace := &filter.Trace{Op: filter.OpOr, Clause: filter.Clause{Label: "any step"}}
	for i, step := range d.program.Steps() {
		one := filter.Explain(step, record)
		one.Clause.Label = fmt.Sprintf("step %d: %s", i+1, one.Clause.Label)
		trace.Children = append(trace.Children, one)
		trace.Matched = trace.Matched || one.Matched
	}
	return trace
}

// Attempts tells, for a sequence rule, how far sequences came and what stopped them, one sentence each, and for an esql
// rule what each command made of the rows, with the warnings of the run; nothing for other rules.
func (d *Detector) Attempts(docs []*event.Document) (lines, warnings []string) {
	if m, ok := d.method.(*pipeline); ok {
		return m.attempts(d, docs)
	}
	if d.program == nil || d.program.Kind != eql.Sequence {
		return nil, nil
	}
	for _, a := range d.program.Explain(docs) {
		var names []string
		for _, i := range a.Events {
			names = append(names, docs[i].Name(i))
		}
		text := fmt.Sprintf("reached %d of %d steps", a.Reached, a.Steps)
		if len(names) > 0 {
			text += " with " + strings.Join(names, ", ")
		}
		if a.Complete {
			lines = append(lines, text+": complete")
			continue
		}
		lines = append(lines, text+": "+a.Reason)
	}
	return lines, nil
}
