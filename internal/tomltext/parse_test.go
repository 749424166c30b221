package tomltext_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/corpus"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

func parse(tb testing.TB, text string) *tomltext.Document {
	tb.Helper()
	doc, list := tomltext.Parse(source.NewFile("t.toml", text))
	if doc == nil {
		tb.Fatalf("%q: %v", text, list)
	}
	return doc
}

// TestSpans holds that the spans of the node at a path cover what is expected of the text.
func TestSpans(t *testing.T) {
	tests := []struct{ name, text, path, key, value string }{
		{"plain", "a = 1", "a", "a", "1"},
		{"quoted", "\"a b\" = 'x'  # c", "a b", "\"a b\"", "'x'"},
		{"dotted", "a . b.'c' = true", "a/b/c", "'c'", "true"},
		{"middle of a dotted key", "a.b.c = 1", "a/b", "b", "b"},
		{"implied table added to", "a.b = 1\na.c = 2", "a", "a", "a"},
		{"header", "[x]\n[a.b]\nc=1", "a/b", "b", "[a.b]"},
		{"parent that a header implies", "[a.b]", "a", "a", "a"},
		{"parent that is defined later", "[a.b]\n[ a ]", "a", "a", "[ a ]"},
		{"array of tables", "[[a]]\n[[a]]\nx=1", "a", "a", "[[a]]"},
		{"second item", "[[a]]\n[[ a ]]\nx=1", "a/1", "a", "[[ a ]]"},
		{"key in the second item", "[[a]]\n[[a]]\nx=1", "a/1/x", "x", "1"},
		{"table below the last item", "[[a]]\n[a.b]\nc=1\n[[a]]\n[a.b]\nc=22", "a/1/b/c", "c", "22"},
		{"array", "a = [ 1, \"x\" ,]", "a", "a", "[ 1, \"x\" ,]"},
		{"item", "a = [ 1, \"x\" ,]", "a/1", "\"x\"", "\"x\""},
		{"item of an item", "a = [[1], [2, 3]]", "a/1/1", "3", "3"},
		{"inline table", "a = { b = 1, c.d = 2 }", "a", "a", "{ b = 1, c.d = 2 }"},
		{"within an inline table", "a = { b = 1, c.d = 2 }", "a/c/d", "d", "2"},
		{"inline table of several lines", "a = {\n b = 1, # c\n}", "a/b", "b", "1"},
		{"date with a space", "a = 1979-05-27 07:32:00Z # c", "a", "a", "1979-05-27 07:32:00Z"},
		{"date before a comment", "a = 1979-05-27 # c", "a", "a", "1979-05-27"},
		{"float", "a = -1_0.5e+3", "a", "a", "-1_0.5e+3"},
		{"infinity", "a = -inf", "a", "a", "-inf"},
		{"long string", "a = '''\nx\n'''\n", "a", "a", "'''\nx\n'''"},
		{"long string with quotes at its end", "a = \"\"\"x\"\"\"\"\"", "a", "a", "\"\"\"x\"\"\"\"\""},
		{"after a byte order mark", "\ufeffa = 1", "a", "a", "1"},
		{"line breaks of Windows", "a = 1\r\nb = 2\r\n", "b", "b", "2"},
		{"empty key", "'' = 1", "", "''", "1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := parse(t, tt.text)
			node, ok := doc.Find(strings.Split(tt.path, "/")...)
			if !ok {
				t.Fatal("there is no such node")
			}
			if got := tt.text[node.Key.Start:node.Key.End]; got != tt.key {
				t.Errorf("got key %q, want %q", got, tt.key)
			}
			if got := tt.text[node.Value.Start:node.Value.End]; got != tt.value {
				t.Errorf("got value %q, want %q", got, tt.value)
			}
		})
	}
}

func TestFind(t *testing.T) {
	doc := parse(t, "a = [{b = 1}]\nc = 2")
	for _, path := range []string{"x", "a/1", "a/-1", "a/b", "a/0/x", "c/d", "a/0/b/0"} {
		if node, ok := doc.Find(strings.Split(path, "/")...); ok {
			t.Errorf("%s: got %v, want nothing", path, node.Kind)
		}
	}
	if root, ok := doc.Find(); !ok || root != doc.Root || len(root.Children) != 2 || root.Children[1].Name != "c" {
		t.Error("the empty path does not give the root with its entries in order")
	}
	if node, depth := doc.Nearest("a", "0", "x", "y"); depth != 2 || node.Kind != tomltext.Table {
		t.Errorf("got %s at depth %d", node.Kind, depth)
	}
	places := map[string]diag.Place{
		"t.toml:1:7": doc.KeyPlace("a", "0", "b"), "t.toml:1:11": doc.ValuePlace("a", "0", "b"),
		"t.toml:1:6": doc.KeyPlace("a", "0", "x"), "t.toml": doc.ValuePlace("x"), "t.toml:2:1": doc.KeyPlace("c"),
	}
	for want, place := range places {
		if place.String() != want {
			t.Errorf("got %s, want %s", place, want)
		}
	}
}

