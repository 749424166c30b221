package kql

import (
	"fmt"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// Compile turns the query into a condition, as Kibana's translator does for a detection rule: the field's type decides
// which Elasticsearch query a comparison becomes (Kibana: kbn-es-query, functions is and range). It reports everything
// that Kibana or Elasticsearch would refuse; the condition is nil then.
//
// A field that the schema does not know never matches, so its negation always does.
func (q *Query) Compile(schema *field.Schema, builder *filter.Builder) (filter.Node, []*diag.Problem) {
	if q.Root == nil {
		return &filter.Constant{Value: true}, nil
	}
	c := &compiler{schema: schema}
	node := c.node(q.Root, scope{builder: builder})
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	return node, nil
}

type compiler struct {
	schema   *field.Schema
	problems []*diag.Problem
}

// scope is where a condition stands: at the top, or inside the braces of a nested field.
type scope struct {
	builder *filter.Builder
	// nested is the full path of the nested field, "" at the top.
	nested string
}

// none stands in for a condition that a problem was reported for.
var none = filter.Constant{}

func (c *compiler) fail(span source.Span, name, message, help string) filter.Node {
	c.problems = append(c.problems, &diag.Problem{Name: name, Severity: diag.Error, Span: span, Message: message, Help: help})
	return &none
}

func (c *compiler) node(n Node, s scope) filter.Node {
	clause := filter.Clause{From: n, Span: n.Span()}
	switch n := n.(type) {
	case *And:
		return &filter.And{Nodes: c.nodes(n.Parts, s), Source: clause}
	case *Or:
		return filter.NewOr(c.nodes(n.Parts, s), clause)
	case *Not:
		return &filter.Not{Node: c.node(n.Part, s), Source: clause}
	case *Is:
		return c.value(n, n.Value, clause, s)
	case *Range:
		return c.compare(n, clause, s)
	case *Nested:
		return c.nested(n, clause, s)
	case *Literal:
		return c.bare(n, clause, s)
	}
	return &none
}

func (c *compiler) nodes(parts []Node, s scope) []filter.Node {
	nodes := make([]filter.Node, len(parts))
	for i, p := range parts {
		nodes[i] = c.node(p, s)
	}
	return nodes
}

// value distributes a field over a group of values: f: (a or not b) is f: a or not f: b.
func (c *compiler) value(is *Is, v Node, clause filter.Clause, s scope) filter.Node {
	group := func(parts []Node) []filter.Node {
		nodes := make([]filter.Node, len(parts))
		for i, p := range parts {
			one := &Is{Field: is.Field, Value: p, At: p.Span()}
			nodes[i] = c.value(is, p, filter.Clause{From: one, Span: p.Span()}, s)
		}
		return nodes
	}
	switch v := v.(type) {
	case *And:
		return &filter.And{Nodes: group(v.Parts), Source: clause}
	case *Or:
		return filter.NewOr(group(v.Parts), clause)
	case *Not:
		return &filter.Not{Node: group([]Node{v.Part})[0], Source: clause}
	case *Literal:
		return c.is(is.Field, v, clause, s)
	}
	return &none
}

func (c *compiler) is(name Literal, v *Literal, clause filter.Clause, s scope) filter.Node {
	switch {
	case name.IsStar() && v.IsStar() && s.nested == "":
		return &filter.Constant{Value: true, Source: clause}
	case v.Typed && v.Text() == "null":
		return c.fail(v.At, "kql-type", "`null` is no value that can be searched for", fmt.Sprintf("write `not %s: *` for a field without a value, or quote the word", name.String()))
	}
	return c.each(name, v.At, clause, s, func(b *filter.Builder, m field.Mapping) (filter.Node, error) {
		return isField(b, m, v, clause)
	})
}

// isField is one comparison with one field (Kibana: functions/is.ts).
func isField(b *filter.Builder, m field.Mapping, v *Literal, clause filter.Clause) (filter.Node, error) {
	wild := v.HasWildcard()
	switch {
	case v.IsStar():
		return b.Exists(m, clause), nil
	case m.Type == field.Keyword && wild:
		return b.Wildcard(m, match.NewWildcard(v.Parts), clause)
	case m.Type == field.Keyword:
		return b.Term(m, v.Text(), clause)
	case m.Type.IsDate() && !wild:
		return b.Term(m, v.Text(), clause)
	case wild:
		return b.QueryString(m, v.Parts, clause)
	case v.Quoted:
		return b.Phrase(m, v.Text(), clause)
	}
	return b.Match(m, v.Text(), clause)
}

func (c *compiler) compare(n *Range, clause filter.Clause, s scope) filter.Node {
	bound := n.Bound.Text()
	bounds := filter.Bounds{}
	switch n.Operator {
	case ">", ">=":
		bounds.Low, bounds.HasLow, bounds.WithLow = bound, true, n.Operator == ">="
	default:
		bounds.High, bounds.HasHigh, bounds.WithHigh = bound, true, n.Operator == "<="
	}
	return c.each(n.Field, n.Bound.At, clause, s, func(b *filter.Builder, m field.Mapping) (filter.Node, error) {
		return b.Range(m, bounds, clause)
	})
}

// fieldTest makes the condition on one field.
type fieldTest func(*filter.Builder, field.Mapping) (filter.Node, error)

// each makes a condition for every field that a name stands for, joined by "or".
func (c *compiler) each(name Literal, valueAt source.Span, clause filter.Clause, s scope, test fieldTest) filter.Node {
	fields := c.fields(name, s)
	if len(fields) == 0 {
		return &filter.Constant{Source: clause, Reason: fmt.Sprintf("no field `%s` is mapped, and no event has it", s.full(name.Text()))}
	}
	var nodes []filter.Node
	for _, m := range fields {
		if m.Nested != s.nested && !name.HasWildcard() {
			return c.wrongScope(name, m)
		}
		node, err := s.test(m, clause, test)
		if err != nil {
			return c.fail(valueAt, "kql-type", fmt.Sprintf("field `%s`: %v", m.Name, err), "")
		}
		nodes = append(nodes, node)
	}
	if len(nodes) == 1 {
		return nodes[0]
	}
	return filter.NewOr(nodes, clause)
}

// test makes a condition on a field. A nested field that a wildcard found is searched inside its objects (Kibana:
// wrapWithNestedQuery).
func (s scope) test(m field.Mapping, clause filter.Clause, test fieldTest) (filter.Node, error) {
	if m.Nested == s.nested {
		return test(s.builder, m)
	}
	return s.builder.Nested(m.Nested, clause, func(inner *filter.Builder) (filter.Node, error) { return test(inner, m) })
}

// wrongScope reports a nested field that is named outside of its braces: names inside braces are relative, so the
// opposite cannot be written.
func (c *compiler) wrongScope(name Literal, m field.Mapping) filter.Node {
	return c.fail(name.At, "kql-nested", fmt.Sprintf("`%s` lies in the nested field `%s` and cannot be searched outside of it", m.Name, m.Nested),
		fmt.Sprintf("write `%s: { ... }` with names relative to it", m.Nested))
}

func (c *compiler) fields(name Literal, s scope) []field.Mapping {
	if name.HasWildcard() {
		pattern := match.NewWildcard(append(s.prefix(), name.Parts...))
		return c.schema.Expand(pattern)
	}
	if m, ok := c.schema.Lookup(s.full(name.Text())); ok && m.Type != field.Nested {
		return []field.Mapping{m}
	}
	return nil
}

func (s scope) full(name string) string {
	if s.nested == "" {
		return name
	}
	return s.nested + "." + name
}

func (s scope) prefix() []match.Part {
	if s.nested == "" {
		return nil
	}
	return []match.Part{{Literal: s.nested + "."}}
}

func (c *compiler) nested(n *Nested, clause filter.Clause, s scope) filter.Node {
	path := s.full(n.Field.Text())
	m, ok := c.schema.Lookup(path)
	switch {
	case ok && m.Type == field.Nested:
	case ok || c.schema.Declares(path):
		return c.fail(n.Field.At, "kql-nested", fmt.Sprintf("`%s` is %s, and braces need a nested field", path, kindOf(m, ok)), "use parentheses and full field names for anything else")
	default:
		// Nobody declares the path, so whether it is nested cannot be known here; the query says that it is.
		outer := c.schema
		defer func() { c.schema = outer }()
		c.schema = outer.With(field.NewTable(field.Mapping{Name: path, Type: field.Nested}))
	}
	node, _ := s.builder.Nested(path, clause, func(inner *filter.Builder) (filter.Node, error) {
		return c.node(n.Inner, scope{builder: inner, nested: path}), nil
	})
	return node
}

func kindOf(m field.Mapping, known bool) string {
	if known {
		return "of type " + m.Type.String()
	}
	return "an object"
}

// bare searches a term in every field that events have. Fields that cannot hold the term are passed over, as
// Elasticsearch does with lenient set.
func (c *compiler) bare(v *Literal, clause filter.Clause, s scope) filter.Node {
	if v.IsStar() {
		return &filter.Constant{Value: true, Source: clause}
	}
	var nodes []filter.Node
	for _, m := range c.schema.Occurring() {
		if m.Nested != s.nested {
			continue
		}
		one := clause
		one.Label = m.Name + ": " + clause.Text()
		node, err := bareField(s.builder, m, v, one)
		if err == nil {
			nodes = append(nodes, node)
		}
	}
	return filter.NewOr(nodes, clause)
}

func bareField(b *filter.Builder, m field.Mapping, v *Literal, clause filter.Clause) (filter.Node, error) {
	switch {
	case v.HasWildcard():
		return b.QueryString(m, v.Parts, clause)
	case v.Quoted:
		return b.Phrase(m, v.Text(), clause)
	}
	return b.Match(m, v.Text(), clause)
}
