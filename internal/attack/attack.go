// Package attack knows the tactics and techniques of MITRE ATT&CK: their names, addresses, parents, and what became of
// those that were revoked.
//
// A [Table] is one version of the framework. [Parse] reads its compact text form, which [Table.Text] writes, and
// [FromSTIX] the bundle that MITRE publishes.
package attack

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Kind is what an entry is.
type Kind string

// The kinds.
const (
	Tactic       Kind = "tactic"
	Technique    Kind = "technique"
	Subtechnique Kind = "subtechnique"
)

// Status tells whether an entry is still used.
type Status string

// The statuses.
const (
	Active     Status = "active"
	Revoked    Status = "revoked"
	Deprecated Status = "deprecated"
)

// Entry is a tactic, technique or subtechnique.
type Entry struct {
	ID   string
	Kind Kind
	Name string
	// Tactics are the ids of the tactics that a technique serves, sorted.
	Tactics []string
	Status  Status
	// ReplacedBy is the id that took the place of a revoked one; "" when there is none.
	ReplacedBy string
}

// Parent is the id of the technique that a subtechnique belongs to; "" for all else.
func (e *Entry) Parent() string {
	parent, _, sub := strings.Cut(e.ID, ".")
	if !sub {
		return ""
	}
	return parent
}

// URL is the address of the entry's page, with the slash at its end that Elastic's rules have.
func (e *Entry) URL() string {
	const site = "https://attack.mitre.org/"
	if e.Kind == Tactic {
		return site + "tactics/" + e.ID + "/"
	}
	return site + "techniques/" + strings.ReplaceAll(e.ID, ".", "/") + "/"
}

// Table is one version of the framework. It is immutable and safe for concurrent use.
type Table struct {
	// Version is MITRE's own, such as "18.1".
	Version string
	entries []*Entry
	byID    map[string]*Entry
}

// New makes a table; the entries are sorted by id. Two entries of one id are an error.
func New(version string, entries []*Entry) (*Table, error) {
	t := &Table{Version: version, entries: slices.Clone(entries), byID: map[string]*Entry{}}
	slices.SortFunc(t.entries, func(a, b *Entry) int { return cmp.Compare(a.ID, b.ID) })
	for _, e := range t.entries {
		if t.byID[e.ID] != nil {
			return nil, fmt.Errorf("%s stands in the table twice", e.ID)
		}
		t.byID[e.ID] = e
	}
	return t, nil
}

// Lookup finds an entry by its id, in any case.
func (t *Table) Lookup(id string) (*Entry, bool) {
	e, ok := t.byID[strings.ToUpper(id)]
	return e, ok
}

// Entries are all entries, sorted by id. The caller must not change them.
func (t *Table) Entries() []*Entry { return t.entries }

// Subtechniques are those of a technique that are still used.
func (t *Table) Subtechniques(id string) []*Entry {
	var list []*Entry
	for _, e := range t.entries {
		if e.Parent() == id && e.Status == Active {
			list = append(list, e)
		}
	}
	return list
}

// Search finds the entries in use whose name or id holds a text, in any case; exact names come first.
func (t *Table) Search(text string) []*Entry {
	text = strings.ToLower(text)
	var exact, others []*Entry
	for _, e := range t.entries {
		switch name := strings.ToLower(e.Name); {
		case e.Status != Active:
		case name == text:
			exact = append(exact, e)
		case strings.Contains(name, text) || strings.Contains(strings.ToLower(e.ID), text):
			others = append(others, e)
		}
	}
	return append(exact, others...)
}

// Replacement is the entry in use that took the place of another, through any number of revocations.
func (t *Table) Replacement(e *Entry) (*Entry, bool) {
	for range 10 {
		next, ok := t.byID[e.ReplacedBy]
		if !ok {
			return nil, false
		}
		if next.Status == Active {
			return next, true
		}
		e = next
	}
	return nil, false
}

// Difference counts how entries differ between two versions.
type Difference struct{ New, Gone, Retired, Renamed int }

// Compare tells how a table came from one version to another: entries that are new or gone, that went out of use, and that are
// called otherwise.
func Compare(before, after *Table) Difference {
	var d Difference
	for _, e := range after.entries {
		switch old, ok := before.byID[e.ID]; {
		case !ok:
			d.New++
		case old.Status == Active && e.Status != Active:
			d.Retired++
		case old.Name != e.Name:
			d.Renamed++
		}
	}
	for id := range before.byID {
		if after.byID[id] == nil {
			d.Gone++
		}
	}
	return d
}
