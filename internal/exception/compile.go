package exception

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/match"
)

// The bounds up to which Kibana turns a value list into a part of the search (lists plugin: build_exception_filter).
const (
	maxValues = 65_536
	maxDashes = 200
)

// Options is what exceptions are compiled for.
type Options struct {
	Schema  *field.Schema
	Builder *filter.Builder
	// Start is when the rule's run starts: items that have expired by then do not apply.
	Start time.Time
	// AfterSearch tells that the rule's type applies what is too large for the search to what it found (Kibana: query
	// without suppression, threat_match and machine_learning). Other types ignore it, with a warning.
	AfterSearch bool
	// ValueList gives a value list by its id.
	ValueList func(id string) (*ValueList, bool)
}

// Set is the exceptions of one rule, compiled. It is immutable.
type Set struct {
	// Items are the exceptions that are part of the search. An event that satisfies any of them is excepted.
	Items []Compiled
	// Late are the exceptions whose value lists are too large for a search.
	Late []Late
	// Warnings are what Kibana would note on the run.
	Warnings []string
}

// Compiled is an item that is part of the search.
type Compiled struct {
	*Item
	Node filter.Node
}

// Late is an item that is applied to the events that the search found.
type Late struct {
	*Item
	entries []lateEntry
}

type lateEntry struct {
	*Entry
	values *Values
}

// Compile compiles the lists that a rule names. Diagnostics are what Elasticsearch or Kibana would refuse; such an item is
// left out of the set.
func Compile(lists []*List, o Options) (*Set, diag.List) {
	c := &compiler{Options: o, set: &Set{}}
	var ignored []string
	for _, l := range lists {
		if l.ListID == EndpointList {
			continue
		}
		for _, item := range l.Items {
			if c.expired(item) {
				continue
			}
			if !c.item(item) {
				ignored = append(ignored, item.Name)
			}
		}
	}
	if len(ignored) > 0 {
		c.set.Warnings = append(c.set.Warnings, "The following exceptions won't be applied to rule execution: "+strings.Join(ignored, ", "))
	}
	return c.set, c.problems
}

// Excepts gives the exception that a record satisfies, or nil.
func (s *Set) Excepts(r *filter.Record) *Item {
	for _, item := range s.Items {
		if item.Node.Match(r) {
			return item.Item
		}
	}
	return nil
}

// ExceptsFound gives the exception that is applied after the search and takes an event out of what was found, or nil.
func (s *Set) ExceptsFound(doc *event.Document) *Item {
	for _, late := range s.Late {
		if late.excepts(doc) {
			return late.Item
		}
	}
	return nil
}

// excepts asks all value lists of the item (Kibana: large value lists; "included" drops the event when a value is in the
// list, "excluded" when none is, so also when the field is missing).
func (l Late) excepts(doc *event.Document) bool {
	for _, e := range l.entries {
		held := false
		for _, scalar := range doc.Get(e.Field) {
			held = held || e.values.Holds(scalar.Text)
		}
		if held == e.Excluded {
			return false
		}
	}
	return true
}

type compiler struct {
	Options
	set      *Set
	problems diag.List
}

func (c *compiler) fail(place diag.Place, message, help string) {
	c.problems = append(c.problems, diag.Diagnostic{Name: "exception", Severity: diag.Error, Message: message, Help: help, Subject: place})
}

func (c *compiler) expired(item *Item) bool {
	if item.ExpireTime == "" {
		return false
	}
	at, err := datemath.Parse(item.ExpireTime, c.Start, datemath.Down)
	return err == nil && at.Before(c.Start)
}

// item compiles one item, and tells whether it applies at all.
func (c *compiler) item(item *Item) bool {
	if late, large := c.late(item); large {
		if c.AfterSearch {
			c.set.Late = append(c.set.Late, late)
		}
		return c.AfterSearch
	}
	var nodes []filter.Node
	if len(item.OSTypes) > 0 {
		nodes = append(nodes, c.operatingSystems(item.OSTypes))
	}
	for _, e := range item.Entries {
		node, err := c.entry(c.Builder, e, "")
		if err != nil {
			c.fail(e.Place, err.Error(), "")
			return true
		}
		nodes = append(nodes, node)
	}
	clause := filter.Clause{Label: "exception " + item.Name}
	c.set.Items = append(c.set.Items, Compiled{item, &filter.And{Nodes: nodes, Source: clause}})
	return true
}

// late gives the item as one that is applied after the search, if one of its value lists is too large for the search or
// of a type that has no query. Of such an item only the entries of type list count.
func (c *compiler) late(item *Item) (Late, bool) {
	late, large := Late{Item: item}, false
	for _, e := range item.Entries {
		if e.Type != InList {
			continue
		}
		list, err := c.wanted(e)
		if err != nil {
			continue // told where the entry is compiled
		}
		late.entries = append(late.entries, lateEntry{e, list.Values})
		large = large || !list.Values.fitsSearch()
	}
	return late, large
}

