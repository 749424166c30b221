package detect

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/rule"
)

// override takes severity, risk score and name from the event where the rule says so (Kibana: utils/mappings). What the
// event lacks leaves the rule's own value.
func (a *Alert) override() {
	r := a.detector.Rule
	if len(r.SeverityMapping)+len(r.RiskScoreMapping) == 0 && r.RuleNameOverride == "" {
		return
	}
	tree, err := a.Event.Source()
	if err != nil {
		return // the document was decoded once already
	}
	a.overrideSeverity(tree, r.SeverityMapping)
	if len(r.RiskScoreMapping) > 0 {
		if score, ok := riskScore(lookup(tree, r.RiskScoreMapping[0].Field)); ok {
			a.RiskScore = score
		}
	}
	if name, ok := lookup(tree, r.RuleNameOverride).(string); ok && r.RuleNameOverride != "" {
		a.Name = name
	}
}

// overrideSeverity takes the highest severity whose value the event has.
func (a *Alert) overrideSeverity(tree map[string]any, mappings []rule.SeverityMapping) {
	highest := -1
	for _, m := range mappings {
		if rank := rankOf(m.Severity); rank > highest && hasValue(tree, m) {
			highest, a.Severity = rank, m.Severity
		}
	}
}

func rankOf(s rule.Severity) int {
	for i, known := range rule.Severities() {
		if known == s {
			return i
		}
	}
	return -1
}

// hasValue tells whether the event has the value of a mapping: texts as they are, whole numbers by their digits; fractions,
// booleans and null never. The field event.severity is compared as a number (Kibana).
func hasValue(tree map[string]any, m rule.SeverityMapping) bool {
	wanted := m.Value
	isSeverity := m.Field == "event.severity"
	if isSeverity {
		n, err := strconv.ParseFloat(strings.TrimSpace(wanted), 64)
		if err != nil {
			return false
		}
		wanted = strconv.FormatFloat(math.Floor(n), 'f', -1, 64)
	}
	for _, value := range list(lookup(tree, m.Field)) {
		switch value := value.(type) {
		case string:
			if !isSeverity && value == wanted {
				return true
			}
		case json.Number:
			if digits, ok := safeInteger(value); ok && digits == wanted {
				return true
			}
		}
	}
	return false
}

// safeInteger gives the digits of a number that JavaScript holds as a whole one, however it is written.
func safeInteger(n json.Number) (digits string, ok bool) {
	const most = 1<<53 - 1
	f, err := n.Float64()
	if err != nil || f != math.Trunc(f) || math.Abs(f) > most {
		return "", false
	}
	return strconv.FormatInt(int64(f), 10), true
}

// riskScore is the highest number from 0 to 100 among the values; a text that reads as a number is one, the empty text is 0
// (Kibana).
func riskScore(value any) (float64, bool) {
	best, found := 0.0, false
	for _, item := range list(value) {
		n, ok := numberOf(item)
		if ok && n >= 0 && n <= 100 && (!found || n > best) {
			best, found = n, true
		}
	}
	return best, found
}

func numberOf(value any) (float64, bool) {
	switch value := value.(type) {
	case json.Number:
		n, err := value.Float64()
		return n, err == nil
	case string:
		text := strings.TrimSpace(value)
		if text == "" {
			return 0, true
		}
		n, err := strconv.ParseFloat(text, 64)
		return n, err == nil && !math.IsInf(n, 0) && !math.IsNaN(n)
	}
	return 0, false
}

// list gives the items of an array, or the one value that is none; nothing for a missing one.
func list(value any) []any {
	switch value := value.(type) {
	case nil:
		return nil
	case []any:
		return value
	}
	return []any{value}
}

// lookup reads a path as lodash does: the exact key first, then step by step. A path that is part nested and part dotted is
// not found.
func lookup(tree map[string]any, path string) any {
	if value, ok := tree[path]; ok {
		return value
	}
	var value any = tree
	for key := range strings.SplitSeq(path, ".") {
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = object[key]
	}
	return value
}
