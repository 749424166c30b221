package esql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/match"
)

// scope is what names stand for at one place of a pipeline.
type scope struct {
	// columns are in the order in which Elasticsearch has them. As long as all is set, the fields of the indices stand
	// before them without being listed: there are thousands, and a query names a few.
	columns []*entry
	all     bool
	// fields are those of the indices that were named, by name; hidden are those that a column of the same name covers.
	fields map[string]*entry
	hidden map[string]bool
	// open tells that a name which nobody knows may be a field of the indices that the schema does not have; when there are
	// patterns, only a name that one of them fits.
	open     bool
	patterns []*match.Wildcard
	// load is where fields of the indices are read; nil when there are none.
	load *Load
}

// entry is a column in scope. A field of an index has a slot once it is needed, and -1 until then.
type entry struct {
	Column
	mapping *field.Mapping
	// search tells that full-text functions may look into it: it is a field of an index as it was read.
	search bool
	// ambiguous says that the indices have the field with different types: the entry has no type then, but for a conversion,
	// which reads it as united.
	ambiguous string
	united    *Ref
	// doubtful tells the same of packages, which may not all be installed; the type is the first one's.
	doubtful bool
}

// put adds a column at the end, in the place of one of the same name.
func (s *scope) put(e *entry) {
	s.remove(e.Name)
	s.columns = append(s.columns, e)
}

// remove takes a name out of scope.
func (s *scope) remove(name string) {
	s.columns = slices.DeleteFunc(s.columns, func(e *entry) bool { return e.Name == name })
	s.hidden[name] = true
}

// slot gives a column its slot, reading it from the documents if it is a field.
func (c *checker) slot(s *scope, e *entry) int {
	if e.Slot >= 0 {
		return e.Slot
	}
	e.Slot = c.newSlot()
	s.load.Fields = append(s.load.Fields, &LoadField{Mapping: *e.mapping, As: e.Type, Slot: e.Slot})
	return e.Slot
}

// find looks a name up.
func (c *checker) find(s *scope, name string) (*entry, bool) {
	for i := len(s.columns) - 1; i >= 0; i-- {
		if s.columns[i].Name == name {
			return s.columns[i], true
		}
	}
	if s.hidden[name] {
		return nil, false
	}
	if e, ok := s.fields[name]; ok && s.all {
		return e, true
	}
	if m, ok := c.lookup(name); ok && s.all {
		e := c.fieldEntry(m)
		s.fields[name] = e
		return e, true
	}
	return c.assumed(s, name)
}

// assumed takes a name that nobody knows for a field without values, when that is allowed.
func (c *checker) assumed(s *scope, name string) (*entry, bool) {
	if !s.open || s.patterns != nil && !slices.ContainsFunc(s.patterns, func(w *match.Wildcard) bool { return w.Match(name) }) {
		return nil, false
	}
	if e, ok := s.fields[name]; ok {
		return e, true
	}
	e := &entry{Column: Column{name, column.Null, -1}, mapping: &field.Mapping{Name: name, Path: name}, search: true}
	s.fields[name] = e
	return e, true
}

func (c *checker) fieldEntry(m field.Mapping) *entry {
	e := &entry{Column: Column{m.Name, column.OfField(m.Type), -1}, mapping: &m, search: true}
	variants := c.Schema.Variants(m.Name)
	if !slices.ContainsFunc(variants, func(v field.Variant) bool { return column.OfField(v.Type) != e.Type }) {
		return e
	}
	if slices.ContainsFunc(variants, func(v field.Variant) bool { return !v.Certain }) {
		e.doubtful = true
		return e
	}
	e.ambiguous, e.Type, e.search = ambiguity(variants), column.Unsupported, false
	return e
}

