package filter

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/value"
)

// Builder makes conditions that mean what Elasticsearch's queries mean on a field of a given type. Every method
// gives an error where Elasticsearch would refuse the query.
type Builder struct {
	Layout *Layout
	// Now is the instant that "now" stands for in dates.
	Now time.Time
}

// Exists holds if the field has a value.
func (b *Builder) Exists(m field.Mapping, c Clause) Node {
	return &Leaf{Field: m, Source: c, slot: b.Layout.presenceFor(m), test: exists{}}
}

// Term is a term query, and on everything but texts also match and match_phrase: the whole value is equal. An
// address field takes a CIDR block, a date the whole unit that the text names.
func (b *Builder) Term(m field.Mapping, text string, c Clause) (Node, error) {
	t, err := b.term(m, text)
	if err != nil {
		return nil, err
	}
	return b.leaf(m, t, c), nil
}

func (b *Builder) term(m field.Mapping, text string) (test, error) {
	switch {
	case m.Type.IsText():
		return equals(text), nil
	case m.Type.IsKeyword():
		return equals(normalize(m.Normalizer, text)), nil
	case m.Type == field.IP:
		return addressTest(text)
	case m.Type == field.Boolean:
		return boolTest(text)
	case m.Type.IsDate():
		return b.rangeTest(m, Bounds{Low: text, High: text, HasLow: true, HasHigh: true, WithLow: true, WithHigh: true})
	case m.Type.IsNumber():
		return numberTest(m.Type, text)
	}
	return nil, fmt.Errorf("a field of type %s cannot be searched by value", m.Type)
}

// Match is a match query: on texts any of the tokens, elsewhere a term.
func (b *Builder) Match(m field.Mapping, text string, c Clause) (Node, error) {
	if !m.Type.IsText() {
		return b.Term(m, text, c)
	}
	set := &oneOf{texts: map[string]struct{}{}}
	for _, token := range analyze(m, text) {
		set.texts[token.Text] = struct{}{}
	}
	return b.leaf(m, set, c), nil
}

// MatchAll is a match query with operator "and": on texts all of the tokens, elsewhere a term.
func (b *Builder) MatchAll(m field.Mapping, text string, c Clause) (Node, error) {
	if !m.Type.IsText() {
		return b.Term(m, text, c)
	}
	tokens := analyze(m, text)
	if len(tokens) == 0 {
		return b.leaf(m, never{"the text holds no word that the field's analyzer keeps"}, c), nil
	}
	nodes := make([]Node, len(tokens))
	for i, token := range tokens {
		nodes[i] = b.leaf(m, equals(token.Text), Clause{Label: m.Name + ": " + token.Text, Span: c.Span})
	}
	return &And{Nodes: nodes, Source: c}, nil
}

// Phrase is a match_phrase query: on texts all tokens in order and next to each other, elsewhere a term.
func (b *Builder) Phrase(m field.Mapping, text string, c Clause) (Node, error) {
	if !m.Type.IsText() {
		return b.Term(m, text, c)
	}
	tokens := analyze(m, text)
	if len(tokens) == 0 {
		return b.leaf(m, never{"the phrase holds no word that the field's analyzer keeps"}, c), nil
	}
	words := make(phrase, len(tokens))
	for i, token := range tokens {
		words[i] = token.Text
	}
	return b.leaf(m, words, c), nil
}

// PhraseSlop is a match_phrase query whose words may be moved by slop places in all.
func (b *Builder) PhraseSlop(m field.Mapping, text string, slop int, c Clause) (Node, error) {
	if slop == 0 || !m.Type.IsText() {
		return b.Phrase(m, text, c)
	}
	var words []string
	for _, token := range analyze(m, text) {
		words = append(words, token.Text)
	}
	return b.leaf(m, sloppy{words, value.Bits(slop)}, c), nil
}

