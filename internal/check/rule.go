package check

import (
	"fmt"

	"github.com/tocsin-rules/tocsin/internal/rule"
)

func ruleChecks() []*Check {
	return []*Check{
		{
			Name: "no-index", Scope: ScopeRule, Level: Warning,
			Reason: "without index patterns and data view a rule searches what Kibana's advanced settings happen to say",
			Avoid:  "a query rule without index", Prefer: `index = ["logs-endpoint.events.process*"]`,
			run: noIndex,
		},
		{
			Name: "duplicate-tag", Scope: ScopeRule, Level: Warning,
			Reason: "a tag says something once",
			Avoid:  `tags = ["OS: Linux", "OS: Linux"]`, Prefer: `tags = ["OS: Linux"]`,
			run: duplicateTag,
		},
		{
			Name: "timeline-pair", Scope: ScopeRule, Level: Error,
			Reason: "Kibana refuses a timeline template with an id and no title, or the reverse",
			Avoid:  `timeline_id = "..."`, Prefer: `timeline_id = "..." and timeline_title = "..."`,
			run: timelinePair,
		},
		{
			Name: "duplicate-tactic", Scope: ScopeRule, Level: Warning,
			Reason: "Kibana shows one entry for each tactic: techniques of the same tactic stand together",
			Avoid:  "two [[rule.threat]] tables of one tactic", Prefer: "one, with all its techniques",
			run: duplicateTactic,
		},
		{
			Name: "max-signals-limit", Scope: ScopeRule, Level: Warning,
			Reason: "Kibana creates at most 1,000 alerts in a run, unless its own configuration says otherwise",
			Avoid:  "max_signals = 5000", Prefer: "max_signals = 1000",
			run: maxSignals,
		},
		{
			Name: "dates-reversed", Scope: ScopeRule, Level: Warning,
			Reason: "a rule is not updated before it is written",
			Avoid:  `creation_date = "2026/11/22", updated_date = "2026/11/21"`, Prefer: "the day of the change",
			run: datesReversed,
		},
		{
			Name: "risk-score-severity", Scope: ScopeRule, Level: Warning,
			Reason: "severity and risk score say the same in two ways: low is up to 21, medium up to 47, high up to 73, critical above",
			Avoid:  `severity = "high", risk_score = 21`, Prefer: `severity = "high", risk_score = 73`,
			run: riskScoreSeverity,
		},
	}
}

func noIndex(s *subject) {
	switch s.Type {
	case rule.TypeESQL, rule.TypeMachineLearning:
		return
	}
	if len(s.Index) == 0 && s.DataViewID == "" {
		s.reportAt("the rule names neither index patterns nor a data view", "add index = [...]", "rule", "type")
	}
}

func duplicateTag(s *subject) {
	seen := map[string]bool{}
	for i, tag := range s.Tags {
		if seen[tag] {
			s.reportAt(fmt.Sprintf("the tag %q stands there already", tag), "remove it", "rule", "tags", fmt.Sprint(i))
		}
		seen[tag] = true
	}
}

func timelinePair(s *subject) {
	switch {
	case s.TimelineID != "" && s.TimelineTitle == "":
		s.reportAt("a timeline needs its title as well", "add timeline_title", "rule", "timeline_id")
	case s.TimelineID == "" && s.TimelineTitle != "":
		s.reportAt("a timeline needs its id as well", "add timeline_id", "rule", "timeline_title")
	}
}

func duplicateTactic(s *subject) {
	seen := map[string]bool{}
	for i, t := range s.Threat {
		if t.Tactic == nil {
			continue
		}
		id := t.Framework + " " + t.Tactic.ID
		if seen[id] {
			s.reportAt(fmt.Sprintf("the tactic %s has an entry already", t.Tactic.ID), "move the techniques there", "rule", "threat", fmt.Sprint(i), "tactic", "id")
		}
		seen[id] = true
	}
}

// alertsPerRun is the bound of xpack.alerting.rules.run.alerts.max.
const alertsPerRun = 1000

func maxSignals(s *subject) {
	if s.MaxSignals > alertsPerRun {
		s.reportAt(fmt.Sprintf("max_signals is %d, and a run creates at most %d alerts", s.MaxSignals, alertsPerRun), "lower it, or raise xpack.alerting.rules.run.alerts.max in Kibana", "rule", "max_signals")
	}
}

func datesReversed(s *subject) {
	m := s.Metadata
	if m.CreationDate != "" && m.UpdatedDate != "" && m.UpdatedDate < m.CreationDate {
		s.reportAt(fmt.Sprintf("the rule was updated on %s, before it was created on %s", m.UpdatedDate, m.CreationDate), "", "metadata", "updated_date")
	}
}

func riskScoreSeverity(s *subject) {
	bounds := map[rule.Severity][2]int{"low": {0, 21}, "medium": {22, 47}, "high": {48, 73}, "critical": {74, 100}}
	b, known := bounds[s.Severity]
	if known && (s.RiskScore < b[0] || s.RiskScore > b[1]) {
		s.reportAt(fmt.Sprintf("a risk score of %d does not fit severity %s, which is %d to %d", s.RiskScore, s.Severity, b[0], b[1]), "", "rule", "risk_score")
	}
}
