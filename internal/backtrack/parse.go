package backtrack

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Dialect is whose syntax a pattern is written in.
type Dialect uint8

const (
	// Java is java.util.regex.
	Java Dialect = iota
	// Ruby is Oniguruma with Ruby's syntax: ^ and $ stand at every line, (?m) lets the dot match line ends, names of
	// groups may hold dots, and groups without a name do not capture where one has a name.
	Ruby
)

// nestLimit bounds how deep groups may nest.
const nestLimit = 500

type flags struct {
	fold, everyScript, dotAll, lines, spaced, unixLines bool
}

type parser struct {
	text    string
	at      int
	dialect Dialect
	flags   flags
	names   []string // of the groups, by number; 0 is the whole match
	depth   int
}

var errPattern = errors.New("not a regular expression")

func (p *parser) errorf(format string, args ...any) error {
	return fmt.Errorf("%w: %s, at character %d", errPattern, fmt.Sprintf(format, args...), utf8.RuneCountInString(p.text[:min(p.at, len(p.text))])+1)
}

// parse gives the tree of a pattern and the names of its groups.
func parse(text string, dialect Dialect, ignoreCase bool) (*node, []string, error) {
	p := &parser{text: text, dialect: dialect, names: []string{""}, flags: flags{fold: ignoreCase, everyScript: dialect == Ruby}}
	n, err := p.alternatives()
	if err != nil {
		return nil, nil, err
	}
	if p.at < len(p.text) {
		return nil, nil, p.errorf("a closing parenthesis without its opening one")
	}
	if err := p.checkReferences(n); err != nil {
		return nil, nil, err
	}
	if dialect == Ruby && len(slices.DeleteFunc(slices.Clone(p.names), func(s string) bool { return s == "" })) > 0 {
		p.dropUnnamed(n)
	}
	return simplify(n), p.names, nil
}

// dropUnnamed makes the groups without a name not capture, and numbers the rest anew.
func (p *parser) dropUnnamed(n *node) {
	kept, names := map[int]int{}, []string{""}
	for i, name := range p.names {
		if name != "" {
			kept[i] = len(names)
			names = append(names, name)
		}
	}
	n.walk(func(n *node) {
		if n.kind != group && n.kind != backref {
			return
		}
		if n.index = kept[n.index]; n.index == 0 && n.kind == group {
			*n = node{kind: concat, subs: n.subs}
		}
	})
	p.names = names
}

func (p *parser) checkReferences(n *node) error {
	var err error
	n.walk(func(n *node) {
		if n.kind != backref || err != nil {
			return
		}
		if n.name != "" {
			n.index = slices.Index(p.names, n.name)
		}
		if n.index < 1 || n.index >= len(p.names) {
			err = fmt.Errorf("%w: a reference to a group that is not there", errPattern)
		}
	})
	return err
}

func (p *parser) alternatives() (*node, error) {
	if p.depth++; p.depth > nestLimit {
		return nil, p.errorf("groups nest deeper than %d", nestLimit)
	}
	defer func() { p.depth-- }()
	var subs []*node
	for {
		n, err := p.sequence()
		if err != nil {
			return nil, err
		}
		subs = append(subs, n)
		if p.at == len(p.text) || p.text[p.at] != '|' {
			break
		}
		p.at++
	}
	if len(subs) == 1 {
		return subs[0], nil
	}
	return &node{kind: alternate, subs: subs}, nil
}

func (p *parser) sequence() (*node, error) {
	n := &node{kind: concat}
	for {
		p.skipSpace()
		if p.at == len(p.text) || p.text[p.at] == '|' || p.text[p.at] == ')' {
			return n, nil
		}
		item, err := p.atom()
		if err != nil {
			return nil, err
		}
		for {
			p.skipSpace()
			quantified, ok, err := p.quantifier(item)
			if err != nil {
				return nil, err
			}
			if !ok {
				break
			}
			item = quantified
		}
		n.subs = append(n.subs, item)
	}
}

// skipSpace passes what (?x) allows between the parts.
func (p *parser) skipSpace() {
	for p.flags.spaced && p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case strings.IndexByte(" \t\n\r\f\v", c) >= 0:
			p.at++
		case c == '#':
			end := strings.IndexByte(p.text[p.at:], '\n')
			if end < 0 {
				p.at = len(p.text)
				return
			}
			p.at += end + 1
		default:
			return
		}
	}
}

