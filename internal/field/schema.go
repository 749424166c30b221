package field

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/tocsin-rules/tocsin/internal/match"
)

// Mapping is what is known of one field.
type Mapping struct {
	// Name is the full dotted name by which a query calls the field.
	Name string
	// Path is where its values stand in a document. It differs from Name for multi-fields ("process.name.text" has
	// the values of "process.name").
	Path string
	Type Type
	// Analyzer is the name of a text field's analyzer; "" is the standard one.
	Analyzer string
	// Normalizer is the name of a keyword field's normalizer; "lowercase" folds case, "" keeps values as they are.
	Normalizer string
	// IgnoreAbove is the number of characters above which a keyword value is not indexed; 0 is no limit.
	IgnoreAbove int
	// Nested is the path of the nearest enclosing nested field, "" outside of any.
	Nested string
	// Leaf tells that the field is a key below a flattened field, not the flattened field itself.
	Leaf bool
	// Array tells that ECS expects several values.
	Array bool
	// Runtime tells that the values are computed when the field is searched, so that no document need hold them.
	Runtime bool
	// Origin says who declared the field, for people: "ECS 9.5.0", "schemas/fields/okta.toml", "dynamic mapping".
	Origin string
}

// Source is one layer of knowledge about fields. Implementations are safe for concurrent use.
type Source interface {
	// Lookup gives the field of exactly that name.
	Lookup(name string) (Mapping, bool)
	// Names are all field names, in no particular order. The caller must not change them.
	Names() []string
}

// Schema resolves field names over layers, the first that knows a name wins. It is immutable once it is in use.
type Schema struct {
	layers []Source
	// names and occurring are computed when they are first asked for.
	names             func() []string
	fields, occurring func() []Mapping
}

// NewSchema stacks layers, the most specific first.
func NewSchema(layers ...Source) *Schema {
	s := &Schema{layers: slices.DeleteFunc(layers, func(s Source) bool { return s == nil })}
	s.names, s.fields, s.occurring = sync.OnceValue(s.allNames), sync.OnceValue(s.allFields), sync.OnceValue(s.allOccurring)
	return s
}

// With is the schema with a layer on top.
func (s *Schema) With(top Source) *Schema {
	return NewSchema(append([]Source{top}, s.layers...)...)
}

// Under is the schema with a layer below all others.
func (s *Schema) Under(bottom Source) *Schema {
	return NewSchema(append(slices.Clone(s.layers), bottom)...)
}

// Lookup resolves a field name. A name below a flattened field resolves to that field's type with its own path;
// a name below a nested field knows its nested path. An object is not a field, and is not found.
func (s *Schema) Lookup(name string) (Mapping, bool) {
	for i, layer := range s.layers {
		if m, ok := layer.Lookup(name); ok && !s.declared(m, i) {
			if m.Type == Object {
				return Mapping{}, false
			}
			m.Nested = s.nestedParent(name)
			return m, true
		}
	}
	for parent := range parents(name) {
		for _, layer := range s.layers {
			if m, ok := layer.Lookup(parent); ok && m.Type == Flattened {
				m.Name, m.Path, m.Leaf, m.Nested = name, name, true, s.nestedParent(name)
				return m, true
			}
		}
	}
	return Mapping{}, false
}

// declared tells whether a multi-field of dynamic mapping belongs to a field that a layer above declares: then that
// field is not mapped dynamically, and has no such multi-field.
func (s *Schema) declared(m Mapping, layer int) bool {
	if _, dynamic := s.layers[layer].(*Dynamic); !dynamic || m.Path == m.Name {
		return false
	}
	return slices.ContainsFunc(s.layers[:layer], func(above Source) bool {
		_, ok := above.Lookup(m.Path)
		return ok
	})
}

// Expand gives the fields whose names fit a pattern, sorted by name; objects and nested parents are left out.
func (s *Schema) Expand(pattern *match.Wildcard) []Mapping {
	names := map[string]bool{}
	for _, layer := range s.layers {
		for _, name := range layer.Names() {
			if pattern.Match(name) {
				names[name] = true
			}
		}
	}
	var found []Mapping
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if m, ok := s.Lookup(name); ok && m.Type != Nested {
			found = append(found, m)
		}
	}
	return found
}

// Declares tells whether a layer other than dynamic mapping knows a path: as a field, as an object, or by a field below
// it.
func (s *Schema) Declares(path string) bool {
	for _, layer := range s.layers {
		if _, ok := layer.(*Dynamic); ok {
			continue
		}
		if _, ok := layer.Lookup(path); ok {
			return true
		}
		if h, ok := layer.(holder); ok && h.Holds(path) {
			return true
		}
	}
	return false
}

// holder is a layer that knows whether it has fields below a path.
type holder interface{ Holds(path string) bool }

