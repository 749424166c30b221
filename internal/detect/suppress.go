package detect

import (
	"fmt"
	"slices"
	"time"
)

// Suppression makes one alert of several that agree in some fields. Kibana does it in two ways: rules of type query let the
// search group the events (an array puts an event into several groups), all other types group alerts in memory (an array is
// one value as a whole). Threshold rules are grouped already and only look for an earlier alert of the group.

// suppressionFactor is how many times max_signals of alerts and suppressed events together a run looks at (Kibana:
// MAX_SIGNALS_SUPPRESSION_MULTIPLIER); an esql rule, whose rows have no pages, looks at max_signals.
const suppressionFactor = 5

// most is how many alerts and suppressed events together a run looks at.
func (p *pass) most() int {
	if p.d.isPipeline() {
		return p.limit
	}
	return suppressionFactor * p.limit
}

// suppression compiles the fields to group by; nil for rules that do not suppress by fields.
func (c *compiler) suppression() *grouping {
	if s := c.rule.AlertSuppression; s != nil && len(s.GroupBy) > 0 {
		return c.grouping(s.GroupBy, "rule", "alert_suppression", "group_by")
	}
	return nil
}

// suppressesMissing tells whether events that lack a field are a group too, which is the default.
func (d *Detector) suppressesMissing() bool {
	return d.Rule.AlertSuppression.MissingFieldsStrategy != "doNotSuppress"
}

// duration is for how long an alert counts others; false means within one run.
func (d *Detector) suppressionDuration() (time.Duration, bool) {
	s := d.Rule.AlertSuppression
	if s == nil || s.Duration == nil {
		return 0, false
	}
	unit := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}[s.Duration.Unit]
	return time.Duration(s.Duration.Value) * unit, true
}

// counting gives the alert of an earlier or of this run that counts the events of a group, or nil.
func (p *pass) counting(instance string) *Alert {
	a := p.state.groups[instance]
	if a == nil {
		return nil
	}
	if duration, ok := p.d.suppressionDuration(); ok {
		if a.At.Before(p.d.env.Now.Add(-duration)) {
			return nil
		}
		return a
	}
	if p.window != nil && a.At.Before(p.window.from) {
		return nil
	}
	return a
}

// suppressInMemory writes alerts of which those of one group become one, on the earliest event.
func (p *pass) suppressInMemory(alerts []*Alert) {
	p.tooMany(&alerts)
	reader := p.d.groups.reader()
	var grouped []*Alert
	for _, a := range alerts {
		key, complete := wholeKey(reader.of(a.Event))
		if !complete && !p.d.suppressesMissing() {
			p.create(a)
			continue
		}
		at := p.timeOf(a)
		a.group = &alertGroup{instance: p.instance(key), terms: p.wholePairs(key), start: at, end: at}
		grouped = append(grouped, a)
	}
	slices.SortStableFunc(grouped, func(a, b *Alert) int { return a.group.start.Compare(b.group.start) })
	p.writeGrouped(p.merge(p.dropCounted(grouped)))
}

// tooMany cuts alerts to what Kibana looks at.
func (p *pass) tooMany(alerts *[]*Alert) {
	most := p.most()
	if len(*alerts) < most {
		return
	}
	for _, a := range (*alerts)[most:] {
		p.result.Capped = append(p.result.Capped, a.Events...)
	}
	*alerts = (*alerts)[:most]
	p.warn(fmt.Sprintf("max_signals of %d was reached: of alerts and suppressed events together no more than %d are looked at", p.limit, most))
}

// timeOf is the time of an alert's source, or of the run when it has none.
func (p *pass) timeOf(a *Alert) time.Time {
	if at, ok := p.d.times.timeOf(a.Event); ok && !at.IsZero() {
		return at
	}
	return p.d.env.Now
}

// wholeKey makes one value of all the terms that each field has. It is not complete when a field has none.
func wholeKey(all [][]term) (key [][]term, complete bool) {
	return all, !slices.ContainsFunc(all, func(terms []term) bool { return len(terms) == 0 })
}

// instance is the id of a group.
func (p *pass) instance(key [][]term) string {
	parts := []string{"instance", p.d.ruleUUID(), space}
	for _, terms := range key {
		parts = append(parts, keyText(terms))
	}
	return hash(parts...)
}

// wholePairs lists the fields with their values; one value stands without an array, none is null.
func (p *pass) wholePairs(key [][]term) []any {
	list := make([]any, len(key))
	for i, terms := range key {
		var value any
		values := make([]any, len(terms))
		for k, t := range terms {
			values[k] = t.json()
		}
		switch len(values) {
		case 0:
		case 1:
			value = values[0]
		default:
			value = values
		}
		list[i] = map[string]any{"field": p.d.groups.names[i], "value": value}
	}
	return list
}

// dropCounted drops what is known: alerts that were written, and events that an alert of an earlier run has counted.
func (p *pass) dropCounted(alerts []*Alert) []*Alert {
	var left []*Alert
	for _, a := range alerts {
		by := p.counting(a.group.instance)
		switch {
		case p.isOwn(a):
			p.result.Own = append(p.result.Own, a.Events...)
		case p.state.alerts[a.ID], by != nil && !by.At.Equal(p.d.env.Now) && !by.group.end.Before(a.group.end):
			p.result.Known = append(p.result.Known, a.Events...)
		default:
			left = append(left, a)
		}
	}
	return left
}

// merge lets the first alert of each group count the others.
func (p *pass) merge(alerts []*Alert) []*Alert {
	first := map[string]*Alert{}
	var left []*Alert
	for _, a := range alerts {
		if f := first[a.group.instance]; f != nil {
			f.count(a)
			p.result.Suppressed = append(p.result.Suppressed, a.Events...)
			continue
		}
		first[a.group.instance] = a
		left = append(left, a)
	}
	return left
}

