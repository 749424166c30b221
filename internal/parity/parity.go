// Package parity holds the alerts that a rule would write here against those that Kibana's preview wrote over the same events.
//
// Alerts are the same when they come from the same events: the ids that Kibana makes for them say nothing here. An alert of a
// threshold rule has no event of its own, so its group and its count stand for it; that of a new terms rule is told by the
// terms too.
package parity

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Comparison is how two sets of alerts compare.
type Comparison struct {
	// Here and There are the numbers of alerts, building blocks left out.
	Here  int `json:"here"`
	There int `json:"there"`
	// OnlyHere and OnlyThere name the alerts that the other side does not have.
	OnlyHere  []string `json:"only_here"`
	OnlyThere []string `json:"only_there"`
	// Different are alerts that both have, with another value in a field.
	Different []Difference `json:"different"`
}

// Difference is a field of an alert that has another value here than there.
type Difference struct {
	Alert string `json:"alert"`
	Field string `json:"field"`
	Here  string `json:"here"`
	There string `json:"there"`
}

// Agree tells whether nothing differs.
func (c Comparison) Agree() bool { return len(c.OnlyHere)+len(c.OnlyThere)+len(c.Different) == 0 }

// Compare holds alert documents against each other.
func Compare(here, there []map[string]any) Comparison {
	a, b := byName(here), byName(there)
	c := Comparison{Here: count(a), There: count(b), OnlyHere: []string{}, OnlyThere: []string{}, Different: []Difference{}}
	for name, mine := range a {
		theirs := b[name]
		for n := range max(len(mine), len(theirs)) {
			switch {
			case n >= len(theirs):
				c.OnlyHere = append(c.OnlyHere, name)
			case n < len(mine):
				c.Different = append(c.Different, differences(name, mine[n], theirs[n])...)
			}
		}
	}
	for name, theirs := range b {
		for range max(0, len(theirs)-len(a[name])) {
			c.OnlyThere = append(c.OnlyThere, name)
		}
	}
	slices.Sort(c.OnlyHere)
	slices.Sort(c.OnlyThere)
	slices.SortFunc(c.Different, func(x, y Difference) int { return strings.Compare(x.Alert+"\x00"+x.Field, y.Alert+"\x00"+y.Field) })
	return c
}

func count(alerts map[string][]map[string]any) int {
	n := 0
	for _, list := range alerts {
		n += len(list)
	}
	return n
}

// byName sorts alerts by what they come from. Building blocks are left out: the alert of their sequence names all events.
func byName(alerts []map[string]any) map[string][]map[string]any {
	found := map[string][]map[string]any{}
	for _, alert := range alerts {
		if at(alert, "kibana.alert.building_block_type") != nil && at(alert, "kibana.alert.group.index") != nil {
			continue
		}
		name := Name(alert)
		found[name] = append(found[name], alert)
	}
	return found
}

// Name tells what an alert comes from.
func Name(alert map[string]any) string {
	if result, ok := at(alert, "kibana.alert.threshold_result").(map[string]any); ok {
		return "group " + groupName(result)
	}
	var ids []string
	ancestors, _ := at(alert, "kibana.alert.ancestors").([]any)
	for _, a := range ancestors {
		ancestor, _ := a.(map[string]any)
		if ancestor["type"] != "signal" {
			ids = append(ids, fmt.Sprint(ancestor["id"]))
		}
	}
	slices.Sort(ids)
	name := "event "
	if len(ids) > 1 {
		name = "events "
	}
	name += strings.Join(slices.Compact(ids), ", ")
	if terms := at(alert, "kibana.alert.new_terms"); terms != nil {
		name += " with " + show(terms)
	}
	return name
}

// groupName is the group of a threshold alert, such as host.id=a (5 events).
func groupName(result map[string]any) string {
	var parts []string
	terms, _ := result["terms"].([]any)
	for _, t := range terms {
		term, _ := t.(map[string]any)
		parts = append(parts, fmt.Sprintf("%v=%v", term["field"], term["value"]))
	}
	slices.Sort(parts)
	return fmt.Sprintf("%s (%v events)", strings.Join(parts, " "), result["count"])
}

// fields are those that an alert's reader goes by and that overrides change.
func fields() []string {
	return []string{
		"kibana.alert.severity", "kibana.alert.risk_score", "kibana.alert.rule.name", "kibana.alert.suppression.docs_count",
	}
}

func differences(name string, here, there map[string]any) []Difference {
	var found []Difference
	for _, field := range fields() {
		if a, b := show(at(here, field)), show(at(there, field)); a != b {
			found = append(found, Difference{Alert: name, Field: field, Here: a, There: b})
		}
	}
	return found
}

// at is a field of an alert, whose key may be flat or nested.
func at(alert map[string]any, name string) any {
	if v, ok := alert[name]; ok {
		return v
	}
	head, rest, more := strings.Cut(name, ".")
	inner, ok := alert[head].(map[string]any)
	if !more || !ok {
		return nil
	}
	return at(inner, rest)
}

// show is a value as text; numbers that are equal look the same.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		return v
	case json.Number:
		if f, err := v.Float64(); err == nil {
			return fmt.Sprint(f)
		}
	case int:
		return fmt.Sprint(float64(v))
	case []any:
		var parts []string
		for _, item := range v {
			parts = append(parts, show(item))
		}
		return strings.Join(parts, ", ")
	}
	return fmt.Sprint(v)
}
