package versions

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// emissions is the member of a lock's entry that holds the versions from releases on, by release.
const emissions = "stack_emit"

// Emission is what is published of a rule from a release of the stack on, where that is not what all others get.
type Emission struct {
	// Stack is the release, such as "9.5".
	Stack string
	// SHA256 is the content hash.
	SHA256 string
	// Transforms are the names of what makes the difference.
	Transforms []string
}

// emit brings the versions from releases on to a rule's new state. They go up with the version of all others, so that what
// a newer stack has installed is replaced, too; one whose content this program can tell also goes up with that content. The
// change is nil when there is none besides the given one.
func emit(before, after Entry, r State, change *Change) (Entry, *Change, error) {
	epochs, _ := before.Extra[emissions].(map[string]any)
	next := maps.Clone(epochs)
	for _, on := range slices.Sorted(maps.Keys(epochs)) {
		epoch, emission := tableOf(epochs[on]), r.emission(on)
		from, err := epochVersion(epoch)
		if err != nil {
			return before, nil, err
		}
		to := from + after.Version - before.Version
		if emission != nil && emission.SHA256 != epoch["sha256"] {
			to = max(to, from+1)
		}
		if to == from {
			continue
		}
		next[on] = emission.table(epoch, to)
		change = orEmitted(change, Change{Action: Emitted, ID: r.ID, Name: r.Name, From: from, To: to, Stack: on})
	}
	if e := r.Emission; e != nil && epochs[e.Stack] == nil {
		to := after.Version
		if before.Version > 0 { // it was published without the difference
			to++
		}
		if next == nil {
			next = map[string]any{}
		}
		next[e.Stack] = e.table(nil, to)
		change = orEmitted(change, Change{Action: Emitted, ID: r.ID, Name: r.Name, From: before.Version, To: to, Stack: e.Stack})
	}
	if len(next) > 0 {
		after.Extra = maps.Clone(after.Extra)
		if after.Extra == nil {
			after.Extra = map[string]any{}
		}
		after.Extra[emissions] = next
	}
	return after, change, nil
}

// orEmitted is the change that tells more: a new version for all, or else one from a release on.
func orEmitted(change *Change, emitted Change) *Change {
	if change == nil || change.Action == Relabelled {
		return &emitted
	}
	return change
}

// emission is what the rule says of a release; nil when it says nothing, and the lock's own hash can only be kept.
func (r State) emission(on string) *Emission {
	if r.Emission == nil || r.Emission.Stack != on {
		return nil
	}
	return r.Emission
}

func tableOf(value any) map[string]any {
	table, _ := value.(map[string]any)
	return table
}

// table is an epoch as a lock has it.
func (e *Emission) table(epoch map[string]any, version int) map[string]any {
	table := maps.Clone(epoch)
	if table == nil {
		table = map[string]any{}
	}
	table["version"] = json.Number(strconv.Itoa(version))
	if e != nil {
		transforms := make([]any, len(e.Transforms))
		for i, name := range e.Transforms {
			transforms[i] = name
		}
		table["sha256"], table["transforms"] = e.SHA256, transforms
	}
	return table
}

func epochVersion(epoch map[string]any) (int, error) {
	m := members{left: maps.Clone(epoch)}
	version := m.number("version")
	if m.err != nil {
		return 0, fmt.Errorf("%s: %w", emissions, m.err)
	}
	return version, nil
}

// emitted is the version that an entry has on a stack: its own, or that from the newest release on that the stack has reached.
func (e Entry) emitted(on string) (int, error) {
	epochs, _ := e.Extra[emissions].(map[string]any)
	if len(epochs) == 0 {
		return e.Version, nil
	}
	reached, err := parseStack(on)
	best, version := stack{}, 0
	for text, epoch := range epochs {
		from, broken := parseStack(text)
		n, wrong := epochVersion(tableOf(epoch))
		if err = cmp.Or(err, broken, wrong); err != nil {
			return 0, fmt.Errorf("%s: %w", emissions, err)
		}
		if from.compare(reached) <= 0 && (version == 0 || from.compare(best) > 0) {
			best, version = from, n
		}
	}
	return max(e.Version, version), nil
}
