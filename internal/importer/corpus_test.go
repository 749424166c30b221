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

// exported gives the rules of the corpus, each once, and their export, a line a rule.
func exported(tb testing.TB) (rules []*rule.Rule, lines []string, file *source.File) {
	tb.Helper()
	for _, file := range corpus.Rules(tb) {
		r := decode(tb, file.Name, file.Text)
		rules = append(rules, r)
		lines = append(lines, line(tb, r))
	}
	return rules, lines, source.NewFile("corpus.ndjson", strings.Join(lines, "\n"))
}

// TestCorpus holds two laws over one export of the corpus.
func TestCorpus(t *testing.T) {
	rules, lines, file := exported(t)
	batch := importer.Read(file)
	t.Run("exported, imported into an empty project and exported again it is the same byte for byte", func(t *testing.T) {
		files, problems := batch.Plan(options(t))
		if problems.HasErrors() || len(files) != len(rules) {
			t.Fatalf("got %d files of %d rules, %v", len(files), len(rules), told(problems))
		}
		for i, f := range files {
			again := decode(t, f.Path, f.Text)
			if got := line(t, again); got != lines[i] {
				t.Errorf("%s: (-before +after)\n%s", f.Path, cmp.Diff(publish(rules[i]), publish(again)))
			}
		}
	})
	t.Run("a repository which takes its own export back changes nothing", func(t *testing.T) {
		o := options(t)
		o.Existing, o.Published = map[string]*rule.Rule{}, publish
		for _, r := range rules {
			o.Existing[r.RuleID] = r
		}
		files, problems := batch.Plan(o)
		if len(problems) > 0 || len(files) != len(rules) {
			t.Fatalf("got %d files of %d rules, %v", len(files), len(rules), told(problems))
		}
		for _, f := range files {
			if f.Changed {
				t.Errorf("%s changes: %s", f.Existing.File.Name(), cmp.Diff(f.Existing.File.Text(), f.Text))
			}
		}
	})
}

func BenchmarkImportCorpus(b *testing.B) {
	_, _, file := exported(b)
	o := options(b)
	b.SetBytes(int64(len(file.Text())))
	b.ReportAllocs()
	for b.Loop() {
		importer.Read(file).Plan(o)
	}
}
