package dsl

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// CompileText compiles a query that is written as JSON. The problem stands where in the text its value is.
func CompileText(text string, o Options) (filter.Node, *diag.Problem) {
	query, problem := decode(text)
	if problem != nil {
		return nil, problem
	}
	node, err := Compile(query, o)
	if err == nil {
		return node, nil
	}
	problem = refused(err.Error(), source.Span{})
	var bad *Error
	if errors.As(err, &bad) {
		problem.Span = place(text, bad.Path)
	}
	return nil, problem
}

func refused(message string, span source.Span) *diag.Problem {
	return &diag.Problem{Name: "dsl", Severity: diag.Error, Message: message, Span: span}
}

// decode reads the one value of a JSON text.
func decode(text string) (value any, problem *diag.Problem) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	err := d.Decode(&value)
	var bad *json.SyntaxError
	switch {
	case errors.As(err, &bad):
		at := max(int(bad.Offset)-1, 0)
		return nil, refused(fmt.Sprintf("the query is no JSON: %v", err), source.Span{Start: at, End: at + 1})
	case errors.Is(err, io.EOF):
		return nil, refused("there is no query", source.Span{Start: len(text), End: len(text)})
	case err != nil:
		return nil, refused("the query is no JSON: it ends too early", source.Span{Start: len(text), End: len(text)})
	}
	if at := next(text, d); at < len(text) {
		return nil, refused("the query ends before this", source.Span{Start: at, End: at + 1})
	}
	return value, nil
}

// place finds the value of a path in a JSON text: a scalar itself, and of an object or list its key.
func place(text string, path []string) source.Span {
	d := json.NewDecoder(strings.NewReader(text))
	at := source.Span{Start: next(text, d), End: next(text, d) + 1}
	for _, key := range path {
		inner, ok := enter(text, d, key)
		if !ok {
			break
		}
		at = inner
	}
	if start := next(text, d); start < len(text) && !strings.ContainsRune("{[", rune(text[start])) {
		if _, err := d.Token(); err == nil {
			return source.Span{Start: start, End: int(d.InputOffset())}
		}
	}
	return at
}

// enter goes to the value of a key, or to the item of that number, and gives the place of what leads there.
func enter(text string, d *json.Decoder, key string) (at source.Span, ok bool) {
	open, err := d.Token()
	if err != nil || open != json.Delim('{') && open != json.Delim('[') {
		return at, false
	}
	for n := 0; d.More(); n++ {
		at = source.Span{Start: next(text, d), End: next(text, d) + 1}
		name := any(fmt.Sprint(n))
		if open == json.Delim('{') {
			if name, err = d.Token(); err != nil {
				return at, false
			}
			at.End = int(d.InputOffset())
		}
		if name == key {
			return at, true
		}
		var skipped json.RawMessage
		if d.Decode(&skipped) != nil {
			return at, false
		}
	}
	return at, false
}

// next is where the next token begins.
func next(text string, d *json.Decoder) int {
	at := int(d.InputOffset())
	return at + len(text[at:]) - len(strings.TrimLeft(text[at:], " \t\r\n,:"))
}
