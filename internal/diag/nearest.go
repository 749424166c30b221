package diag

import (
	"slices"
	"strings"
)

// Nearest gives those of the candidates that a writer of word most probably meant, best first, at most limit.
// It is empty when none is near: a wrong suggestion is worse than none.
func Nearest(word string, candidates []string, limit int) []string {
	type scored struct {
		name string
		cost int
	}
	var found []scored
	lower := strings.ToLower(word)
	bound := max(1, len(word)/3)
	for _, c := range candidates {
		cost := editDistance(lower, strings.ToLower(c), bound)
		if cost <= bound && c != word {
			found = append(found, scored{c, cost})
		}
	}
	slices.SortFunc(found, func(a, b scored) int {
		if a.cost != b.cost {
			return a.cost - b.cost
		}
		return strings.Compare(a.name, b.name)
	})
	names := make([]string, 0, limit)
	for _, s := range found {
		if len(names) == limit {
			break
		}
		names = append(names, s.name)
	}
	return names
}

// DidYouMean is the help line for an unknown word: the nearest candidate, or "".
func DidYouMean(word string, candidates []string) string {
	if near := Nearest(word, candidates, 1); len(near) == 1 {
		return "did you mean `" + near[0] + "`?"
	}
	return ""
}

// editDistance counts insertions, deletions, replacements and swaps of neighbours that turn a into b; it gives
// up with bound+1 as soon as the distance must exceed bound.
func editDistance(a, b string, bound int) int {
	if d := len(a) - len(b); d > bound || -d > bound {
		return bound + 1
	}
	before, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			best = min(best, row[j])
		}
		if best > bound {
			return bound + 1
		}
		before, prev, row = prev, row, before
	}
	return prev[len(b)]
}
