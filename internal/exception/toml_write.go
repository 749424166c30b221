package exception

import (
	"crypto/sha256"
	"fmt"
	"maps"
)

// Table is the name of the tables that hold exception lists in a file, ValueTable that of value lists.
const (
	Table      = "exceptions"
	ValueTable = "value_lists"
)

// Encode gives the list with its items as a table of a file. What says no more than its absence is left out, and so are the
// keys in Extra, which a file does not have.
func (l *List) Encode() map[string]any {
	container := map[string]any{"list_id": l.ListID, "name": l.Name, "type": l.Type}
	describe(container, l.Description, l.Name, l.OSTypes, l.Tags, l.Meta)
	if l.Namespace != "single" {
		container["namespace_type"] = l.Namespace
	}
	table := map[string]any{"container": container}
	if len(l.Items) > 0 {
		items := make([]any, len(l.Items))
		for i, item := range l.Items {
			items[i] = item.encodeTable()
		}
		table["items"] = items
	}
	return table
}

func describe(table map[string]any, description, name string, systems, tags []string, meta map[string]any) {
	if description != "" && description != name {
		table["description"] = description
	}
	if len(systems) > 0 {
		table["os_types"] = anyList(systems)
	}
	if len(tags) > 0 {
		table["tags"] = anyList(tags)
	}
	if len(meta) > 0 {
		table["meta"] = meta
	}
}

func (i *Item) encodeTable() map[string]any {
	table := map[string]any{"item_id": i.ItemID, "name": i.Name, "entries": encodeEntryTables(i.Entries)}
	describe(table, i.Description, i.Name, i.OSTypes, i.Tags, i.Meta)
	if i.ExpireTime != "" {
		table["expire_time"] = i.ExpireTime
	}
	if len(i.Comments) > 0 {
		table["comments"] = i.EncodeAPI()["comments"]
	}
	return table
}

func encodeEntryTables(entries []*Entry) []any {
	list := make([]any, len(entries))
	for n, e := range entries {
		table := e.encode()
		if !e.Excluded {
			delete(table, "operator")
		}
		if e.Type == Nested {
			table["entries"] = encodeEntryTables(e.Entries)
		}
		list[n] = table
	}
	return list
}

// Encode gives the value list as a table of a file.
func (l *ValueList) Encode() map[string]any {
	table := map[string]any{"id": l.ID, "type": l.Type, "file": l.File}
	if l.Name != l.ID {
		table["name"] = l.Name
	}
	if l.Description != "" {
		table["description"] = l.Description
	}
	return table
}

// Unknown gives the keys of Kibana's JSON that a file does not have, of the list and of its items by their item_id; nil when
// there are none.
func (l *List) Unknown() map[string]any {
	unknown := maps.Clone(l.Extra)
	items := map[string]any{}
	for _, item := range l.Items {
		if item.Extra != nil {
			items[item.ItemID] = item.Extra
		}
	}
	if len(items) > 0 {
		if unknown == nil {
			unknown = map[string]any{}
		}
		unknown["items"] = items
	}
	return unknown
}

// derivedID is the item_id of an exception that states none: the same as long as it keeps its name, and different for the nth
// of one name.
func derivedID(listID, name string, n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d", listID, name, n))
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// Known gives the list without what a file has no key for.
func (l *List) Known() *List {
	known := *l
	known.Extra, known.Items = nil, nil
	for _, item := range l.Items {
		bare := *item
		bare.Extra = nil
		known.Items = append(known.Items, &bare)
	}
	return &known
}
