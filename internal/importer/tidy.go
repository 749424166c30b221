package importer

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/rule"
)

// serverSet are the fields that Kibana alone sets. A rule's file cannot state them.
func serverSet() []string {
	return []string{
		"id", "immutable", "rule_source", "created_at", "created_by", "updated_at", "updated_by", "execution_summary",
		"outcome", "alias_target_id", "alias_purpose",
	}
}

// tidy gives a copy of a rule of the API without what only Kibana sets. A rule that Kibana has stored states every field
// that has a default; empty ones are left out of it.
func tidy(api map[string]any) map[string]any {
	out := maps.Clone(api)
	stored := api["immutable"] != nil && api["updated_at"] != nil
	for _, name := range serverSet() {
		delete(out, name)
	}
	if !stored {
		return out
	}
	delete(out, "revision")
	maps.DeleteFunc(out, func(name string, value any) bool { return blank(value) && name != "author" && name != "description" })
	return out
}

// blank tells whether a value says no more than a missing one does.
func blank(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case string:
		return value == ""
	case []any:
		return len(value) == 0
	case map[string]any:
		return len(value) == 0
	}
	return false
}

// defaults are what Kibana fills in where a rule states nothing.
func defaults() map[string]any {
	return map[string]any{
		"enabled": false, "interval": rule.DefaultInterval, "from": rule.DefaultFrom, "to": rule.DefaultTo,
		"max_signals": json.Number("100"), "version": json.Number("1"), "language": "kuery",
	}
}

// settle brings a rule closer to the file that it updates, where both mean the same: what is published for the file stays as
// the file says it, and what the file leaves to Kibana or to the export stays left to them.
func settle(api, file, published map[string]any) {
	given := maps.Clone(api)
	for name, value := range given {
		have, stated := file[name]
		switch {
		case asPublished(name, given, published), stated && levelled(name) && level(value) == level(have):
			restore(api, name, have, stated)
		case !stated && (blank(value) || value == defaults()[name] || derived(name)):
			delete(api, name)
		}
	}
	for name, value := range file {
		if given[name] == nil && (blank(value) || value == defaults()[name] || published[name] == nil && asPublished(name, given, published)) {
			api[name] = value
		}
	}
}

func restore(api map[string]any, name string, have any, stated bool) {
	if stated {
		api[name] = have
	} else {
		delete(api, name)
	}
}

// asPublished tells whether a field holds what is published for the file. The guide and its set-up instructions are
// one: the export takes the second out of the first.
func asPublished(name string, api, published map[string]any) bool {
	equal := func(name string) bool { return reflect.DeepEqual(api[name], published[name]) }
	if name == "note" || name == "setup" {
		return equal("note") && equal("setup")
	}
	return equal(name)
}

// derived tells whether the export makes a field of the others, when the file does not state it. The version is counted by
// Kibana, or by a lock.
func derived(name string) bool {
	return name == "related_integrations" || name == "required_fields" || name == "version" || name == "revision"
}

// levelled tells whether the export levels the white space of a field.
func levelled(name string) bool { return name == "description" || name == "false_positives" }

// level gives a text, or the texts of a list, with single spaces for all white space.
func level(value any) string {
	list, ok := value.([]any)
	if !ok {
		return strings.Join(strings.Fields(text(value)), " ")
	}
	parts := make([]string, len(list))
	for i, item := range list {
		parts[i] = level(item)
	}
	return strings.Join(parts, "\x00")
}

// metadata makes the metadata of a rule that was none of the project's: it runs in Kibana or comes from a package, so it
// is meant for production.
func metadata(api map[string]any, today string) rule.Metadata {
	m := rule.Metadata{CreationDate: day(api["created_at"], today), UpdatedDate: day(api["updated_at"], today), Maturity: "production"}
	if m.UpdatedDate < m.CreationDate {
		m.UpdatedDate = m.CreationDate
	}
	if packages := packagesOf(api); len(packages) > 0 {
		m.Integration = &rule.TextOrList{Values: packages}
	}
	return m
}

// packagesOf are the packages that a rule names, each once.
func packagesOf(api map[string]any) []string {
	var names []string
	list, _ := api["related_integrations"].([]any)
	for _, item := range list {
		if name := text(field(item, "package")); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// day gives a time of Kibana as a date of a rule's metadata.
func day(value any, fallback string) string {
	at, err := time.Parse(time.RFC3339, text(value))
	if err != nil {
		return fallback
	}
	return at.UTC().Format("2006/01/02")
}
