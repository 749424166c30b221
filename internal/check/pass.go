package check

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/detect"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// pass is one rule under the checks of a suite.
type pass struct {
	Subject
	suite   *Suite
	queries []*query
	// check and at are the check that runs, and the query that it looks at.
	check *Check
	at    *query
	found diag.List
}

// finding is what a check says about a place.
type finding struct {
	message, help string
	// fix are the edits that mend it, in bytes of the query; nil where that needs a person.
	fix []diag.Edit
}

// report reports a finding in the query.
func (p *pass) report(span source.Span, f finding) {
	problem := diag.Problem{Name: p.check.Name, Severity: p.severity(), Span: span, Message: f.message, Help: f.help}
	d := problem.In(p.at.view)
	for _, e := range f.fix {
		d.Fix = append(d.Fix, p.at.edit(e))
	}
	p.found = append(p.found, d)
}

// reportAt reports a finding at a path of the rule's file.
func (p *pass) reportAt(f finding, path ...string) { p.reportPlace(p.Rule.Place(path...), f) }

func (p *pass) reportPlace(place diag.Place, f finding) {
	p.found = append(p.found, diag.Diagnostic{
		Name: p.check.Name, Severity: p.severity(), Message: f.message, Help: f.help, Subject: place, Fix: f.fix,
	})
}

func (p *pass) severity() diag.Severity { return p.suite.levels[p.check.Name] }

// compile reports what Kibana or Elasticsearch would refuse in the queries and the times of a rule.
func compile(s Subject) diag.List {
	env := s.Environment
	// Any fixed time serves: a check asks whether dates can be read, not what they mean.
	env.Now, env.AnyTime = time.Unix(0, 0).UTC(), true
	_, problems := detect.Compile(s.Rule, env)
	return problems
}

// whole is the rule's file as a place.
func (p *pass) whole() diag.Place {
	if p.Rule.Doc() == nil {
		return diag.Place{}
	}
	return diag.Place{File: p.Rule.Doc().File, Span: diag.NoSpan}
}

// inside carries a piece of a value to the query, through the escapes of the string that holds it.
func (p *pass) inside(v Value, start, end int) source.Span {
	raw := p.at.slice(v.At)
	switch {
	case strings.HasPrefix(raw, `"""`) && v.At.Len() == len(v.Text)+6:
		return source.Span{Start: v.At.Start + 3 + start, End: v.At.Start + 3 + end}
	case strings.HasPrefix(raw, `"`):
		return source.Span{Start: v.At.Start + escapedOffset(raw, start), End: v.At.Start + escapedOffset(raw, end)}
	case v.At.Len() == len(v.Text):
		return source.Span{Start: v.At.Start + start, End: v.At.Start + end}
	case strings.HasPrefix(raw, "/") && v.At.Len() == len(v.Text)+2:
		return source.Span{Start: v.At.Start + 1 + start, End: v.At.Start + 1 + end}
	}
	return v.At
}

// escapedOffset is where a byte of a text stands in the string that holds it, quotes included: an escape is a backslash and a
// character, or \u{...}.
func escapedOffset(raw string, offset int) int {
	at := 1
	for ; offset > 0 && at < len(raw)-1; offset-- {
		if raw[at] != '\\' {
			at++
			continue
		}
		end := strings.IndexByte(raw[at:], '}')
		if strings.HasPrefix(raw[at:], `\u{`) && end > 0 {
			code, _ := strconv.ParseUint(raw[at+3:at+end], 16, 32)
			offset -= utf8.RuneLen(rune(code)) - 1
			at += end + 1
			continue
		}
		at += 2
	}
	return at
}
