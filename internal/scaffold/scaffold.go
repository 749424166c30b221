// Package scaffold writes the first draft of a rule and of its fixture, for each type of rule: a draft that check has
// nothing against and whose fixture passes, so that an author begins with what works.
package scaffold

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/attack"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// Options say what the rule is about.
type Options struct {
	Name, Description, Author string
	Type                      rule.Type
	// Index are the index patterns; none takes those that rules of the type mostly search.
	Index    []string
	Severity rule.Severity
	// Tactic and Technique are of ATT&CK; both may be nil, and Technique may be a subtechnique.
	Tactic, Technique, Parent *attack.Entry
	RuleID                    string
	Date                      time.Time
}

// Draft is a new rule with its fixture.
type Draft struct {
	Rule *rule.Rule
	// Fixture is the text of the fixture's file.
	Fixture string
}

// New makes the draft of a rule.
func New(o Options) Draft {
	date := o.Date.Format("2006/01/02")
	r := &rule.Rule{
		Metadata: rule.Metadata{CreationDate: date, UpdatedDate: date, Maturity: "development"},
		Name:     o.Name, Description: o.Description, Author: []string{o.Author}, RuleID: o.RuleID, Type: o.Type,
		Severity: o.Severity, RiskScore: riskScore(o.Severity), From: "now-9m", Index: o.Index,
	}
	if o.Tactic != nil {
		r.Threat = []rule.Threat{threat(o)}
		r.Tags = []string{"Tactic: " + o.Tactic.Name}
	}
	return drafts()[o.Type](r)
}

// riskScore is the middle of the scores that belong to a severity.
func riskScore(s rule.Severity) int {
	switch s {
	case rule.Medium:
		return 47
	case rule.High:
		return 73
	case rule.Critical:
		return 99
	}
	return 21
}

func threat(o Options) rule.Threat {
	t := rule.Threat{Framework: "MITRE ATT&CK", Tactic: &rule.Tactic{ID: o.Tactic.ID, Name: o.Tactic.Name, Reference: o.Tactic.URL()}}
	if o.Technique == nil {
		return t
	}
	technique := rule.Technique{ID: o.Technique.ID, Name: o.Technique.Name, Reference: o.Technique.URL()}
	if o.Parent != nil {
		technique = rule.Technique{ID: o.Parent.ID, Name: o.Parent.Name, Reference: o.Parent.URL(), Subtechnique: []rule.Subtechnique{
			{ID: o.Technique.ID, Name: o.Technique.Name, Reference: o.Technique.URL()},
		}}
	}
	t.Technique = []rule.Technique{technique}
	return t
}

// Types are the types that there are drafts of.
func Types() []rule.Type {
	return slices.DeleteFunc(rule.Types(), func(t rule.Type) bool { return drafts()[t] == nil })
}

func drafts() map[rule.Type]func(*rule.Rule) Draft {
	return map[rule.Type]func(*rule.Rule) Draft{
		rule.TypeQuery: query, rule.TypeSavedQuery: savedQuery, rule.TypeEQL: eql, rule.TypeESQL: esql, rule.TypeThreshold: threshold,
		rule.TypeNewTerms: newTerms, rule.TypeThreatMatch: threatMatch, rule.TypeMachineLearning: machineLearning,
	}
}

const (
	processIndex = "logs-endpoint.events.process-*"
	processQuery = `process.name: "example"`
	processBase  = `[base]
host.name = "host-1"
process.name = "example"
user.name = "someone"

`
)

// Index are the index patterns that a draft searches when its author names none; a type that searches no index has none.
func Index(kind rule.Type) []string {
	switch kind {
	case rule.TypeMachineLearning:
		return nil
	case rule.TypeThreatMatch:
		return []string{"logs-*"}
	}
	return []string{processIndex}
}

// orIndex gives the rule index patterns where the author named none.
func orIndex(r *rule.Rule) {
	if len(r.Index) == 0 {
		r.Index = Index(r.Type)
	}
}

// twoCases is a fixture with one event that the query finds, and one that differs from it in one thing.
func twoCases(base string) string {
	return base + `[[positive]]
name = "the event that the rule is about"
events = [{}]

[[negative]]
name = "the same, by another program"
events = [{ process.name = "other" }]
`
}