// Fuzzy is a fuzzy query: a whole value, on texts a token, within a number of edits; below 0 the number depends on the
// length (AUTO).
func (b *Builder) Fuzzy(m field.Mapping, text string, edits int, c Clause) (Node, error) {
	if !m.Type.IsText() && !m.Type.IsKeyword() {
		return nil, fmt.Errorf("a fuzzy term cannot be searched in a field of type %s, only in keyword and text", m.Type)
	}
	text = normalize(m.Normalizer, text)
	if m.Type.IsText() {
		text = strings.ToLower(text)
	}
	if edits < 0 {
		edits = match.AutoEdits(text)
	}
	return b.leaf(m, near{text, edits}, c), nil
}

// Wildcard is a wildcard query: the pattern fits a whole value, on texts a whole token.
func (b *Builder) Wildcard(m field.Mapping, pattern *match.Wildcard, c Clause) (Node, error) {
	switch {
	case m.Type.IsText() || m.Normalizer == "lowercase":
		return b.leaf(m, fits{pattern.Map(strings.ToLower)}, c), nil
	case m.Type.IsKeyword():
		return b.patternLeaf(m, pattern, c), nil
	}
	return nil, fmt.Errorf("a wildcard cannot be used on a field of type %s, only on keyword, wildcard and text", m.Type)
}

// EqualFold holds if a whole value is equal without regard to case, folded by code point. Fields whose values are no
// texts are compared as Term does.
func (b *Builder) EqualFold(m field.Mapping, text string, c Clause) (Node, error) {
	if !m.Type.IsKeyword() {
		return b.Term(m, text, c)
	}
	m.Normalizer = foldNormalizer
	return b.leaf(m, equals(match.Fold(text)), c), nil
}

// WildcardFold is a wildcard query without regard to case.
func (b *Builder) WildcardFold(m field.Mapping, pattern *match.Wildcard, c Clause) (Node, error) {
	if !m.Type.IsKeyword() {
		return b.Wildcard(m, pattern, c)
	}
	m.Normalizer = foldNormalizer
	return b.patternLeaf(m, pattern.Fold(), c), nil
}

// Regexp is a regexp query: Lucene's syntax, for a whole value.
func (b *Builder) Regexp(m field.Mapping, re *match.Regexp, c Clause) (Node, error) {
	if !m.Type.IsKeyword() && !m.Type.IsText() {
		return nil, fmt.Errorf("a regular expression cannot be used on a field of type %s, only on keyword, wildcard and text", m.Type)
	}
	return b.leaf(m, matches{re}, c), nil
}

// patternLeaf tests for equality where a pattern has no wildcard, so that long lists become look-ups.
func (b *Builder) patternLeaf(m field.Mapping, pattern *match.Wildcard, c Clause) Node {
	if text, ok := pattern.Literal(); ok {
		return b.leaf(m, equals(text), c)
	}
	return b.leaf(m, fits{pattern}, c)
}

// Bounds is an interval of values, as texts. A bound that is not set is open.
type Bounds struct {
	Low, High         string
	HasLow, HasHigh   bool
	WithLow, WithHigh bool
}

// Range is a range query: numbers, dates and addresses in their own order, everything else in byte order.
func (b *Builder) Range(m field.Mapping, bounds Bounds, c Clause) (Node, error) {
	t, err := b.rangeTest(m, bounds)
	if err != nil {
		return nil, err
	}
	return b.leaf(m, t, c), nil
}

func (b *Builder) rangeTest(m field.Mapping, bounds Bounds) (test, error) {
	switch {
	case m.Type == field.ConstantKeyword:
		return nil, fmt.Errorf("a field of type constant_keyword cannot be searched by range")
	case m.Type == field.Version:
		return versionBetween{textRange(bounds.mapped(value.VersionKey))}, nil
	case m.Type.IsKeyword() || m.Type.IsText():
		return textRange(bounds.mapped(func(s string) string { return normalize(m.Normalizer, s) })), nil
	case m.Type == field.IP:
		return addressRange(bounds)
	case m.Type.IsDate():
		return b.dateRange(m.Type, bounds)
	case m.Type.IsNumber():
		return numberRange(m.Type, bounds)
	case m.Type == field.Boolean:
		return boolRange(bounds)
	}
	return nil, fmt.Errorf("a field of type %s cannot be searched by range", m.Type)
}

