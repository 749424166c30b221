package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/match"
)

// Field is what is known of one field in some indices.
type Field struct {
	Name    string
	Indices []string
	// Known tells that the name resolves; Mapping is what queries are evaluated with.
	Known   bool
	Mapping field.Mapping
	// Places are the field as the catalogs, each data stream of them, and ECS have it, the one that counts first.
	Places []field.Mapping
	// Multi are its multi-fields, Aliases other names of it.
	Multi, Aliases []field.Mapping
	// Near are the names that may have been meant.
	Near []string
}

// FieldText writes what is known of a field for people.
func FieldText(w io.Writer, f Field, style Style) error {
	p := newPrinter(style)
	where := "in all indices"
	if len(f.Indices) > 0 {
		where = "in " + clean(strings.Join(f.Indices, ", "))
	}
	p.printf("%s %s\n", p.bold.Render(clean(f.Name)), p.faint.Render(where))
	if !f.Known {
		p.printf("  unmapped: no catalog and no version of ECS declares it\n")
		if len(f.Near) > 0 {
			p.printf("  did you mean %s?\n", strings.Join(f.Near, ", "))
		}
		return p.flush(w)
	}
	p.facts(f)
	p.places(f)
	return p.flush(w)
}

func (p *printer) facts(f Field) {
	row := func(key, value string) {
		if value != "" {
			p.printf("  %-13s %s\n", key, value)
		}
	}
	m := f.Mapping
	row("type", p.green.Render(m.Type.String()))
	if m.Leaf {
		row("", "a key below a flattened field")
	}
	if m.Path != m.Name {
		row("values of", clean(m.Path))
	}
	switch {
	case m.Analyzer != "":
		row("analyzer", m.Analyzer)
	case m.Type.IsText():
		row("analyzer", "standard")
	}
	if _, ok := match.AnalyzerByName(m.Analyzer); !ok {
		row("", "what it does is not known here: texts are taken apart as by the standard analyzer")
	}
	row("normalizer", m.Normalizer)
	if m.Normalizer != "" && m.Normalizer != "lowercase" {
		row("", "what it does is not known here: values are compared as they are")
	}
	if m.IgnoreAbove > 0 {
		row("ignore_above", fmt.Sprintf("%d: a longer value is not indexed, and no query finds it", m.IgnoreAbove))
	}
	if m.Array {
		row("array", "several values are expected")
	}
	if m.Runtime {
		row("runtime", "its values are computed when it is searched: a document need not hold them")
	}
	row("nested in", m.Nested)
	row("multi-fields", withTypes(f.Multi))
	row("aliases", withTypes(f.Aliases))
	row("from", clean(m.Origin))
}

func withTypes(fields []field.Mapping) string {
	var list []string
	for _, m := range fields {
		list = append(list, clean(m.Name)+" "+m.Type.String())
	}
	return strings.Join(list, ", ")
}

// places tells where types differ, and where the field is not mapped.
func (p *printer) places(f Field) {
	byType := map[field.Type][]string{}
	var order []field.Type
	for _, m := range f.Places {
		if _, seen := byType[m.Type]; !seen {
			order = append(order, m.Type)
		}
		byType[m.Type] = append(byType[m.Type], clean(m.Origin))
	}
	if len(order) < 2 {
		return
	}
	types := slices.DeleteFunc(slices.Clone(order), func(t field.Type) bool { return t == field.Invalid })
	if len(types) > 1 {
		p.printf("  %s\n", p.yellow.Render("differs between"))
	} else {
		p.printf("  not in every data stream\n")
	}
	for _, t := range order {
		p.printf("  %-13s %s\n", t.String(), strings.Join(firstOf(byType[t], 4), ", "))
	}
}

// firstOf shortens a list to n items and tells how many are left out.
func firstOf(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	return append(slices.Clone(list[:n]), fmt.Sprintf("and %d more", len(list)-n))
}

// FieldJSON writes what is known of a field as JSON.
func FieldJSON(w io.Writer, f Field) error {
	type place struct {
		Type   string `json:"type"`
		Origin string `json:"origin"`
	}
	form := struct {
		Name        string   `json:"name"`
		Indices     []string `json:"indices,omitempty"`
		Type        string   `json:"type"`
		Path        string   `json:"path,omitempty"`
		Analyzer    string   `json:"analyzer,omitempty"`
		Normalizer  string   `json:"normalizer,omitempty"`
		IgnoreAbove int      `json:"ignore_above,omitempty"`
		Array       bool     `json:"array,omitempty"`
		Nested      string   `json:"nested,omitempty"`
		Origin      string   `json:"origin,omitempty"`
		Runtime     bool     `json:"runtime,omitempty"`
		MultiFields []string `json:"multi_fields,omitempty"`
		Aliases     []string `json:"aliases,omitempty"`
		Places      []place  `json:"places,omitempty"`
		Near        []string `json:"near,omitempty"`
	}{
		Name: f.Name, Indices: f.Indices, Type: f.Mapping.Type.String(), Path: f.Mapping.Path, Analyzer: f.Mapping.Analyzer,
		Normalizer: f.Mapping.Normalizer, IgnoreAbove: f.Mapping.IgnoreAbove, Array: f.Mapping.Array, Runtime: f.Mapping.Runtime, Nested: f.Mapping.Nested,
		Origin: f.Mapping.Origin, Near: f.Near,
	}
	for _, m := range f.Multi {
		form.MultiFields = append(form.MultiFields, m.Name)
	}
	for _, m := range f.Aliases {
		form.Aliases = append(form.Aliases, m.Name)
	}
	for _, m := range f.Places {
		form.Places = append(form.Places, place{m.Type.String(), m.Origin})
	}
	return writeJSON(w, form)
}

// FieldList writes fields with their types, one a line.
func FieldList(w io.Writer, fields []field.Mapping, style Style) error {
	p := newPrinter(style)
	width := 0
	for _, m := range fields {
		width = max(width, len(m.Name))
	}
	for _, m := range fields {
		line := fmt.Sprintf("%-*s  %s  ", width, clean(m.Name), p.green.Render(fmt.Sprintf("%-16s", m.Type)))
		p.printf("%s\n", shorten(strings.TrimRight(line+p.faint.Render(clean(m.Origin)), " "), style.Width))
	}
	return p.flush(w)
}
