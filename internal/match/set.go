package match

import (
	"slices"
	"strings"
)

// Set is a list of wildcard patterns of which a text has to fit one. It costs about the same for one pattern and for
// thousands: whole texts are looked up, patterns with a single run at the ends are found in tries, those that begin
// and end with a run in one pass over the text, and any other is tried only when its longest literal occurs. A Set
// is immutable, safe for concurrent use, and matching allocates nothing.
type Set struct {
	count int
	all   bool // a pattern fits every text
	exact map[string]struct{}
	// shortest and longest bound the texts in exact.
	shortest, longest  int
	prefixes, suffixes *trie // the suffixes backwards
	scanners           []*scanner
	single             []*Wildcard // to be tried one by one
}

// maxSingles is how many patterns that need a look at the whole text are tried one by one, because the search for
// one literal is that much faster than the search for many.
const maxSingles = 16

// NewSet compiles patterns into a set, in any order; they may repeat.
func NewSet(patterns []*Wildcard) *Set {
	s := &Set{count: len(patterns), exact: map[string]struct{}{}}
	var prefixes, suffixes []string
	var inside []*Wildcard
	for _, w := range patterns {
		switch kind, literal := w.shape(); kind {
		case shapeAll:
			s.all = true
		case shapeExact:
			s.exact[literal] = struct{}{}
		case shapePrefix:
			prefixes = append(prefixes, literal)
		case shapeSuffix:
			suffixes = append(suffixes, backwards(literal))
		case shapeUnbound:
			s.single = append(s.single, w)
		default:
			inside = append(inside, w)
		}
	}
	s.measureExact()
	s.prefixes, s.suffixes = newTrie(distinct(prefixes)), newTrie(distinct(suffixes))
	if len(inside) <= maxSingles {
		s.single = append(s.single, inside...)
	} else {
		s.scanners = newScanners(inside)
	}
	return s
}

// Len is the number of patterns that the set was made of.
func (s *Set) Len() int { return s.count }

// Match tells whether the whole text fits one of the patterns.
func (s *Set) Match(text string) bool {
	if s.all {
		return true
	}
	if s.shortest <= len(text) && len(text) <= s.longest {
		if _, ok := s.exact[text]; ok {
			return true
		}
	}
	if s.prefixes.beginsOf(text) || s.suffixes.endsOf(text) {
		return true
	}
	for _, w := range s.single {
		if w.Match(text) {
			return true
		}
	}
	for _, scanner := range s.scanners {
		if scanner.match(text) {
			return true
		}
	}
	return false
}

func (s *Set) measureExact() {
	s.shortest, s.longest = 1, 0
	first := true
	for text := range s.exact {
		if first {
			s.shortest, s.longest, first = len(text), len(text), false
		}
		s.shortest, s.longest = min(s.shortest, len(text)), max(s.longest, len(text))
	}
}

func distinct(literals []string) []string {
	slices.Sort(literals)
	return slices.Compact(literals)
}

// backwards gives the bytes of a text in reverse order.
func backwards(text string) string {
	b := []byte(text)
	slices.Reverse(b)
	return string(b)
}

// shape tells how a set finds the texts that a pattern fits.
type shape uint8

const (
	shapeAll     shape = iota // *
	shapeExact                // lit
	shapePrefix               // lit*
	shapeSuffix               // *lit
	shapeInside               // *lit*
	shapeComplex              // any other, with a literal in it
	shapeUnbound              // any other, without
)

// shape classifies the pattern, and gives its literal, or the longest of several.
func (w *Wildcard) shape() (shape, string) {
	before, after := len(w.prefix.parts) > 0, len(w.suffix.parts) > 0
	switch {
	case w.MatchesAll():
		return shapeAll, ""
	case w.exact && !w.prefix.gaps:
		return shapeExact, w.prefix.literal
	case !w.exact && !after && len(w.middle) == 0 && !w.prefix.gaps:
		return shapePrefix, w.prefix.literal
	case !w.exact && !before && len(w.middle) == 0 && !w.suffix.gaps:
		return shapeSuffix, w.suffix.literal
	case !w.exact && !before && !after && len(w.middle) == 1 && !w.middle[0].gaps:
		return shapeInside, w.middle[0].literal
	}
	if literal := w.longestLiteral(); literal != "" {
		return shapeComplex, literal
	}
	return shapeUnbound, ""
}

// longestLiteral gives the longest text that stands in everything the pattern fits, as far as its parts tell.
func (w *Wildcard) longestLiteral() string {
	longest := ""
	for _, s := range slices.Concat([]segment{w.prefix}, w.middle, []segment{w.suffix}) {
		var run strings.Builder
		for _, p := range s.parts {
			if p.Kind == AnyOne {
				run.Reset()
				continue
			}
			if run.WriteString(p.Literal); run.Len() > len(longest) {
				longest = run.String()
			}
		}
	}
	return longest
}
