package exception

import (
	"slices"

	"github.com/tocsin-rules/tocsin/internal/diag"
)

// EndpointList is the id of the list that the endpoint agent applies itself. Rules never do (Kibana:
// build_exception_filter).
const EndpointList = "endpoint_list"

// File is what one file of the repository holds.
type File struct {
	// Path is the file as it is shown to the user.
	Path       string
	Lists      []*List
	ValueLists []*ValueList
}

// List is an exception list with its items.
type List struct {
	ListID, Name, Description string
	// Type is "detection" for a list that rules share, "rule_default" for that of a single rule, or a type of the
	// endpoint's lists.
	Type string
	// Namespace is "single" for a list of one space, "agnostic" for one of all.
	Namespace string
	OSTypes   []string
	Tags      []string
	Meta      map[string]any
	Items     []*Item
	// Extra holds the keys of Kibana's JSON that the model does not know.
	Extra map[string]any
	Place diag.Place
}

// Item is one exception: an event that satisfies all its entries is excepted.
type Item struct {
	// ItemID is what Kibana knows the item by. A file may leave it out; it is then derived from the list and the name.
	ItemID, ListID, Name, Description string
	Namespace                         string
	// OSTypes are "linux", "macos" and "windows"; none is any.
	OSTypes  []string
	Tags     []string
	Comments []string
	// ExpireTime is when the item ceases to apply, as an ISO date; "" is never.
	ExpireTime string
	Meta       map[string]any
	Entries    []*Entry
	// Extra holds the keys of Kibana's JSON that the model does not know.
	Extra map[string]any
	Place diag.Place
}

// EntryType is how an entry tests its field.
type EntryType string

// The types.
const (
	Match    EntryType = "match"
	MatchAny EntryType = "match_any"
	Wildcard EntryType = "wildcard"
	Exists   EntryType = "exists"
	InList   EntryType = "list"
	Nested   EntryType = "nested"
)

// EntryTypes are all types of entries.
func EntryTypes() []EntryType { return []EntryType{Match, MatchAny, Wildcard, Exists, InList, Nested} }

// Entry is one condition of an item.
type Entry struct {
	Field string
	Type  EntryType
	// Excluded negates the condition, and so also holds for an event that lacks the field (operator "excluded").
	Excluded bool
	// Values are one value of match and wildcard, at least one of match_any.
	Values []string
	// ListID and ListType name the value list of an entry of type list.
	ListID, ListType string
	// Entries are those of a nested entry, whose Field is their path.
	Entries []*Entry
	Place   diag.Place
}

// lists gives the ids of the value lists that the item asks for.
func (i *Item) lists() []string {
	var ids []string
	for _, e := range i.Entries {
		if e.Type == InList {
			ids = append(ids, e.ListID)
		}
	}
	return ids
}

// ValueListIDs are the ids of the value lists that the list's items ask for, sorted and each once.
func (l *List) ValueListIDs() []string {
	var ids []string
	for _, item := range l.Items {
		ids = append(ids, item.lists()...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
