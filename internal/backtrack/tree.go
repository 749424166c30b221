package backtrack

type kind uint8

const (
	empty kind = iota
	literal
	class
	concat
	alternate
	repeat
	group
	atomic
	look
	backref
	assert
)

type mode uint8

const (
	greedy mode = iota
	lazy
	possessive
)

type assertion uint8

const (
	textStart  assertion = iota // \A
	textEnd                     // \z
	lastLine                    // \Z, and Java's $: at the end or before the line terminator that ends the text
	lineStart                   // ^ of Ruby and of Java's (?m)
	lineEnd                     // $ of Ruby and of Java's (?m)
	wordEdge                    // \b
	wordInside                  // \B
	searchFrom                  // \G
	lookEnd                     // where a look-behind must end
)

// infinite is the upper bound of a quantifier that has none.
const infinite = -1

// A node is one piece of a pattern.
type node struct {
	kind     kind
	mode     mode
	assert   assertion
	behind   bool // of look
	negative bool // of look
	fold     bool // of backref
	text     string
	set      *set
	subs     []*node
	min, max int
	index    int // of group and backref
	name     string
}

// width gives the least and the most code points that a node takes; infinite for no bound.
func (n *node) width() (low, high int) {
	switch n.kind {
	case literal:
		count := len([]rune(n.text))
		return count, count
	case class:
		return 1, 1
	case concat:
		for _, sub := range n.subs {
			l, h := sub.width()
			low, high = low+l, addWidth(high, h)
		}
		return low, high
	case alternate:
		low, high = n.subs[0].width()
		for _, sub := range n.subs[1:] {
			l, h := sub.width()
			low = min(low, l)
			if h == infinite || high == infinite {
				high = infinite
			} else {
				high = max(high, h)
			}
		}
		return low, high
	case repeat:
		l, h := n.subs[0].width()
		switch {
		case h == 0:
			return 0, 0
		case n.max == infinite || h == infinite:
			return capWidth(l * n.min), infinite
		}
		return capWidth(l * n.min), capWidth(h * n.max)
	case group, atomic:
		return n.subs[0].width()
	case backref:
		return 0, infinite
	}
	return 0, 0
}

func addWidth(a, b int) int {
	if a == infinite || b == infinite {
		return infinite
	}
	return capWidth(a + b)
}

// capWidth keeps widths far from overflow; no text is that long.
func capWidth(n int) int { return min(n, 1<<30) }

func (n *node) walk(visit func(*node)) {
	visit(n)
	for _, sub := range n.subs {
		sub.walk(visit)
	}
}

// simplify joins literals, takes out what does nothing, and reduces quantifiers of quantifiers such as (?:x+)+, which
// would otherwise be tried in exponentially many ways; Oniguruma does the same.
func simplify(n *node) *node {
	for i, sub := range n.subs {
		n.subs[i] = simplify(sub)
	}
	switch n.kind {
	case concat:
		return joinLiterals(n)
	case class:
		if r, ok := n.set.single(); ok {
			return &node{kind: literal, text: string(r)}
		}
	case repeat:
		return reduceRepeat(n)
	}
	return n
}

func joinLiterals(n *node) *node {
	var subs []*node
	for _, sub := range n.subs {
		last := len(subs) - 1
		switch {
		case sub.kind == empty:
		case sub.kind == concat:
			subs = append(subs, sub.subs...)
		case sub.kind == literal && last >= 0 && subs[last].kind == literal:
			subs[last] = &node{kind: literal, text: subs[last].text + sub.text}
		default:
			subs = append(subs, sub)
		}
	}
	switch len(subs) {
	case 0:
		return &node{kind: empty}
	case 1:
		return subs[0]
	}
	n.subs = subs
	return n
}

func reduceRepeat(n *node) *node {
	sub := n.subs[0]
	switch {
	case n.min == 1 && n.max == 1:
		return sub
	case sub.kind != repeat || n.mode != greedy || sub.mode != greedy:
		return n
	}
	simple := func(r *node) bool { return r.min <= 1 && (r.max == infinite || r.max == 1) }
	if !simple(n) || !simple(sub) || sub.max == 1 && n.max == 1 {
		return n
	}
	return &node{kind: repeat, min: n.min * sub.min, max: infinite, subs: sub.subs}
}
