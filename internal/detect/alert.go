package detect

import (
	"maps"
	"time"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// Alert is one alert that a run wrote: what fixtures, previews and the sandbox read alike. Its counters still grow while
// later runs find events of its group.
type Alert struct {
	// ID is the document's id. It is the same for equal events.
	ID string
	// Event is the source of the alert: the event, what all events of a sequence agree in, or what a threshold rule
	// knows of a group.
	Event *event.Document
	// Events are the events of the input that the alert is made of; of a sequence without those that had to be missing.
	Events []*event.Document
	// Blocks are the building-block alerts of a sequence or sample, in order; nil stands for an event that had to be
	// missing.
	Blocks []*Alert
	// Severity, RiskScore and Name are those of the rule, or what its overrides take from the event.
	Severity  rule.Severity
	RiskScore float64
	Name      string
	// At is when the run that wrote it started.
	At time.Time

	detector *Detector
	// original is the time of the source, which an alert of a threshold rule takes from its newest event.
	original string
	parents  []ancestor
	depth    int
	// fields are what the rule's type adds under kibana.alert; enrichments are added to threat.enrichments.
	fields      map[string]any
	enrichments []any
	// group is set for alerts that count others.
	group *alertGroup
}

// alertGroup is what an alert tells of the events that it stands for.
type alertGroup struct {
	instance   string
	terms      []any
	start, end time.Time
	// last is when an event was counted last; zero when none was since the alert was written.
	last  time.Time
	count int
}

// ancestor is a document that an alert comes from.
type ancestor struct {
	id, kind, index, rule string
	depth                 int
}

// alert makes the alert of one event, with the rule's overrides.
func (p *pass) alert(h hit) *Alert {
	a := p.bare(h.doc)
	a.override()
	return a
}

// bare makes the alert of one event as the rule itself says.
func (p *pass) bare(doc *event.Document) *Alert {
	a := p.empty()
	a.ID, a.Event, a.Events = p.eventAlertID(doc), doc, []*event.Document{doc}
	a.parents, a.depth = p.parents(doc)
	a.original = instant(doc)
	return a
}

// instant is the time of a document as alerts write it; "" when it has none.
func instant(doc *event.Document) string {
	at, ok := timeAt(doc, timestamp)
	if !ok {
		return ""
	}
	return formatTime(at)
}

// empty makes an alert of this run that has no source yet.
func (p *pass) empty() *Alert {
	r := p.d.Rule
	return &Alert{Severity: r.Severity, RiskScore: float64(r.RiskScore), Name: r.Name, At: p.d.env.Now, detector: p.d, depth: 1}
}

// set adds a field below kibana.alert.
func (a *Alert) set(name string, value any) {
	if a.fields == nil {
		a.fields = map[string]any{}
	}
	a.fields[name] = value
}

// parents are the ancestors of an alert on a document, and its depth: those of a document that is itself an alert come
// before it.
func (p *pass) parents(doc *event.Document) ([]ancestor, int) {
	self := ancestor{id: p.state.names.id(doc), kind: "event", index: doc.Index}
	list, depth := ancestorsOf(doc)
	if depth > 0 || doc.First("kibana.alert.rule.rule_id") != "" {
		self.kind, self.depth = "signal", depth
		self.rule = doc.First("kibana.alert.rule.uuid")
		if id := p.d.Rule.RuleID; id != "" && doc.First("kibana.alert.rule.rule_id") == id {
			self.rule = p.d.ruleUUID() // the id of the rule's object is Kibana's own; the rule_id says the same
		}
	}
	return append(list, self), depth + 1
}

// ancestorsOf gives the ancestors and the depth that a document states; an event has neither.
func ancestorsOf(doc *event.Document) ([]ancestor, int) {
	var list []ancestor
	for _, object := range doc.Objects("kibana.alert.ancestors") {
		const at = "kibana.alert.ancestors."
		list = append(list, ancestor{
			id: object.First(at + "id"), kind: object.First(at + "type"), index: object.First(at + "index"), rule: object.First(at + "rule"),
			depth: whole(object.First(at + "depth")),
		})
	}
	return list, whole(doc.First("kibana.alert.depth"))
}

// Get gives the texts of a field of the alert document.
func (a *Alert) Get(path string) []string {
	var texts []string
	for _, s := range a.Fields().Get(path) {
		texts = append(texts, s.Text)
	}
	return texts
}

// Fields are the fields of the alert document.
func (a *Alert) Fields() *event.Document {
	doc, err := event.FromMap(a.Document())
	if err != nil {
		return a.Event // a document that was decoded can be encoded
	}
	return doc
}

// Documents are all alert documents of an alert: itself, and the building blocks of a sequence behind it.
func (a *Alert) Documents() []*Alert {
	list := []*Alert{a}
	for _, b := range a.Blocks {
		if b != nil {
			list = append(list, b)
		}
	}
	return list
}

// Document is the alert as Kibana stores it: the source with what the engine adds, whose keys are flat. Each call makes a new
// tree.
func (a *Alert) Document() map[string]any {
	tree := a.source()
	originals := a.originals(tree)
	maps.Copy(tree, a.common())
	maps.Copy(tree, a.ruleFields())
	maps.Copy(tree, originals)
	for name, value := range a.fields {
		tree["kibana.alert."+name] = value
	}
	if a.group != nil {
		maps.Copy(tree, a.group.fields())
	}
	if reason := a.reason(); reason != "" {
		tree["kibana.alert.reason"] = reason
	}
	return tree
}

// fields are what an alert tells of its group.
func (g *alertGroup) fields() map[string]any {
	return map[string]any{
		"kibana.alert.instance.id": g.instance, "kibana.alert.suppression.terms": g.terms, "kibana.alert.suppression.docs_count": g.count,
		"kibana.alert.suppression.start": formatTime(g.start), "kibana.alert.suppression.end": formatTime(g.end),
	}
}

func formatTime(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }
