package backtrack

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Replace replaces every match, as Java's Matcher.replaceAll does.
func (m *Matcher) Replace(text string, r Replacement) (string, error) {
	var out strings.Builder
	from, done := 0, 0
	for from <= len(text) {
		loc, err := m.Find(text, from)
		if err != nil {
			return "", err
		}
		if loc == nil {
			break
		}
		out.WriteString(text[done:loc[0]])
		r.write(&out, text, loc)
		if done, from = loc[1], loc[1]; loc[0] == loc[1] {
			_, size := utf8.DecodeRuneInString(text[from:])
			from += max(size, 1)
		}
	}
	if done == 0 && out.Len() == 0 {
		return text, nil
	}
	out.WriteString(text[min(done, len(text)):])
	return out.String(), nil
}

// A Replacement is Java's replacement text: $1 and ${name} stand for groups, a backslash takes a character as it is.
type Replacement struct {
	parts []replacementPart
}

type replacementPart struct {
	text  string
	group int // -1 for text
}

// Replacement reads the replacement text for an expression.
func (re *Regexp) Replacement(text string) (Replacement, error) {
	var r Replacement
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '\\' && i+1 == len(text):
			return r, errors.New("character to be escaped is missing in the replacement")
		case c == '\\':
			_, size := utf8.DecodeRuneInString(text[i+1:])
			r.add(text[i+1 : i+1+size])
			i += 1 + size
		case c == '$':
			group, length, err := re.groupReference(text[i+1:])
			if err != nil {
				return r, err
			}
			r.parts = append(r.parts, replacementPart{group: group})
			i += 1 + length
		default:
			r.add(text[i : i+1])
			i++
		}
	}
	return r, nil
}

func (r *Replacement) add(text string) {
	if n := len(r.parts); n > 0 && r.parts[n-1].group < 0 {
		r.parts[n-1].text += text
		return
	}
	r.parts = append(r.parts, replacementPart{text: text, group: -1})
}

// groupReference reads what follows a dollar: as many digits as still name a group, or a name in braces.
func (re *Regexp) groupReference(text string) (group, length int, err error) {
	if rest, ok := strings.CutPrefix(text, "{"); ok {
		name, _, closed := strings.Cut(rest, "}")
		group = slices.Index(re.names, name)
		if !closed || name == "" || group < 1 {
			return 0, 0, fmt.Errorf("no group with name {%s}", name)
		}
		return group, len(name) + 2, nil
	}
	if text == "" || !isDigit(rune(text[0])) {
		return 0, 0, errors.New("illegal group reference in the replacement")
	}
	group, length = int(text[0]-'0'), 1
	if group >= len(re.names) {
		return 0, 0, fmt.Errorf("no group %d", group)
	}
	for length < len(text) && isDigit(rune(text[length])) {
		wider := group*10 + int(text[length]-'0')
		if wider >= len(re.names) {
			break
		}
		group, length = wider, length+1
	}
	return group, length, nil
}

func (r Replacement) write(out *strings.Builder, text string, loc []int) {
	for _, part := range r.parts {
		if part.group < 0 {
			out.WriteString(part.text)
		} else if begin := loc[2*part.group]; begin >= 0 {
			out.WriteString(text[begin:loc[2*part.group+1]])
		}
	}
}
