package integration

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
)

// ignoreAbove is what Fleet sets for keyword and wildcard fields that state no bound of their own.
const ignoreAbove = 1024

// fields reads a list of field definitions below a name.
func (r *reader) fields(list node, parent, stream string) {
	items := list.items()
	if items == nil && !list.missing() {
		r.fail(list.fail("field definitions are a list of entries with name and type"))
		return
	}
	for _, item := range items {
		name := item.get("name").text()
		if name == "" || strings.ContainsAny(name, " \t\r\n") {
			r.fail(item.fail("a field needs a name without white space"))
			continue
		}
		if parent != "" {
			name = parent + "." + name
		}
		r.field(item, name, stream)
	}
}

// field reads one definition: a group of others, or a field with its multi-fields.
func (r *reader) field(item node, name, stream string) {
	below := item.get("fields")
	kind := item.get("type").text()
	if kind == "group" || kind == "group-nested" || kind == "" && !below.missing() {
		if kind == "group-nested" {
			r.declare(item, field.Mapping{Name: name, Path: name, Type: field.Nested}, stream)
		}
		r.fields(below, name, stream)
		return
	}
	m, ok := r.mapping(item, name, kind)
	if !ok {
		return
	}
	r.declare(item, m, stream)
	if !below.missing() {
		r.fields(below, name, stream)
	}
	for _, sub := range item.get("multi_fields").items() {
		subName := name + "." + sub.get("name").text()
		if multi, ok := r.mapping(sub, subName, sub.get("type").text()); ok {
			multi.Path = name
			r.declare(sub, multi, stream)
		}
	}
}

// mapping makes a field of its definition. Fleet: a field without a type is a keyword, integer becomes long, and an object
// with object_type maps whatever is below it.
func (r *reader) mapping(item node, name, kind string) (field.Mapping, bool) {
	m := field.Mapping{Name: name, Path: name}
	if item.get("external").text() == "ecs" && r.ecs != nil {
		if known, ok := r.ecs.Lookup(name); ok {
			m = known
			m.Origin = ""
		}
	}
	if item.get("object_type").text() != "" && (kind == "object" || kind == "array" || kind == "") {
		kind = item.get("object_type").text()
		if strings.HasSuffix(name, ".*") || item.get("type").text() == "object" {
			m.Name = strings.TrimSuffix(name, ".*") + ".*"
			m.Path = m.Name
		}
	}
	if kind != "" {
		parsed, err := fleetType(kind)
		if err != nil {
			r.fail(item.get("type").orSelf(item).fail("field %s: %v", name, err))
			return m, false
		}
		m.Type = parsed
	}
	if m.Type == field.Invalid {
		m.Type = field.Keyword
	}
	return r.details(item, m), true
}

// fleetType gives the Elasticsearch type of a type that a package states.
func fleetType(kind string) (field.Type, error) {
	switch kind {
	case "integer":
		return field.Long, nil
	case "array", "alias", "counted_keyword":
		return field.Keyword, nil
	case "object", "passthrough", "histogram", "aggregate_metric_double", "semantic_text", "dense_vector", "point", "shape",
		"date_range", "integer_range", "long_range", "float_range", "double_range", "ip_range", "token_count", "completion", "search_as_you_type":
		// Types that no condition of a rule can be told on offline: an object is a name, and no field.
		return field.Object, nil
	}
	return field.ParseType(kind)
}

func (r *reader) details(item node, m field.Mapping) field.Mapping {
	m.IgnoreAbove = 0
	if m.Type == field.Keyword || m.Type == field.Wildcard {
		m.IgnoreAbove = ignoreAbove
	}
	if n, err := strconv.Atoi(item.get("ignore_above").text()); err == nil && n > 0 {
		m.IgnoreAbove = n
	}
	word := func(key string) string {
		text := item.get(key).text()
		if strings.ContainsAny(text, " \t\r\n") {
			return ""
		}
		return text
	}
	m.Normalizer, m.Analyzer = word("normalizer"), word("analyzer")
	if item.get("type").text() == "alias" {
		m.Path = orElse(word("path"), m.Path)
	}
	for _, n := range item.get("normalize").items() {
		m.Array = m.Array || n.text() == "array"
	}
	m.Array = m.Array || item.get("type").text() == "array"
	return m
}

// orSelf is the node, or another one when it is not there.
func (n node) orSelf(other node) node {
	if n.Node == nil {
		return other
	}
	return n
}

// declare adds a field to a stream. What stands twice must agree: Fleet takes one of the two, and which one is chance.
func (r *reader) declare(item node, m field.Mapping, stream string) {
	if target := r.declared[m.Path]; item.get("type").text() == "alias" && target.kind != field.Invalid {
		m.Type, m.IgnoreAbove = target.kind, 0
	}
	place := item.get("type").orSelf(item.get("name").orSelf(item)).place()
	before, twice := r.declared[m.Name]
	if twice {
		if before.kind != m.Type {
			r.problems = append(r.problems, diag.Diagnostic{
				Name: "field-type-conflict", Severity: diag.Error,
				Message: fmt.Sprintf("the data stream %s declares %s as %s and as %s", stream, m.Name, before.kind, m.Type), Help: "leave one of them",
				Subject: place, Related: []diag.Related{{Place: before.place, Message: "first here"}},
			})
		}
		return
	}
	r.declared[m.Name] = declaration{m.Type, place}
	r.pkg.Fields = append(r.pkg.Fields, field.StreamField{Mapping: m, Streams: []string{stream}})
}
