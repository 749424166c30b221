// Package report turns results into what people and machines read: text for terminals, JSON, JUnit. One writer a file.
//
// Writers get everything as arguments, width and colour included, and print the same bytes for the same input.
package report

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
)

// Style is how text is laid out.
type Style struct {
	// Width is the number of columns; 0 means as wide as it takes.
	Width int
	Color bool
}

// palette gives a text its colour and weight, or leaves it as it is.
type palette struct {
	bold, faint, red, green, yellow, blue, cyan lipgloss.Style
}

func newPalette(color bool) palette {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.Ascii)
	if color {
		r.SetColorProfile(termenv.ANSI)
	}
	tone := func(code string) lipgloss.Style { return r.NewStyle().Foreground(lipgloss.Color(code)) }
	return palette{
		bold: r.NewStyle().Bold(true), faint: r.NewStyle().Faint(true),
		red: tone("9").Bold(true), green: tone("2"), yellow: tone("3").Bold(true), blue: tone("12"), cyan: tone("6"),
	}
}

// printer collects text and the first error of its destination.
type printer struct {
	palette
	style Style
	out   strings.Builder
}

func newPrinter(s Style) *printer { return &printer{palette: newPalette(s.Color), style: s} }

func (p *printer) printf(format string, args ...any) { fmt.Fprintf(&p.out, format, args...) }

func (p *printer) flush(w io.Writer) error {
	_, err := io.WriteString(w, p.out.String())
	return err
}

// clean makes text from elsewhere safe for a terminal: control characters are shown as escapes, line breaks as well, and so
// are bytes that are no UTF-8.
func clean(text string) string {
	if utf8.ValidString(text) && !strings.ContainsFunc(text, unsafe) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case unsafe(r) && r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case unsafe(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unsafe tells what a terminal must not get: control characters, and the marks that reverse the direction of text.
func unsafe(r rune) bool {
	return unicode.IsControl(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// wrap breaks a text into lines of at most width columns, at spaces; a word that is too long stays whole.
func wrap(text string, width int) []string {
	if width <= 0 {
		return []string{text}
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case lipgloss.Width(line)+1+lipgloss.Width(word) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// shorten cuts a text to a number of columns and marks the cut; 0 columns are as many as it takes.
func shorten(text string, width int) string {
	if width <= 0 {
		return text
	}
	return ansi.Truncate(text, width, "…")
}

// plural gives a number with its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
