package extract

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestJSONExtract(t *testing.T) {
	const document = `{"user": {"a.b": [7, {"x": "é\n"}], "name": "joe", "name": "second"}, "ok": true, "none": null, "n": 1.50, "o": {"k": [1, "\u00e9\/"] /* c */}, "": 1}`
	for _, test := range []struct{ path, want string }{
		// languages.md 3.5, 25 and row w.
		{"user['a.b'][0]", "7"},
		{"$.user.name", "joe"}, // the first of two keys
		{`user["name"]`, "joe"},
		{"$['user'][ 'a.b' ][ 1 ].x", "é\n"},
		{"ok", "true"},
		{"n", "1.50"},
		{"none", "null!"},
		{"o", `{"k":[1,"é/"]}`},
		{"user['a.b']", `[7,{"x":"é\n"}]`},
		{"['']", "1"},
		{"user.a.b", "error: path [user.a.b] does not exist"}, // a dot is always a separator
		{"ok.x", "error: path [ok.x] does not exist"},
		{"user[0]", "error: path [user[0]] does not exist"},
		{"user['a.b'][2]", "error: array index out of bounds"},
		{"User", "error: path [User] does not exist"},
		{"a..b", "error: invalid JSON path [a..b]: a key is empty"},
		{"a.", "error: invalid JSON path [a.]: a key is empty"},
		{"a[-1]", "error: invalid JSON path [a[-1]]: a bracket holds an index from 0 on or a quoted key"},
		{"a[*]", "error: invalid JSON path [a[*]]: a bracket holds an index from 0 on or a quoted key"},
		{"a['b", "error: invalid JSON path [a['b]: a quoted key does not close"},
		{"$x", "error: path [$x] does not exist"},
	} {
		if got := jsonExtract(document, test.path); got != test.want {
			t.Errorf("%s: %q, want %q", test.path, got, test.want)
		}
	}
	for text, want := range map[string]string{
		`{"a": 1, broken`:                   "1", // what follows the value is not read
		`{"b": 01, "a": 1}`:                 "error: invalid JSON input",
		`{"b": [1,], "a": 1}`:               "error: invalid JSON input",
		`{'a': 1}`:                          "error: invalid JSON input",
		`{"a": "x`:                          "error: invalid JSON input",
		``:                                  "error: invalid JSON input",
		`[1]`:                               "error: path [a] does not exist",
		`null`:                              "error: path [a] does not exist",
		`"text"`:                            "error: path [a] does not exist",
		`-1`:                                "error: path [a] does not exist",
		`not JSON`:                          "error: invalid JSON input",
		`{"b":{}, "c":[] ,"a":{}}`:          "{}",
		`{"b":` + strings.Repeat("[", 5000): "error: invalid JSON input",
	} {
		if got := jsonExtract(text, "a"); got != want {
			t.Errorf("%.40s: %q, want %q", text, got, want)
		}
	}
	if got := jsonExtract(" [3, 4] ", "$[1]"); got != "4" {
		t.Error(got)
	}
	if got := jsonExtract(` "x" `, "$"); got != "x" {
		t.Error(got)
	}
}

// jsonExtract gives the value, "null!" for a JSON null, or the error.
func jsonExtract(text, path string) string {
	p, err := CompileJSONPath(path)
	if err != nil {
		return "error: " + err.Error()
	}
	value, present, err := p.Extract(text)
	switch {
	case err != nil:
		return "error: " + err.Error()
	case !present:
		return value + "!"
	}
	return value
}

// What encoding/json reads as an object of members, the scanner finds too; what it copies is JSON again.
func FuzzJSONExtract(f *testing.F) {
	f.Add(`{"a": {"b": [1, "\ud83d\ude00", null]}}`, "a.b[1]")
	f.Add(`[{"x":"\\"}] // c`, "$[0]['x']")
	f.Fuzz(func(t *testing.T, text, path string) {
		p, err := CompileJSONPath(path)
		if err != nil {
			return
		}
		value, present, err := p.Extract(text)
		if err == nil && present && len(value) > 1 && (value[0] == '{' || value[0] == '[') && json.Valid([]byte(text)) && !json.Valid([]byte(value)) {
			// A string may look like an object; only what was copied from one must be JSON.
			if !strings.Contains(text, `"`+value[:1]) && !strings.Contains(text, `\`) {
				t.Fatalf("%s of %q gives %q", path, text, value)
			}
		}
		var members map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &members) != nil {
			return
		}
		for key := range members {
			whole := JSONPath{text: key, segments: []pathSegment{{key: key, index: -1}}}
			if _, _, err := whole.Extract(text); err != nil && !strings.Contains(text, `\u`) && !strings.Contains(key, "\uFFFD") && strings.Count(text, "[")+strings.Count(text, "{") < jsonDepth {
				t.Fatalf("key %q of %q: %v", key, text, err)
			}
		}
	})
}
