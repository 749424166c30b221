package page

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// setting is a row of the table of settings; a row without a value is left out.
type setting struct{ name, value string }

// settings appends a table of what the reference pages never show: first what the rule's type adds, then what all rules have.
func (p *page) settings(published *rule.Rule) {
	var rows []string
	for _, s := range append(typeSettings(p.rule), commonSettings(p.rule, published)...) {
		if s.value != "" {
			rows = append(rows, "| "+s.name+" | "+cell(s.value)+" |")
		}
	}
	if len(rows) > 0 {
		p.section("Rule settings", "| Setting | Value |\n| --- | --- |\n"+strings.Join(rows, "\n"))
	}
}

// cell makes the bars within code spans safe for a table; those of plain text are escaped already.
func cell(value string) string {
	var b strings.Builder
	for i := range len(value) {
		if value[i] == '|' && (i == 0 || value[i-1] != '\\') {
			b.WriteByte('\\')
		}
		b.WriteByte(value[i])
	}
	return b.String()
}

func typeSettings(r *rule.Rule) []setting {
	switch r.Type {
	case rule.TypeThreshold:
		return thresholdSettings(r.Threshold)
	case rule.TypeNewTerms:
		return newTermsSettings(r.NewTerms)
	case rule.TypeThreatMatch:
		return indicatorSettings(r)
	case rule.TypeMachineLearning:
		return jobSettings(r)
	case rule.TypeEQL:
		return []setting{
			{"Timestamp field", code(r.TimestampField)},
			{"Event category field", code(r.EventCategoryOverride)},
			{"Tiebreaker field", code(r.TiebreakerField)},
		}
	case rule.TypeSavedQuery:
		return []setting{{"Saved query", code(r.SavedID)}}
	}
	return nil
}

func thresholdSettings(t *rule.Threshold) []setting {
	if t == nil {
		return nil
	}
	value := "at least " + events(t.Value)
	if t.Field != nil {
		if fields := codeEach(t.Field.Values); len(fields) > 0 {
			value += " that agree in " + and(fields)
		}
	}
	var distinct []string
	for _, c := range t.Cardinality {
		if field := code(c.Field); field != "" {
			distinct = append(distinct, fmt.Sprintf("at least %d different values of %s", c.Value, field))
		}
	}
	return []setting{{"Threshold", value}, {"Cardinality", and(distinct)}}
}

func events(n int) string {
	if n == 1 {
		return "1 event"
	}
	return strconv.Itoa(n) + " events"
}

func newTermsSettings(t *rule.NewTerms) []setting {
	if t == nil {
		return nil
	}
	return []setting{{"New terms", and(codeEach(t.Value))}, {"History window starts", code(t.Start())}}
}

// defaultIndicatorPath is Kibana's.
const defaultIndicatorPath = "threat.indicator"

func indicatorSettings(r *rule.Rule) []setting {
	path := code(r.ThreatIndicatorPath)
	if path == "" {
		path = code(defaultIndicatorPath) + kibanaDefault
	}
	return []setting{
		{"Indicator indices", comma(codeEach(r.ThreatIndex))},
		{"Indicator mapping", indicatorMapping(r.ThreatMapping)},
		{"Indicator path", path},
		{"Concurrent searches", number(r.ConcurrentSearches)},
		{"Items per search", number(r.ItemsPerSearch)},
	}
}

func indicatorMapping(groups []rule.IndicatorMapping) string {
	var alternatives []string
	for _, group := range groups {
		var conditions []string
		for _, entry := range group.Entries {
			if text := indicatorEntry(entry); text != "" {
				conditions = append(conditions, text)
			}
		}
		if len(conditions) > 0 {
			alternatives = append(alternatives, strings.Join(conditions, " and "))
		}
	}
	return strings.Join(alternatives, ", or ")
}

func indicatorEntry(e rule.IndicatorEntry) string {
	field, value := code(e.Field), code(e.Value)
	switch {
	case field == "" || value == "":
		return ""
	case e.Negate != nil && *e.Negate:
		return field + " does not match " + value
	}
	return field + " matches " + value
}

func jobSettings(r *rule.Rule) []setting {
	var jobs []string
	if r.MachineLearningJobID != nil {
		jobs = codeEach(r.MachineLearningJobID.Values)
	}
	return []setting{{"Machine learning jobs", comma(jobs)}, {"Anomaly threshold", strconv.Itoa(r.AnomalyThreshold)}}
}

func commonSettings(r, published *rule.Rule) []setting {
	m := r.Metadata
	return []setting{
		{"Alert suppression", suppression(r.AlertSuppression)},
		{"Additional look-back time", lookBack(r)},
		{"Searches indices until", plain(r.To)},
		{"Timestamp override", timestampOverride(r)},
		{"Rule name override", code(r.RuleNameOverride)},
		{"Severity override", severityOverride(r.SeverityMapping)},
		{"Risk score override", riskOverride(r.RiskScoreMapping)},
		{"Building block", buildingBlock(r.BuildingBlockType)},
		{"Investigation fields", investigationFields(r.InvestigationFields)},
		{"Timeline template", plain(r.TimelineTitle)},
		{"Related integrations", comma(integrations(published))},
		{"Required fields", comma(requiredFields(published.RequiredFields))},
		{"Exception lists", comma(exceptionLists(r.ExceptionsList))},
		{"Needs stack version", plain(m.MinStackVersion)},
		{"Maturity", plain(m.Maturity)},
		{"Rule ID", code(r.RuleID)},
	}
}

