package check

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// metadataChecks look at what a rule says beside its query.
func metadataChecks() []*Check {
	return []*Check{
		{
			Name: "updated-before-created", Set: Suspicious, Level: diag.Warning,
			Reason: "a rule cannot have been updated before it was made",
			rule:   updatedBeforeCreated,
		},
		{
			Name: "risk-score-of-severity", Set: Suspicious, Level: diag.Warning,
			Reason: "risk score and severity belong together: low up to 21, medium up to 47, high up to 73, critical above",
			Avoid:  `severity = "low", risk_score = 73`, Prefer: `severity = "high", risk_score = 73`,
			rule: riskScoreOfSeverity,
		},
		{
			Name: "timeline-pair", Set: Correctness, Level: diag.Error,
			Reason: "Kibana needs both the id and the title of a timeline template",
			Avoid:  `timeline_id alone`, Prefer: `timeline_id and timeline_title`,
			rule: timelinePair,
		},
		{
			Name: "max-signals-over-limit", Set: Suspicious, Level: diag.Warning,
			Reason: "Kibana makes at most 1,000 alerts in a run (xpack.alerting.rules.run.alerts.max), whatever the rule asks for",
			Avoid:  `max_signals = 5000`, Prefer: `max_signals = 1000`,
			rule: maxSignals,
		},
		{
			Name: "index-missing", Set: Suspicious, Level: diag.Warning,
			Reason: "a rule without index and data view searches whatever the space's default indices are",
			Prefer: `index = ["logs-endpoint.events.process-*"]`,
			rule:   indexMissing,
		},
		{
			Name: "duplicate-tag", Set: Suspicious, Level: diag.Warning,
			Reason: "a tag that stands twice says nothing more",
			rule:   duplicateTag,
		},
		{
			Name: "duplicate-tactic", Set: Suspicious, Level: diag.Warning,
			Reason: "one entry holds all techniques of a tactic: two of the same tactic are counted twice",
			rule:   duplicateTactic,
		},
		{
			Name: "duplicate-new-terms", Set: Correctness, Level: diag.Error,
			Reason: "a field that stands twice among the new terms cannot be combined with itself",
			rule:   duplicateNewTerms,
		},
		{
			Name: "integration-mismatch", Set: Suspicious, Level: diag.Warning,
			Reason: "the related integrations are made from metadata.integration: a data set of a package that it does not name is left out",
			Avoid:  `integration = ["aws"] with event.dataset: okta.system`, Prefer: `integration = ["okta"]`,
			rule: integrationMismatch,
		},
		{
			Name: "filter-heeds-case", Set: Suspicious, Level: diag.Warning,
			Reason: "a wildcard in a filter heeds case unless it says otherwise",
			Avoid:  `[rule.filters.query.wildcard."file.path"] without case_insensitive`, Prefer: `"case_insensitive" = true`,
			rule: filterHeedsCase,
		},
		{
			Name: "min-stack-unsupported", Set: Policy, Level: diag.Warning,
			Reason: "a rule for a release older than the oldest supported one (check.oldest_stack) need not say so",
			rule:   minStackUnsupported,
		},
		{
			Name: "min-stack-comment-missing", Set: Policy, Level: Off,
			Reason: "why a rule needs a newer release is forgotten unless min_stack_comments says it",
			rule:   minStackComment,
		},
	}
}

func updatedBeforeCreated(p *pass) {
	m := p.Rule.Metadata
	if m.CreationDate != "" && m.UpdatedDate != "" && m.UpdatedDate < m.CreationDate {
		p.reportAt(finding{message: fmt.Sprintf("updated on %s, before it was created on %s", m.UpdatedDate, m.CreationDate)}, "metadata", "updated_date")
	}
}

// scoreLimits are the highest scores of the severities (Kibana's rule editor).
func scoreLimits() map[rule.Severity][2]int {
	return map[rule.Severity][2]int{rule.Low: {0, 21}, rule.Medium: {22, 47}, rule.High: {48, 73}, rule.Critical: {74, 100}}
}

func riskScoreOfSeverity(p *pass) {
	limits, ok := scoreLimits()[p.Rule.Severity]
	if ok && (p.Rule.RiskScore < limits[0] || p.Rule.RiskScore > limits[1]) {
		p.reportAt(finding{
			message: fmt.Sprintf("a risk score of %d is not one of severity %s, %d to %d", p.Rule.RiskScore, p.Rule.Severity, limits[0], limits[1]),
			help:    "change the one or the other",
		}, "rule", "risk_score")
	}
}

func timelinePair(p *pass) {
	switch {
	case p.Rule.TimelineID != "" && p.Rule.TimelineTitle == "":
		p.reportAt(finding{message: "the timeline template has no title", help: "add `timeline_title`"}, "rule", "timeline_id")
	case p.Rule.TimelineID == "" && p.Rule.TimelineTitle != "":
		p.reportAt(finding{message: "the timeline template has no id", help: "add `timeline_id`"}, "rule", "timeline_title")
	}
}

// maxAlerts is Kibana's limit of alerts in a run.
const maxAlerts = 1000

func maxSignals(p *pass) {
	if p.Rule.MaxSignals > maxAlerts {
		p.reportAt(finding{message: fmt.Sprintf("max_signals is %d, and Kibana makes at most %d alerts in a run", p.Rule.MaxSignals, maxAlerts)}, "rule", "max_signals")
	}
}

func indexMissing(p *pass) {
	switch p.Rule.Type {
	case rule.TypeESQL, rule.TypeMachineLearning, rule.TypeThreatMatch, rule.TypeSavedQuery:
		return
	}
	if len(p.Rule.Index) == 0 && p.Rule.DataViewID == "" {
		p.reportAt(finding{message: "the rule names neither `index` nor `data_view_id`", help: `add index = ["..."]`}, "rule", "type")
	}
}

