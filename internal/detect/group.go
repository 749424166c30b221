package detect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/value"
)

// grouping reads the values of fields by which events are grouped, as an aggregation sees them: each value of a field once, in
// the order of its type.
type grouping struct {
	names  []string
	fields []groupField
	layout *filter.Layout
	record *filter.Record
}

type groupField struct {
	kind   field.Type
	known  bool
	getter filter.Getter
}

// term is one value of a field. The zero value is that of a missing field.
type term struct {
	order   filter.Value
	datum   value.Datum
	present bool
}

// grouping compiles fields to group by. A text cannot be grouped by (Elasticsearch: fielddata is disabled); a field that
// nobody maps has no values.
func (c *compiler) grouping(names []string, path ...string) *grouping {
	g := &grouping{names: names, layout: filter.NewLayout()}
	builder := &filter.Builder{Layout: g.layout, Now: c.Now}
	for _, name := range names {
		m, known := c.groupField(name)
		if known && m.Type.IsText() {
			c.fail("rule-grouping", fmt.Sprintf("`%s` is of type %s, by whose values Elasticsearch cannot group", name, m.Type),
				c.keywordFor(m), path...)
			continue
		}
		one := groupField{kind: m.Type, known: known}
		if known {
			one.getter = builder.Getter(m)
		}
		g.fields = append(g.fields, one)
	}
	return g
}

// groupField is how a field is read that alerts are grouped by. The rows of ES|QL have columns of their own, and it is the values
// of a row that are compared, and not those of an index: a text is as good as a keyword.
func (c *compiler) groupField(name string) (field.Mapping, bool) {
	m, known := c.Schema.Lookup(name)
	if kind, computed := c.columns[name]; computed {
		m, known = field.Mapping{Name: name, Path: name, Type: kind}, true
	}
	if c.rule.Type == rule.TypeESQL && m.Type.IsText() {
		m.Type = field.Keyword
	}
	return m, known
}

// keywordFor names the keyword field beside a text.
func (c *compiler) keywordFor(m field.Mapping) string {
	if k, ok := c.Schema.Lookup(m.Name + ".keyword"); ok {
		return "group by " + k.Name
	}
	if k, ok := c.Schema.Lookup(m.Path); ok && !k.Type.IsText() {
		return "group by " + k.Name
	}
	return "group by a keyword field"
}

// reader makes a copy that reads records: a grouping is shared, its record is not.
func (g *grouping) reader() *grouping {
	one := *g
	one.record = &filter.Record{}
	return &one
}

// of gives the terms of each field of an event.
func (g *grouping) of(doc *event.Document) [][]term {
	g.layout.BindTo(g.record, doc)
	all := make([][]term, len(g.fields))
	for i, f := range g.fields {
		if f.known {
			all[i] = f.terms(g.record)
		}
	}
	return all
}

func (f groupField) terms(r *filter.Record) []term {
	indexed := f.getter.Indexed(r)
	terms := make([]term, 0, len(indexed))
	for _, v := range indexed {
		terms = append(terms, term{order: v, datum: filter.DatumOf(f.kind, v), present: true})
	}
	slices.SortFunc(terms, compareTerms)
	return slices.CompactFunc(terms, func(a, b term) bool { return a.order == b.order })
}

func compareTerms(a, b term) int {
	if a.present != b.present {
		if a.present {
			return 1
		}
		return -1
	}
	return cmp.Or(cmp.Compare(a.order.Bits, b.order.Bits), strings.Compare(a.order.Text, b.order.Text))
}

func compareKeys(a, b []term) int { return slices.CompareFunc(a, b, compareTerms) }

// combinations yields one term of each field in every combination; none when a field has no terms.
func combinations(all [][]term) [][]term {
	keys := [][]term{nil}
	for _, terms := range all {
		var longer [][]term
		for _, key := range keys {
			for _, t := range terms {
				longer = append(longer, append(slices.Clone(key), t))
			}
		}
		keys = longer
	}
	return keys
}

// keyText names a key: equal keys and no others have the same.
func keyText(key []term) string {
	var b strings.Builder
	for _, t := range key {
		fmt.Fprintf(&b, "%v%d:%s", t.present, len(t.datum.Text()), t.datum.Text())
	}
	return b.String()
}

// label names a key for people.
func (g *grouping) label(key []term) string {
	if len(key) == 0 {
		return "all events"
	}
	var parts []string
	for i, t := range key {
		parts = append(parts, g.names[i]+" = "+t.datum.Text())
	}
	return strings.Join(parts, ", ")
}

// json is the term as an alert holds it.
func (t term) json() any {
	switch {
	case !t.present:
		return nil
	case t.datum.Kind == value.Long:
		return t.datum.Int
	case t.datum.Kind == value.Double:
		return t.datum.F
	case t.datum.Kind == value.Bool:
		return t.datum.IsTrue()
	}
	return t.datum.Text()
}

// pairs are fields with their values, as alerts list them.
func (g *grouping) pairs(key []term) []any {
	list := make([]any, len(key))
	for i, t := range key {
		list[i] = map[string]any{"field": g.names[i], "value": t.json()}
	}
	return list
}
