package versions_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-rules/tocsin/internal/versions"
)

const id = "c5f81243-56e0-47f9-b5bb-55a5ed89ba57"

func files(lock versions.Lock) *versions.Files {
	if lock == nil {
		lock = versions.Lock{}
	}
	return &versions.Files{Lock: lock, Deprecated: versions.Deprecated{}, Oldest: "8.19", Current: "9.5.0"}
}

func state(hash, minStack string) versions.State {
	return versions.State{ID: id, Name: "A rule", Type: "eql", SHA256: hash, MinStack: minStack}
}

func entry(hash string, version int, minStack string) versions.Entry {
	return versions.Entry{Name: "A rule", SHA256: hash, Type: "eql", Version: version, MinStack: minStack}
}

func fork(hash string, version, highest int) versions.Entry {
	e := entry(hash, version, "")
	e.MaxVersion = highest
	return e
}

func forked(e versions.Entry, stack string, previous versions.Entry) versions.Entry {
	e.Previous = maps.Clone(e.Previous)
	if e.Previous == nil {
		e.Previous = map[string]versions.Entry{}
	}
	e.Previous[stack] = previous
	return e
}

// TestRoutes has a row for each way that a rule takes into the lock, with its near misses.
func TestRoutes(t *testing.T) {
	twice := forked(forked(entry("b", 203, "9.4"), "8.19", fork("a", 3, 102)), "9.3", fork("c", 103, 202))
	for _, row := range []struct {
		name   string
		locked *versions.Entry
		now    versions.State
		want   versions.Entry
		change string
		err    error
	}{
		{name: "new", now: state("a", ""), want: entry("a", 1, ""), change: "added: A rule, version 1"},
		{name: "new for a stack", now: state("a", "9.3.0"), want: entry("a", 1, "9.3"), change: "added: A rule, version 1"},
		{name: "new for a stack that is no longer served", now: state("a", "8.3"), want: entry("a", 1, "8.19"), change: "added: A rule, version 1"},
		{name: "A: the same", locked: ptr(entry("a", 3, "")), now: state("a", ""), want: entry("a", 3, "")},
		{name: "A: changed", locked: ptr(entry("a", 3, "")), now: state("b", ""), want: entry("b", 4, ""), change: "changed: A rule, version 3 -> 4"},
		{name: "A: the same stack with its patch", locked: ptr(entry("a", 3, "9.3")), now: state("b", "9.3.1"), want: entry("b", 4, "9.3"), change: "changed: A rule, version 3 -> 4"},
		{name: "A: the oldest stack is none", locked: ptr(entry("a", 3, "8.3")), now: state("b", ""), want: entry("b", 4, "8.3"), change: "changed: A rule, version 3 -> 4"},
		{name: "A: forks are kept", locked: ptr(forked(entry("b", 103, "9.3"), "8.19", fork("a", 3, 102))), now: state("c", "9.3"),
			want: forked(entry("c", 104, "9.3"), "8.19", fork("a", 3, 102)), change: "changed: A rule, version 103 -> 104"},
		{name: "B: a newer stack", locked: ptr(entry("a", 3, "")), now: state("b", "9.3.0"),
			want: forked(entry("b", 103, "9.3"), "8.19", fork("a", 3, 102)), change: "forked: A rule, version 3 -> 103, stack 9.3"},
		{name: "B: a newer stack and the same content", locked: ptr(entry("a", 3, "9.2")), now: state("a", "9.3"),
			want: forked(entry("a", 103, "9.3"), "9.2", fork("a", 3, 102)), change: "forked: A rule, version 3 -> 103, stack 9.3"},
		{name: "B: ten comes after nine", locked: ptr(entry("a", 3, "9.9")), now: state("b", "9.10"),
			want: forked(entry("b", 103, "9.10"), "9.9", fork("a", 3, 102)), change: "forked: A rule, version 3 -> 103, stack 9.10"},
		{name: "B: twice", locked: ptr(forked(entry("c", 103, "9.3"), "8.19", fork("a", 3, 102))), now: state("b", "9.4"),
			want: twice, change: "forked: A rule, version 103 -> 203, stack 9.4"},
		{name: "C: the fork is the same", locked: &twice, now: state("a", ""), want: twice},
		{name: "C: the fork changed", locked: &twice, now: state("x", ""),
			want: forked(twice, "8.19", fork("x", 4, 102)), change: "fork changed: A rule, version 3 -> 4, stack 8.19"},
		{name: "C: the middle fork changed", locked: &twice, now: state("x", "9.3"),
			want: forked(twice, "9.3", fork("x", 104, 202)), change: "fork changed: A rule, version 103 -> 104, stack 9.3"},
		{name: "C: the last room", locked: ptr(forked(twice, "8.19", fork("a", 101, 102))), now: state("x", ""),
			want: forked(twice, "8.19", fork("x", 102, 102)), change: "fork changed: A rule, version 101 -> 102, stack 8.19"},
		{name: "C: no room", locked: ptr(forked(twice, "8.19", fork("a", 102, 102))), now: state("x", ""),
			want: forked(twice, "8.19", fork("a", 102, 102)), err: versions.ErrNoRoom},
		{name: "C: no room, no change", locked: ptr(forked(twice, "8.19", fork("a", 102, 102))), now: state("a", ""),
			want: forked(twice, "8.19", fork("a", 102, 102))},
		{name: "C: no such fork", locked: &twice, now: state("x", "9.2"), want: twice, err: versions.ErrNoFork},
		{name: "a stack that is none", locked: ptr(entry("a", 3, "")), now: state("b", "nine"), want: entry("a", 3, ""), err: errAny},
		{name: "another type", locked: ptr(entry("a", 3, "")), now: versions.State{ID: id, Name: "A rule", Type: "esql", SHA256: "a"},
			want: versions.Entry{Name: "A rule", Type: "esql", SHA256: "a", Version: 3}, change: "relabelled: A rule"},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := files(nil)
			if row.locked != nil {
				f.Lock[id] = *row.locked
			}
			changes, refusals := f.Update([]versions.State{row.now})
			checkChanges(t, changes, row.change)
			checkRefusals(t, refusals, row.err)
			if diff := cmp.Diff(row.want, f.Lock[id]); diff != "" {
				t.Errorf("lock (-want +got)\n%s", diff)
			}
		})
	}
}

