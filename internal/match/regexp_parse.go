package match

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxNesting bounds how deep an expression may nest, far beyond what the 1,000 characters that Elasticsearch
// allows by default can hold in practice.
const maxNesting = 1000

// regexpParser reads Lucene's grammar by recursive descent, one method a level of binding.
type regexpParser struct {
	text  string
	flags RegexpFlags
	at    int
	depth int
	err   *RegexpError
}

// parseRegexp gives the tree of a pattern.
func parseRegexp(pattern string, flags RegexpFlags) (*node, error) {
	p := &regexpParser{text: pattern, flags: flags}
	if pattern == "" {
		return &node{op: opEmpty}, nil
	}
	root := p.union()
	if p.err == nil && p.more() {
		p.fail(p.at, p.at+1, `")" without "("`, `write "\)" for the character itself`)
	}
	if p.err != nil {
		return nil, p.err
	}
	return root, nil
}

// fail notes the first error and moves to the end, so that every loop stops.
func (p *regexpParser) fail(start, end int, message, help string) *node {
	if p.err == nil {
		p.err = &RegexpError{Start: start, End: min(end, len(p.text)), Message: message, Help: help}
	}
	p.at = len(p.text)
	return &node{op: opEmpty}
}

func (p *regexpParser) more() bool { return p.at < len(p.text) }

// peek tells whether the next character is one of these.
func (p *regexpParser) peek(chars string) bool {
	return p.more() && strings.IndexByte(chars, p.text[p.at]) >= 0
}

// take reads the next character if it is c.
func (p *regexpParser) take(c byte) bool {
	if !p.more() || p.text[p.at] != c {
		return false
	}
	p.at++
	return true
}

func (p *regexpParser) next() rune {
	r, size := utf8.DecodeRuneInString(p.text[p.at:])
	if size == 0 {
		p.fail(max(0, p.at-1), p.at, "the regular expression ends too early", `a last "|", "&", "~" or "\" lacks what follows it; write "\" before it for the character itself`)
	}
	p.at += size
	return r
}

// bounded gives the node back unless it nests too deep.
func (p *regexpParser) bounded(n *node, start int) *node {
	if n.depth > maxNesting || p.depth > maxNesting {
		return p.fail(start, p.at, "the regular expression nests too deep", fmt.Sprintf("%d levels are allowed", maxNesting))
	}
	return n
}

func (p *regexpParser) union() *node {
	kids := []*node{p.intersection()}
	for p.take('|') {
		kids = append(kids, p.intersection())
	}
	return union(kids...)
}

func (p *regexpParser) intersection() *node {
	kids := []*node{p.concatenation()}
	for p.take('&') {
		kids = append(kids, p.concatenation())
	}
	return joined(opIntersect, kids)
}

// concatenation reads at least one operand, so that a bar, ampersand or quantifier without a left operand is read as
// a character.
func (p *regexpParser) concatenation() *node {
	kids := []*node{p.repetition()}
	for p.more() && !p.peek(")|&") {
		kids = append(kids, p.repetition())
	}
	return concat(kids...)
}

func (p *regexpParser) repetition() *node {
	start := p.at
	n := p.complement()
	for p.peek("?*+{") && p.err == nil {
		switch {
		case p.take('?'):
			n = repeat(n, 0, 1)
		case p.take('*'):
			n = repeat(n, 0, unlimited)
		case p.take('+'):
			n = repeat(n, 1, unlimited)
		default:
			n = p.counted(n)
		}
		n = p.bounded(n, start)
	}
	return n
}

