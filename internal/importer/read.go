package importer

import (
	"encoding/json"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/connector"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/exception"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// Read finds the rules of a file: a zip, JSON, one JSON object a line, or TOML.
func Read(file *source.File) *Batch {
	b := newBatch(file.Name())
	switch {
	case strings.HasPrefix(file.Text(), "PK"):
		b.zip(file)
	case strings.HasSuffix(file.Name(), ".toml"):
		b.toml(file, path.Base(file.Name()), file.Name())
	default:
		b.json(file)
	}
	b.gather()
	return b
}

// json finds the rules of a text: an object, a list of objects, or an object on each line.
func (b *Batch) json(file *source.File) {
	text := strings.TrimPrefix(file.Text(), "\ufeff")
	offset := len(file.Text()) - len(text)
	if strings.HasSuffix(file.Name(), ".ndjson") || strings.HasSuffix(file.Name(), ".jsonl") || manyObjects(text) {
		b.lines(file, offset)
		return
	}
	span := trimmed(file.Text(), source.Span{Start: offset, End: len(file.Text())})
	if span.Len() == 0 {
		b.fail(diag.Place{File: file, Span: diag.NoSpan}, BadObject, "the file is empty")
		return
	}
	value, ok := b.value(file, span)
	if !ok {
		return
	}
	list, isList := value.([]any)
	if !isList {
		list = []any{value}
	}
	for _, item := range list {
		// The text is not kept: a package has thousands of such files.
		b.object(diag.Place{File: source.NewFile(file.Name(), ""), Span: diag.NoSpan}, item)
	}
}

// manyObjects tells whether the first line of a text is an object, and others follow it.
func manyObjects(text string) bool {
	first, rest, _ := strings.Cut(strings.TrimLeft(text, " \t\r\n"), "\n")
	return strings.HasPrefix(first, "{") && strings.TrimSpace(rest) != "" && json.Valid([]byte(first))
}

// lines finds the rules of a text with an object on each line.
func (b *Batch) lines(file *source.File, offset int) {
	text := file.Text()
	for offset < len(text) {
		end := len(text)
		if i := strings.IndexByte(text[offset:], '\n'); i >= 0 {
			end = offset + i
		}
		span := trimmed(text, source.Span{Start: offset, End: end})
		offset = end + 1
		if span.Len() == 0 {
			continue
		}
		if value, ok := b.value(file, span); ok {
			b.object(diag.Place{File: file, Span: source.Span{Start: span.Start, End: span.Start + 1}}, value)
		}
	}
}

func trimmed(text string, span source.Span) source.Span {
	part := text[span.Start:span.End]
	start := span.Start + len(part) - len(strings.TrimLeft(part, " \t\r\n"))
	return source.Span{Start: start, End: start + len(strings.TrimSpace(part))}
}

// value reads the JSON of a span.
func (b *Batch) value(file *source.File, span source.Span) (any, bool) {
	text := file.Text()[span.Start:span.End]
	at := func(offset int) diag.Place {
		start := span.Start + max(0, min(offset, len(text)-1))
		return diag.Place{File: file, Span: source.Span{Start: start, End: start + 1}}
	}
	if i := invalid(text); i >= 0 {
		b.fail(at(i), BadObject, "byte 0x%02x is not valid UTF-8", text[i])
		return nil, false
	}
	if strings.HasPrefix(text, "{") && len(text) > tomltext.MaxSize {
		// Nothing larger can become a file; not decoding it keeps a small archive from filling the memory.
		b.fail(at(0), BadObject, "the object has %d bytes, more than the %d that are read of a file", len(text), tomltext.MaxSize)
		return nil, false
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	err := decoder.Decode(&value)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		b.fail(at(int(syntax.Offset)-1), BadObject, "this is not JSON: %v", syntax)
		return nil, false
	case errors.Is(err, io.ErrUnexpectedEOF):
		b.fail(at(len(text)-1), BadObject, "this is not JSON: it ends too early")
		return nil, false
	case err != nil:
		b.fail(at(0), BadObject, "this is not JSON: %v", err)
		return nil, false
	}
	if rest := int(decoder.InputOffset()); strings.TrimSpace(text[rest:]) != "" {
		b.fail(at(rest), BadObject, "something follows the JSON value")
		return nil, false
	}
	return value, true
}

// invalid is the offset of the first byte that is no UTF-8, or -1.
func invalid(text string) int {
	if utf8.ValidString(text) {
		return -1
	}
	for i, r := range text {
		if _, size := utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && size == 1 {
			return i
		}
	}
	return -1
}

// object takes a value: a rule, or one of the other objects that an export or a package holds.
func (b *Batch) object(place diag.Place, value any) {
	object, ok := value.(map[string]any)
	if !ok {
		b.fail(place, BadObject, "expected an object, found %s", kindOf(value))
		return
	}
	if attributes, ok := object["attributes"].(map[string]any); ok && object["type"] == "security-rule" {
		object = attributes
	}
	id, _ := object["rule_id"].(string)
	kind, _ := object["type"].(string)
	isType := slices.Contains(rule.Types(), rule.Type(kind))
	switch {
	case object["exported_count"] != nil, object["exported_rules_count"] != nil, object["exported_exception_list_count"] != nil:
	case id != "" && kind == "" && object["deprecated"] == true:
		b.left[stubs]++
	case id != "":
		b.Rules = append(b.Rules, &Rule{Place: place, ID: id, Name: text(object["name"]), api: object})
	case isType:
		b.fail(place, BadRule, "the rule `%s` has no rule_id, so that it could not be found again", text(object["name"]))
	case exception.IsItem(object), exception.IsList(object):
		b.exceptionObject(place, object)
	case connector.Is(object):
		b.connectorObject(place, object)
	default:
		b.fail(place, BadObject, "the object is no rule, and nothing else that an export of rules holds")
	}
}

func text(value any) string {
	s, _ := value.(string)
	return s
}

func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case []any:
		return "a list"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	}
	return "a number"
}

// toml takes a TOML file; name is its path below the folder of rules, full the one within its repository.
func (b *Batch) toml(file *source.File, name, full string) {
	doc, problems := tomltext.Parse(file)
	if doc == nil {
		b.Problems = append(b.Problems, problems...)
		return
	}
	body, ok := doc.Tree["rule"].(map[string]any)
	if !ok {
		if !b.tablesFile(doc, full) {
			b.left[otherTOML]++
		}
		return
	}
	id := text(body["rule_id"])
	if id == "" {
		b.fail(doc.KeyPlace("rule"), BadRule, "the rule has no rule_id, so that it could not be found again")
		return
	}
	b.Rules = append(b.Rules, &Rule{Place: doc.ValuePlace("rule", "rule_id"), ID: id, Name: text(body["name"]), doc: doc, path: name})
}

// isRule tells whether a file is the TOML of a rule.
func isRule(file *source.File) bool {
	doc, _ := tomltext.Parse(file)
	return doc != nil && doc.Tree["rule"] != nil
}
