package match

import (
	"fmt"
	"strings"
)

// bracket reads a character class after its "[". Its first character is literal even if it is "]", and there is
// always at least one.
func (p *regexpParser) bracket(start int) *node {
	negated := p.take('^')
	var ranges []runeRange
	for first := true; p.more() && (first || !p.peek("]")); first = false {
		ranges = p.classItem(ranges)
	}
	if p.err == nil && !p.take(']') {
		return p.fail(start, start+1, `"[" without "]"`, `write "\[" for the character itself; a "]" right after "[" or "-" is literal`)
	}
	if negated {
		return classNode(otherRanges(normalRanges(ranges)))
	}
	return classNode(ranges)
}

// classItem reads a character, a range or an escape inside brackets and adds what it stands for.
func (p *regexpParser) classItem(ranges []runeRange) []runeRange {
	start := p.at
	var low rune
	if p.take('\\') {
		if p.peek(`\dDwWsS`) {
			// Lucene does not begin a range at an escaped backslash either.
			return append(ranges, p.escape(start)...)
		}
		p.refuseLetter(start)
	}
	low = p.next()
	if !p.take('-') {
		return append(ranges, caseVariants(low, p.flags.IgnoreCase)...)
	}
	p.take('\\') // the upper end may be escaped, and here even a letter is itself
	high := p.next()
	if p.err == nil && low > high {
		p.fail(start, p.at, fmt.Sprintf("the range %s is out of order", p.text[start:p.at]), `write "\-" for the character "-": before "]" too, "-" makes a range`)
	}
	return append(ranges, runeRange{low, high})
}

// escape reads what follows a backslash: a predefined class, or a character that is no letter and stands for itself.
func (p *regexpParser) escape(start int) []runeRange {
	if p.peek("dDwWsS") {
		p.at++
		return predefined(p.text[p.at-1])
	}
	p.refuseLetter(start)
	return caseVariants(p.next(), p.flags.IgnoreCase)
}

// refuseLetter fails when a letter without meaning follows a backslash.
func (p *regexpParser) refuseLetter(start int) {
	if !p.more() {
		return
	}
	if c := p.text[p.at] | 0x20; c < 'a' || c > 'z' {
		return
	}
	letter := p.text[p.at : p.at+1]
	help := fmt.Sprintf(`only \d \D \w \W \s \S have a meaning; write "%s" for the letter, or "\\%s" for a backslash before it`, letter, letter)
	if strings.Contains("nrtfv", letter) {
		help += "; a control character has to stand in the pattern itself"
	}
	p.fail(start, p.at+1, `invalid character class \`+letter, help)
}

// predefined gives the characters of \d, \w, \s; the upper-case letter stands for all others.
func predefined(letter byte) []runeRange {
	var ranges []runeRange
	switch letter | 0x20 {
	case 'd':
		ranges = []runeRange{{'0', '9'}}
	case 'w':
		ranges = []runeRange{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}
	default:
		ranges = []runeRange{{'\t', '\n'}, {'\r', '\r'}, {' ', ' '}}
	}
	if letter <= 'Z' {
		return otherRanges(ranges)
	}
	return ranges
}
