package check

import (
	"fmt"
	"slices"
)

// typeChecks look at what only rules of some types have.
func typeChecks() []*Check {
	return []*Check{
		{
			Name: "threshold-cardinality-field", Scope: ScopeRule, Level: Error,
			Reason: "Kibana refuses a threshold rule that counts distinct values of a field it groups by",
			Avoid:  `field = ["user.name"], cardinality = [{ field = "user.name", value = 3 }]`, Prefer: "another field to count",
			run: thresholdCardinality,
		},
		{
			Name: "threshold-cardinality-ignored", Scope: ScopeRule, Level: Warning,
			Reason: "only the first cardinality of a threshold rule is evaluated",
			Avoid:  "two entries below threshold.cardinality", Prefer: "one",
			run: thresholdSecondCardinality,
		},
		{
			Name: "risk-score-mapping-ignored", Scope: ScopeRule, Level: Warning,
			Reason: "only the first entry of risk_score_mapping is used, and neither its value nor its risk_score",
			Avoid:  `two entries below risk_score_mapping`, Prefer: `risk_score_mapping = [{ field = "event.risk_score", operator = "equals", value = "" }]`,
			run: riskScoreMapping,
		},
		{
			Name: "override-on-sequence", Scope: ScopeRule, Level: Warning,
			Reason: "severity, risk score and name overrides do not apply to the alerts of sequences and samples",
			Avoid:  "severity_mapping on a sequence", Prefer: "the severity of the rule itself",
			run: overrideOnSequence,
		},
		{
			Name: "new-terms-duplicate", Scope: ScopeRule, Level: Error,
			Reason: "a field that stands twice makes no other combination of terms",
			Avoid:  `value = ["user.id", "user.id"]`, Prefer: `value = ["user.id", "host.id"]`,
			run: newTermsDuplicate,
		},
	}
}

func thresholdCardinality(s *subject) {
	if s.Threshold == nil {
		return
	}
	for i, c := range s.Threshold.Cardinality {
		if slices.Contains(s.thresholdFields(), c.Field) {
			s.reportAt(fmt.Sprintf("%s is what the rule groups by: it has one value in each group", c.Field), "count another field", "rule", "threshold", "cardinality", fmt.Sprint(i), "field")
		}
	}
}

func (s *subject) thresholdFields() []string {
	if s.Threshold == nil || s.Threshold.Field == nil {
		return nil
	}
	return s.Threshold.Field.Values
}

func thresholdSecondCardinality(s *subject) {
	if s.Threshold != nil && len(s.Threshold.Cardinality) > 1 {
		s.reportAt("only the first cardinality is evaluated", "leave the others out", "rule", "threshold", "cardinality", "1")
	}
}

func riskScoreMapping(s *subject) {
	for i, m := range s.RiskScoreMapping {
		switch {
		case i > 0:
			s.reportAt("only the first entry of risk_score_mapping is used", "leave the others out", "rule", "risk_score_mapping", fmt.Sprint(i))
		case m.Value != "":
			s.reportAt("the value of a risk score mapping is not compared: every number in the field is taken as the score", "leave it empty", "rule", "risk_score_mapping", "0", "value")
		}
	}
}

func overrideOnSequence(s *subject) {
	if s.eql == nil || s.eql.Filter != nil {
		return
	}
	for key, has := range map[string]bool{
		"severity_mapping": len(s.SeverityMapping) > 0, "risk_score_mapping": len(s.RiskScoreMapping) > 0, "rule_name_override": s.RuleNameOverride != "",
	} {
		if has {
			s.reportAt(key+" has no effect on the alerts of a sequence or sample", "leave it out", "rule", key)
		}
	}
}

func newTermsDuplicate(s *subject) {
	if s.NewTerms == nil {
		return
	}
	seen := map[string]bool{}
	for _, name := range s.NewTerms.Value {
		if seen[name] {
			s.reportAt(fmt.Sprintf("%s stands among the new terms twice", name), "remove one", "rule", "new_terms", "value")
		}
		seen[name] = true
	}
}
