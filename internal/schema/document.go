package schema

import (
	"encoding/json"
	"math"
	"strconv"
	"time"
)

// plain gives a document in the form that the validator understands: map[string]any, []any, string, bool,
// json.Number and nil. A date-time becomes a table, which no schema takes for a string.
func (p *planner) plain(value any) any {
	if p.values++; p.values > MaxValues {
		return nil
	}
	switch value := value.(type) {
	case nil, string, bool, json.Number:
		return value
	case int64:
		return json.Number(strconv.FormatInt(value, 10))
	case int:
		return json.Number(strconv.Itoa(value))
	case float64:
		return p.float(value)
	case time.Time:
		p.dates = true
		return map[string]any{}
	case map[string]any:
		out := make(map[string]any, len(value))
		for k, v := range value {
			out[k] = p.plain(v)
		}
		return out
	case []map[string]any:
		out := make([]any, len(value))
		for i, v := range value {
			out[i] = p.plain(v)
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i, v := range value {
			out[i] = p.plain(v)
		}
		return out
	}
	return nil
}

// planner converts a document, and remembers what in it needs a second look.
type planner struct {
	// unwhole makes a whole float, such as 1.0, a fraction. For JSON Schema 1.0 is an integer; for TOML it is not.
	unwhole bool
	wholes  bool
	dates   bool
	values  int
}

func (p *planner) float(value float64) any {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return json.Number("0.5") // no integer; every schema takes it for a number
	}
	if value == math.Trunc(value) {
		p.wholes = true
		if p.unwhole {
			value += 0.5
		}
	}
	return json.Number(strconv.FormatFloat(value, 'f', -1, 64))
}

// at gives what stands at a path of a document; nil when there is nothing.
func at(value any, path []string) any {
	for _, name := range path {
		switch v := value.(type) {
		case map[string]any:
			value = v[name]
		case []map[string]any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			value = v[i]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// typeName is the JSON Schema type of a value of a document; "date-time" and "float" for those of TOML.
func typeName(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case int64, int:
		return "integer"
	case float64:
		return "float"
	case json.Number:
		if _, err := value.Int64(); err == nil {
			return "integer"
		}
		return "number"
	case time.Time:
		return "date-time"
	case map[string]any:
		return "object"
	}
	return "array"
}
