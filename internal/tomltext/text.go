package tomltext

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

const bom = "\ufeff"

// checkText finds what keeps a text from being TOML at all: its size, its encoding, its control characters.
func checkText(file *source.File) (diag.Diagnostic, bool) {
	text := file.Text()
	if len(text) > MaxSize {
		return diag.Diagnostic{
			Name: TooLarge, Severity: diag.Error,
			Message: fmt.Sprintf("the file has %d bytes, more than the %d that are read", len(text), MaxSize),
			Subject: diag.Place{File: file, Span: diag.NoSpan},
		}, true
	}
	if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
		return notText(file, source.Span{End: 2}, "the file is UTF-16, not UTF-8"), true
	}
	if i := strings.IndexByte(text, 0); i >= 0 {
		return notText(file, source.Span{Start: i, End: i + 1}, "the file holds a NUL byte: it is binary, or not UTF-8"), true
	}
	if i := InvalidUTF8(text); i >= 0 {
		return notText(file, source.Span{Start: i, End: i + 1}, fmt.Sprintf("byte 0x%02x is not valid UTF-8", text[i])), true
	}
	if i := controlCharacter(text); i >= 0 {
		return badControl(file, i), true
	}
	return diag.Diagnostic{}, false
}

func badControl(file *source.File, at int) diag.Diagnostic {
	c := file.Text()[at]
	help := fmt.Sprintf("in a string with double quotes, write it as the escape \\u%04X", c)
	if c == '\r' {
		help = "a carriage return can only stand before a line feed"
	}
	return diag.Diagnostic{
		Name: Syntax, Severity: diag.Error, Help: help,
		Message: fmt.Sprintf("control character U+%04X is not allowed", c),
		Subject: diag.Place{File: file, Span: source.Span{Start: at, End: at + 1}},
	}
}

func notText(file *source.File, span source.Span, message string) diag.Diagnostic {
	return diag.Diagnostic{
		Name: NotText, Severity: diag.Error, Message: message, Help: "save the file as UTF-8 text",
		Subject: diag.Place{File: file, Span: span},
	}
}

// InvalidUTF8 is the offset of the first byte that is not part of a UTF-8 character, or -1.
func InvalidUTF8(text string) int {
	if utf8.ValidString(text) {
		return -1
	}
	for i, r := range text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				return i
			}
		}
	}
	return -1
}

// controlCharacter is the offset of the first character that TOML allows nowhere, or -1. A carriage return may
// only stand before a line feed.
func controlCharacter(text string) int {
	for i := range len(text) {
		c := text[i]
		if c >= 0x20 && c != 0x7f || c == '\n' || c == '\t' {
			continue
		}
		if c == '\r' && i+1 < len(text) && text[i+1] == '\n' {
			continue
		}
		return i
	}
	return -1
}
