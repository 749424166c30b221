package match

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// node is one operation of a regular expression. The constructors below keep it small: no empty operand, no
// repetition of a repetition that says the same.
type node struct {
	op   operation
	kids []*node
	// ranges are the characters of an opClass: sorted, apart from each other; none means that nothing fits.
	ranges []runeRange
	// min and max count an opRepeat; max is unlimited when there is no upper bound.
	min, max int
	// depth is the longest way down, so that a parser can bound recursion.
	depth int
}

type operation uint8

const (
	opEmpty      operation = iota // the empty text
	opClass                       // one character out of ranges
	opConcat                      // kids in a row
	opUnion                       // any of kids
	opIntersect                   // all of kids
	opComplement                  // every text that kids[0] does not fit
	opRepeat                      // kids[0], min to max times
)

const unlimited = -1

// runeRange holds the characters from lo to hi, both included.
type runeRange struct{ lo, hi rune }

func classNode(ranges []runeRange) *node { return &node{op: opClass, ranges: normalRanges(ranges)} }

func anyRune() *node { return classNode([]runeRange{{0, unicode.MaxRune}}) }

func digits(low, high byte) *node { return classNode([]runeRange{{rune(low), rune(high)}}) }

func concat(kids ...*node) *node { return joined(opConcat, kids) }

func union(kids ...*node) *node { return joined(opUnion, kids) }

// joined builds an operation on several operands: an operand of the same operation gives its own operands, and the
// empty text adds nothing to a row.
func joined(op operation, kids []*node) *node {
	n := &node{op: op}
	for _, kid := range kids {
		switch {
		case kid.op == op:
			n.kids = append(n.kids, kid.kids...)
		case op == opConcat && kid.op == opEmpty:
		default:
			n.kids = append(n.kids, kid)
		}
		n.depth = max(n.depth, kid.depth+1)
	}
	if len(n.kids) == 1 {
		return n.kids[0]
	}
	if len(n.kids) == 0 {
		return &node{op: opEmpty}
	}
	return n
}

func complement(kid *node) *node {
	if kid.op == opComplement {
		return kid.kids[0]
	}
	return &node{op: opComplement, kids: []*node{kid}, depth: kid.depth + 1}
}

func repeat(kid *node, least, most int) *node {
	switch {
	case kid.op == opEmpty || most == 0:
		return &node{op: opEmpty}
	case least == 1 && most == 1:
		return kid
	case least <= 1 && (most == 1 || most == unlimited) && kid.isSimpleRepeat():
		// (a+)? is a*, (a?)+ is a*: the widest of both bounds.
		least = min(least, kid.min)
		if kid.max == unlimited {
			most = unlimited
		}
		kid = kid.kids[0]
	}
	return &node{op: opRepeat, kids: []*node{kid}, min: least, max: most, depth: kid.depth + 1}
}

// isSimpleRepeat tells whether the node is a?, a* or a+.
func (n *node) isSimpleRepeat() bool {
	return n.op == opRepeat && n.min <= 1 && (n.max == 1 || n.max == unlimited)
}

// isAnyText tells whether the node is ".*".
func (n *node) isAnyText() bool {
	return n.op == opRepeat && n.min == 0 && n.max == unlimited && n.kids[0].isAnyRune()
}

func (n *node) isAnyRune() bool {
	return n.op == opClass && len(n.ranges) == 1 && n.ranges[0] == runeRange{0, unicode.MaxRune}
}

// isRune gives the character of a class that holds just one.
func (n *node) isRune() (rune, bool) {
	if n.op != opClass || len(n.ranges) != 1 || n.ranges[0].lo != n.ranges[0].hi {
		return 0, false
	}
	return n.ranges[0].lo, true
}

// normalRanges sorts ranges and joins those that touch.
func normalRanges(ranges []runeRange) []runeRange {
	slices.SortFunc(ranges, func(a, b runeRange) int { return int(a.lo - b.lo) })
	normal := ranges[:0]
	for _, r := range ranges {
		if last := len(normal) - 1; last >= 0 && r.lo <= normal[last].hi+1 {
			normal[last].hi = max(normal[last].hi, r.hi)
		} else {
			normal = append(normal, r)
		}
	}
	return normal
}

// otherRanges gives the characters that none of the sorted ranges holds.
func otherRanges(ranges []runeRange) []runeRange {
	var others []runeRange
	next := rune(0)
	for _, r := range ranges {
		if next < r.lo {
			others = append(others, runeRange{next, r.lo - 1})
		}
		next = r.hi + 1
	}
	if next <= unicode.MaxRune {
		others = append(others, runeRange{next, unicode.MaxRune})
	}
	return others
}

// caseVariants gives a character and, when fold is set, all that differ from it in case only.
func caseVariants(r rune, fold bool) []runeRange {
	variants := []runeRange{{r, r}}
	if fold && utf8.ValidRune(r) {
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			variants = append(variants, runeRange{other, other})
		}
	}
	return variants
}
