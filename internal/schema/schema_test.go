package schema_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/schema"
	"github.com/tocsin-rules/tocsin/internal/source"
)

const thing = `{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "$id": "https://example.test/thing.schema.json",
  "type": "object",
  "required": ["name", "parts"],
  "additionalProperties": false,
  "dependencies": { "left": ["right"], "whole": { "properties": {"half": false} } },
  "properties": {
    "name": { "description": "What it is called.", "type": "string", "pattern": "^[a-z]+$", "examples": ["cog"] },
    "color": { "type": "string", "enum": ["red", "green", "blue"] },
    "kind": { "const": "thing" },
    "size": { "type": "integer", "minimum": 0, "maximum": 100 },
    "least": { "type": "integer", "minimum": 1 },
    "ratio": { "type": "number", "maximum": 1 },
    "on": { "type": "boolean" },
    "parts": { "type": "array", "items": {"$ref": "#/definitions/part"}, "maxItems": 2 },
    "words": { "type": ["string", "array"], "items": {"type": "string", "minLength": 1}, "minItems": 1 },
    "open": { "type": "object" },
    "named": { "type": "object", "propertyNames": {"pattern": "^[a-z]+$"}, "additionalProperties": {"type": "string"} },
    "left": {}, "right": {}, "whole": {}, "half": {}
  },
  "definitions": {
    "part": { "type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}, "additionalProperties": false }
  }
}`

func newSet(t *testing.T, files map[string]string) *schema.Set {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	set, err := schema.Compile(fsys, map[string]string{"^[a-z]+$": "a word of small letters"})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func thingSet(t *testing.T) *schema.Set {
	return newSet(t, map[string]string{"thing.schema.json": thing})
}

// with gives a valid document with some keys changed; nil removes one.
func with(changes map[string]any) map[string]any {
	doc := map[string]any{"name": "cog", "parts": []any{}}
	for k, v := range changes {
		if v == nil {
			delete(doc, k)
			continue
		}
		doc[k] = v
	}
	return doc
}

func TestCheck(t *testing.T) {
	set := thingSet(t)
	date := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name string
		doc  map[string]any
		want string // path, keyword and property of each violation
	}{
		{"valid", with(nil), ""},
		{"missing", with(map[string]any{"name": nil}), "|required name"},
		{"missing twice", with(map[string]any{"name": nil, "parts": nil}), "|required name; |required parts"},
		{"unknown", with(map[string]any{"colour": "red"}), "|additionalProperties colour"},
		{"unknown in an item", with(map[string]any{"parts": []any{map[string]any{"id": "a", "x": 1}}}), "parts/0|additionalProperties x"},
		{"enum", with(map[string]any{"color": "gren"}), "color|enum"},
		{"enum holds", with(map[string]any{"color": "green"}), ""},
		{"const", with(map[string]any{"kind": "thin"}), "kind|const"},
		{"pattern", with(map[string]any{"name": "Cog"}), "name|pattern"},
		{"below", with(map[string]any{"size": int64(-1)}), "size|minimum"},
		{"lowest", with(map[string]any{"size": int64(0)}), ""},
		{"highest", with(map[string]any{"size": int64(100)}), ""},
		{"above", with(map[string]any{"size": int64(101)}), "size|maximum"},
		{"text for a number", with(map[string]any{"size": "5"}), "size|type"},
		{"whole float", with(map[string]any{"size": 5.0}), "size|type"},
		{"fraction", with(map[string]any{"size": 5.5}), "size|type"},
		{"JSON integer", with(map[string]any{"size": json.Number("5")}), ""},
		{"whole float where any number goes", with(map[string]any{"ratio": 1.0}), ""},
		{"float above", with(map[string]any{"ratio": 1.5}), "ratio|maximum"},
		{"infinite", with(map[string]any{"size": math.Inf(1)}), "size|type"},
		{"boolean", with(map[string]any{"on": "yes"}), "on|type"},
		{"date for a text", with(map[string]any{"name": date}), "name|type"},
		{"date for an item", with(map[string]any{"parts": []any{date}}), "parts/0|type"},
		{"date for a table", with(map[string]any{"parts": date}), "parts|type"},
		{"date in an open table", with(map[string]any{"open": map[string]any{"x": date}}), ""},
		{"too many", with(map[string]any{"parts": []map[string]any{{"id": "a"}, {"id": "b"}, {"id": "c"}}}), "parts|maxItems"},
		{"array of tables", with(map[string]any{"parts": []map[string]any{{"id": "a"}, {}}}), "parts/1|required id"},
		{"one of two types", with(map[string]any{"words": "a"}), ""},
		{"the other type", with(map[string]any{"words": []any{"a", ""}}), "words/1|minLength"},
		{"neither type", with(map[string]any{"words": true}), "words|type"},
		{"too few", with(map[string]any{"words": []any{}}), "words|minItems"},
		{"bad name", with(map[string]any{"named": map[string]any{"A": "x", "b": "y"}}), "named|propertyNames A"},
		{"bad value of any name", with(map[string]any{"named": map[string]any{"b": int64(1)}}), "named/b|type"},
		{"alone", with(map[string]any{"left": "x"}), "|dependencies right"},
		{"together", with(map[string]any{"left": "x", "right": "y"}), ""},
		{"excluded", with(map[string]any{"whole": "x", "half": "y"}), "half|false"},
		{"not excluded", with(map[string]any{"half": "y"}), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, err := set.Check("thing", tt.doc)
			if err != nil {
				t.Fatal(err)
			}
			if got := summary(found); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func summary(found []schema.Violation) string {
	var lines []string
	for _, v := range found {
		line := strings.Join(v.Path, "/") + "|" + v.Keyword
		if property, ok := v.Params["property"]; ok {
			line += " " + fmt.Sprint(property)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "; ")
}

func TestCheckDefinition(t *testing.T) {
	found, err := thingSet(t).Check("thing#part", map[string]any{"id": int64(1)})
	if err != nil || summary(found) != "id|type" {
		t.Errorf("got %q, %v", summary(found), err)
	}
}

func TestCheckIsDeterministicAndConcurrent(t *testing.T) {
	set := thingSet(t)
	doc := map[string]any{"b": 1, "a": 1, "c": 1, "color": "x", "size": "x", "on": 1}
	var mu sync.Mutex
	seen := map[string]bool{}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			found, err := set.Check("thing", doc)
			mu.Lock()
			defer mu.Unlock()
			seen[summary(found)+fmt.Sprint(err)] = true
		})
	}
	wg.Wait()
	if len(seen) != 1 {
		t.Errorf("got %d different results: %v", len(seen), seen)
	}
}

func TestBrokenSchemas(t *testing.T) {
	tests := []struct{ name, kind, text, want string }{
		{"unknown kind", "other", thing, "other.schema.json"},
		{"unknown definition", "thing#other", thing, "thing#other"},
		{"no JSON", "thing", "{", "unexpected EOF"},
		{"remote reference", "thing", `{"properties": {"a": {"$ref": "http://127.0.0.1:1/x.json"}}}`, "leads out of the file"},
		{"reference to a file", "thing", `{"items": [{"$ref": "file:///etc/passwd"}]}`, "leads out of the file"},
		{"look-ahead", "thing", `{"pattern": "(?!a)"}`, "thing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := newSet(t, map[string]string{"thing.schema.json": tt.text}).Check(tt.kind, map[string]any{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
		})
	}
	if _, err := schema.Compile(fstest.MapFS{}, nil); err == nil {
		t.Error("an empty file system has no schemas, but was accepted")
	}
}

