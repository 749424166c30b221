package backtrack

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// escape reads what a backslash starts, outside of brackets.
func (p *parser) escape() (*node, error) {
	if p.at+1 == len(p.text) {
		return nil, p.errorf("a backslash ends the pattern")
	}
	if n, ok := p.assertion(p.text[p.at+1]); ok {
		p.at += 2
		return n, nil
	}
	switch c := p.text[p.at+1]; {
	case c == 'Q' && p.dialect == Java:
		return p.quoted(), nil
	case c == 'R':
		p.at += 2
		return lineBreak(), nil
	case c == 'k':
		return p.namedReference()
	case c >= '1' && c <= '9':
		p.at += 2
		return &node{kind: backref, index: int(c - '0'), fold: p.flags.fold}, nil
	}
	s, r, err := p.escapedSet()
	if err != nil {
		return nil, err
	}
	if s != nil {
		return &node{kind: class, set: s}, nil
	}
	return p.char(r), nil
}

func (p *parser) assertion(c byte) (*node, bool) {
	kinds := map[byte]assertion{'A': textStart, 'z': textEnd, 'Z': lastLine, 'b': wordEdge, 'B': wordInside, 'G': searchFrom}
	a, ok := kinds[c]
	return &node{kind: assert, assert: a}, ok
}

func lineBreak() *node {
	return &node{kind: atomic, subs: []*node{{kind: alternate, subs: []*node{
		{kind: literal, text: "\r\n"},
		{kind: class, set: vertical()},
	}}}}
}

// quoted reads \Q...\E.
func (p *parser) quoted() *node {
	text := p.text[p.at+2:]
	end := strings.Index(text, `\E`)
	if end < 0 {
		p.at = len(p.text)
	} else {
		text = text[:end]
		p.at += 2 + end + 2
	}
	n := &node{kind: concat}
	for _, r := range text {
		n.subs = append(n.subs, p.char(r))
	}
	if len(n.subs) == 1 {
		return n.subs[0]
	}
	return n
}

func (p *parser) namedReference() (*node, error) {
	rest := p.text[p.at+2:]
	end := strings.IndexByte(rest, '>')
	if !strings.HasPrefix(rest, "<") || end < 2 {
		return nil, p.errorf("\\k needs a name, as in \\k<name>")
	}
	p.at += 2 + end + 1
	return &node{kind: backref, name: rest[1:end], fold: p.flags.fold}, nil
}

// escapedSet reads an escape that may stand in brackets too: a set, or one character.
func (p *parser) escapedSet() (*set, rune, error) {
	if p.at+1 == len(p.text) {
		return nil, 0, p.errorf("a backslash ends the pattern")
	}
	c, size := utf8.DecodeRuneInString(p.text[p.at+1:])
	p.at += 1 + size
	switch c {
	case 'p', 'P':
		s, err := p.property(c == 'P')
		return s, 0, err
	case 'x', 'u', '0', 'c':
		r, err := p.coded(c)
		return nil, r, err
	}
	if s, ok := p.shorthand(c); ok {
		return s, 0, nil
	}
	if i := strings.IndexRune("tnrfae", c); i >= 0 {
		return nil, rune("\t\n\r\f\a\x1b"[i]), nil
	}
	if c == 'v' {
		return nil, '\v', nil
	}
	if p.dialect == Java && isLetter(c) {
		return nil, 0, p.errorf("\\%c is not an escape", c)
	}
	return nil, c, nil
}

func (p *parser) shorthand(c rune) (*set, bool) {
	var s *set
	switch lower := unicode.ToLower(c); {
	case lower == 'd':
		s = digits()
	case lower == 'w':
		s = words()
	case lower == 's':
		s = spaces()
	case lower == 'h' && p.dialect == Ruby:
		s = hexes()
	case lower == 'h':
		s = blanks()
	case lower == 'v' && p.dialect == Java:
		s = vertical()
	default:
		return nil, false
	}
	if unicode.IsUpper(c) {
		s = s.negate()
	}
	return s, true
}

// property reads what follows \p: one letter, or a name in braces, which ^ negates in Ruby.
func (p *parser) property(negative bool) (*set, error) {
	rest := p.text[p.at:]
	name := ""
	switch end := strings.IndexByte(rest, '}'); {
	case strings.HasPrefix(rest, "{") && end > 1:
		name = rest[1:end]
		p.at += end + 1
	case rest != "" && isLetter(rune(rest[0])):
		name = rest[:1]
		p.at++
	default:
		return nil, p.errorf("\\p needs the name of a property, as in \\p{L}")
	}
	if inner, ok := strings.CutPrefix(name, "^"); ok && p.dialect == Ruby && inner != "" {
		name, negative = inner, !negative
	}
	s, ok := property(name, p.dialect)
	if !ok {
		return nil, p.errorf("%q is not a known character property", name)
	}
	if negative {
		s = s.negate()
	}
	return s, nil
}

// coded reads a character that is given by number: \xhh, \x{h...}, \uhhhh, \0ooo, and a control character \cX.
func (p *parser) coded(c rune) (rune, error) {
	rest := p.text[p.at:]
	end := strings.IndexByte(rest, '}')
	switch {
	case c == 'x' && strings.HasPrefix(rest, "{") && end > 0:
		return p.number(1, end-1, 16, 1)
	case c == 'x':
		return p.number(0, min(2, hexLength(rest)), 16, 0)
	case c == 'u':
		return p.number(0, min(4, len(rest)), 16, 0)
	case c == '0':
		n := 0
		for n < len(rest) && n < 3 && rest[n] >= '0' && rest[n] <= '7' {
			n++
		}
		if n == 0 && p.dialect == Ruby {
			return 0, nil
		}
		return p.number(0, n, 8, 0)
	case rest == "":
		return 0, p.errorf("\\c needs a character")
	}
	p.at++
	return rune(rest[0]) ^ 0x40, nil
}

func hexLength(s string) int {
	n := 0
	for n < len(s) && strings.IndexByte("0123456789abcdefABCDEF", s[n]) >= 0 {
		n++
	}
	return n
}

// number reads length digits after skip bytes and passes tail bytes more.
func (p *parser) number(skip, length, base, tail int) (rune, error) {
	n, err := strconv.ParseUint(p.text[p.at+skip:p.at+skip+length], base, 32)
	if err != nil || n > unicode.MaxRune {
		return 0, p.errorf("the number of a character is missing or too large")
	}
	p.at += skip + length + tail
	return rune(n), nil
}