// TestManyKeys crosses the size from which on a table is searched through a map.
func TestManyKeys(t *testing.T) {
	var b strings.Builder
	for _, c := range "abcdefghijklmnopqrstuvwxyz" {
		b.WriteString(string(c) + " = '" + string(c) + "'\n")
	}
	doc := parse(t, b.String())
	for _, c := range "abcdefghijklmnopqrstuvwxyz" {
		if node, ok := doc.Find(string(c)); !ok || node.View().Text() != string(c) {
			t.Errorf("%c is missing", c)
		}
	}
	_, list := tomltext.Parse(source.NewFile("t", b.String()+"q = 1"))
	if len(list) != 1 || list[0].Message != "`q` is defined twice" {
		t.Errorf("got %v", list)
	}
}

func TestFindings(t *testing.T) {
	tests := []struct {
		name, text string
		want       string // line:column-length message [name]
		help       string
	}{
		{"no value", "a = ", "1:5-0 expected a value, found the end of the file [toml-syntax]", ""},
		{"no value on the line", "a =\nb = 1", "1:4-1 expected a value, found the end of the line [toml-syntax]", ""},
		{"bare text", "severity = high", "1:12-4 expected a value, found `high` [toml-syntax]", "text needs quotes: `\"high\"`"},
		{"other spelling of true", "a = True", "1:5-4 expected a value, found `True` [toml-syntax]", "write `true`"},
		{"null", "a = null", "1:5-4 expected a value, found `null` [toml-syntax]", "TOML has no empty value: leave the key out"},
		{"no equals sign", "a\nb = 1", "1:2-1 expected `=` after the key, found the end of the line [toml-syntax]", ""},
		{"colon", "a: 1", "1:2-1 expected `=` after the key, found `:` [toml-syntax]", ""},
		{"two values", "a = 1 2", "1:7-1 expected the end of the line, found `2` [toml-syntax]", ""},
		{"key that needs quotes", "ä = 1", "1:1-2 expected a key, found `ä` [toml-syntax]", "a key of other characters than A-Z, a-z, 0-9, _ and - needs quotes"},
		{"no key", "= 1", "1:1-1 expected a key, found `=` [toml-syntax]", ""},
		{"dot at the end", "a. = 1", "1:4-1 expected a key, found `=` [toml-syntax]", ""},
		{"empty header", "[]", "1:2-1 expected a key, found `]` [toml-syntax]", ""},
		{"open header", "[a\nb = 1", "1:3-1 expected `]` to end the header, found the end of the line [toml-syntax]", ""},
		{"half a header", "[[a]\n", "1:4-1 expected `]]` to end the header, found `]` [toml-syntax]", ""},
		{"open string", "a = \"x\nb = 1", "1:5-2 this string is not closed on its line [toml-syntax]", "end it with `\"`; text of several lines stands between \"\"\" and \"\"\""},
		{"open string, Windows", "a = 'x\r\nb = 1", "1:5-2 this string is not closed on its line [toml-syntax]", "end it with `'`; text of several lines stands between ''' and '''"},
		{"open long string", "a = 1\nquery = '''\nx\n", "2:9-3 this string is never closed [toml-syntax]", "end it with `'''`"},
		{"six quotes", "a = '''x''''''", "1:9-6 too many quotes at the end of a string [toml-syntax]", "at most two quotes may stand before the closing `'''`"},
		{"escape", `a = "C:\Windows"`, "1:8-2 `\\W` is not an escape [toml-syntax]", "write `\\\\` for a backslash, or use single quotes, in which a backslash stands for itself"},
		{"escape of a blank", "a = \"\"\"x\\ y\"\"\"", "1:9-2 `\\ ` is not an escape [toml-syntax]", "write `\\\\` for a backslash, or use single quotes, in which a backslash stands for itself"},
		{"half an escape", `a = "\u12G4"`, "1:6-4 expected a hexadecimal digit, found `G` [toml-syntax]", "`\\x` takes 2 digits, `\\u` 4, `\\U` 8"},
		{"no character", `a = "\ud800"`, "1:6-6 `\\ud800` is not a character of Unicode [toml-syntax]", ""},
		{"open array", "a = [1,\nb = 2", "2:1-1 expected a value, found `b` [toml-syntax]", "text needs quotes: `\"b\"`"},
		{"open array at the end", "a = [1,\n", "1:5-1 this array is never closed [toml-syntax]", "end it with `]`"},
		{"array without a comma", "a = [1 2]", "1:8-1 expected `,` or `]`, found `2` [toml-syntax]", ""},
		{"open inline table", "a = { b = 1", "1:5-1 this inline table is never closed [toml-syntax]", "end it with `}`"},
		{"inline table without a comma", "a = { b = 1 c = 2 }", "1:13-1 expected `,` or `}`, found `c` [toml-syntax]", ""},
		{"leading zero", "a = 007", "1:5-3 invalid integer \"007\": cannot have leading zeroes [toml-syntax]", ""},
		{"a bad one among good ones", "a = [1.5, +2,\n  1979-13-01, 2e3]\nb = 1.5.5", "2:3-10 invalid datetime: \"1979-13-01\" [toml-syntax]", ""},
		{"too large", "a = 99999999999999999999", "1:5-20 99999999999999999999 is out of range for int64 [toml-syntax]", ""},
		{"no such date", "a = 2026-02-30", "1:5-10 invalid datetime: \"2026-02-30\" [toml-syntax]", ""},
		{"no such date after a byte order mark", "\ufeffa = 2026-02-30", "1:6-10 invalid datetime: \"2026-02-30\" [toml-syntax]", ""},
		{"control character", "a = 'x\x01'", "1:7-1 control character U+0001 is not allowed [toml-syntax]", "in a string with double quotes, write it as the escape \\u0001"},
		{"carriage return alone", "a = 1\rb = 2", "1:6-1 control character U+000D is not allowed [toml-syntax]", "a carriage return can only stand before a line feed"},
		{"NUL", "a = 1\x00", "1:6-1 the file holds a NUL byte: it is binary, or not UTF-8 [not-text]", "save the file as UTF-8 text"},
		{"Latin-1", "a = 'caf\xe9'", "1:9-1 byte 0xe9 is not valid UTF-8 [not-text]", "save the file as UTF-8 text"},
		{"UTF-16", "\xff\xfea\x00", "1:1-2 the file is UTF-16, not UTF-8 [not-text]", "save the file as UTF-8 text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, list := tomltext.Parse(source.NewFile("t.toml", tt.text))
			if doc != nil || len(list) != 1 {
				t.Fatalf("got document %v and findings %v, want one finding", doc, list)
			}
			if got := describe(list[0]); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if list[0].Help != tt.help {
				t.Errorf("got help %q, want %q", list[0].Help, tt.help)
			}
		})
	}
}