// counted reads {n}, {n,} or {n,m} after its operand.
func (p *regexpParser) counted(n *node) *node {
	const help = `write "{2}", "{2,}" or "{2,5}", or "\{" for the character itself`
	start := p.at
	p.at++
	least, ok := p.number()
	if !ok {
		return p.fail(start, p.at+1, `"{" is not followed by a number`, help)
	}
	most := least
	if p.take(',') {
		if most, ok = p.number(); !ok {
			most = unlimited
		}
	}
	if !p.take('}') {
		return p.fail(start, p.at+1, `the repetition lacks its "}"`, help)
	}
	if most != unlimited && least > most {
		return p.fail(start, p.at, fmt.Sprintf("the repetition is out of order: %d..%d", least, most), "")
	}
	return repeat(n, least, most)
}

// number reads digits; false when there are none. A number beyond 32 bits is an error.
func (p *regexpParser) number() (int, bool) {
	start := p.at
	for p.peek("0123456789") {
		p.at++
	}
	if start == p.at {
		return 0, false
	}
	n, err := strconv.ParseInt(p.text[start:p.at], 10, 32)
	if err != nil {
		p.fail(start, p.at, "the number "+p.text[start:p.at]+" is too large", "")
	}
	return int(n), true
}

func (p *regexpParser) complement() *node {
	odd := false
	for !p.flags.NoComplement && p.take('~') {
		odd = !odd
	}
	start := p.at
	n := p.atom()
	if odd {
		return p.bounded(complement(n), start)
	}
	return n
}

func (p *regexpParser) atom() *node {
	start := p.at
	switch {
	case p.take('['):
		return p.bracket(start)
	case p.take('.'):
		return anyRune()
	case p.take('#'):
		return classNode(nil)
	case p.take('@'):
		return repeat(anyRune(), 0, unlimited)
	case p.take('"'):
		return p.quoted(start)
	case p.take('('):
		return p.group(start)
	case p.take('<'):
		return p.interval(start)
	case p.take('\\'):
		return classNode(p.escape(start))
	default:
		return classNode(caseVariants(p.next(), p.flags.IgnoreCase))
	}
}

// quoted reads a text up to the next double quote; nothing in it is special.
func (p *regexpParser) quoted(start int) *node {
	length := strings.IndexByte(p.text[p.at:], '"')
	if length < 0 {
		return p.fail(start, start+1, "the double quote is not closed", `write "\"" for the character itself: in Lucene's regular expressions quotes enclose literal text`)
	}
	var kids []*node
	for _, r := range p.text[p.at : p.at+length] {
		kids = append(kids, classNode(caseVariants(r, p.flags.IgnoreCase)))
	}
	p.at += length + 1
	return concat(kids...)
}

func (p *regexpParser) group(start int) *node {
	if p.take(')') {
		return &node{op: opEmpty}
	}
	p.depth++
	if p.depth > maxNesting {
		return p.bounded(&node{op: opEmpty}, start)
	}
	n := p.union()
	p.depth--
	if p.err == nil && !p.take(')') {
		return p.fail(start, start+1, `"(" without ")"`, `write "\(" for the character itself; a "|" just before ")" is read as the start of the literal text "|)"`)
	}
	return n
}

// interval reads <low-high> after its first character.
func (p *regexpParser) interval(start int) *node {
	const help = `write "<1-100>" for the numbers from 1 to 100, or "\<" for the character itself`
	length := strings.IndexByte(p.text[p.at:], '>')
	if length < 0 {
		return p.fail(start, start+1, `"<" without ">"`, help)
	}
	text := p.text[p.at : p.at+length]
	p.at += length + 1
	first, second, found := strings.Cut(text, "-")
	if !found {
		return p.fail(start, p.at, fmt.Sprintf("there is no automaton named %q", text), help)
	}
	low, err1 := strconv.ParseInt(first, 10, 32)
	high, err2 := strconv.ParseInt(second, 10, 32)
	if err1 != nil || err2 != nil || strings.Contains(second, "-") {
		return p.fail(start, p.at, "the numeric interval needs two whole numbers", help)
	}
	width := 0
	if len(first) == len(second) {
		width = len(first)
	}
	return interval(int(min(low, high)), int(max(low, high)), width)
}
