package filter

import (
	"strings"

	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/value"
)

// Value is a field's value as it is indexed: Text for keywords, addresses (16 bytes) and tokens, Bits for whatever
// is ordered as a number. For tokens Bits is the position.
type Value struct {
	Text string
	Bits value.Bits
}

// test is a condition on the values of a field.
type test interface {
	holds(values []Value) bool
}

// folder is a test that can be repeated without regard to case, to explain a near miss.
type folder interface {
	folded() test
}

type exists struct{}

func (exists) holds(values []Value) bool { return len(values) > 0 }

type equals string

func (t equals) holds(values []Value) bool {
	for i := range values {
		if values[i].Text == string(t) {
			return true
		}
	}
	return false
}

func (t equals) folded() test { return equals(strings.ToLower(string(t))) }

type oneOf struct{ texts map[string]struct{} }

func (t *oneOf) holds(values []Value) bool {
	for i := range values {
		if _, ok := t.texts[values[i].Text]; ok {
			return true
		}
	}
	return false
}

type fits struct{ pattern *match.Wildcard }

func (t fits) holds(values []Value) bool {
	for i := range values {
		if t.pattern.Match(values[i].Text) {
			return true
		}
	}
	return false
}

func (t fits) folded() test { return fits{t.pattern.Map(strings.ToLower)} }

type matches struct{ re *match.Regexp }

func (t matches) holds(values []Value) bool {
	for i := range values {
		if t.re.Match(values[i].Text) {
			return true
		}
	}
	return false
}

// inSet holds if a value fits any of many patterns, in one pass.
type inSet struct{ set *match.Set }

func (t inSet) holds(values []Value) bool {
	for i := range values {
		if t.set.Match(values[i].Text) {
			return true
		}
	}
	return false
}

// between holds for Bits from low to high, both included.
type between struct{ low, high value.Bits }

func (t between) holds(values []Value) bool {
	for i := range values {
		if values[i].Bits >= t.low && values[i].Bits <= t.high {
			return true
		}
	}
	return false
}

// textBetween holds for texts in an interval by byte order. A missing bound is open.
type textBetween struct {
	low, high       string
	hasLow, hasHigh bool
	// withLow and withHigh tell whether the bounds themselves are inside.
	withLow, withHigh bool
}

func (t textBetween) holds(values []Value) bool {
	for i := range values {
		if t.inside(values[i].Text) {
			return true
		}
	}
	return false
}

func (t textBetween) inside(text string) bool {
	if t.hasLow && (text < t.low || text == t.low && !t.withLow) {
		return false
	}
	return !t.hasHigh || text < t.high || text == t.high && t.withHigh
}

// versionBetween compares texts as versions.
type versionBetween struct{ textBetween }

func (t versionBetween) holds(values []Value) bool {
	for i := range values {
		if t.inside(value.VersionKey(values[i].Text)) {
			return true
		}
	}
	return false
}

// phrase holds if the tokens stand one after the other. Values must be tokens in order.
type phrase []string

func (t phrase) holds(values []Value) bool {
	for i := range values {
		if i+len(t) > len(values) {
			return false
		}
		if t.at(values[i:]) {
			return true
		}
	}
	return false
}

func (t phrase) at(values []Value) bool {
	for k, token := range t {
		if values[k].Text != token || values[k].Bits != values[0].Bits+value.Bits(k) {
			return false
		}
	}
	return true
}

// sloppy holds if the words stand near each other: moving them into the order of the phrase takes at most slop places
// (Lucene: the spread of their positions, each less its place in the phrase).
type sloppy struct {
	words []string
	slop  value.Bits
}

// sloppyWork bounds the combinations of tokens that are tried: a phrase of one word many times over must not run away.
const sloppyWork = 100_000

func (t sloppy) holds(values []Value) bool {
	work := sloppyWork
	return len(t.words) > 0 && t.place(values, 0, 0, 0, &work)
}

// place finds a token for word i, given the lowest and highest shift of the words before it.
func (t sloppy) place(values []Value, i int, low, high value.Bits, work *int) bool {
	if i == len(t.words) {
		return true
	}
	for k := range values {
		if *work--; *work < 0 || values[k].Text != t.words[i] {
			continue
		}
		shift := values[k].Bits - value.Bits(i)
		l, h := min(low, shift), max(high, shift)
		if i == 0 {
			l, h = shift, shift
		}
		if h-l <= t.slop && t.place(values, i+1, l, h, work) {
			return true
		}
	}
	return false
}

// near holds for a text within a number of edits.
type near struct {
	text  string
	edits int
}

func (t near) holds(values []Value) bool {
	for i := range values {
		if match.Within(t.text, values[i].Text, t.edits) {
			return true
		}
	}
	return false
}

// never holds for no value: the literal cannot be a value of the field's type.
type never struct{ reason string }

func (never) holds([]Value) bool { return false }
