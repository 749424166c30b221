package backtrack

import "unicode/utf8"

// A start says where a match can begin, so that a search passes over the rest.
type start struct {
	text   bool   // only at the start of the text
	line   bool   // only at the start of a line
	prefix string // every match begins so
	first  *[256]bool
}

func startOf(n *node) start {
	var s start
	head := n
	for head.kind == concat || head.kind == group {
		head = head.subs[0]
	}
	switch {
	case head.kind == assert && head.assert == textStart:
		s.text = true
	case head.kind == assert && head.assert == lineStart:
		s.line = true
	case head.kind == repeat && head.min == 0 && head.max == infinite && head.mode != possessive && isDot(head.subs[0]) && !holdsBackref(n):
		// What a match from further on would find, one from the start of the line finds as well.
		s.line = true
	case head.kind == literal:
		s.prefix = head.text
	}
	var first [256]bool
	if nullable := firstBytes(n, &first); !nullable {
		s.first = &first
	}
	return s
}

func isDot(n *node) bool {
	if n.kind != class {
		return false
	}
	missing := n.set.negate()
	return len(missing.ranges) == 0 || len(missing.ranges) == 2 && missing.ranges[0] == '\n' && missing.ranges[1] == '\n'
}

func holdsBackref(n *node) bool {
	found := false
	n.walk(func(n *node) { found = found || n.kind == backref })
	return found
}

// firstBytes adds the bytes with which a match of the node can begin, and tells whether it can be empty.
func firstBytes(n *node, out *[256]bool) (nullable bool) {
	switch n.kind {
	case literal:
		out[n.text[0]] = true
		return false
	case class:
		firstOfSet(n.set, out)
		return false
	case concat:
		for _, sub := range n.subs {
			if !firstBytes(sub, out) {
				return false
			}
		}
		return true
	case alternate:
		for _, sub := range n.subs {
			nullable = firstBytes(sub, out) || nullable
		}
		return nullable
	case repeat:
		return firstBytes(n.subs[0], out) || n.min == 0
	case group, atomic:
		return firstBytes(n.subs[0], out)
	case backref:
		for i := range out {
			out[i] = true
		}
	}
	return true
}

func firstOfSet(s *set, out *[256]bool) {
	for r := range rune(128) {
		if s.has(r) {
			out[r] = true
		}
	}
	if n := len(s.ranges); n > 0 && s.ranges[n-1] >= 128 {
		for b := utf8.RuneSelf; b < 256; b++ {
			out[b] = true
		}
	}
}
