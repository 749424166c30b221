package report

import (
	"strings"
	"testing"

	"github.com/charmbracelet/lipgloss"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

func TestClean(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"", ""},
		{"a é 日", "a é 日"},
		{"a\nb\tc\rd", `a\nb\tc\rd`},
		{"a\x1b[31mb", `a\x1b[31mb`},
		{"a\u0085b", `a\u0085b`},
		{"a\u202eb", `a\u202eb`},
		{"a\u202db\u2066c", `a\u202db\u2066c`},
		{"Gr\xfc\xdfe", `Gr\xfc\xdfe`},
		{"a\ufffdb", "a\ufffdb"},
		{"\xff", `\xff`},
	} {
		if got := clean(row.text); got != row.want {
			t.Errorf("clean(%q) = %q, want %q", row.text, got, row.want)
		}
	}
}

func TestShorten(t *testing.T) {
	for _, row := range []struct {
		text  string
		width int
		want  string
	}{
		{"abc", 0, "abc"},
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"日本語", 6, "日本語"},
		{"日本語", 5, "日本…"},
		{"日本語", 4, "日…"},
		{"", 3, ""},
	} {
		if got := shorten(row.text, row.width); got != row.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", row.text, row.width, got, row.want)
		}
	}
}

// excerptOf gives the source line and the carets that a diagnostic about some bytes of a line shows.
func excerptOf(t *testing.T, line string, from, to, width int) (shown, carets string) {
	t.Helper()
	d := diag.Diagnostic{
		Name: "n", Severity: diag.Error, Message: "m",
		Subject: diag.Place{File: source.NewFile("f", line), Span: source.Span{Start: from, End: to}},
	}
	var out strings.Builder
	if err := Diagnostics(&out, diag.List{d}, Style{Width: width}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	return strings.TrimPrefix(lines[2], "  1 | "), strings.TrimPrefix(lines[3], "    | ")
}

// TestExcerpt: whatever the line and the width, the carets stand below what is meant.
func TestExcerpt(t *testing.T) {
	long := strings.Repeat("a", 100)
	for _, row := range []struct {
		name          string
		line          string
		from, to      int
		width         int
		shown, carets string
	}{
		{"whole", "abc def", 4, 7, 0, "abc def", "    ^^^"},
		{"nothing marked", "abc", 3, 3, 0, "abc", "   ^"},
		{"a tab is four spaces", "\ta\tb", 3, 4, 0, "    a    b", "         ^"},
		{"wide characters", "日本x", 6, 7, 0, "日本x", "    ^"},
		{"wide characters marked", "日本x", 0, 6, 0, "日本x", "^^^^"},
		{"an escape is marked whole", "a\x07b", 1, 2, 0, `a\x07b`, " ^^^^"},
		{"no UTF-8", "Gr\xfc", 2, 3, 0, `Gr\xfc`, "  ^^^^"},
		{"a byte order mark is not shown", "\ufeffx = 1", 3, 4, 0, "x = 1", "^"},
		{"a long line, its start marked", "x" + long, 0, 1, 30, "x" + strings.Repeat("a", 22) + "…", "^"},
		{"a long line, its end marked", long + "x", 100, 101, 30, "…" + strings.Repeat("a", 14) + "x", strings.Repeat(" ", 15) + "^"},
		{"a long line, its middle marked", long + "x" + long, 100, 101, 30, "…" + strings.Repeat("a", 14) + "x" + strings.Repeat("a", 7) + "…", strings.Repeat(" ", 15) + "^"},
		{"all of a long line marked", long, 0, 100, 30, strings.Repeat("a", 21) + "…", strings.Repeat("^", 22)},
	} {
		shown, carets := excerptOf(t, row.line, row.from, row.to, row.width)
		if shown != row.shown || carets != row.carets {
			t.Errorf("%s:\n%q\n%q, want\n%q\n%q", row.name, shown, carets, row.shown, row.carets)
		}
	}
}

// TestExcerptIsBounded: a file of one line of some megabytes shows no more of it than another, on any terminal.
func TestExcerptIsBounded(t *testing.T) {
	line := strings.Repeat("a日", 1<<16)
	for _, width := range []int{0, 1, 20, 80} {
		for _, at := range []int{0, len(line) / 2, len(line)} {
			for _, to := range []int{at, len(line)} {
				shown, carets := excerptOf(t, line, at, to, width)
				if n := max(lipgloss.Width(shown), lipgloss.Width(carets)); n > maxExcerpt {
					t.Errorf("width %d, bytes %d to %d: %d columns", width, at, to, n)
				}
			}
		}
	}
}
