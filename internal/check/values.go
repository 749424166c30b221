package check

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// valueChecks find constants that a field never has.
func valueChecks() []*Check {
	return []*Check{
		comparisons(Check{
			Name: "value-never-held", Set: Correctness, Level: diag.Error, Languages: queryLanguages(),
			Reason: "a whole number is never a fraction, nor beyond what its type holds, and a keyword is not searched by values longer than its limit",
			Avoid:  `process.pid: 0.5`, Prefer: `process.pid: 1`,
		}, valueNeverHeld),
		comparisons(Check{
			Name: "operator-in-value", Set: Suspicious, Level: diag.Warning, Languages: queryLanguages(),
			Reason: "a comparison within a text is part of the text: a piece of a query was pasted into it",
			Avoid:  `user_agent.original like "chrome/user_agent.original like~ 87*"`, Prefer: `user_agent.original like "chrome/87*"`,
		}, operatorInValue),
		comparisons(Check{
			Name: "phrase-on-text", Set: Suspicious, Level: Off, Languages: []rule.Language{rule.KQL, rule.Lucene},
			Reason: "a phrase in quotes is found anywhere within a text, while on a keyword it must be the whole value",
			Avoid:  `message: "access denied"`, Prefer: `event.reason: "access denied"`,
		}, phraseOnText),
		{
			Name: "too-many-alternatives", Set: Performance, Level: diag.Warning, Languages: queryLanguages(),
			Reason: "Elasticsearch limits the clauses of a query (indices.query.bool.max_clause_count), and each alternative is one; a list of values is not",
			Avoid:  `process.name == "a" or process.name == "b" or ...`, Prefer: `process.name in ("a", "b", ...)`,
			query: tooManyAlternatives,
		},
		{
			Name: "field-of-many-types", Set: Suspicious, Level: diag.Warning, Languages: queryLanguages(),
			Reason: "the data streams of the rule map the field in different ways: the condition means another thing in each, and ES|QL refuses the column without a cast",
			Avoid:  `aws.status > 400 where one stream has a keyword`, Prefer: `a condition on data_stream.dataset, or a field that all map alike`,
			query: fieldOfManyTypes,
		},
		{
			Name: "field-in-some-data-streams", Set: Suspicious, Level: Off, Languages: queryLanguages(),
			Reason: "a field that only some packages of the rule have makes the rule blind for the others",
			query:  fieldInSomeStreams,
		},
	}
}

// comparisons makes a check that looks at every comparison.
func comparisons(c Check, find func(p *pass, c *Comparison)) *Check {
	c.query = func(p *pass, q *query) {
		q.each(func(c *Comparison, _ event, _ bool) { find(p, c) })
	}
	return &c
}

func valueNeverHeld(p *pass, c *Comparison) {
	m, known := p.at.typeOf(c)
	if !known || c.Operator != Equal && c.Operator != Match {
		return
	}
	for _, v := range c.Values {
		why := ""
		switch {
		case v.Wildcard != nil:
		case m.Type.IsWhole() && p.at.language != rule.EQL:
			why = neverWhole(m.Type, v.Text)
		case m.Type.IsKeyword() && m.IgnoreAbove > 0 && v.Kind == Text && utf8.RuneCountInString(v.Text) > m.IgnoreAbove:
			why = fmt.Sprintf("values of more than %d characters are not indexed (ignore_above)", m.IgnoreAbove)
		}
		if why != "" {
			p.report(v.At, finding{message: fmt.Sprintf("`%s` never equals this: %s", c.Field, why)})
		}
	}
}

// neverWhole tells why a number is none of a type of whole numbers.
func neverWhole(t field.Type, text string) string {
	n, err := strconv.ParseFloat(text, 64)
	limit, limited := map[field.Type]float64{field.Byte: math.MaxInt8, field.Short: math.MaxInt16, field.Integer: math.MaxInt32, field.Long: math.MaxInt64}[t]
	switch {
	case err != nil:
		return ""
	case n != math.Trunc(n):
		return fmt.Sprintf("a field of type %s holds whole numbers", t)
	case limited && (n > limit || n < -limit-1), t == field.UnsignedLong && n < 0:
		return fmt.Sprintf("it is beyond what the type %s holds", t)
	}
	return ""
}

