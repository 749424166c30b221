// Package timeline reads timeline templates: the view that Kibana opens when an alert of a rule is investigated. A rule names
// one by timeline_id, which is the templateTimelineId of the template.
//
// A repository keeps them as Kibana exports them, NDJSON or JSON, because nobody writes one by hand. [Decode] reads such a
// file, [Normal] leaves out what Kibana alone sets, and [Encode] writes a file again.
package timeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// Finding is the name of the findings about templates.
const Finding = "timeline-template"

// Template is one timeline template.
type Template struct {
	// ID is the templateTimelineId, by which rules name it.
	ID, Title string
	// Body is the template without what Kibana alone sets.
	Body  map[string]any
	Place diag.Place
}

// Decode reads the templates of a file: JSON documents one after the other. What is no template, or no JSON, is a diagnostic.
func Decode(file *source.File) ([]*Template, diag.List) {
	var list []*Template
	var problems diag.List
	fail := func(at diag.Place, message, help string) {
		problems = append(problems, diag.Diagnostic{Name: Finding, Severity: diag.Error, Message: message, Help: help, Subject: at})
	}
	for d := newDecoder(file.Text()); ; {
		var object map[string]any
		at := next(file, int(d.InputOffset()))
		err := d.Decode(&object)
		if errors.Is(err, io.EOF) {
			return list, problems
		}
		if err != nil {
			fail(broken(file, at, err), "this is no JSON object: "+err.Error(), "Kibana's page of timeline templates exports such files")
			if wrong := new(json.UnmarshalTypeError); errors.As(err, &wrong) {
				continue // The document itself is sound, so the next one can be read.
			}
			return list, problems
		}
		t, message := decode(object)
		if message != "" {
			fail(at, message, "rules refer to timeline templates only")
			continue
		}
		t.Place = at
		list = append(list, t)
	}
}

func newDecoder(text string) *json.Decoder {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return d
}

// next is the place of the line on which the next document of a file begins.
func next(file *source.File, offset int) diag.Place {
	text := file.Text()[offset:]
	start := offset + len(text) - len(strings.TrimLeft(text, " \t\r\n"))
	end := start + strings.IndexByte(file.Text()[start:]+"\n", '\n')
	return diag.Place{File: file, Span: source.Span{Start: start, End: min(end, start+1)}}
}

// broken is the place at which a document stops being JSON, where that is known.
func broken(file *source.File, at diag.Place, err error) diag.Place {
	if syntax := new(json.SyntaxError); errors.As(err, &syntax) {
		end := min(max(int(syntax.Offset), 0), len(file.Text()))
		return diag.Place{File: file, Span: source.Span{Start: max(end-1, 0), End: end}}
	}
	return at
}

// decode reads one template, or tells why it is none.
func decode(object map[string]any) (*Template, string) {
	if object == nil {
		return nil, "this is null, and no timeline template"
	}
	t := &Template{Body: Normal(object)}
	t.ID, _ = object["templateTimelineId"].(string)
	t.Title, _ = object["title"].(string)
	switch {
	case object["timelineType"] != "template":
		return nil, fmt.Sprintf("the timeline %q is no template", t.Title)
	case object["status"] == "immutable":
		return nil, fmt.Sprintf("the template %q is one of Elastic's own, which every Kibana has", t.Title)
	case t.ID == "":
		return nil, fmt.Sprintf("the template %q has no templateTimelineId", t.Title)
	case t.Title == "":
		return nil, fmt.Sprintf("the template %q has no title", t.ID)
	}
	return t, ""
}

// Normal is a template without what only Kibana sets, and without notes and pinned events, which belong to an
// investigation. It shares the values of its fields with its argument.
func Normal(object map[string]any) map[string]any {
	body := maps.Clone(object)
	maps.DeleteFunc(body, func(name string, v any) bool { return v == nil || Kept(name) })
	return body
}

// Kept tells whether a member of a template is Kibana's alone.
func Kept(name string) bool {
	switch name {
	case "savedObjectId", "version", "_version", "created", "createdBy", "updated", "updatedBy", "favorite", "status", "savedSearchId",
		"eventNotes", "globalNotes", "notes", "noteIds", "eventIdToNoteIds", "pinnedEventIds", "pinnedEventsSaveObject":
		return true
	}
	return false
}

// Encode writes templates as a file that [Decode] reads and that Kibana imports: one a line, members sorted.
func Encode(bodies []map[string]any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, body := range bodies {
		if err := e.Encode(Normal(body)); err != nil {
			return "", fmt.Errorf("writing a timeline template: %w", err)
		}
	}
	return b.String(), nil
}
