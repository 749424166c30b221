package detect

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/dsl"
	"github.com/tocsin-rules/tocsin/internal/lang/kql"
	"github.com/tocsin-rules/tocsin/internal/lang/lucene"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// search is the method of rules of type query and saved_query: one alert an event, the oldest first (Kibana searches in
// ascending order of time).
type search struct{}

func (search) find(p *pass) {
	sortByTime(p.found)
	if p.d.groups != nil {
		p.suppressBySearch()
		return
	}
	for _, h := range p.found {
		p.create(p.alert(h))
	}
}

// search compiles the query and the filters of a rule that searches single events.
func (c *compiler) search(d *Detector) {
	d.query = c.query(c.rule.QueryView(), c.rule.LanguageOrDefault(), c.Schema, c.builder)
	d.filters = c.filters(c.rule.Filters, c.Schema, c.builder, "filters")
}

// savedQuery takes query, language and filters of the saved query; without it, the rule's own query when it has one
// (Kibana).
func (c *compiler) savedQuery(d *Detector) {
	d.method = search{}
	saved, ok := c.Project.SavedQueries[c.rule.SavedID]
	switch {
	case ok:
		view := source.Whole(source.NewFile("the saved query "+c.rule.SavedID, saved.Query))
		d.query = c.query(view, saved.Language, c.Schema, c.builder)
		d.filters = c.filters(saved.Filters, c.Schema, c.builder, "saved_id")
	case c.rule.Query != "":
		c.search(d)
	default:
		d.Undecided = fmt.Sprintf("the rule runs the saved query %q, which tocsin.toml does not give: add [saved_query.%q] with its query",
			c.rule.SavedID, c.rule.SavedID)
	}
}

// query compiles a query in KQL or Lucene syntax; problems stand in its view.
func (c *compiler) query(view *source.View, language rule.Language, schema *field.Schema, builder *filter.Builder) filter.Node {
	if language == rule.Lucene {
		return c.lucene(view, schema, builder)
	}
	query, problem := kql.Parse(view.Text())
	if problem != nil {
		c.problems = append(c.problems, problem.In(view))
		return nil
	}
	node, problems := query.Compile(schema, builder)
	c.place(problems, view)
	return node
}

func (c *compiler) lucene(view *source.View, schema *field.Schema, builder *filter.Builder) filter.Node {
	query, problem := lucene.Parse(view.Text())
	if problem != nil {
		c.problems = append(c.problems, problem.In(view))
		return nil
	}
	node, problems := query.Compile(lucene.Options{Schema: schema, Builder: builder})
	c.place(problems, view)
	return node
}

func (c *compiler) place(problems []*diag.Problem, view *source.View) {
	for _, p := range problems {
		c.problems = append(c.problems, p.In(view))
	}
}

// filters compiles filters; an error stands at its value below the key of the rule's file. It is nil when there are none.
func (c *compiler) filters(list []map[string]any, schema *field.Schema, builder *filter.Builder, key string) filter.Node {
	if len(list) == 0 {
		return nil
	}
	node, err := dsl.CompileFilters(list, dsl.Options{Schema: schema, Builder: builder, QueryString: QueryString(schema)})
	if err == nil {
		return node
	}
	path := []string{"rule", key}
	var bad *dsl.Error
	if errors.As(err, &bad) {
		path = append(path, bad.Path...)
	}
	c.fail("rule-filter", "filter "+err.Error(), "", path...)
	return nil
}

// QueryString compiles the query_string queries of Query DSL, whose text is Lucene's syntax.
func QueryString(schema *field.Schema) func(string, []string, bool, *filter.Builder) (filter.Node, error) {
	return func(text string, fields []string, allRequired bool, b *filter.Builder) (filter.Node, error) {
		query, problem := lucene.Parse(text)
		if problem != nil {
			return nil, errors.New(problem.Message + " (at character " + strconv.Itoa(problem.Span.Start+1) + ")")
		}
		node, problems := query.Compile(lucene.Options{Schema: schema, Builder: b, Fields: fields, AllRequired: allRequired})
		if len(problems) > 0 {
			return nil, problems[0]
		}
		return node, nil
	}
}
