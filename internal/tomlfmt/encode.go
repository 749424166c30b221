package tomlfmt

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// maxHeader is the number of parts from which tables are written within a line instead of below a header.
const maxHeader = 8

// Encode gives the canonical text of a file that holds a tree: values as TOML or encoding/json decodes them. Keys are sorted, where
// the kind has no order of its own.
func Encode(tree map[string]any, kind Kind) (string, error) {
	doc, err := document(tree)
	if err != nil {
		return "", err
	}
	return Format(doc, kind)
}

// Rewrite is Encode for a file that exists: it keeps what [Update] keeps.
func Rewrite(old *tomltext.Document, tree map[string]any, kind Kind) (string, error) {
	doc, err := document(tree)
	if err != nil {
		return "", err
	}
	return Update(old, doc, kind)
}

func document(tree map[string]any) (*tomltext.Document, error) {
	w := treeWriter{}
	w.table(nil, tree)
	if w.err != nil {
		return nil, w.err
	}
	doc, problems := tomltext.Parse(source.NewFile("", w.String()))
	if doc == nil {
		return nil, errors.New(problems[0].Message)
	}
	return doc, nil
}

// treeWriter writes tables as TOML that is not laid out yet.
type treeWriter struct {
	strings.Builder
	err error
}

// table writes the entries of a table, and then the tables below it.
func (w *treeWriter) table(path []string, table map[string]any) {
	keys := slices.Sorted(maps.Keys(table))
	if i := slices.Index(keys, "metadata"); i > 0 && len(path) == 0 { // what a file says of itself stands first
		keys = slices.Insert(slices.Delete(keys, i, i+1), 0, "metadata")
	}
	for _, k := range keys {
		if !ownHeader(path, table[k]) {
			w.WriteString(Key(k) + " = ")
			w.value(table[k])
			w.WriteString("\n")
		}
	}
	for _, k := range keys {
		if ownHeader(path, table[k]) {
			w.below(append(slices.Clip(path), k), table[k])
		}
	}
}

// ownHeader tells whether a value is a table or a list of tables that stands below a header of its own.
func ownHeader(path []string, value any) bool {
	if n := len(path); n >= maxHeader || n > 0 && path[n-1] == "ecs_mapping" || n > 0 && path[n-1] == "entries" && isTable(value) {
		return false // a field of a mapping, and the value list of an exception's entry, are read best on one line
	}
	if table, ok := value.(map[string]any); ok {
		return len(table) > 0 || len(path) == 0
	}
	list, ok := items(value)
	notTable := func(item any) bool { _, ok := item.(map[string]any); return !ok }
	return ok && len(list) > 0 && !slices.ContainsFunc(list, notTable)
}

// below writes a table, or a list of tables, with its header. A table that only holds tables needs none.
func (w *treeWriter) below(path []string, value any) {
	name := Key(path...)
	if table, ok := value.(map[string]any); ok {
		if len(table) == 0 || hasEntries(path, table) {
			w.WriteString("[" + name + "]\n")
		}
		w.table(path, table)
		return
	}
	list, _ := items(value)
	for _, item := range list {
		w.WriteString("[[" + name + "]]\n")
		w.table(path, item.(map[string]any))
	}
}

func isTable(value any) bool {
	_, ok := value.(map[string]any)
	return ok
}

func hasEntries(path []string, table map[string]any) bool {
	for _, v := range table {
		if !ownHeader(path, v) {
			return true
		}
	}
	return false
}

// value writes a value within a line.
func (w *treeWriter) value(value any) {
	switch value := value.(type) {
	case string:
		w.WriteString(Text(value))
	case bool:
		w.WriteString(strconv.FormatBool(value))
	case json.Number:
		w.WriteString(value.String())
	case int64:
		w.WriteString(strconv.FormatInt(value, 10))
	case float64:
		w.WriteString(tomlFloat(value))
	case time.Time:
		w.WriteString(tomlTime(value))
	case map[string]any:
		w.inlineTable(value)
	default:
		list, ok := items(value)
		if !ok && w.err == nil {
			w.err = fmt.Errorf("TOML has no %T", value)
		}
		w.list(list)
	}
}

func (w *treeWriter) inlineTable(table map[string]any) {
	w.WriteString("{")
	for i, k := range slices.Sorted(maps.Keys(table)) {
		if i > 0 {
			w.WriteString(", ")
		}
		w.WriteString(Key(k) + " = ")
		w.value(table[k])
	}
	w.WriteString("}")
}

func (w *treeWriter) list(list []any) {
	w.WriteString("[")
	for i, item := range list {
		if i > 0 {
			w.WriteString(", ")
		}
		w.value(item)
	}
	w.WriteString("]")
}

func tomlFloat(value float64) string {
	switch {
	case math.IsNaN(value):
		return "nan"
	case math.IsInf(value, 0):
		return strings.ToLower(strconv.FormatFloat(value, 'g', -1, 64))
	}
	text := strconv.FormatFloat(value, 'g', -1, 64)
	if strings.ContainsAny(text, ".e") {
		return text
	}
	return text + ".0"
}

// tomlTime writes a time as the kind that the decoder named its zone after.
func tomlTime(value time.Time) string {
	switch value.Location().String() {
	case "datetime-local":
		return value.Format("2006-01-02T15:04:05.999999999")
	case "date-local":
		return value.Format(time.DateOnly)
	case "time-local":
		return value.Format("15:04:05.999999999")
	}
	return value.Format(time.RFC3339Nano)
}
