package exception

import (
	"fmt"
	"maps"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// The keys that only Kibana sets. They say nothing about what the list or item means.
func serverKeys() []string {
	return []string{"id", "_version", "created_at", "created_by", "updated_at", "updated_by", "tie_breaker_id", "immutable", "version"}
}

// EncodeAPI gives the container, without its items, as an object of Kibana's exceptions API.
func (l *List) EncodeAPI() map[string]any {
	object := maps.Clone(l.Extra)
	if object == nil {
		object = map[string]any{}
	}
	object["list_id"], object["name"], object["description"] = l.ListID, l.Name, orText(l.Description, l.Name)
	object["type"], object["namespace_type"] = l.Type, l.Namespace
	object["os_types"], object["tags"] = anyList(l.OSTypes), anyList(l.Tags)
	if l.Meta != nil {
		object["meta"] = l.Meta
	}
	return object
}

// EncodeAPI gives the item as an object of Kibana's exceptions API.
func (i *Item) EncodeAPI() map[string]any {
	object := maps.Clone(i.Extra)
	if object == nil {
		object = map[string]any{}
	}
	object["item_id"], object["list_id"], object["name"] = i.ItemID, i.ListID, i.Name
	object["description"], object["type"], object["namespace_type"] = orText(i.Description, i.Name), "simple", i.Namespace
	object["os_types"], object["tags"], object["comments"] = anyList(i.OSTypes), anyList(i.Tags), []any{}
	if len(i.Comments) > 0 {
		comments := make([]any, len(i.Comments))
		for n, comment := range i.Comments {
			comments[n] = map[string]any{"comment": comment}
		}
		object["comments"] = comments
	}
	if i.ExpireTime != "" {
		object["expire_time"] = i.ExpireTime
	}
	if i.Meta != nil {
		object["meta"] = i.Meta
	}
	object["entries"] = encodeEntries(i.Entries)
	return object
}

func encodeEntries(entries []*Entry) []any {
	list := make([]any, len(entries))
	for i, e := range entries {
		list[i] = e.encode()
	}
	return list
}

func (e *Entry) encode() map[string]any {
	object := map[string]any{"field": e.Field, "type": string(e.Type)}
	if e.Type != Nested {
		object["operator"] = "included"
		if e.Excluded {
			object["operator"] = "excluded"
		}
	}
	switch e.Type {
	case Match, Wildcard:
		object["value"] = strings.Join(e.Values, "") // one, unless the file is broken
	case MatchAny:
		object["value"] = anyList(e.Values)
	case InList:
		object["list"] = map[string]any{"id": e.ListID, "type": e.ListType}
	case Nested:
		object["entries"] = encodeEntries(e.Entries)
	}
	return object
}

func orText(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

func anyList(texts []string) []any {
	list := make([]any, len(texts))
	for i, text := range texts {
		list[i] = text
	}
	return list
}

// IsItem tells whether an object of Kibana's export is an item; IsList whether it is a container. A rule is neither.
func IsItem(object map[string]any) bool {
	return has(object, "list_id") && (has(object, "item_id") || has(object, "entries"))
}

// IsList tells whether an object of Kibana's export is the container of a list.
func IsList(object map[string]any) bool { return has(object, "list_id") && !IsItem(object) }

func has(object map[string]any, key string) bool {
	_, ok := object[key]
	return ok
}

// DecodeList reads the container of a list from Kibana's JSON. What only Kibana sets is left out; keys that the model
// does not know are kept in Extra.
func DecodeList(object map[string]any) (*List, error) {
	l := &List{
		ListID: text(object, "list_id"), Name: text(object, "name"), Description: text(object, "description"),
		Type: text(object, "type"), Namespace: orText(text(object, "namespace_type"), "single"),
		OSTypes: tomltext.Texts(object["os_types"]), Tags: tomltext.Texts(object["tags"]),
	}
	l.Meta, _ = object["meta"].(map[string]any)
	l.Extra = rest(object, "list_id", "name", "description", "type", "namespace_type", "os_types", "tags", "meta")
	if l.ListID == "" {
		return nil, fmt.Errorf("the exception list %q has no list_id", l.Name)
	}
	return l, nil
}

// DecodeItem reads an item from Kibana's JSON, like DecodeList.
func DecodeItem(object map[string]any) (*Item, error) {
	i := &Item{
		ItemID: text(object, "item_id"), ListID: text(object, "list_id"), Name: text(object, "name"),
		Description: text(object, "description"), Namespace: orText(text(object, "namespace_type"), "single"),
		OSTypes: tomltext.Texts(object["os_types"]), Tags: tomltext.Texts(object["tags"]), ExpireTime: text(object, "expire_time"),
	}
	i.Meta, _ = object["meta"].(map[string]any)
	for _, comment := range tomltext.Tables(object["comments"]) {
		i.Comments = append(i.Comments, text(comment, "comment"))
	}
	i.Extra = rest(object, "item_id", "list_id", "name", "description", "type", "namespace_type", "os_types", "tags", "meta", "comments", "expire_time", "entries")
	for n, table := range tomltext.Tables(object["entries"]) {
		e, err := decodeEntry(table)
		if err != nil {
			return nil, fmt.Errorf("exception %q, entry %d: %w", i.Name, n+1, err)
		}
		i.Entries = append(i.Entries, e)
	}
	return i, nil
}

func decodeEntry(table map[string]any) (*Entry, error) {
	e := &Entry{Field: text(table, "field"), Type: EntryType(text(table, "type")), Excluded: text(table, "operator") == "excluded"}
	switch value := table["value"].(type) {
	case string:
		e.Values = []string{value}
	case []any:
		e.Values = tomltext.Texts(value)
	}
	list, _ := table["list"].(map[string]any)
	e.ListID, e.ListType = text(list, "id"), text(list, "type")
	for _, inner := range tomltext.Tables(table["entries"]) {
		child, err := decodeEntry(inner)
		if err != nil {
			return nil, err
		}
		e.Entries = append(e.Entries, child)
	}
	switch e.Type {
	case Match, Wildcard, MatchAny:
		if len(e.Values) == 0 {
			return nil, fmt.Errorf("the entry of type %s on %s has no value", e.Type, e.Field)
		}
	case Exists, InList, Nested:
	default:
		return nil, fmt.Errorf("the type %q of the entry on %s is not known", e.Type, e.Field)
	}
	return e, nil
}

// rest gives the keys of an object that are neither known nor Kibana's own.
func rest(object map[string]any, known ...string) map[string]any {
	extra := maps.Clone(object)
	for _, key := range append(known, serverKeys()...) {
		delete(extra, key)
	}
	for key, value := range extra {
		if value == nil {
			delete(extra, key)
		}
	}
	if len(extra) == 0 {
		return nil
	}
	return extra
}