func (p *parser) quantifier(item *node) (*node, bool, error) {
	if p.at == len(p.text) {
		return nil, false, nil
	}
	n := &node{kind: repeat, subs: []*node{item}, max: infinite}
	interval := false
	switch p.text[p.at] {
	case '*':
	case '+':
		n.min = 1
	case '?':
		n.max = 1
	case '{':
		end, ok, err := p.interval(n)
		if !ok || err != nil {
			return nil, false, err
		}
		p.at = end - 1
		interval = true
	default:
		return nil, false, nil
	}
	p.at++
	p.readMode(n, interval)
	if item.kind == assert || item.kind == look && n.min == 0 {
		// What takes no text is as true once as often: at most once keeps the loop from standing still.
		n.max = 1
	}
	return n, true, nil
}

// readMode reads what follows a quantifier. In Ruby {2,3}+ is a quantifier of a quantifier, and so is {2}?.
func (p *parser) readMode(n *node, interval bool) {
	if p.at == len(p.text) {
		return
	}
	switch c := p.text[p.at]; {
	case c == '?' && (p.dialect == Java || !interval || n.min != n.max):
		n.mode = lazy
	case c == '+' && (p.dialect == Java || !interval):
		n.mode = possessive
	default:
		return
	}
	p.at++
}

// repeatLimit bounds the numbers of a quantifier.
const repeatLimit = 100_000

// interval reads {n}, {n,} and {n,m}, in Ruby also {,m}, and gives where it ends. In Ruby other braces are themselves.
func (p *parser) interval(n *node) (end int, ok bool, err error) {
	close := strings.IndexByte(p.text[p.at:], '}')
	var low, high string
	var comma bool
	if close > 0 {
		low, high, comma = strings.Cut(p.text[p.at+1:p.at+close], ",")
	}
	valid := close > 0 && allDigits(low) && allDigits(high) && (low != "" || p.dialect == Ruby && high != "")
	if !valid {
		if p.dialect == Ruby {
			return 0, false, nil
		}
		return 0, false, p.errorf("{ starts a quantifier such as {2,3}; write \\{ for the character")
	}
	n.min, n.max = decimal(low), infinite
	switch {
	case !comma:
		n.max = n.min
	case high != "":
		n.max = decimal(high)
	}
	if n.min > repeatLimit || n.max > repeatLimit || n.max != infinite && n.max < n.min {
		return 0, false, p.errorf("the quantifier {%s} is out of range", p.text[p.at+1:p.at+close])
	}
	return p.at + close + 1, true, nil
}

func allDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !isDigit(r) }) < 0
}

func decimal(s string) int {
	n := 0
	for _, c := range s {
		n = min(n*10+int(c-'0'), repeatLimit+1)
	}
	return n
}

func (p *parser) atom() (*node, error) {
	c := p.text[p.at]
	switch c {
	case '(':
		return p.parenthesis()
	case '[':
		p.at++
		s, err := p.bracket()
		if err != nil {
			return nil, err
		}
		return &node{kind: class, set: s}, nil
	case '.':
		p.at++
		return &node{kind: class, set: p.dot()}, nil
	case '^':
		p.at++
		return p.caret(), nil
	case '$':
		p.at++
		return p.dollar(), nil
	case '\\':
		return p.escape()
	case '*', '+', '?':
		return nil, p.errorf("%c repeats nothing", c)
	}
	r, size := utf8.DecodeRuneInString(p.text[p.at:])
	p.at += size
	return p.char(r), nil
}

func (p *parser) char(r rune) *node {
	if p.flags.fold {
		return &node{kind: class, set: newSet([]rune{r, r}).fold(p.flags.everyScript)}
	}
	return &node{kind: literal, text: string(r)}
}

func (p *parser) dot() *set {
	switch {
	case p.flags.dotAll:
		return newSet(nil).negate()
	case p.dialect == Ruby || p.flags.unixLines:
		return newSet([]rune("\n\n")).negate()
	}
	return newSet([]rune{'\n', '\n', '\r', '\r', 0x85, 0x85, 0x2028, 0x2029}).negate()
}

func (p *parser) caret() *node {
	if p.dialect == Ruby || p.flags.lines {
		return &node{kind: assert, assert: lineStart}
	}
	return &node{kind: assert, assert: textStart}
}

func (p *parser) dollar() *node {
	if p.dialect == Ruby || p.flags.lines {
		return &node{kind: assert, assert: lineEnd}
	}
	return &node{kind: assert, assert: lastLine}
}
