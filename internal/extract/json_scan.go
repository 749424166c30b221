package extract

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

var errMissing = errors.New("missing")

// jsonScanner walks over a JSON text; it allows comments, as Elasticsearch does.
type jsonScanner struct {
	text  string
	at    int
	depth int
}

// jsonDepth bounds the nesting, as Jackson does.
const jsonDepth = 1000

func (s *jsonScanner) peek() byte {
	if s.at == len(s.text) {
		return 0
	}
	return s.text[s.at]
}

// space passes white space and comments.
func (s *jsonScanner) space() {
	for s.at < len(s.text) {
		rest := s.text[s.at:]
		end := 0
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			s.at++
			continue
		case strings.HasPrefix(rest, "//"):
			if end = strings.IndexByte(rest, '\n'); end < 0 {
				end = len(rest)
			}
		case strings.HasPrefix(rest, "/*"):
			if end = strings.Index(rest, "*/"); end > 0 {
				end += 2
			}
		}
		if end <= 0 {
			return
		}
		s.at += end
	}
}

func (s *jsonScanner) take(c byte) bool {
	if s.peek() != c || s.at == len(s.text) {
		return false
	}
	s.at++
	return true
}

// toKey moves from the start of an object to the value of its first member of that name.
func (s *jsonScanner) toKey(key string) error {
	return s.members(func(name string) bool { return name == key })
}

// members walks over the members of an object, and stops before the value of the one that is wanted.
func (s *jsonScanner) members(wanted func(string) bool) error {
	s.at++
	for s.space(); !s.take('}'); s.space() {
		name, err := s.stringValue()
		if err != nil {
			return err
		}
		if s.space(); !s.take(':') {
			return errInvalidJSON
		}
		s.space()
		if wanted(name) {
			return nil
		}
		if err := s.next('}'); err != nil {
			return err
		}
	}
	return errMissing
}

// toIndex moves from the start of an array to an element.
func (s *jsonScanner) toIndex(index int) error {
	s.at++
	for s.space(); !s.take(']'); s.space() {
		if index == 0 {
			return nil
		}
		index--
		if err := s.next(']'); err != nil {
			return err
		}
	}
	return errBounds
}

// next skips a value and the comma behind it; at the end there must be what closes.
func (s *jsonScanner) next(closing byte) error {
	if err := s.skip(); err != nil {
		return err
	}
	s.space()
	if s.take(',') {
		if s.space(); s.peek() == closing {
			return errInvalidJSON
		}
		return nil
	}
	if s.peek() != closing {
		return errInvalidJSON
	}
	return nil
}

// skip passes one value.
func (s *jsonScanner) skip() error {
	if s.depth++; s.depth > jsonDepth {
		return errInvalidJSON
	}
	defer func() { s.depth-- }()
	var err error
	switch s.peek() {
	case '{':
		err = s.members(func(string) bool { return false })
	case '[':
		s.at++
		for s.space(); !s.take(']'); s.space() {
			if err := s.next(']'); err != nil {
				return err
			}
		}
	case '"':
		_, err = s.stringValue()
	default:
		_, err = s.word()
	}
	if errors.Is(err, errMissing) {
		return nil
	}
	return err
}

// word reads a number, true, false or null.
func (s *jsonScanner) word() (string, error) {
	end := s.at
	for end < len(s.text) && strings.IndexByte(" \t\r\n,]}/:", s.text[end]) < 0 {
		end++
	}
	word := s.text[s.at:end]
	s.at = end
	if word == "true" || word == "false" || word == "null" || isNumber(word) {
		return word, nil
	}
	return "", errInvalidJSON
}

