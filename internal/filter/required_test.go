package filter

import (
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/field"
)

// What a condition requires is what any record that satisfies it has.
func TestRequired(t *testing.T) {
	b := &Builder{Layout: NewLayout()}
	m := field.Mapping{Name: "c", Path: "c", Type: field.Keyword}
	other := field.Mapping{Name: "d", Path: "d", Type: field.Keyword}
	text := field.Mapping{Name: "c", Path: "c", Type: field.Text}
	is := func(m field.Mapping, value string) Node {
		n, err := b.Term(m, value, Clause{})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, c := range []struct {
		name string
		node Node
		want string
	}{
		{"a value", is(m, "x"), "x"}, {"another field", is(other, "x"), "none"}, {"a text", is(text, "x"), "none"},
		{"a choice", NewOr([]Node{is(m, "x"), is(m, "y")}, Clause{}), "x y"},
		{"a choice with another way out", NewOr([]Node{is(m, "x"), is(other, "y")}, Clause{}), "none"},
		{"and: the stricter", &And{Nodes: []Node{NewOr([]Node{is(m, "x"), is(m, "y")}, Clause{}), is(m, "z")}}, "z"},
		{"and: one is enough", &And{Nodes: []Node{is(other, "q"), is(m, "x")}}, "x"},
		{"not", &Not{Node: is(m, "x")}, "none"}, {"everything", &And{}, "none"},
	} {
		values, ok := Required(c.node, "c")
		slices.Sort(values)
		if got := strings.Join(values, " "); ok != (c.want != "none") || ok && got != c.want {
			t.Errorf("%s: %q %v, want %s", c.name, got, ok, c.want)
		}
	}
}
