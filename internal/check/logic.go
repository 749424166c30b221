package check

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/match"
)

// logicChecks find conditions whose outcome no event can change.
func logicChecks() []*Check {
	return []*Check{
		{
			Name: "never-holds", Set: Correctness, Level: diag.Error, Languages: queryLanguages(),
			Reason: "two conditions that exclude each other hold for no event together",
			Avoid:  `process.name : "a" and process.name : "b"`, Prefer: `process.name : ("a", "b")`,
			query: func(p *pass, q *query) {
				q.eachPair(AllOf, func(a, b *literalTest) { p.excluding(q, a, b) })
			},
		},
		{
			Name: "always-holds", Set: Correctness, Level: diag.Error, Languages: queryLanguages(),
			Reason: "not a or not b holds for every event: a field that is not the one may be the other",
			Avoid:  `user.name != "a" or user.name != "b"`, Prefer: `user.name != "a" and user.name != "b"`,
			query: func(p *pass, q *query) {
				q.eachPair(AnyOf, func(a, b *literalTest) { p.exhausting(q, a, b) })
			},
		},
		{
			Name: "duplicate-condition", Set: Suspicious, Level: diag.Warning, Languages: queryLanguages(),
			Reason: "a condition that stands twice was probably meant to be another one",
			Avoid:  `process.name : "a" or process.name : "a"`, Prefer: `process.name : "a" or process.name : "b"`,
			query: duplicateCondition,
		},
		{
			Name: "or-instead-of-list", Set: Style, Level: Off, Languages: queryLanguages(),
			Reason: "a list of values is shorter than conditions joined by or, and Elasticsearch handles it in one step",
			Avoid:  `process.name : "a" or process.name : "b"`, Prefer: `process.name : ("a", "b")`,
			query: orInsteadOfList,
		},
	}
}

// literalTest is a test of a field, or its negation.
type literalTest struct {
	*Comparison
	negated   bool
	condition *Condition
}

// eachPair visits the pairs of tests of the same field that stand side by side in an "and" or an "or", in the order of the text.
func (q *query) eachPair(kind ConditionKind, visit func(a, b *literalTest)) {
	for _, e := range q.events {
		e.condition.walk(func(c *Condition) {
			if c.Kind == kind {
				pairs(c.Parts, nil, visit)
			}
		})
	}
	if kind == AllOf && q.esql != nil && !q.esqlBranches() {
		q.pairsOfFilters(visit)
	}
}

// pairs visits the pairs of tests of the same field among conditions, and those of each with what stands before all of them.
func pairs(parts []*Condition, before []*literalTest, visit func(a, b *literalTest)) {
	byField := map[string][]*literalTest{}
	for _, t := range before {
		byField[t.Field] = append(byField[t.Field], t)
	}
	for _, part := range parts {
		for _, t := range sideBySide(part) {
			for _, earlier := range byField[t.Field] {
				if earlier.Computed == t.Computed {
					visit(earlier, t)
				}
			}
			if before == nil {
				byField[t.Field] = append(byField[t.Field], t)
			}
		}
	}
}

// pairsOfFilters visits the pairs of tests that stand in different WHEREs of an ES|QL query. Columns that the query makes may be made
// anew between them.
func (q *query) pairsOfFilters(visit func(a, b *literalTest)) {
	before := []*literalTest{}
	for _, e := range q.events {
		if e.computed {
			continue
		}
		parts := conjuncts(e.condition)
		pairs(parts, before, visit)
		for _, part := range parts {
			for _, t := range sideBySide(part) {
				if !t.Computed {
					before = append(before, t)
				}
			}
		}
	}
}

// sideBySide is the test that a part is, if it is one.
func sideBySide(c *Condition) []*literalTest {
	switch {
	case c.Kind == Single && !c.Test.Pattern:
		return []*literalTest{{Comparison: c.Test, condition: c}}
	case c.Kind == NotOf && c.Parts[0].Kind == Single && !c.Parts[0].Test.Pattern:
		return []*literalTest{{Comparison: c.Parts[0].Test, negated: true, condition: c}}
	}
	return nil
}

// excluding reports two conditions that cannot hold together.
func (p *pass) excluding(q *query, a, b *literalTest) {
	m, known := q.typeOf(a.Comparison)
	if known && m.Type.IsText() {
		return
	}
	reason := ""
	switch {
	case a.negated != b.negated:
		positive, negative := a, b
		if a.negated {
			positive, negative = b, a
		}
		if covered(positive.Comparison, negative.Comparison) {
			reason = "one asks for what the other excludes"
		}
	case !a.negated && known && q.single(m) && disjoint(a.Comparison, b.Comparison):
		reason = fmt.Sprintf("`%s` has one value, and it cannot be both", a.Field)
	}
	if reason != "" {
		p.report(b.condition.At, finding{message: fmt.Sprintf("this and `%s` cannot hold together: %s", abridged(q.slice(a.condition.At)), reason), help: "did you mean `or`?"})
	}
}