// pasted is a comparison of a field, within a text.
var pasted = regexp.MustCompile(`\b([a-z_]+(?:\.[a-z_]+)+) +(==|!=|like~?|in~?|regex~?|rlike) +["(\w]`)

func operatorInValue(p *pass, c *Comparison) {
	for _, v := range c.Values {
		at := pasted.FindStringSubmatchIndex(v.Text)
		if at == nil || v.Kind != Text {
			continue
		}
		if _, known := p.at.schema.Lookup(v.Text[at[2]:at[3]]); known {
			p.report(p.inside(v, at[0], at[5]), finding{message: "a comparison stands within the text", help: "take it out"})
		}
	}
}

func phraseOnText(p *pass, c *Comparison) {
	m, known := p.at.typeOf(c)
	if !known || !m.Type.IsText() {
		return
	}
	for _, v := range c.Values {
		if v.Quoted {
			p.report(v.At, finding{message: fmt.Sprintf("`%s` is of type %s: the phrase is found anywhere in it", c.Field, m.Type), help: "use a keyword field where the whole value is meant"})
		}
	}
}

// maxClauses is the number of clauses that older releases allow.
const maxClauses = 1024

func tooManyAlternatives(p *pass, q *query) {
	for _, e := range q.events {
		e.condition.walk(func(c *Condition) {
			if c.Kind == AnyOf && len(c.Parts) > maxClauses {
				p.report(c.At, finding{message: fmt.Sprintf("%d conditions are joined by or", len(c.Parts)), help: "write lists of values, or a value list in an exception or an indicator index"})
			}
		})
	}
}

// eachPackaged visits each field that only packages declare, with its mapping in every data stream whose events are asked for.
func (q *query) eachPackaged(visit func(f fieldUse, places []field.Mapping)) {
	told := map[string]bool{}
	for _, f := range q.fields {
		if f.pattern || told[f.name] {
			continue
		}
		told[f.name] = true
		if streams := q.streams(valuesOf(q.asked(f), "data_stream.dataset", "event.dataset")); streams != nil {
			visit(f, streams.Places(f.name))
		}
	}
}

func fieldOfManyTypes(p *pass, q *query) {
	if p.Coverage == Partly {
		return
	}
	q.eachPackaged(func(f fieldUse, places []field.Mapping) {
		first := field.Mapping{}
		for _, m := range places {
			switch {
			case m.Type == field.Invalid:
			case first.Type == field.Invalid:
				first = m
			case family(m.Type) != family(first.Type):
				p.report(f.at, finding{
					message: fmt.Sprintf("`%s` is of type %s in %s, and of type %s in %s", f.name, first.Type, first.Origin, m.Type, m.Origin), help: "ask for one data_stream.dataset",
				})
				return
			}
		}
	})
}

func fieldInSomeStreams(p *pass, q *query) {
	if p.Coverage == Partly {
		return
	}
	q.eachPackaged(func(f fieldUse, places []field.Mapping) {
		if !q.packageOnly(f.name) {
			return
		}
		var with, without []string
		for _, m := range places {
			title, _, _ := strings.Cut(m.Origin, " ")
			if m.Type != field.Invalid {
				with = append(with, title)
			} else {
				without = append(without, title)
			}
		}
		without = slices.DeleteFunc(without, func(title string) bool { return slices.Contains(with, title) })
		if len(with) > 0 && len(without) > 0 {
			p.report(f.at, finding{message: fmt.Sprintf("`%s` is a field of %s, and not of %s", f.name, with[0], strings.Join(slices.Compact(without), ", "))})
		}
	})
}
