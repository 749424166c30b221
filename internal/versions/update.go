package versions

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// forkStep is how much higher a fork's version starts.
const forkStep = 100

// State is a rule as it is now.
type State struct {
	ID, Name, Type string
	// SHA256 is its content hash.
	SHA256 string
	// MinStack is the release that it asks for, such as "9.3.0"; may be "".
	MinStack string
	// Emission is set for a rule that is another one from a release of the stack on.
	Emission *Emission
	// Deprecated is set for a rule that is no longer published.
	Deprecated *Deprecation
}

// Action is what happens to a rule's lock.
type Action string

// The actions.
const (
	// Added locks a rule for the first time.
	Added Action = "added"
	// Changed gives a rule the next version.
	Changed Action = "changed"
	// Forked gives a rule that asks for a newer stack a version of its own, and keeps the other for older releases.
	Forked Action = "forked"
	// Fork gives the fork for an older release the next version.
	Fork Action = "fork changed"
	// Emitted gives what is published from a release of the stack on the next version.
	Emitted Action = "changed from a release on"
	// Relabelled changes the lock, but not the version.
	Relabelled Action = "relabelled"
	// Retired lists a rule as deprecated.
	Retired Action = "deprecated"
)

// Change is one thing that an update does. From is 0 for a rule that was not locked.
type Change struct {
	Action   Action
	ID, Name string
	From, To int
	// Stack is the release that a fork is for.
	Stack string
}

// String is the change on one line.
func (c Change) String() string {
	text := string(c.Action) + ": " + c.Name
	switch c.Action {
	case Added:
		text += fmt.Sprintf(", version %d", c.To)
	case Changed, Forked, Fork, Emitted:
		text += fmt.Sprintf(", version %d -> %d", c.From, c.To)
	}
	if c.Stack != "" {
		text += ", stack " + c.Stack
	}
	return text
}

// Refusal is a rule that cannot be locked as it is.
type Refusal struct {
	ID, Name string
	Err      error
}

// Files are the two files together, and what an update needs to know.
type Files struct {
	Lock       Lock
	Deprecated Deprecated
	// Oldest is the oldest release of the stack that is still served: what a rule asks for that asks for none.
	Oldest string
	// Current is the release that a deprecation is noted with.
	Current string
}

// Errors of single rules.
var (
	// ErrNoFork is a rule for an older release than its lock, which has no fork for it: the older branch is locked first.
	ErrNoFork = errors.New("no fork for this release of the stack is locked: lock the rules of the older branch first")
	// ErrNoRoom is a fork whose versions have reached those of the next one.
	ErrNoRoom = errors.New("the fork has no version left below the one of the newer stack")
	// ErrBack is a deprecated rule that is published again.
	ErrBack = errors.New("the rule is listed as deprecated: take it from the list, or give the rule a new rule_id")
	// ErrNoDate is a deprecated rule that does not state when.
	ErrNoDate = errors.New("a deprecated rule needs a deprecation_date")
)

