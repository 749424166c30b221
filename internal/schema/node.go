package schema

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// node is a part of a schema, for what its violations need to be explained.
type node struct {
	root   map[string]any
	schema map[string]any
}

// resolve follows references. It gives an empty part for one that leads nowhere.
func (n node) resolve() node {
	for {
		ref, ok := n.schema["$ref"].(string)
		if !ok {
			return n
		}
		definitions, _ := n.root["definitions"].(map[string]any)
		n.schema, _ = definitions[strings.TrimPrefix(ref, "#/definitions/")].(map[string]any)
	}
}

// child gives the part for an entry of a table or an item of an array.
func (n node) child(name string) node {
	for _, part := range n.branches() {
		if properties, ok := part.schema["properties"].(map[string]any); ok {
			if schema, ok := properties[name].(map[string]any); ok {
				return node{n.root, schema}
			}
		}
		for _, keyword := range []string{"items", "additionalProperties"} {
			if schema, ok := part.schema[keyword].(map[string]any); ok {
				return node{n.root, schema}
			}
		}
	}
	return node{root: n.root}
}

// branches gives the part itself and those that hold beside it, references followed.
func (n node) branches() []node {
	n = n.resolve()
	parts := []node{n}
	for _, keyword := range []string{"then", "else"} {
		if schema, ok := n.schema[keyword].(map[string]any); ok {
			parts = append(parts, node{n.root, schema}.branches()...)
		}
	}
	return parts
}

func (n node) walk(path []string) node {
	for _, name := range path {
		n = n.child(name)
	}
	return n.resolve()
}

// text gives a string keyword such as "description".
func (n node) text(keyword string) string {
	s, _ := n.schema[keyword].(string)
	return s
}

// types gives the JSON types that the part allows; nil for any.
func (n node) types() []string {
	switch t := n.schema["type"].(type) {
	case string:
		return []string{t}
	case []any:
		return onlyStrings(t)
	}
	return nil
}

// enum gives the allowed values, if they are strings.
func (n node) enum() []string {
	for _, part := range n.branches() {
		if values, ok := part.schema["enum"].([]any); ok {
			return onlyStrings(values)
		}
		if value, ok := part.schema["const"].(string); ok {
			return []string{value}
		}
	}
	return nil
}

// properties gives the names of the entries that a table may have.
func (n node) properties() []string {
	var names []string
	for _, part := range n.branches() {
		properties, _ := part.schema["properties"].(map[string]any)
		names = append(names, slices.Collect(maps.Keys(properties))...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// example gives an example as one would write it in TOML.
func (n node) example() string {
	examples, _ := n.schema["examples"].([]any)
	if len(examples) == 0 {
		return ""
	}
	text, err := json.Marshal(examples[0])
	if err != nil {
		return ""
	}
	return string(text)
}

// dependents gives the entries that ask for a property to stand beside them, or not to.
func (n node) dependents(property string) []string {
	dependencies, _ := n.schema["dependencies"].(map[string]any)
	var names []string
	for name, dependency := range dependencies {
		switch dependency := dependency.(type) {
		case []any:
			if slices.Contains(onlyStrings(dependency), property) {
				names = append(names, name)
			}
		case map[string]any:
			properties, _ := dependency["properties"].(map[string]any)
			if allowed, ok := properties[property].(bool); ok && !allowed {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

func onlyStrings(values []any) []string {
	var out []string
	for _, value := range values {
		if s, ok := value.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
