package exception

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// Decode reads a file that has passed its schema. What the schema cannot see (an entry without the value that its type
// needs, an id twice) is a diagnostic with its place.
func Decode(doc *tomltext.Document) (*File, diag.List) {
	d := &decoder{doc: doc}
	file := &File{Path: doc.File.Name()}
	for i, table := range tomltext.Tables(doc.Tree["exceptions"]) {
		file.Lists = append(file.Lists, d.list(table, "exceptions", strconv.Itoa(i)))
	}
	for i, table := range tomltext.Tables(doc.Tree["value_lists"]) {
		file.ValueLists = append(file.ValueLists, d.valueList(table, "value_lists", strconv.Itoa(i)))
	}
	return file, d.problems
}

type decoder struct {
	doc      *tomltext.Document
	problems diag.List
}

func (d *decoder) fail(message, help string, path ...string) {
	d.problems = append(d.problems, diag.Diagnostic{
		Name: "exception", Severity: diag.Error, Message: message, Help: help, Subject: d.doc.ValuePlace(path...),
	})
}

// list reads one [[exceptions]] table: a container and its items.
func (d *decoder) list(table map[string]any, path ...string) *List {
	container, _ := table["container"].(map[string]any)
	l := &List{
		ListID: text(container, "list_id"), Name: text(container, "name"), Description: text(container, "description"),
		Type: text(container, "type"), Namespace: text(container, "namespace_type"),
		OSTypes: tomltext.Texts(container["os_types"]), Tags: tomltext.Texts(container["tags"]),
		Place: d.doc.ValuePlace(below(path, "container", "list_id")...),
	}
	l.Meta, _ = container["meta"].(map[string]any)
	if l.Namespace == "" {
		l.Namespace = "single"
	}
	if l.ListID == "" {
		d.fail("the list has no list_id", "rules name a list by its list_id", below(path, "container")...)
	}
	seen, named := map[string]bool{}, map[string]int{}
	for i, item := range tomltext.Tables(table["items"]) {
		at := below(path, "items", strconv.Itoa(i))
		decoded := d.item(l, item, at)
		named[decoded.Name]++
		if decoded.ItemID == "" {
			decoded.ItemID = derivedID(l.ListID, decoded.Name, named[decoded.Name])
		}
		if seen[decoded.ItemID] {
			d.fail(fmt.Sprintf("the item_id %q stands in this list already", decoded.ItemID), "give every item an id of its own", below(at, "item_id")...)
		}
		seen[decoded.ItemID] = true
		l.Items = append(l.Items, decoded)
	}
	return l
}

func (d *decoder) item(l *List, table map[string]any, path []string) *Item {
	i := &Item{
		ItemID: text(table, "item_id"), ListID: l.ListID, Namespace: l.Namespace,
		Name: text(table, "name"), Description: text(table, "description"),
		OSTypes: tomltext.Texts(table["os_types"]), Tags: tomltext.Texts(table["tags"]),
		ExpireTime: text(table, "expire_time"), Place: d.doc.ValuePlace(below(path, "name")...),
	}
	i.Meta, _ = table["meta"].(map[string]any)
	for _, comment := range tomltext.Tables(table["comments"]) {
		i.Comments = append(i.Comments, text(comment, "comment"))
	}
	if i.ExpireTime != "" {
		if _, err := datemath.Parse(i.ExpireTime, time.Time{}, datemath.Down); err != nil || datemath.HasMath(i.ExpireTime) {
			d.fail(fmt.Sprintf("%q is not a time", i.ExpireTime), "write it as 2026-12-31T00:00:00Z", below(path, "expire_time")...)
		}
	}
	if id := text(table, "list_id"); id != "" && id != l.ListID {
		d.fail(fmt.Sprintf("the item belongs to %q, and stands in %q", id, l.ListID), "leave list_id out: an item belongs to the list it stands in", below(path, "list_id")...)
	}
	i.Entries = d.entries(table["entries"], below(path, "entries"), false)
	if len(i.Entries) == 0 {
		d.fail("the item has no entries", "an exception needs at least one condition", path...)
	}
	return i
}

func (d *decoder) entries(v any, path []string, nested bool) []*Entry {
	var list []*Entry
	for i, table := range tomltext.Tables(v) {
		list = append(list, d.entry(table, below(path, strconv.Itoa(i)), nested))
	}
	return list
}

func (d *decoder) entry(table map[string]any, path []string, nested bool) *Entry {
	e := &Entry{
		Field: text(table, "field"), Type: EntryType(text(table, "type")), Excluded: text(table, "operator") == "excluded",
		Place: d.doc.ValuePlace(below(path, "field")...),
	}
	switch value := table["value"].(type) {
	case string:
		e.Values = []string{value}
	case []any:
		e.Values = tomltext.Texts(value)
	}
	list, _ := table["list"].(map[string]any)
	e.ListID, e.ListType = text(list, "id"), text(list, "type")
	if nested && !slices.Contains([]EntryType{Match, MatchAny, Exists}, e.Type) {
		d.fail(fmt.Sprintf("a nested entry cannot hold one of type %s", e.Type), "match, match_any and exists may stand there", below(path, "type")...)
	}
	if e.Type == Nested {
		e.Entries = d.entries(table["entries"], below(path, "entries"), true)
	}
	d.shape(e, table, path)
	return e
}

// shape proves that an entry has what its type needs, and nothing else (the peer: cross checks of entries).
func (d *decoder) shape(e *Entry, table map[string]any, path []string) {
	_, isList := table["value"].([]any)
	_, isText := table["value"].(string)
	switch {
	case (e.Type == Match || e.Type == Wildcard) && !isText:
		d.fail(fmt.Sprintf("an entry of type %s has one value, a string", e.Type), "", below(path, "value")...)
	case e.Type == MatchAny && (!isList || len(e.Values) == 0):
		d.fail("an entry of type match_any has a list of values", "", below(path, "value")...)
	case (e.Type == Exists || e.Type == InList || e.Type == Nested) && table["value"] != nil:
		d.fail(fmt.Sprintf("an entry of type %s has no value", e.Type), "", below(path, "value")...)
	case e.Type == InList && e.ListID == "":
		d.fail("an entry of type list names its value list", `write list = { id = "...", type = "keyword" }`, path...)
	case e.Type == Nested && len(e.Entries) == 0:
		d.fail("a nested entry has entries of its own", "", path...)
	case e.Type != InList && table["list"] != nil:
		d.fail(fmt.Sprintf("an entry of type %s has no value list", e.Type), "", below(path, "list")...)
	}
}

func (d *decoder) valueList(table map[string]any, path ...string) *ValueList {
	l := &ValueList{
		ID: text(table, "id"), Name: text(table, "name"), Description: text(table, "description"),
		Type: text(table, "type"), File: text(table, "file"), Place: d.doc.ValuePlace(below(path, "id")...),
		FilePlace: d.doc.ValuePlace(below(path, "file")...),
	}
	if l.Name == "" {
		l.Name = l.ID
	}
	if strings.Contains(l.File, "..") || strings.HasPrefix(l.File, "/") {
		d.fail(fmt.Sprintf("%q lies outside of the folder of exceptions", l.File), "name a file below it, such as value-lists/blocked.txt", below(path, "file")...)
	}
	return l
}

func below(path []string, names ...string) []string { return slices.Concat(path, names) }

func text(table map[string]any, key string) string {
	s, _ := table[key].(string)
	return s
}
