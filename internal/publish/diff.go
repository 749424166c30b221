package publish

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Compare tells in which fields one state of a rule differs from an earlier one, both as Kibana's API takes them, sorted by
// path and by meaning: what Kibana fills in by itself is no difference.
func Compare(before, after map[string]any) []FieldChange { return differences(Rule, before, after) }

// differences tells in which fields a stored object differs from a wanted one, sorted by path.
func differences(kind Kind, stored, wanted map[string]any) []FieldChange {
	return differencesOf(kind, normalOf(kind, stored), wanted)
}

// differencesOf is differences of a stored object in normal form.
func differencesOf(kind Kind, stored, wanted map[string]any) []FieldChange {
	before, after := stored, normalOf(kind, wanted)
	if kind == Rule {
		before = maps.Clone(before)
		maps.DeleteFunc(before, func(name string, _ any) bool {
			_, stated := after[name]
			return !stated && !ours(name)
		})
	}
	var found []FieldChange
	compare("", before, after, &found)
	slices.SortFunc(found, func(a, b FieldChange) int { return cmp.Compare(a.Path, b.Path) })
	return found
}

func compare(prefix string, before, after map[string]any, found *[]FieldChange) {
	for name := range union(before, after) {
		a, b, path := before[name], after[name], prefix+name
		inA, isA := a.(map[string]any)
		inB, isB := b.(map[string]any)
		switch {
		case isA && isB && !opaque(name):
			compare(path+".", inA, inB, found)
		case !reflect.DeepEqual(a, b):
			*found = append(*found, FieldChange{Path: path, Before: a, After: b})
		}
	}
}

func union(a, b map[string]any) map[string]struct{} {
	names := make(map[string]struct{}, len(a)+len(b))
	for name := range a {
		names[name] = struct{}{}
	}
	for name := range b {
		names[name] = struct{}{}
	}
	return names
}

// paths is the fields of some changes on one line.
func paths(changes []FieldChange) string {
	names := make([]string, len(changes))
	for i, c := range changes {
		names[i] = c.Path
	}
	return strings.Join(names, ", ")
}
