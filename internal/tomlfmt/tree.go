package tomlfmt

import (
	"slices"
	"strings"
)

// section is a header with the entries below it; the root section has no header.
type section struct {
	path    []string
	array   bool
	leading []comment
	// trailing is the comment on the header's line.
	trailing string
	// opening are comments between the header and a blank line before the first entry.
	opening []comment
	entries []*entry
	// closing are comments after the last entry that do not stand at the next header.
	closing []comment
	// next is the section after this one in the text.
	next *section
}

// comment is a comment on a line of its own.
type comment struct {
	text string
	// blank says that an empty line stands before it.
	blank bool
}

// entry is a key and its value.
type entry struct {
	key      []string
	value    value
	leading  []comment
	trailing string
	blank    bool
}

// value is a string, another scalar, an array or an inline table, as it is written.
type value struct {
	kind valueKind
	// raw is what a scalar or a string is written as; text is what the string means.
	raw, text string
	// items are the values of an array, without keys, or the entries of an inline table.
	items []*entry
	// closing are comments before the closing bracket.
	closing []comment
	// broken says that the array or table stands on several lines.
	broken bool
}

type valueKind uint8

const (
	scalar valueKind = iota
	text
	array
	table
)

// flat gives a section and all after it.
func (s *section) flat() []*section {
	var all []*section
	for ; s != nil; s = s.next {
		all = append(all, s)
	}
	return all
}

// commented tells whether a comment stands somewhere inside a value.
func (v *value) commented() bool {
	if len(v.closing) > 0 {
		return true
	}
	return slices.ContainsFunc(v.items, func(i *entry) bool {
		return len(i.leading) > 0 || i.trailing != "" || i.value.commented()
	})
}

// group is all sections of one name below another: one table, or the items of an array of tables.
type group struct {
	name  string
	array bool
	items []*branch
}

// branch is a section with those below it; the section is nil when only the headers of others imply it.
type branch struct {
	section *section
	groups  []*group
}

func (b *branch) group(name string) *group {
	for _, g := range b.groups {
		if g.name == name {
			return g
		}
	}
	g := &group{name: name}
	b.groups = append(b.groups, g)
	return g
}

// last is the branch of a name that a header below it belongs to.
func (b *branch) last(name string) *branch {
	g := b.group(name)
	if len(g.items) == 0 {
		g.items = append(g.items, &branch{})
	}
	return g.items[len(g.items)-1]
}

// plant adds a section where its path leads.
func (b *branch) plant(s *section) {
	last := len(s.path) - 1
	for _, name := range s.path[:last] {
		b = b.last(name)
	}
	g := b.group(s.path[last])
	g.array = s.array
	if !s.array && len(g.items) == 1 && g.items[0].section == nil {
		g.items[0].section = s
		return
	}
	g.items = append(g.items, &branch{section: s})
}

// arrange gives the sections of a rule in their order, each with its entries in theirs.
func arrange(root *section) []*section {
	top := &branch{section: root}
	for s := root.next; s != nil; s = s.next {
		top.plant(s)
	}
	slices.SortStableFunc(top.groups, func(a, b *group) int { return topRank(a.name) - topRank(b.name) })
	var all []*section
	top.collect(&all)
	for _, s := range all[1:] { // the root's entries belong to no table of a rule
		slices.SortStableFunc(s.entries, func(a, b *entry) int { return compareEntries(s, a, b) })
	}
	return all
}

func topRank(name string) int {
	if i := slices.Index([]string{"metadata", "rule", "transform"}, name); i >= 0 {
		return i
	}
	return 3
}

// collect gives a branch's section and then those below: arrays of tables first, because a table that follows them
// would look like a part of their last item.
func (b *branch) collect(all *[]*section) {
	if b.section != nil {
		*all = append(*all, b.section)
	}
	for _, g := range b.groups {
		for _, item := range g.items {
			slices.SortStableFunc(item.groups, compareGroups)
			item.collect(all)
		}
	}
}

func compareGroups(a, b *group) int {
	if a.array != b.array {
		if a.array {
			return -1
		}
		return 1
	}
	return strings.Compare(a.name, b.name)
}

// compareEntries orders by key, with two exceptions: the queries of a rule stand last, the label of a part of the
// guide first.
func compareEntries(s *section, a, b *entry) int {
	if x, y := entryRank(s.path, a.key), entryRank(s.path, b.key); x != y {
		return x - y
	}
	return slices.Compare(a.key, b.key)
}

func entryRank(path, key []string) int {
	if path[0] == "transform" && len(key) == 1 && key[0] == "label" {
		return -1
	}
	return queryRank(path, key)
}

// queryRank is 1 and 2 for the queries of a rule, and 0 for everything else.
func queryRank(path, key []string) int {
	if len(path) != 1 || path[0] != "rule" || len(key) != 1 {
		return 0
	}
	return slices.Index([]string{"query", "threat_query"}, key[0]) + 1
}