// isNumber tells whether a word is a number by the grammar of JSON.
func isNumber(word string) bool {
	rest := strings.TrimPrefix(word, "-")
	whole := digitsOf(rest)
	if whole == 0 || whole > 1 && rest[0] == '0' {
		return false
	}
	rest = rest[whole:]
	if fraction, ok := strings.CutPrefix(rest, "."); ok {
		n := digitsOf(fraction)
		if rest = fraction[n:]; n == 0 {
			return false
		}
	}
	if rest != "" && (rest[0] == 'e' || rest[0] == 'E') {
		rest = rest[1:]
		if rest != "" && (rest[0] == '+' || rest[0] == '-') {
			rest = rest[1:]
		}
		n := digitsOf(rest)
		return n > 0 && n == len(rest)
	}
	return rest == ""
}

func digitsOf(text string) int {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n
}

// stringValue reads a string in quotes.
func (s *jsonScanner) stringValue() (string, error) {
	if !s.take('"') {
		return "", errInvalidJSON
	}
	start := s.at
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return s.text[start : s.at-1], nil
		case c == '\\':
			return s.escaped(start)
		case c < ' ':
			return "", errInvalidJSON
		}
		s.at++
	}
	return "", errInvalidJSON
}

// escaped reads on a string that holds escapes.
func (s *jsonScanner) escaped(start int) (string, error) {
	out := []byte(s.text[start:s.at])
	for s.at < len(s.text) {
		c := s.text[s.at]
		s.at++
		switch {
		case c == '"':
			return string(out), nil
		case c < ' ':
			return "", errInvalidJSON
		case c != '\\':
			out = append(out, c)
			continue
		}
		var ok bool
		if out, ok = s.escape(out); !ok {
			return "", errInvalidJSON
		}
	}
	return "", errInvalidJSON
}

// escape reads what follows a backslash.
func (s *jsonScanner) escape(out []byte) ([]byte, bool) {
	c := s.peek()
	s.at = min(s.at+1, len(s.text))
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 && c != 0 {
		return append(out, "\"\\/\b\f\n\r\t"[i]), true
	}
	if c != 'u' {
		return out, false
	}
	r, ok := s.unit()
	if utf16.IsSurrogate(r) && strings.HasPrefix(s.text[s.at:], `\u`) {
		back := s.at
		s.at += 2
		low, _ := s.unit()
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			s.at = back
		}
	}
	return utf8.AppendRune(out, r), ok
}

// unit reads four hexadecimal digits.
func (s *jsonScanner) unit() (rune, bool) {
	end := min(s.at+4, len(s.text))
	n, err := strconv.ParseUint(s.text[s.at:end], 16, 16)
	if err != nil || end-s.at < 4 {
		return utf8.RuneError, false
	}
	s.at = end
	return rune(n), true
}

// value gives the value at the place: a string without quotes, an object or array as JSON without white space.
func (s *jsonScanner) value() (text string, present bool, err error) {
	switch s.peek() {
	case '"':
		text, err = s.stringValue()
		return text, err == nil, err
	case '{', '[':
		var out strings.Builder
		if err := s.compact(&out); err != nil {
			return "", false, err
		}
		return out.String(), true, nil
	}
	word, err := s.word()
	return word, err == nil && word != "null", err
}

// compact copies a value without white space and comments.
func (s *jsonScanner) compact(out *strings.Builder) error {
	start := s.at
	if err := s.skip(); err != nil {
		return err
	}
	inner := jsonScanner{text: s.text[start:s.at]}
	for inner.space(); inner.at < len(inner.text); inner.space() {
		if inner.peek() != '"' {
			out.WriteByte(inner.text[inner.at])
			inner.at++
			continue
		}
		text, err := inner.stringValue()
		if err != nil {
			return err
		}
		writeJSON(out, text)
	}
	return nil
}

// writeJSON writes a string as Jackson does: only quotes, backslashes and control characters are escaped.
func writeJSON(out *strings.Builder, text string) {
	out.WriteByte('"')
	for _, r := range text {
		switch i := strings.IndexRune("\"\\\b\f\n\r\t", r); {
		case i >= 0:
			out.WriteByte('\\')
			out.WriteByte(`"\bfnrt`[i])
		case r < ' ':
			fmt.Fprintf(out, "\\u%04X", r)
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
}
