package page_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/page"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/schema"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
	"github.com/tocsin-rules/tocsin/schemas"
)

var update = flag.Bool("update", false, "write the golden files anew")

// load reads a rule that must be without findings.
func load(t *testing.T, path string) *rule.Rule {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	set, err := schema.Compile(schemas.Files(), schemas.Patterns())
	if err != nil {
		t.Fatal(err)
	}
	r, problems, err := rule.Load(source.NewFile(path, string(text)), set)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return r
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; write it anew with -update)\n%s", path, diff)
	}
}

func TestPageOfEachType(t *testing.T) {
	var entries []page.Entry
	for _, typ := range rule.Types() {
		r := load(t, filepath.Join("testdata", typ.String()+".toml"))
		if r.Type != typ {
			t.Errorf("testdata/%s.toml holds a rule of type %s", typ, r.Type)
		}
		got := page.Markdown(r, page.Options{})
		golden(t, filepath.Join("testdata", typ.String()+".md"), got)
		checkPage(t, got)
		entries = append(entries, page.Entry{File: page.FileName("some folder/" + typ.String() + ".toml"), Rule: r})
	}
	golden(t, filepath.Join("testdata", "index.md"), page.Index(entries))
}

func TestPublicAddress(t *testing.T) {
	r := load(t, "testdata/query.toml")
	for _, base := range []string{"https://example.com/current", "https://example.com/current/"} {
		got := page.Markdown(r, page.Options{BaseURL: base, Prefix: "prebuilt-rule-8-4-2"})
		const want = "mapped_pages:\n  - https://example.com/current/prebuilt-rule-8-4-2-key-used-for-the-first-time-beta.html\n---\n"
		if !strings.Contains(got, want) {
			t.Errorf("base %s: no %q in %.400s", base, want, got)
		}
		if !strings.Contains(got, " [prebuilt-rule-8-4-2-key-used-for-the-first-time-beta]\n") {
			t.Errorf("the title has another anchor than the address: %.400s", got)
		}
	}
	if got := page.Markdown(r, page.Options{}); strings.Contains(got, "mapped_pages") {
		t.Errorf("a page without a public address has one: %.400s", got)
	}
}

// parse reads a rule that need not be complete.
func parse(t testing.TB, name, text string) *rule.Rule {
	t.Helper()
	doc, problems := tomltext.Parse(source.NewFile(name, text))
	if doc == nil {
		t.Fatal(problems)
	}
	r, problems := rule.Decode(doc)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return r
}
