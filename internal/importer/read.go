package importer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

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
	if file.Text()[span.Start] == '[' {
		b.list(file, span)
		return
	}
	b.jsonAt(file, []source.Span{span}, withoutText)
}

// withoutText is the place of a rule that its file holds alone. The text is not kept: a package has thousands of such files.
func withoutText(file *source.File, _ source.Span) diag.Place {
	return diag.Place{File: source.NewFile(file.Name(), ""), Span: diag.NoSpan}
}

// atStart is the place of a rule among others.
func atStart(file *source.File, span source.Span) diag.Place {
	return diag.Place{File: file, Span: source.Span{Start: span.Start, End: span.Start + 1}}
}

// jsonAt takes the JSON of some spans, which is read side by side.
func (b *Batch) jsonAt(file *source.File, spans []source.Span, place func(*source.File, source.Span) diag.Place) {
	values := make([]any, len(spans))
	problems := make([]*diag.Diagnostic, len(spans))
	parallel(len(spans), func(i int) { values[i], problems[i] = jsonValue(file, spans[i]) })
	for i, span := range spans {
		if problems[i] != nil {
			b.tell(*problems[i])
			continue
		}
		b.object(place(file, span), values[i])
	}
}

// list finds the rules of a list. Its items are taken in rounds: a list of nothing is a thousand times larger in memory than on
// disk.
func (b *Batch) list(file *source.File, span source.Span) {
	decoder := json.NewDecoder(strings.NewReader(file.Text()[span.Start:span.End]))
	_, err := decoder.Token()
	var spans []source.Span
	for size, n := 0, 0; err == nil && decoder.More(); n++ {
		if n == maxItems {
			b.jsonAt(file, spans, atStart)
			b.fail(atStart(file, span), BadObject, "the list has more than %d items: nothing is read after them", n)
			return
		}
		var item json.RawMessage
		if err = decoder.Decode(&item); err != nil {
			break
		}
		end := span.Start + int(decoder.InputOffset())
		spans = append(spans, source.Span{Start: end - len(item), End: end})
		if size += len(item) + itemCost; size > maxRound {
			b.jsonAt(file, spans, atStart)
			spans, size = nil, 0
		}
	}
	b.jsonAt(file, spans, atStart)
	if err == nil {
		_, err = decoder.Token()
	}
	if err != nil {
		b.tell(notJSON(file, span, err))
		return
	}
	if rest := trimmed(file.Text(), source.Span{Start: span.Start + int(decoder.InputOffset()), End: span.End}); rest.Len() > 0 {
		b.fail(atStart(file, rest), BadObject, "something follows the JSON value")
	}
}

// maxItems is the number of items of a list that are read.
const maxItems = 1 << 16

// itemCost is what an item of a list costs in memory besides its text.
const itemCost = 200

// manyObjects tells whether the first line of a text is an object, and others follow it.
func manyObjects(text string) bool {
	first, rest, _ := strings.Cut(strings.TrimLeft(text, " \t\r\n"), "\n")
	return strings.HasPrefix(first, "{") && strings.TrimSpace(rest) != "" && json.Valid([]byte(first))
}

// lines finds the rules of a text with an object on each line, in rounds, so that their values do not fill the memory.
func (b *Batch) lines(file *source.File, offset int) {
	for offset < len(file.Text()) {
		var spans []source.Span
		spans, offset = linesFrom(file.Text(), offset)
		b.jsonAt(file, spans, atStart)
	}
}

// linesFrom gives the lines of one round from an offset on, without empty ones, and the offset after them.
func linesFrom(text string, offset int) ([]source.Span, int) {
	var spans []source.Span
	for size := 0; offset < len(text) && size < maxRound; {
		end := len(text)
		if i := strings.IndexByte(text[offset:], '\n'); i >= 0 {
			end = offset + i
		}
		if span := trimmed(text, source.Span{Start: offset, End: end}); span.Len() > 0 {
			spans = append(spans, span)
			size += span.Len() + itemCost
		}
		offset = end + 1
	}
	return spans, offset
}

func trimmed(text string, span source.Span) source.Span {
	part := text[span.Start:span.End]
	start := span.Start + len(part) - len(strings.TrimLeft(part, " \t\r\n"))
	return source.Span{Start: start, End: start + len(strings.TrimSpace(part))}
}

// jsonValue reads the JSON of a span.
func jsonValue(file *source.File, span source.Span) (any, *diag.Diagnostic) {
	text := file.Text()[span.Start:span.End]
	fail := func(offset int, format string, args ...any) (any, *diag.Diagnostic) {
		start := span.Start + max(0, min(offset, len(text)-1))
		place := diag.Place{File: file, Span: source.Span{Start: start, End: start + 1}}
		return nil, &diag.Diagnostic{Name: BadObject, Severity: diag.Error, Message: fmt.Sprintf(format, args...), Subject: place}
	}
	if i := tomltext.InvalidUTF8(text); i >= 0 {
		return fail(i, "byte 0x%02x is not valid UTF-8", text[i])
	}
	if strings.HasPrefix(text, "{") && len(text) > tomltext.MaxSize {
		// Nothing larger can become a file; not decoding it keeps a small archive from filling the memory.
		return fail(0, "the object has %d bytes, more than the %d that are read of a file", len(text), tomltext.MaxSize)
	}
	if n := maxValues; len(text) > n && strings.Count(text, ",")+strings.Count(text, "[")+strings.Count(text, "{") > n {
		return fail(0, "the object has more than %d values", n)
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		d := notJSON(file, span, err)
		return nil, &d
	}
	if rest := int(decoder.InputOffset()); strings.TrimSpace(text[rest:]) != "" {
		return fail(rest, "something follows the JSON value")
	}
	return value, nil
}

// maxValues is the number of values of an object: they take far more room than they are long.
const maxValues = 1 << 19

// notJSON says where the JSON of a span breaks off.
func notJSON(file *source.File, span source.Span, err error) diag.Diagnostic {
	offset, message := 0, "this is not JSON: "+err.Error()
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		offset = int(syntax.Offset) - 1
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		offset, message = span.Len()-1, "this is not JSON: it ends too early"
	}
	start := span.Start + max(0, min(offset, span.Len()-1))
	return diag.Diagnostic{
		Name: BadObject, Severity: diag.Error, Message: message, Subject: diag.Place{File: file, Span: source.Span{Start: start, End: start + 1}},
	}
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
		b.take(&Rule{Place: place, ID: id, Name: text(object["name"]), api: object, copies: 1})
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
		b.tell(problems...)
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
	b.take(&Rule{Place: doc.ValuePlace("rule", "rule_id"), ID: id, Name: text(body["name"]), doc: doc, path: name, copies: 1})
}

// isRule tells whether a file is the TOML of a rule.
func isRule(file *source.File) bool {
	doc, _ := tomltext.Parse(file)
	return doc != nil && doc.Tree["rule"] != nil
}
