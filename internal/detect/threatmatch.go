package detect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/exception"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// threatMatch is the method of indicator match rules: one alert for each event that agrees with an indicator in all entries of
// a group of the mapping. See join.go for what "agrees" depends on.
type threatMatch struct {
	groups []mappingGroup
	// layout, query and filters are those of the indicators.
	layout         *filter.Layout
	query, filters filter.Node
	exceptions     *exception.Set
	indices        indexPatterns
	path           string
}

// mappingGroup is a list of entries of which all must agree.
type mappingGroup []mappingEntry

// mappingEntry compares a field of the event with one of the indicator.
type mappingEntry struct {
	event, indicator side
	negate           bool
}

// side is the field of one side of an entry.
type side struct {
	field.Mapping
	builder *filter.Builder
	getter  filter.Getter
	exists  filter.Node
}

// defaultIndicatorPath is where an indicator stands in its document.
const defaultIndicatorPath = "threat.indicator"

func (c *compiler) threatMatch() method {
	t := &threatMatch{layout: filter.NewLayout(), indices: newIndexPatterns(c.rule.ThreatIndex), path: c.rule.ThreatIndicatorPath}
	if t.path == "" {
		t.path = defaultIndicatorPath
	}
	builder := &filter.Builder{Layout: t.layout, Now: c.Now}
	language := c.rule.ThreatLanguage
	if language == "" {
		language = rule.KQL
	}
	t.query = c.query(c.rule.ThreatQueryView(), language, c.Indicators, builder)
	t.filters = c.filters(c.rule.ThreatFilters, c.Indicators, builder, "threat_filters")
	t.exceptions, _ = c.exceptions(c.Indicators, builder) // its problems are told for the events
	for _, mapping := range c.rule.ThreatMapping {
		var group mappingGroup
		for _, e := range mapping.Entries {
			group = append(group, mappingEntry{
				event: newSide(e.Field, c.Schema, c.builder), indicator: newSide(e.Value, c.Indicators, builder),
				negate: e.Negate != nil && *e.Negate,
			})
		}
		t.groups = append(t.groups, group)
	}
	return t
}

// newSide resolves a field; one that nobody maps has no values.
func newSide(name string, schema *field.Schema, builder *filter.Builder) side {
	m, ok := schema.Lookup(name)
	if !ok {
		m = field.Mapping{Name: name, Path: name, Type: field.Keyword}
	}
	return side{m, builder, builder.Getter(m), builder.Exists(m, filter.Clause{})}
}

func (t *threatMatch) find(p *pass) {
	indicators := t.search(p)
	if len(indicators) == 0 {
		p.note("the threat query finds none of the %d indicators", len(p.in.Indicators))
	}
	if len(p.found) == 0 || len(indicators) == 0 {
		return
	}
	j := &join{threatMatch: t, events: bindHits(p.d.layout, p.found), indicators: bindAll(t.layout, indicators)}
	byEvents, byIndicators := j.iterate(true), j.iterate(false)
	// Kibana iterates the smaller side. How many events and indicators there will be is not known here.
	matches, other := byIndicators, byEvents
	if len(p.found) < len(indicators) {
		matches, other = byEvents, byIndicators
	}
	if differing := j.differing(matches, other); len(differing) > 0 {
		p.result.Undecided = fmt.Sprintf(
			"depends on how many events and indicators there are: Kibana iterates the fewer, and a field with several values, an address block or a text "+
				"then compares otherwise. With one side iterated %s alerts, with the other it does not", strings.Join(differing, ", "))
	}
	t.alert(p, j, matches)
}

// search finds the indicators. Exceptions hold for them too (Kibana); the time window does not.
func (t *threatMatch) search(p *pass) []*event.Document {
	var found []*event.Document
	record := &filter.Record{}
	for _, doc := range p.in.Indicators {
		if !t.indices.hold(doc.Index) {
			continue
		}
		t.layout.BindTo(record, doc)
		if holds(t.query, record) && holds(t.filters, record) && t.exceptions.Excepts(record) == nil {
			found = append(found, doc)
		}
	}
	return found
}

func bindHits(layout *filter.Layout, hits []hit) []*filter.Record {
	docs := make([]*event.Document, len(hits))
	for i, h := range hits {
		docs[i] = h.doc
	}
	return bindAll(layout, docs)
}

func bindAll(layout *filter.Layout, docs []*event.Document) []*filter.Record {
	records := make([]*filter.Record, len(docs))
	for i, doc := range docs {
		records[i] = layout.Bind(doc)
	}
	return records
}

// alert writes the alerts: the newest events first, or with suppression the oldest (Kibana).
func (t *threatMatch) alert(p *pass, j *join, matches map[int][]pairing) {
	var found []hit
	index := map[*event.Document]int{}
	for i := range p.found {
		if len(matches[i]) > 0 {
			found = append(found, p.found[i])
			index[p.found[i].doc] = i
		}
	}
	sortByTime(found)
	if p.d.groups == nil {
		slices.Reverse(found)
	}
	if len(found) == 0 {
		p.note("no indicator agrees with an event in all entries of a group of threat_mapping")
	}
	var alerts []*Alert
	for _, h := range found {
		a := p.alert(h)
		enrichments, err := t.enrichments(h.doc, j, matches[index[h.doc]])
		if err != nil {
			p.result.Errors = append(p.result.Errors, err.Error())
			return
		}
		a.enrichments = enrichments
		alerts = append(alerts, a)
	}
	if p.d.groups != nil {
		p.suppressInMemory(alerts)
		return
	}
	for _, a := range alerts {
		p.create(a)
	}
	if p.created >= p.limit {
		p.warnLimit()
	}
}

// maxEnrichments bounds what an alert tells of its indicators (Kibana: MAX_NUMBER_OF_SIGNAL_MATCHES).
const maxEnrichments = 200

// enrichments tell which indicators an event matched, and in which field.
func (t *threatMatch) enrichments(doc *event.Document, j *join, pairings []pairing) ([]any, error) {
	var list []any
	tree, err := doc.Source()
	if err != nil {
		return nil, err
	}
	for _, pair := range pairings {
		source := j.indicators[pair.indicator].Event
		indicator, feed, err := t.read(source, pair.indicator)
		if err != nil {
			return nil, err
		}
		for _, e := range t.groups[pair.group] {
			if e.negate {
				continue
			}
			if len(list) == maxEnrichments {
				return list, nil
			}
			list = append(list, map[string]any{
				"indicator": indicator, "feed": feed,
				"matched": map[string]any{
					"atomic": lookup(tree, e.event.Name), "field": e.event.Name, "id": source.ID, "index": source.Index, "type": "indicator_match_rule",
				},
			})
		}
	}
	return list, nil
}

// read gives the indicator and the feed of an indicator document. An indicator that is not an object ends the run (Kibana).
func (t *threatMatch) read(doc *event.Document, position int) (indicator, feed map[string]any, err error) {
	tree, err := doc.Source()
	if err != nil {
		return nil, nil, err
	}
	value := lookup(tree, t.path)
	if items, ok := value.([]any); ok && len(items) > 0 {
		value = items[0]
	}
	indicator, feed = map[string]any{}, map[string]any{}
	if value != nil {
		object, ok := value.(map[string]any)
		if !ok {
			return nil, nil, fmt.Errorf("indicator %s: %s is %v, and an object is wanted: see threat_indicator_path", doc.Name(position), t.path, value)
		}
		indicator = object
	}
	if name := lookup(tree, "threat.feed.name"); name != nil {
		feed["name"] = name
	}
	return indicator, feed, nil
}
