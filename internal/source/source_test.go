package source

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPosition(t *testing.T) {
	f := NewFile("f", "ab\nçd\r\n\nx")
	for _, c := range []struct{ offset, line, column int }{
		{0, 1, 1}, {2, 1, 3}, {3, 2, 1}, {5, 2, 2}, {6, 2, 3}, {8, 3, 1}, {9, 4, 1}, {10, 4, 2},
		{-5, 1, 1}, {99, 4, 2}, // outside: the nearest end
	} {
		if got := f.Position(c.offset); got != (Position{c.line, c.column}) {
			t.Errorf("Position(%d) = %v, want %d:%d", c.offset, got, c.line, c.column)
		}
	}
	for n, want := range map[int]string{1: "ab", 2: "çd", 3: "", 4: "x", 0: "", 5: ""} {
		if got := f.Line(n); got != want {
			t.Errorf("Line(%d) = %q, want %q", n, got, want)
		}
	}
	for text, want := range map[string]int{"": 1, "a": 1, "a\n": 1, "a\nb": 2, "a\n\n": 2} {
		if got := NewFile("f", text).Lines(); got != want {
			t.Errorf("%q has %d lines, want %d", text, got, want)
		}
	}
}

func TestPositionCountsLinesAndCharacters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("a\né")), 0, 30, -1).Draw(t, "text")
		f := NewFile("f", text)
		for offset, r := range text {
			before := text[:offset]
			want := Position{strings.Count(before, "\n") + 1, len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1}
			if got := f.Position(offset); got != want {
				t.Fatalf("%q at %d (%q): %v, want %v", text, offset, r, got, want)
			}
		}
	})
}

// The text a\nb written as "a\nb", with an escape of two bytes for one.
func TestViewSpan(t *testing.T) {
	file := NewFile("f", `q = "a\nbc"`)
	view := NewView(file, "a\nbc", []Segment{{0, 5}, {1, 6}, {2, 8}}, 10)
	for _, c := range []struct {
		inner Span
		want  string
	}{
		{Span{0, 1}, `a`}, {Span{1, 2}, `\n`}, {Span{0, 2}, `a\n`}, {Span{2, 4}, `bc`}, {Span{1, 3}, `\nb`}, {Span{0, 4}, `a\nbc`},
	} {
		got := view.Span(c.inner)
		if text := file.Text()[got.Start:got.End]; text != c.want {
			t.Errorf("%v is %q, want %q", c.inner, text, c.want)
		}
	}
	if got := view.Span(Span{4, 4}); got != (Span{10, 10}) {
		t.Errorf("the end is %v, want before the closing quote", got)
	}
	if got := Whole(file).Span(Span{2, 3}); got != (Span{2, 3}) {
		t.Errorf("in the whole file a span stays: %v", got)
	}
}
