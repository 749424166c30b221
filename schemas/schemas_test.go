package schemas_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/schemas"
)

// draft07 are the keywords of draft-07, by what their value is.
var draft07 = map[string]string{
	"$id": "", "$schema": "", "$ref": "", "title": "", "description": "", "default": "", "examples": "", "const": "", "enum": "",
	"multipleOf": "", "maximum": "", "exclusiveMaximum": "", "minimum": "", "exclusiveMinimum": "", "maxLength": "", "minLength": "",
	"pattern": "", "maxItems": "", "minItems": "", "uniqueItems": "", "maxProperties": "", "minProperties": "", "required": "", "type": "",
	"items": "schema", "additionalItems": "schema", "contains": "schema", "additionalProperties": "schema", "propertyNames": "schema",
	"if": "schema", "then": "schema", "else": "schema", "not": "schema",
	"allOf": "schemas", "anyOf": "schemas", "oneOf": "schemas",
	"definitions": "map", "properties": "map", "patternProperties": "map", "dependencies": "map",
}

func load(t *testing.T) map[string]map[string]any {
	t.Helper()
	names, err := fs.Glob(schemas.Files(), "*.json")
	if err != nil || len(names) != 6 {
		t.Fatalf("got schemas %v, %v", names, err)
	}
	all := map[string]map[string]any{}
	for _, name := range names {
		text, err := fs.ReadFile(schemas.Files(), name)
		if err != nil {
			t.Fatal(err)
		}
		var schema map[string]any
		if err := json.Unmarshal(text, &schema); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[name] = schema
	}
	return all
}

// walk calls visit for a schema and each schema within it.
func walk(at string, value any, visit func(at string, schema map[string]any)) {
	schema, ok := value.(map[string]any)
	if !ok {
		return // true and false are schemas, too
	}
	visit(at, schema)
	for keyword, child := range schema {
		switch draft07[keyword] {
		case "schema":
			walk(at+"/"+keyword, child, visit)
		case "schemas":
			for i, c := range child.([]any) {
				walk(fmt.Sprintf("%s/%s/%d", at, keyword, i), c, visit)
			}
		case "map":
			for name, c := range child.(map[string]any) {
				walk(at+"/"+keyword+"/"+name, c, visit)
			}
		}
	}
}

func walkAll(t *testing.T, visit func(at string, schema map[string]any)) {
	t.Helper()
	for name, schema := range load(t) {
		walk(name, schema, visit)
	}
}

func TestOnlyDraft07(t *testing.T) {
	for name, schema := range load(t) {
		if schema["$schema"] != "http://json-schema.org/draft-07/schema#" {
			t.Errorf("%s states another draft: %v", name, schema["$schema"])
		}
	}
	walkAll(t, func(at string, schema map[string]any) {
		for keyword := range schema {
			if _, ok := draft07[keyword]; !ok {
				t.Errorf("%s: %q is no keyword of draft-07", at, keyword)
			}
		}
		if _, ok := schema["$ref"]; ok && len(schema) > 1 {
			t.Errorf("%s: keywords beside $ref have no effect in draft-07", at)
		}
	})
}

// TestEveryFieldIsExplained wants a title and a description for each key that a user can write.
func TestEveryFieldIsExplained(t *testing.T) {
	all := load(t)
	walkAll(t, func(at string, schema map[string]any) {
		file, path, _ := strings.Cut(at, "/")
		if strings.Contains(path, "/if") || strings.HasPrefix(path, "if") || strings.Contains(path, "dependencies/") || strings.Contains(path, "definitions/tables") {
			return
		}
		properties, _ := schema["properties"].(map[string]any)
		for name, value := range properties {
			property, _ := value.(map[string]any)
			if ref, ok := property["$ref"].(string); ok {
				property, _ = all[file]["definitions"].(map[string]any)[strings.TrimPrefix(ref, "#/definitions/")].(map[string]any)
			}
			for _, keyword := range []string{"title", "description"} {
				if text, _ := property[keyword].(string); text == "" {
					t.Errorf("%s: %s has no %s", at, name, keyword)
				}
			}
		}
	})
}

// TestTablesAreClosed wants unknown keys to be errors, except in the tables that hold the user's own data.
func TestTablesAreClosed(t *testing.T) {
	walkAll(t, func(at string, schema map[string]any) {
		_, hasProperties := schema["properties"]
		_, closed := schema["additionalProperties"]
		if schema["type"] != "object" || !hasProperties || closed {
			return
		}
		open := []string{
			"fixture.schema.json/definitions/event",
			"rule.schema.json/definitions/rule_of_unknown_type", "rule.schema.json/properties/rule", // closed by the rule's type
		}
		if !slices.Contains(open, at) {
			t.Errorf("%s: unknown keys are accepted", at)
		}
	})
}

func TestPatternsHaveWords(t *testing.T) {
	words := schemas.Patterns()
	unused := maps.Clone(words)
	walkAll(t, func(at string, schema map[string]any) {
		pattern, ok := schema["pattern"].(string)
		if !ok {
			return
		}
		if words[pattern] == "" {
			t.Errorf("%s: no words for pattern %s", at, pattern)
		}
		delete(unused, pattern)
		re, err := regexp.Compile(pattern)
		if err != nil {
			t.Errorf("%s: %v", at, err)
			return
		}
		examples, _ := schema["examples"].([]any)
		for _, example := range examples {
			if text, ok := example.(string); ok && !re.MatchString(text) {
				t.Errorf("%s: example %q breaks pattern %s", at, text, pattern)
			}
		}
	})
	for pattern := range unused {
		t.Errorf("words for a pattern that no schema has: %s", pattern)
	}
}

func TestFieldTypesAgree(t *testing.T) {
	for _, file := range []string{"fields.schema.json", "fixture.schema.json"} {
		definitions := load(t)[file]["definitions"].(map[string]any)
		var names []string
		for _, name := range definitions["field_type"].(map[string]any)["enum"].([]any) {
			names = append(names, name.(string))
		}
		slices.Sort(names)
		if want := field.TypeNames(); !slices.Equal(names, want) {
			t.Errorf("%s: got field types %v, want %v", file, names, want)
		}
	}
}

// TestRuleTypesShareFields wants every field that is common to all rules in each of them, with the same meaning.
func TestRuleTypesShareFields(t *testing.T) {
	definitions := load(t)["rule.schema.json"]["definitions"].(map[string]any)
	common := []string{
		"actions", "author", "building_block_type", "description", "enabled", "exceptions_list", "false_positives", "from", "interval",
		"investigation_fields", "license", "max_signals", "meta", "name", "note", "references", "related_integrations", "required_fields",
		"response_actions", "revision", "risk_score", "risk_score_mapping", "rule_id", "rule_name_override", "setup", "severity",
		"severity_mapping", "tags", "threat", "threat_mappings", "throttle", "timeline_id", "timeline_title", "timestamp_override",
		"timestamp_override_fallback_disabled", "to", "version",
	}
	types := 0
	for name, value := range definitions {
		if !strings.HasPrefix(name, "rule_") || value.(map[string]any)["dependencies"] == nil {
			continue
		}
		types++
		properties := value.(map[string]any)["properties"].(map[string]any)
		for _, field := range common {
			ref, _ := properties[field].(map[string]any)
			if ref["$ref"] != "#/definitions/"+field {
				t.Errorf("%s: %s is %v", name, field, ref)
			}
		}
	}
	if types != 8 {
		t.Errorf("got %d rule types, want 8", types)
	}
}
