package dsl

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/tocsin-rules/tocsin/internal/filter"
)

// CompileFilters turns the filters of a rule, which are Kibana's filter objects, into one condition that all of them
// make together. Disabled filters are left out, and meta.negate negates (Kibana: buildQueryFromFilters). It is nil when
// no filter is left.
func CompileFilters(filters []map[string]any, o Options) (filter.Node, error) {
	c := &compiler{Options: o}
	var nodes []filter.Node
	for i, f := range filters {
		path := []string{strconv.Itoa(i)}
		meta, _ := f["meta"].(map[string]any)
		if meta["disabled"] == true {
			continue
		}
		node := c.kibanaFilter(f, meta, path)
		if meta["negate"] == true {
			node = &filter.Not{Node: node, Source: filter.Clause{Label: "not filter " + path[0]}}
		}
		nodes = append(nodes, node)
	}
	switch {
	case c.err != nil:
		return nil, c.err
	case len(nodes) == 0:
		return nil, nil
	case len(nodes) == 1:
		return nodes[0], nil
	}
	return &filter.And{Nodes: nodes, Source: filter.Clause{Label: "filters"}}, nil
}

// kibanaFilter takes the filter's query: under "query", at the top in the form of old versions, or built from what meta
// says.
func (c *compiler) kibanaFilter(f, meta map[string]any, path []string) filter.Node {
	if query, ok := f["query"].(map[string]any); ok {
		return c.query(query, below(path, "query"), 0)
	}
	legacy := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(f)) {
		if key != "meta" && key != "$state" && key != "query" {
			legacy[key] = f[key]
		}
	}
	if len(legacy) > 0 {
		return c.query(legacy, path, 0)
	}
	return c.fromMeta(meta, below(path, "meta"))
}

func (c *compiler) fromMeta(meta map[string]any, path []string) filter.Node {
	key, ok := meta["key"].(string)
	if !ok {
		return c.fail(path, "the filter has neither a query nor a key")
	}
	switch kind := meta["type"]; kind {
	case "exists":
		return c.named("exists", map[string]any{"field": key}, path, 0)
	case "phrase":
		params, _ := meta["params"].(map[string]any)
		return c.named("match_phrase", map[string]any{key: params["query"]}, path, 0)
	case "phrases":
		items, _ := asList(meta["params"])
		should := make([]any, len(items))
		for i, item := range items {
			should[i] = map[string]any{"match_phrase": map[string]any{key: item}}
		}
		return c.named("bool", map[string]any{"should": should, "minimum_should_match": 1}, path, 0)
	case "range":
		return c.named("range", map[string]any{key: meta["params"]}, path, 0)
	default:
		return c.fail(path, "a filter of type %s needs a query", fmt.Sprint(kind))
	}
}
