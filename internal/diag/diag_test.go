package diag

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/source"
)

func TestNearest(t *testing.T) {
	names := []string{"severity", "severity_mapping", "tags", "threat", "to", "type"}
	for _, c := range []struct {
		word string
		want []string
	}{
		{"severty", []string{"severity"}}, {"sevreity", []string{"severity"}}, {"tag", []string{"tags"}}, {"Severity", []string{"severity"}},
		{"index", []string{}}, {"type", []string{}}, {"typ", []string{"type"}},
	} {
		if diff := cmp.Diff(c.want, Nearest(c.word, names, 2)); diff != "" {
			t.Errorf("%s: %s", c.word, diff)
		}
	}
	if got := DidYouMean("thraet", names); got != "did you mean `threat`?" {
		t.Errorf("got %q", got)
	}
	if got := DidYouMean("zzz", names); got != "" {
		t.Errorf("a wrong suggestion: %q", got)
	}
}

func TestProblemIn(t *testing.T) {
	file := source.NewFile("rule.toml", "x = '''\nab or\n'''")
	view := source.NewView(file, "ab or\n", []source.Segment{{Inner: 0, Outer: 8}}, 14)
	d := (&Problem{Name: "kql-syntax", Severity: Error, Span: source.Span{Start: 3, End: 5}, Message: "no"}).In(view)
	if got := d.Error(); got != "rule.toml:2:4: error: no [kql-syntax]" {
		t.Errorf("got %q", got)
	}
	if got := AtFile("x.toml", "unreadable-file", "gone", "").Error(); got != "x.toml: error: gone [unreadable-file]" {
		t.Errorf("got %q", got)
	}
}

func TestListSortAndCount(t *testing.T) {
	a, b := source.NewFile("a", "xyz"), source.NewFile("b", "xyz")
	at := func(f *source.File, start int, s Severity, name string) Diagnostic {
		return Diagnostic{Name: name, Severity: s, Message: "m", Subject: Place{f, source.Span{Start: start, End: start + 1}}}
	}
	list := List{at(b, 0, Warning, "n"), at(a, 2, Error, "n"), at(a, 0, Warning, "n"), at(a, 0, Error, "z"), at(a, 0, Error, "n")}
	list.Sort()
	want := "a:1:1: error: m [n]\na:1:1: error: m [z]\na:1:1: warning: m [n]\na:1:3: error: m [n]\nb:1:1: warning: m [n]"
	if diff := cmp.Diff(want, list.Error()); diff != "" {
		t.Error(diff)
	}
	if !list.HasErrors() || list.Count(Warning) != 2 || (List{at(a, 0, Warning, "n")}).HasErrors() {
		t.Error("counted wrongly")
	}
}
