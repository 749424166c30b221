package tomlfmt

import (
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// reader walks over a text that is known to be TOML. Strings, numbers and dates it takes from the document's
// nodes, in the order of the text; what lies between them is simple.
type reader struct {
	text   string
	pos    int
	leaves []*tomltext.Node

	// pending are the comments since the last entry or header, blank whether an empty line came after all of that.
	pending []comment
	blank   bool
}

// read gives the root section; the others follow it.
func read(doc *tomltext.Document) *section {
	r := &reader{text: doc.File.Text(), leaves: leaves(doc.Root)}
	r.text = strings.TrimRight(r.text, " \t\r\n")
	r.skip("\ufeff")
	root := &section{}
	current := root
	for r.lines(); r.pos < len(r.text); r.lines() {
		if r.text[r.pos] == '[' {
			current.next = r.header(current)
			current = current.next
			continue
		}
		current.entries = append(current.entries, r.entry(current))
	}
	current.closing = r.take()
	return root
}

// leaves gives the strings and other scalars of a document in the order of the text.
func leaves(root *tomltext.Node) []*tomltext.Node {
	var all []*tomltext.Node
	var walk func(*tomltext.Node)
	walk = func(n *tomltext.Node) {
		if n.Kind != tomltext.Table && n.Kind != tomltext.Array {
			all = append(all, n)
		}
		for _, child := range n.Children {
			walk(child)
		}
	}
	walk(root)
	slices.SortFunc(all, func(a, b *tomltext.Node) int { return a.Value.Start - b.Value.Start })
	return all
}

// lines reads empty lines and comments up to the next entry or header.
func (r *reader) lines() {
	for r.pos < len(r.text) {
		switch r.text[r.pos] {
		case ' ', '\t', '\r':
			r.pos++
		case '\n':
			r.pos++
			r.blank = true
		case '#':
			r.pending = append(r.pending, comment{r.comment(), r.blank})
			r.blank = false
			r.skip("\r")
			r.skip("\n")
		default:
			return
		}
	}
}

// comment reads to the end of the line.
func (r *reader) comment() string {
	start := r.pos
	if i := strings.IndexByte(r.text[start:], '\n'); i >= 0 {
		r.pos += i
	} else {
		r.pos = len(r.text)
	}
	return strings.TrimRight(r.text[start:r.pos], " \t\r")
}

func (r *reader) skip(s string) bool {
	if strings.HasPrefix(r.text[r.pos:], s) {
		r.pos += len(s)
		return true
	}
	return false
}

func (r *reader) blanks() {
	for r.pos < len(r.text) && (r.text[r.pos] == ' ' || r.text[r.pos] == '\t') {
		r.pos++
	}
}

// take gives the pending comments and forgets them.
func (r *reader) take() []comment {
	taken := r.pending
	r.pending = nil
	return taken
}

// split gives the pending comments in two parts: those that an empty line parts from what follows, and the others.
func (r *reader) split() (apart, at []comment) {
	all := r.take()
	n := len(all)
	if !r.blank {
		for n--; n > 0 && !all[n].blank; n-- {
		}
		n = max(n, 0)
	}
	return all[:n:n], all[n:]
}

// header reads [a.b] or [[a.b]]. Comments before it belong to it where no empty line parts them.
func (r *reader) header(before *section) *section {
	s := &section{}
	before.closing, s.leading = r.split()
	if before.path == nil && len(before.entries) == 0 && len(before.closing) == 0 {
		before.closing, s.leading = directives(s.leading)
	}
	r.pos++
	s.array = r.skip("[")
	s.path = r.key()
	r.skip("]")
	if s.array {
		r.skip("]")
	}
	s.trailing = r.endOfLine()
	return s
}

// directives parts the comments at the start of a file that speak to an editor, such as #:schema, from the others:
// they only work at the start.
func directives(comments []comment) (first, rest []comment) {
	n := 0
	for n < len(comments) && strings.HasPrefix(comments[n].text, "#:") {
		n++
	}
	return comments[:n:n], comments[n:]
}

// entry reads a key and its value.
func (r *reader) entry(s *section) *entry {
	e := &entry{blank: r.blank}
	if len(s.entries) == 0 {
		s.opening, e.leading = r.split()
		e.blank = false
	} else {
		e.leading = r.take()
	}
	e.key = r.key()
	r.skip("=")
	r.blanks()
	e.value = r.value()
	e.trailing = r.endOfLine()
	return e
}

// endOfLine reads what follows on the line: at most a comment.
func (r *reader) endOfLine() string {
	text := ""
	r.blanks()
	if r.pos < len(r.text) && r.text[r.pos] == '#' {
		text = r.comment()
	}
	r.skip("\r")
	r.skip("\n")
	r.blank = false
	return text
}

// key reads a dotted key, and the blanks around it.
func (r *reader) key() []string {
	var parts []string
	for {
		r.blanks()
		parts = append(parts, r.keyPart())
		r.blanks()
		if !r.skip(".") {
			return parts
		}
	}
}

func (r *reader) keyPart() string {
	start := r.pos
	switch quote := r.text[r.pos]; quote {
	case '"':
		for r.pos++; r.text[r.pos] != '"'; r.pos++ {
			if r.text[r.pos] == '\\' {
				r.pos++
			}
		}
		r.pos++
		return tomltext.Unquote(r.text[start:r.pos])
	case '\'':
		r.pos += 2 + strings.IndexByte(r.text[r.pos+1:], '\'')
		return r.text[start+1 : r.pos-1]
	}
	for r.pos < len(r.text) && isBare(r.text[r.pos]) {
		r.pos++
	}
	return r.text[start:r.pos]
}

func isBare(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}

func (r *reader) value() value {
	switch r.text[r.pos] {
	case '[':
		return r.list(array, "]")
	case '{':
		return r.list(table, "}")
	}
	leaf := r.leaves[0]
	r.leaves = r.leaves[1:]
	v := value{raw: r.text[leaf.Value.Start:leaf.Value.End]}
	if leaf.Kind == tomltext.String {
		v.kind, v.text = text, leaf.Text()
	}
	r.pos = leaf.Value.End
	return v
}

// list reads an array or an inline table.
func (r *reader) list(kind valueKind, closing string) value {
	outer := r.take()
	defer func() { r.pending = outer }()
	v := value{kind: kind}
	for r.pos++; ; r.skip(",") {
		v.broken = r.gap(v.items) || v.broken
		if r.skip(closing) {
			v.closing = r.take()
			return v
		}
		i := &entry{leading: r.take(), blank: r.blank}
		if kind == table {
			i.key = r.key()
			r.skip("=")
			r.blanks()
		}
		i.value = r.value()
		v.items = append(v.items, i)
		v.broken = r.gap(v.items) || v.broken
	}
}

// gap reads white space and comments between items and tells whether a line ended. A comment on the line of the
// last item is that item's.
func (r *reader) gap(items []*entry) (broken bool) {
	r.blanks()
	if r.pos < len(r.text) && r.text[r.pos] == '#' {
		text, last := r.comment(), len(items)-1
		if last >= 0 && items[last].trailing == "" && len(r.pending) == 0 {
			items[last].trailing = text
		} else {
			r.pending = append(r.pending, comment{text: text})
		}
	}
	start := r.pos
	r.skip("\r")
	r.skip("\n")
	r.blank = false
	r.lines()
	return r.pos > start && strings.Contains(r.text[start:r.pos], "\n")
}
