package backtrack

// A memory knows which instruction was tried at which place. Where the pattern has neither look-around, atomic groups
// nor back-references, an instruction that failed at a place once fails there always; so nothing is tried twice, and
// the work is at most the text's length times the pattern's.
type memory struct {
	tried []uint64
	width int
}

// memoryLimit bounds the bits of a memory: 8 MiB.
const memoryLimit = 64 << 20

// newMemory gives nil for a text too long to remember.
func newMemory(program, text int) *memory {
	bits := program * (text + 1)
	if bits > memoryLimit {
		return nil
	}
	return &memory{tried: make([]uint64, bits/64+1), width: text + 1}
}

// first tells whether this is the first try, and remembers it.
func (m *memory) first(pc, pos int) bool {
	i := pc*m.width + pos
	mask := uint64(1) << (i & 63)
	if m.tried[i>>6]&mask != 0 {
		return false
	}
	m.tried[i>>6] |= mask
	return true
}

// forgetful tells whether a failure can depend on more than the place.
func forgetful(n *node) bool {
	found := false
	n.walk(func(n *node) {
		switch n.kind {
		case backref, atomic:
			found = true
		case look:
			_, near := oneSet(n.subs[0])
			found = found || !near
		case repeat:
			_, simple := oneSet(n.subs[0])
			found = found || n.mode == possessive && !simple
		}
	})
	return found
}
