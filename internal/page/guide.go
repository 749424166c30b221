package page

import (
	"strings"

	"github.com/tocsin-rules/tocsin/internal/rule"
)

// topOfGuide is the level of the highest heading in a text of the rule: the page's sections have level 2.
const topOfGuide = 3

// guide takes Markdown of the rule into the page. It keeps the text but for this: line breaks are "\n", blank lines around
// it go, headings move down so that the highest has level 3 (none below 6; those without text go), a code fence that stays
// open is closed, and $osquery_0 and its like show what they stand for.
func guide(text string, transform *rule.Transform) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	lines := readMarkdown(strings.Split(text, "\n"))
	shift := max(topOfGuide-highest(lines), 0)
	var out []string
	for _, line := range lines {
		switch {
		case line.level == 0:
			out = append(out, line.text)
		case line.text != "":
			out = append(out, strings.Repeat("#", min(line.level+shift, 6))+" "+line.text)
		}
	}
	return plugins(trimBlank(out), transform)
}

// trimBlank joins lines and leaves out blank ones at the ends.
func trimBlank(lines []string) string {
	for len(lines) > 0 && isBlank(lines[0]) {
		lines = lines[1:]
	}
	for len(lines) > 0 && isBlank(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1]
	}
	return strings.Join(lines, "\n")
}

// withoutTitle drops the heading that a text begins with when it only repeats the section's.
func withoutTitle(text, name string) string {
	first, rest, _ := strings.Cut(strings.TrimLeft(text, "\r\n"), "\n")
	if _, title, ok := heading(first); ok && strings.EqualFold(title, name) {
		return rest
	}
	return text
}

// markdownLine is a line; a heading has its level, and its text without the marks.
type markdownLine struct {
	level int
	text  string
}

// highest is the smallest level of the headings that have a text.
func highest(lines []markdownLine) int {
	top := topOfGuide
	for _, line := range lines {
		if line.level > 0 && line.text != "" {
			top = min(top, line.level)
		}
	}
	return top
}

// markdownReader goes through a text line by line.
type markdownReader struct {
	lines []markdownLine
	// fence is the line that would close the code block we are in; "" outside of one.
	fence string
	// paragraph is where the paragraph we are in begins, or -1.
	paragraph int
}

// readMarkdown finds the headings of a text, of both kinds: marked with # and underlined. Code blocks hold none; one that
// stays open is closed. Headings within quotes and lists are text.
func readMarkdown(lines []string) []markdownLine {
	r := markdownReader{paragraph: -1}
	for _, line := range lines {
		r.read(line)
	}
	if r.fence == "" {
		return r.lines
	}
	for isBlank(r.lines[len(r.lines)-1].text) {
		r.lines = r.lines[:len(r.lines)-1]
	}
	r.put(0, r.fence)
	return r.lines
}

func (r *markdownReader) put(level int, text string) {
	r.lines = append(r.lines, markdownLine{level, text})
}

func (r *markdownReader) read(line string) {
	if r.fence != "" {
		r.put(0, line)
		if closesFence(line, r.fence) {
			r.fence = ""
		}
		return
	}
	if level, text, ok := heading(line); ok {
		r.put(level, text)
		r.paragraph = -1
		return
	}
	if level := underline(line); level > 0 && r.paragraph >= 0 {
		r.underlined(level)
		return
	}
	r.fence = opensFence(line)
	switch {
	case isBlank(line) || r.fence != "":
		r.paragraph = -1
	case r.paragraph < 0 && r.afterBlock() && beginsParagraph(line):
		r.paragraph = len(r.lines)
	}
	r.put(0, line)
}

// underlined makes a heading of the paragraph that we are in.
func (r *markdownReader) underlined(level int) {
	var words []string
	for _, line := range r.lines[r.paragraph:] {
		words = append(words, strings.TrimSpace(line.text))
	}
	r.lines = r.lines[:r.paragraph]
	r.put(level, strings.Join(words, " "))
	r.paragraph = -1
}

// afterBlock tells whether the next line begins a block: it does not go on with a list item or a quote.
func (r *markdownReader) afterBlock() bool {
	if len(r.lines) == 0 {
		return true
	}
	last := r.lines[len(r.lines)-1]
	return last.level > 0 || isBlank(last.text)
}

func isBlank(line string) bool { return strings.TrimSpace(line) == "" }

// indent is the number of columns before the text of a line.
func indent(line string) int {
	n := 0
	for _, c := range []byte(line) {
		switch c {
		case ' ':
			n++
		case '\t':
			n += 4 - n%4
		default:
			return n
		}
	}
	return n
}

// heading reads a line such as "## Text ##".
func heading(line string) (level int, text string, ok bool) {
	body := strings.TrimSpace(line)
	level = len(body) - len(strings.TrimLeft(body, "#"))
	rest := body[level:]
	if indent(line) > 3 || level == 0 || level > 6 || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
		return 0, "", false
	}
	open := strings.TrimRight(rest, "#")
	if open == "" || strings.TrimRight(open, " \t") != open {
		rest = open
	}
	return level, strings.TrimSpace(rest), true
}

// underline gives the level of the heading that a line below a paragraph makes: 1 for ===, 2 for ---, else 0.
func underline(line string) int {
	body := strings.TrimSpace(line)
	switch {
	case indent(line) > 3 || body == "":
		return 0
	case strings.Trim(body, "=") == "":
		return 1
	case strings.Trim(body, "-") == "":
		return 2
	}
	return 0
}

// beginsParagraph tells whether a line is the first of a paragraph on the top level, for all we can see: no list, quote,
// table, HTML or indented text.
func beginsParagraph(line string) bool {
	if indent(line) > 0 || strings.ContainsRune(">|<", rune(line[0])) {
		return false
	}
	_, isItem := afterMarker(line)
	return !isItem
}

// afterMarker gives what follows the marker of a list item.
func afterMarker(line string) (rest string, ok bool) {
	digits := len(line) - len(strings.TrimLeft(line, "0123456789"))
	marker := digits + 1
	switch {
	case len(line) < marker:
		return line, false
	case digits == 0 && !strings.ContainsRune("-*+", rune(line[0])):
		return line, false
	case digits > 0 && !strings.ContainsRune(".)", rune(line[digits])):
		return line, false
	case len(line) > marker && line[marker] != ' ' && line[marker] != '\t':
		return line, false
	}
	return line[marker:], true
}

// opensFence gives the line that closes the code block which a line opens; "" when it opens none. The block may be the
// text of a list item.
func opensFence(line string) string {
	body := strings.TrimLeft(line, " \t")
	for {
		rest, ok := afterMarker(body)
		if !ok {
			break
		}
		body = strings.TrimLeft(rest, " \t")
	}
	if body == "" {
		return ""
	}
	mark := body[0]
	run := len(body) - len(strings.TrimLeft(body, string(mark)))
	if mark != '`' && mark != '~' || run < 3 || mark == '`' && strings.Contains(body[run:], "`") {
		return ""
	}
	return blanks(line[:len(line)-len(body)]) + body[:run]
}

// blanks is white space as wide as a text of one-column characters and tabs.
func blanks(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, text)
}

// closesFence tells whether a line ends the code block that the fence would close.
func closesFence(line, fence string) bool {
	body, mark := strings.TrimSpace(line), strings.TrimSpace(fence)
	return len(body) >= len(mark) && strings.Trim(body, mark[:1]) == ""
}
