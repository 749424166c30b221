package match

import (
	"slices"
	"unicode"
)

// alphabet sorts the code points into classes that an automaton does not tell apart. It cuts them into intervals, and
// intervals far from each other may be of one class.
type alphabet struct {
	starts []rune  // the first code point of each interval, ascending from 0
	class  []int32 // the class of each interval
	count  int     // how many classes there are
}

// newAlphabet gives the coarsest alphabet for sets of code points, and the classes that each set consists of.
func newAlphabet(sets [][]runeRange) (alphabet, [][]int32) {
	a := alphabet{starts: []rune{0}}
	for _, set := range sets {
		for _, r := range set {
			a.starts = append(a.starts, r.lo)
			if r.hi < unicode.MaxRune {
				a.starts = append(a.starts, r.hi+1)
			}
		}
	}
	slices.Sort(a.starts)
	a.starts = slices.Compact(a.starts)
	a.class = make([]int32, len(a.starts))
	fresh := int32(1)
	for _, set := range sets {
		split := map[int32]int32{}
		a.each(set, func(i int) {
			class, ok := split[a.class[i]]
			if !ok {
				class = fresh
				fresh++
				split[a.class[i]] = class
			}
			a.class[i] = class
		})
	}
	a.renumber()
	classes := make([][]int32, len(sets))
	for i, set := range sets {
		a.each(set, func(at int) { classes[i] = append(classes[i], a.class[at]) })
		slices.Sort(classes[i])
		classes[i] = slices.Compact(classes[i])
	}
	return a, classes
}

// each visits the intervals of a set.
func (a *alphabet) each(set []runeRange, visit func(i int)) {
	for _, r := range set {
		for i := intervalOf(a.starts, r.lo); i < len(a.starts) && a.starts[i] <= r.hi; i++ {
			visit(i)
		}
	}
}

// renumber names the classes from 0 in the order of their first intervals.
func (a *alphabet) renumber() {
	numbers := map[int32]int32{}
	for i, class := range a.class {
		number, ok := numbers[class]
		if !ok {
			number = int32(len(numbers))
			numbers[class] = number
		}
		a.class[i] = number
	}
	a.count = len(numbers)
}

// intervalOf gives the interval that holds a code point.
func intervalOf(starts []rune, r rune) int {
	low, high := 0, len(starts)
	for high-low > 1 {
		if middle := int(uint(low+high) >> 1); starts[middle] <= r {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// bounds gives the code points of an interval.
func (a *alphabet) bounds(i int) runeRange {
	if i+1 < len(a.starts) {
		return runeRange{a.starts[i], a.starts[i+1] - 1}
	}
	return runeRange{a.starts[i], unicode.MaxRune}
}

// joined gives the coarsest alphabet that is finer than both, and for each of its classes those of a and b that hold it.
func (a *alphabet) joined(b *alphabet) (alphabet, [][2]int32) {
	starts := slices.Concat(a.starts, b.starts)
	slices.Sort(starts)
	starts = slices.Compact(starts)
	j := alphabet{starts: starts, class: make([]int32, len(starts))}
	known := map[[2]int32]int32{}
	var classes [][2]int32
	for i, r := range starts {
		pair := [2]int32{a.class[intervalOf(a.starts, r)], b.class[intervalOf(b.starts, r)]}
		class, ok := known[pair]
		if !ok {
			class = int32(len(classes))
			known[pair] = class
			classes = append(classes, pair)
		}
		j.class[i] = class
	}
	j.count = len(classes)
	return j, classes
}

// table is a deterministic automaton in the making: every state has a successor for every class.
type table struct {
	alphabet alphabet
	start    int32
	next     []int32 // state*alphabet.count + class -> state
	accept   []bool
}

func (t *table) row(state int32) []int32 {
	width := t.alphabet.count
	return t.next[int(state)*width : (int(state)+1)*width]
}

// reaching tells for each state whether a state that accepts (or, with false, one that does not) can follow it or is
// it itself.
func (t *table) reaching(accept bool) []bool {
	before := t.predecessors()
	reached := make([]bool, len(t.accept))
	var pending []int32
	visit := func(state int32) {
		if !reached[state] {
			reached[state] = true
			pending = append(pending, state)
		}
	}
	for state, accepts := range t.accept {
		if accepts == accept {
			visit(int32(state))
		}
	}
	for len(pending) > 0 {
		state := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		for _, from := range before(state) {
			visit(from)
		}
	}
	return reached
}

// predecessors gives a function that lists the states from which a state follows.
func (t *table) predecessors() func(int32) []int32 {
	ends := make([]int32, len(t.accept)+1)
	each := func(do func(from, to int32)) {
		for from := range t.accept {
			last := int32(-1)
			for _, to := range t.row(int32(from)) {
				if to != last {
					do(int32(from), to)
				}
				last = to
			}
		}
	}
	each(func(_, to int32) { ends[to+1]++ })
	for i := range t.accept {
		ends[i+1] += ends[i]
	}
	list := make([]int32, ends[len(t.accept)])
	filled := slices.Clone(ends)
	each(func(from, to int32) {
		list[filled[to]] = from
		filled[to]++
	})
	return func(state int32) []int32 { return list[ends[state]:ends[state+1]] }
}