// exhausting reports two conditions of which one always holds.
func (p *pass) exhausting(q *query, a, b *literalTest) {
	m, known := q.typeOf(a.Comparison)
	if known && m.Type.IsText() {
		return
	}
	always := false
	switch {
	case a.negated != b.negated:
		positive, negative := a, b
		if a.negated {
			positive, negative = b, a
		}
		always = covered(negative.Comparison, positive.Comparison)
	case a.negated:
		always = known && q.single(m) && disjoint(a.Comparison, b.Comparison)
	}
	if always {
		p.report(b.condition.At, finding{message: fmt.Sprintf("this or `%s` holds for every event", abridged(q.slice(a.condition.At))), help: "did you mean `and`?"})
	}
}

// single tells whether a field has at most one value and is compared as a whole.
func (q *query) single(m field.Mapping) bool {
	return m.Nested == "" && q.schema.Cardinality(m.Name) == field.One
}

// covered tells whether every value that satisfies a satisfies b, too.
func covered(a, b *Comparison) bool {
	switch {
	case b.Operator == Exists:
		return a.Operator == Exists || len(a.Values) > 0
	case !a.byValue() || !b.byValue() || a.IgnoreCase && !b.IgnoreCase || len(a.Values)*len(b.Values) > maxCovering:
		return false
	}
	for _, v := range a.Values {
		if !oneCovers(b, v) {
			return false
		}
	}
	return true
}

// byValue tells whether a test compares with whole values or patterns.
func (c *Comparison) byValue() bool {
	return (c.Operator == Equal || c.Operator == Match || c.Operator == Like) && len(c.Values) > 0
}

func oneCovers(c *Comparison, v Value) bool {
	for _, other := range c.Values {
		switch {
		case other.Wildcard == nil && v.Wildcard == nil:
			if c.equalText(other.Text, v.Text) {
				return true
			}
		case other.Wildcard == nil:
		case c.IgnoreCase:
			if covers(other.Wildcard.Fold(), c, v) {
				return true
			}
		case covers(other.Wildcard, c, v):
			return true
		}
	}
	return false
}

// disjoint tells whether no value satisfies both tests.
func disjoint(a, b *Comparison) bool {
	if a.Operator.IsRange() && b.Operator.IsRange() {
		return apart(a, b) || apart(b, a)
	}
	if !a.byValue() || !b.byValue() || len(a.Values)*len(b.Values) > maxCovering {
		return false
	}
	ignore := a.IgnoreCase || b.IgnoreCase
	for _, v := range a.Values {
		for _, w := range b.Values {
			if compatible(v, w, ignore) {
				return false
			}
		}
	}
	return true
}

// compatible tells whether a value may satisfy both; two patterns are given the benefit of the doubt.
func compatible(v, w Value, ignoreCase bool) bool {
	switch {
	case v.Wildcard != nil && w.Wildcard != nil, v.Kind == Null || w.Kind == Null:
		return true
	case v.Wildcard != nil:
		v, w = w, v
	}
	if w.Wildcard == nil {
		return v.Text == w.Text || ignoreCase && strings.EqualFold(v.Text, w.Text)
	}
	if ignoreCase {
		return w.Wildcard.Fold().Match(match.Fold(v.Text))
	}
	return w.Wildcard.Match(v.Text)
}

// apart tells whether a is a lower bound above the upper bound b, of numbers.
func apart(a, b *Comparison) bool {
	if a.Operator != Greater && a.Operator != GreaterEqual || b.Operator != Less && b.Operator != LessEqual {
		return false
	}
	low, err := strconv.ParseFloat(a.Values[0].Text, 64)
	high, err2 := strconv.ParseFloat(b.Values[0].Text, 64)
	if err != nil || err2 != nil {
		return false
	}
	return low > high || low == high && (a.Operator == Greater || b.Operator == Less)
}

// abridged is a text on one line that is not long.
func abridged(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:59]) + "…"
	}
	return text
}

func duplicateCondition(p *pass, q *query) {
	for _, e := range q.events {
		e.condition.walk(func(c *Condition) {
			if c.Kind != AllOf && c.Kind != AnyOf {
				return
			}
			seen := map[string]bool{}
			for _, part := range c.Parts {
				text := strings.Join(strings.Fields(q.slice(part.At)), " ")
				if seen[text] {
					p.report(part.At, finding{message: fmt.Sprintf("`%s` stands twice", abridged(text)), help: "remove it, or write what was meant"})
				}
				seen[text] = true
			}
		})
	}
}

func orInsteadOfList(p *pass, q *query) {
	for _, e := range q.events {
		e.condition.walk(func(c *Condition) {
			if c.Kind != AnyOf {
				return
			}
			seen := map[string]bool{}
			for _, part := range c.Parts {
				t := part.Test
				if t == nil || !t.byValue() {
					continue
				}
				key := t.Field + " " + t.Spelled
				if seen[key] {
					p.report(part.At, finding{message: fmt.Sprintf("another condition on `%s` is joined to this by or", t.Field), help: "write one condition with a list of values"})
					return
				}
				seen[key] = true
			}
		})
	}
}
