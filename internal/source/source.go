// Package source holds the text that a user wrote and answers where in it something stands.
//
// Every other package speaks of places as byte spans. Lines and columns are computed here, and only when a
// place is shown. A [View] is a text that lies inside another text, such as the query inside a string of a TOML
// file: it carries spans of the inner text back to the file, escapes included.
package source

import (
	"sort"
	"strings"
	"sync"
	"unicode/utf8"
)

// Span is a half-open range of byte offsets: Start is the first byte, End the one after the last.
type Span struct{ Start, End int }

// Len is the number of bytes that the span covers.
func (s Span) Len() int { return s.End - s.Start }

// Cover is the smallest span that holds both s and t.
func (s Span) Cover(t Span) Span {
	return Span{Start: min(s.Start, t.Start), End: max(s.End, t.End)}
}

// Position is a place as people count it: lines and columns from 1, columns in characters (code points).
type Position struct{ Line, Column int }

// File is a named text. It is immutable and safe for concurrent use.
type File struct {
	name, text string
	lines      func() []int
}

// NewFile makes a file of a name, as it is shown to the user, and its text.
func NewFile(name, text string) *File {
	f := &File{name: name, text: text}
	f.lines = sync.OnceValue(func() []int { return lineStarts(text) })
	return f
}

// Name is the name as it is shown to the user.
func (f *File) Name() string { return f.name }

// Text is the whole text.
func (f *File) Text() string { return f.text }

// Position tells line and column of a byte offset. Offsets outside the text are moved to its nearest end.
func (f *File) Position(offset int) Position {
	offset = max(0, min(offset, len(f.text)))
	starts := f.lines()
	line := sort.SearchInts(starts, offset+1)
	return Position{Line: line, Column: utf8.RuneCountInString(f.text[starts[line-1]:offset]) + 1}
}

// Lines is the number of lines; a text that ends in a line break does not count an empty one after it.
func (f *File) Lines() int {
	starts := f.lines()
	if last := starts[len(starts)-1]; last == len(f.text) && last > 0 {
		return len(starts) - 1
	}
	return len(starts)
}

// Line gives line n, counted from 1, without its line break; "" when there is no such line.
func (f *File) Line(n int) string {
	span, ok := f.LineSpan(n)
	if !ok {
		return ""
	}
	return strings.TrimSuffix(f.text[span.Start:span.End], "\r")
}

// LineSpan gives the bytes of line n, counted from 1, without the line feed.
func (f *File) LineSpan(n int) (Span, bool) {
	starts := f.lines()
	if n < 1 || n > len(starts) {
		return Span{}, false
	}
	end := len(f.text)
	if n < len(starts) {
		end = starts[n] - 1
	}
	return Span{Start: starts[n-1], End: end}, true
}

func lineStarts(text string) []int {
	starts := []int{0}
	for i := range len(text) {
		if text[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}