func (v *Values) fitsSearch() bool {
	return (v.kind == "keyword" || v.hasAddresses()) && v.Len() <= maxValues && v.dashes <= maxDashes
}

// operatingSystems asks for one of the systems (Kibana: host.os.type or host.os.name.caseless).
func (c *compiler) operatingSystems(types []string) filter.Node {
	var nodes []filter.Node
	for _, name := range types {
		for _, path := range []string{"host.os.type", "host.os.name.caseless"} {
			clause := filter.Clause{Label: path + ": " + name}
			m, ok := c.Schema.Lookup(path)
			if !ok {
				continue
			}
			if node, err := c.Builder.Term(m, name, clause); err == nil {
				nodes = append(nodes, node)
			}
		}
	}
	return filter.NewOr(nodes, filter.Clause{Label: "os_types: " + strings.Join(types, " or ")})
}

func (c *compiler) entry(b *filter.Builder, e *Entry, prefix string) (filter.Node, error) {
	node, err := c.condition(b, e, prefix)
	if err != nil || !e.Excluded {
		return node, err
	}
	return &filter.Not{Node: node, Source: filter.Clause{Label: "not " + e.label()}}, nil
}

func (c *compiler) condition(b *filter.Builder, e *Entry, prefix string) (filter.Node, error) {
	clause := filter.Clause{Label: e.label()}
	name := prefix + e.Field
	if e.Type == Nested {
		return b.Nested(name, clause, func(inner *filter.Builder) (filter.Node, error) {
			var nodes []filter.Node
			for _, child := range e.Entries {
				node, err := c.entry(inner, child, name+".")
				if err != nil {
					return nil, err
				}
				nodes = append(nodes, node)
			}
			return &filter.And{Nodes: nodes, Source: clause}, nil
		})
	}
	var list *ValueList
	if e.Type == InList {
		var err error
		if list, err = c.wanted(e); err != nil {
			return nil, err
		}
	}
	m, ok := c.Schema.Lookup(name)
	if !ok {
		return &filter.Constant{Source: clause, Reason: "no index has a field " + name}, nil
	}
	switch e.Type {
	case Match:
		return b.Phrase(m, e.Values[0], clause)
	case MatchAny:
		return anyOf(e.Values, clause, func(text string, clause filter.Clause) (filter.Node, error) { return b.Phrase(m, text, clause) }, m.Name)
	case Wildcard:
		return b.Wildcard(m, match.LuceneWildcard(e.Values[0]), clause)
	case Exists:
		return b.Exists(m, clause), nil
	case InList:
		return inList(b, list.Values, m, clause)
	}
	return nil, fmt.Errorf("the type %q of an entry is not known", e.Type)
}

func anyOf(texts []string, clause filter.Clause, one func(string, filter.Clause) (filter.Node, error), name string) (filter.Node, error) {
	nodes := make([]filter.Node, len(texts))
	for i, text := range texts {
		node, err := one(text, filter.Clause{Label: name + ": " + text})
		if err != nil {
			return nil, err
		}
		nodes[i] = node
	}
	return filter.NewOr(nodes, clause), nil
}

// wanted gives the value list that an entry names.
func (c *compiler) wanted(e *Entry) (*ValueList, error) {
	if c.ValueList == nil {
		return nil, errors.New("value lists are not known here")
	}
	list, ok := c.ValueList(e.ListID)
	switch {
	case !ok:
		return nil, fmt.Errorf("there is no value list %q", e.ListID)
	case list.Values == nil:
		return nil, fmt.Errorf("the values of %q could not be read", e.ListID)
	}
	return list, nil
}

// inList asks for a value of a list that is small enough for the search: terms, and ranges where a dash stands.
func inList(b *filter.Builder, values *Values, m field.Mapping, clause filter.Clause) (filter.Node, error) {
	return anyOf(values.Lines(), clause, func(text string, clause filter.Clause) (filter.Node, error) {
		if low, high, dash := strings.Cut(text, "-"); dash && values.hasAddresses() {
			return b.Range(m, filter.Bounds{
				Low: strings.TrimSpace(low), High: strings.TrimSpace(high), HasLow: true, HasHigh: true, WithLow: true, WithHigh: true,
			}, clause)
		}
		return b.Term(m, text, clause)
	}, m.Name)
}

// label is the entry as people read it.
func (e *Entry) label() string {
	switch e.Type {
	case Exists:
		return e.Field + ": *"
	case InList:
		return e.Field + " in list " + e.ListID
	case Nested:
		return e.Field + ": {...}"
	}
	return e.Field + ": " + strings.Join(e.Values, " or ")
}
