package check

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/lang/eql"
)

// typeChecks look at what only rules of some types have.
func typeChecks() []*Check {
	return []*Check{
		{
			Name: "threshold-cardinality-field", Set: Correctness, Level: diag.Error,
			Reason: "Kibana refuses a threshold rule that counts the distinct values of a field it groups by",
			Avoid:  `field = ["user.name"], cardinality = [{ field = "user.name", value = 3 }]`, Prefer: `cardinality = [{ field = "host.id", value = 3 }]`,
			rule: thresholdCardinalityField,
		},
		{
			Name: "threshold-cardinality-ignored", Set: Suspicious, Level: diag.Warning,
			Reason: "only the first cardinality of a threshold rule counts",
			Avoid:  "two entries in threshold.cardinality", Prefer: "one",
			rule: thresholdCardinalityIgnored,
		},
		{
			Name: "risk-score-mapping-ignored", Set: Suspicious, Level: diag.Warning,
			Reason: "only the first entry of risk_score_mapping counts, and its value is not compared",
			Avoid:  `risk_score_mapping = [{ field = "x", operator = "equals", value = "9" }]`, Prefer: `risk_score_mapping = [{ field = "x", operator = "equals", value = "" }]`,
			rule: riskScoreMappingIgnored,
		},
		{
			Name: "override-on-sequence", Set: Suspicious, Level: diag.Warning,
			Reason: "overrides of severity, risk score and name do not hold for the alerts of sequences and samples",
			Avoid:  "severity_mapping on a sequence", Prefer: "the rule's own severity",
			rule: overrideOnSequence,
		},
	}
}

func thresholdCardinalityField(p *pass) {
	t := p.Rule.Threshold
	if t == nil || t.Field == nil {
		return
	}
	for i, c := range t.Cardinality {
		if slices.Contains(t.Field.Values, c.Field) {
			p.reportAt(finding{message: fmt.Sprintf("the rule groups by `%s`, which has one value in each group", c.Field), help: "count another field"},
				"rule", "threshold", "cardinality", strconv.Itoa(i), "field")
		}
	}
}

func thresholdCardinalityIgnored(p *pass) {
	if t := p.Rule.Threshold; t != nil && len(t.Cardinality) > 1 {
		p.reportAt(finding{message: "only the first cardinality counts", help: "remove the others"}, "rule", "threshold", "cardinality", "1")
	}
}

func riskScoreMappingIgnored(p *pass) {
	for i, m := range p.Rule.RiskScoreMapping {
		switch {
		case i > 0:
			p.reportAt(finding{message: "only the first entry of risk_score_mapping counts", help: "remove the others"}, "rule", "risk_score_mapping", strconv.Itoa(i))
		case m.Value != "":
			p.reportAt(finding{message: "the value is not compared: every number in the field becomes the score", help: "leave it empty"}, "rule", "risk_score_mapping", "0", "value")
		}
	}
}

func overrideOnSequence(p *pass) {
	if len(p.queries) == 0 || p.queries[0].eql == nil || p.queries[0].eql.Kind == eql.Events {
		return
	}
	tell := func(set bool, key string) {
		if set {
			p.reportAt(finding{message: fmt.Sprintf("`%s` has no effect on the alerts of a sequence or sample", key), help: "remove it"}, "rule", key)
		}
	}
	tell(len(p.Rule.SeverityMapping) > 0, "severity_mapping")
	tell(len(p.Rule.RiskScoreMapping) > 0, "risk_score_mapping")
	tell(p.Rule.RuleNameOverride != "", "rule_name_override")
}
