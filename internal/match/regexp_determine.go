package match

import (
	"errors"
	"slices"
)

// The bounds of a compilation. maxEffort is the one of Elasticsearch: its max_determinized_states of 10,000 stands
// for ten times as many steps, where a step is one member of one set of states. The others bound memory and time,
// and no expression within maxEffort that a person would write comes near them.
const (
	maxEffort    = 100_000
	maxNFAStates = 300_000
	maxCells     = 1 << 20
	maxWork      = 10_000_000
	// lookupWork is what finding a state by its parts costs, in steps.
	lookupWork = 8
)

// compiler makes deterministic automata of expressions within the bounds.
type compiler struct {
	// work counts single steps of all automata of the expression.
	work int
	err  error
}

func (c *compiler) tooComplex(why string) {
	if c.err == nil {
		c.err = errors.New(why)
	}
}

// spend counts work, and tells whether there is still some left.
func (c *compiler) spend(n int) bool {
	if c.work += n; c.work > maxWork {
		c.tooComplex("it takes too many steps to compile")
	}
	return c.err == nil
}

// determine gives the automaton of a node. After an error it is of no use, but sound.
func (c *compiler) determine(n *node) *table {
	switch n.op {
	case opComplement:
		t := c.determine(n.kids[0])
		for i := range t.accept {
			t.accept[i] = !t.accept[i]
		}
		return t
	case opIntersect:
		t := c.determine(n.kids[0])
		for _, kid := range n.kids[1:] {
			t = c.intersect(t, c.determine(kid))
		}
		return t
	default:
		return c.subsets(n)
	}
}

// subsets builds the automaton whose states are sets of states of the nondeterministic one.
func (c *compiler) subsets(n *node) *table {
	a := &nfa{compiler: c, numbers: map[string]int32{}}
	f := a.build(n)
	alphabet, classes := newAlphabet(a.sets)
	s := &subsetter{
		compiler: c, nfa: a, end: f.end, classes: classes,
		table:   &table{alphabet: alphabet},
		sets:    newSetTable(),
		visited: make([]int32, len(a.states)),
		buckets: make([][]int32, alphabet.count),
	}
	s.table.start = s.id([]int32{f.start})
	for state := 0; state < s.sets.count() && c.err == nil; state++ {
		s.expand(int32(state))
	}
	if c.err != nil {
		return emptyTable()
	}
	return s.table
}

// emptyTable fits nothing.
func emptyTable() *table {
	return &table{alphabet: alphabet{starts: []rune{0}, class: []int32{0}, count: 1}, next: []int32{0}, accept: []bool{false}}
}

// subsetter is the state of one subset construction.
type subsetter struct {
	compiler *compiler
	nfa      *nfa
	end      int32 // the accepting state of nfa
	table    *table
	classes  [][]int32 // by set of nfa: the classes it consists of

	sets   *setTable // by state of table: the states of nfa just entered
	effort int

	visited []int32   // by state of nfa: the last generation that followed it
	round   int32     // the generation
	stack   []int32   // states of nfa to follow
	buckets [][]int32 // by class: where reading it leads
	scratch []int32
}

// id gives the state for a set, which it sorts and makes distinct in place, but keeps no hold of.
func (s *subsetter) id(set []int32) int32 {
	slices.Sort(set)
	set = slices.Compact(set)
	id, fresh := s.sets.number(set)
	if fresh {
		s.effort += len(set)
	}
	if s.effort >= maxEffort {
		s.compiler.tooComplex("a deterministic automaton would need too many states")
	}
	return id
}

// expand fills in the row of a state.
func (s *subsetter) expand(state int32) {
	if len(s.table.next)+len(s.buckets) > maxCells {
		s.compiler.tooComplex("a deterministic automaton would need too much memory")
		return
	}
	s.table.accept = append(s.table.accept, s.follow(s.sets.set(state)))
	previous, looked := int32(-1), 0
	for i, bucket := range s.buckets {
		if i == 0 || !slices.Equal(bucket, s.buckets[i-1]) {
			s.scratch = append(s.scratch[:0], bucket...)
			previous = s.id(s.scratch)
			looked++
		}
		s.table.next = append(s.table.next, previous)
	}
	s.compiler.spend(len(s.buckets) + lookupWork*looked)
}

// follow fills the buckets with what can be read after any state of the set, and tells whether the end is reached
// without reading.
func (s *subsetter) follow(set []int32) (accepts bool) {
	for i := range s.buckets {
		s.buckets[i] = s.buckets[i][:0]
	}
	s.round++
	s.stack = append(s.stack[:0], set...)
	for len(s.stack) > 0 {
		at := s.stack[len(s.stack)-1]
		s.stack = s.stack[:len(s.stack)-1]
		if s.visited[at] == s.round {
			continue
		}
		s.visited[at] = s.round
		accepts = accepts || at == s.end
		from := &s.nfa.states[at]
		s.stack = append(s.stack, from.free...)
		work := 1 + len(from.free)
		for _, e := range from.edges {
			for _, class := range s.classes[e.set] {
				s.buckets[class] = append(s.buckets[class], e.to)
			}
			work += len(s.classes[e.set])
		}
		if !s.compiler.spend(work) {
			break
		}
	}
	return accepts
}

// intersect builds the automaton of what both fit.
func (c *compiler) intersect(a, b *table) *table {
	if c.err != nil {
		return emptyTable()
	}
	alphabet, classes := a.alphabet.joined(&b.alphabet)
	t := &table{alphabet: alphabet}
	ids := map[[2]int32]int32{}
	var pairs [][2]int32
	id := func(p [2]int32) int32 {
		known, ok := ids[p]
		if !ok {
			known = int32(len(pairs))
			ids[p] = known
			pairs = append(pairs, p)
		}
		return known
	}
	id([2]int32{a.start, b.start})
	for len(t.accept) < len(pairs) {
		if len(t.next)+alphabet.count > maxCells || !c.spend(lookupWork*alphabet.count) {
			c.tooComplex("an intersection would need too many states")
			return emptyTable()
		}
		p := pairs[len(t.accept)]
		t.accept = append(t.accept, a.accept[p[0]] && b.accept[p[1]])
		rowA, rowB := a.row(p[0]), b.row(p[1])
		for _, class := range classes {
			t.next = append(t.next, id([2]int32{rowA[class[0]], rowB[class[1]]}))
		}
	}
	return t
}
