package event

import (
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// reader reads all events of a text.
type reader struct {
	text    string
	decoder *Decoder
	report  func(*diag.Problem)
	starts  []int
	docs    []*Document
}

func (r *reader) all() []*Document {
	s := &scanner{text: r.text, at: len(r.text) - len(strings.TrimPrefix(r.text, "\ufeff"))}
	for first := true; s.peek() != 0; first = false {
		start := s.at
		var ok bool
		switch {
		case s.text[s.at] == '[' && first:
			ok = s.elements(func() bool { return r.one(s) })
		case r.isResponse(s.at):
			ok = r.response(s)
		default:
			ok = r.one(s)
		}
		if !ok {
			r.report(s.err)
			s = r.afterLine(s, start)
		}
	}
	return r.docs
}

func (r *reader) one(s *scanner) bool {
	s.space()
	start := s.at
	doc := r.decoder.next(s)
	if doc == nil {
		return false
	}
	r.docs = append(r.docs, doc)
	r.starts = append(r.starts, start)
	return true
}

// afterLine goes on behind the line with the problem, so that one broken line of NDJSON costs one event. A problem within
// a file of one array ends the file.
func (r *reader) afterLine(s *scanner, start int) *scanner {
	from := start
	if s.err != nil && s.err.Span.Start > start {
		from = s.err.Span.Start
	}
	next := strings.IndexByte(r.text[from:], '\n')
	if next < 0 || r.text[start] == '[' && from > start {
		return &scanner{text: r.text, at: len(r.text)}
	}
	return &scanner{text: r.text, at: from + next + 1}
}

// isResponse tells whether the object at an offset is a search response: it has "hits" with an array "hits" in it.
func (r *reader) isResponse(at int) bool {
	head := r.text[at:min(at+400, len(r.text))]
	return strings.Contains(head, `"hits"`) && (strings.Contains(head, `"took"`) || strings.HasPrefix(strings.TrimLeft(head, "{ \t\r\n"), `"hits"`)) &&
		len(objectsAt(r.text[at:], "hits.hits")) > 0
}

func (r *reader) response(s *scanner) bool {
	return s.members(func(key string, _ source.Span) bool {
		if key != "hits" || s.peek() != '{' {
			return s.skip(1)
		}
		return s.members(func(key string, _ source.Span) bool {
			if key != "hits" || s.peek() != '[' {
				return s.skip(2)
			}
			return s.elements(func() bool { return r.one(s) })
		})
	})
}
