package publish

import (
	"fmt"
	"maps"
	"slices"
)

// owns tells whether this repository published an object: the lock says so, and the object bears the owner's tag where
// one is used. Elastic's own rules are nobody else's.
func (p planner) owns(at place, stored map[string]any) bool {
	if _, locked := p.Lock.entry(at); !locked || stored["immutable"] == true || stored["status"] == "immutable" {
		return false
	}
	if at.kind != Rule || p.OwnerTag == "" {
		return true
	}
	tags, _ := stored["tags"].([]any)
	return slices.Contains(tags, any(p.OwnerTag))
}

// orphans are the deletions of what this repository published and no longer holds, as far as it is there and not needed.
func (p planner) orphans() []Change {
	var changes []Change
	for _, kind := range Kinds() {
		for _, id := range slices.Sorted(maps.Keys(p.Lock[kind])) {
			at := place{kind, id}
			there := p.there[at]
			if len(p.sources[at]) > 0 || len(there) != 1 || !p.owns(at, there[0]) || p.used[at] {
				continue
			}
			name, _ := there[0][kind.nameKey()].(string)
			entry, _ := p.Lock.entry(at)
			namespace, _ := there[0]["namespace_type"].(string)
			c := Change{
				Action: Delete, Namespace: namespace, Kind: kind, ID: id, Name: name, Revision: kind.revision(there[0]),
				Drift: entry.Hash != hash(kind, there[0], entry.Stated), Reason: "it is not in the repository any more",
			}
			p.hold(&c)
			changes = append(changes, c)
		}
	}
	return changes
}

// limited are the deletions that a plan takes up: none without Prune. When they, with those of deprecated rules, are more
// than the allowed share of what was published, all of them are refused.
func (p planner) limited(planned, orphans []Change) []Change {
	if !p.Prune {
		return nil
	}
	deletes := func(c Change) bool { return c.Action == Delete && c.Kind == Rule }
	count, owned := 0, len(p.Lock[Rule])
	for _, c := range slices.Concat(planned, orphans) {
		if deletes(c) {
			count++
		}
	}
	if float64(count) <= p.PruneLimit*float64(owned) {
		return orphans
	}
	for _, list := range [][]Change{planned, orphans} {
		for i := range list {
			if list[i].Action == Delete {
				list[i].Action = Refuse
				list[i].Reason = fmt.Sprintf("pruning would delete %d of the %d rules that were published, more than --prune-limit allows (%g %%)",
					count, owned, p.PruneLimit*100)
			}
		}
	}
	return orphans
}