// Places gives a field as each data stream of the catalogs has it, those without it included: a mapping of the type Invalid.
// Where no stream has it, the other layers answer.
func (s *Schema) Places(name string) []Mapping {
	var inStreams, elsewhere []Mapping
	known := false
	for _, layer := range s.layers {
		if streams, ok := layer.(*Selection); ok {
			for _, m := range streams.Places(name) {
				known = known || m.Type != Invalid
				inStreams = append(inStreams, m)
			}
			continue
		}
		if m, ok := layer.Lookup(name); ok {
			elsewhere = append(elsewhere, m)
		}
	}
	if known {
		return inStreams
	}
	return elsewhere
}

// Declarations gives a field as every layer has it, the one that counts first: all that Places gives, and the other layers
// whose type is another one.
func (s *Schema) Declarations(name string) []Mapping {
	list := s.Places(name)
	counts, known := s.Lookup(name)
	for _, layer := range s.layers {
		_, streams := layer.(*Selection)
		if m, ok := layer.Lookup(name); known && ok && !streams && !slices.Contains(list, m) && (m.Type != counts.Type || m.Origin == counts.Origin) {
			list = append(list, m)
		}
	}
	slices.SortStableFunc(list, func(a, b Mapping) int { return rank(a, counts) - rank(b, counts) })
	return list
}

// rank puts the declaration that counts before the others.
func rank(m, counts Mapping) int {
	if m.Origin == counts.Origin {
		return 0
	}
	return 1
}

// Selections are the layers that are data streams of compact catalogs.
func (s *Schema) Selections() []*Selection {
	var list []*Selection
	for _, layer := range s.layers {
		if streams, ok := layer.(*Selection); ok {
			list = append(list, streams)
		}
	}
	return list
}

// Names are all names that any layer knows, sorted and without doubles: what a suggestion chooses from. The caller must
// not change them.
func (s *Schema) Names() []string { return s.names() }

func (s *Schema) allNames() []string {
	if len(s.layers) == 1 {
		if t, ok := s.layers[0].(*Table); ok {
			return t.Names()
		}
	}
	var names []string
	for _, layer := range s.layers {
		names = append(names, layer.Names()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Occurring gives the fields whose values stand at a path that some observed event has, multi-fields included, sorted
// by name: the fields that a search without a field name looks into. The caller must not change them.
func (s *Schema) Occurring() []Mapping { return s.occurring() }

func (s *Schema) allOccurring() []Mapping {
	var found []Mapping
	if !slices.ContainsFunc(s.layers, func(layer Source) bool { _, ok := layer.(*Dynamic); return ok }) {
		return nil
	}
	for _, m := range s.Fields() {
		if s.observed(m.Path) {
			found = append(found, m)
		}
	}
	return found
}

// Fields are all fields, multi-fields included, without objects and nested parents, sorted by name. The caller must not
// change them.
func (s *Schema) Fields() []Mapping { return s.fields() }

func (s *Schema) allFields() []Mapping {
	var found []Mapping
	for _, name := range s.Names() {
		if m, ok := s.Lookup(name); ok && m.Type != Nested {
			found = append(found, m)
		}
	}
	return found
}

func (s *Schema) observed(path string) bool {
	for _, layer := range s.layers {
		if dynamic, ok := layer.(*Dynamic); ok {
			if _, ok := dynamic.fields[path]; ok {
				return true
			}
		}
	}
	return false
}

func (s *Schema) nestedParent(name string) string {
	for parent := range parents(name) {
		for _, layer := range s.layers {
			if m, ok := layer.Lookup(parent); ok {
				if m.Type == Nested {
					return parent
				}
				break
			}
		}
	}
	return ""
}

// parents yields "a.b" and "a" for "a.b.c".
func parents(name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := strings.LastIndexByte(name, '.'); i > 0; i = strings.LastIndexByte(name[:i], '.') {
			if !yield(name[:i]) {
				return
			}
		}
	}
}

// Table is a Source in memory: what a fixture, a catalog file or a command-line flag declares.
type Table struct {
	fields map[string]Mapping
	// objects are the paths that fields stand below, and names those of all fields: made when they are first asked for.
	objects map[string]struct{}
	names   []string

	makeObjects, makeNames sync.Once
}

// NewTable makes a table of mappings; a mapping without a Path has its own name for one.
func NewTable(mappings ...Mapping) *Table {
	t := &Table{fields: make(map[string]Mapping, len(mappings))}
	for _, m := range mappings {
		if m.Path == "" {
			m.Path = m.Name
		}
		t.fields[m.Name] = m
	}
	return t
}

// Lookup gives the field of exactly that name.
func (t *Table) Lookup(name string) (Mapping, bool) {
	m, ok := t.fields[name]
	return m, ok
}

// Names are all field names. The caller must not change them.
func (t *Table) Names() []string {
	t.makeNames.Do(func() { t.names = slices.Sorted(maps.Keys(t.fields)) })
	return t.names
}

// Holds tells whether the table has a field below a path.
func (t *Table) Holds(path string) bool {
	t.makeObjects.Do(func() {
		t.objects = map[string]struct{}{}
		for name := range t.fields {
			for parent := range parents(name) {
				t.objects[parent] = struct{}{}
			}
		}
	})
	_, ok := t.objects[path]
	return ok
}