func query(r *rule.Rule) Draft {
	orIndex(r)
	r.Language, r.Query = rule.KQL, processQuery+"\n"
	return Draft{r, twoCases(processBase)}
}

func savedQuery(r *rule.Rule) Draft {
	d := query(r)
	r.SavedID = "example"
	return d
}

func eql(r *rule.Rule) Draft {
	orIndex(r)
	r.Language, r.Query = rule.EQL, "process where event.type == \"start\" and process.name == \"example\"\n"
	return Draft{r, twoCases(strings.Replace(processBase, "host.name", "event.category = [\"process\"]\nevent.type = [\"start\"]\nhost.name", 1))}
}

func esql(r *rule.Rule) Draft {
	orIndex(r)
	patterns := strings.Join(r.Index, ", ")
	r.Index = nil
	r.Language = rule.ESQL
	r.Query = fmt.Sprintf("FROM %s METADATA _id, _index, _version\n| WHERE process.name == \"example\"\n| KEEP @timestamp, _id, _index, _version, host.name, process.name, user.name\n", patterns)
	return Draft{r, twoCases(processBase)}
}

func threshold(r *rule.Rule) Draft {
	orIndex(r)
	r.Language, r.Query = rule.KQL, processQuery+"\n"
	r.Threshold = &rule.Threshold{Field: &rule.TextOrList{Values: []string{"host.name"}}, Value: 3}
	return Draft{r, processBase + `[[positive]]
name = "three times on one host"
alerts = 1
events = [{}, {}, {}]

[[negative]]
name = "twice on one host and once on another"
events = [{}, {}, { host.name = "host-2" }]
`}
}

func newTerms(r *rule.Rule) Draft {
	orIndex(r)
	r.Language, r.Query = rule.KQL, processQuery+"\n"
	r.NewTerms = &rule.NewTerms{
		Field: "new_terms_fields", Value: []string{"user.name"},
		HistoryWindowStart: []rule.HistoryWindow{{Field: "history_window_start", Value: "now-14d"}},
	}
	return Draft{r, "now = \"2026-01-31T12:00:00Z\"\n\n" + processBase + `[[positive]]
name = "a user who has not run it before"
events = [{ at = "-1m" }]
history = [{ at = "-1d", user.name = "another" }]

[[negative]]
name = "a user who ran it yesterday"
events = [{ at = "-1m" }]
history = [{ at = "-1d" }]
`}
}

func threatMatch(r *rule.Rule) Draft {
	orIndex(r)
	r.Language, r.Query = rule.KQL, "source.ip: *\n"
	r.ThreatIndex, r.ThreatLanguage, r.ThreatQuery = []string{"logs-ti_*"}, rule.KQL, "@timestamp >= \"now-30d/d\"\n"
	r.ThreatMapping = []rule.IndicatorMapping{{Entries: []rule.IndicatorEntry{{Field: "source.ip", Type: "mapping", Value: "threat.indicator.ip"}}}}
	return Draft{r, `now = "2026-01-31T12:00:00Z"

[base]
source.ip = "203.0.113.7"

[[positive]]
name = "an address that is an indicator"
events = [{}]
indicators = [{ "@timestamp" = "2026-01-30T00:00:00Z", threat.indicator.ip = "203.0.113.7" }]

[[negative]]
name = "an address that is none"
events = [{}]
indicators = [{ "@timestamp" = "2026-01-30T00:00:00Z", threat.indicator.ip = "203.0.113.8" }]
`}
}

func machineLearning(r *rule.Rule) Draft {
	r.Index = nil
	r.AnomalyThreshold = 70
	r.MachineLearningJobID = &rule.TextOrList{Values: []string{"example_job"}}
	return Draft{r, `[[positive]]
name = "an anomaly of the job that is high enough"
anomalies = [{ job_id = "example_job", record_score = 85.5 }]

[[negative]]
name = "an anomaly just below the threshold"
anomalies = [{ job_id = "example_job", record_score = 69.9 }]
`}
}
