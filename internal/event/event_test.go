package event

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-rules/tocsin/internal/source"
)

// flat is a document's leaves as "path=v1|v2" in order.
func flat(d *Document) string {
	var parts []string
	for _, leaf := range d.Leaves() {
		var values []string
		for _, v := range leaf.Values {
			values = append(values, v.JSON())
		}
		parts = append(parts, leaf.Path+"="+strings.Join(values, "|"))
	}
	return strings.Join(parts, " ")
}

func TestDecode(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nested", `{"a":{"b":1,"c":"x"}}`, `a.b=1 a.c="x"`},
		{"dotted", `{"a.b":1,"a.c":"x"}`, `a.b=1 a.c="x"`},
		{"mixed", `{"a":{"b.c":1},"a.b":{"d":true},"a.b.c":2}`, `a.b.c=1|2 a.b.d=true`},
		{"array", `{"a":[1,[2,3],null,[]]}`, `a=1|2|3`},
		{"array of objects", `{"a":[{"b":1,"c":2},{"b":3}]}`, `a.b=1|3 a.c=2`},
		{"null, empty array and empty object hold no value", `{"a":null,"b":[],"c":{},"d":[null]}`, ``},
		{"the empty string is a value", `{"a":""}`, `a=""`},
		{"numbers keep their text", `{"a":[1.0,1e3,-0,12345678901234567890]}`, `a=1.0|1e3|-0|12345678901234567890`},
		{"escapes", `{"a\u0062":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud800"}`, `ab="\"\\/\b\f\n\r\té😀` + "\ufffd" + `"`},
		{"hit", `{"_index":"i","_id":"7","_score":1,"_source":{"a":1},"sort":[5]}`, `a=1`},
		{"fields form", `{"_index":"i","_id":"7","fields":{"a.b":["x","y"]}}`, `a.b="x"|"y"`},
		{"own fields of Beats stay", `{"_index":"i","@timestamp":"2026-01-01","fields":{"env":"x"}}`, `@timestamp="2026-01-01" fields.env="x"`},
		{"an event about a source", `{"_source":"wire","a":1}`, `_source="wire" a=1`},
	} {
		doc, problem := NewDecoder().Decode(c.text)
		if problem != nil {
			t.Errorf("%s: %v", c.name, problem)
			continue
		}
		if diff := cmp.Diff(c.want, flat(doc)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestDecodeReadsTheVersion(t *testing.T) {
	for text, want := range map[string]int64{
		`{"_version":7,"_source":{"_version":8}}`: 7, `{"_source":{"a":1},"_version":9}`: 9, `{"_version":3,"a":1}`: 3, `{"_version":"3","a":1}`: 0, `{"_version":1.5}`: 0, `{"a":1}`: 0,
	} {
		doc, problem := NewDecoder().Decode(text)
		if problem != nil {
			t.Fatal(problem)
		}
		if doc.Version != want {
			t.Errorf("%s: version %d, want %d", text, doc.Version, want)
		}
	}
}

func TestDecodeNamesTheDocument(t *testing.T) {
	for text, want := range map[string]string{
		`{"_id":"x","_index":"i","a":1}`:             "x i",
		`{"_source":{"a":1},"_index":"i","_id":"x"}`: "x i",
		`{"a":1}`: " ",
		`{"_id":"x","_index":"i","fields":{"a":[1]}}`: "x i",
	} {
		doc, problem := NewDecoder().Decode(text)
		if problem != nil {
			t.Fatal(problem)
		}
		if got := doc.ID + " " + doc.Index; got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
		if tree, err := doc.Source(); err != nil || len(tree) != 1 || tree["a"] == nil {
			t.Errorf("%s: source %v, %v", text, tree, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct {
		text, message string
		start         int
	}{
		{`{"a":1,"b":2,"a":3}`, `the key "a" stands twice in one object`, 13},
		{`{"a":{"b":1,"b":1}}`, `the key "b" stands twice`, 12},
		{`{"a":1`, "the JSON ends inside what begins here", 0},
		{`{"a":"x`, "is never closed", 5},
		{`{"a":01}`, "not a JSON number", 5},
		{`{"a":1.}`, "not a JSON number", 5},
		{`{"a":nul}`, "expected a value", 5},
		{`{"a":"\x"}`, "no JSON escape", 6},
		{"{\"a\":\"\n\"}", "control character U+000A", 6},
		{"{\"a\":\"\xff\"}", "not valid UTF-8", 6},
		{`[1]`, "expected an event", 0},
		{`{"a":1} x`, "expected the end of the event", 8},
		{`{a:1}`, "a key in double quotes", 1},
		{`{"_id":7}`, "a string as _id", 7},
		{strings.Repeat(`{"a":`, 10_000), "deeper than 200 levels", 1005},
		{`{"a":` + strings.Repeat(`[`, 10_000), "deeper than 200 levels", 205},
	} {
		_, problem := NewDecoder().Decode(c.text)
		if problem == nil || !strings.Contains(problem.Message, c.message) || problem.Span.Start != c.start {
			t.Errorf("%.30s: got %#v, want %q at %d", c.text, problem, c.message, c.start)
		}
	}
}

func TestRead(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"NDJSON", "{\"a\":1}\r\n\n{\"a\":2}\n", "1:a=1 3:a=2"},
		{"one pretty document", "{\n \"a\": 1\n}", "1:a=1"},
		{"array", "[\n{\"a\":1},\n{\"a\":2}]", "2:a=1 3:a=2"},
		{"byte order mark", "\ufeff{\"a\":1}", "1:a=1"},
		{"search response", `{"took":1,"hits":{"total":{"value":2},"hits":[{"_id":"x","_source":{"a":1}},{"_id":"y","_source":{"a":2}}]}}`, "1:a=1 1:a=2"},
		{"an event with hits", `{"hits":{"hits":3}}`, "1:hits.hits=3"},
		{"broken line", "{\"a\":1}\n{\"a\":}\n{\"a\":3}", "1:a=1 3:a=3 !2:6"},
		{"cut off line", "{\"a\":1}\n{\"a\":\"x\n{\"a\":3}", "1:a=1 3:a=3 !2:8"},
		{"a line that is an array", "{\"a\":1}\n[1]\n{\"a\":3}", "1:a=1 3:a=3 !2:1"},
		{"empty", " \n", "!1:1"},
	} {
		docs, problems := Read(source.NewFile("f", c.text))
		var got []string
		for _, d := range docs {
			got = append(got, fmt.Sprintf("%d:%s", d.Line, flat(d)))
		}
		for _, p := range problems {
			at := p.Subject.File.Position(p.Subject.Span.Start)
			got = append(got, fmt.Sprintf("!%d:%d", at.Line, at.Column))
		}
		if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestObjects(t *testing.T) {
	doc, problem := NewDecoder().Decode(`{"a":{"n":[{"x":1,"y":"p"},{"x":2}]},"a.n":{"x":3}}`)
	if problem != nil {
		t.Fatal(problem)
	}
	var got []string
	for _, object := range doc.Objects("a.n") {
		got = append(got, flat(object))
	}
	want := []string{`a.n.x=1 a.n.y="p"`, `a.n.x=2`, `a.n.x=3`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What encoding/json writes is read back value for value.
func TestDecodeAgainstEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := rapid.MapOf(rapid.StringN(1, 5, -1), rapid.OneOf(
			rapid.Custom(func(t *rapid.T) any { return rapid.String().Draw(t, "s") }),
			rapid.Custom(func(t *rapid.T) any { return rapid.Float64Range(-1e9, 1e9).Draw(t, "f") }),
			rapid.Custom(func(t *rapid.T) any { return rapid.Bool().Draw(t, "b") }),
		)).Draw(t, "tree")
		delete(tree, "_id")
		delete(tree, "_index")
		delete(tree, "_source")
		text, err := json.Marshal(tree)
		if err != nil {
			t.Skip()
		}
		doc, problem := NewDecoder().Decode(string(text))
		if problem != nil {
			t.Fatal(problem)
		}
		for key, value := range tree {
			want, _ := json.Marshal(value)
			var back any
			if got := doc.Get(key); len(got) != 1 || json.Unmarshal([]byte(got[0].JSON()), &back) != nil || !cmp.Equal(back, decoded(want)) {
				t.Fatalf("%q: got %v, want %s", key, got, want)
			}
		}
	})
}

func decoded(text []byte) (v any) {
	_ = json.Unmarshal(text, &v)
	return v
}

// Whatever the decoder accepts, encoding/json accepts too; and nothing panics.
func FuzzRead(f *testing.F) {
	f.Add(`{"a":{"b":[1,"x",null]}}`)
	f.Add(`{"_id":"x","_source":{"a":1}}`)
	f.Add("{\"a\":1}\n{\"a\":")
	f.Add(`[{"a":"\ud83d\ude00"}]`)
	f.Fuzz(func(t *testing.T, text string) {
		docs, _ := Read(source.NewFile("f", text))
		for _, d := range docs {
			if _, err := d.Source(); err != nil {
				t.Fatalf("accepted %q, but %v", d.source, err)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	text := `{"@timestamp":"2026-01-01T00:00:00Z","host":{"name":"a","os":{"type":"windows","family":"windows"}},"event":{"kind":"event","category":["process"],"type":["start"],"code":"1"},"process":{"name":"cmd.exe","pid":42,"args":["/c","whoami"],"command_line":"cmd.exe /c whoami","parent":{"name":"explorer.exe","pid":7}},"user":{"name":"bob","domain":"corp"},"message":"` + strings.Repeat("x", 600) + `"}`
	decoder := NewDecoder()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, problem := decoder.Decode(text); problem != nil {
			b.Fatal(problem)
		}
	}
}
