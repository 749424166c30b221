package page

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// collapse puts a text on one line: each run of white space and control characters becomes one space.
func collapse(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// plain puts a text on one line and escapes what Markdown would take for markup, so that a reader sees the text as it is.
// It escapes no more than that: `logs-*` and `user_name` hold no markup, and searching the file for them finds them.
func plain(text string) string {
	text = collapse(text)
	var b strings.Builder
	for i, r := range text {
		if isMarkup(text, i, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return escapeStart(b.String())
}

// isMarkup tells whether the character at a place of a line could be markup.
func isMarkup(line string, at int, r rune) bool {
	rest := line[at+utf8.RuneLen(max(r, 0)):]
	switch r {
	case '`', '[', ']', '<', '|':
		return true
	case '*', '~':
		// Emphasis takes two.
		return strings.Count(line, string(r)) > 1
	case '_':
		// So does this one, and within a word it is a character like others.
		before, _ := utf8.DecodeLastRuneInString(line[:at])
		after, _ := utf8.DecodeRuneInString(rest)
		return strings.Count(line, "_") > 1 && (!isWordRune(before) || !isWordRune(after))
	case '\\':
		return rest == "" || isPunctuation(rest[0])
	case '&':
		return isEntity(rest)
	}
	return false
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// isPunctuation tells whether a backslash before this byte would be an escape.
func isPunctuation(c byte) bool {
	return c > ' ' && c < 0x7f && !isWordRune(rune(c))
}

// isEntity tells whether what follows an ampersand makes it a character reference such as &amp; or &#33;.
func isEntity(rest string) bool {
	name, _, found := strings.Cut(rest, ";")
	name = strings.TrimPrefix(name, "#")
	return found && name != "" && strings.IndexFunc(name, func(r rune) bool { return !isWordRune(r) }) < 0
}

// escapeStart escapes what is markup only at the start of a line: headings, quotes, lists, rules, fences.
func escapeStart(line string) string {
	if line == "" {
		return ""
	}
	mark := line[0]
	rest := strings.TrimLeft(line, string(mark))
	switch mark {
	case '>':
		return `\` + line
	case '#', '-', '+', '*', '~':
		// A mark stands alone before a space; a rule or a fence is a run of marks.
		if run := len(line) - len(rest); rest == "" || rest[0] == ' ' || run > 2 {
			return `\` + line
		}
	}
	digits := len(line) - len(strings.TrimLeft(line, "0123456789"))
	if _, ok := afterMarker(line); ok && digits > 0 {
		return line[:digits] + `\` + line[digits:]
	}
	return line
}

// plainEach escapes each text and leaves out the empty ones.
func plainEach(texts []string) []string { return each(texts, plain) }

// codeEach makes each text a code span and leaves out the empty ones.
func codeEach(texts []string) []string { return each(texts, code) }

func each(texts []string, write func(string) string) []string {
	var out []string
	for _, text := range texts {
		if written := write(text); written != "" {
			out = append(out, written)
		}
	}
	return out
}

// code makes a text a code span on one line; an empty text stays empty.
func code(text string) string {
	text = collapse(text)
	if text == "" {
		return ""
	}
	longest := longestRun(text, '`')
	if longest > 0 {
		text = " " + text + " "
	}
	fence := strings.Repeat("`", longest+1)
	return fence + text + fence
}

// longestRun is the length of the longest run of a character.
func longestRun(text string, c byte) int {
	longest, run := 0, 0
	for i := range len(text) {
		if text[i] != c {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// fenced puts a text into a code block, as it is but for blank lines around it and white space at its end; "" without text.
// The fence is longer than any run of backticks in the text.
func fenced(language, text string) string {
	text = strings.TrimRightFunc(strings.ReplaceAll(text, "\r\n", "\n"), unicode.IsSpace)
	for {
		line, rest, found := strings.Cut(text, "\n")
		if !found || strings.TrimSpace(line) != "" {
			break
		}
		text = rest
	}
	if text == "" {
		return ""
	}
	fence := strings.Repeat("`", max(3, longestRun(text, '`')+1))
	return fence + language + "\n" + text + "\n" + fence
}

// fencedJSON shows open tables, such as filters, as JSON.
func fencedJSON(tables []map[string]any) string {
	if len(tables) == 0 {
		return ""
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(tables); err != nil {
		// The model holds only what JSON can hold.
		return ""
	}
	return fenced("json", b.String())
}

// bullets makes a list of texts; "" without texts.
func bullets(texts []string) string {
	var lines []string
	for _, text := range texts {
		lines = append(lines, "* "+text)
	}
	return strings.Join(lines, "\n")
}

// references makes links of addresses; what is no web address stays plain text.
func references(texts []string) []string {
	return each(texts, func(text string) string { return link(text, text) })
}

// link makes a link that shows a text; when the address is not one of the web, only the text.
func link(text, address string) string {
	address = strings.TrimSpace(address)
	web := strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://")
	if !web || address != collapse(address) || strings.Contains(address, " ") {
		return plain(text)
	}
	return "[" + plain(text) + "](" + destination(address) + ")"
}

// destination writes an address so that neither it nor the link ends early.
func destination(address string) string {
	escapes := []string{"<", "%3C", ">", "%3E", `\`, "%5C", "*", "%2A", "|", "%7C", "`", "%60"}
	if !balanced(address) {
		escapes = append(escapes, "(", "%28", ")", "%29")
	}
	return strings.NewReplacer(escapes...).Replace(address)
}

// balanced tells whether every parenthesis has its counterpart.
func balanced(text string) bool {
	depth := 0
	for _, r := range text {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth < 0 {
			return false
		}
	}
	return depth == 0
}
