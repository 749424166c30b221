package check_test

import (
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/check"
	"github.com/tocsin-rules/tocsin/internal/detect"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// FuzzRule checks rules with any query: nothing panics, each place lies within the file, and fixes leave a file that can be read.
func FuzzRule(f *testing.F) {
	for _, table := range [][]expectation{kqlTable(), luceneTable(), eqlTable(), sequenceTable(), esqlTable(), aggregateTable(), extractTable(), valueTable()} {
		for _, e := range table {
			language, query, _ := strings.Cut(e.rule, ": ")
			query, _, _ = strings.Cut(query, "\n---\n")
			query, _ = unmark(query)
			f.Add(language, query)
		}
	}
	b := newBench(f).with(f, check.ByPackages, shopCatalog)
	suite := everything(f)
	f.Fuzz(func(t *testing.T, language, query string) {
		if strings.Contains(query, "'''") {
			t.Skip()
		}
		text := ruleOf(language + ": " + query)
		r, _, err := rule.Load(source.NewFile("a.toml", text), b.schemas)
		if err != nil || r == nil {
			t.Skip()
		}
		subject := check.Subject{Rule: r, Path: "a.toml", Attack: b.attack, Coverage: b.coverage, Environment: detect.Environment{Schema: b.fields}}
		for _, d := range suite.Settle(r.Doc(), suite.Rule(subject)) {
			if at := d.Subject.Span; d.Subject.HasSpan() && (at.Start < 0 || at.End < at.Start || at.End > len(text)) {
				t.Errorf("%s at %v, and the file has %d bytes", d.Name, at, len(text))
			}
			mended, _ := tomltext.Edit(text, [][]diag.Edit{d.Fix})
			if again, _, err := rule.Load(source.NewFile("a.toml", mended), b.schemas); err != nil || again == nil {
				t.Errorf("%s: the mended file cannot be read: %v\n%s", d.Name, err, mended)
			}
		}
	})
}
