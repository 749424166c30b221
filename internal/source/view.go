package source

import "sort"

// Segment says that the inner text from offset Inner on stands in the file from offset Outer on, byte for byte,
// until the next segment begins. An escape such as \n is a segment of its own: one inner byte for two outer ones.
type Segment struct{ Inner, Outer int }

// View is a text inside a file, such as a query inside a TOML string. It is immutable.
type View struct {
	file     *File
	text     string
	segments []Segment
	end      int
}

// NewView makes a view of text, which lies in file as the segments say and ends before the outer offset end.
// Segments must be sorted by Inner and begin with Inner 0.
func NewView(file *File, text string, segments []Segment, end int) *View {
	return &View{file: file, text: text, segments: segments, end: end}
}

// Whole is the view of a file's entire text.
func Whole(f *File) *View {
	return NewView(f, f.text, []Segment{{}}, len(f.text))
}

// File is the file that the text lies in.
func (v *View) File() *File { return v.file }

// Text is the inner text.
func (v *View) Text() string { return v.text }

// Span carries a span of the inner text to the file. An empty inner span stays empty.
func (v *View) Span(inner Span) Span {
	if inner.End <= inner.Start {
		at := v.offset(inner.Start)
		return Span{Start: at, End: at}
	}
	// The end is one past the last byte's own place, so that a span never swallows the escape or the closing
	// quote that follows it.
	last := v.offset(inner.End - 1)
	end := last + 1
	if next := v.offset(inner.End); v.startsSegment(inner.End) && next > end {
		end = next
	}
	return Span{Start: v.offset(inner.Start), End: end}
}

func (v *View) offset(inner int) int {
	if len(v.segments) == 0 || inner >= len(v.text) {
		return v.end
	}
	i := sort.Search(len(v.segments), func(i int) bool { return v.segments[i].Inner > inner }) - 1
	seg := v.segments[max(i, 0)]
	return seg.Outer + max(inner-seg.Inner, 0)
}

func (v *View) startsSegment(inner int) bool {
	i := sort.Search(len(v.segments), func(i int) bool { return v.segments[i].Inner >= inner })
	return inner >= len(v.text) || i < len(v.segments) && v.segments[i].Inner == inner
}
