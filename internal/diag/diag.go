// Package diag is what tocsin tells a user about a text: one finding, its place, its reason and a way out.
//
// A language reports a [Problem], which knows only the query's own text. Whoever knows the file turns it into a
// [Diagnostic] with [Problem.In]. Nothing in here prints: package report does.
package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/source"
)

// Severity ranks a finding. The zero value is invalid on purpose, so that nobody forgets to choose.
type Severity uint8

// The severities. Only an Error makes a command fail.
const (
	Error Severity = iota + 1
	Warning
	Info
)

// String is the word that users see: "error", "warning" or "info".
func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	case Info:
		return "info"
	}
	return fmt.Sprintf("severity(%d)", uint8(s))
}

// Problem is a finding within one text, such as a query.
type Problem struct {
	// Name is the kebab-case name of the check, such as "kql-syntax".
	Name     string
	Severity Severity
	// Span is the tightest range that is wrong.
	Span source.Span
	// Message says what is wrong: lower case, no full stop.
	Message string
	// Help says what to do about it; may be empty.
	Help string
}

// Error makes a problem usable as an error value.
func (p *Problem) Error() string { return p.Message }

// In places the problem in the file that the view lies in.
func (p *Problem) In(view *source.View) Diagnostic {
	return Diagnostic{
		Name: p.Name, Severity: p.Severity, Message: p.Message, Help: p.Help,
		Subject: Place{File: view.File(), Span: view.Span(p.Span)},
		Context: view.Span(source.Span{Start: 0, End: len(view.Text())}),
	}
}

// AnyError tells whether a problem of severity Error is among some.
func AnyError(problems []*Problem) bool {
	return slices.ContainsFunc(problems, func(p *Problem) bool { return p.Severity == Error })
}

// Place is a span of a file. A place without a known span (an unreadable file) has NoSpan.
type Place struct {
	File *source.File
	Span source.Span
}

// NoSpan marks a place that is a whole file.
var NoSpan = source.Span{Start: -1, End: -1}

// HasSpan tells whether the place is more precise than its file.
func (p Place) HasSpan() bool { return p.File != nil && p.Span.Start >= 0 }

// String is "name:line:column", or only the name.
func (p Place) String() string {
	switch {
	case p.File == nil:
		return ""
	case !p.HasSpan():
		return p.File.Name()
	}
	at := p.File.Position(p.Span.Start)
	return fmt.Sprintf("%s:%d:%d", p.File.Name(), at.Line, at.Column)
}

// Related is another place that explains a finding, such as the first of two equal keys.
type Related struct {
	Place
	Message string
}

// Diagnostic is a finding with its place in a file.
type Diagnostic struct {
	Name     string
	Severity Severity
	Message  string
	Help     string
	Subject  Place
	// Context is the wider range worth showing around the subject; empty when the subject is enough.
	Context source.Span
	Related []Related
	// Fix are edits of the subject's file that mend what was found; nil where that needs a person.
	Fix []Edit
}

// Error is the finding on one line: place, severity, message and name.
func (d Diagnostic) Error() string {
	place := d.Subject.String()
	if place != "" {
		place += ": "
	}
	return fmt.Sprintf("%s%s: %s [%s]", place, d.Severity, d.Message, d.Name)
}

// AtFile makes an error about a whole file, known by name only.
func AtFile(file, name, message, help string) Diagnostic {
	return Diagnostic{
		Name: name, Severity: Error, Message: message, Help: help,
		Subject: Place{File: source.NewFile(file, ""), Span: NoSpan},
	}
}

// List is several findings.
type List []Diagnostic

// HasErrors tells whether a finding of severity Error is among them.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// Count is the number of findings of a severity.
func (l List) Count(s Severity) int {
	n := 0
	for _, d := range l {
		if d.Severity == s {
			n++
		}
	}
	return n
}

// Sort orders findings by file, place, severity, name and message, so that output never depends on chance.
func (l List) Sort() {
	slices.SortStableFunc(l, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(fileName(a), fileName(b)),
			cmp.Compare(a.Subject.Span.Start, b.Subject.Span.Start),
			cmp.Compare(a.Subject.Span.End, b.Subject.Span.End),
			cmp.Compare(a.Severity, b.Severity),
			cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Message, b.Message),
		)
	})
}

// Error joins the findings, one a line.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, d := range l {
		lines[i] = d.Error()
	}
	return strings.Join(lines, "\n")
}

func fileName(d Diagnostic) string {
	if d.Subject.File == nil {
		return ""
	}
	return d.Subject.File.Name()
}
