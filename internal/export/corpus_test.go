package export_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/corpus"
	"github.com/tocsin-rules/tocsin/internal/export"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/semver"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
	"github.com/tocsin-rules/tocsin/schemas"
)

func decode(tb testing.TB, name, text string) *rule.Rule {
	tb.Helper()
	doc, problems := tomltext.Parse(source.NewFile(name, text))
	if doc == nil {
		tb.Fatal(problems)
	}
	r, _ := rule.Decode(doc)
	return r
}

func ecs(tb testing.TB) *field.Table {
	tb.Helper()
	table, err := field.ParseECS(schemas.ECS(), "")
	if err != nil {
		tb.Fatal(err)
	}
	return table
}

func unpacked(tb testing.TB, name string) io.Reader {
	tb.Helper()
	file, err := os.Open(corpus.Path(tb, name))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { file.Close() })
	r, err := gzip.NewReader(file)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func peer(tb testing.TB) export.Environment {
	tb.Helper()
	packages, err := export.ReadPackages(unpacked(tb, "integration-fields.json.gz"))
	if err != nil {
		tb.Fatal(err)
	}
	return export.Environment{Compat: true, Baseline: true, ECS: ecs(tb), Packages: packages, Stack: semver.Version{Major: 9, Minor: 5}}
}

type published struct{ Needs, SHA256 string }

func publishedHashes(tb testing.TB) map[string]published {
	tb.Helper()
	text, err := os.ReadFile(corpus.Path(tb, "export-hashes.json"))
	if err != nil {
		tb.Fatal(err)
	}
	hashes := map[string]published{}
	if err := json.Unmarshal(text, &hashes); err != nil {
		tb.Fatal(err)
	}
	return hashes
}

// TestPublishedHashes holds the content hash of real rules against the published one: all those that need ECS alone, and
// those that need packages as far as the field types at hand go. The others name fields that the packages at hand do not
// declare: with a type for them, each has the published hash, too.
func TestPublishedHashes(t *testing.T) {
	env, hashes := peer(t), publishedHashes(t)
	equal := map[string]int{}
	for _, file := range corpus.Rules(t) {
		r := decode(t, file.Name, file.Text)
		want, ok := hashes[r.RuleID]
		if !ok {
			continue
		}
		api, _ := export.Rule(r, env)
		if export.HashOf(api) == want.SHA256 {
			equal[want.Needs]++
			continue
		}
		missing, met := typed(api, want.SHA256)
		t.Logf("%s: %v", file.Name, missing)
		if !met || len(missing) == 0 {
			t.Errorf("%s: another hash, whatever the types of %v", file.Name, missing)
		}
	}
	if want := map[string]int{"ecs": 954, "packages": 337}; !cmp.Equal(want, equal) {
		t.Errorf("equal are %v, want %v", equal, want)
	}
}

// typed gives the required fields of an object that nobody knows, and tells whether some type of each makes its hash.
func typed(api map[string]any, hash string) (missing []string, met bool) {
	var unknown []map[string]any
	list, _ := api["required_fields"].([]any)
	for _, item := range list {
		if field := item.(map[string]any); field["type"] == "unknown" {
			unknown = append(unknown, field)
			missing = append(missing, field["name"].(string))
		}
	}
	for _, kind := range []string{"keyword", "boolean", "flattened", "text", "integer", "ip", "object"} {
		for i := range 1 << len(unknown) { // any of them may still be unknown to the peer
			for j, field := range unknown {
				field["type"] = "unknown"
				if i>>j&1 == 1 {
					field["type"] = kind
				}
			}
			if export.HashOf(api) == hash {
				return missing, true
			}
		}
	}
	return missing, false
}

func corpusRules(tb testing.TB) []*rule.Rule {
	tb.Helper()
	var rules []*rule.Rule
	for _, file := range corpus.Rules(tb) {
		rules = append(rules, decode(tb, file.Name, file.Text))
	}
	return rules
}
