package dsl

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// asList gives the items of an array as JSON or TOML decode it.
func asList(v any) ([]any, bool) {
	switch v := v.(type) {
	case []any:
		return v, true
	case []map[string]any:
		items := make([]any, len(v))
		for i := range v {
			items[i] = v[i]
		}
		return items, true
	}
	return nil, false
}

func isScalar(v any) bool {
	switch v.(type) {
	case string, bool, int, int64, float64, json.Number, time.Time:
		return true
	}
	return false
}

// scalarText is a value as the text that a search compares; "" for nothing.
func scalarText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}

func intOf(v any) int {
	n, err := strconv.Atoi(scalarText(v))
	if err != nil {
		return 0
	}
	return n
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "nothing"
	case map[string]any:
		return "an object"
	case []any, []map[string]any:
		return "a list"
	case string:
		return "a text"
	case bool:
		return "a boolean"
	}
	return "a number"
}
