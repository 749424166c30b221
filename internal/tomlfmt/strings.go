package tomlfmt

import (
	"fmt"
	"strings"
)

// style is how the value of a rule's field is written.
type style uint8

const (
	plain style = iota
	// query begins on the line after three single quotes, in which nothing needs an escape.
	query
	// block begins on the line after three double quotes.
	block
	// prose begins right after three double quotes.
	prose
	// oneALine is a list with one item a line, however short.
	oneALine
)

// style gives the style of an entry of a section.
func (p *printer) style(path, key []string) style {
	if p.kind != Rule || len(path) != 1 || path[0] != "rule" || len(key) != 1 {
		return plain
	}
	switch key[0] {
	case "query", "threat_query":
		return query
	case "description":
		return block
	case "note", "setup":
		return prose
	case "tags":
		return oneALine
	}
	return plain
}

const (
	literal3 = "'''"
	basic3   = `"""`
)

// text gives a string. One of several lines is written as its style says, one of a single line between single
// quotation marks; what an author joined with backslashes at the ends of lines stays as it is.
func (p *printer) text(v *value, style style) string {
	long := strings.HasPrefix(v.raw, literal3) || strings.HasPrefix(v.raw, basic3)
	switch {
	case v.joined():
		return v.raw
	case !strings.Contains(v.text, "\n"):
		if long || v.raw[0] == '\'' {
			return short(v.text, v.raw)
		}
		return v.raw
	case style == query:
		return p.query(v)
	case style == block:
		return p.guide(v, p.eol)
	case style == prose:
		return p.guide(v, "")
	}
	return v.raw
}

// joined tells whether a backslash at the end of a line stands in a string.
func (v *value) joined() bool {
	if !strings.HasPrefix(v.raw, basic3) {
		return false
	}
	for rest := v.raw; ; {
		i := strings.IndexByte(rest, '\\')
		if i < 0 {
			return false
		}
		rest = rest[i+1:]
		if strings.HasPrefix(strings.TrimLeft(rest, " \t\r"), "\n") {
			return true
		}
		rest = rest[1:]
	}
}

// short writes a string of one line between single quotation marks where it needs no escapes, or gives what was there.
func short(text, raw string) string {
	switch {
	case hasControl(text, "\t"):
		return raw
	case !strings.ContainsAny(text, `"\`):
		return `"` + text + `"`
	case !strings.Contains(text, "'"):
		return "'" + text + "'"
	}
	return raw
}

// query writes a string of several lines.
func (p *printer) query(v *value) string {
	switch {
	case strings.HasPrefix(v.raw, literal3):
		return literal3 + p.eol + trimBreak(v.raw[3:])
	case literal(v.text):
		return literal3 + p.eol + v.text + literal3
	case strings.HasPrefix(v.raw, basic3):
		return basic3 + p.eol + trimBreak(v.raw[3:])
	}
	return basic3 + p.eol + escape(v.text) + basic3
}

// guide writes a string of several lines that begins after a line break or none.
func (p *printer) guide(v *value, first string) string {
	if strings.HasPrefix(v.text, "\n") || strings.HasPrefix(v.text, "\r\n") {
		first = p.eol // the first one does not count
	}
	body := escape(v.text)
	switch {
	case strings.HasPrefix(v.raw, basic3):
		return basic3 + first + trimBreak(v.raw[3:])
	case strings.HasPrefix(v.raw, literal3) && body != v.text:
		return literal3 + first + trimBreak(v.raw[3:])
	}
	return basic3 + first + body + basic3
}

// trimBreak takes away the line break after the opening quotes, which is not part of the string.
func trimBreak(body string) string {
	if rest, ok := strings.CutPrefix(body, "\r\n"); ok {
		return rest
	}
	return strings.TrimPrefix(body, "\n")
}

// literal tells whether a text can stand between three single quotes.
func literal(text string) bool {
	return !strings.Contains(text, literal3) && !strings.HasSuffix(text, "'") && !hasControl(text, "\n\t")
}

// hasControl tells whether a text has control characters besides some.
func hasControl(text, except string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return (r < ' ' || r == 0x7f) && !strings.ContainsRune(except, r) })
}

// The escapes of a string of several lines, of one on one line, and of a key.
var (
	escapes3 = strings.NewReplacer(`\`, `\\`, basic3, `""\"`)
	escapes1 = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\r", `\r`)
	escapesK = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
)

// escape writes a text for between three double quotes.
func escape(text string) string {
	out := text
	if strings.ContainsAny(text, `\"`) {
		out = escapes3.Replace(text)
	}
	out = escapeControls(out, "\n\t")
	if body, ok := strings.CutSuffix(out, `"`); ok && !escaped(body) {
		return body + `\"`
	}
	return out
}

// escaped tells whether a text ends in a backslash that escapes what follows.
func escaped(text string) bool {
	return (len(text)-len(strings.TrimRight(text, `\`)))%2 == 1
}

// escapeControls writes control characters, except some, as escapes.
func escapeControls(text, except string) string {
	if !hasControl(text, except) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if (r < ' ' || r == 0x7f) && !strings.ContainsRune(except, r) {
			fmt.Fprintf(&b, `\u%04X`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Text writes a string as a TOML value on one line.
func Text(text string) string {
	if s := short(text, ""); s != "" {
		return s
	}
	return `"` + escapeControls(escapes1.Replace(text), "") + `"`
}

// Key writes a dotted key of its parts; a part is quoted where it must be.
func Key(parts ...string) string {
	quoted := make([]string, len(parts))
	for i, part := range parts {
		quoted[i] = part
		if part == "" || strings.ContainsFunc(part, func(r rune) bool { return r > 0x7f || !isBare(byte(r)) }) {
			quoted[i] = quoteKey(part)
		}
	}
	return strings.Join(quoted, ".")
}

// quoteKey prefers double quotes, because a reader looks for field names in them.
func quoteKey(part string) string {
	return `"` + escapeControls(escapesK.Replace(part), "\t") + `"`
}
