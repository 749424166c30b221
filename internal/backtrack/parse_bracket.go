package backtrack

import (
	"strings"
	"unicode/utf8"
)

// bracket reads a set in brackets, from behind the opening one on. Both dialects nest brackets and intersect with &&.
func (p *parser) bracket() (*set, error) {
	if p.depth++; p.depth > nestLimit {
		return nil, p.errorf("brackets nest deeper than %d", nestLimit)
	}
	defer func() { p.depth-- }()
	negative := p.accept("^")
	var left *set
	current := newSet(nil)
	for first := true; ; first = false {
		switch {
		case p.at == len(p.text):
			return nil, p.errorf("a bracket does not close")
		case p.text[p.at] == ']' && (!first || !p.literalBracket()):
			p.at++
			if left != nil {
				current = left.intersect(current)
			}
			if p.flags.fold {
				current = current.fold(p.flags.everyScript)
			}
			if negative {
				current = current.negate()
			}
			return current, nil
		case p.accept("&&"):
			if left != nil {
				current = left.intersect(current)
			}
			left, current = current, newSet(nil)
		default:
			s, err := p.bracketItem()
			if err != nil {
				return nil, err
			}
			current = current.union(s)
		}
	}
}

// literalBracket tells whether a closing bracket that comes first is a character: in both dialects where another one
// closes the set.
func (p *parser) literalBracket() bool {
	return strings.IndexByte(p.text[p.at+1:], ']') >= 0
}

func (p *parser) accept(text string) bool {
	if strings.HasPrefix(p.text[p.at:], text) {
		p.at += len(text)
		return true
	}
	return false
}

func (p *parser) bracketItem() (*set, error) {
	if p.dialect == Ruby && strings.HasPrefix(p.text[p.at:], "[:") {
		if s, ok := p.posix(); ok {
			return s, nil
		}
	}
	if p.accept("[") {
		return p.bracket()
	}
	s, low, err := p.bracketChar()
	if err != nil || s != nil {
		return s, err
	}
	high := low
	if rest := p.text[p.at:]; len(rest) > 1 && rest[0] == '-' && rest[1] != ']' && rest[1] != '[' {
		back := p.at
		p.at++
		s, high, err = p.bracketChar()
		switch {
		case err != nil:
			return nil, err
		case s != nil:
			p.at, high = back, low // a range that ends in a set is not one: [a-\d]
		case high < low:
			return nil, p.errorf("the range %c-%c runs backwards", low, high)
		}
	}
	return newSet([]rune{low, high}), nil
}

func (p *parser) bracketChar() (*set, rune, error) {
	if p.text[p.at] != '\\' {
		r, size := utf8.DecodeRuneInString(p.text[p.at:])
		p.at += size
		return nil, r, nil
	}
	if p.dialect == Ruby && strings.HasPrefix(p.text[p.at:], `\b`) {
		p.at += 2
		return nil, '\b', nil
	}
	if p.dialect == Java && strings.HasPrefix(p.text[p.at:], `\Q`) {
		text := p.text[p.at+2:]
		end := strings.Index(text, `\E`)
		if end < 0 {
			return nil, 0, p.errorf("\\Q in brackets needs its \\E")
		}
		p.at += 2 + end + 2
		var ranges []rune
		for _, r := range text[:end] {
			ranges = append(ranges, r, r)
		}
		return newSet(ranges), 0, nil
	}
	return p.escapedSet()
}

// posix reads [:name:] and [:^name:].
func (p *parser) posix() (*set, bool) {
	rest := p.text[p.at+2:]
	end := strings.Index(rest, ":]")
	if end < 0 {
		return nil, false
	}
	name, negative := strings.CutPrefix(rest[:end], "^")
	s, ok := posixUnicode(name)
	if !ok {
		return nil, false
	}
	p.at += 2 + end + 2
	if negative {
		s = s.negate()
	}
	return s, true
}
