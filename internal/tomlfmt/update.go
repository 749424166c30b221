package tomlfmt

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// Update gives the values of a document in a text that keeps what it can of an older one: its comments, and the
// spelling of every value that is the same in both. A comment whose entry is gone moves to the end of its table. The
// result is formatted.
func Update(old, values *tomltext.Document, kind Kind) (string, error) {
	m := &merge{old: old.Tree, values: values.Tree, target: map[string]*section{}, aligned: map[string][]int{}}
	root := m.sections(read(old), read(values))
	if text, err := m.print(old, values, root, kind); err == nil {
		return text, nil
	}
	// The two spell their tables in ways that do not go together: the comments stand at the start.
	root = read(values)
	root.closing = append(everyComment(read(old)), root.closing...)
	return m.print(old, values, root, kind)
}

// merge takes what an old text says about values into the sections of a new one.
type merge struct {
	old, values map[string]any
	// target are the new sections by their path, with the indices of lists.
	target map[string]*section
	// aligned says for the lists of tables of the old text, by their path in the new one, which item each item became.
	aligned map[string][]int
	// kept are the paths of the values that stay as the old text spells them.
	kept []string
}

func (m *merge) print(old, values *tomltext.Document, root *section, kind Kind) (string, error) {
	p := newPrinter(old.File.Text(), kind)
	if kind == Rule {
		p.sections(arrange(root))
	} else {
		p.sections(root.flat())
	}
	again, problems := tomltext.Parse(source.NewFile(old.File.Name(), p.String()))
	switch {
	case again == nil:
		return "", problems
	case !same(values.Tree, again.Tree):
		return "", ErrChanged
	}
	return Format(again, kind)
}

const separator = "\x00"

func join(path []string) string { return strings.Join(path, separator) }

// sections merges the sections of two texts into those of the second.
func (m *merge) sections(old, values *section) *section {
	c := newCounter()
	for _, s := range values.flat() {
		m.target[join(c.path(s))] = s
	}
	c = newCounter()
	for _, s := range old.flat() {
		from := c.path(s)
		to := m.translate(from)
		if into, ok := m.target[join(to)]; ok && to != nil {
			m.section(into, s, from, to)
			continue
		}
		m.orphan(to, everyComment(&section{leading: s.leading, trailing: s.trailing, opening: s.opening, entries: s.entries, closing: s.closing}))
	}
	return inOrderOf(old, m.dropKept(values))
}

// inOrderOf puts the tables at the top of a text in the order that they have in an older one; new ones stand last.
func inOrderOf(old, root *section) *section {
	before := old.flat()[1:]
	rank := map[string]int{} // below 0, which new ones have
	for i, s := range before {
		if _, ok := rank[s.path[0]]; !ok {
			rank[s.path[0]] = i - len(before)
		}
	}
	all := root.flat()
	slices.SortStableFunc(all[1:], func(a, b *section) int { return rank[a.path[0]] - rank[b.path[0]] })
	for i, s := range all {
		s.next = nil
		if i+1 < len(all) {
			s.next = all[i+1]
		}
	}
	return root
}

// position is the place of an entry's key among those of a section, or beyond all of them.
func position(in *section, e *entry) int {
	if i := slices.IndexFunc(in.entries, func(have *entry) bool { return slices.Equal(have.key, e.key) }); i >= 0 {
		return i
	}
	return len(in.entries)
}

// counter gives sections their paths with the indices of lists: rule, threat, 0, tactic.
type counter struct{ items map[string]int }

func newCounter() *counter { return &counter{map[string]int{}} }

func (c *counter) path(s *section) []string {
	path := []string{}
	for i, name := range s.path {
		path = append(path, name)
		key := join(path)
		if s.array && i == len(s.path)-1 {
			c.items[key]++
		}
		if n := c.items[key]; n > 0 {
			path = append(path, strconv.Itoa(n-1))
		}
	}
	return path
}

// translate gives the path that an old path has in the new text: items of lists may have moved. It is nil where an item
// is gone.
func (m *merge) translate(from []string) []string {
	to := []string{}
	var old, values any = m.old, m.values
	for _, name := range from {
		list, isList := items(old)
		if isList {
			i, _ := strconv.Atoi(name) // the counter made it
			i = m.align(to, list, values)[i]
			if i < 0 {
				return nil
			}
			old, name = child(old, name), strconv.Itoa(i)
		} else {
			old = child(old, name)
		}
		values = child(values, name)
		to = append(to, name)
	}
	return to
}

// align finds the new item of each item of a list: an equal one, or else the one at the same place. It is -1 where there is
// none.
func (m *merge) align(path []string, old []any, values any) []int {
	key := join(path)
	if have, ok := m.aligned[key]; ok {
		return have
	}
	list, _ := items(values)
	found := pair(old, list)
	for i := range found {
		if found[i] < 0 && i < len(list) && !slices.Contains(found, i) {
			found[i] = i
		}
	}
	m.aligned[key] = found
	return found
}

