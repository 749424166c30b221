package tomltext

import (
	"errors"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// decode gives the values of a text that the scanner found well formed. What is left to fail are single values,
// such as a number out of range or a date that does not exist.
func decode(file *source.File) (tree map[string]any, d diag.Diagnostic, ok bool) {
	defer func() {
		if r := recover(); r != nil {
			tree, ok = nil, false
			d = decodeFailure(file, diag.NoSpan, fmt.Sprintf("the file cannot be decoded: %v", r), "")
		}
	}()
	_, err := toml.Decode(file.Text(), &tree)
	if err == nil {
		return tree, d, true
	}
	parse, isParse := errors.AsType[toml.ParseError](err)
	if !isParse {
		return nil, decodeFailure(file, diag.NoSpan, err.Error(), ""), false
	}
	return nil, decodeFailure(file, errorSpan(file.Text(), parse.Position), plainMessage(parse.Message), parse.Usage), false
}

// plainMessage brings a message of the decoder into the form of the others: lower case, no full stop.
func plainMessage(message string) string {
	message = strings.TrimSuffix(message, ".")
	if message == "" {
		return "the value cannot be decoded"
	}
	return strings.ToLower(message[:1]) + message[1:]
}

// errorSpan is the span of a decoder's position, which does not count the byte order mark.
func errorSpan(text string, at toml.Position) source.Span {
	start := at.Start
	if len(text) >= len(bom) && text[:len(bom)] == bom {
		start += len(bom)
	}
	start = max(0, min(start, len(text)))
	return source.Span{Start: start, End: min(start+max(at.Len, 1), len(text))}
}

func decodeFailure(file *source.File, span source.Span, message, help string) diag.Diagnostic {
	return diag.Diagnostic{
		Name: Syntax, Severity: diag.Error, Message: message, Help: help,
		Subject: diag.Place{File: file, Span: span},
	}
}
