package schemas_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tocsin-rules/tocsin/internal/corpus"
	"github.com/tocsin-rules/tocsin/internal/schema"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
	"github.com/tocsin-rules/tocsin/schemas"
)

// engines are the validator in use and another one, which must agree with it.
type engines struct {
	own   *schema.Set
	other *jsonschema.Compiler
}

func newEngines(tb testing.TB) engines {
	tb.Helper()
	own, err := schema.Compile(schemas.Files(), schemas.Patterns())
	if err != nil {
		tb.Fatal(err)
	}
	other := jsonschema.NewCompiler()
	for _, name := range []string{"rule", "fixture", "exceptions", "connectors", "fields", "tocsin"} {
		text, err := fs.ReadFile(schemas.Files(), name+".schema.json")
		if err != nil {
			tb.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
		if err != nil {
			tb.Fatal(err)
		}
		delete(doc.(map[string]any), "$id")
		if err := other.AddResource("test:///"+name, doc); err != nil {
			tb.Fatal(err)
		}
	}
	return engines{own, other}
}

// disagree gives what the engines think when they do not think the same of a document.
func (e engines) disagree(tb testing.TB, kind string, doc any) (valid bool, disagreement string) {
	tb.Helper()
	found, err := e.own.Check(kind, doc)
	if err != nil {
		tb.Fatal(err)
	}
	file, definition, split := strings.Cut(kind, "#")
	url := "test:///" + file
	if split {
		url += "#/definitions/" + definition
	}
	other, err := e.other.Compile(url)
	if err != nil {
		tb.Fatal(err)
	}
	err = other.Validate(asJSON(doc))
	if (len(found) == 0) != (err == nil) {
		return false, fmt.Sprintf("%s: %v against %v", kind, found, err)
	}
	return err == nil, ""
}

// asJSON gives a document in the form of decoded JSON; a whole float becomes a fraction and a date-time a table,
// because tocsin does not take them for integers and strings.
func asJSON(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, v := range value {
			out[k] = asJSON(v)
		}
		return out
	case []map[string]any:
		out := []any{}
		for _, v := range value {
			out = append(out, asJSON(v))
		}
		return out
	case []any:
		out := []any{}
		for _, v := range value {
			out = append(out, asJSON(v))
		}
		return out
	case float64:
		return value + 0.25
	case int64:
		return json.Number(strconv.FormatInt(value, 10))
	case time.Time:
		return map[string]any{}
	}
	return value
}

func readTOML(tb testing.TB, name, text string) map[string]any {
	tb.Helper()
	doc, problems := tomltext.Parse(source.NewFile(name, text))
	if doc == nil {
		tb.Fatal(problems)
	}
	return doc.Tree
}

// parts gives the kinds that a document is checked against, each with the part that it applies to.
func parts(kind string, doc map[string]any) map[string]any {
	if kind != "rule" {
		return map[string]any{kind: doc}
	}
	out := map[string]any{"rule": doc, "rule#tables": doc}
	metadata, _ := doc["metadata"].(map[string]any)
	body, _ := doc["rule"].(map[string]any)
	if metadata["maturity"] == "deprecated" {
		out["rule#deprecated_metadata"] = doc["metadata"]
	} else {
		out["rule#metadata"] = doc["metadata"]
	}
	out["rule#rule_"+fmt.Sprint(body["type"])] = doc["rule"]
	if transform, ok := doc["transform"]; ok {
		out["rule#transform"] = transform
	}
	return out
}

func validDocuments(t *testing.T) map[string]map[string]any {
	t.Helper()
	paths, err := filepath.Glob("testdata/valid/*.toml")
	if err != nil || len(paths) != 14 {
		t.Fatalf("got documents %v, %v", paths, err)
	}
	docs := map[string]map[string]any{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		docs[filepath.Base(path)] = readTOML(t, path, string(text))
	}
	return docs
}

func kindOf(name string) string {
	kind, _, _ := strings.Cut(strings.TrimSuffix(name, ".toml"), "_")
	return kind
}

func TestValidDocuments(t *testing.T) {
	e := newEngines(t)
	for name, doc := range validDocuments(t) {
		for kind, part := range parts(kindOf(name), doc) {
			valid, disagreement := e.disagree(t, kind, part)
			if found, _ := e.own.Check(kind, part); !valid {
				t.Errorf("%s: %s %v", name, disagreement, found)
			}
		}
	}
}

// TestValidDocumentsUseEverything wants each key of the schemas to stand in one of the valid documents.
func TestValidDocumentsUseEverything(t *testing.T) {
	used := map[string]bool{}
	for _, doc := range validDocuments(t) {
		collectKeys(doc, used)
	}
	walkAll(t, func(at string, schema map[string]any) {
		properties, _ := schema["properties"].(map[string]any)
		for name := range properties {
			if !used[name] {
				t.Errorf("%s: no valid document has %s", at, name)
			}
		}
	})
}

