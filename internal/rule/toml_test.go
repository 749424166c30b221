package rule_test

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-rules/tocsin/internal/corpus"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// reread writes a rule and reads it again.
func reread(r *rule.Rule) (*rule.Rule, rule.Unwritten, error) {
	text, lost, err := r.EncodeTOML()
	if err != nil {
		return nil, lost, err
	}
	doc, problems := tomltext.Parse(source.NewFile("again.toml", text))
	if doc == nil {
		return nil, lost, problems
	}
	again, problems := rule.Decode(doc)
	if len(problems) > 0 {
		return nil, lost, problems
	}
	return again, lost, nil
}

func TestEncodeTOMLCorpus(t *testing.T) {
	for _, file := range corpus.Rules(t) {
		r, _ := rule.Decode(parse(t, file.Name, file.Text))
		again, _, err := reread(r)
		if err != nil {
			t.Errorf("%s: %v", file.Name, err)
			continue
		}
		if !reflect.DeepEqual(r.WithoutDoc(), again.WithoutDoc()) {
			t.Errorf("%s: %s", file.Name, cmp.Diff(r.EncodeAPI(), again.EncodeAPI()))
		}
	}
}

func TestEncodeTOMLEveryField(t *testing.T) {
	for _, file := range validRules(t) {
		r, _ := rule.Decode(parse(t, file.Name, file.Text))
		again, lost, err := reread(r)
		if err != nil {
			t.Errorf("%s: %v", file.Name, err)
			continue
		}
		if len(lost.Kept)+len(lost.Nulls) > 0 || !reflect.DeepEqual(r.WithoutDoc(), again.WithoutDoc()) {
			t.Errorf("%s: lost %v\n%s", file.Name, lost, cmp.Diff(r.EncodeAPI(), again.EncodeAPI()))
		}
	}
}

func TestEncodeTOMLOfAPI(t *testing.T) {
	r, err := rule.DecodeAPI(object(t, `{
		"name": "N", "type": "new_terms", "query": "a : \"b\"\n", "note": "## A\n\nuse \\d\n", "description": "d", "new_terms_fields": ["a"],
		"history_window_start": "now-7d", "throttle": null, "x": {"y": [1]}, "tags": ["a", "b"], "meta": {"a": null, "b": 1.5},
		"threat": [{"framework": "f", "z": 1, "tactic": {"id": "i", "name": "n", "reference": "r"}}], "filters": [{"$state": {"store": "s"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Metadata.CreationDate = "2026/11/22"
	text, lost, err := r.EncodeTOML()
	if err != nil {
		t.Fatal(err)
	}
	const want = `[metadata]
creation_date = "2026/11/22"

[metadata.extended.api]
"threat.0.z" = 1

[metadata.extended.api.x]
y = [1]

[rule]
description = "d"
name = "N"
note = """## A

use \\d
"""
tags = [
    "a",
    "b",
]
type = "new_terms"

query = '''
a : "b"
'''

[[rule.filters]]

[rule.filters."$state"]
store = "s"

[[rule.threat]]
framework = "f"

[rule.threat.tactic]
id = "i"
name = "n"
reference = "r"

[rule.meta]
b = 1.5

[rule.new_terms]
field = "new_terms_fields"
value = ["a"]

[[rule.new_terms.history_window_start]]
field = "history_window_start"
value = "now-7d"
`
	if diff := cmp.Diff(want, text); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(rule.Unwritten{Kept: []string{"threat.0.z", "x"}, Nulls: []string{"meta.a", "throttle"}}, lost); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestEncodeTOMLErrors(t *testing.T) {
	for text, want := range map[string]string{
		`{"actions": [{"a": ["x", null]}], "threat_filters": [{"a": [[null]]}]}`:     "TOML has no null, and actions.0.a.1, threat_filters.0.a.0.0 is one",
		`{"meta": {"a": 123456789012345678901234567890}}`:                            "the rule cannot be written as TOML: ",
		`{"meta": ` + strings.Repeat(`{"a": `, 200) + "1" + strings.Repeat("}", 201): "the rule cannot be written as TOML: ",
	} {
		r, err := rule.DecodeAPI(object(t, text))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := r.EncodeTOML(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.60s: got %v, want %s", text, err, want)
		}
	}
}

// TestEncodeTOMLKeepsExtended holds that the user's own data survives, whatever TOML has.
func TestEncodeTOMLKeepsExtended(t *testing.T) {
	const extended = `[metadata.extended]
a = [nan, -inf, 1e6, 2.0, 1979-05-27T07:32:00.5Z, 1979-05-27T07:32:00, 1979-05-27, 07:32:00, {b = {}}, [[]]]
"x y".z = true
`
	r, _ := decode(t, extended)
	text, _, err := r.EncodeTOML()
	if err != nil {
		t.Fatal(err)
	}
	const want = `[metadata.extended]
a = [nan, -inf, 1e+06, 2.0, 1979-05-27T07:32:00.5Z, 1979-05-27T07:32:00, 1979-05-27, 07:32:00, { b = {} }, [[]]]

[metadata.extended."x y"]
z = true

[rule]
`
	if text != want {
		t.Errorf("got\n%s", text)
	}
}

// TestEncodeTOMLLaw holds for any rule that what is written is read as the same rule.
func TestEncodeTOMLLaw(t *testing.T) {
	draw := ruleShape()
	rapid.Check(t, func(t *rapid.T) {
		object := withoutNulls(draw(t)).(map[string]any)
		r, err := rule.DecodeAPI(object)
		if err != nil {
			t.Fatal(err)
		}
		again, lost, err := reread(r)
		if err != nil {
			t.Fatal(err)
		}
		if len(lost.Nulls) > 0 {
			t.Fatalf("lost %v", lost.Nulls)
		}
		got := again.EncodeAPI()
		for _, name := range lost.Kept {
			if !nested(name) {
				got[name] = object[name]
			}
		}
		if slices.ContainsFunc(lost.Kept, nested) {
			return
		}
		if diff := cmp.Diff(object, got); diff != "" {
			t.Fatalf("(-before +after)\n%s", diff)
		}
	})
}

func validRules(t *testing.T) []corpus.File {
	t.Helper()
	paths, err := filepath.Glob("../../schemas/testdata/valid/rule_*.toml")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	var files []corpus.File
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, corpus.File{Name: path, Text: string(text)})
	}
	return files
}

// withoutNulls takes the nulls out of a value.
func withoutNulls(value any) any {
	switch value := value.(type) {
	case map[string]any:
		maps.DeleteFunc(value, func(_ string, v any) bool { return v == nil })
		for k, v := range value {
			value[k] = withoutNulls(v)
		}
	case []any:
		out := slices.DeleteFunc(value, func(v any) bool { return v == nil })
		for i, v := range out {
			out[i] = withoutNulls(v)
		}
		return out
	}
	return value
}

func nested(path string) bool { return strings.Contains(path, ".") }
