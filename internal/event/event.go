// Package event reads event documents: JSON in, the values of each field out.
//
// A document is kept flat, as Elasticsearch indexes it: {"a":{"b":1}}, {"a.b":1} and {"a":[{"b":1}]} all hold one
// value of the field "a.b". Nulls, empty arrays and empty objects hold none. What a value means (a number, an
// address, a date) is not decided here: that needs the field's type.
package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// Kind is the JSON kind of a scalar.
type Kind uint8

// The kinds of scalars. Nulls are no values.
const (
	String Kind = iota
	Number
	Bool
)

// Scalar is one value as the document has it. Text is the string's content, the number as it was written, or
// "true" or "false".
type Scalar struct {
	Kind Kind
	Text string
}

// IsWhole tells whether the scalar is a number without fraction and exponent.
func (s Scalar) IsWhole() bool { return s.Kind == Number && !strings.ContainsAny(s.Text, ".eE") }

// JSON is the scalar as JSON text, for showing it.
func (s Scalar) JSON() string {
	if s.Kind != String {
		return s.Text
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s.Text); err != nil {
		return fmt.Sprintf("%q", s.Text)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// Leaf is a field of a document with its values in the order of the document.
type Leaf struct {
	Path   string
	Values []Scalar
}

// Document is one event. It is immutable and safe for concurrent use.
type Document struct {
	// ID and Index are the document's "_id" and "_index", "" when it names none.
	ID, Index string
	// Version is the document's "_version", 0 when it names none.
	Version int64
	// Line is the line of its file on which the document begins, from 1; 0 when it comes from no file.
	Line int

	leaves []Leaf
	// source is the JSON object that the leaves were read from; base is the path at which it stands in its event, ""
	// for the event itself.
	source, base string
}

// Leaves are the fields in the order in which they first appear. The caller must not change them.
func (d *Document) Leaves() []Leaf { return d.leaves }

// Get gives the values of a field, by its full dotted name; nil when it has none.
func (d *Document) Get(path string) []Scalar {
	for i := range d.leaves {
		if d.leaves[i].Path == path {
			return d.leaves[i].Values
		}
	}
	return nil
}

// First gives the text of a field's first value, or "".
func (d *Document) First(path string) string {
	if values := d.Get(path); len(values) > 0 {
		return values[0].Text
	}
	return ""
}

// Name is how reports call the event: its id, else its line, else its place in a list.
func (d *Document) Name(position int) string {
	switch {
	case d.ID != "":
		return d.ID
	case d.Line > 0:
		return fmt.Sprint(d.Line)
	}
	return fmt.Sprint(position + 1)
}

// Source is the document's JSON as Go values, numbers as json.Number. The keys "_id", "_index" and "_version" of a
// document that is not wrapped in a search hit are left out. Each call makes a new tree.
func (d *Document) Source() (map[string]any, error) {
	decoder := json.NewDecoder(strings.NewReader(d.source))
	decoder.UseNumber()
	var tree map[string]any
	if err := decoder.Decode(&tree); err != nil {
		return nil, fmt.Errorf("decode event: %w", err)
	}
	delete(tree, "_id")
	delete(tree, "_index")
	delete(tree, "_version")
	return tree, nil
}

// JSON is the document as it was written.
func (d *Document) JSON() string { return d.source }

// FromMap makes a document of Go values such as a TOML table gives them. "_id" and "_index" name the document.
func FromMap(tree map[string]any) (*Document, error) { return NewDecoder().FromMap(tree) }

// FromMap is the function of that name for many documents with the same fields.
func (d *Decoder) FromMap(tree map[string]any) (*Document, error) {
	text, err := json.Marshal(tree)
	if err != nil {
		return nil, fmt.Errorf("encode event: %w", err)
	}
	doc, problem := d.Decode(string(text))
	if problem != nil {
		return nil, problem
	}
	return doc, nil
}

// Objects gives the objects that stand at a path, each as a document of its own whose fields keep their full names:
// what a nested field is searched by.
func (d *Document) Objects(path string) []*Document {
	decoder := NewDecoder()
	var found []*Document
	below := path
	if d.base != "" {
		below = strings.TrimPrefix(path, d.base+".")
	}
	if first, _, _ := strings.Cut(below, "."); !strings.Contains(d.source, `"`+first) && !strings.Contains(d.source, `\u00`) {
		return nil // most events have no such object, and need not be scanned for it; a key could be written with escapes
	}
	for _, span := range objectsAt(d.source, below) {
		if sub, problem := decoder.decodeBelow(d.source[span.Start:span.End], path); problem == nil {
			found = append(found, sub)
		}
	}
	return found
}

// Read decodes every event of a file: one JSON object, one a line (NDJSON), an array of them, or a search response.
// A broken event is a diagnostic with its place; the others are still read.
func Read(file *source.File) ([]*Document, diag.List) {
	view := source.Whole(file)
	var problems diag.List
	report := func(p *diag.Problem) { problems = append(problems, p.In(view)) }
	r := reader{text: file.Text(), decoder: NewDecoder(), report: report}
	docs := r.all()
	// Lines are counted once, in order, instead of searched for each document.
	for i, start := range r.starts {
		docs[i].Line = file.Position(start).Line
	}
	if len(docs) == 0 && len(problems) == 0 {
		report(problem(source.Span{}, "the file holds no event", "write one JSON object a line"))
	}
	return docs, problems
}

func problem(span source.Span, message, help string) *diag.Problem {
	return &diag.Problem{Name: "event-json", Severity: diag.Error, Span: span, Message: message, Help: help}
}