var errAny = errors.New("any error")

func ptr[T any](v T) *T { return &v }

func checkChanges(t *testing.T, got []versions.Change, want string) {
	t.Helper()
	switch {
	case want == "" && len(got) > 0:
		t.Errorf("unexpected change: %v", got)
	case want != "" && (len(got) != 1 || got[0].String() != want):
		t.Errorf("changes are %v, want %s", got, want)
	}
}

func checkRefusals(t *testing.T, got []versions.Refusal, want error) {
	t.Helper()
	switch {
	case want == nil && len(got) > 0:
		t.Errorf("unexpected refusal: %v", got)
	case want == nil:
	case len(got) != 1 || !errors.Is(want, errAny) && !errors.Is(got[0].Err, want):
		t.Errorf("refusals are %v, want %v", got, want)
	}
}

func TestVersion(t *testing.T) {
	locked := forked(entry("b", 103, "9.3"), "8.19", fork("a", 3, 102))
	for _, row := range []struct {
		name     string
		hash     string
		minStack string
		want     int
	}{
		{"unchanged", "b", "9.3", 103},
		{"changed", "x", "9.3", 104},
		{"a fork", "x", "9.4", 203},
		{"the older fork", "a", "", 3},
		{"the older fork, changed", "x", "", 4},
	} {
		f := files(versions.Lock{id: locked})
		got, err := f.Version(state(row.hash, row.minStack), "9.4")
		if err != nil || got != row.want {
			t.Errorf("%s: version is %d, %v, want %d", row.name, got, err, row.want)
		}
		if diff := cmp.Diff(versions.Lock{id: locked}, f.Lock); diff != "" {
			t.Errorf("%s: the lock changed\n%s", row.name, diff)
		}
	}
	if got, err := files(nil).Version(state("a", ""), "9.5"); got != 1 || err != nil {
		t.Errorf("a rule that is not locked has version %d, %v, want 1", got, err)
	}
}

