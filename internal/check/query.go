package check

import (
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/lang/eql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/kql"
	"github.com/tocsin-rules/tocsin/internal/lang/lucene"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// query is a query of a rule that parses, with what checks ask of it.
type query struct {
	text     string
	view     *source.View
	language rule.Language
	schema   *field.Schema
	// key is the rule's key that holds it.
	key string
	// node is the TOML string that holds it; nil for a rule that was not read from a file.
	node *tomltext.Node

	// One of these is set, by language.
	kql    *kql.Query
	eql    *eql.Query
	lucene *lucene.Query
	esql   *esql.Query

	// events are the conditions on single events: one, or one for each step of a sequence.
	events []event
	// fields are the fields that it names, in the order of the text.
	fields []fieldUse
}

// event is what a query asks of one event.
type event struct {
	// category is the event category of an EQL query; "" where it asks for none.
	category  string
	condition *Condition
	// computed tells that its outcome is a value, and no row is dropped by it.
	computed bool
}

// fieldUse is a field where a query names it.
type fieldUse struct {
	name string
	at   source.Span
	// optional is EQL's ?field, and a column that ES|QL may have from elsewhere; pattern a name with a wildcard.
	optional, pattern bool
	// event is the one of the query's events whose condition it stands in; -1 when there is none.
	event int
}

// parse parses the queries of the rule. One that does not parse is left out: the compiler has told of it.
func (p *pass) parse() []*query {
	r := p.Rule
	var all []*query
	add := func(q *query) {
		if q.read() {
			all = append(all, q)
		}
	}
	if r.Query != "" {
		add(&query{text: r.Query, view: r.QueryView(), language: r.LanguageOrDefault(), schema: p.Environment.Schema, key: "query", node: p.node("query")})
	}
	if r.ThreatQuery != "" {
		language := r.ThreatLanguage
		if language == "" {
			language = rule.KQL
		}
		schema := p.Environment.Indicators
		if schema == nil {
			schema = p.Environment.Schema
		}
		add(&query{text: r.ThreatQuery, view: r.ThreatQueryView(), language: language, schema: schema, key: "threat_query", node: p.node("threat_query")})
	}
	return all
}

func (p *pass) node(key string) *tomltext.Node {
	if p.Rule.Doc() == nil {
		return nil
	}
	node, ok := p.Rule.Doc().Find("rule", key)
	if !ok {
		return nil
	}
	return node
}

// read parses the query; false when it does not parse, or is in a language that no check reads.
func (q *query) read() bool {
	var problem *diag.Problem
	switch q.language {
	case rule.KQL:
		if q.kql, problem = kql.Parse(q.text); problem == nil {
			q.readKQL()
		}
	case rule.EQL:
		if q.eql, problem = eql.Parse(q.text); problem == nil {
			q.readEQL()
		}
	case rule.Lucene:
		if q.lucene, problem = lucene.Parse(q.text); problem == nil {
			q.readLucene()
		}
	case rule.ESQL:
		if q.esql, problem = esql.Parse(q.text); problem == nil {
			q.readESQL()
		}
	default:
		return false
	}
	return problem == nil
}

// slice is the text of a span.
func (q *query) slice(at source.Span) string { return q.text[at.Start:at.End] }

// edit carries an edit of the query to the file, in the spelling of the TOML string that holds it.
func (q *query) edit(e diag.Edit) diag.Edit {
	e.Span = q.view.Span(e.Span)
	if q.node != nil && q.view.File().Text()[q.node.Value.Start] == '"' {
		e.Text = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(e.Text)
	}
	return e
}

// each calls visit for every comparison of the query, with the event it belongs to and whether it stands under an odd number of
// negations.
func (q *query) each(visit func(c *Comparison, e event, negated bool)) {
	for _, e := range q.events {
		e.condition.each(false, func(c *Comparison, negated bool) { visit(c, e, negated) })
	}
}