func duplicateTag(p *pass) {
	for i, tag := range p.Rule.Tags {
		if slices.Contains(p.Rule.Tags[:i], tag) {
			p.reportAt(finding{message: fmt.Sprintf("the tag %q stands twice", tag), help: "remove it"}, "rule", "tags", strconv.Itoa(i))
		}
	}
}

func duplicateTactic(p *pass) {
	seen := map[string]bool{}
	for i, t := range p.Rule.Threat {
		if t.Tactic == nil || t.Tactic.ID == "" {
			continue
		}
		if seen[t.Tactic.ID] {
			p.reportAt(finding{message: fmt.Sprintf("the tactic %s has an entry already", t.Tactic.ID), help: "move the techniques into the first one"}, "rule", "threat", strconv.Itoa(i), "tactic", "id")
		}
		seen[t.Tactic.ID] = true
	}
}

func duplicateNewTerms(p *pass) {
	if p.Rule.NewTerms == nil {
		return
	}
	for i, name := range p.Rule.NewTerms.Value {
		if slices.Contains(p.Rule.NewTerms.Value[:i], name) {
			p.reportAt(finding{message: fmt.Sprintf("the field `%s` stands twice", name), help: "remove it"}, p.newTerm(i)...)
		}
	}
}

// newTerm is the path of a new term, in the form that the file has: the API's or that of [rule.new_terms].
func (p *pass) newTerm(i int) []string {
	if doc := p.Rule.Doc(); doc != nil {
		if _, ok := doc.Find("rule", "new_terms_fields"); ok {
			return []string{"rule", "new_terms_fields", strconv.Itoa(i)}
		}
	}
	return []string{"rule", "new_terms", "value", strconv.Itoa(i)}
}

// integrationMismatch compares the packages of the data sets that the query asks for with those that the rule names.
func integrationMismatch(p *pass) {
	integration := p.Rule.Metadata.Integration
	if integration == nil || len(p.queries) == 0 {
		return
	}
	p.at = p.queries[0]
	p.packagesOfIndices(func(name string, place diag.Place) {
		if !slices.Contains(integration.Values, name) {
			p.reportPlace(place, finding{
				message: fmt.Sprintf("the index is one of the package %s, which metadata.integration does not name", name), help: fmt.Sprintf("add %q to metadata.integration", name),
			})
		}
	})
	p.at.each(func(c *Comparison, _ event, negated bool) {
		if negated || c.Field != "event.dataset" && c.Field != "data_stream.dataset" {
			return
		}
		for _, v := range c.Values {
			name, _, ok := strings.Cut(v.Text, ".")
			if !ok || v.Wildcard != nil || slices.Contains(integration.Values, name) {
				continue
			}
			p.report(v.At, finding{
				message: fmt.Sprintf("`%s` is a data set of the package %s, which metadata.integration does not name", v.Text, name),
				help:    fmt.Sprintf("add %q to metadata.integration", name),
			})
		}
	})
}

// packageIndex is a pattern of the data streams of one package: "logs-okta.system-*".
var packageIndex = regexp.MustCompile(`^(?:logs|metrics|traces)-([a-z0-9_]+)\.`)

// packagesOfIndices visits the index patterns of the rule that name a package, where they stand.
func (p *pass) packagesOfIndices(visit func(name string, place diag.Place)) {
	look := func(pattern string, place diag.Place) {
		if m := packageIndex.FindStringSubmatch(withoutRemote(pattern)); m != nil {
			visit(m[1], place)
		}
	}
	for i, pattern := range p.Rule.Index {
		look(pattern, p.Rule.Place("rule", "index", strconv.Itoa(i)))
	}
	if p.at.esql == nil {
		return
	}
	for _, c := range esql.Commands(p.at.esql) {
		if from, ok := c.(*esql.From); ok {
			for _, index := range from.Indices {
				look(index.Text, diag.Place{File: p.at.view.File(), Span: p.at.view.Span(index.At)})
			}
		}
	}
}

func filterHeedsCase(p *pass) {
	for i, f := range p.Rule.Filters {
		query, _ := f["query"].(map[string]any)
		wildcard, _ := query["wildcard"].(map[string]any)
		for name, body := range wildcard {
			options, _ := body.(map[string]any)
			value, _ := options["value"].(string)
			if text, ok := options["wildcard"].(string); ok {
				value = text
			}
			if options["case_insensitive"] == nil && hasLetter(value) {
				p.reportAt(finding{message: fmt.Sprintf("the filter on `%s` heeds case", name), help: `add "case_insensitive" = true, or false if that is meant`},
					"rule", "filters", strconv.Itoa(i), "query", "wildcard", name)
			}
		}
	}
}

func minStackUnsupported(p *pass) {
	oldest, min := p.suite.config.OldestStack, p.Rule.Metadata.MinStackVersion
	if oldest != "" && min != "" && before(min, oldest) {
		p.reportAt(finding{message: fmt.Sprintf("min_stack_version is %s, and the oldest release that rules must run on is %s", min, oldest), help: "remove it"}, "metadata", "min_stack_version")
	}
}

// before compares two releases.
func before(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		m, _ := strconv.Atoi(x[i])
		n, _ := strconv.Atoi(y[i])
		if m != n {
			return m < n
		}
	}
	return false
}

func minStackComment(p *pass) {
	m := p.Rule.Metadata
	if m.MinStackVersion != "" && m.MinStackComments == "" {
		p.reportAt(finding{message: "nothing says why the rule needs this release", help: "add `min_stack_comments`"}, "metadata", "min_stack_version")
	}
}