func TestProperties(t *testing.T) {
	set := thingSet(t)
	if got, err := set.Properties("thing#part"); err != nil || strings.Join(got, " ") != "id" {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := set.Properties("other"); err == nil {
		t.Error("an unknown kind has properties")
	}
}

// paths is a locator whose places are the paths themselves, written one after the other into a text.
type paths struct{}

func (p paths) KeyPlace(path ...string) diag.Place   { return p.place("key", path) }
func (p paths) ValuePlace(path ...string) diag.Place { return p.place("value", path) }

func (p paths) place(what string, path []string) diag.Place {
	name := what + "(" + strings.Join(path, "/") + ")"
	return diag.Place{File: source.NewFile(name, ""), Span: diag.NoSpan}
}

func TestDiagnose(t *testing.T) {
	set := thingSet(t)
	tests := []struct {
		name string
		doc  map[string]any
		want string
		help string
	}{
		{"missing", with(map[string]any{"name": nil}), "value(top): error: missing key `name` in `top` [missing-key]", "for example `name = \"cog\"`"},
		{"missing in an item", with(map[string]any{"parts": []any{map[string]any{}}}), "value(top/parts/0): error: missing key `id` in item 1 of `parts` [missing-key]", ""},
		{"missing twice", with(map[string]any{"name": nil, "parts": nil}), "value(top): error: missing keys `name` and `parts` in `top` [missing-key]", ""},
		{"unknown", with(map[string]any{"colr": "red"}), "key(top/colr): error: unknown key `colr` [unknown-key]", "did you mean `color`?"},
		{"unknown, few known", with(map[string]any{"parts": []any{map[string]any{"id": "", "size": 1}}}), "key(top/parts/0/size): error: unknown key `size` [unknown-key]", "the keys here are `id`"},
		{"enum", with(map[string]any{"color": "gren"}), "value(top/color): error: `color` must be one of `red`, `green` or `blue`, not `gren` [not-allowed]", "did you mean `green`?"},
		{"const", with(map[string]any{"kind": "x"}), "value(top/kind): error: `kind` must be `thing`, not `x` [not-allowed]", ""},
		{"pattern", with(map[string]any{"name": "A\nB"}), "value(top/name): error: `name` must be a word of small letters, not `A\\nB` [wrong-form]", "for example `\"cog\"`"},
		{"blank", with(map[string]any{"name": " "}), "value(top/name): error: `name` must not be blank [wrong-form]", ""},
		{"long value", with(map[string]any{"name": strings.Repeat("Ä", 100)}), "value(top/name): error: `name` must be a word of small letters, not `" + strings.Repeat("Ä", 60) + "...` [wrong-form]", "for example `\"cog\"`"},
		{"range", with(map[string]any{"size": int64(101)}), "value(top/size): error: `size` must be between 0 and 100, not 101 [out-of-range]", ""},
		{"half range", with(map[string]any{"least": int64(0)}), "value(top/least): error: `least` must be at least 1, not 0 [out-of-range]", ""},
		{"quoted number", with(map[string]any{"size": "21"}), "value(top/size): error: `size` must be an integer, not a string [wrong-type]", "write it without quotes: `21`"},
		{"text for a number", with(map[string]any{"size": "many"}), "value(top/size): error: `size` must be an integer, not a string [wrong-type]", ""},
		{"float", with(map[string]any{"size": 2.0}), "value(top/size): error: `size` must be an integer, not a float [wrong-type]", "write it without a fraction"},
		{"number for a text", with(map[string]any{"name": int64(5)}), "value(top/name): error: `name` must be a string, not an integer [wrong-type]", "put it into quotes: `\"5\"`"},
		{"date for a text", with(map[string]any{"name": time.Now()}), "value(top/name): error: `name` must be a string, not a date-time [wrong-type]", "put it into quotes, for example `\"cog\"`"},
		{"yes", with(map[string]any{"on": "yes"}), "value(top/on): error: `on` must be a boolean, not a string [wrong-type]", "write `true` or `false`, without quotes"},
		{"text for an array", with(map[string]any{"parts": "a"}), "value(top/parts): error: `parts` must be an array, not a string [wrong-type]", "put it into brackets: `[\"a\"]`"},
		{"table for an array", with(map[string]any{"parts": map[string]any{}}), "value(top/parts): error: `parts` must be an array, not a table [wrong-type]", "a table in double brackets, `[[...]]`, is an item of an array"},
		{"array for a table", with(map[string]any{"open": []any{}}), "value(top/open): error: `open` must be a table, not an array [wrong-type]", "there is only one: its table has single brackets, `[...]`"},
		{"two types", with(map[string]any{"words": true}), "value(top/words): error: `words` must be a string or an array, not a boolean [wrong-type]", "put it into quotes: `\"true\"`"},
		{"too many", with(map[string]any{"parts": []any{map[string]any{"id": ""}, map[string]any{"id": ""}, map[string]any{"id": ""}}}), "value(top/parts): error: `parts` may have at most 2 items [wrong-length]", ""},
		{"too few", with(map[string]any{"words": []any{}}), "value(top/words): error: `words` needs at least 1 item [wrong-length]", ""},
		{"empty", with(map[string]any{"words": []any{""}}), "value(top/words/0): error: item 1 of `words` must not be empty [wrong-length]", ""},
		{"bad name", with(map[string]any{"named": map[string]any{"A": "x"}}), "key(top/named/A): error: `A` is no name for this [wrong-form]", "it must be a word of small letters"},
		{"alone", with(map[string]any{"left": "x"}), "key(top/left): error: `left` needs `right` beside it [missing-key]", "add `right`, or remove `left`"},
		{"excluded", with(map[string]any{"whole": "x", "half": "y"}), "key(top/half): error: `half` cannot stand beside `whole` [not-allowed]", "remove one of the two"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list, err := set.Diagnose("thing", tt.doc, paths{}, "top")
			if err != nil {
				t.Fatal(err)
			}
			if len(list) != 1 {
				t.Fatalf("got %d findings, want 1: %v", len(list), list)
			}
			if got := list[0].Error(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if list[0].Help != tt.help {
				t.Errorf("got help %q, want %q", list[0].Help, tt.help)
			}
		})
	}
}

func TestTooMany(t *testing.T) {
	set := thingSet(t)
	unknown := with(nil)
	for i := range schema.MaxFindings + 7 {
		unknown[fmt.Sprintf("key%03d", i)] = true
	}
	list, err := set.Diagnose("thing", unknown, paths{})
	if err != nil || len(list) != schema.MaxFindings+1 || list.Count(diag.Error) != len(list) {
		t.Fatalf("got %d findings, %v", len(list), err)
	}
	if i := strings.Index(list.Error(), "7 more findings are not told [too-many]"); i < 0 {
		t.Error("what is left out is not told")
	}
	large := with(map[string]any{"open": map[string]any{"x": make([]any, schema.MaxValues)}})
	list, err = set.Diagnose("thing", large, paths{})
	if err != nil || len(list) != 1 || list[0].Name != schema.TooMany {
		t.Errorf("got %v, %v", list, err)
	}
	nearly := with(map[string]any{"open": map[string]any{"x": make([]any, schema.MaxValues-5)}})
	if list, err = set.Diagnose("thing", nearly, paths{}); err != nil || len(list) != 0 {
		t.Errorf("got %v, %v", list, err)
	}
}
