package elastic

import (
	"maps"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/field"
)

// mapping is what Elasticsearch says of the fields of an index.
type mapping struct {
	Properties map[string]property `json:"properties"`
	Runtime    map[string]property `json:"runtime"`
}

// property is a field, or an object with fields below it.
type property struct {
	Type        string              `json:"type"`
	Path        string              `json:"path"`
	Analyzer    string              `json:"analyzer"`
	Normalizer  string              `json:"normalizer"`
	IgnoreAbove int                 `json:"ignore_above"`
	Enabled     any                 `json:"enabled"`
	Properties  map[string]property `json:"properties"`
	Fields      map[string]property `json:"fields"`
}

// fields lists the fields of a mapping. What takes its values from elsewhere has the type of that: an alias that of its
// target. A runtime field hides a mapped one of its name.
func (m mapping) fields() []field.Mapping {
	r := mappingReader{found: map[string]field.Mapping{}, aliases: map[string]string{}}
	r.properties(m.Properties, "")
	r.point()
	for _, name := range slices.Sorted(maps.Keys(m.Runtime)) {
		r.runtime(name, m.Runtime[name])
	}
	list := make([]field.Mapping, 0, len(r.found))
	for _, name := range slices.Sorted(maps.Keys(r.found)) {
		list = append(list, r.found[name])
	}
	return list
}

type mappingReader struct {
	found map[string]field.Mapping
	// aliases are the targets of fields that have the values of others, through the objects whose fields are found without
	// their prefix, too.
	aliases map[string]string
	through []string
}

// add keeps a field. Names with white space have no place in a catalog, and no query of a rule writes them.
func (r *mappingReader) add(m field.Mapping) {
	if !strings.ContainsAny(m.Name+m.Path, " \t\r\n") {
		r.found[m.Name] = m
	}
}

func (r *mappingReader) properties(list map[string]property, parent string) {
	for name, p := range list {
		r.property(parent+name, p)
	}
}

func (r *mappingReader) property(name string, p property) {
	disabled := p.Enabled == false || p.Enabled == "false"
	switch {
	case p.Type == "alias":
		r.aliases[name] = p.Path
	case disabled:
		r.add(field.Mapping{Name: name, Path: name, Type: field.Object})
	case p.Type == "nested":
		r.add(field.Mapping{Name: name, Path: name, Type: field.Nested})
		r.properties(p.Properties, name+".")
	case p.Type == "passthrough":
		r.through = append(r.through, name+".")
		r.properties(p.Properties, name+".")
	case p.Type == "" || p.Type == "object":
		r.properties(p.Properties, name+".")
	default:
		r.add(p.mapping(name, name))
		for sub, multi := range p.Fields {
			r.add(multi.mapping(name+"."+sub, name))
		}
	}
}

// point adds the fields that have the values of others.
func (r *mappingReader) point() {
	for _, prefix := range r.through {
		for name := range r.found {
			short, below := strings.CutPrefix(name, prefix)
			if _, taken := r.found[short]; below && !taken {
				r.aliases[short] = name
			}
		}
	}
	for name, target := range r.aliases {
		if t, ok := r.found[target]; ok {
			t.Name = name
			r.add(t)
		}
	}
}

// runtime adds a field that is computed when it is searched; a composite one is several.
func (r *mappingReader) runtime(name string, p property) {
	if p.Type == "composite" {
		for sub, part := range p.Fields {
			r.runtime(name+"."+sub, part)
		}
		return
	}
	m := p.mapping(name, name)
	m.Runtime = true
	r.add(m)
}

func (p property) mapping(name, path string) field.Mapping {
	return field.Mapping{Name: name, Path: path, Type: typeOf(p.Type), IgnoreAbove: max(p.IgnoreAbove, 0), Analyzer: word(p.Analyzer), Normalizer: word(p.Normalizer)}
}

// word is a name that a catalog can hold.
func word(text string) string {
	if strings.ContainsAny(text, " \t\r\n") {
		return ""
	}
	return text
}

// typeOf is a type by its name. One of which no condition of a rule can be told offline is an object: a name, and no field.
func typeOf(name string) field.Type {
	if name == "counted_keyword" {
		return field.Keyword
	}
	t, err := field.ParseType(name)
	if err != nil {
		return field.Object
	}
	return t
}
