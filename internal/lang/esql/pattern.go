package esql

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tocsin-rules/tocsin/internal/match"
)

// wildcards compiles the patterns of LIKE.
func wildcards(patterns []string) func(string) bool {
	list := make([]*match.Wildcard, len(patterns))
	for i, pattern := range patterns {
		list[i] = match.LuceneWildcard(pattern)
	}
	if len(list) == 1 {
		return list[0].Match
	}
	return match.NewSet(list).Match
}

// regexps compiles the patterns of RLIKE. What is wrong with one stands at its place.
func (c *checker) regexps(e *Like, patterns []string) func(string) bool {
	var list []*match.Regexp
	for i, pattern := range patterns {
		re, err := c.env().Regexps.Compile(pattern, match.RegexpFlags{NoComplement: true})
		if err != nil {
			help := ""
			if bad := new(match.RegexpError); errors.As(err, &bad) {
				help = bad.Help
			}
			c.fail(e.Patterns[i].Span(), "esql-pattern", fmt.Sprintf("Invalid regex pattern for RLIKE [%s]: [%v]", pattern, err), help)
			continue
		}
		list = append(list, re)
	}
	return func(text string) bool {
		return slices.ContainsFunc(list, func(re *match.Regexp) bool { return re.Match(text) })
	}
}