// Update brings the files to the state of the rules and gives what changed, by name of the rule. A rule that is refused
// leaves its entries as they were. A rule that is gone stays locked: its versions are never given away again.
func (f *Files) Update(rules []State) ([]Change, []Refusal) {
	var changes []Change
	var refusals []Refusal
	for _, r := range rules {
		change, err := f.update(r)
		if err != nil {
			refusals = append(refusals, Refusal{ID: r.ID, Name: r.Name, Err: err})
			continue
		}
		if change != nil {
			changes = append(changes, *change)
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	slices.SortFunc(refusals, func(a, b Refusal) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return changes, refusals
}

func (f *Files) update(r State) (*Change, error) {
	if r.Deprecated != nil {
		return f.deprecate(r)
	}
	if _, listed := f.Deprecated[r.ID]; listed {
		return nil, ErrBack
	}
	entry, change, err := f.next(r)
	if err == nil && change != nil {
		f.Lock[r.ID] = entry
	}
	return change, err
}

// Version is the version that a rule would be published with on a stack: the locked one, or the next if its content changed.
func (f *Files) Version(r State, on string) (int, error) {
	entry, _, err := f.next(r)
	if err != nil {
		return 0, err
	}
	wanted, err := f.stack(r.MinStack)
	if err != nil {
		return 0, err
	}
	if fork, ok := entry.Previous[wanted.String()]; ok {
		return fork.Version, nil
	}
	return entry.emitted(on)
}

// Gone is a rule that is no longer published, as a package goes on telling of it.
type Gone struct {
	ID, Name, Reason string
	// Version is one more than the last that was published.
	Version int
}

// Gone gives the deprecated rules that were published, by rule_id.
func (f *Files) Gone(on string) ([]Gone, error) {
	var list []Gone
	for _, id := range slices.Sorted(maps.Keys(f.Deprecated)) {
		entry, locked := f.Lock[id]
		if !locked {
			continue
		}
		version, err := entry.emitted(on)
		if err != nil {
			return nil, fmt.Errorf("rule %s: %w", id, err)
		}
		d := f.Deprecated[id]
		list = append(list, Gone{ID: id, Name: d.Name, Reason: d.Reason, Version: version + 1})
	}
	return list, nil
}

// next decides on the new entry of a rule; the change is nil when there is none.
func (f *Files) next(r State) (Entry, *Change, error) {
	entry, locked := f.Lock[r.ID]
	wanted, err := f.stack(r.MinStack)
	if err != nil {
		return entry, nil, err
	}
	if !locked {
		return emit(entry, f.renewed(entry, r, 1), r, &Change{Action: Added, ID: r.ID, Name: r.Name, To: 1})
	}
	have, err := f.stack(entry.MinStack)
	if err != nil {
		return entry, nil, fmt.Errorf("its lock: %w", err)
	}
	switch order := wanted.compare(have); {
	case order == 0:
		return f.same(entry, r)
	case order > 0:
		return f.forked(entry, r, have, wanted)
	}
	return f.older(entry, r, wanted)
}

// same is route A: the same release as locked.
func (f *Files) same(entry Entry, r State) (Entry, *Change, error) {
	change := Change{Action: Changed, ID: r.ID, Name: r.Name, From: entry.Version, To: entry.Version}
	if entry.SHA256 != r.SHA256 {
		change.To++
		return emit(entry, f.renewed(entry, r, change.To), r, &change)
	}
	again := f.renewed(entry, r, entry.Version)
	if again.Name == entry.Name && again.Type == entry.Type && again.MinStack == entry.MinStack {
		return emit(entry, entry, r, nil)
	}
	change.Action = Relabelled
	return emit(entry, again, r, &change)
}

// forked is route B: a newer release than locked.
func (f *Files) forked(entry Entry, r State, have, wanted stack) (Entry, *Change, error) {
	to := entry.Version + forkStep
	forks := maps.Clone(entry.Previous)
	if forks == nil {
		forks = map[string]Entry{}
	}
	forks[have.String()] = Entry{
		Name: entry.Name, SHA256: entry.SHA256, Type: entry.Type, Version: entry.Version, MaxVersion: to - 1,
	}
	change := Change{Action: Forked, ID: r.ID, Name: r.Name, From: entry.Version, To: to, Stack: wanted.String()}
	next := f.renewed(entry, r, to)
	next.Previous = forks
	return emit(entry, next, r, &change)
}

// older is route C: an older release than locked, so a change of its fork.
func (f *Files) older(entry Entry, r State, wanted stack) (Entry, *Change, error) {
	fork, ok := entry.Previous[wanted.String()]
	if !ok {
		return entry, nil, fmt.Errorf("stack %s: %w", wanted, ErrNoFork)
	}
	if fork.SHA256 == r.SHA256 {
		return entry, nil, nil
	}
	change := Change{Action: Fork, ID: r.ID, Name: r.Name, From: fork.Version, To: fork.Version + 1, Stack: wanted.String()}
	if fork.MaxVersion != 0 && change.To > fork.MaxVersion {
		return entry, nil, fmt.Errorf("stack %s: %w: at most %d", wanted, ErrNoRoom, fork.MaxVersion)
	}
	fork.Name, fork.SHA256, fork.Type, fork.Version = r.Name, r.SHA256, r.Type, change.To
	entry.Previous = maps.Clone(entry.Previous)
	entry.Previous[wanted.String()] = fork
	return entry, &change, nil
}

// renewed is an entry with what the rule says now.
func (f *Files) renewed(entry Entry, r State, version int) Entry {
	entry.Name, entry.SHA256, entry.Type, entry.Version = r.Name, r.SHA256, r.Type, version
	if r.MinStack != "" {
		if wanted, err := f.stack(r.MinStack); err == nil {
			entry.MinStack = wanted.String()
		}
	}
	return entry
}

// deprecate lists a rule that was locked before; one that was never published needs no mention.
func (f *Files) deprecate(r State) (*Change, error) {
	if _, locked := f.Lock[r.ID]; !locked {
		return nil, nil
	}
	if r.Deprecated.Date == "" {
		return nil, ErrNoDate
	}
	have, listed := f.Deprecated[r.ID]
	next := have
	next.Date, next.Name, next.Reason = r.Deprecated.Date, r.Name, r.Deprecated.Reason
	if !listed {
		next.Stack = f.Current
	}
	if listed && have.Date == next.Date && have.Name == next.Name && have.Reason == next.Reason {
		return nil, nil
	}
	f.Deprecated[r.ID] = next
	return &Change{Action: Retired, ID: r.ID, Name: r.Name}, nil
}

// stack is a release of the stack; only major and minor count.
type stack struct{ major, minor int }

func (s stack) String() string { return fmt.Sprintf("%d.%d", s.major, s.minor) }

func (s stack) compare(other stack) int {
	return cmp.Or(cmp.Compare(s.major, other.major), cmp.Compare(s.minor, other.minor))
}

// stack reads a release; none, and one that is no longer served, is the oldest.
func (f *Files) stack(text string) (stack, error) {
	oldest, err := parseStack(f.Oldest)
	if text == "" || err != nil {
		return oldest, err
	}
	s, err := parseStack(text)
	if err == nil && s.compare(oldest) < 0 {
		return oldest, nil
	}
	return s, err
}

func parseStack(text string) (stack, error) {
	parts := strings.SplitN(text, ".", 3)
	if len(parts) < 2 {
		parts = append(parts, "0")
	}
	major, err := strconv.Atoi(parts[0])
	minor, errMinor := strconv.Atoi(parts[1])
	if err != nil || errMinor != nil || major < 0 || minor < 0 {
		return stack{}, fmt.Errorf("%q is not a release of the stack such as 9.3", text)
	}
	return stack{major, minor}, nil
}

// CheckOldest tells whether Oldest is a release.
func (f *Files) CheckOldest() error {
	_, err := parseStack(f.Oldest)
	return err
}