// ambiguity tells which types a field has where, in Elasticsearch's words.
func ambiguity(variants []field.Variant) string {
	parts := make([]string, len(variants))
	for i, v := range variants {
		const most = 3
		more := ""
		if len(v.Indices) > most {
			more = fmt.Sprintf(" and [%d] other indices", len(v.Indices)-most)
		}
		parts[i] = fmt.Sprintf("[%s] in [%s]%s", v.Type, strings.Join(v.Indices[:min(most, len(v.Indices))], ", "), more)
	}
	return fmt.Sprintf("ambiguities being mapped as [%d] incompatible types: %s", len(variants), strings.Join(parts, ", "))
}

// spread lists the fields of the indices as columns, sorted by name, before the others.
func (c *checker) spread(s *scope) {
	if !s.all {
		return
	}
	s.all = false
	fields := c.allFields()
	entries, list := make([]entry, len(fields)), make([]*entry, 0, len(fields)+len(s.columns))
	for i := range fields {
		switch e, ok := s.fields[fields[i].Name]; {
		case s.hidden[fields[i].Name]:
		case ok:
			list = append(list, e)
		case len(c.Schema.Selections()) > 0:
			e := c.fieldEntry(fields[i])
			s.fields[e.Name] = e
			list = append(list, e)
		default:
			entries[i] = entry{Column: Column{fields[i].Name, column.OfField(fields[i].Type), -1}, mapping: &fields[i], search: true}
			list = append(list, &entries[i])
		}
	}
	s.columns = append(list, s.columns...)
}

// lookup finds a field of the indices; one that holds objects is none.
func (c *checker) lookup(name string) (field.Mapping, bool) {
	m, ok := c.Schema.Lookup(name)
	return m, ok && m.Type != field.Nested
}

// allFields are the fields that the query may keep, sorted by name.
func (c *checker) allFields() []field.Mapping {
	if c.Fields != nil {
		return c.Fields()
	}
	return c.Schema.Fields()
}

// fitting gives the columns that a pattern with asterisks fits, in order. Fields that are not listed yet are looked up by
// the text before the first asterisk.
func (c *checker) fitting(s *scope, pattern string) []*entry {
	w := match.Glob(pattern)
	prefix, _, _ := strings.Cut(pattern, "*")
	var found []*entry
	if s.all {
		fields := c.allFields()
		from, _ := slices.BinarySearchFunc(fields, prefix, func(m field.Mapping, prefix string) int { return strings.Compare(m.Name, prefix) })
		for i := range fields[from:] {
			name := fields[from+i].Name
			if !strings.HasPrefix(name, prefix) {
				break
			}
			if w.Match(name) && !s.hidden[name] && !s.listed(name) {
				if e, ok := c.find(s, name); ok && e.Type != column.Null {
					found = append(found, e)
				}
			}
		}
	}
	for _, e := range s.columns {
		if w.Match(e.Name) {
			found = append(found, e)
		}
	}
	return found
}

func (s *scope) listed(name string) bool {
	return slices.ContainsFunc(s.columns, func(e *entry) bool { return e.Name == name })
}

// unknown complains about a name that is not in scope, as Elasticsearch does, and suggests others.
func (c *checker) unknown(s *scope, name string, at Place) {
	var names []string
	for _, e := range s.columns {
		names = append(names, e.Name)
	}
	if s.all {
		names = append(names, c.Schema.Names()...)
	}
	near := diag.Nearest(name, names, 3)
	message := fmt.Sprintf("Unknown column [%s]", name)
	switch len(near) {
	case 0:
	case 1:
		message += fmt.Sprintf(", did you mean [%s]?", near[0])
	default:
		message += fmt.Sprintf(", did you mean any of [%s]?", strings.Join(near, ", "))
	}
	help := ""
	if c.dropped[name] != "" {
		help = c.dropped[name]
	}
	c.fail(at.At, "esql-unknown-column", message, help)
}

// branch is a scope of its own that begins with the same columns.
func (s *scope) branch() *scope {
	out := *s
	out.columns = slices.Clone(s.columns)
	out.hidden = map[string]bool{}
	for name := range s.hidden {
		out.hidden[name] = true
	}
	return &out
}
