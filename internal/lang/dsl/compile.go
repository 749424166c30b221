package dsl

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/match"
)

// maxDepth bounds queries in queries, as Elasticsearch does (indices.query.bool.max_nested_depth).
const maxDepth = 30

// Options is what a query is compiled for.
type Options struct {
	Schema  *field.Schema
	Builder *filter.Builder
	// QueryString compiles the text of a query_string query, which is another language; nil refuses such queries.
	QueryString func(text string, fields []string, allRequired bool, b *filter.Builder) (filter.Node, error)
}

// Error is what is wrong with a query, and where.
type Error struct {
	// Path leads to the value: keys, and indices as decimal numbers.
	Path    []string
	Message string
}

// Error tells path and reason.
func (e *Error) Error() string {
	if len(e.Path) == 0 {
		return e.Message
	}
	path := strings.Join(e.Path, ".")
	if n := len(e.Path); n > longPath {
		path = strings.Join(e.Path[:longPath/2], ".") + " ... " + strings.Join(e.Path[n-longPath/2:], ".")
	}
	return path + ": " + e.Message
}

// longPath is from how many keys on a path is told without its middle.
const longPath = 20

// Compile turns a query into a condition. Numbers may be of any Go type that JSON or TOML decode to. The error is an
// [*Error].
func Compile(query any, o Options) (filter.Node, error) {
	c := &compiler{Options: o}
	node := c.query(query, nil, 0)
	if c.err != nil {
		return nil, c.err
	}
	return node, nil
}

// compiler stops at the first error: every function then gives a condition that must not be used.
type compiler struct {
	Options
	err    error
	nested string
}

func (c *compiler) fail(path []string, format string, args ...any) filter.Node {
	if c.err == nil {
		c.err = &Error{Path: slices.Clone(path), Message: fmt.Sprintf(format, args...)}
	}
	return &filter.Constant{}
}

func below(path []string, keys ...string) []string { return append(slices.Clone(path), keys...) }

func (c *compiler) query(v any, path []string, depth int) filter.Node {
	body, ok := v.(map[string]any)
	switch {
	case c.err != nil:
		return &filter.Constant{}
	case depth > maxDepth:
		return c.fail(path, "queries are nested deeper than the %d levels that Elasticsearch allows", maxDepth)
	case !ok:
		return c.fail(path, "a query is an object, not %s", kindOf(v))
	case len(body) != 1:
		return c.fail(path, "a query has one key, its name, and this has %d: %s", len(body), strings.Join(slices.Sorted(maps.Keys(body)), ", "))
	}
	name := slices.Collect(maps.Keys(body))[0]
	return c.named(name, body[name], below(path, name), depth)
}

// named compiles a query by its name.
func (c *compiler) named(name string, v any, path []string, depth int) filter.Node {
	switch name {
	case "match_all":
		return &filter.Constant{Value: true, Source: label("match_all")}
	case "match_none":
		return &filter.Constant{Source: label("match_none"), Reason: "match_none matches nothing"}
	case "bool":
		return c.boolean(v, path, depth)
	case "constant_score":
		return c.constantScore(v, path, depth)
	case "nested":
		return c.nestedQuery(v, path, depth)
	case "exists":
		return c.exists(v, path)
	case "ids":
		return c.ids(v, path)
	case "terms":
		return c.terms(v, path)
	case "multi_match":
		return c.multiMatch(v, path)
	case "query_string":
		return c.queryString(v, path)
	case "term", "match", "match_phrase", "match_phrase_prefix", "range", "prefix", "wildcard", "regexp", "fuzzy":
		return c.onField(name, v, path)
	}
	return c.fail(path, "the query `%s` is not supported", name)
}

func label(text string) filter.Clause { return filter.Clause{Label: text} }

// object reads an object and refuses keys that it may not have.
func (c *compiler) object(v any, path []string, allowed ...string) map[string]any {
	body, ok := v.(map[string]any)
	if !ok {
		c.fail(path, "an object is expected, not %s", kindOf(v))
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(body)) {
		if !slices.Contains(allowed, key) {
			c.fail(below(path, key), "`%s` is not supported here: there are %s", key, strings.Join(allowed, ", "))
		}
	}
	return body
}

func (c *compiler) boolean(v any, path []string, depth int) filter.Node {
	body := c.object(v, path, "must", "filter", "should", "must_not", "minimum_should_match", "boost", "adjust_pure_negative", "_name")
	var must []filter.Node
	for _, key := range []string{"must", "filter"} {
		must = append(must, c.list(body[key], below(path, key), depth)...)
	}
	required := len(must) > 0
	for _, node := range c.list(body["must_not"], below(path, "must_not"), depth) {
		clause := node.Clause()
		must = append(must, &filter.Not{Node: node, Source: filter.Clause{Label: "not " + clause.Text()}})
	}
	should := c.list(body["should"], below(path, "should"), depth)
	if n := c.minimum(body["minimum_should_match"], below(path, "minimum_should_match"), len(should), required); n > 0 {
		must = append(must, atLeast(should, n))
	}
	if len(must) == 1 {
		return must[0]
	}
	return &filter.And{Nodes: must, Source: label("bool")}
}

