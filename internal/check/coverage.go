package check

import (
	"strings"

	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/match"
)

// Coverage is how far the field catalogs name the fields of a rule's indices.
type Coverage uint8

// The coverages.
const (
	// Partly is the coverage of a rule that reads an index of which no catalog knows.
	Partly Coverage = iota
	// ByPackages is that of a rule that reads data streams of packages whose catalogs are there, and nothing else.
	ByPackages
	// ByCluster is that of a rule whose indices all stand in a catalog of a cluster.
	ByCluster
)

// CoverageOf is the coverage of index patterns by catalogs.
func CoverageOf(indices []string, catalogs []*field.Compact) Coverage {
	coverage := Partly
	for _, index := range indices {
		for one := range strings.SplitSeq(index, ",") {
			one = strings.TrimSpace(one)
			if strings.HasPrefix(one, "-") {
				continue
			}
			own := coverageOf(withoutRemote(one), catalogs)
			switch {
			case own == Partly:
				return Partly
			case coverage == Partly, own < coverage:
				coverage = own
			}
		}
	}
	return coverage
}

func coverageOf(index string, catalogs []*field.Compact) Coverage {
	coverage := Partly
	for _, c := range catalogs {
		for _, stream := range c.Streams {
			if c.Source == field.FromEnvironment && match.Glob(stream.Index).Match(index) {
				return ByCluster
			}
			kind, _, ok := strings.Cut(stream.Index, "-")
			if ok && c.Source == field.FromPackage && ofPackage(index, kind+"-"+c.Title) {
				coverage = ByPackages
			}
		}
	}
	return coverage
}

// ofPackage tells whether a pattern names nothing but data streams of a package: "logs-okta.system-*" or "logs-okta*" those of okta.
func ofPackage(index, prefix string) bool {
	rest, ok := strings.CutPrefix(index, prefix)
	return ok && (rest == "" || strings.IndexByte(".*-", rest[0]) >= 0)
}
