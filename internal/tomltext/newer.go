package tomltext

import (
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// Newer is the name of the finding that a text uses what only TOML 1.1 has. It is read all the same.
const Newer = "toml-1.1"

// newerForm is a form that TOML 1.1 brought.
type newerForm struct{ message, help string }

// The forms of TOML 1.1 (TOML 1.1.0, changes since 1.0.0). Keys beyond ASCII without quotes did not make it into the release.
var (
	newerLine   = newerForm{"an inline table of several lines is TOML 1.1", "write it on one line, or as a table with a header of its own"}
	newerComma  = newerForm{"a comma after the last entry of an inline table is TOML 1.1", "leave the comma out"}
	newerEscape = newerForm{"this escape is TOML 1.1", `write \u and four digits instead`}
	newerTime   = newerForm{"a time without seconds is TOML 1.1", "write the seconds, too"}
)

// newer notes a form of TOML 1.1: each once a file, for they come in crowds.
func (s *scanner) newer(form newerForm, span source.Span) {
	for _, told := range s.told {
		if told.Message == messageOf(form) {
			return
		}
	}
	s.told = append(s.told, diag.Diagnostic{
		Name: Newer, Severity: diag.Warning, Message: messageOf(form), Help: form.help, Subject: s.doc.Place(span),
	})
}

func messageOf(form newerForm) string {
	return form.message + ": older tools, detection-rules among them, cannot read the file"
}

// withoutSeconds tells whether a date or time as it is written states hours and minutes alone.
func withoutSeconds(text string) bool {
	if len(text) > 10 && text[4] == '-' {
		text = text[11:]
	}
	return len(text) >= 5 && text[2] == ':' && !strings.HasPrefix(text[5:], ":")
}
