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
		walked:  make([]int32, len(a.states)),
		reached: make([][]int32, len(a.states)),
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
	always  []int32   // where reading any character leads, sorted
	buckets [][]int32 // by class: where reading it leads beside that
	sorted  []int32
	merged  []int32

	walked  []int32   // by state of nfa: the last walk that came to it
	walk    int32     // the number of the walk
	reached [][]int32 // by state of nfa: the states with edges, and the end, that it leads to without reading
}

// id gives the state for a sorted set, which it keeps no hold of.
func (s *subsetter) id(set []int32) int32 {
	id, fresh := s.sets.number(set)
	if fresh {
		s.effort += len(set)
	}
	if s.effort >= maxEffort {
		s.compiler.tooComplex("a deterministic automaton would need too many states")
	}
	return id
}

// expand fills in the row of a state. Most classes lead where any character leads, so that one is looked up once.
func (s *subsetter) expand(state int32) {
	if len(s.table.next)+len(s.buckets) > maxCells {
		s.compiler.tooComplex("a deterministic automaton would need too much memory")
		return
	}
	s.table.accept = append(s.table.accept, s.follow(s.sets.set(state)))
	if cap(s.table.next) < len(s.table.next)+len(s.buckets) {
		s.table.next = slices.Grow(s.table.next, len(s.table.next)+len(s.buckets))
	}
	common, looked := int32(-1), 0
	for i, bucket := range s.buckets {
		to := common
		switch {
		case i > 0 && len(bucket) > 0 && slices.Equal(bucket, s.buckets[i-1]):
			to = s.table.next[len(s.table.next)-1]
		case len(bucket) > 0:
			to = s.id(s.beside(bucket))
			looked++
		case common < 0:
			common = s.id(s.always)
			to = common
			looked++
		}
		s.table.next = append(s.table.next, to)
	}
	s.compiler.spend(len(s.buckets) + lookupWork*looked)
}

// beside is the set of always and some more states, sorted.
func (s *subsetter) beside(more []int32) []int32 {
	if len(s.always) == 0 && slices.IsSorted(more) {
		return slices.Compact(more)
	}
	s.sorted = append(s.sorted[:0], more...)
	slices.Sort(s.sorted)
	merged, right := s.merged[:0], s.always
	for _, next := range s.sorted {
		for len(right) > 0 && right[0] < next {
			merged, right = append(merged, right[0]), right[1:]
		}
		if len(right) > 0 && right[0] == next || len(merged) > 0 && merged[len(merged)-1] == next {
			continue
		}
		merged = append(merged, next)
	}
	s.merged = append(merged, right...)
	return s.merged
}

// follow fills always and the buckets with what can be read after any state of the set, and tells whether the end is
// reached without reading.
func (s *subsetter) follow(set []int32) (accepts bool) {
	for i := range s.buckets {
		s.buckets[i] = s.buckets[i][:0]
	}
	s.always = s.always[:0]
	s.round++
	for _, from := range set {
		for _, at := range s.reach(from) {
			if s.visited[at] == s.round {
				continue
			}
			s.visited[at] = s.round
			accepts = accepts || at == s.end
			if !s.compiler.spend(1 + s.read(s.nfa.states[at].edges)) {
				return accepts
			}
		}
	}
	slices.Sort(s.always)
	s.always = slices.Compact(s.always)
	return accepts
}

// reach gives the states with edges, and the end, that a state leads to without reading.
func (s *subsetter) reach(from int32) []int32 {
	if known := s.reached[from]; known != nil {
		return known
	}
	found := []int32{}
	s.walk++
	s.stack = append(s.stack[:0], from)
	for len(s.stack) > 0 {
		at := s.stack[len(s.stack)-1]
		s.stack = s.stack[:len(s.stack)-1]
		if s.walked[at] == s.walk {
			continue
		}
		s.walked[at] = s.walk
		if len(s.nfa.states[at].edges) > 0 || at == s.end {
			found = append(found, at)
		}
		s.stack = append(s.stack, s.nfa.states[at].free...)
		if !s.compiler.spend(1 + len(s.nfa.states[at].free)) {
			break
		}
	}
	s.reached[from] = found
	return found
}

// read notes where the edges of a state lead, and gives the work that it was.
func (s *subsetter) read(edges []nfaEdge) (work int) {
	for _, e := range edges {
		classes := s.classes[e.set]
		work += len(classes)
		if len(classes) == len(s.buckets) {
			s.always = append(s.always, e.to)
			continue
		}
		for _, class := range classes {
			s.buckets[class] = append(s.buckets[class], e.to)
		}
	}
	return work
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
