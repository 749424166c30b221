package tomlfmt_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/corpus"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomlfmt"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// update gives the values of one text in the layout of another, and holds that the values arrive and no comment is lost.
func update(t *testing.T, old, values string) string {
	t.Helper()
	before, err := parse(old)
	if err != nil {
		t.Fatal(err)
	}
	after, err := parse(values)
	if err != nil {
		t.Fatal(err)
	}
	text, err := tomlfmt.Update(before, after, tomlfmt.Rule)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := parse(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if !reflect.DeepEqual(after.Tree, doc.Tree) {
		t.Fatalf("the values differ: %s\n%s", cmp.Diff(after.Tree, doc.Tree), text)
	}
	had, has := comments(before), comments(doc)
	slices.Sort(had)
	slices.Sort(has)
	if !slices.Equal(had, has) {
		t.Fatalf("comments: got %q, want %q\n%s", has, had, text)
	}
	if again, err := format(text, tomlfmt.Rule); err != nil || again != text {
		t.Fatalf("not formatted: %v\n%s", err, text)
	}
	return text
}

func TestUpdate(t *testing.T) {
	for _, tt := range []struct{ name, old, values, want string }{
		{"a value changes", "# top\n\n[rule] # r\n# of a\na = 1 # one\nb = 0x10\n# end\n", "[rule]\na = 2\nb = 16\n", "# top\n\n[rule] # r\n# of a\na = 2 # one\nb = 0x10\n# end\n"},
		{"a key is new", "[rule]\n# of b\nb = 1\n", "[rule]\na = 1\nb = 1\n", "[rule]\na = 1\n# of b\nb = 1\n"},
		{"a key is gone", "[rule]\na = 1\n# of b\nb = 1 # one\n", "[rule]\na = 1\n", "[rule]\na = 1\n# of b\n# one\n"},
		{"the spelling stays", "[rule]\nnote = \"\"\"a\\\n  b\"\"\"\nname = 'x\"y'\n", "[rule]\nnote = \"ab\"\nname = \"x\\\"y\"\n", "[rule]\nname = 'x\"y'\nnote = \"\"\"a\\\n  b\"\"\"\n"},
		{"a list gets an item", "[rule]\ntags = [\n# first\n\"a\", # one\n# second\n\"b\",\n# last\n]\n", "[rule]\ntags = [\"c\", \"a\"]\n",
			"[rule]\ntags = [\n    \"c\",\n    # first\n    \"a\", # one\n    # second\n    # last\n]\n"},
		{"a list becomes a string", "[rule]\na = [ # c\n1 ]\n", "[rule]\na = \"x\"\n", ""},
		{"an inline table that is the same", "[rule]\nmeta = { a = 1 } # m\n", "[rule]\nb = 1\n[rule.meta]\na = 1\n", "[rule]\nb = 1\nmeta = { a = 1 } # m\n"},
		{"an inline table that changes", "[rule]\nmeta = { a = 1 } # m\n", "[rule]\n[rule.meta]\na = 2\n", "[rule]\n# m\n\n[rule.meta]\na = 2\n"},
		{"a table goes", "[rule]\n# of meta\n[rule.meta] # m\n# of a\na = 1\n", "[rule]\nb = 1\n", "[rule]\nb = 1\n# of meta\n# m\n# of a\n"},
		{"items of a list move", "[[rule.threat]] # one\nid = 1\n[rule.threat.tactic]\n# t1\nid = \"a\"\n[[rule.threat]] # two\nid = 2\n",
			"[[rule.threat]]\nid = 2\n[[rule.threat]]\nid = 1\n[rule.threat.tactic]\nid = \"a\"\n",
			"[[rule.threat]] # two\nid = 2\n\n[[rule.threat]] # one\nid = 1\n\n[rule.threat.tactic]\n# t1\nid = \"a\"\n"},
		{"an item of a list changes", "[[rule.threat]] # one\nid = 1\n[[rule.threat]] # two\nid = 2\n", "[[rule.threat]]\nid = 1\n[[rule.threat]]\nid = 3\n",
			"[[rule.threat]] # one\nid = 1\n\n[[rule.threat]] # two\nid = 3\n"},
		{"an item of a list goes", "[rule]\n[[rule.threat]] # one\nid = 1\n[[rule.threat]] # two\nid = 2\n", "[rule]\n[[rule.threat]]\nid = 2\n",
			"# one\n\n[rule]\n\n[[rule.threat]] # two\nid = 2\n"},
		{"dotted keys that do not go together", "[rule]\nmeta.a = 1 # a\n", "[rule]\n[rule.meta]\na = 1\nb = 2\n", "# a\n\n[rule]\n\n[rule.meta]\na = 1\nb = 2\n"},
		{"keys at the top", "rule.a = 1 # a\n", "[rule]\na = 1\n", "# a\n\n[rule]\na = 1\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := update(t, tt.old, tt.values)
			if tt.want != "" && tt.want != got {
				t.Errorf("(-want +got)\n%s", cmp.Diff(tt.want, got))
			}
		})
	}
}

// TestUpdateOfNothing holds that a text with the same values is only formatted.
func TestUpdateOfNothing(t *testing.T) {
	for _, file := range corpus.Rules(t) {
		doc, _ := tomltext.Parse(source.NewFile(file.Name, file.Text))
		want, err := tomlfmt.Format(doc, tomlfmt.Rule)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tomlfmt.Update(doc, doc, tomlfmt.Rule)
		if err != nil || got != want {
			t.Errorf("%s: %v\n%s", file.Name, err, cmp.Diff(want, got))
		}
	}
}

// FuzzUpdate holds for any two texts that the values are those of the second, and the comments those of both.
func FuzzUpdate(f *testing.F) {
	f.Add("# a\n[rule] # b\nc=[1,#d\n2] # e\n[[rule.x]]\n", "[rule]\nc=[2]\n[[rule.x]]\ny=1\n[[rule.x]]\n")
	f.Add("[a]\nb.c=1#x\n", "[a.b]\nc=1\nd=2\n")
	f.Add("a={b=1}#x\n[c]\n#y", "[a]\nb=1\n[[c]]\n")
	f.Fuzz(func(t *testing.T, old, values string) {
		if len(old)+len(values) > 1<<12 || strings.Contains(values, "#") || strings.Contains(values, "nan") {
			return
		}
		for _, text := range []string{old, values} {
			if _, err := parse(text); err != nil {
				return
			}
		}
		update(t, old, values)
	})
}
