package page

import (
	"strings"

	"github.com/tocsin-rules/tocsin/internal/exception"
)

// exceptions is a list of what raises no alert: each exception of each list, in words.
func exceptions(lists []*exception.List) string {
	var lines []string
	for _, l := range lists {
		for _, item := range l.Items {
			lines = append(lines, "* "+exceptionItem(item))
		}
	}
	return strings.Join(lines, "\n")
}

func exceptionItem(item *exception.Item) string {
	text := "**" + plain(item.Name) + "**"
	var limits []string
	if len(item.OSTypes) > 0 {
		limits = append(limits, "on "+and(plainEach(item.OSTypes)))
	}
	if item.ExpireTime != "" {
		limits = append(limits, "until "+plain(item.ExpireTime))
	}
	if len(limits) > 0 {
		text += " (" + comma(limits) + ")"
	}
	text += ": " + and(conditions(item.Entries))
	if item.Description != "" && item.Description != item.Name {
		text += ". " + plain(item.Description)
	}
	return text
}

func conditions(entries []*exception.Entry) []string {
	var parts []string
	for _, e := range entries {
		if field := code(e.Field); field != "" {
			parts = append(parts, joinedBy(" ", field, asked(e)))
		}
	}
	return parts
}

// asked says what is asked of the field of an entry.
func asked(e *exception.Entry) string {
	verb := func(holds, fails string) string {
		if e.Excluded {
			return fails
		}
		return holds
	}
	switch e.Type {
	case exception.Match:
		return joinedBy(" ", verb("is", "is not"), orEmpty(comma(codeEach(e.Values))))
	case exception.MatchAny:
		return joinedBy(" ", verb("is one of", "is none of"), comma(codeEach(e.Values)))
	case exception.Wildcard:
		return joinedBy(" ", verb("matches", "does not match"), comma(codeEach(e.Values)))
	case exception.Exists:
		return verb("exists", "does not exist")
	case exception.InList:
		return verb("is in the value list ", "is not in the value list ") + code(e.ListID)
	case exception.Nested:
		return "has an object in which " + and(conditions(e.Entries))
	}
	return ""
}
