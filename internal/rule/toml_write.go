package rule

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/tomlfmt"
)

// maxHeader is the number of parts from which tables are written within a line instead of below a header.
const maxHeader = 8

// tomlWriter writes tables as TOML. Their layout is for package tomlfmt to make.
type tomlWriter struct {
	strings.Builder
	err error
}

// table writes the entries of a table, and then the tables below it.
func (w *tomlWriter) table(path []string, table map[string]any) {
	keys := slices.Sorted(maps.Keys(table))
	for _, k := range keys {
		if !ownHeader(path, table[k]) {
			w.WriteString(tomlfmt.Key(k) + " = ")
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
	if len(path) >= maxHeader || len(path) > 0 && path[len(path)-1] == "ecs_mapping" {
		return false
	}
	if table, ok := value.(map[string]any); ok {
		return len(table) > 0 || len(path) == 0
	}
	items, ok := anyItems(value)
	notTable := func(item any) bool { _, ok := item.(map[string]any); return !ok }
	return ok && len(items) > 0 && !slices.ContainsFunc(items, notTable)
}

// below writes a table, or a list of tables, with its header. A table that only holds tables needs none.
func (w *tomlWriter) below(path []string, value any) {
	name := tomlfmt.Key(path...)
	if table, ok := value.(map[string]any); ok {
		if len(table) == 0 || hasEntries(path, table) {
			w.WriteString("[" + name + "]\n")
		}
		w.table(path, table)
		return
	}
	items, _ := anyItems(value)
	for _, item := range items {
		w.WriteString("[[" + name + "]]\n")
		w.table(path, item.(map[string]any))
	}
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
func (w *tomlWriter) value(value any) {
	switch value := value.(type) {
	case string:
		w.WriteString(tomlfmt.Text(value))
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
		items, ok := anyItems(value)
		if !ok && w.err == nil {
			w.err = fmt.Errorf("TOML has no %T", value)
		}
		w.list(items)
	}
}

func (w *tomlWriter) inlineTable(table map[string]any) {
	w.WriteString("{")
	for i, k := range slices.Sorted(maps.Keys(table)) {
		if i > 0 {
			w.WriteString(", ")
		}
		w.WriteString(tomlfmt.Key(k) + " = ")
		w.value(table[k])
	}
	w.WriteString("}")
}

func (w *tomlWriter) list(items []any) {
	w.WriteString("[")
	for i, item := range items {
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
