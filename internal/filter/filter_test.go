package filter

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/match"
)

func document(t rapidOrTest, text string) *event.Document {
	doc, problem := event.NewDecoder().Decode(text)
	if problem != nil {
		t.Fatalf("%s: %v", text, problem)
	}
	return doc
}

type rapidOrTest interface{ Fatalf(string, ...any) }

// An Or with its lists merged holds exactly when one of its nodes does.
func TestOrMergesWithoutChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := &Builder{Layout: NewLayout(), Now: time.Unix(0, 0)}
		fields := []field.Mapping{{Name: "a", Path: "a", Type: field.Keyword}, {Name: "b", Path: "b", Type: field.Long}, {Name: "c", Path: "c", Type: field.IP}}
		var nodes []Node
		for range rapid.IntRange(0, 8).Draw(t, "n") {
			m := fields[rapid.IntRange(0, 2).Draw(t, "field")]
			value := fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "value"))
			if m.Type == field.IP {
				value = "10.0.0." + value
			}
			node, err := b.Term(m, value, Clause{})
			if m.Type == field.Keyword && rapid.Bool().Draw(t, "wild") {
				node, err = b.Wildcard(m, match.Glob(value+"*"), Clause{})
			}
			if err != nil {
				t.Fatalf("%v", err)
			}
			nodes = append(nodes, node)
		}
		or := NewOr(nodes, Clause{})
		v := func() int { return rapid.IntRange(0, 4).Draw(t, "v") }
		record := b.Layout.Bind(document(t, fmt.Sprintf(`{"a":["%d","%d"],"b":%d,"c":"10.0.0.%d"}`, v(), v(), v(), v())))
		want := false
		for _, n := range nodes {
			want = want || n.Match(record)
		}
		if got := or.Match(record); got != want {
			t.Fatalf("merged: %v, one by one: %v", got, want)
		}
	})
}

// A record that is bound again is the same as a new one.
func TestBindToReusesCleanly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := &Builder{Layout: NewLayout(), Now: time.Unix(0, 0)}
		var nodes []Node
		for _, name := range []string{"a", "b", "c"} {
			for _, kind := range []field.Type{field.Keyword, field.Text, field.Long} {
				nodes = append(nodes, b.Exists(field.Mapping{Name: name, Path: name, Type: kind}, Clause{}))
				node, err := b.Term(field.Mapping{Name: name, Path: name, Type: kind}, "1", Clause{})
				if err != nil {
					t.Fatalf("%v", err)
				}
				nodes = append(nodes, node)
			}
		}
		reused := &Record{}
		for range 4 {
			text := rapid.SampledFrom([]string{`{}`, `{"a":"1"}`, `{"a":["x","1"],"b":2}`, `{"b":"1 2","c":[1,2,3]}`, `{"c":"x"}`}).Draw(t, "doc")
			doc := document(t, text)
			b.Layout.BindTo(reused, doc)
			fresh := b.Layout.Bind(doc)
			for i, n := range nodes {
				if n.Match(reused) != n.Match(fresh) {
					t.Fatalf("condition %d on %s differs", i, text)
				}
			}
		}
	})
}

// A range holds exactly for the numbers inside of it, whatever the bounds.
func TestNumberRangeAgainstArithmetic(t *testing.T) {
	kinds := []field.Type{field.Byte, field.Long, field.Double, field.UnsignedLong}
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(kinds).Draw(t, "kind")
		low, high := rapid.Float64Range(-300, 300).Draw(t, "low"), rapid.Float64Range(-300, 300).Draw(t, "high")
		if rapid.Bool().Draw(t, "whole") {
			low, high = float64(int(low)), float64(int(high))
		}
		bounds := Bounds{
			Low: fmt.Sprintf("%f", low), High: fmt.Sprintf("%f", high), HasLow: rapid.Bool().Draw(t, "hasLow"), HasHigh: rapid.Bool().Draw(t, "hasHigh"),
			WithLow: rapid.Bool().Draw(t, "withLow"), WithHigh: rapid.Bool().Draw(t, "withHigh"),
		}
		fmt.Sscan(bounds.Low, &low)
		fmt.Sscan(bounds.High, &high)
		n := rapid.IntRange(-128, 127).Draw(t, "n")
		if kind == field.UnsignedLong && n < 0 {
			n = -n
		}
		b := &Builder{Layout: NewLayout(), Now: time.Unix(0, 0)}
		node, err := b.Range(field.Mapping{Name: "f", Path: "f", Type: kind}, bounds, Clause{})
		if err != nil {
			t.Fatalf("%v", err)
		}
		v := float64(n)
		want := (!bounds.HasLow || v > low || v == low && bounds.WithLow) && (!bounds.HasHigh || v < high || v == high && bounds.WithHigh)
		if got := node.Match(b.Layout.Bind(document(t, fmt.Sprintf(`{"f":%d}`, n)))); got != want {
			t.Fatalf("%s %d in %+v: %v, want %v", kind, n, bounds, got, want)
		}
	})
}
