package tomlfmt

import (
	"strings"
	"unicode/utf8"
)

const (
	indent = 4
	// width is the number of columns that a list with tables or lists in it may take on one line.
	width = 120
	// textsWidth bounds a list of strings on one line: their characters, and three more for each.
	textsWidth = 100
)

// printer writes sections.
type printer struct {
	strings.Builder
	kind Kind
	eol  string
}

// newPrinter makes a printer that ends its lines as the first line of a text ends.
func newPrinter(text string, kind Kind) *printer {
	p := &printer{kind: kind, eol: "\n"}
	if i := strings.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		p.eol = "\r\n"
	}
	p.Grow(len(text) + len(text)/16)
	return p
}

func (p *printer) line(parts ...string) {
	for _, part := range parts {
		p.WriteString(part)
	}
	p.WriteString(p.eol)
}

func (p *printer) sections(all []*section) {
	for _, s := range all {
		if s.path != nil {
			if p.Len() > 0 {
				p.line()
			}
			p.header(s)
		}
		p.body(s)
	}
}

func (p *printer) header(s *section) {
	for _, c := range s.leading {
		p.line(c.text)
	}
	open, end := "[", "]"
	if s.array {
		open, end = "[[", "]]"
	}
	p.line(open, Key(s.path...), end, before(s.trailing))
}

// before puts a space before the comment at the end of a line.
func before(trailing string) string {
	if trailing == "" {
		return ""
	}
	return " " + trailing
}

// body prints what stands below a header.
func (p *printer) body(s *section) {
	top := p.Len()
	p.comments(s.opening, true)
	if len(s.opening) > 0 {
		p.line()
	}
	ordered := p.kind == Rule && s.path != nil
	for i, e := range s.entries {
		if ordered {
			p.tighten(s, e)
		}
		p.comments(e.leading, i == 0)
		if e.blank && i+len(e.leading) > 0 {
			p.line()
		}
		name := Key(e.key...)
		col := utf8.RuneCountInString(name) + len(" = ")
		p.line(name, " = ", p.value(&e.value, p.style(s.path, e.key), col, ""), before(e.trailing))
	}
	p.comments(s.closing, p.Len() == top)
}

// tighten sets the empty lines of an entry in a rule: one before a query, no others.
func (p *printer) tighten(s *section, e *entry) {
	apart := queryRank(s.path, e.key) > 0
	for i := range e.leading {
		e.leading[i].blank = i == 0 && apart
	}
	e.blank = apart && len(e.leading) == 0
}

// comments prints comments, each on its line. No empty line comes before the first where that is the first of all.
func (p *printer) comments(all []comment, first bool) {
	for i, c := range all {
		if c.blank && (!first || i > 0) {
			p.line()
		}
		p.line(c.text)
	}
}

// value gives a value as it stands after col columns in a line that begins with some white space.
func (p *printer) value(v *value, style style, col int, margin string) string {
	switch v.kind {
	case text:
		return p.text(v, style)
	case array:
		if !v.mustBreak(style) {
			if one := p.inline(v, margin); v.fits(one, col) {
				return one
			}
		}
		return p.broken(v, "[", "]", margin)
	case table:
		if v.broken || v.commented() {
			return p.broken(v, "{", "}", margin)
		}
		return p.inline(v, margin)
	}
	return v.raw
}

// mustBreak tells whether an array stands on several lines whatever its width.
func (v *value) mustBreak(style style) bool {
	switch {
	case style == oneALine && len(v.items) > 1:
		return true
	case v.broken && !v.flat():
		return len(v.items) > 0
	}
	return v.commented()
}

// flat tells whether an array holds neither arrays nor tables.
func (v *value) flat() bool {
	for _, i := range v.items {
		if i.value.kind == array || i.value.kind == table {
			return false
		}
	}
	return true
}

// anywhere is the column of a value inside an inline table, which no line break would make shorter.
const anywhere = -1 << 30

// fits tells whether an array can stand on one line.
func (v *value) fits(one string, col int) bool {
	switch {
	case strings.Contains(one, "\n"):
		return false
	case col < 0:
		return true
	}
	sum := 0
	for _, i := range v.items {
		if i.value.kind != text {
			return col+utf8.RuneCountInString(one) <= width
		}
		sum += utf8.RuneCountInString(i.value.text) + 3
	}
	return sum <= textsWidth
}

// inline gives an array or a table on one line.
func (p *printer) inline(v *value, margin string) string {
	var b strings.Builder
	for i, e := range v.items {
		if i > 0 {
			b.WriteString(", ")
		}
		if v.kind == table {
			b.WriteString(Key(e.key...) + " = ")
		}
		b.WriteString(p.value(&e.value, plain, anywhere, margin))
	}
	switch {
	case v.kind == array:
		return "[" + b.String() + "]"
	case b.Len() == 0:
		return "{}"
	}
	return "{ " + b.String() + " }"
}

// broken gives an array or a table with each item on a line of its own.
func (p *printer) broken(v *value, open, end, margin string) string {
	inner := &printer{kind: p.kind, eol: p.eol}
	deeper := margin + strings.Repeat(" ", indent)
	inner.line(open)
	for i, e := range v.items {
		inner.indented(e.leading, deeper, i == 0)
		if e.blank && i+len(e.leading) > 0 {
			inner.line()
		}
		name, comma := "", ","
		if v.kind == table {
			name = Key(e.key...) + " = "
			if i == len(v.items)-1 {
				comma = ""
			}
		}
		col := len(deeper) + utf8.RuneCountInString(name) + len(comma)
		inner.line(deeper, name, p.value(&e.value, plain, col, deeper), comma, before(e.trailing))
	}
	inner.indented(v.closing, deeper, len(v.items) == 0)
	return inner.String() + margin + end
}

func (p *printer) indented(all []comment, margin string, first bool) {
	for i, c := range all {
		if c.blank && (!first || i > 0) {
			p.line()
		}
		p.line(margin, c.text)
	}
}
