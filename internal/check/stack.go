package check

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/lang/eql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// stackChecks hold a rule against the release of the stack that the project is for.
func stackChecks() []*Check {
	return []*Check{{
		Name: "stack-support", Set: Correctness, Level: diag.Error,
		Reason: "an older Kibana refuses the rule, or drops what it does not know without a word",
		Avoid:  `stack = "8.17" with alert_suppression on an EQL sequence`, Prefer: `min_stack_version = "8.18.0"`,
		rule: stackSupport,
	}}
}

// stack is a release of the Elastic Stack, without its patch level. The zero value is unknown.
type stack struct{ major, minor int }

// parseStack reads "8.19" or "8.19.3"; anything else is the unknown release.
func parseStack(text string) stack {
	parts := strings.Split(text, ".")
	if len(parts) < 2 {
		return stack{}
	}
	major, err := strconv.Atoi(parts[0])
	minor, errMinor := strconv.Atoi(parts[1])
	if err != nil || errMinor != nil {
		return stack{}
	}
	return stack{major, minor}
}

func (s stack) String() string { return fmt.Sprintf("%d.%d", s.major, s.minor) }

func (s stack) before(t stack) bool {
	return s.major < t.major || s.major == t.major && s.minor < t.minor
}

// lacks tells whether a release does not have what came with another one. 9.0 came with 8.18, and has what that has and no
// more; so 9.1 and 8.19.
func (s stack) lacks(first stack) bool {
	const twin = 18
	if s.major == 9 && first.major == 8 {
		return s.minor+twin < first.minor
	}
	return s.before(first)
}

// after is the first release with something that another release lacks: its twin, where that is of the same major version.
func (s stack) after(target stack) stack {
	if target.major == 9 && s == (stack{8, 19}) {
		return stack{9, 1}
	}
	return s
}

// arrival is the release, or the two, that something came with.
func (s stack) arrival() string {
	switch s {
	case stack{8, 18}:
		return "8.18 and 9.0"
	case stack{8, 19}:
		return "8.19 and 9.1"
	}
	return s.String()
}

// atKey is a feature that stands at a key of the rule.
func atKey(used func(*rule.Rule) bool, path ...string) func(*pass) []string {
	return func(p *pass) []string {
		if !used(p.Rule) {
			return nil
		}
		return append([]string{"rule"}, path...)
	}
}

// suppressed is the suppression of alerts in rules of some types.
func suppressed(types ...rule.Type) func(*pass) []string {
	return atKey(func(r *rule.Rule) bool {
		for _, t := range types {
			if r.Type == t && r.AlertSuppression != nil {
				return true
			}
		}
		return false
	}, "alert_suppression")
}

func suppressedSequence(p *pass) []string {
	if p.Rule.AlertSuppression == nil || len(p.queries) == 0 || p.queries[0].eql == nil || p.queries[0].eql.Kind == eql.Events {
		return nil
	}
	return []string{"rule", "alert_suppression"}
}

func manyThresholdFields(r *rule.Rule) bool {
	return r.Threshold != nil && r.Threshold.Field != nil && len(r.Threshold.Field.Values) > 3
}

func negatesIndicator(r *rule.Rule) bool {
	for _, group := range r.ThreatMapping {
		for _, entry := range group.Entries {
			if entry.Negate != nil && *entry.Negate {
				return true
			}
		}
	}
	return false
}

// target is the oldest release that the rule has to run on: what the project is for, or the rule's own minimum where that is
// newer. It is unknown when the project names none.
func (p *pass) target() stack {
	project, own := parseStack(p.Environment.Project.Stack), parseStack(p.Rule.Metadata.MinStackVersion)
	if project != (stack{}) && project.before(own) {
		return own
	}
	return project
}

func stackSupport(p *pass) {
	target := p.target()
	if target == (stack{}) {
		return
	}
	for _, fact := range sinceFacts() {
		if path := fact.path(p); path != nil && target.lacks(fact.first) {
			p.reportAt(tooNew(target, fact.what, fact.first), path...)
		}
	}
	for _, q := range p.queries {
		if q.esql != nil {
			p.at = q
			p.esqlSupport(q.esql, target)
		}
	}
}

func tooNew(target stack, what string, first stack) finding {
	return finding{
		message: fmt.Sprintf("the rule has to run on %s, and %s came with %s", target, what, first.arrival()),
		help:    fmt.Sprintf("do without, or set min_stack_version = \"%s.0\"", first.after(target)),
	}
}

func (p *pass) esqlSupport(q *esql.Query, target stack) {
	lacks := func(at source.Span, what string, first stack) {
		if first != (stack{}) && target.lacks(first) {
			p.report(at, tooNew(target, what, first))
		}
	}
	commands, functions := esqlCommandSince(), esqlFunctionSince()
	for _, c := range esql.Commands(q) {
		at := c.Span()
		lacks(source.Span{Start: at.Start, End: min(at.End, at.Start+len(c.Keyword()))}, c.Keyword(), commands[c.Keyword()])
		esqlForms(c, lacks)
	}
	esql.Walk(q, func(e esql.Expr) bool {
		switch e := e.(type) {
		case *esql.Call:
			name := strings.ToUpper(e.Name)
			lacks(e.NameAt, name, functions[name])
		case *esql.Cast:
			lacks(e.Span(), "the cast ::", castSince())
		case *esql.Match:
			lacks(e.Span(), "the operator :", matchOperator())
		case *esql.Like:
			if e.Listed {
				lacks(e.Span(), "a list of patterns", listedPatterns())
			}
		}
		return true
	})
}

// esqlForms are the forms of commands that came later than the commands.
func esqlForms(c esql.Command, lacks func(at source.Span, what string, first stack)) {
	switch c := c.(type) {
	case *esql.From:
		for _, name := range c.Metadata {
			if name.Text == "_score" {
				lacks(name.Span(), "METADATA _score", scoreSince())
			}
		}
		for _, index := range c.Indices {
			if index.Query != nil {
				lacks(index.Span(), "a subquery of FROM", subqueriesSince())
			}
		}
	case *esql.Stats:
		for _, f := range c.Aggregates {
			if f.Where != nil {
				lacks(f.Where.Span(), "WHERE behind an aggregate", aggregateWhere())
			}
		}
	}
}