// TestVersionOfEmission: a lock may have a version of its own from a release on, which the next release counts on from.
func TestVersionOfEmission(t *testing.T) {
	locked := forked(entry("b", 103, "9.3"), "8.19", fork("a", 3, 102))
	emit := func(version string) any {
		return map[string]any{"version": json.Number(version), "sha256": "y", "transforms": []any{"mitre_attack_v19"}}
	}
	locked.Extra = map[string]any{"stack_emit": map[string]any{"9.5": emit("110"), "9.7": emit("120")}}
	for _, row := range []struct {
		name, hash, minStack, on string
		want                     int
	}{
		{"before the release", "b", "9.3", "9.4.9", 103},
		{"the release", "b", "9.3", "9.5.0", 110},
		{"after it", "b", "9.3", "9.6.2", 110},
		{"the next one", "b", "9.3", "9.7", 120},
		{"changed", "x", "9.3", "9.5", 111},
		{"an older fork has none", "a", "", "9.5", 3},
	} {
		f := files(versions.Lock{id: locked})
		if got, err := f.Version(state(row.hash, row.minStack), row.on); err != nil || got != row.want {
			t.Errorf("%s: version is %d, %v, want %d", row.name, got, err, row.want)
		}
	}
	locked.Extra = map[string]any{"stack_emit": map[string]any{"new": emit("1")}}
	f := files(versions.Lock{id: locked})
	if _, err := f.Version(state("b", "9.3"), "9.5"); err == nil {
		t.Error("a release that is none is accepted")
	}
}

// TestEmission: the versions from a release on go up with those of all others, and with their own content.
func TestEmission(t *testing.T) {
	own := func(hash string) *versions.Emission {
		return &versions.Emission{Stack: "9.5", SHA256: hash, Transforms: []string{"mitre_attack_v19"}}
	}
	for _, row := range []struct {
		name     string
		locked   int // the version of all; 0 for a rule that is not locked
		from     int // the version from 9.5 on; 0 for none
		hash     string
		minStack string
		emission *versions.Emission
		want     int // from 9.5 on; 0 for none
		hashed   string
		change   string
	}{
		{name: "nothing changed", locked: 3, from: 7, hash: "a", want: 7, hashed: "old"},
		{name: "the content changed for all", locked: 3, from: 7, hash: "b", want: 8, hashed: "old", change: "changed: A rule, version 3 -> 4"},
		{name: "a fork jumps", locked: 3, from: 7, hash: "b", minStack: "9.3", want: 107, hashed: "old", change: "forked: A rule, version 3 -> 103, stack 9.3"},
		{name: "its own content is the same", locked: 3, from: 7, hash: "a", emission: own("old"), want: 7, hashed: "old"},
		{name: "its own content changed", locked: 3, from: 7, hash: "a", emission: own("new"), want: 8, hashed: "new",
			change: "changed from a release on: A rule, version 7 -> 8, stack 9.5"},
		{name: "both changed, and it counts once", locked: 3, from: 7, hash: "b", emission: own("new"), want: 8, hashed: "new", change: "changed: A rule, version 3 -> 4"},
		{name: "the first time", locked: 3, hash: "a", emission: own("new"), want: 4, hashed: "new",
			change: "changed from a release on: A rule, version 3 -> 4, stack 9.5"},
		{name: "a new rule", hash: "a", emission: own("new"), want: 1, hashed: "new", change: "added: A rule, version 1"},
		{name: "a new rule without", hash: "a", change: "added: A rule, version 1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := files(nil)
			if row.locked > 0 {
				e := entry("a", row.locked, "")
				if row.from > 0 {
					epoch := map[string]any{"version": json.Number(strconv.Itoa(row.from)), "sha256": "old", "transforms": []any{"mitre_attack_v19"}}
					e.Extra = map[string]any{"stack_emit": map[string]any{"9.5": epoch}}
				}
				f.Lock[id] = e
			}
			now := state(row.hash, row.minStack)
			now.Emission = row.emission
			published, err := f.Version(now, "9.5")
			if err != nil {
				t.Fatal(err)
			}
			changes, refusals := f.Update([]versions.State{now})
			checkChanges(t, changes, row.change)
			checkRefusals(t, refusals, nil)
			epochs, _ := f.Lock[id].Extra["stack_emit"].(map[string]any)
			epoch, _ := epochs["9.5"].(map[string]any)
			got := fmt.Sprintf("%v %v", epoch["version"], epoch["sha256"])
			if want := fmt.Sprintf("%d %s", row.want, row.hashed); row.want > 0 && got != want || row.want == 0 && epoch != nil {
				t.Errorf("from 9.5 on it has %s, want %s", got, want)
			}
			if row.want > 0 && published != row.want {
				t.Errorf("before the lock it is published as %d, after it as %d", published, row.want)
			}
		})
	}
}