func suppression(s *rule.AlertSuppression) string {
	if s == nil {
		return ""
	}
	text := "one alert"
	switch fields := codeEach(s.GroupBy); {
	case len(fields) == 1:
		text += " for each value of " + fields[0]
	case len(fields) > 1:
		text += " for each combination of " + and(fields)
	}
	if s.Duration != nil {
		text += " within " + period(s.Duration.Value, plain(s.Duration.Unit))
	} else {
		text += " in each rule execution"
	}
	switch s.MissingFieldsStrategy {
	case "suppress":
		text += "; events that lack a field form a group"
	case "doNotSuppress":
		text += "; events that lack a field are not suppressed"
	}
	return text
}

// lookBack is how much longer a run searches than the time since the run before; "" when it cannot be told.
func lookBack(r *rule.Rule) string {
	offset, found := strings.CutPrefix(r.FromOrDefault(), "now-")
	if !found || r.ToOrDefault() != rule.DefaultTo {
		return ""
	}
	window, err := datemath.ParseDuration(offset)
	if err != nil {
		return ""
	}
	interval, err := datemath.ParseDuration(r.IntervalOrDefault())
	if err != nil || window < interval {
		return ""
	}
	return duration(window - interval)
}

// duration spells a length of time in the largest unit that fits.
func duration(d time.Duration) string {
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if d >= unit.length && d%unit.length == 0 {
			return period(int(d/unit.length), unit.name)
		}
	}
	return period(int(d/time.Second), "s")
}

// period spells a number of units, such as "1 hour" or "5 minutes".
func period(n int, unit string) string {
	name, known := map[string]string{"s": "second", "m": "minute", "h": "hour", "d": "day"}[unit]
	switch {
	case !known:
		return strconv.Itoa(n) + unit
	case n == 1:
		return "1 " + name
	}
	return strconv.Itoa(n) + " " + name + "s"
}

func timestampOverride(r *rule.Rule) string {
	field := code(r.TimestampOverride)
	if field != "" && r.TimestampOverrideFallbackDisabled != nil && *r.TimestampOverrideFallbackDisabled {
		return field + ", without falling back to `@timestamp`"
	}
	return field
}

func severityOverride(mapping []rule.SeverityMapping) string {
	var parts []string
	for _, m := range mapping {
		if field := code(m.Field); field != "" {
			parts = append(parts, joinedBy(" ", plain(m.Severity.String()), "when", field, "is", orEmpty(code(m.Value))))
		}
	}
	return strings.Join(parts, "; ")
}

func riskOverride(mapping []rule.RiskScoreMapping) string {
	var fields []string
	for _, m := range mapping {
		if field := code(m.Field); field != "" {
			fields = append(fields, "the value of "+field)
		}
	}
	return strings.Join(fields, "; ")
}

func orEmpty(text string) string {
	if text == "" {
		return "empty"
	}
	return text
}

func buildingBlock(kind string) string {
	if kind == "" {
		return ""
	}
	return "yes: its alerts are hidden by default and feed other rules"
}

func investigationFields(f *rule.InvestigationFields) string {
	if f == nil {
		return ""
	}
	return comma(codeEach(f.FieldNames))
}

// integrations are the packages whose data a rule needs; where no release of them is known, those that its metadata names.
func integrations(r *rule.Rule) []string {
	var out []string
	if named := r.Metadata.Integration; len(r.RelatedIntegrations) == 0 && named != nil {
		return plainEach(named.Values)
	}
	for _, i := range r.RelatedIntegrations {
		if text := joinedBy(" ", plain(i.Package), plain(i.Integration), code(i.Version)); text != "" {
			out = append(out, text)
		}
	}
	return out
}

// unknownType is what is published as the type of a field that nobody declares. It tells a reader nothing.
const unknownType = "unknown"

func requiredFields(list []rule.RequiredField) []string {
	var out []string
	for _, f := range list {
		name, kind := code(f.Name), plain(f.Type)
		if kind == unknownType {
			kind = ""
		}
		if name != "" && kind != "" {
			name += " (" + kind + ")"
		}
		if name != "" {
			out = append(out, name)
		}
	}
	return out
}

func exceptionLists(list []rule.ExceptionList) []string {
	var ids []string
	for _, l := range list {
		ids = append(ids, l.ListID)
	}
	return codeEach(ids)
}

func comma(texts []string) string { return strings.Join(texts, ", ") }

// and lists texts as a sentence does.
func and(texts []string) string {
	if n := len(texts); n > 1 {
		return comma(texts[:n-1]) + " and " + texts[n-1]
	}
	return comma(texts)
}

// joinedBy joins the parts that are not empty.
func joinedBy(separator string, parts ...string) string {
	var there []string
	for _, part := range parts {
		if part != "" {
			there = append(there, part)
		}
	}
	return strings.Join(there, separator)
}
