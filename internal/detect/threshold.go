package detect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/event"
)

// threshold is the method of threshold rules: one alert for each combination of field values that enough events have.
type threshold struct {
	fields *grouping
	value  int
	// distinct and least are the cardinality condition; distinct is nil without one.
	distinct *grouping
	least    int
}

// threshold compiles the condition. Only the first element of cardinality is used (Kibana).
func (c *compiler) threshold() method {
	t := &threshold{value: 1}
	if c.rule.Threshold == nil {
		t.fields = c.grouping(nil)
		return t
	}
	var names []string
	if c.rule.Threshold.Field != nil {
		names = slices.DeleteFunc(slices.Clone(c.rule.Threshold.Field.Values), func(name string) bool { return name == "" })
	}
	t.value, t.fields = c.rule.Threshold.Value, c.grouping(names, "rule", "threshold", "field")
	if list := c.rule.Threshold.Cardinality; len(list) > 0 {
		t.distinct, t.least = c.grouping([]string{list[0].Field}, "rule", "threshold", "cardinality", "0", "field"), list[0].Value
	}
	return t
}

// bucket is what is known of the events that agree in a key.
type bucket struct {
	key            []term
	hits           []hit
	oldest, newest time.Time
	distinct       map[string]bool
}

// countedGroup is a group that has alerted, and up to when its events are counted.
type countedGroup struct {
	key    []term
	newest time.Time
}

func (t *threshold) find(p *pass) {
	p.forgetCounted()
	var reached, short []*bucket
	for _, b := range t.buckets(p) {
		if t.reaches(b) {
			reached = append(reached, b)
		} else {
			short = append(short, b)
		}
	}
	slices.SortFunc(reached, func(a, b *bucket) int { return compareKeys(a.key, b.key) })
	t.noteShort(p, short)
	for i, b := range reached {
		t.noteEstimate(p, b)
		a := t.alert(p, b)
		if i >= p.limit {
			p.result.Capped = append(p.result.Capped, a.Events...)
			p.warnLimit()
			continue
		}
		p.state.counted[keyText(b.key)] = countedGroup{b.key, b.newest}
		if s := p.d.Rule.AlertSuppression; s != nil && s.Duration != nil {
			p.suppressGroup(a, b, t.fields)
		} else {
			p.create(a)
		}
	}
}

// reaches tells whether a group meets the rule's condition.
func (t *threshold) reaches(b *bucket) bool {
	return len(b.hits) >= t.value && (t.distinct == nil || len(b.distinct) >= t.least)
}

// maxExact is up to how many different values Elasticsearch counts exactly (precision_threshold).
const maxExact = 3000

// noteEstimate tells that a count of different values is an estimate in Elasticsearch.
func (t *threshold) noteEstimate(p *pass, b *bucket) {
	if len(b.distinct) > maxExact {
		p.note("%s has %d different values in the group of %s: Elasticsearch estimates such a number, and the rule asks for %d",
			t.distinct.names[0], len(b.distinct), t.fields.label(b.key), t.least)
	}
}

// noteShort tells of the groups that came nearest.
func (t *threshold) noteShort(p *pass, short []*bucket) {
	slices.SortFunc(short, func(a, b *bucket) int { return cmp.Or(len(b.hits)-len(a.hits), compareKeys(a.key, b.key)) })
	for _, b := range short {
		t.noteEstimate(p, b)
		text := fmt.Sprintf("the group of %s has %d of %d events", t.fields.label(b.key), len(b.hits), t.value)
		if t.distinct != nil {
			text += fmt.Sprintf(" and %d of %d different values of %s", len(b.distinct), t.least, t.distinct.names[0])
		}
		p.note("%s", text)
	}
}

// buckets counts events by key. Those that lack a field are left out; those with several values count for each.
func (t *threshold) buckets(p *pass) map[string]*bucket {
	fields, buckets := t.fields.reader(), map[string]*bucket{}
	var distinct *grouping
	if t.distinct != nil {
		distinct = t.distinct.reader()
	}
	for _, h := range p.found {
		terms := fields.of(h.doc)
		if p.isCounted(h, terms) {
			p.result.Known = append(p.result.Known, h.doc)
			continue
		}
		var seen []term
		if distinct != nil {
			seen = distinct.of(h.doc)[0]
		}
		for _, key := range combinations(terms) {
			text := keyText(key)
			b := buckets[text]
			if b == nil {
				b = &bucket{key: key, distinct: map[string]bool{}}
				buckets[text] = b
			}
			b.add(h, seen)
		}
	}
	return buckets
}

func (b *bucket) add(h hit, seen []term) {
	b.hits = append(b.hits, h)
	if h.timed && (b.oldest.IsZero() || h.at.Before(b.oldest)) {
		b.oldest = h.at
	}
	if h.timed && h.at.After(b.newest) {
		b.newest = h.at
	}
	for _, t := range seen {
		b.distinct[t.datum.Text()] = true
	}
}

// forgetCounted drops groups whose events no search of this window can find again.
func (p *pass) forgetCounted() {
	for key, c := range p.state.counted {
		if p.window != nil && c.newest.Before(p.window.from) {
			delete(p.state.counted, key)
		}
	}
}

// isCounted tells whether an earlier alert has counted an event: its group has alerted, and the event is not newer than the
// newest of then (Kibana: signal history).
func (p *pass) isCounted(h hit, terms [][]term) bool {
	for _, c := range p.state.counted {
		if h.timed && !h.at.After(c.newest) && includes(terms, c.key) {
			return true
		}
	}
	return false
}

// includes tells whether an event with these terms has those of a key, compared as texts.
func includes(terms [][]term, key []term) bool {
	for i, wanted := range key {
		if !slices.ContainsFunc(terms[i], func(t term) bool { return t.present == wanted.present && t.datum.Text() == wanted.datum.Text() }) {
			return false
		}
	}
	return true
}

// alert makes the alert of a group: its source has the group's fields and the time of its newest event, and nothing else of
// the events (Kibana).
func (t *threshold) alert(p *pass, b *bucket) *Alert {
	a := p.empty()
	for _, h := range b.hits {
		a.Events = append(a.Events, h.doc)
	}
	source := map[string]any{}
	if !b.newest.IsZero() {
		source[timestamp] = formatTime(b.newest)
	}
	var values []string
	for i, key := range b.key {
		source[t.fields.names[i]] = key.json()
		values = append(values, key.datum.Text())
	}
	a.Event = synthetic(source)
	a.original = a.Event.First(timestamp)
	slices.Sort(values)
	id := uuid("threshold", p.d.Rule.RuleID, formatTime(p.d.env.Now), strings.Join(t.fields.names, ","), strings.Join(values, "\x00"))
	index := strings.Join(p.d.env.Project.Indices(p.d.Rule), ",")
	a.ID = hash(index, id, space, p.d.ruleUUID())
	a.parents = []ancestor{{id: id, kind: "event", index: index}}
	result := map[string]any{"terms": t.fields.pairs(b.key), "count": len(b.hits), "cardinality": []any{}}
	if !b.oldest.IsZero() {
		result["from"] = formatTime(b.oldest)
	}
	if t.distinct != nil {
		result["cardinality"] = []any{map[string]any{"field": t.distinct.names[0], "value": len(b.distinct)}}
	}
	a.set("threshold_result", result)
	a.override()
	return a
}

// synthetic is a document that stands for several.
func synthetic(source map[string]any) *event.Document {
	doc, err := event.FromMap(source)
	if err != nil {
		return &event.Document{} // the values come from documents that were decoded
	}
	return doc
}
