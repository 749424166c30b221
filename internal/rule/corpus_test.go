package rule_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/corpus"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/schema"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
	"github.com/tocsin-rules/tocsin/schemas"
)

func parse(tb testing.TB, name, text string) *tomltext.Document {
	tb.Helper()
	doc, problems := tomltext.Parse(source.NewFile(name, text))
	if doc == nil {
		tb.Fatal(problems)
	}
	return doc
}

// TestCorpusRoundTrip holds what is encoded against the TOML itself, taken through encoding/json.
func TestCorpusRoundTrip(t *testing.T) {
	for _, file := range corpus.Rules(t) {
		doc := parse(t, file.Name, file.Text)
		r, problems := rule.Decode(doc)
		if len(problems) > 0 {
			t.Errorf("%v", problems)
			continue
		}
		api := r.EncodeAPI()
		if want, got := expectedAPI(t, doc.Tree), throughJSON(t, api); !reflect.DeepEqual(want, got) {
			t.Errorf("%s: (-TOML +API)\n%s", file.Name, cmp.Diff(want, got))
		}
		again, err := rule.DecodeAPI(api)
		if err != nil {
			t.Errorf("%s: %v", file.Name, err)
			continue
		}
		if got := again.EncodeAPI(); !reflect.DeepEqual(api, got) {
			t.Errorf("%s: (-once +twice)\n%s", file.Name, cmp.Diff(api, got))
		}
	}
}

func expectedAPI(t *testing.T, tree map[string]any) any {
	want := throughJSON(t, tree["rule"]).(map[string]any)
	delete(want, "threat_mappings")
	if terms, ok := want["new_terms"].(map[string]any); ok {
		delete(want, "new_terms")
		want["new_terms_fields"] = terms["value"]
		want["history_window_start"] = terms["history_window_start"].([]any)[0].(map[string]any)["value"]
	}
	return want
}

func throughJSON(t *testing.T, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func BenchmarkDecodeCorpus(b *testing.B) {
	files := corpus.Rules(b)
	size := 0
	for _, file := range files {
		size += len(file.Text)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, file := range files {
			rule.Decode(parse(b, file.Name, file.Text))
		}
	}
}

func newSchemas(tb testing.TB) *schema.Set {
	tb.Helper()
	set, err := schema.Compile(schemas.Files(), schemas.Patterns())
	if err != nil {
		tb.Fatal(err)
	}
	return set
}

func TestCorpusPassesSchema(t *testing.T) {
	set := newSchemas(t)
	for _, file := range corpus.Rules(t) {
		_, list, err := rule.Load(source.NewFile(file.Name, file.Text), set)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) > 0 {
			t.Errorf("%v", list)
		}
	}
}

func BenchmarkLoadCorpus(b *testing.B) {
	set := newSchemas(b)
	files := corpus.Rules(b)
	b.ReportAllocs()
	for b.Loop() {
		for _, file := range files {
			if _, _, err := rule.Load(source.NewFile(file.Name, file.Text), set); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkCompileSchemas(b *testing.B) {
	for b.Loop() {
		set := newSchemas(b)
		for _, t := range rule.Types() {
			if _, err := set.Check("rule#rule_"+t.String(), map[string]any{}); err != nil {
				b.Fatal(err)
			}
		}
	}
}
