package detect

import (
	"slices"
	"time"

	"github.com/tocsin-rules/tocsin/internal/datemath"
)

// newTerms is the method of new terms rules: one alert for each combination of field values that was first seen within the
// window, on the oldest event that has it.
type newTerms struct {
	fields *grouping
	// start is where the history begins, as date math.
	start string
}

func (c *compiler) newTerms() method {
	if c.rule.NewTerms == nil {
		return &newTerms{fields: c.grouping(nil)}
	}
	n := &newTerms{start: c.rule.NewTerms.Start(), fields: c.grouping(c.rule.NewTerms.Value, "rule", "new_terms", "value")}
	if n.start != "" {
		if _, err := datemath.Parse(n.start, c.Now, datemath.Down); err != nil {
			c.fail("rule-window", "history_window_start: "+err.Error(), "write date math relative to now, such as now-14d",
				"rule", "new_terms", "history_window_start")
		}
	}
	return n
}

// candidate is a combination of values with the oldest event that has it.
type candidate struct {
	key   []term
	first hit
}

func (n *newTerms) find(p *pass) {
	seen := n.seen(p)
	sortByTime(p.found)
	fields, order, found := n.fields.reader(), []*candidate{}, map[string]bool{}
	for _, h := range p.found {
		for _, key := range combinations(fields.of(h.doc)) {
			text := keyText(key)
			if seen[text] {
				p.note("%s was seen before the window", n.fields.label(key))
			}
			if seen[text] || found[text] {
				continue
			}
			found[text] = true
			order = append(order, &candidate{key, h})
		}
	}
	slices.SortStableFunc(order, func(a, b *candidate) int { return compareKeys(a.key, b.key) })
	alerts := make([]*Alert, len(order))
	for i, c := range order {
		alerts[i] = n.alert(p, c)
	}
	if p.d.groups != nil {
		p.suppressInMemory(alerts)
		return
	}
	for _, a := range alerts {
		p.create(a)
	}
}

// seen are the combinations that events of the history have: those from the start of the history up to the start of the window,
// which itself still counts as history (Kibana keeps what was first seen strictly later).
func (n *newTerms) seen(p *pass) map[string]bool {
	fields, seen := n.fields.reader(), map[string]bool{}
	note := func(h hit) {
		for _, key := range combinations(fields.of(h.doc)) {
			seen[keyText(key)] = true
		}
	}
	begin := n.begin(p)
	for _, h := range p.history {
		if p.window == nil || !h.timed || !h.at.Before(begin) && !h.at.After(p.window.from) {
			note(h)
		}
	}
	for _, h := range p.all {
		if p.window != nil && h.timed && !h.at.Before(begin) && !h.at.After(p.window.from) {
			note(h)
		}
	}
	return seen
}

// begin is when the history begins: the date math counts from the end of the window (Kibana).
func (n *newTerms) begin(p *pass) time.Time {
	if p.window == nil {
		return time.Time{}
	}
	at, err := datemath.Parse(n.start, p.window.to, datemath.Down)
	if err != nil || n.start == "" {
		return time.Time{}
	}
	return at
}

func (n *newTerms) alert(p *pass, c *candidate) *Alert {
	a := p.alert(c.first)
	values, parts := make([]any, len(c.key)), []string{a.ID}
	for i, t := range c.key {
		values[i] = t.json()
		parts = append(parts, t.datum.Text())
	}
	a.ID = hash(parts...)
	a.set("new_terms", values)
	return a
}
