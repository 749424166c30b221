package page_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/exception"
	"github.com/tocsin-rules/tocsin/internal/page"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

func TestExceptions(t *testing.T) {
	entry := func(field string, kind exception.EntryType, excluded bool, values ...string) *exception.Entry {
		return &exception.Entry{Field: field, Type: kind, Excluded: excluded, Values: values, ListID: "addresses"}
	}
	items := []*exception.Item{
		{Name: "Scanner *one*", Description: "Approved.", Entries: []*exception.Entry{entry("source.ip", exception.InList, false), entry("user.name", exception.MatchAny, true, "root", "admin")}},
		{Name: "Test", Description: "Test", OSTypes: []string{"linux", "macos"}, ExpireTime: "2027-01-01T00:00:00Z", Entries: []*exception.Entry{
			entry("a", exception.Match, false, "x"), entry("b", exception.Match, true, ""), entry("c", exception.Wildcard, false, "*|y"), entry("d", exception.Exists, true),
			{Field: "e", Type: exception.Nested, Entries: []*exception.Entry{entry("f", exception.Exists, false)}},
		}},
	}
	options := page.Options{Exceptions: func(*rule.Rule) []*exception.List { return []*exception.List{{ListID: "l", Items: items}} }}
	text := page.Markdown(&rule.Rule{Name: "R"}, options)
	_, got, found := strings.Cut(text, "## Exceptions [_exceptions]\n\n")
	want := `* **Scanner \*one\***: ` + "`source.ip` is in the value list `addresses` and `user.name` is none of `root`, `admin`. Approved.\n" +
		"* **Test** (on linux and macos, until 2027-01-01T00:00:00Z): `a` is `x`, `b` is not empty, `c` matches `*|y`, `d` does not exist and `e` has an object in which `f` exists\n"
	if diff := cmp.Diff(want, got); !found || diff != "" {
		t.Errorf("section (-want +got)\n%s", diff)
	}
	// No exceptions, no heading; and none on pages in the layout of Elastic's.
	options.Style = page.Prebuilt
	for _, o := range []page.Options{{}, options} {
		if text := page.Markdown(&rule.Rule{Name: "R"}, o); strings.Contains(text, "Exceptions") {
			t.Errorf("got\n%s", text)
		}
	}
}
