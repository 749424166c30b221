package match

import (
	"encoding/binary"
	"maps"
	"slices"
)

// nfa is a nondeterministic automaton after Thompson. Every character position of the expression has a state of its
// own that is entered by reading the character, so a set of states counts as much as in Lucene's construction.
type nfa struct {
	states []nfaState
	// sets are the distinct sets of characters that edges read, and numbers finds them.
	sets    [][]runeRange
	numbers map[string]int32
	// compiler compiles the operands of intersection and complement, which need an automaton of their own.
	compiler *compiler
}

type nfaState struct {
	free  []int32 // states reached without reading
	edges []nfaEdge
}

type nfaEdge struct{ set, to int32 }

// fragment is the part of an automaton for one node: nothing leads into start or out of end from within, except
// what loops through both.
type fragment struct{ start, end int32 }

// add gives a new state. Beyond the limit it fails the compilation, and building goes on without effect.
func (a *nfa) add() int32 {
	if len(a.states) >= maxNFAStates {
		a.compiler.tooComplex("its repetitions expand to too many characters")
		return int32(len(a.states) - 1)
	}
	a.states = append(a.states, nfaState{})
	return int32(len(a.states) - 1)
}

func (a *nfa) free(from, to int32) {
	a.states[from].free = append(a.states[from].free, to)
}

// edge leads from a state to another by reading one of a set.
func (a *nfa) edge(from, to int32, set []runeRange) {
	if len(set) == 0 {
		return
	}
	var key []byte
	for _, r := range set {
		key = binary.LittleEndian.AppendUint32(key, uint32(r.lo))
		key = binary.LittleEndian.AppendUint32(key, uint32(r.hi))
	}
	number, ok := a.numbers[string(key)]
	if !ok {
		number = int32(len(a.sets))
		a.numbers[string(key)] = number
		a.sets = append(a.sets, set)
	}
	a.states[from].edges = append(a.states[from].edges, nfaEdge{number, to})
}

func (a *nfa) build(n *node) fragment {
	switch n.op {
	case opClass:
		f := fragment{a.add(), a.add()}
		a.edge(f.start, f.end, n.ranges)
		return f
	case opConcat:
		return a.buildConcat(n.kids)
	case opUnion:
		return a.buildUnion(n.kids)
	case opRepeat:
		return a.buildRepeat(n)
	case opIntersect, opComplement:
		return a.embed(a.compiler.determine(n))
	default:
		f := fragment{a.add(), a.add()}
		a.free(f.start, f.end)
		return f
	}
}

func (a *nfa) buildConcat(kids []*node) fragment {
	f := a.build(kids[0])
	for _, kid := range kids[1:] {
		next := a.build(kid)
		a.free(f.end, next.start)
		f.end = next.end
	}
	return f
}

func (a *nfa) buildUnion(kids []*node) fragment {
	f := fragment{a.add(), a.add()}
	for _, kid := range kids {
		k := a.build(kid)
		a.free(f.start, k.start)
		a.free(k.end, f.end)
	}
	return f
}

// buildRepeat chains the required copies, then the optional ones, each of which may be left out together with all
// after it; without an upper bound the last copy loops.
func (a *nfa) buildRepeat(n *node) fragment {
	f := fragment{a.add(), a.add()}
	copies := max(n.min, n.max, 1)
	at := f.start
	for i := range copies {
		if a.compiler.err != nil {
			break
		}
		if i >= n.min {
			a.free(at, f.end)
		}
		next := a.build(n.kids[0])
		a.free(at, next.start)
		if n.max == unlimited && i == copies-1 {
			a.free(next.end, next.start)
		}
		at = next.end
	}
	a.free(at, f.end)
	return f
}

// embed takes over an automaton that is deterministic already.
func (a *nfa) embed(d *table) fragment {
	f := fragment{a.add(), a.add()}
	base := int32(len(a.states))
	for range d.accept {
		a.add()
	}
	if !a.compiler.spend(lookupWork * len(d.accept) * len(d.alphabet.starts)) {
		return f
	}
	a.free(f.start, base+d.start)
	live := d.reaching(true)
	for state, accepts := range d.accept {
		if accepts {
			a.free(base+int32(state), f.end)
		}
		sets := map[int32][]runeRange{}
		row := d.row(int32(state))
		for i, class := range d.alphabet.class {
			if to := row[class]; live[to] {
				sets[to] = append(sets[to], d.alphabet.bounds(i))
			}
		}
		for _, to := range slices.Sorted(maps.Keys(sets)) {
			a.edge(base+int32(state), base+to, normalRanges(sets[to]))
		}
	}
	return f
}