// list compiles one query or an array of them.
func (c *compiler) list(v any, path []string, depth int) []filter.Node {
	items, isList := asList(v)
	switch {
	case v == nil:
		return nil
	case !isList:
		return []filter.Node{c.query(v, path, depth+1)}
	}
	nodes := make([]filter.Node, len(items))
	for i, item := range items {
		nodes[i] = c.query(item, below(path, strconv.Itoa(i)), depth+1)
	}
	return nodes
}

// minimum is how many of the optional queries must hold: as stated, else one where nothing is required.
func (c *compiler) minimum(v any, path []string, optional int, required bool) int {
	if v == nil {
		if optional > 0 && !required {
			return 1
		}
		return 0
	}
	text := scalarText(v)
	n, err := strconv.Atoi(strings.TrimSuffix(text, "%"))
	switch {
	case err != nil:
		c.fail(path, "a number or a percentage is expected, not %s", text)
		return 0
	case strings.HasSuffix(text, "%"):
		n = n * optional / 100
	}
	if n < 0 {
		n += optional
	}
	return max(n, 0)
}

// atLeast holds if n of the nodes do.
func atLeast(nodes []filter.Node, n int) filter.Node {
	clause := filter.Clause{Label: fmt.Sprintf("at least %d of %d", n, len(nodes))}
	switch {
	case n == 1:
		return filter.NewOr(nodes, clause)
	case n >= len(nodes):
		if n > len(nodes) {
			return &filter.Constant{Source: clause, Reason: "fewer queries are given than must hold"}
		}
		return &filter.And{Nodes: nodes, Source: clause}
	}
	return &filter.AtLeast{Nodes: nodes, Count: n, Source: clause}
}

func (c *compiler) constantScore(v any, path []string, depth int) filter.Node {
	body := c.object(v, path, "filter", "boost", "_name")
	return c.query(body["filter"], below(path, "filter"), depth+1)
}

func (c *compiler) nestedQuery(v any, path []string, depth int) filter.Node {
	body := c.object(v, path, "path", "query", "score_mode", "ignore_unmapped", "inner_hits", "boost", "_name")
	name, ok := body["path"].(string)
	if !ok {
		return c.fail(below(path, "path"), "the path of the nested field is expected")
	}
	m, known := c.Schema.Lookup(name)
	if !known || m.Type != field.Nested {
		if ignore, _ := body["ignore_unmapped"].(bool); ignore && !known {
			return &filter.Constant{Source: label("nested " + name), Reason: fmt.Sprintf("no nested field `%s` is mapped", name)}
		}
		return c.fail(below(path, "path"), "`%s` is no nested field", name)
	}
	outer, builder := c.nested, c.Builder
	defer func() { c.nested, c.Builder = outer, builder }()
	node, err := c.Builder.Nested(name, label("nested "+name), func(inner *filter.Builder) (filter.Node, error) {
		c.nested, c.Builder = name, inner
		return c.query(body["query"], below(path, "query"), depth+1), nil
	})
	if err != nil {
		return c.fail(path, "%v", err)
	}
	return node
}

// fields are the fields that a name or pattern stands for.
func (c *compiler) fields(name string) []field.Mapping {
	var list []field.Mapping
	if strings.Contains(name, "*") {
		list = c.Schema.Expand(match.Glob(name))
	} else if m, ok := c.Schema.Lookup(name); ok && m.Type != field.Nested {
		list = []field.Mapping{m}
	}
	// What lies in a nested field is only seen from inside of it.
	return slices.DeleteFunc(list, func(m field.Mapping) bool { return m.Nested != c.nested })
}

// each makes a condition for every field that a name stands for.
func (c *compiler) each(name string, path []string, clause filter.Clause, test func(field.Mapping) (filter.Node, error)) filter.Node {
	var nodes []filter.Node
	for _, m := range c.fields(name) {
		node, err := test(m)
		if err != nil {
			return c.fail(path, "field `%s`: %v", m.Name, err)
		}
		nodes = append(nodes, node)
	}
	switch len(nodes) {
	case 0:
		return &filter.Constant{Source: clause, Reason: fmt.Sprintf("no field `%s` is mapped, and no event has it", name)}
	case 1:
		return nodes[0]
	}
	return filter.NewOr(nodes, clause)
}
