package rule

import (
	"encoding/json"
	"math"
	"strconv"
	"time"
)

// open carries a table of the user's own data: any keys, any values that JSON can hold.
func open(c *codec, name string, p *map[string]any) {
	if c.mode == encoding {
		if *p != nil {
			c.table[name] = c.generic(*p, name)
		}
		return
	}
	value, ok := c.take(name)
	if !ok {
		return
	}
	if _, ok := value.(map[string]any); !ok {
		c.mismatch("a table", name)
		return
	}
	*p = c.generic(value, name).(map[string]any)
}

// verbatim reads a table of the user's own data that never becomes JSON, so that any value of TOML may stand in it.
func verbatim(c *codec, name string, p *map[string]any) {
	value, ok := c.take(name)
	if !ok {
		return
	}
	if *p, ok = value.(map[string]any); !ok {
		c.mismatch("a table", name)
	}
}

// opens carries an array of such tables.
func opens(c *codec, name string, p *[]map[string]any) {
	if c.mode == encoding {
		if *p != nil {
			c.table[name] = c.generic(*p, name)
		}
		return
	}
	value, ok := c.take(name)
	if !ok {
		return
	}
	items, ok := anyItems(value)
	if !ok {
		c.mismatch("an array of tables", name)
		return
	}
	*p = make([]map[string]any, 0, len(items))
	for i, item := range items {
		if _, ok := item.(map[string]any); !ok {
			c.mismatch("a table", name, strconv.Itoa(i))
			continue
		}
		*p = append(*p, c.generic(item, name, strconv.Itoa(i)).(map[string]any))
	}
}

// Tables reads an array of tables as TOML decodes it into the form of decoded JSON, which a rule's filters have. It is nil for
// anything else.
func Tables(v any) (list []map[string]any) {
	opens(&codec{mode: decoding, session: &session{}, table: map[string]any{"": v}}, "", &list)
	return list
}

// generic copies a value into the form of decoded JSON: map[string]any, []any, string, bool, json.Number, nil.
func (c *codec) generic(value any, path ...string) any {
	switch value := value.(type) {
	case nil, string, bool, json.Number:
		return value
	case map[string]any:
		out := make(map[string]any, len(value))
		for k, v := range value {
			out[k] = c.generic(v, append(path[:len(path):len(path)], k)...)
		}
		return out
	case int64:
		return json.Number(strconv.FormatInt(value, 10))
	case int:
		return json.Number(strconv.Itoa(value))
	case float64:
		return c.float(value, path)
	case time.Time:
		c.mismatch("a string: JSON has no date-time", path...)
		return value.Format(time.RFC3339Nano)
	}
	if items, ok := anyItems(value); ok {
		out := make([]any, len(items))
		for i, item := range items {
			out[i] = c.generic(item, append(path[:len(path):len(path)], strconv.Itoa(i))...)
		}
		return out
	}
	c.mismatch("a value that JSON can hold", path...)
	return nil
}

func (c *codec) float(value float64, path []string) any {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		c.mismatch("a finite number", path...)
		return nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	return json.Number(text)
}

// anyItems gives the items of either form of array that the TOML decoder makes, and of JSON's.
func anyItems(value any) ([]any, bool) {
	switch value := value.(type) {
	case []any:
		return value, true
	case []map[string]any:
		items := make([]any, len(value))
		for i, item := range value {
			items[i] = item
		}
		return items, true
	}
	return nil, false
}

// integer gives a whole number. TOML tells 1.0 from 1; JSON does not.
func integer(value any, json bool) (int, bool) {
	switch value := value.(type) {
	case int64:
		return int(value), true
	case int:
		return value, true
	case float64:
		return int(value), json && value == math.Trunc(value) && math.Abs(value) < 1<<53
	}
	return jsonInteger(value)
}

func jsonInteger(value any) (int, bool) {
	n, ok := value.(json.Number)
	if !ok {
		return 0, false
	}
	if i, err := n.Int64(); err == nil {
		return int(i), true
	}
	f, err := n.Float64()
	return int(f), err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53
}