func TestDeprecation(t *testing.T) {
	given := versions.Deprecation{Date: "2026/03/01", Reason: "replaced"}
	listed := versions.Deprecation{Date: "2026/03/01", Reason: "replaced", Name: "A rule", Stack: "9.5.0"}
	older := versions.Deprecation{Date: "2026/03/01", Reason: "another", Name: "A rule", Stack: "9.3.0", Extra: map[string]any{"by": "x"}}
	updated := listed
	updated.Stack, updated.Extra = older.Stack, older.Extra
	for _, row := range []struct {
		name       string
		locked     bool
		before     *versions.Deprecation
		now        *versions.Deprecation
		want       *versions.Deprecation
		changes    string
		wantRefuse error
	}{
		{name: "never published", now: &given},
		{name: "newly", locked: true, now: &given, want: &listed, changes: "deprecated: A rule"},
		{name: "again", locked: true, before: &listed, now: &given, want: &listed},
		{name: "another reason keeps the stack", locked: true, before: &older, now: &given, want: &updated, changes: "deprecated: A rule"},
		{name: "without a date", locked: true, now: &versions.Deprecation{}, wantRefuse: versions.ErrNoDate},
		{name: "published again", locked: true, before: &listed, want: &listed, wantRefuse: versions.ErrBack},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := files(nil)
			if row.locked {
				f.Lock[id] = entry("a", 3, "")
			}
			if row.before != nil {
				f.Deprecated[id] = *row.before
			}
			now := state("b", "")
			now.Deprecated = row.now
			changes, refusals := f.Update([]versions.State{now})
			checkChanges(t, changes, row.changes)
			checkRefusals(t, refusals, row.wantRefuse)
			if got, ok := f.Deprecated[id]; ok != (row.want != nil) || ok && !cmp.Equal(got, *row.want) {
				t.Errorf("the entry is %+v, want %+v", got, row.want)
			}
			if row.locked && f.Lock[id].Version != 3 {
				t.Errorf("the locked version became %d", f.Lock[id].Version)
			}
		})
	}
}

// TestUpdateIsIdempotent: a second run changes nothing, whatever the first one found.
func TestUpdateIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := files(nil)
		stacks := rapid.SampledFrom([]string{"", "8.3", "8.19", "9.2", "9.3.0", "9.10"})
		states := func() []versions.State {
			var list []versions.State
			for _, id := range []string{"a", "b", "c"} {
				s := versions.State{ID: id, Name: id, Type: "eql", MinStack: stacks.Draw(t, "stack"), SHA256: rapid.StringMatching(`[ab]`).Draw(t, "hash")}
				if rapid.Bool().Draw(t, "emitted") {
					s.Emission = &versions.Emission{Stack: "9.5", SHA256: rapid.StringMatching(`[cd]`).Draw(t, "emission")}
				}
				if rapid.IntRange(0, 9).Draw(t, "deprecated") == 0 {
					s.Deprecated = &versions.Deprecation{Date: "2026/01/01"}
				}
				list = append(list, s)
			}
			return list
		}
		for range rapid.IntRange(1, 6).Draw(t, "runs") {
			now := states()
			before := maps.Clone(f.Lock)
			f.Update(now)
			for id, e := range before {
				if f.Lock[id].Version < e.Version {
					t.Fatalf("version of %s went from %d down to %d", id, e.Version, f.Lock[id].Version)
				}
			}
			text, err := f.Lock.JSON()
			if err != nil {
				t.Fatal(err)
			}
			if f.Lock, err = versions.ReadLock([]byte(text)); err != nil {
				t.Fatal(err)
			}
			if changes, _ := f.Update(now); len(changes) > 0 {
				t.Fatalf("a second run changes %v", changes)
			}
		}
	})
}
