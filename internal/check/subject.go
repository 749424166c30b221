package check

import (
	"sync"

	"github.com/tocsin-rules/tocsin/internal/attack"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/lang/eql"
	"github.com/tocsin-rules/tocsin/internal/lang/kql"
	"github.com/tocsin-rules/tocsin/internal/lang/lucene"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// Options say which checks run, and how serious their findings are.
type Options struct {
	// Levels override the checks' own levels, by name.
	Levels map[string]Level
	// Attack is the ATT&CK table that tactics and techniques are compared with; nil leaves that out.
	Attack *attack.Table
}

// Checks are the checks of a set of options, ready to run. It is safe for concurrent use.
type Checks struct {
	enabled []enabled
	attack  *attack.Table
}

type enabled struct {
	*Check
	level Level
}

// New makes the checks of some options.
func New(o Options) *Checks {
	c := &Checks{attack: o.Attack}
	for _, check := range All() {
		level, stated := o.Levels[check.Name]
		if !stated {
			level = check.Level
		}
		if check.run != nil && level != Off {
			c.enabled = append(c.enabled, enabled{check, level})
		}
	}
	return c
}

// Rule runs the checks over one rule whose queries parse; schema gives the types of its fields. The findings are not
// sorted.
func (c *Checks) Rule(r *rule.Rule, schema *field.Schema) diag.List {
	s := &subject{Rule: r, schema: schema, view: r.QueryView(), attack: c.attack}
	s.parse()
	for _, check := range c.enabled {
		s.current = check
		check.run(s)
	}
	return s.found
}

// subject is a rule while it is checked: its parsed query, and the findings so far.
type subject struct {
	*rule.Rule
	schema  *field.Schema
	view    *source.View
	attack  *attack.Table
	current enabled
	found   diag.List

	// The query in the rule's language; nil in the others, and when it does not parse.
	kql    *kql.Query
	eql    *eql.Query
	lucene *lucene.Query

	tested     []comparison
	testedOnce sync.Once
}

func (s *subject) parse() {
	if s.Type == rule.TypeMachineLearning || s.Query == "" {
		return
	}
	text := s.view.Text()
	switch s.LanguageOrDefault() {
	case rule.KQL:
		s.kql, _ = kql.Parse(text)
	case rule.EQL:
		s.eql, _ = eql.Parse(text)
	case rule.Lucene:
		s.lucene, _ = lucene.Parse(text)
	}
}

// comparisons are what the query asks of its fields.
func (s *subject) comparisons() []comparison {
	s.testedOnce.Do(func() {
		switch {
		case s.kql != nil:
			s.tested = kqlComparisons(s.kql)
		case s.eql != nil:
			s.tested = eqlComparisons(s.eql)
		}
	})
	return s.tested
}

// report adds a finding at a span of the query.
func (s *subject) report(at source.Span, message, help string) {
	p := diag.Problem{Name: s.current.Name, Severity: s.current.level.severity(), Span: at, Message: message, Help: help}
	s.found = append(s.found, p.In(s.view))
}

// reportAt adds a finding at a value of the rule's file.
func (s *subject) reportAt(message, help string, path ...string) {
	s.found = append(s.found, diag.Diagnostic{
		Name: s.current.Name, Severity: s.current.level.severity(), Message: message, Help: help, Subject: s.Place(path...),
	})
}

// text is a part of the query as it was written.
func (s *subject) text(at source.Span) string { return s.view.Text()[at.Start:at.End] }
