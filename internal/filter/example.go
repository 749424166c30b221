package filter

import (
	"math"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/value"
)

// Sample is a value that a field may have so that a condition holds.
type Sample struct {
	Field field.Mapping
	Value event.Scalar
}

// Example gives values with which an event may satisfy a condition, as far as they can be read from it: of alternatives those of
// the first. What must not hold is left out, and what is computed gets any value, so that the caller has to try whether the
// event satisfies the condition. It is false for a condition that never holds.
func Example(n Node) ([]Sample, bool) {
	switch n := n.(type) {
	case *And:
		var all []Sample
		for _, child := range n.Nodes {
			samples, ok := Example(child)
			if !ok {
				return nil, false
			}
			all = append(all, samples...)
		}
		return all, true
	case *Or:
		for _, child := range n.Nodes {
			if samples, ok := Example(child); ok {
				return samples, true
			}
		}
		return nil, false
	case *Leaf:
		v, ok := exampleOf(n.test, n.Field.Type)
		return []Sample{{n.Field, v}}, ok
	case *Script:
		var all []Sample
		for _, m := range n.Fields {
			all = append(all, Sample{m, AnyValue(m.Type)})
		}
		return all, true
	case *Constant:
		return nil, n.Value
	}
	return nil, true
}

// AnyValue is some value of a type.
func AnyValue(kind field.Type) event.Scalar {
	switch {
	case kind.IsNumber():
		return event.Scalar{Kind: event.Number, Text: "1"}
	case kind == field.Boolean:
		return event.Scalar{Kind: event.Bool, Text: "true"}
	case kind.IsDate():
		return event.Scalar{Text: "2026-01-01T00:00:00.000Z"}
	case kind == field.IP:
		return event.Scalar{Text: "192.0.2.1"}
	}
	return event.Scalar{Text: "x"}
}

// exampleOf gives a value that satisfies a test, or the best guess at one.
func exampleOf(t test, kind field.Type) (event.Scalar, bool) {
	text := func(s string) (event.Scalar, bool) { return scalarOf(kind, Value{Text: s}), true }
	switch t := t.(type) {
	case never:
		return event.Scalar{}, false
	case equals:
		return text(string(t))
	case *oneOf:
		var list []string
		for one := range t.texts {
			list = append(list, one)
		}
		if len(list) == 0 {
			return event.Scalar{}, false
		}
		return text(slices.Min(list))
	case fits:
		return text(fill(t.pattern.String()))
	case phrase:
		return text(strings.Join(t, " "))
	case sloppy:
		return text(strings.Join(t.words, " "))
	case near:
		return text(t.text)
	case between:
		if t.low == math.MinInt64 {
			return scalarOf(kind, Value{Bits: t.high}), true
		}
		return scalarOf(kind, Value{Bits: t.low}), true
	case textBetween:
		if t.hasLow {
			return text(t.low)
		}
		return text(t.high)
	}
	return AnyValue(kind), true
}

// fill makes a text of a pattern: what stands for anything is left out, what stands for one character is an x.
func fill(pattern string) string {
	filled := strings.NewReplacer(`\\`, `\`, `\*`, "*", `\?`, "?", "*", "", "?", "x").Replace(pattern)
	if filled == "" {
		return "x"
	}
	return filled
}

// scalarOf turns an indexed value into one of a document.
func scalarOf(kind field.Type, v Value) event.Scalar {
	datum := DatumOf(kind, v)
	switch datum.Kind {
	case value.Long, value.Double:
		return event.Scalar{Kind: event.Number, Text: datum.Text()}
	case value.Bool:
		return event.Scalar{Kind: event.Bool, Text: datum.Text()}
	}
	return event.Scalar{Text: datum.Text()}
}
