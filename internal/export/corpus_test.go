package export_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"testing"

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
// as many of those that need packages as the field types at hand allow: the others name fields that their package
// declares in a later release only.
func TestPublishedHashes(t *testing.T) {
	env, hashes := peer(t), publishedHashes(t)
	equal := map[string]int{}
	for _, file := range corpus.Rules(t) {
		r := decode(t, file.Name, file.Text)
		want, ok := hashes[r.RuleID]
		if !ok {
			continue
		}
		if export.Hash(r, env) == want.SHA256 {
			equal[want.Needs]++
			continue
		}
		_, notes := export.Rule(r, env)
		t.Logf("%s: another hash; %v", file.Name, notes)
	}
	for needs, least := range map[string]int{"ecs": 954, "packages": 337} {
		if equal[needs] < least {
			t.Errorf("%d hashes of rules that need %s are equal, want at least %d", equal[needs], needs, least)
		}
	}
}

func corpusRules(tb testing.TB) []*rule.Rule {
	tb.Helper()
	var rules []*rule.Rule
	for _, file := range corpus.Rules(tb) {
		rules = append(rules, decode(tb, file.Name, file.Text))
	}
	return rules
}
