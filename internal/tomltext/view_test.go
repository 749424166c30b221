package tomltext_test

import (
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/source"
)

// TestView finds a word of the inner text and wants the same word, as it is written, at its place in the file.
func TestView(t *testing.T) {
	tests := []struct{ name, text, inner, word, written string }{
		{"plain", `a = "x and y"`, "x and y", "and", "and"},
		{"raw", `a = 'C:\x and y'`, `C:\x and y`, "and", "and"},
		{"to the end", `a = "x and"`, "x and", "and", "and"},
		{"after an escape", `a = "x\tand y"`, "x\tand y", "and", "and"},
		{"before an escape", `a = "and\ty"`, "and\ty", "and", "and"},
		{"the escape itself", `a = "x\ty"`, "x\ty", "\t", `\t`},
		{"escape at the end", `a = "x\n"`, "x\n", "\n", `\n`},
		{"across escapes", `a = "x\"and\"y"`, `x"and"y`, `"and"`, `\"and\"`},
		{"several escapes", `a = "\\\\and\e"`, "\\\\and\x1b", "and", "and"},
		{"character of two bytes", `a = "\u00e9and"`, "éand", "é", `\u00e9`},
		{"character of four bytes", `a = "x\U0001F600y"`, "x😀y", "😀", `\U0001F600`},
		{"byte", `a = "x\x41y"`, "xAy", "A", `\x41`},
		{"after it", `a = "x\x41and"`, "xAand", "and", "and"},
		{"long, first line break dropped", "a = '''\nx\nand y'''", "x\nand y", "and", "and"},
		{"long, first line break of Windows dropped", "a = '''\r\nx\r\nand y'''", "x\r\nand y", "and", "and"},
		{"long, only the first dropped", "a = '''\n\nand'''", "\nand", "and", "and"},
		{"long with escapes", "a = \"\"\"\nx\\t\nand y\"\"\"", "x\t\nand y", "and", "and"},
		{"joined lines", "a = \"\"\"x \\\n\n   and y\"\"\"", "x and y", "and", "and"},
		{"joined lines with blanks before the break", "a = \"\"\"x\\  \t\r\n  and y\"\"\"", "xand y", "and", "and"},
		{"joined at the start", "a = \"\"\"\\\n  and\"\"\"", "and", "and", "and"},
		{"joined after an escape", "a = \"\"\"x\\t\\\n  and\"\"\"", "x\tand", "and", "and"},
		{"quotes at the end", "a = \"\"\"x and\"\"\"\"\"", `x and""`, `and""`, `and""`},
		{"raw quotes at the end", "a = '''x and''''", "x and'", "and'", "and'"},
		{"other characters before", "a = 'äöü and'", "äöü and", "and", "and"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := parse(t, tt.text)
			if got := doc.Tree["a"]; got != tt.inner {
				t.Fatalf("the decoder gives %q, want %q", got, tt.inner)
			}
			node, _ := doc.Find("a")
			view := node.View()
			if view.Text() != tt.inner {
				t.Fatalf("got text %q, want %q", view.Text(), tt.inner)
			}
			start := strings.Index(tt.inner, tt.word)
			span := view.Span(source.Span{Start: start, End: start + len(tt.word)})
			if got := tt.text[span.Start:span.End]; got != tt.written {
				t.Errorf("the span in the file holds %q, want %q", got, tt.written)
			}
		})
	}
}

func TestViewOfOtherKinds(t *testing.T) {
	doc := parse(t, "a = 1\nb = []\nc = 2026-11-22")
	for _, name := range []string{"a", "b", "c"} {
		if node, _ := doc.Find(name); node.View() != nil {
			t.Errorf("%s has a view", name)
		}
	}
}

// TestViewAtEnds holds that empty spans at both ends stay within the quotes.
func TestViewAtEnds(t *testing.T) {
	for text, want := range map[string][2]int{`a = "xy"`: {5, 7}, `a = ""`: {5, 5}, "a = '''\nxy'''": {8, 10}, `a = "\n"`: {5, 7}} {
		node, _ := parse(t, text).Find("a")
		view := node.View()
		end := len(view.Text())
		if got := view.Span(source.Span{}); got != (source.Span{Start: want[0], End: want[0]}) {
			t.Errorf("%s: got start %v, want %d", text, got, want[0])
		}
		if got := view.Span(source.Span{Start: end, End: end}); got != (source.Span{Start: want[1], End: want[1]}) {
			t.Errorf("%s: got end %v, want %d", text, got, want[1])
		}
	}
}
