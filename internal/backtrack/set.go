package backtrack

import (
	"slices"
	"unicode"
)

// A set is a set of code points: a bitmap for ASCII, and all of it as sorted pairs of first and last.
type set struct {
	ascii  [2]uint64
	ranges []rune
}

func (s *set) has(r rune) bool {
	if r < 128 {
		return s.ascii[r>>6]&(1<<(uint(r)&63)) != 0
	}
	low, high := 0, len(s.ranges)/2
	for low < high {
		mid := (low + high) / 2
		switch {
		case r < s.ranges[2*mid]:
			high = mid
		case r > s.ranges[2*mid+1]:
			low = mid + 1
		default:
			return true
		}
	}
	return false
}

// newSet sorts and joins ranges, given as pairs.
func newSet(ranges []rune) *set {
	pairs := make([][2]rune, 0, len(ranges)/2)
	for i := 0; i+1 < len(ranges); i += 2 {
		pairs = append(pairs, [2]rune{ranges[i], ranges[i+1]})
	}
	slices.SortFunc(pairs, func(a, b [2]rune) int { return int(a[0] - b[0]) })
	s := &set{}
	for _, p := range pairs {
		if n := len(s.ranges); n > 0 && p[0] <= s.ranges[n-1]+1 {
			s.ranges[n-1] = max(s.ranges[n-1], p[1])
			continue
		}
		s.ranges = append(s.ranges, p[0], p[1])
	}
	for i := 0; i < len(s.ranges); i += 2 {
		for r := s.ranges[i]; r <= min(s.ranges[i+1], 127); r++ {
			s.ascii[r>>6] |= 1 << (uint(r) & 63)
		}
	}
	return s
}

func (s *set) union(other *set) *set {
	return newSet(append(slices.Clone(s.ranges), other.ranges...))
}

func (s *set) negate() *set {
	var out []rune
	next := rune(0)
	for i := 0; i < len(s.ranges); i += 2 {
		if s.ranges[i] > next {
			out = append(out, next, s.ranges[i]-1)
		}
		next = s.ranges[i+1] + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, next, unicode.MaxRune)
	}
	return newSet(out)
}

func (s *set) intersect(other *set) *set {
	return s.negate().union(other.negate()).negate()
}

// single gives the only code point of a set.
func (s *set) single() (rune, bool) {
	if len(s.ranges) == 2 && s.ranges[0] == s.ranges[1] {
		return s.ranges[0], true
	}
	return 0, false
}

// foldLimit bounds the ranges whose every code point is folded: a larger one holds nearly all cases of its letters.
const foldLimit = 3000

// fold adds the other cases of the letters: those of ASCII, or with unicode of any script.
func (s *set) fold(everyScript bool) *set {
	out := slices.Clone(s.ranges)
	for i := 0; i < len(s.ranges); i += 2 {
		low, high := s.ranges[i], s.ranges[i+1]
		if everyScript && high-low < foldLimit {
			for r := low; r <= high; r++ {
				for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
					out = append(out, other, other)
				}
			}
			continue
		}
		for r := low; r <= min(high, 'z'); r++ {
			if isLetter(r) {
				out = append(out, r^0x20, r^0x20)
			}
		}
	}
	return newSet(out)
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isWord(r rune) bool { return isLetter(r) || isDigit(r) || r == '_' }

// isWordAny tells whether a code point is part of a word in any script: what Ruby's \b looks at.
func isWordAny(r rune) bool {
	return r < 128 && isWord(r) || r >= 128 && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r) || unicode.Is(unicode.Pc, r))
}

func ofTable(table *unicode.RangeTable) *set {
	var out []rune
	for _, r := range table.R16 {
		out = appendStride(out, rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	for _, r := range table.R32 {
		out = appendStride(out, rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	return newSet(out)
}

func appendStride(out []rune, low, high, stride rune) []rune {
	if stride == 1 {
		return append(out, low, high)
	}
	for r := low; r <= high; r += stride {
		out = append(out, r, r)
	}
	return out
}
