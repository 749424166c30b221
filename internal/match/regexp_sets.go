package match

import "slices"

// setTable numbers distinct sets of states in the order in which they come, and keeps their members.
type setTable struct {
	members []int32
	ends    []int   // by set: where its members end
	slots   []int32 // an open hash table of set numbers plus one; its length is a power of two
}

func newSetTable() *setTable { return &setTable{slots: make([]int32, 64)} }

func (t *setTable) count() int { return len(t.ends) }

// set gives the members of a set.
func (t *setTable) set(number int32) []int32 {
	begin := 0
	if number > 0 {
		begin = t.ends[number-1]
	}
	return t.members[begin:t.ends[number]]
}

// number gives the number of a sorted set, and tells whether it is a new one.
func (t *setTable) number(set []int32) (number int32, fresh bool) {
	slot := t.find(set)
	if t.slots[slot] > 0 {
		return t.slots[slot] - 1, false
	}
	number = int32(len(t.ends))
	if cap(t.members) < len(t.members)+len(set) {
		t.members = slices.Grow(t.members, len(t.members)+len(set))
	}
	t.members = append(t.members, set...)
	t.ends = append(t.ends, len(t.members))
	t.slots[slot] = number + 1
	if 2*len(t.ends) > len(t.slots) {
		t.grow()
	}
	return number, true
}

// find gives the slot that holds a set or is free for it.
func (t *setTable) find(set []int32) int {
	hash := uint64(len(set))
	for _, member := range set {
		hash = (hash ^ uint64(member)) * 0x9e3779b97f4a7c15
		hash ^= hash >> 32
	}
	slot := int(hash) & (len(t.slots) - 1)
	for t.slots[slot] > 0 && !slices.Equal(t.set(t.slots[slot]-1), set) {
		slot = (slot + 1) & (len(t.slots) - 1)
	}
	return slot
}

func (t *setTable) grow() {
	t.slots = make([]int32, 2*len(t.slots))
	for number := range int32(len(t.ends)) {
		t.slots[t.find(t.set(number))] = number + 1
	}
}