func TestDuplicates(t *testing.T) {
	tests := []struct{ name, text, second, first string }{
		{"key", "a = 1\nb = 2\na = 3", "3:1", "1:1"},
		{"quoted key", "a = 1\n'a' = 3", "2:1", "1:1"},
		{"key in an inline table", "x = { a = 1, a = 2 }", "1:14", "1:7"},
		{"header", "[a]\n[b]\n[a]", "3:2", "1:2"},
		{"header of a value", "a = 1\n[a]", "2:2", "1:1"},
		{"header below a value", "a = 1\n[a.b]", "2:2", "1:1"},
		{"header of an inline table", "a = {}\n[a.b]", "2:2", "1:1"},
		{"header of a dotted table", "a.b = 1\n[a]", "2:2", "1:1"},
		{"array of a table", "[a]\n[[a]]", "2:3", "1:2"},
		{"table of an array", "[[a]]\n[a]", "2:2", "1:3"},
		{"array of an array", "a = []\n[[a]]", "2:3", "1:1"},
		{"dotted key into a value", "a = 1\na.b = 2", "2:1", "1:1"},
		{"dotted key into an array", "a = []\na.b = 1", "2:1", "1:1"},
		{"dotted key into a table with a header", "[a.b]\n[a]\nb.c = 1", "3:1", "1:4"},
		{"dotted table of another section", "a.b.c = 1\n[a.x]\n[y]\n[a.b]", "4:4", "1:3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, list := tomltext.Parse(source.NewFile("t", tt.text))
			if doc != nil || len(list) != 1 || len(list[0].Related) != 1 || !strings.HasSuffix(list[0].Message, "is defined twice") {
				t.Fatalf("got %v, want one duplicate", list)
			}
			if got := list[0].Subject.String(); got != "t:"+tt.second {
				t.Errorf("got place %s, want %s", got, tt.second)
			}
			if got := list[0].Related[0].String(); got != "t:"+tt.first {
				t.Errorf("got first place %s, want %s", got, tt.first)
			}
		})
	}
}

