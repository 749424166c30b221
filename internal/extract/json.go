package extract

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// JSONPath is a compiled path of JSON_EXTRACT: keys and indices, as in user.addresses[0]['post.code'].
type JSONPath struct {
	text     string
	segments []pathSegment
}

type pathSegment struct {
	key   string
	index int // -1 for a key
}

// The reasons for which a path gives no value.
var (
	errInvalidJSON = errors.New("invalid JSON input")
	errBounds      = errors.New("array index out of bounds")
)

// CompileJSONPath reads a path; a leading $ is optional.
func CompileJSONPath(text string) (*JSONPath, error) {
	p := &JSONPath{text: text}
	rest, rooted := strings.CutPrefix(text, "$")
	if !rooted || rest != "" && rest[0] != '.' && rest[0] != '[' {
		rest = text // without $, or with a key that begins so
		rooted = false
	}
	for first := !rooted; rest != ""; first = false {
		var segment pathSegment
		var problem string
		switch {
		case rest[0] == '[':
			segment, rest, problem = readBracket(rest)
		case first:
			segment, rest, problem = readKeySegment(rest)
		case rest[0] == '.':
			segment, rest, problem = readKeySegment(rest[1:])
		default:
			problem = "after a bracket comes a dot or another bracket"
		}
		if problem != "" {
			return nil, fmt.Errorf("invalid JSON path [%s]: %s", text, problem)
		}
		p.segments = append(p.segments, segment)
	}
	return p, nil
}

func readKeySegment(text string) (s pathSegment, rest, problem string) {
	end := strings.IndexAny(text, ".[")
	if end < 0 {
		end = len(text)
	}
	switch key := text[:end]; {
	case key == "":
		return s, "", "a key is empty"
	case key == "*" || strings.Contains(key, "]"):
		return s, "", "wildcards and loose brackets are not supported"
	default:
		return pathSegment{key: key, index: -1}, text[end:], ""
	}
}

// readBracket reads [0], ['key'] and ["key"].
func readBracket(text string) (s pathSegment, rest, problem string) {
	inner := strings.TrimLeft(text[1:], " \t\n\r")
	if inner == "" {
		return s, "", "a bracket does not close"
	}
	if quote := inner[0]; quote == '\'' || quote == '"' {
		key, after, ok := readQuoted(inner[1:], quote)
		after = strings.TrimLeft(after, " \t\n\r")
		if !ok || !strings.HasPrefix(after, "]") {
			return s, "", "a quoted key does not close"
		}
		return pathSegment{key: key, index: -1}, after[1:], ""
	}
	number, after, ok := strings.Cut(inner, "]")
	index, err := strconv.ParseUint(strings.TrimSpace(number), 10, 31)
	if !ok || err != nil {
		return s, "", "a bracket holds an index from 0 on or a quoted key"
	}
	return pathSegment{index: int(index)}, after, ""
}

func readQuoted(text string, quote byte) (key, rest string, ok bool) {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text) && (text[i+1] == quote || text[i+1] == '\\'):
			i++
			out.WriteByte(text[i])
		case c == quote:
			return out.String(), text[i+1:], true
		default:
			out.WriteByte(c)
		}
	}
	return "", "", false
}

// Extract gives the value at the path: a string without its quotes, anything else as JSON text. Present is false for
// a JSON null. The text is read up to the value only.
func (p *JSONPath) Extract(text string) (value string, present bool, err error) {
	s := jsonScanner{text: text}
	s.space()
	for _, segment := range p.segments {
		switch {
		case segment.index < 0 && s.peek() == '{':
			err = s.toKey(segment.key)
		case segment.index >= 0 && s.peek() == '[':
			err = s.toIndex(segment.index)
		case !s.atValue():
			err = errInvalidJSON
		default:
			err = errMissing
		}
		if errors.Is(err, errMissing) {
			return "", false, fmt.Errorf("path [%s] does not exist", p.text)
		}
		if err != nil {
			return "", false, err
		}
	}
	return s.value()
}

// atValue tells whether a JSON value begins here.
func (s *jsonScanner) atValue() bool {
	rest := s.text[s.at:]
	for _, word := range []string{"true", "false", "null"} {
		if strings.HasPrefix(rest, word) {
			return true
		}
	}
	return rest != "" && strings.IndexByte(`{["-0123456789`, rest[0]) >= 0
}
