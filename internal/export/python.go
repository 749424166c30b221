package export

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// pythonJSON writes JSON as Python's json.dumps does with sorted keys: the text that content hashes are computed from.
type pythonJSON struct {
	strings.Builder
	// item and key are what stands after an item and a key: ", " and ": " unless told otherwise.
	item, key string
	// indent is the number of spaces of a level; 0 for one line.
	indent int
}

// compactJSON has no spaces at all.
func compactJSON(v any) string {
	w := pythonJSON{item: ",", key: ":"}
	w.value(v, 0)
	return w.String()
}

// spacedJSON is what json.dumps writes when it is not told anything.
func spacedJSON(v any) string {
	w := pythonJSON{item: ", ", key: ": "}
	w.value(v, 0)
	return w.String()
}

// indentedJSON has one item a line.
func indentedJSON(v any, indent int) string {
	w := pythonJSON{item: ",", key: ": ", indent: indent}
	w.value(v, 0)
	return w.String()
}

func (w *pythonJSON) value(v any, level int) {
	switch v := v.(type) {
	case nil:
		w.WriteString("null")
	case bool:
		w.WriteString(strconv.FormatBool(v))
	case string:
		w.text(v)
	case json.Number:
		w.WriteString(string(v))
	case int64:
		w.WriteString(strconv.FormatInt(v, 10))
	case int:
		w.WriteString(strconv.Itoa(v))
	case float64:
		w.WriteString(pythonFloat(v))
	case map[string]any:
		w.object(v, level)
	case []any:
		w.list(v, level)
	case []map[string]any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = item
		}
		w.list(items, level)
	default: // a date of TOML, which has no form in JSON
		w.text(fmt.Sprint(v))
	}
}

func (w *pythonJSON) object(object map[string]any, level int) {
	if len(object) == 0 {
		w.WriteString("{}")
		return
	}
	w.WriteByte('{')
	for i, key := range slices.Sorted(maps.Keys(object)) {
		w.separate(i, level+1)
		w.text(key)
		w.WriteString(w.key)
		w.value(object[key], level+1)
	}
	w.newLine(level)
	w.WriteByte('}')
}

func (w *pythonJSON) list(items []any, level int) {
	if len(items) == 0 {
		w.WriteString("[]")
		return
	}
	w.WriteByte('[')
	for i, item := range items {
		w.separate(i, level+1)
		w.value(item, level+1)
	}
	w.newLine(level)
	w.WriteByte(']')
}

func (w *pythonJSON) separate(i, level int) {
	if i > 0 {
		w.WriteString(w.item)
	}
	w.newLine(level)
}

func (w *pythonJSON) newLine(level int) {
	if w.indent > 0 {
		w.WriteByte('\n')
		w.WriteString(strings.Repeat(" ", level*w.indent))
	}
}

const hexDigits = "0123456789abcdef"

// text writes a string in ASCII: what is beyond takes the form \uXXXX, as two surrogates above the first 65,536.
func (w *pythonJSON) text(s string) {
	w.WriteByte('"')
	plain := 0
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		if r < ' ' || r == '"' || r == '\\' || r >= utf8.RuneSelf {
			w.WriteString(s[plain:i])
			w.escape(r)
			plain = i + size
		}
		i += size
	}
	w.WriteString(s[plain:])
	w.WriteByte('"')
}

func (w *pythonJSON) escape(r rune) {
	if i := strings.IndexRune("\"\\\n\r\t\b\f", r); i >= 0 {
		w.WriteByte('\\')
		w.WriteByte(`"\nrtbf`[i])
		return
	}
	if r > math.MaxUint16 {
		high, low := utf16.EncodeRune(r)
		w.unit(high)
		r = low
	}
	w.unit(r)
}

func (w *pythonJSON) unit(r rune) {
	w.WriteString(`\u`)
	for shift := 12; shift >= 0; shift -= 4 {
		w.WriteByte(hexDigits[r>>shift&15])
	}
}

// pythonFloat is a floating-point number as Python prints it: the shortest digits that read back the same, never without
// a point or an exponent.
func pythonFloat(f float64) string {
	exponent := 0
	if f != 0 {
		digits := strconv.FormatFloat(math.Abs(f), 'e', -1, 64)
		exponent, _ = strconv.Atoi(digits[strings.IndexByte(digits, 'e')+1:])
	}
	if exponent < -4 || exponent >= 16 {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}
