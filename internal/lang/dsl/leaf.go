package dsl

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/match"
)

// leaf is a query on one field with its options.
type leaf struct {
	name  string
	field string
	text  string
	// fold is case_insensitive.
	fold bool
	body map[string]any
	path []string
}

// onField reads {"field": value} or {"field": {"value": ..., options}}.
func (c *compiler) onField(name string, v any, path []string) filter.Node {
	body, ok := v.(map[string]any)
	if !ok || len(body) == 0 {
		return c.fail(path, "an object with the name of a field is expected, not %s", kindOf(v))
	}
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(body)), func(key string) bool { return key == "boost" || key == "_name" })
	if len(names) != 1 {
		return c.fail(path, "one field is expected, and there are %s", strings.Join(names, ", "))
	}
	l := leaf{name: name, field: names[0], path: below(path, names[0])}
	options, isObject := body[l.field].(map[string]any)
	if !isObject {
		options = map[string]any{valueKey(name): body[l.field]}
	}
	l.body = c.object(options, l.path, leafKeys(name)...)
	if name == "range" {
		return c.ranged(l)
	}
	value, given := l.body[valueKey(name)]
	if alias, ok := l.body["wildcard"]; !given && ok {
		value, given = alias, true
	}
	if !given || value == nil || !isScalar(value) {
		return c.fail(l.path, "a value is expected, not %s", kindOf(value))
	}
	l.text = scalarText(value)
	l.fold, _ = l.body["case_insensitive"].(bool)
	clause := label(fmt.Sprintf("%s %s: %s", name, l.field, l.text))
	return c.each(l.field, l.path, clause, func(m field.Mapping) (filter.Node, error) { return c.test(l, m, clause) })
}

func valueKey(name string) string {
	if strings.HasPrefix(name, "match") {
		return "query"
	}
	return "value"
}

func leafKeys(name string) []string {
	common := []string{"boost", "_name"}
	switch name {
	case "term":
		return append(common, "value", "case_insensitive")
	case "match":
		return append(common, "query", "operator", "fuzziness", "lenient", "type", "minimum_should_match")
	case "match_phrase", "match_phrase_prefix":
		return append(common, "query", "slop")
	case "range":
		return append(common, "gt", "gte", "lt", "lte", "from", "to", "format", "time_zone", "include_lower", "include_upper")
	case "wildcard":
		return append(common, "value", "wildcard", "case_insensitive", "rewrite")
	case "regexp":
		return append(common, "value", "flags", "case_insensitive", "max_determinized_states", "rewrite")
	case "fuzzy":
		return append(common, "value", "fuzziness", "transpositions", "max_expansions", "prefix_length")
	}
	return append(common, "value", "case_insensitive", "rewrite")
}

// test is one query on one field.
func (c *compiler) test(l leaf, m field.Mapping, clause filter.Clause) (filter.Node, error) {
	b := c.Builder
	switch l.name {
	case "term":
		if l.fold {
			return b.EqualFold(m, l.text, clause)
		}
		return b.Term(m, l.text, clause)
	case "match":
		return c.match(l, m, clause)
	case "match_phrase":
		return b.PhraseSlop(m, l.text, intOf(l.body["slop"]), clause)
	case "match_phrase_prefix":
		return nil, errors.New("match_phrase_prefix is not supported")
	case "prefix":
		return c.pattern(m, append(literal(l.text), match.Part{Kind: match.AnyRun}), l.fold, clause)
	case "wildcard":
		return c.pattern(m, match.LuceneWildcard(l.text).Parts(), l.fold, clause)
	case "regexp":
		re, err := match.CompileRegexp(l.text, match.RegexpFlags{IgnoreCase: l.fold})
		if err != nil {
			return nil, err
		}
		return b.Regexp(m, re, clause)
	}
	edits, err := fuzziness(l.body["fuzziness"])
	if err != nil {
		return nil, err
	}
	return b.Fuzzy(m, l.text, edits, clause)
}

func (c *compiler) pattern(m field.Mapping, parts []match.Part, fold bool, clause filter.Clause) (filter.Node, error) {
	if fold {
		return c.Builder.WildcardFold(m, match.NewWildcard(parts), clause)
	}
	return c.Builder.Wildcard(m, match.NewWildcard(parts), clause)
}

// match is the match query: any token, or all with operator and.
func (c *compiler) match(l leaf, m field.Mapping, clause filter.Clause) (filter.Node, error) {
	if l.body["fuzziness"] != nil {
		edits, err := fuzziness(l.body["fuzziness"])
		if err != nil {
			return nil, err
		}
		return c.Builder.Fuzzy(m, l.text, edits, clause)
	}
	switch operator := strings.ToLower(scalarText(l.body["operator"])); {
	case l.body["type"] == "phrase":
		return c.Builder.Phrase(m, l.text, clause)
	case l.body["minimum_should_match"] != nil:
		return nil, errors.New("minimum_should_match of a match query is not supported")
	case operator == "and" && m.Type.IsText():
		return c.Builder.MatchAll(m, l.text, clause)
	}
	return c.Builder.Match(m, l.text, clause)
}

