package importer_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/corpus"
	"github.com/tocsin-rules/tocsin/internal/export"
	"github.com/tocsin-rules/tocsin/internal/importer"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

func decode(tb testing.TB, name, text string) *rule.Rule {
	tb.Helper()
	doc, problems := tomltext.Parse(source.NewFile(name, text))
	if doc == nil {
		tb.Fatal(problems)
	}
	r, problems := rule.Decode(doc)
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	return r
}

func publish(r *rule.Rule) map[string]any {
	api, _ := export.Rule(r, export.Environment{})
	return api
}

func line(tb testing.TB, r *rule.Rule) string {
	tb.Helper()
	text, err := export.Line(publish(r))
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// exported gives the rules of the corpus, each once, and their export.
func exported(tb testing.TB) ([]*rule.Rule, *source.File) {
	tb.Helper()
	var rules []*rule.Rule
	var lines []string
	for _, file := range corpus.Rules(tb) {
		r := decode(tb, file.Name, file.Text)
		rules = append(rules, r)
		lines = append(lines, line(tb, r))
	}
	return rules, source.NewFile("corpus.ndjson", strings.Join(lines, "\n"))
}

// TestCorpusRoundTrip holds that what is exported, imported into an empty project and exported again is the same byte
// for byte.
func TestCorpusRoundTrip(t *testing.T) {
	rules, file := exported(t)
	files, problems := importer.Read(file).Plan(options(t))
	if problems.HasErrors() || len(files) != len(rules) {
		t.Fatalf("got %d files of %d rules, %v", len(files), len(rules), told(problems))
	}
	for i, f := range files {
		again := decode(t, f.Path, f.Text)
		if want, got := line(t, rules[i]), line(t, again); want != got {
			t.Errorf("%s: (-before +after)\n%s", f.Path, cmp.Diff(publish(rules[i]), publish(again)))
		}
	}
}

// TestCorpusIsLeftAlone holds that a repository which takes its own export back changes nothing.
func TestCorpusIsLeftAlone(t *testing.T) {
	rules, file := exported(t)
	o := options(t)
	o.Existing, o.Published = map[string]*rule.Rule{}, publish
	for _, r := range rules {
		o.Existing[r.RuleID] = r
	}
	files, problems := importer.Read(file).Plan(o)
	if len(problems) > 0 || len(files) != len(rules) {
		t.Fatalf("got %d files of %d rules, %v", len(files), len(rules), told(problems))
	}
	for _, f := range files {
		if f.Changed {
			t.Errorf("%s changes: %s", f.Existing.File.Name(), cmp.Diff(f.Existing.File.Text(), f.Text))
		}
	}
}

func BenchmarkImportCorpus(b *testing.B) {
	_, file := exported(b)
	o := options(b)
	b.SetBytes(int64(len(file.Text())))
	b.ReportAllocs()
	for b.Loop() {
		importer.Read(file).Plan(o)
	}
}
