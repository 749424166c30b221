package export

import (
	"fmt"
	"slices"

	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/semver"
)

// novelty is a field that Kibana knows from a release on, for rules of some types; none means all.
type novelty struct {
	field string
	from  semver.Version
	types []rule.Type
}

// novelties are the fields that came after the rule types that have them (detection-rules: the least versions of its schemas).
func novelties() []novelty {
	v := func(minor int) semver.Version { return semver.Version{Major: 8, Minor: minor} } // all of them came in this one
	return []novelty{
		{"related_integrations", v(3), nil},
		{"required_fields", v(3), nil},
		{"setup", v(3), nil},
		{"investigation_fields", v(11), nil},
		{"timestamp_field", v(0), []rule.Type{rule.TypeEQL}},
		{"event_category_override", v(0), []rule.Type{rule.TypeEQL}},
		{"tiebreaker_field", v(0), []rule.Type{rule.TypeEQL}},
		{"alert_suppression", v(8), []rule.Type{rule.TypeQuery, rule.TypeSavedQuery}},
		{"alert_suppression", v(12), []rule.Type{rule.TypeThreshold}},
		{"alert_suppression", v(13), []rule.Type{rule.TypeThreatMatch}},
		{"alert_suppression", v(14), []rule.Type{rule.TypeEQL, rule.TypeNewTerms}},
		{"alert_suppression", v(15), []rule.Type{rule.TypeESQL, rule.TypeMachineLearning}},
	}
}

// older leaves out what the stack does not know yet, and tells: Kibana would drop it in silence. The peer leaves the same out.
func (c *conversion) older() {
	for _, n := range novelties() {
		if c.api[n.field] == nil || c.env.Stack.Compare(n.from) >= 0 || n.types != nil && !slices.Contains(n.types, c.rule.Type) {
			continue
		}
		delete(c.api, n.field)
		c.note(TooNew, fmt.Sprintf("`%s` needs %s and is left out", n.field, release(n.from)))
	}
}

func release(v semver.Version) string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }

// Refusal says why a stack cannot run a rule at all, "" when it can: what it needs cannot be left out without changing what
// the rule means.
func Refusal(r *rule.Rule, stack semver.Version) string {
	needs := func(major, minor int, what string) string {
		if stack.Compare(semver.Version{Major: major, Minor: minor}) >= 0 {
			return ""
		}
		return fmt.Sprintf("%s need %d.%d", what, major, minor)
	}
	switch {
	case r.Type == rule.TypeESQL:
		return needs(8, 13, "rules of type esql")
	case r.Type == rule.TypeNewTerms && r.NewTerms != nil && len(r.NewTerms.Value) > 1:
		return needs(8, 6, "new terms of several fields")
	case r.Type == rule.TypeThreshold && r.Threshold != nil && r.Threshold.Field != nil && len(r.Threshold.Field.Values) > 3:
		return needs(9, 2, "thresholds over more than three fields")
	case r.Type == rule.TypeThreatMatch && negates(r):
		return needs(9, 2, "negated entries of an indicator mapping")
	}
	return ""
}

func negates(r *rule.Rule) bool {
	return slices.ContainsFunc(r.ThreatMapping, func(m rule.IndicatorMapping) bool {
		return slices.ContainsFunc(m.Entries, func(e rule.IndicatorEntry) bool { return e.Negate != nil && *e.Negate })
	})
}
