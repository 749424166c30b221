package lucene

import (
	"errors"
	"fmt"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// Options are the settings of a query_string query.
type Options struct {
	Schema  *field.Schema
	Builder *filter.Builder
	// Fields are the fields of clauses that name none; nil means every field that events have, leniently.
	Fields []string
	// AllRequired makes clauses required that say nothing of it (default_operator AND).
	AllRequired bool
}

// Compile turns the query into a condition. It reports everything that Elasticsearch would refuse; the condition is nil
// then. A field that the schema does not know never matches.
func (q *Query) Compile(o Options) (filter.Node, []*diag.Problem) {
	if q.Root == nil {
		return &filter.Constant{Value: true}, nil
	}
	c := &compiler{Options: o}
	node := c.clauses(q.Root, nil)
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	return node, nil
}

type compiler struct {
	Options
	problems []*diag.Problem
}

func (c *compiler) fail(at source.Span, err error) filter.Node {
	p := &diag.Problem{Name: "lucene-type", Severity: diag.Error, Span: at, Message: err.Error()}
	var bad *match.RegexpError
	if errors.As(err, &bad) {
		p.Help = bad.Help
	}
	c.problems = append(c.problems, p)
	return &filter.Constant{}
}

// clauses combines a list as Lucene's BooleanQuery does: everything required, nothing prohibited, and one optional
// clause where none is required. Prohibitions alone match everything else.
func (c *compiler) clauses(list *Clauses, outer *Field) filter.Node {
	var must, should []filter.Node
	for _, clause := range list.List {
		node := c.clause(clause, outer)
		switch {
		case clause.Occur == MustNot:
			must = append(must, &filter.Not{Node: node, Source: filter.Clause{From: clause, Span: clause.At}})
		case clause.Occur == Must || c.AllRequired:
			must = append(must, node)
		default:
			should = append(should, node)
		}
	}
	whole := filter.Clause{From: list, Span: list.At}
	required := false
	for _, clause := range list.List {
		required = required || clause.Occur == Must || c.AllRequired && clause.Occur == Should
	}
	if len(should) > 0 && !required {
		any := filter.Node(filter.NewOr(should, whole))
		if len(should) == 1 {
			any = should[0]
		}
		must = append(must, any)
	}
	if len(must) == 1 {
		return must[0]
	}
	return &filter.And{Nodes: must, Source: whole}
}

func (c *compiler) clause(clause Clause, outer *Field) filter.Node {
	f := clause.Field
	if f == nil {
		f = outer
	}
	if group, ok := clause.Node.(*Group); ok {
		return c.clauses(group.Clauses, f)
	}
	label := filter.Clause{From: Clause{Field: f, Node: clause.Node}, Span: clause.At}
	if f == nil {
		return c.everywhere(clause.Node, label)
	}
	name := text(f.Parts)
	switch {
	case name == "_exists_":
		return c.exists(clause.Node, label)
	case isStar(f.Parts) && isAnything(clause.Node):
		return &filter.Constant{Value: true, Source: label}
	}
	var nodes []filter.Node
	for _, m := range c.fields(f) {
		node, err := c.node(m, clause.Node, label)
		if err != nil {
			return c.fail(clause.Node.Span(), fmt.Errorf("field `%s`: %w", m.Name, err))
		}
		nodes = append(nodes, node)
	}
	return joined(nodes, label, name)
}

func joined(nodes []filter.Node, label filter.Clause, name string) filter.Node {
	switch len(nodes) {
	case 0:
		return &filter.Constant{Source: label, Reason: fmt.Sprintf("no field `%s` is mapped, and no event has it", name)}
	case 1:
		return nodes[0]
	}
	return filter.NewOr(nodes, label)
}

func isAnything(n Node) bool {
	t, ok := n.(*Term)
	return ok && isStar(t.Parts)
}

// fields are those that a name stands for. Nested fields cannot be searched by query_string.
func (c *compiler) fields(f *Field) []field.Mapping {
	if hasWildcard(f.Parts) {
		return c.Schema.Expand(match.NewWildcard(f.Parts))
	}
	if m, ok := c.Schema.Lookup(text(f.Parts)); ok && m.Type != field.Nested && m.Nested == "" {
		return []field.Mapping{m}
	}
	return nil
}

// exists is _exists_:field.
func (c *compiler) exists(n Node, label filter.Clause) filter.Node {
	var f Field
	switch n := n.(type) {
	case *Term:
		f = Field{Parts: n.Parts, At: n.At}
	case *Phrase:
		f = Field{Parts: []match.Part{{Literal: n.Text}}, At: n.At}
	default:
		return c.fail(n.Span(), errors.New("_exists_ takes the name of a field"))
	}
	var nodes []filter.Node
	for _, m := range c.fields(&f) {
		nodes = append(nodes, c.Builder.Exists(m, label))
	}
	return joined(nodes, label, text(f.Parts))
}

// everywhere searches the default fields. Without a list of them a field that cannot hold the value is passed over
// (Elasticsearch: lenient for the field "*").
func (c *compiler) everywhere(n Node, label filter.Clause) filter.Node {
	if isAnything(n) {
		return &filter.Constant{Value: true, Source: label}
	}
	fields := c.Schema.Occurring()
	if c.Fields != nil {
		fields = nil
		for _, name := range c.Fields {
			fields = append(fields, c.fields(&Field{Parts: match.LuceneWildcard(name).Parts()})...)
		}
	}
	var nodes []filter.Node
	for _, m := range fields {
		if m.Nested != "" {
			continue
		}
		one := label
		one.Label = m.Name + ":" + n.String()
		node, err := c.node(m, n, one)
		if err != nil && c.Fields != nil {
			return c.fail(n.Span(), fmt.Errorf("field `%s`: %w", m.Name, err))
		}
		if err == nil {
			nodes = append(nodes, node)
		}
	}
	return filter.NewOr(nodes, label)
}

// node is one value searched in one field.
func (c *compiler) node(m field.Mapping, n Node, label filter.Clause) (filter.Node, error) {
	b := c.Builder
	switch n := n.(type) {
	case *Term:
		switch {
		case isStar(n.Parts):
			return b.Exists(m, label), nil
		case hasWildcard(n.Parts):
			return b.Wildcard(m, match.NewWildcard(n.Parts), label)
		case n.Fuzzy != 0:
			return b.Fuzzy(m, text(n.Parts), n.Fuzzy, label)
		}
		return b.Match(m, text(n.Parts), label)
	case *Phrase:
		return b.PhraseSlop(m, n.Text, n.Slop, label)
	case *Regexp:
		re, err := match.CompileRegexp(n.Pattern, match.RegexpFlags{})
		if err != nil {
			return nil, err
		}
		return b.Regexp(m, re, label)
	case *Range:
		if n.OpenLow && n.OpenHigh {
			return b.Exists(m, label), nil
		}
		return b.Range(m, filter.Bounds{Low: n.Low, High: n.High, HasLow: !n.OpenLow, HasHigh: !n.OpenHigh, WithLow: n.WithLow, WithHigh: n.WithHigh}, label)
	}
	return nil, errors.New("a group stands for no value")
}