// Nested asks for one object of a nested field that satisfies the inner condition, which build makes with the
// builder of those objects.
func (b *Builder) Nested(path string, c Clause, build func(inner *Builder) (Node, error)) (Node, error) {
	i, layout := b.Layout.scopeFor(path)
	inner, err := build(&Builder{Layout: layout, Now: b.Now})
	if err != nil {
		return nil, err
	}
	return &Nested{Path: path, Inner: inner, Source: c, scope: i}, nil
}

func (b *Builder) leaf(m field.Mapping, t test, c Clause) Node {
	return &Leaf{Field: m, Source: c, slot: b.Layout.slotFor(m), test: t}
}

func analyze(m field.Mapping, text string) []match.Token {
	analyzer, ok := match.AnalyzerByName(m.Analyzer)
	if !ok {
		analyzer = match.Standard
	}
	return analyzer(text)
}

func textRange(b Bounds) textBetween {
	return textBetween{low: b.Low, high: b.High, hasLow: b.HasLow, hasHigh: b.HasHigh, withLow: b.WithLow, withHigh: b.WithHigh}
}

func (b Bounds) mapped(f func(string) string) Bounds {
	b.Low, b.High = f(b.Low), f(b.High)
	return b
}

func addressTest(text string) (test, error) {
	block, err := match.ParseBlock(text)
	if err != nil {
		return nil, err
	}
	if block.First == block.Last {
		return equals(block.First[:]), nil
	}
	return textBetween{low: string(block.First[:]), high: string(block.Last[:]), hasLow: true, hasHigh: true, withLow: true, withHigh: true}, nil
}

func addressRange(b Bounds) (test, error) {
	var err error
	out := b.mapped(func(s string) string {
		a, ok := match.ParseAddress(s)
		if !ok && s != "" {
			err = fmt.Errorf("%q is not an IP address", s)
		}
		return string(a[:])
	})
	return textRange(out), err
}

func boolTest(text string) (test, error) {
	if text != "true" && text != "false" {
		return nil, fmt.Errorf("%q is not a boolean: write true or false", text)
	}
	bits := value.BoolBits(text == "true")
	return between{bits, bits}, nil
}

func boolRange(b Bounds) (test, error) {
	out := between{0, 1}
	if b.HasLow {
		if _, err := boolTest(b.Low); err != nil {
			return nil, err
		}
		out.low = value.BoolBits(b.Low == "true") + 1 - value.BoolBits(b.WithLow)
	}
	if b.HasHigh {
		if _, err := boolTest(b.High); err != nil {
			return nil, err
		}
		out.high = value.BoolBits(b.High == "true") - 1 + value.BoolBits(b.WithHigh)
	}
	return out, nil
}

func (b *Builder) dateRange(kind field.Type, bounds Bounds) (test, error) {
	out := between{math.MinInt64, math.MaxInt64}
	if bounds.HasLow {
		round := datemath.Up // greater than a day is after its end
		if bounds.WithLow {
			round = datemath.Down
		}
		at, err := datemath.Parse(bounds.Low, b.Now, round)
		if err != nil {
			return nil, err
		}
		out.low = dateBits(kind, at) + 1 - value.BoolBits(bounds.WithLow)
	}
	if bounds.HasHigh {
		round := datemath.Down
		if bounds.WithHigh {
			round = datemath.Up
		}
		at, err := datemath.Parse(bounds.High, b.Now, round)
		if err != nil {
			return nil, err
		}
		out.high = dateBits(kind, at) - 1 + value.BoolBits(bounds.WithHigh)
	}
	return out, nil
}
