package conformance

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// readData reads a CSV file as the documents of the index that is called like it. The header has name:type for each
// field; several values stand in brackets.
func readData(path string) ([]*event.Document, map[string]any, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	reader := csv.NewReader(bytes.NewReader(joinLists(text)))
	reader.TrimLeadingSpace, reader.LazyQuotes, reader.Comment, reader.FieldsPerRecord = true, true, '/', -1
	records, err := reader.ReadAll()
	if err != nil || len(records) == 0 {
		return nil, nil, fmt.Errorf("%s: no table: %w", path, err)
	}
	names, types := make([]string, len(records[0])), map[string]any{}
	for i, head := range records[0] {
		name, kind, _ := strings.Cut(strings.TrimSpace(head), ":")
		names[i] = name
		types[name] = fieldType(kind)
	}
	index := strings.TrimSuffix(filepath.Base(path), ".csv")
	var lines bytes.Buffer
	for n, record := range records[1:] {
		body := map[string]any{}
		for i, cell := range record {
			if i < len(names) && names[i] != "_id" {
				body[names[i]] = jsonOf(strings.TrimSpace(cell), types[names[i]])
			}
		}
		line, err := json.Marshal(map[string]any{"_index": index, "_id": fmt.Sprint(n), "_source": body})
		if err != nil {
			return nil, nil, err
		}
		lines.Write(append(line, '\n'))
	}
	docs, problems := event.Read(source.NewFile(path, lines.String()))
	if len(problems) > 0 {
		return nil, nil, problems
	}
	return docs, types, nil
}

// joinLists puts lists in brackets into quotes, so that their commas separate no cells.
func joinLists(text []byte) []byte {
	var out bytes.Buffer
	depth, quoted := 0, false
	for i, c := range text {
		switch {
		case c == '"' && depth == 0:
			quoted = !quoted
		case c == '[' && !quoted:
			if depth == 0 && (i == 0 || bytes.IndexByte([]byte(", \n"), text[i-1]) >= 0) {
				out.WriteByte('"')
			}
			depth++
		case c == '"':
			out.WriteByte('"') // doubled within the quotes that the list gets
		}
		out.WriteByte(c)
		if c == ']' && depth > 0 && !quoted {
			if depth--; depth == 0 {
				out.WriteByte('"')
			}
		}
	}
	return out.Bytes()
}

// fieldType is the mapping's name of a type of a data set.
func fieldType(name string) string {
	switch name {
	case "datetime", "dt":
		return "date"
	case "":
		return "keyword"
	}
	if _, err := field.ParseType(name); err == nil {
		return name
	}
	return "keyword"
}

// jsonOf gives a cell as a value of a document.
func jsonOf(cell string, kind any) any {
	var list []any
	for _, text := range valuesOf(cell) {
		switch kind {
		case "geo_point":
			list = append(list, pointOf(text))
		case "keyword", "text", "ip", "version", "date", "date_nanos", "geo_shape":
			list = append(list, text)
		default:
			list = append(list, json.RawMessage(text))
		}
	}
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return list
}

// pointOf is a point, or one of its coordinates, as a document has it: a number and an object are no text.
func pointOf(text string) any {
	if _, err := strconv.ParseFloat(text, 64); err == nil || strings.HasPrefix(text, "{") {
		return json.RawMessage(text)
	}
	return text
}
