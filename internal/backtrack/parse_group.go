package backtrack

import (
	"slices"
	"strings"
)

// parenthesis reads a group of any form, from its opening parenthesis on.
func (p *parser) parenthesis() (*node, error) {
	rest := p.text[p.at:]
	for _, form := range []struct {
		open string
		node node
	}{
		{"(?:", node{kind: concat}},
		{"(?>", node{kind: atomic}},
		{"(?=", node{kind: look}},
		{"(?!", node{kind: look, negative: true}},
		{"(?<=", node{kind: look, behind: true}},
		{"(?<!", node{kind: look, behind: true, negative: true}},
	} {
		if strings.HasPrefix(rest, form.open) {
			p.at += len(form.open)
			n := form.node
			return p.inside(&n)
		}
	}
	switch {
	case strings.HasPrefix(rest, "(?<"):
		return p.named('>')
	case strings.HasPrefix(rest, "(?'") && p.dialect == Ruby:
		return p.named('\'')
	case strings.HasPrefix(rest, "(?#") && p.dialect == Ruby:
		end := strings.IndexByte(rest, ')')
		if end < 0 {
			return nil, p.errorf("the comment does not end")
		}
		p.at += end + 1
		return &node{kind: empty}, nil
	case strings.HasPrefix(rest, "(?"):
		return p.inlineFlags()
	}
	p.at++
	p.names = append(p.names, "")
	return p.inside(&node{kind: group, index: len(p.names) - 1})
}

// inside reads up to the closing parenthesis; flags that are set in there end there.
func (p *parser) inside(n *node) (*node, error) {
	before := p.flags
	sub, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	p.flags = before
	if p.at == len(p.text) {
		return nil, p.errorf("a parenthesis does not close")
	}
	p.at++
	n.subs = []*node{sub}
	if n.kind == look && n.behind {
		if _, high := sub.width(); high == infinite {
			return nil, p.errorf("what stands behind must have a longest length")
		}
	}
	return n, nil
}

func (p *parser) named(close byte) (*node, error) {
	p.at += len("(?<")
	end := strings.IndexByte(p.text[p.at:], close)
	if end <= 0 {
		return nil, p.errorf("the name of the group is missing")
	}
	name := p.text[p.at : p.at+end]
	if err := p.checkName(name); err != nil {
		return nil, err
	}
	p.at += end + 1
	p.names = append(p.names, name)
	return p.inside(&node{kind: group, index: len(p.names) - 1, name: name})
}

func (p *parser) checkName(name string) error {
	switch {
	case p.dialect == Ruby && (isDigit(rune(name[0])) || name[0] == '-' || strings.ContainsAny(name, "()")):
		return p.errorf("%q cannot name a group", name)
	case p.dialect == Ruby:
		return nil
	case !isLetter(rune(name[0])) || strings.IndexFunc(name, func(r rune) bool { return !isWord(r) || r == '_' }) >= 0:
		return p.errorf("%q cannot name a group: use letters and digits", name)
	case slices.Contains(p.names, name):
		return p.errorf("two groups have the name %q", name)
	}
	return nil
}

// inlineFlags reads (?i), (?i-m) and (?i:...). Java's flags hold to the end of the group, over the bars; Ruby's make
// all that follows a group of its own: a(?i)b|c is a(?i:b|c).
func (p *parser) inlineFlags() (*node, error) {
	p.at += len("(?")
	before, on := p.flags, true
	for ; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == '-':
			on = false
		case c == ':':
			p.at++
			n, err := p.inside(&node{kind: concat})
			p.flags = before
			return n, err
		case c == ')' && p.dialect == Ruby:
			p.at++
			n, err := p.alternatives()
			p.flags = before
			return n, err
		case c == ')':
			p.at++
			return &node{kind: empty}, nil
		case !p.setFlag(c, on):
			return nil, p.errorf("(?%c is not a group", c)
		}
	}
	return nil, p.errorf("a parenthesis does not close")
}

func (p *parser) setFlag(c byte, on bool) bool {
	switch {
	case c == 'i':
		p.flags.fold = on
	case c == 'x':
		p.flags.spaced = on
	case c == 'm' && p.dialect == Ruby, c == 's' && p.dialect == Java:
		p.flags.dotAll = on
	case c == 'm':
		p.flags.lines = on
	case c == 'd' && p.dialect == Java:
		p.flags.unixLines = on
	case c == 'u' && p.dialect == Java:
		p.flags.everyScript = on
	default:
		return false
	}
	return true
}