func TestFindingWithinBrackets(t *testing.T) {
	_, list := tomltext.Parse(source.NewFile("t", "a = [\n  { b = 1 c = 2 },\n]"))
	if len(list) != 1 || len(list[0].Related) != 1 {
		t.Fatalf("got %v", list)
	}
	if related := list[0].Related[0]; related.String() != "t:2:3" || related.Message != "the inline table begins here" {
		t.Errorf("got %s %s", related, related.Message)
	}
}

// TestNoDuplicates are the near misses of TestDuplicates.
func TestNoDuplicates(t *testing.T) {
	for _, text := range []string{
		"a = 1\nA = 2", "[a.b]\n[a]", "[a]\n[a.b]", "a.b = 1\na.c = 2", "[[a]]\n[[a]]", "[[a]]\n[a.b]\n[[a]]\n[a.b]", "a.b.c = 1\n[a.x]",
		"[a.b.c]\n[a]\nb.x = 1", "x = { a.b = 1, a.c = 2 }",
	} {
		if err := disagreement(parse(t, text)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestLimits(t *testing.T) {
	within := map[string]string{
		"arrays": "a = " + strings.Repeat("[", 98) + strings.Repeat("]", 98),
		"key":    strings.Repeat("a.", 31) + "a = 1",
		"keys":   "[" + strings.Repeat("a.", 31) + "a]\n" + strings.Repeat("a.", 31) + "a = {" + strings.Repeat("a.", 31) + "a = 1}",
		"size":   "#" + strings.Repeat(" ", tomltext.MaxSize-1),
		"values": "a = [" + strings.Repeat("1,", tomltext.MaxNodes-1) + "]",
	}
	for name, text := range within {
		if doc, list := tomltext.Parse(source.NewFile(name, text)); doc == nil {
			t.Errorf("%s: %v", name, list)
		}
	}
	beyond := map[string]string{
		"arrays":        "a = " + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000),
		"open arrays":   "a = " + strings.Repeat("[", 10_000),
		"inline tables": "a = " + strings.Repeat("{a=", 10_000) + "1" + strings.Repeat("}", 10_000),
		"key":           strings.Repeat("a.", 32) + "a = 1",
		"long key":      strings.Repeat("a.", 10_000) + "a = 1",
		"keys":          "[" + strings.Repeat("a.", 31) + "a]\n" + strings.Repeat("a.", 31) + "a = {" + strings.Repeat("a.", 31) + "a = {" + strings.Repeat("a.", 31) + "a = 1}}",
		"header":        "[" + strings.Repeat("a.", 10_000) + "a]",
		"headers":       "[[" + strings.Repeat("a.", 32) + "a]]",
		"size":          strings.Repeat("#", tomltext.MaxSize+1),
		"values":        "a = [" + strings.Repeat("1,", tomltext.MaxNodes) + "]",
	}
	for name, text := range beyond {
		doc, list := tomltext.Parse(source.NewFile(name, text))
		if doc != nil || len(list) != 1 || list[0].Name != tomltext.TooLarge {
			t.Errorf("%s: got %v", name, list)
		}
	}
}

func describe(d diag.Diagnostic) string {
	place := strings.TrimPrefix(d.Subject.String(), "t.toml:")
	return place + "-" + strconv.Itoa(d.Subject.Span.Len()) + " " + d.Message + " [" + d.Name + "]"
}

func BenchmarkParse(b *testing.B) {
	benchmark(b, func(file *source.File) bool {
		doc, _ := tomltext.Parse(file)
		return doc != nil
	})
}

// BenchmarkScan is BenchmarkParse without the decoder.
func BenchmarkScan(b *testing.B) { benchmark(b, tomltext.Scan) }

func benchmark(b *testing.B, read func(*source.File) bool) {
	var files []*source.File
	size := 0
	for _, file := range corpus.Rules(b) {
		files = append(files, source.NewFile(file.Name, file.Text))
		size += len(file.Text)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, file := range files {
			if !read(file) {
				b.Fatal(file.Name())
			}
		}
	}
}
