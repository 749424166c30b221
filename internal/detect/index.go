package detect

import (
	"strings"

	"github.com/tocsin-rules/tocsin/internal/match"
)

// indexPatterns are the patterns of a rule, exclusions (with a leading "-") apart.
type indexPatterns struct {
	include, exclude []*match.Wildcard
}

func newIndexPatterns(patterns []string) indexPatterns {
	var p indexPatterns
	for _, pattern := range patterns {
		for one := range strings.SplitSeq(pattern, ",") {
			// A remote cluster's events are in the file like the local ones.
			one = strings.TrimSpace(one)
			excluded := strings.HasPrefix(one, "-")
			one = strings.TrimPrefix(one, "-")
			one = one[strings.LastIndexByte(one, ':')+1:]
			if excluded {
				p.exclude = append(p.exclude, match.Glob(one))
			} else {
				p.include = append(p.include, match.Glob(one))
			}
		}
	}
	return p
}

// hold tells whether the rule searches an index. An event that does not say where it comes from is taken to be there,
// and a rule without patterns searches everything.
func (p indexPatterns) hold(index string) bool {
	if index == "" || len(p.include) == 0 {
		return true
	}
	name := dataStreamOf(index)
	fits := func(list []*match.Wildcard) bool {
		for _, w := range list {
			if w.Match(index) || w.Match(name) {
				return true
			}
		}
		return false
	}
	return fits(p.include) && !fits(p.exclude)
}

// dataStreamOf gives the data stream of a backing index: ".ds-logs-x-default-2026.11.22-000001" is
// "logs-x-default"; any other name stays.
func dataStreamOf(index string) string {
	const generation = "-2006.01.02-000001"
	name, ok := strings.CutPrefix(index, ".ds-")
	if !ok || len(name) < len(generation) {
		return index
	}
	cut := len(name) - len(generation)
	for i, c := range []byte(name[cut:]) {
		digit := c >= '0' && c <= '9'
		if wantDigit := generation[i] >= '0' && generation[i] <= '9'; digit != wantDigit || !digit && c != generation[i] {
			return index
		}
	}
	return name[:cut]
}
