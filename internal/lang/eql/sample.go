package eql

import (
	"maps"
	"slices"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/filter"
)

// samples finds, for each key, one event of its own for every step. Which events are picked among equals is not
// defined by Elasticsearch; here the earliest that fit together are. Keys come in ascending order, null first.
func (p *Program) samples(docs []*event.Document, order []ordinal) []Match {
	candidates := map[string][][]int{}
	record := &filter.Record{}
	var buffer []byte
	for _, o := range order {
		p.layout.BindTo(record, docs[o.index])
		for i := range p.steps {
			if !p.steps[i].condition.Match(record) {
				continue
			}
			p.steps[i].keys.read(record, buffer[:0], func(key []byte) {
				lists := candidates[string(key)]
				if lists == nil {
					lists = make([][]int, len(p.steps))
					candidates[string(key)] = lists
				}
				// More candidates than steps are never needed: one of that many is always free.
				if len(lists[i]) < len(p.steps) {
					lists[i] = append(lists[i], o.index)
				}
			})
		}
	}
	var found []Match
	for _, key := range slices.Sorted(maps.Keys(candidates)) {
		picked := make([]int, 0, len(p.steps))
		if pick(candidates[key], &picked) {
			found = append(found, Match{Events: picked})
		}
	}
	return found
}

// pick chooses an event of its own for each list.
func pick(lists [][]int, picked *[]int) bool {
	if len(*picked) == len(lists) {
		return true
	}
	for _, candidate := range lists[len(*picked)] {
		if slices.Contains(*picked, candidate) {
			continue
		}
		*picked = append(*picked, candidate)
		if pick(lists, picked) {
			return true
		}
		*picked = (*picked)[:len(*picked)-1]
	}
	return false
}