// count takes another alert, and all that it counts, into the group.
func (a *Alert) count(other *Alert) {
	a.group.count += other.group.count + 1
	if other.group.end.After(a.group.end) {
		a.group.end = other.group.end
	}
}

// writeGrouped writes alerts of groups.
func (p *pass) writeGrouped(alerts []*Alert) {
	for _, a := range alerts {
		p.writeOrCount(a)
	}
}

// writeOrCount writes an alert of a group, or lets the alert that counts the group count it. Without a duration only an alert
// of the same run does. It tells whether one or the other was done.
func (p *pass) writeOrCount(a *Alert) bool {
	_, lasting := p.d.suppressionDuration()
	by := p.counting(a.group.instance)
	switch {
	case by != nil && (lasting || by.At.Equal(p.d.env.Now)):
		by.count(a)
		by.group.last = p.d.env.Now
		p.result.Suppressed = append(p.result.Suppressed, a.Events...)
	case p.created >= p.limit:
		p.result.Capped = append(p.result.Capped, a.Events...)
		p.warnLimit()
		return false
	default:
		p.writeGroup(a)
	}
	return true
}

// writeGroup writes an alert that counts others. Shell and blocks of a sequence count towards max_signals alike here (Kibana).
func (p *pass) writeGroup(a *Alert) {
	p.created++
	p.takeBlocks(a)
	p.state.groups[a.group.instance] = a
	p.write(a)
}

// takeBlocks counts the blocks of a sequence, and cuts those that are too many.
func (p *pass) takeBlocks(a *Alert) {
	if room := p.limit - p.created; len(a.Blocks) > room {
		a.Blocks = a.Blocks[:room]
		p.warnLimit()
	}
	p.created += len(a.Blocks)
}

// suppressGroup writes the alert of a threshold rule's group, unless an earlier one counts the group.
func (p *pass) suppressGroup(a *Alert, b *bucket, names *grouping) {
	whole := make([][]term, len(b.key))
	for i, t := range b.key {
		whole[i] = []term{t}
	}
	a.group = &alertGroup{instance: p.instance(whole), terms: names.pairs(b.key), start: b.oldest, end: b.newest}
	p.writeGrouped(p.dropCounted([]*Alert{a}))
}

// groupEnd is a group of a query rule, and its newest event.
type groupEnd struct {
	key []term
	end time.Time
}

// suppressBySearch writes one alert for each group of events, on the oldest of them: what query rules do. The groups of
// earlier runs take the events up to their newest one with them.
func (p *pass) suppressBySearch() {
	groups, apart := p.searchGroups()
	limit := p.limit - len(groups)
	for i, h := range apart {
		if i >= limit {
			p.result.Capped = append(p.result.Capped, h.doc)
			p.warnLimit()
			continue
		}
		p.create(p.alert(h))
	}
	for i, b := range groups {
		if i >= p.limit {
			for _, h := range b.hits {
				p.result.Capped = append(p.result.Capped, h.doc)
			}
			p.warnLimit()
			continue
		}
		p.writeSearchGroup(b)
		p.state.ends[keyText(b.key)] = groupEnd{b.key, b.newest}
	}
}

// searchGroups groups the events of the window in the order of the groups' keys; apart are those that lack a field and are not
// to be suppressed.
func (p *pass) searchGroups() (groups []*bucket, apart []hit) {
	for key, g := range p.state.ends {
		if p.window != nil && !g.end.After(p.window.from) {
			delete(p.state.ends, key)
		}
	}
	reader, byKey := p.d.groups.reader(), map[string]*bucket{}
	for _, h := range p.found {
		all := reader.of(h.doc)
		if p.hasEnded(h, all) {
			p.result.Known = append(p.result.Known, h.doc)
			continue
		}
		if _, complete := wholeKey(all); !complete && !p.d.suppressesMissing() {
			apart = append(apart, h)
			continue
		}
		for _, key := range combinations(orMissing(all)) {
			text := keyText(key)
			if byKey[text] == nil {
				byKey[text] = &bucket{key: key}
				groups = append(groups, byKey[text])
			}
			byKey[text].add(h, nil)
		}
	}
	slices.SortFunc(groups, func(a, b *bucket) int { return compareKeys(a.key, b.key) })
	return groups, apart
}

// orMissing gives fields without a value one that stands for that.
func orMissing(all [][]term) [][]term {
	out := make([][]term, len(all))
	for i, terms := range all {
		if out[i] = terms; len(terms) == 0 {
			out[i] = []term{{}}
		}
	}
	return out
}

// hasEnded tells whether an earlier run has taken an event into a group.
func (p *pass) hasEnded(h hit, all [][]term) bool {
	for _, g := range p.state.ends {
		if h.timed && !h.at.After(g.end) && includes(orMissing(all), g.key) {
			return true
		}
	}
	return false
}

func (p *pass) writeSearchGroup(b *bucket) {
	a := p.alert(b.hits[0])
	whole := make([][]term, len(b.key))
	parts := []string{a.ID, formatTime(b.oldest), formatTime(b.newest)}
	for i, t := range b.key {
		if whole[i] = []term{t}; !t.present {
			whole[i] = nil
		}
		parts = append(parts, keyText(b.key[i:i+1]))
	}
	a.ID = hash(parts...)
	a.group = &alertGroup{
		instance: p.instance(whole), terms: p.d.groups.pairs(b.key),
		start: b.oldest, end: b.newest, count: len(b.hits) - 1,
	}
	if len(p.dropCounted([]*Alert{a})) == 0 || !p.writeOrCount(a) {
		return
	}
	for _, h := range b.hits[1:] {
		p.result.Suppressed = append(p.result.Suppressed, h.doc)
	}
}
