package detect

import (
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/rule"
)

// typeID is the name of a rule type in Kibana's alerting framework.
func typeID(t rule.Type) string {
	switch t {
	case rule.TypeQuery:
		return "siem.queryRule"
	case rule.TypeSavedQuery:
		return "siem.savedQueryRule"
	case rule.TypeEQL:
		return "siem.eqlRule"
	case rule.TypeESQL:
		return "siem.esqlRule"
	case rule.TypeThreshold:
		return "siem.thresholdRule"
	case rule.TypeNewTerms:
		return "siem.newTermsRule"
	case rule.TypeThreatMatch:
		return "siem.indicatorRule"
	}
	return "siem.mlRule"
}

// typeName is the name of a rule type for people, as Kibana writes it into alerts.
func typeName(t rule.Type) string {
	switch t {
	case rule.TypeQuery:
		return "Custom Query Rule"
	case rule.TypeSavedQuery:
		return "Saved Query Rule"
	case rule.TypeEQL:
		return "Event Correlation Rule"
	case rule.TypeESQL:
		return "ES|QL Rule"
	case rule.TypeThreshold:
		return "Threshold Rule"
	case rule.TypeNewTerms:
		return "New Terms Rule"
	case rule.TypeThreatMatch:
		return "Indicator Match Rule"
	}
	return "Machine Learning Rule"
}

// created is a day of the repository as an instant; the run's when the rule names none.
func created(day string, otherwise time.Time) string {
	at, err := time.Parse("2006/01/02", day)
	if err != nil {
		at = otherwise
	}
	return formatTime(at)
}

// author stands in for the user that created a rule.
func author(names []string) string {
	if len(names) == 0 {
		return "tocsin"
	}
	return names[0]
}

// reason is the sentence with which Kibana tells what an alert is about.
func (a *Alert) reason() string {
	var b strings.Builder
	if category := a.told("event.category"); category != "" {
		b.WriteString(category + " ")
	}
	b.WriteString("event")
	if with := a.reasonDetails(); with != "" {
		b.WriteString(" with" + with)
	}
	if user := a.told("user.name"); user != "" {
		b.WriteString(" by " + user)
	}
	if host := a.told("host.name"); host != "" {
		b.WriteString(" on " + host)
	}
	return b.String() + " created " + a.Severity.String() + " alert " + a.Name + "."
}

// reasonDetails are processes, file and addresses. The comma behind an address comes with its port (Kibana).
func (a *Alert) reasonDetails() string {
	var b strings.Builder
	for _, part := range []struct{ before, field, after string }{
		{" process ", "process.name", ","}, {" parent process ", "process.parent.name", ","}, {" file ", "file.name", ","},
		{" source ", "source.ip", ""}, {":", "source.port", ","}, {" destination ", "destination.ip", ""}, {":", "destination.port", ","},
	} {
		if value := a.told(part.field); value != "" {
			b.WriteString(part.before + value + part.after)
		}
	}
	return b.String()
}

// told are the values of a field of the source as the reason tells them: a dash alone is none (Kibana).
func (a *Alert) told(field string) string {
	var values []string
	for _, s := range a.Event.Get(field) {
		values = append(values, s.Text)
	}
	if text := strings.Join(values, ", "); text != "-" {
		return text
	}
	return ""
}
