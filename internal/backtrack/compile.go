package backtrack

import "unicode/utf8"

type op uint8

const (
	opText op = iota
	opSet
	opLoop     // a set, min to max times, with a mode
	opSplit    // x first, then y
	opJump     // x
	opSave     // slot x
	opAssert   // assertion x
	opLook     // what follows, up to its opDone, stands ahead or behind; then x
	opNear     // the code point ahead or behind is, or is not, of the set
	opAtomic   // what follows, up to its opDone, and no second try; then x
	opBackref  // group x
	opMark     // slot x holds where this round began
	opProgress // out to x if the round began here
	opDone
)

type inst struct {
	op       op
	mode     mode
	behind   bool
	negative bool
	fold     bool
	next     int16 // of opLoop: the byte that must follow, or -1
	x, y     int32
	min, max int
	text     string
	set      *set
}

// programLimit bounds the instructions: quantifiers of groups are written out.
const programLimit = 50_000

type compiler struct {
	prog  []inst
	slots int
	spell bool // write quantifiers of sets out as well: the form for a run that remembers
	full  bool
}

func (c *compiler) emit(i inst) int32 {
	if len(c.prog) >= programLimit {
		c.full = true
		return 0
	}
	c.prog = append(c.prog, i)
	return int32(len(c.prog) - 1)
}

func (c *compiler) here() int32 { return int32(len(c.prog)) }

// setX gives a forward jump its target.
func (c *compiler) setX(at int32) { c.prog[at].x = c.here() }
func (c *compiler) setY(at int32) { c.prog[at].y = c.here() }

func (c *compiler) node(n *node) {
	if c.full {
		return
	}
	switch n.kind {
	case literal:
		c.emit(inst{op: opText, text: n.text})
	case class:
		c.emit(inst{op: opSet, set: n.set})
	case concat:
		for _, sub := range n.subs {
			c.node(sub)
		}
	case alternate:
		c.alternate(n)
	case repeat:
		c.repeat(n)
	case group:
		c.emit(inst{op: opSave, x: int32(2 * n.index)})
		c.node(n.subs[0])
		c.emit(inst{op: opSave, x: int32(2*n.index + 1)})
	case atomic:
		at := c.emit(inst{op: opAtomic})
		c.block(at, n.subs[0])
	case look:
		c.look(n)
	case backref:
		c.emit(inst{op: opBackref, x: int32(n.index), fold: n.fold})
	case assert:
		c.emit(inst{op: opAssert, x: int32(n.assert)})
	}
}

func (c *compiler) block(at int32, sub *node) {
	c.node(sub)
	c.emit(inst{op: opDone})
	c.setX(at)
}

func (c *compiler) look(n *node) {
	if s, ok := oneSet(n.subs[0]); ok {
		c.emit(inst{op: opNear, set: s, behind: n.behind, negative: n.negative})
		return
	}
	low, high := n.subs[0].width()
	at := c.emit(inst{op: opLook, behind: n.behind, negative: n.negative, min: low, max: high})
	sub := n.subs[0]
	if n.behind {
		sub = &node{kind: concat, subs: []*node{sub, {kind: assert, assert: lookEnd}}}
	}
	c.block(at, sub)
}

// oneSet gives the set of a node that takes exactly one code point.
func oneSet(n *node) (*set, bool) {
	switch {
	case n.kind == class:
		return n.set, true
	case n.kind == literal && len([]rune(n.text)) == 1:
		r := []rune(n.text)[0]
		return newSet([]rune{r, r}), true
	}
	return nil, false
}

func (c *compiler) alternate(n *node) {
	var ends []int32
	for i, sub := range n.subs {
		if i == len(n.subs)-1 {
			c.node(sub)
			break
		}
		split := c.emit(inst{op: opSplit})
		c.setX(split)
		c.node(sub)
		ends = append(ends, c.emit(inst{op: opJump}))
		c.setY(split)
	}
	for _, end := range ends {
		c.setX(end)
	}
}

func (c *compiler) repeat(n *node) {
	sub := n.subs[0]
	if s, ok := oneSet(sub); ok && (!c.spell || n.mode == possessive) {
		c.emit(inst{op: opLoop, mode: n.mode, set: s, min: n.min, max: n.max, next: -1})
		return
	}
	if n.mode == possessive {
		at := c.emit(inst{op: opAtomic})
		greedy := *n
		greedy.mode = 0
		c.block(at, &greedy)
		return
	}
	for range n.min {
		if c.node(sub); c.full {
			return
		}
	}
	if n.max == infinite {
		c.star(n)
		return
	}
	var exits []int32
	for range n.max - n.min {
		exits = append(exits, c.emit(inst{op: opSplit}))
		c.enter(exits[len(exits)-1], n.mode)
		if c.node(sub); c.full {
			return
		}
	}
	for _, exit := range exits {
		c.leave(exit, n.mode)
	}
}

// star compiles any number of rounds; a round that took no text is the last.
func (c *compiler) star(n *node) {
	low, _ := n.subs[0].width()
	split := c.emit(inst{op: opSplit})
	c.enter(split, n.mode)
	if low > 0 {
		c.node(n.subs[0])
		c.emit(inst{op: opJump, x: split})
		c.leave(split, n.mode)
		return
	}
	slot := int32(c.slots)
	c.slots++
	c.emit(inst{op: opMark, x: slot})
	c.node(n.subs[0])
	progress := c.emit(inst{op: opProgress, y: slot})
	c.emit(inst{op: opJump, x: split})
	c.leave(split, n.mode)
	c.setX(progress)
}

// enter and leave set the two ways of a split: into the round, and past it. A lazy one tries past first.
func (c *compiler) enter(split int32, m mode) {
	if m == lazy {
		c.setY(split)
		return
	}
	c.setX(split)
}

func (c *compiler) leave(split int32, m mode) {
	if m == lazy {
		c.setX(split)
		return
	}
	c.setY(split)
}

// peephole tells loops which byte must follow them, so that they give back only to where it stands.
func peephole(prog []inst) {
	for i := range prog {
		if prog[i].op != opLoop || i+1 == len(prog) {
			continue
		}
		next := i + 1
		for prog[next].op == opSave || prog[next].op == opJump {
			if prog[next].op == opJump {
				next = int(prog[next].x)
				continue
			}
			next++
		}
		if prog[next].op != opText {
			continue
		}
		b := prog[next].text[0]
		prog[i].next = int16(b)
		if b < utf8.RuneSelf && !prog[i].set.has(rune(b)) && (prog[i].mode == greedy || prog[i].max == infinite) {
			prog[i].mode = possessive // what the loop would give back is of the set, so the byte is not there
		}
	}
}