func fuzziness(v any) (int, error) {
	text := scalarText(v)
	if v == nil || strings.HasPrefix(strings.ToUpper(text), "AUTO") {
		return -1, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 2 {
		return 0, fmt.Errorf("fuzziness is AUTO, 0, 1 or 2, not %s", text)
	}
	return n, nil
}

func (c *compiler) ranged(l leaf) filter.Node {
	for _, key := range []string{"format", "time_zone"} {
		if v := l.body[key]; v != nil && v != "strict_date_optional_time" && v != "Z" && v != "UTC" && v != "Zulu" && v != "+00:00" {
			return c.fail(below(l.path, key), "`%s` is not supported", key)
		}
	}
	bounds := filter.Bounds{WithLow: true, WithHigh: true}
	set := func(key string, text *string, has, with *bool, inclusive bool) {
		if v := l.body[key]; v != nil {
			*text, *has, *with = scalarText(v), true, inclusive
		}
	}
	set("from", &bounds.Low, &bounds.HasLow, &bounds.WithLow, l.body["include_lower"] != false)
	set("to", &bounds.High, &bounds.HasHigh, &bounds.WithHigh, l.body["include_upper"] != false)
	set("gte", &bounds.Low, &bounds.HasLow, &bounds.WithLow, true)
	set("gt", &bounds.Low, &bounds.HasLow, &bounds.WithLow, false)
	set("lte", &bounds.High, &bounds.HasHigh, &bounds.WithHigh, true)
	set("lt", &bounds.High, &bounds.HasHigh, &bounds.WithHigh, false)
	clause := label("range " + l.field)
	return c.each(l.field, l.path, clause, func(m field.Mapping) (filter.Node, error) {
		if !bounds.HasLow && !bounds.HasHigh {
			return c.Builder.Exists(m, clause), nil
		}
		return c.Builder.Range(m, bounds, clause)
	})
}

func (c *compiler) exists(v any, path []string) filter.Node {
	body := c.object(v, path, "field", "boost", "_name")
	name, ok := body["field"].(string)
	if !ok {
		return c.fail(path, "the name of a field is expected")
	}
	clause := label("exists " + name)
	return c.each(name, path, clause, func(m field.Mapping) (filter.Node, error) { return c.Builder.Exists(m, clause), nil })
}

func (c *compiler) ids(v any, path []string) filter.Node {
	body := c.object(v, path, "values", "boost", "_name")
	items, ok := asList(body["values"])
	if !ok {
		return c.fail(below(path, "values"), "a list of ids is expected, not %s", kindOf(body["values"]))
	}
	wanted := make([]string, len(items))
	for i, item := range items {
		wanted[i] = scalarText(item)
	}
	return filter.NewIDs(wanted, label("ids "+strings.Join(wanted, ", ")))
}

func (c *compiler) terms(v any, path []string) filter.Node {
	body, ok := v.(map[string]any)
	if !ok {
		return c.fail(path, "an object with the name of a field is expected, not %s", kindOf(v))
	}
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(body)), func(key string) bool { return key == "boost" || key == "_name" })
	if len(names) != 1 {
		return c.fail(path, "one field is expected, and there are %s", strings.Join(names, ", "))
	}
	items, isList := asList(body[names[0]])
	if !isList {
		return c.fail(below(path, names[0]), "a list of values is expected, not %s (looking terms up in an index is not supported)", kindOf(body[names[0]]))
	}
	clause := label("terms " + names[0])
	return c.each(names[0], path, clause, func(m field.Mapping) (filter.Node, error) {
		nodes := make([]filter.Node, len(items))
		for i, item := range items {
			node, err := c.Builder.Term(m, scalarText(item), label(names[0]+": "+scalarText(item)))
			if err != nil {
				return nil, err
			}
			nodes[i] = node
		}
		return filter.NewOr(nodes, clause), nil
	})
}

func (c *compiler) multiMatch(v any, path []string) filter.Node {
	body := c.object(v, path, "query", "fields", "type", "lenient", "operator", "boost", "_name")
	fields, ok := asList(body["fields"])
	if !ok {
		return c.fail(below(path, "fields"), "a list of fields is expected, not %s", kindOf(body["fields"]))
	}
	kind, lenient := scalarText(body["type"]), body["lenient"] == true
	text := scalarText(body["query"])
	var nodes []filter.Node
	for _, f := range fields {
		name, _, _ := strings.Cut(scalarText(f), "^")
		for _, m := range c.fields(name) {
			clause := label(m.Name + ": " + text)
			build := c.Builder.Match
			if kind == "phrase" {
				build = c.Builder.Phrase
			}
			node, err := build(m, text, clause)
			if err != nil && !lenient {
				return c.fail(path, "field `%s`: %v", m.Name, err)
			}
			if err == nil {
				nodes = append(nodes, node)
			}
		}
	}
	return filter.NewOr(nodes, label("multi_match "+text))
}

func (c *compiler) queryString(v any, path []string) filter.Node {
	body := c.object(v, path, "query", "fields", "default_field", "default_operator", "analyze_wildcard", "time_zone", "lenient", "allow_leading_wildcard", "boost", "_name")
	if c.QueryString == nil {
		return c.fail(path, "query_string is not supported here")
	}
	var fields []string
	if name, ok := body["default_field"].(string); ok && name != "*" {
		fields = []string{name}
	}
	if list, ok := asList(body["fields"]); ok {
		for _, f := range list {
			name, _, _ := strings.Cut(scalarText(f), "^")
			fields = append(fields, name)
		}
	}
	node, err := c.QueryString(scalarText(body["query"]), fields, strings.EqualFold(scalarText(body["default_operator"]), "and"), c.Builder)
	if err != nil {
		return c.fail(below(path, "query"), "%v", err)
	}
	return node
}

func literal(text string) []match.Part { return []match.Part{{Literal: text}} }
