package match

import (
	"maps"
	"slices"
)

// maxTentative is how many literals a scanner can hold that only make a pattern worth trying: as many bits as it keeps
// on the stack to try each at most once a text.
const maxTentative = 4096

// scanner finds patterns by a literal that stands somewhere in a text, many at a time.
type scanner struct {
	found *automaton
	// patterns lists, by literal, what to try when it occurs; none means that its occurrence is enough.
	patterns [][]*Wildcard
	// bit numbers the literals that have patterns.
	bit []int
}

// newScanners distributes patterns with a literal over as few scanners as can hold them.
func newScanners(patterns []*Wildcard) []*scanner {
	enough := map[string][]*Wildcard{}
	tentative := map[string][]*Wildcard{}
	for _, w := range patterns {
		if kind, literal := w.shape(); kind == shapeInside {
			enough[literal] = nil
		} else {
			tentative[literal] = append(tentative[literal], w)
		}
	}
	// An occurrence that is enough leaves nothing to try.
	maps.DeleteFunc(tentative, func(literal string, _ []*Wildcard) bool {
		_, known := enough[literal]
		return known
	})
	var scanners []*scanner
	batch := enough
	for some := range slices.Chunk(slices.Sorted(maps.Keys(tentative)), maxTentative) {
		for _, literal := range some {
			batch[literal] = tentative[literal]
		}
		scanners = append(scanners, newScanner(batch))
		batch = map[string][]*Wildcard{}
	}
	if len(batch) > 0 {
		scanners = append(scanners, newScanner(batch))
	}
	return scanners
}

func newScanner(patterns map[string][]*Wildcard) *scanner {
	literals := slices.Sorted(maps.Keys(patterns))
	s := &scanner{found: newAutomaton(literals), bit: make([]int, len(literals))}
	next := 0
	for i, literal := range literals {
		s.patterns = append(s.patterns, patterns[literal])
		if len(patterns[literal]) > 0 {
			s.bit[i] = next
			next++
		}
	}
	return s
}

// match tells whether one of the patterns fits.
func (s *scanner) match(text string) bool {
	var tried [maxTentative / 64]uint64
	node := int32(0)
	for i := range len(text) {
		node = s.found.after(node, text[i])
		if hit := s.found.hit[node]; hit != 0 && s.try(hit, text, &tried) {
			return true
		}
	}
	return false
}

// try tells whether a pattern fits whose literal ends at a node or at one of its suffixes. Where a literal was tried
// before, so were all its suffixes.
func (s *scanner) try(hit int32, text string, tried *[maxTentative / 64]uint64) bool {
	for ; hit != 0; hit = s.found.hit[s.found.fail[hit]] {
		literal := s.found.literal[hit]
		if len(s.patterns[literal]) == 0 {
			return true
		}
		bit := s.bit[literal]
		if tried[bit/64]&(1<<(bit%64)) != 0 {
			return false
		}
		tried[bit/64] |= 1 << (bit % 64)
		for _, w := range s.patterns[literal] {
			if w.Match(text) {
				return true
			}
		}
	}
	return false
}
