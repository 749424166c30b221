package page

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/rule"
)

// placeholder stands in a guide for an interactive part of it, which Kibana shows as a button.
var placeholder = regexp.MustCompile(`\$(?:(osquery|investigate)_([0-9]{1,6})|\{(osquery|investigate)_([0-9]{1,6})\})`)

// plugins shows what the placeholders of a guide stand for. One that stands for nothing is kept.
func plugins(text string, t *rule.Transform) string {
	if t == nil || !strings.Contains(text, "$") {
		return text
	}
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		m := placeholder.FindStringSubmatch(found)
		n, err := strconv.Atoi(m[2] + m[4])
		var shown string
		switch {
		case err != nil:
		case m[1]+m[3] == "osquery" && n < len(t.Osquery):
			shown = osquery(t.Osquery[n])
		case m[1]+m[3] == "investigate" && n < len(t.Investigate):
			shown = investigate(t.Investigate[n])
		}
		if shown == "" {
			return found
		}
		return shown
	})
}

func osquery(q rule.Osquery) string {
	return joinedBy(": ", plain(q.Label), code(q.Query))
}

func investigate(i rule.Investigate) string {
	var alternatives []string
	for _, all := range i.Providers {
		var conditions []string
		for _, p := range all {
			if text := code(condition(p)); text != "" {
				conditions = append(conditions, text)
			}
		}
		if len(conditions) > 0 {
			alternatives = append(alternatives, strings.Join(conditions, " and "))
		}
	}
	return joinedBy(": ", plain(i.Label), strings.Join(alternatives, ", or "))
}

// condition is a provider as a KQL-like text. A value such as {{host.id}} is the alert's own.
func condition(p rule.Provider) string {
	if collapse(p.Field) == "" {
		return ""
	}
	text := p.Field + ": " + p.Value
	if p.Excluded != nil && *p.Excluded {
		text = "not " + text
	}
	return text
}
