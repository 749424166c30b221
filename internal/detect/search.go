package detect

import (
	"errors"
	"strconv"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/dsl"
	"github.com/tocsin-rules/tocsin/internal/lang/kql"
	"github.com/tocsin-rules/tocsin/internal/lang/lucene"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// compileSearch compiles the query of a rule that searches single events, and its filters.
func compileSearch(r *rule.Rule, env Environment) (filter.Node, diag.List) {
	builder := &filter.Builder{Layout: env.Layout, Now: env.Now}
	var node filter.Node
	var problems diag.List
	if r.LanguageOrDefault() == rule.Lucene {
		node, problems = compileLucene(r, env, builder)
	} else {
		node, problems = compileKQL(r, env, builder)
	}
	filters, more := compileFilters(r, env, builder)
	problems = append(problems, more...)
	if filters == nil || node == nil {
		return node, problems
	}
	return &filter.And{Nodes: []filter.Node{node, filters}, Source: filter.Clause{Label: "query and filters"}}, problems
}

func compileKQL(r *rule.Rule, env Environment, builder *filter.Builder) (filter.Node, diag.List) {
	view := r.QueryView()
	query, problem := kql.Parse(view.Text())
	if problem != nil {
		return nil, diag.List{problem.In(view)}
	}
	node, problems := query.Compile(env.Schema, builder)
	return node, place(problems, r)
}

func compileLucene(r *rule.Rule, env Environment, builder *filter.Builder) (filter.Node, diag.List) {
	view := r.QueryView()
	query, problem := lucene.Parse(view.Text())
	if problem != nil {
		return nil, diag.List{problem.In(view)}
	}
	node, problems := query.Compile(lucene.Options{Schema: env.Schema, Builder: builder})
	return node, place(problems, r)
}

func place(problems []*diag.Problem, r *rule.Rule) diag.List {
	var list diag.List
	for _, p := range problems {
		list = append(list, p.In(r.QueryView()))
	}
	return list
}

// compileFilters compiles the rule's filters; an error stands at its value in the file.
func compileFilters(r *rule.Rule, env Environment, builder *filter.Builder) (filter.Node, diag.List) {
	if len(r.Filters) == 0 {
		return nil, nil
	}
	node, err := dsl.CompileFilters(r.Filters, dsl.Options{Schema: env.Schema, Builder: builder, QueryString: QueryString(env.Schema)})
	if err == nil {
		return node, nil
	}
	path := []string{"rule", "filters"}
	var bad *dsl.Error
	if errors.As(err, &bad) {
		path = append(path, bad.Path...)
	}
	return nil, diag.List{{Name: "rule-filter", Severity: diag.Error, Message: "filter " + err.Error(), Subject: r.Place(path...)}}
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
