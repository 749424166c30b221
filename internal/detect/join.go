package detect

import (
	"maps"
	"slices"
	"strconv"

	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
)

// join compares events with indicators. Kibana iterates the documents of one side and searches the other for their values, so
// what agrees depends on the side: the iterated one must have exactly one value, on the searched one any value may agree, by
// the rules of the searched field's type.
type join struct {
	*threatMatch
	events, indicators []*filter.Record
}

// pairing is an indicator that an event agrees with, and the group of entries in which it does.
type pairing struct{ indicator, group int }

// iterate compares all, iterating the events or the indicators, and gives the pairings of each event.
func (j *join) iterate(events bool) map[int][]pairing {
	found := map[int][]pairing{}
	iterated, searched := j.indicators, j.events
	if events {
		iterated, searched = j.events, j.indicators
	}
	for number, group := range j.groups {
		fast := group.isFast()
		lookups := make([]*lookupTable, len(group))
		for i, e := range group {
			_, field := e.sides(events)
			lookups[i] = newLookup(field, searched)
		}
		for i, record := range iterated {
			for _, k := range candidates(group, lookups, record, events, fast) {
				if events {
					found[i] = append(found[i], pairing{k, number})
				} else {
					found[k] = append(found[k], pairing{i, number})
				}
			}
		}
	}
	for _, list := range found {
		slices.SortStableFunc(list, func(a, b pairing) int { return a.indicator - b.indicator })
	}
	return found
}

// isFast tells whether Kibana sends one terms query for all values: the group has one entry, which is not negated, and both its
// fields are of types whose values are equal or not. It then takes the first value of the iterated side.
func (g mappingGroup) isFast() bool {
	return len(g) == 1 && !g[0].negate && isExact(g[0].event.Type) && isExact(g[0].indicator.Type)
}

func isExact(t field.Type) bool {
	return t == field.Keyword || t == field.ConstantKeyword || t == field.Wildcard || t == field.IP
}

// sides gives the iterated and the searched side of an entry.
func (e mappingEntry) sides(events bool) (iterated, searched side) {
	if events {
		return e.event, e.indicator
	}
	return e.indicator, e.event
}

// candidates are the places of the searched documents that agree with one iterated document in all entries of a group.
func candidates(group mappingGroup, lookups []*lookupTable, record *filter.Record, events, fast bool) []int {
	var left []int
	started := false
	for i, e := range group {
		iterated, _ := e.sides(events)
		values := documentTexts(iterated, record)
		var agreeing []int
		switch {
		case e.negate && len(values) > 1:
			continue // Kibana leaves the clause out
		case e.negate && len(values) == 0:
			agreeing = lookups[i].withValue()
		case e.negate:
			agreeing = lookups[i].without(values[0])
		case len(values) == 1, fast && len(values) > 1:
			agreeing = lookups[i].with(values[0])
		default:
			return nil
		}
		if !started {
			left, started = agreeing, true
		} else {
			left = intersection(left, agreeing)
		}
		if len(left) == 0 {
			return nil
		}
	}
	return left
}

func intersection(a, b []int) []int {
	var both []int
	for i, k := 0, 0; i < len(a) && k < len(b); {
		switch {
		case a[i] == b[k]:
			both = append(both, a[i])
			i, k = i+1, k+1
		case a[i] < b[k]:
			i++
		default:
			k++
		}
	}
	return both
}

// documentTexts are the values of a field as the document has them.
func documentTexts(s side, record *filter.Record) []string {
	var texts []string
	for _, value := range record.Event.Get(s.Path) {
		texts = append(texts, value.Text)
	}
	return texts
}

// lookupTable finds the documents whose field agrees with a value. Values of types that are equal or not are looked up, all
// others compared one by one; each value once.
type lookupTable struct {
	side
	records []*filter.Record
	exact   map[string][]int
	known   map[string][]int
}

func newLookup(searched side, records []*filter.Record) *lookupTable {
	t := &lookupTable{side: searched, records: records, known: map[string][]int{}}
	if searched.Type.IsKeyword() {
		t.exact = map[string][]int{}
		for i, r := range records {
			for _, v := range searched.getter.Indexed(r) {
				if list := t.exact[v.Text]; len(list) == 0 || list[len(list)-1] != i {
					t.exact[v.Text] = append(list, i)
				}
			}
		}
	}
	return t
}

// with are the documents that have the value, as a match query finds them.
func (t *lookupTable) with(text string) []int {
	if t.exact != nil && t.Normalizer == "" {
		return t.exact[text]
	}
	if list, ok := t.known[text]; ok {
		return list
	}
	node, err := t.builder.Match(t.Mapping, text, filter.Clause{})
	var list []int
	if err == nil { // a value that the type cannot hold finds nothing (Kibana: lenient by type)
		list = t.matching(node)
	}
	t.known[text] = list
	return list
}

func (t *lookupTable) matching(node filter.Node) []int {
	var list []int
	for i, r := range t.records {
		if node.Match(r) {
			list = append(list, i)
		}
	}
	return list
}

// without are the documents that do not have the value.
func (t *lookupTable) without(text string) []int {
	with := t.with(text)
	var list []int
	for i, k := 0, 0; i < len(t.records); i++ {
		if k < len(with) && with[k] == i {
			k++
			continue
		}
		list = append(list, i)
	}
	return list
}

// withValue are the documents that have the field at all.
func (t *lookupTable) withValue() []int { return t.matching(t.exists) }

// differing names the events that one way of comparing finds and the other does not.
func (j *join) differing(a, b map[int][]pairing) []string {
	var names []string
	for _, i := range slices.Sorted(maps.Keys(merged(a, b))) {
		if len(a[i]) > 0 != (len(b[i]) > 0) {
			names = append(names, "event "+j.events[i].Event.Name(i))
		}
	}
	const most = 3
	if len(names) > most {
		names = append(names[:most], strconv.Itoa(len(names)-most)+" more")
	}
	return names
}

func merged(a, b map[int][]pairing) map[int]bool {
	all := map[int]bool{}
	for i := range a {
		all[i] = true
	}
	for i := range b {
		all[i] = true
	}
	return all
}