// pair finds an equal item for each item of a list, each once; -1 where there is none.
func pair(old, values []any) []int {
	found := make([]int, len(old))
	taken := make([]bool, len(values))
	for i, a := range old {
		found[i] = -1
		for j, b := range values {
			if !taken[j] && same(a, b) {
				found[i], taken[j] = j, true
				break
			}
		}
	}
	return found
}

// section takes what an old section holds besides values into the new one.
func (m *merge) section(into, old *section, from, to []string) {
	into.leading, into.trailing = old.leading, old.trailing
	into.opening = old.opening
	for _, e := range old.entries {
		m.entry(into, e, append(slices.Clip(from), e.key...), append(slices.Clip(to), e.key...))
	}
	slices.SortStableFunc(into.entries, func(a, b *entry) int { return position(old, a) - position(old, b) })
	into.closing = append(into.closing, old.closing...)
	if len(into.entries) == 0 {
		into.opening, into.closing = nil, append(into.opening, into.closing...)
	}
}

func (m *merge) entry(into *section, old *entry, from, to []string) {
	before, _ := find(m.old, from)
	after, ok := find(m.values, to)
	if ok && same(before, after) && into.path != nil {
		into.entries = slices.DeleteFunc(into.entries, func(e *entry) bool { return startsWith(e.key, old.key) })
		into.entries = append(into.entries, old)
		m.kept = append(m.kept, join(to)+separator)
		return
	}
	i := slices.IndexFunc(into.entries, func(e *entry) bool { return slices.Equal(e.key, old.key) })
	if i < 0 {
		into.closing = append(into.closing, everyComment(&section{entries: []*entry{old}})...)
		return
	}
	e := into.entries[i]
	e.leading, e.trailing, e.blank = old.leading, old.trailing, old.blank
	e.leading = append(slices.Clip(e.leading), mergeList(&e.value, &old.value, before, after)...)
}

// mergeList takes the comments within an old list into a new one. Those of items that are gone stand at its end. It gives
// the comments that have no place in the new value.
func mergeList(into, old *value, before, after any) []comment {
	if !old.commented() {
		return nil
	}
	a, isList := items(before)
	b, bothLists := items(after)
	if !isList || !bothLists || into.kind != array || old.kind != array {
		return old.comments()
	}
	for i, j := range pair(a, b) {
		if j >= 0 {
			into.items[j] = old.items[i]
			continue
		}
		into.closing = append(into.closing, old.items[i].comments()...)
	}
	into.closing = append(into.closing, old.closing...)
	return nil
}

// orphan puts comments whose section is gone at the end of the closest section that is there.
func (m *merge) orphan(path []string, comments []comment) {
	for ; len(path) > 0; path = path[:len(path)-1] {
		if s, ok := m.target[join(path)]; ok {
			s.closing = append(s.closing, comments...)
			return
		}
	}
	root := m.target[""]
	root.closing = append(root.closing, comments...)
}

// dropKept leaves out the sections that only spell a value which stays as an entry of the old text.
func (m *merge) dropKept(root *section) *section {
	c := newCounter()
	last := root
	for _, s := range root.flat() {
		path := join(c.path(s)) + separator
		if s != root && slices.ContainsFunc(m.kept, func(k string) bool { return strings.HasPrefix(path, k) }) {
			continue
		}
		if s != root {
			last.next = s
			last = s
		}
	}
	last.next = nil
	return root
}

func startsWith(path, prefix []string) bool {
	return len(path) >= len(prefix) && slices.Equal(path[:len(prefix)], prefix)
}

// find gives the value at a path of a decoded tree.
func find(tree any, path []string) (any, bool) {
	for _, name := range path {
		tree = child(tree, name)
	}
	return tree, tree != nil
}

// child gives an entry of a table or an item of a list; nil when there is none.
func child(value any, name string) any {
	if table, ok := value.(map[string]any); ok {
		return table[name]
	}
	list, _ := items(value)
	if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(list) {
		return list[i]
	}
	return nil
}

func items(value any) ([]any, bool) {
	switch value := value.(type) {
	case []any:
		return value, true
	case []map[string]any:
		list := make([]any, len(value))
		for i, item := range value {
			list[i] = item
		}
		return list, true
	}
	return nil, false
}

// everyComment gives all comments of a section and of those after it, each as one on a line of its own.
func everyComment(s *section) []comment {
	var all []comment
	for _, s := range s.flat() {
		all = append(all, s.leading...)
		all = appendText(all, s.trailing)
		all = append(all, s.opening...)
		for _, e := range s.entries {
			all = append(all, e.comments()...)
		}
		all = append(all, s.closing...)
	}
	return all
}

func (e *entry) comments() []comment {
	all := append(slices.Clone(e.leading), e.value.comments()...)
	return appendText(all, e.trailing)
}

func (v *value) comments() []comment {
	var all []comment
	for _, i := range v.items {
		all = append(all, i.comments()...)
	}
	return append(all, v.closing...)
}

func appendText(all []comment, text string) []comment {
	if text == "" {
		return all
	}
	return append(all, comment{text: text})
}
