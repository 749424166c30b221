package publish

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
)

// opaque tells whether the inside of a field is free, so that Kibana does not touch it and an empty list in it may mean
// something.
func opaque(name string) bool {
	switch name {
	case "meta", "filters", "threat_filters", "params", "alerts_filter":
		return true
	}
	return false
}

// blank tells whether a value is as good as none.
func blank(v any) bool {
	list, isList := v.([]any)
	return v == nil || isList && len(list) == 0
}

// tidy copies a value into the types of a JSON document, in which each number is written in one way. From objects that
// are not opaque it takes the fields that are blank.
func tidy(v any, free bool) any {
	switch v := v.(type) {
	case map[string]any:
		o := make(map[string]any, len(v))
		for name, inner := range v {
			if inner = tidy(inner, free || opaque(name)); free || !blank(inner) {
				o[name] = inner
			}
		}
		return o
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = tidy(item, free)
		}
		return list
	case nil, string, bool:
		return v
	case int:
		return json.Number(strconv.Itoa(v))
	case json.Number:
		return tidyNumber(v)
	}
	return tidyGo(v, free)
}

// tidyGo is tidy for the other types that encoding/json writes, such as []string and float64.
func tidyGo(v any, free bool) any {
	text, err := json.Marshal(v)
	if err != nil {
		return nil // Nor can it be sent, and that fails with an error that says why.
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var doc any
	if d.Decode(&doc) != nil {
		return nil
	}
	return tidy(doc, free)
}

// tidyNumber writes a number as Kibana does, which knows 64-bit floats only: 1.0 is 1.
func tidyNumber(n json.Number) any {
	f, err := n.Float64()
	if err != nil {
		return n
	}
	format := byte('g')
	if math.Abs(f) < 1e21 {
		format = 'f'
	}
	return json.Number(strconv.FormatFloat(f+0, format, -1, 64))
}
