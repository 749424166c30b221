package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// crosscheck checks a complete rule's fields against each other, as Kibana does after its schema.
func (s *Server) crosscheck(r rule) error {
	checks := []func(rule) []string{
		timelinePair, concurrencyPair, cardinalityFields, mappingGroups, newTermsHistory, defaultLists,
	}
	if s.options.RefuseGaps {
		checks = append(checks, lookBack)
	}
	var problems []string
	for _, check := range checks {
		problems = append(problems, check(r)...)
	}
	if len(problems) > 0 {
		return siem(http.StatusBadRequest, problems)
	}
	return nil
}

func timelinePair(r rule) []string { return pair(r, "timeline_id", "timeline_title") }

func concurrencyPair(r rule) []string { return pair(r, "concurrent_searches", "items_per_search") }

// pair wants both fields or neither.
func pair(r rule, a, b string) []string {
	has := func(name string) bool { return r[name] != nil && r[name] != "" }
	switch {
	case has(a) && !has(b):
		return []string{fmt.Sprintf("when %q exists, %q must also exist", a, b)}
	case has(b) && !has(a):
		return []string{fmt.Sprintf("when %q exists, %q must also exist", b, a)}
	}
	return nil
}

// cardinalityFields refuses to count distinct values of a field by which events are grouped already.
func cardinalityFields(r rule) []string {
	t, _ := r["threshold"].(map[string]any)
	fields, _ := t["field"].([]any)
	for _, item := range objects(t["cardinality"]) {
		if slices.Contains(fields, item["field"]) {
			return []string{"a cardinality field must not be one of the threshold fields"}
		}
	}
	return nil
}

// mappingGroups looks at each group of a threat mapping, whose entries must all hold: one of them at least must be
// positive, and none may be the negation of another.
func mappingGroups(r rule) []string {
	var problems []string
	for _, group := range objects(r["threat_mapping"]) {
		plain, negated := map[string]bool{}, map[string]bool{}
		for _, entry := range objects(group["entries"]) {
			name := fmt.Sprintf("%q %q", entry["field"], entry["value"])
			if entry["negate"] == true {
				negated[name] = true
			} else {
				plain[name] = true
			}
		}
		if len(plain) == 0 {
			problems = append(problems, "each group of threat_mapping needs an entry that is not negated")
		}
		for _, name := range sortedKeys(negated) {
			if plain[name] {
				problems = append(problems, "threat_mapping has an entry both negated and not: "+name)
			}
		}
	}
	return problems
}

// defaultLists allows a rule one list of its own.
func defaultLists(r rule) []string {
	n := 0
	for _, list := range objects(r["exceptions_list"]) {
		if list["type"] == "rule_default" {
			n++
		}
	}
	if n > 1 {
		return []string{"a rule may have at most one exception list of type rule_default"}
	}
	return nil
}

// lookBack wants a rule to look back as far as its last run at least.
func lookBack(r rule) []string {
	from, okFrom := fromNow(r["from"])
	to, okTo := fromNow(r["to"])
	interval, okInterval := duration(r["interval"])
	if okFrom && okTo && okInterval && to-from < interval {
		return []string{fmt.Sprintf("the time from %v to %v must be at least the interval %v", r["from"], r["to"], r["interval"])}
	}
	return nil
}

// newTermsHistory wants the history to begin before the window in which terms are new.
func newTermsHistory(r rule) []string {
	start, okStart := fromNow(r["history_window_start"])
	from, okFrom := fromNow(r["from"])
	if okStart && okFrom && start >= from {
		return []string{"history_window_start must be earlier than from"}
	}
	return nil
}

var (
	relativeForm = regexp.MustCompile(`^now((?:[+-]\d+[smhdwMy])*)$`)
	stepForm     = regexp.MustCompile(`([+-]\d+)([smhdwMy])`)
	intervalForm = regexp.MustCompile(`^(\d+)([smhd])$`)
)

// fromNow reads a relative date such as now-1h-5m. A date that is rounded or absolute cannot be judged without a clock
// and is not.
func fromNow(v any) (time.Duration, bool) {
	text, _ := v.(string)
	m := relativeForm.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	var sum time.Duration
	for _, step := range stepForm.FindAllStringSubmatch(m[1], -1) {
		d, ok := count(step[1], step[2])
		if !ok {
			return 0, false
		}
		sum += d
	}
	return sum, true
}

func duration(v any) (time.Duration, bool) {
	text, _ := v.(string)
	m := intervalForm.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	return count(m[1], m[2])
}

// count is n units; a month is 30 days here and a year 365. Numbers that no schedule has are refused.
func count(n, unit string) (time.Duration, bool) {
	const day = 24 * time.Hour
	length := map[string]time.Duration{
		"s": time.Second, "m": time.Minute, "h": time.Hour, "d": day, "w": 7 * day, "M": 30 * day, "y": 365 * day,
	}[unit]
	i, err := strconv.ParseInt(n, 10, 32)
	if err != nil || i > 0 && length > (1<<62)/time.Duration(i) || i < 0 && length > (1<<62)/time.Duration(-i) {
		return 0, false
	}
	return time.Duration(i) * length, true
}

// objects is the objects in a list.
func objects(v any) []map[string]any {
	items, _ := v.([]any)
	var all []map[string]any
	for _, item := range items {
		if o, ok := item.(map[string]any); ok {
			all = append(all, o)
		}
	}
	return all
}

func number(n int64) json.Number { return json.Number(strconv.FormatInt(n, 10)) }
