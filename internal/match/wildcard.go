// Package match decides whether a text fits a pattern: wildcards, one or thousands at once ([Wildcard], [Set]),
// Lucene's regular expressions ([Regexp]), address blocks ([Block]), and the analysis that turns text into the tokens
// that a search compares ([Analyzer]). [Fold] makes a comparison blind to case. The package knows nothing of fields
// or queries.
package match

import (
	"strings"
	"unicode/utf8"
)

// Part is one piece of a wildcard pattern: a literal text, any one character, or any run of characters.
type Part struct {
	Kind    PartKind
	Literal string
}

// PartKind tells what a Part stands for.
type PartKind uint8

// The kinds of a Part.
const (
	Literal PartKind = iota
	AnyOne
	AnyRun
)

// Wildcard is a compiled wildcard pattern that must fit a whole text. It is immutable; matching allocates nothing
// and takes time proportional to the text times the number of "?", never exponential.
type Wildcard struct {
	source string
	// prefix and suffix stand at the ends; middle segments follow in order, anywhere between. A pattern without
	// any run has only a prefix, and exact is set.
	exact          bool
	prefix, suffix segment
	middle         []segment
}

// segment is a stretch without runs: literals with single-character gaps.
type segment struct {
	parts []Part
	// literal is the whole segment when it has no gaps, the common case.
	literal string
	gaps    bool
}

// NewWildcard compiles the parts of a pattern, in order.
func NewWildcard(parts []Part) *Wildcard {
	w := &Wildcard{exact: true}
	var source strings.Builder
	current := segment{}
	var segments []segment
	for _, p := range parts {
		switch p.Kind {
		case AnyRun:
			source.WriteByte('*')
			segments = append(segments, current)
			current, w.exact = segment{}, false
		case AnyOne:
			source.WriteByte('?')
			current.add(p)
		default:
			if p.Literal != "" {
				source.WriteString(p.Literal)
				current.add(p)
			}
		}
	}
	segments = append(segments, current)
	w.source = source.String()
	w.prefix = segments[0]
	if !w.exact {
		w.suffix = segments[len(segments)-1]
		for _, s := range segments[1 : len(segments)-1] {
			if len(s.parts) > 0 {
				w.middle = append(w.middle, s)
			}
		}
	}
	return w
}

// Glob compiles a pattern in which "*" is the only special character, as KQL has it.
func Glob(pattern string) *Wildcard {
	var parts []Part
	for i, literal := range strings.Split(pattern, "*") {
		if i > 0 {
			parts = append(parts, Part{Kind: AnyRun})
		}
		if literal != "" {
			parts = append(parts, Part{Literal: literal})
		}
	}
	return NewWildcard(parts)
}

// String is the pattern as text, with "*" and "?" for runs and single characters.
func (w *Wildcard) String() string { return w.source }

// MatchesAll tells whether every text fits.
func (w *Wildcard) MatchesAll() bool {
	return !w.exact && len(w.prefix.parts) == 0 && len(w.suffix.parts) == 0 && len(w.middle) == 0
}

// Literal gives the text of a pattern that holds neither "*" nor "?".
func (w *Wildcard) Literal() (string, bool) {
	return w.prefix.literal, w.exact && !w.prefix.gaps
}

// Parts are the pieces of the pattern, in order.
func (w *Wildcard) Parts() []Part {
	var parts []Part
	parts = append(parts, w.prefix.parts...)
	if w.exact {
		return parts
	}
	for _, s := range w.middle {
		parts = append(append(parts, Part{Kind: AnyRun}), s.parts...)
	}
	return append(append(parts, Part{Kind: AnyRun}), w.suffix.parts...)
}

// Map gives the same pattern with f applied to its literals, for instance to lower-case them.
func (w *Wildcard) Map(f func(string) string) *Wildcard {
	var parts []Part
	add := func(s segment) {
		for _, p := range s.parts {
			if p.Kind == Literal {
				p.Literal = f(p.Literal)
			}
			parts = append(parts, p)
		}
	}
	add(w.prefix)
	if !w.exact {
		for _, s := range w.middle {
			parts = append(parts, Part{Kind: AnyRun})
			add(s)
		}
		parts = append(parts, Part{Kind: AnyRun})
		add(w.suffix)
	}
	return NewWildcard(parts)
}

// Match tells whether the whole text fits.
func (w *Wildcard) Match(text string) bool {
	n, ok := w.prefix.matchPrefix(text)
	if !ok {
		return false
	}
	text = text[n:]
	if w.exact {
		return text == ""
	}
	end, ok := w.suffix.matchSuffix(text)
	if !ok {
		return false
	}
	text = text[:end]
	for i := range w.middle {
		if n = w.middle[i].find(text); n < 0 {
			return false
		}
		text = text[n:]
	}
	return true
}

func (s *segment) add(p Part) {
	s.parts = append(s.parts, p)
	if p.Kind == AnyOne {
		s.gaps = true
	} else if !s.gaps {
		s.literal += p.Literal
	}
}

// matchPrefix gives the number of bytes that the segment takes at the start of text.
func (s *segment) matchPrefix(text string) (int, bool) {
	if !s.gaps {
		return len(s.literal), strings.HasPrefix(text, s.literal)
	}
	at := 0
	for _, p := range s.parts {
		if p.Kind == AnyOne {
			_, size := utf8.DecodeRuneInString(text[at:])
			if size == 0 {
				return 0, false
			}
			at += size
			continue
		}
		if !strings.HasPrefix(text[at:], p.Literal) {
			return 0, false
		}
		at += len(p.Literal)
	}
	return at, true
}

// matchSuffix gives where the segment begins at the end of text.
func (s *segment) matchSuffix(text string) (int, bool) {
	if !s.gaps {
		return len(text) - len(s.literal), strings.HasSuffix(text, s.literal)
	}
	end := len(text)
	for i := len(s.parts) - 1; i >= 0; i-- {
		p := s.parts[i]
		if p.Kind == AnyOne {
			_, size := utf8.DecodeLastRuneInString(text[:end])
			if size == 0 {
				return 0, false
			}
			end -= size
			continue
		}
		if !strings.HasSuffix(text[:end], p.Literal) {
			return 0, false
		}
		end -= len(p.Literal)
	}
	return end, true
}

// find gives the offset after the segment's first occurrence in text, or -1.
func (s *segment) find(text string) int {
	if !s.gaps {
		if i := strings.Index(text, s.literal); i >= 0 {
			return i + len(s.literal)
		}
		return -1
	}
	for i := 0; i <= len(text); {
		if n, ok := s.matchPrefix(text[i:]); ok {
			return i + n
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		if size == 0 {
			break
		}
		i += size
	}
	return -1
}
