package filter

import (
	"strings"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
)

// Layout gives every field that some condition reads a slot in a record. It grows while queries compile and must
// not change once records are made; then it is safe for concurrent use. Queries that are to run over the same
// records share one layout.
type Layout struct {
	slots  []slot
	byKey  map[slotKey]int
	byPath map[string][]int
	// prefixes are the slots that take every leaf below a path: whole flattened fields, and places.
	prefixes []int
	scopes   []scope
}

// slotKey is what makes two uses of a field the same: the values must be read in the same form.
type slotKey struct {
	path, analyzer, normalizer string
	kind                       field.Type
	ignoreAbove                int
	below, presence            bool
}

type slot struct {
	slotKey
	read reader
}

// scope is a nested field with the layout of its objects.
type scope struct {
	path   string
	layout *Layout
}

// NewLayout makes an empty layout.
func NewLayout() *Layout {
	return &Layout{byKey: map[slotKey]int{}, byPath: map[string][]int{}}
}

// slotFor gives the slot of a field's values.
func (l *Layout) slotFor(m field.Mapping) int {
	return l.add(slotKey{
		path: m.Path, analyzer: m.Analyzer, normalizer: m.Normalizer, kind: m.Type, ignoreAbove: m.IgnoreAbove,
		below: takesBelow(m),
	})
}

// takesBelow tells whether what stands below a field belongs to it: a flattened field, and a place that is written as an object.
func takesBelow(m field.Mapping) bool {
	return m.Type == field.Flattened && !m.Leaf || m.Type == field.GeoPoint || m.Type == field.GeoShape
}

// presenceFor gives a slot that is filled whenever the field has a value at all. It differs from slotFor for texts,
// which may have a value and no token.
func (l *Layout) presenceFor(m field.Mapping) int {
	if !m.Type.IsText() {
		return l.slotFor(m)
	}
	return l.add(slotKey{path: m.Path, kind: m.Type, presence: true})
}

func (l *Layout) add(key slotKey) int {
	if i, ok := l.byKey[key]; ok {
		return i
	}
	i := len(l.slots)
	l.slots = append(l.slots, slot{key, newReader(key)})
	l.byKey[key] = i
	if key.below {
		l.prefixes = append(l.prefixes, i)
	}
	if !key.below || key.kind != field.Flattened {
		l.byPath[key.path] = append(l.byPath[key.path], i)
	}
	return i
}

// scopeFor gives the number and the layout of a nested field's objects.
func (l *Layout) scopeFor(path string) (int, *Layout) {
	for i, s := range l.scopes {
		if s.path == path {
			return i, s.layout
		}
	}
	l.scopes = append(l.scopes, scope{path, NewLayout()})
	return len(l.scopes) - 1, l.scopes[len(l.scopes)-1].layout
}

// Record is an event as conditions see it: the values of each slot. It is immutable unless it is bound again, and
// then safe for concurrent use.
type Record struct {
	// Event is the document that the values come from.
	Event  *event.Document
	values [][]Value
	nested [][]*Record
	arena  []Value
	filled []int
}

// Bind makes the record of an event.
func (l *Layout) Bind(doc *event.Document) *Record {
	r := &Record{}
	l.BindTo(r, doc)
	return r
}

// BindTo fills a record anew, so that a loop over many events needs only one. The record must have been made by the
// same layout or be empty.
func (l *Layout) BindTo(r *Record, doc *event.Document) {
	for _, i := range r.filled {
		r.values[i] = nil
	}
	r.Event, r.arena, r.filled = doc, r.arena[:0], r.filled[:0]
	if len(r.values) < len(l.slots) {
		r.values = make([][]Value, len(l.slots))
	}
	leaves := doc.Leaves()
	for i := range leaves {
		for _, s := range l.byPath[leaves[i].Path] {
			l.fill(r, s, leaves[i].Values)
		}
		for _, s := range l.prefixes {
			if strings.HasPrefix(leaves[i].Path, l.slots[s].path) && strings.HasPrefix(leaves[i].Path[len(l.slots[s].path):], ".") {
				l.fill(r, s, leaves[i].Values)
			}
		}
	}
	l.bindNested(r, doc)
}

// fill appends to the values of a slot. They lie in the record's arena: one allocation serves many slots, and a
// later growth of the arena leaves the earlier part where it is.
func (l *Layout) fill(r *Record, s int, scalars []event.Scalar) {
	before := r.values[s]
	start := len(r.arena)
	r.arena = append(r.arena, before...)
	for _, scalar := range scalars {
		r.arena = l.slots[s].read(r.arena, start, scalar)
	}
	r.values[s] = r.arena[start:len(r.arena):len(r.arena)]
	if len(before) == 0 {
		r.filled = append(r.filled, s)
	}
}

func (l *Layout) bindNested(r *Record, doc *event.Document) {
	if len(l.scopes) == 0 {
		return
	}
	r.nested = make([][]*Record, len(l.scopes))
	for i, s := range l.scopes {
		for _, object := range doc.Objects(s.path) {
			r.nested[i] = append(r.nested[i], s.layout.Bind(object))
		}
	}
}

// Observe notes every value of an event in a dynamic mapping.
func Observe(dynamic *field.Dynamic, doc *event.Document) {
	for _, leaf := range doc.Leaves() {
		for _, s := range leaf.Values {
			dynamic.Observe(leaf.Path, dynamicKind(s), s.Text)
		}
	}
}

func dynamicKind(s event.Scalar) field.Kind {
	switch {
	case s.Kind == event.Bool:
		return field.KindBool
	case s.IsWhole():
		return field.KindWhole
	case s.Kind == event.Number:
		return field.KindFraction
	}
	return field.KindString
}