func collectKeys(value any, into map[string]bool) {
	switch value := value.(type) {
	case map[string]any:
		for k, v := range value {
			into[k] = true
			collectKeys(v, into)
		}
	case []map[string]any:
		for _, v := range value {
			collectKeys(v, into)
		}
	case []any:
		for _, v := range value {
			collectKeys(v, into)
		}
	}
}

// TestEnginesAgreeOnMutations changes valid documents in one place at a time, by chance but the same each time.
func TestEnginesAgreeOnMutations(t *testing.T) {
	e := newEngines(t)
	docs := validDocuments(t)
	rng := rand.New(rand.NewPCG(1, 2))
	valid, invalid := 0, 0
	for _, name := range slices.Sorted(maps.Keys(docs)) {
		for range 400 {
			doc := mutate(rng, docs[name], 0).(map[string]any)
			for _, kind := range slices.Sorted(maps.Keys(parts(kindOf(name), docs[name]))) {
				part := parts(kindOf(name), doc)[kind]
				if part == nil {
					continue
				}
				ok, disagreement := e.disagree(t, kind, part)
				if disagreement != "" {
					t.Fatalf("%s: %s", name, disagreement)
				}
				if ok {
					valid++
				} else {
					invalid++
				}
			}
		}
	}
	if valid == 0 || invalid < 1000 {
		t.Errorf("got %d valid and %d invalid documents: the test tests nothing", valid, invalid)
	}
}

func replacements() []any {
	return []any{
		"", "x", " ", "now-5m", "high", int64(0), int64(-1), int64(101), 1.5, 2.0, true, []any{}, []any{"x"}, []any{""}, map[string]any{},
		map[string]any{"x": "y"}, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC),
	}
}

// mutate copies a document with one change in it: a key removed, a key added, or a value replaced.
func mutate(rng *rand.Rand, value any, depth int) any {
	if depth > 0 && rng.IntN(4) == 0 {
		all := replacements()
		return all[rng.IntN(len(all))]
	}
	switch value := value.(type) {
	case map[string]any:
		return mutateTable(rng, value, depth)
	case []map[string]any:
		items := make([]any, len(value))
		for i, item := range value {
			items[i] = item
		}
		return mutate(rng, items, depth)
	case []any:
		if len(value) == 0 {
			return []any{"x"}
		}
		items := slices.Clone(value)
		i := rng.IntN(len(items))
		if rng.IntN(4) == 0 {
			return append(items, items[i])
		}
		items[i] = mutate(rng, items[i], depth+1)
		return items
	}
	all := replacements()
	return all[rng.IntN(len(all))]
}

func mutateTable(rng *rand.Rand, table map[string]any, depth int) any {
	out := maps.Clone(table)
	names := slices.Sorted(maps.Keys(table))
	if len(names) == 0 || rng.IntN(10) == 0 {
		out["unknown"] = "x"
		return out
	}
	name := names[rng.IntN(len(names))]
	if rng.IntN(6) == 0 && depth > 0 {
		delete(out, name)
		return out
	}
	out[name] = mutate(rng, table[name], depth+1)
	return out
}

func TestEnginesAgreeOnCorpus(t *testing.T) {
	files := corpus.Rules(t)
	e := newEngines(t)
	rng := rand.New(rand.NewPCG(3, 4))
	for i, file := range files {
		doc := readTOML(t, file.Name, file.Text)
		for kind, part := range parts("rule", doc) {
			if valid, disagreement := e.disagree(t, kind, part); !valid {
				t.Errorf("%s: %s is not valid: %s", file.Name, kind, disagreement)
			}
		}
		if i%5 != 0 {
			continue
		}
		changed := mutate(rng, doc, 0).(map[string]any)
		for kind := range parts("rule", doc) {
			part := parts("rule", changed)[kind]
			if part == nil {
				continue
			}
			if _, disagreement := e.disagree(t, kind, part); disagreement != "" {
				t.Errorf("%s: %s", file.Name, disagreement)
			}
		}
	}
}

func TestRepositoryFiles(t *testing.T) {
	e := newEngines(t)
	for folder, kind := range map[string]string{"../rules": "rule", "../tests/fixtures": "fixture", "fields": "fields"} {
		count := 0
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(path) != ".toml" {
				return err
			}
			count++
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for name, part := range parts(kind, readTOML(t, path, string(text))) {
				if found, err := e.own.Check(name, part); err != nil || len(found) > 0 {
					t.Errorf("%s: %v %v", path, found, err)
				}
			}
			return nil
		})
		if err != nil || count == 0 {
			t.Errorf("%s: %d files, %v", folder, count, err)
		}
	}
}
