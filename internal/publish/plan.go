package publish

import (
	"cmp"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/connector"
)

// Kind is what an object of a space is.
type Kind string

// The kinds.
const (
	// Rule is a detection rule; its id is the rule_id.
	Rule Kind = "rule"
	// ExceptionList is the container of an exception list; its id is the list_id.
	ExceptionList Kind = "exception_list"
	// ExceptionItem is an item of an exception list; its id is the item_id.
	ExceptionItem Kind = "exception_item"
	// ValueList is a value list with all its values.
	ValueList Kind = "value_list"
	// Timeline is a timeline template; its id is the templateTimelineId.
	Timeline Kind = "timeline_template"
)

// Kinds are all kinds, in the order in which one needs the other: what comes first is needed by what comes later.
func Kinds() []Kind { return []Kind{Timeline, ValueList, ExceptionList, ExceptionItem, Rule} }

// idKey is the field of an object that identifies it across spaces.
func (k Kind) idKey() string {
	switch k {
	case ExceptionList:
		return "list_id"
	case ExceptionItem:
		return "item_id"
	case ValueList:
		return "id"
	case Timeline:
		return "templateTimelineId"
	}
	return "rule_id"
}

// nameKey is the field of an object that people call it by.
func (k Kind) nameKey() string {
	if k == Timeline {
		return "title"
	}
	return "name"
}

// noun is what an object of the kind is called.
func (k Kind) noun() string { return strings.ReplaceAll(string(k), "_", " ") }

// Desired is an object as the repository wants it.
type Desired struct {
	Kind Kind
	// ID identifies the object across spaces; Name is what people call it.
	ID, Name string
	// Source is the file that the object comes from, as it is shown.
	Source string
	// Body is the object as Kibana's API takes it. It is not changed. Its id may be left out.
	Body map[string]any
	// Deprecated is set for a rule that is on its way out: it is not created, and where it is, it is disabled and renamed.
	Deprecated bool
}

// Action is what a plan does with an object.
type Action string

// The actions.
const (
	// Create makes an object that is not there.
	Create Action = "create"
	// Update replaces an object that differs.
	Update Action = "update"
	// Delete deletes an object that this repository published and no longer holds.
	Delete Action = "delete"
	// None leaves an object that is as desired.
	None Action = "none"
	// Drifted does nothing because the object was changed in Kibana since this repository published it.
	Drifted Action = "drift"
	// Refuse does nothing because what to do is not clear; the change's Reason tells why.
	Refuse Action = "refuse"
)

// Writes tells whether the action changes Kibana.
func (a Action) Writes() bool { return a == Create || a == Update || a == Delete }

// FieldChange is a field in which an object differs.
type FieldChange struct {
	// Path names the field, with dots for fields of objects: "threshold.value". Lists are compared whole.
	Path string `json:"path"`
	// Before is the value in Kibana and After the desired one, both in normal form; nil is none.
	Before any `json:"before"`
	After  any `json:"after"`
}

// Change is what a plan does with one object.
type Change struct {
	Action Action `json:"action"`
	Kind   Kind   `json:"kind"`
	ID     string `json:"id"`
	Name   string `json:"name"`
	Source string `json:"source"`
	// Fields are the differences between Kibana and the repository, sorted by path; empty where there is nothing to compare.
	Fields []FieldChange `json:"fields,omitempty"`
	// Version is the version that a rule or a template gets because its content changes; 0 when it keeps its own or its file
	// states one.
	Version int `json:"version,omitempty"`
	// Drift tells that Kibana's object is not the one that was published: it was changed or deleted there.
	Drift bool `json:"drift,omitempty"`
	// Reason tells why an object is refused, or what is special about it.
	Reason string `json:"reason,omitempty"`
	// Body is what a create or update sends.
	Body map[string]any `json:"-"`
	// Revision is the revision of the object that the change was planned for, as Kibana wrote it.
	Revision string `json:"-"`
	// Namespace is that of an exception list or item that is deleted.
	Namespace string `json:"namespace,omitempty"`

	// wanted and stored are both sides of an object that is as desired, for the lock.
	wanted, stored map[string]any
}

// Plan is what has to be done in one space to reach the desired state.
type Plan struct {
	// Changes holds one change for each desired object, and one for each that is deleted, sorted by source and id.
	Changes []Change `json:"changes"`
	// Orphans is the number of objects that this repository published, no longer holds, and may delete when it is asked to
	// prune.
	Orphans int `json:"orphans,omitempty"`
}

// Count is the number of changes with an action.
func (p Plan) Count(a Action) int {
	n := 0
	for _, c := range p.Changes {
		if c.Action == a {
			n++
		}
	}
	return n
}

// Writes is the number of changes that change Kibana.
func (p Plan) Writes() int { return p.Count(Create) + p.Count(Update) + p.Count(Delete) }

// Empty tells whether there is nothing to do and nothing was refused.
func (p Plan) Empty() bool { return p.Count(None) == len(p.Changes) }

// Options say how a plan is made.
type Options struct {
	// Lock is what was published into this space before; nil is nothing.
	Lock Locked
	// OverwriteDrift replaces what was changed in Kibana since it was published.
	OverwriteDrift bool
	// Prune deletes what this repository published and no longer holds.
	Prune bool
	// PruneLimit is the largest share of what was published that may be deleted.
	PruneLimit float64
	// OwnerTag is the tag that marks each published rule; "" is none.
	OwnerTag string
	// Connectors are those that the repository describes. A rule may name one by the id that it has there, or by its name; which
	// one that is in a space follows from its name and type.
	Connectors []*connector.Connector
}

// Make compares the desired objects with the actual ones, as [Read] gives them, and tells what to do. Actual objects that
// nobody desires are left alone, unless this repository published them and is to prune. It changes none of its arguments.
func Make(desired []Desired, actual State, o Options) Plan {
	p := planner{Options: o, there: actual.index(), sources: map[place][]string{}, used: actual.used(desired), connectors: newConnectors(actual.Connectors, o.Connectors)}
	for _, d := range desired {
		at := place{d.Kind, d.ID}
		p.sources[at] = append(p.sources[at], d.Source)
	}
	changes := p.compare(desired)
	orphans := p.orphans()
	changes = append(changes, p.limited(changes, orphans)...)
	slices.SortStableFunc(changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	plan := Plan{Changes: changes}
	if !o.Prune {
		plan.Orphans = len(orphans)
	}
	return plan
}

// compare decides about each object, several at a time.
func (p planner) compare(desired []Desired) []Change {
	decided := make([]Change, len(desired))
	wanted := make([]bool, len(desired))
	sideBySide(runtime.GOMAXPROCS(0), len(desired), func(i int) { decided[i], wanted[i] = p.plan(desired[i]) })
	changes := make([]Change, 0, len(desired))
	for i, c := range decided {
		if wanted[i] {
			changes = append(changes, c)
		}
	}
	return changes
}

// place is where an object is found.
type place struct {
	kind Kind
	id   string
}

type planner struct {
	Options
	there   map[place][]map[string]any
	sources map[place][]string
	// used are the exception lists and timeline templates that rules refer to.
	used       map[place]bool
	connectors connectors
}

// plan decides about one object. It gives false for one that is neither wanted nor there.
func (p planner) plan(d Desired) (Change, bool) {
	at := place{d.Kind, d.ID}
	there := p.there[at]
	c := Change{Kind: d.Kind, ID: d.ID, Name: d.Name, Source: d.Source}
	if c.Reason = refusal(d, len(there), p.sources[at]); c.Reason != "" {
		c.Action = Refuse
		return c, true
	}
	if d.Deprecated && (len(there) == 0 || !p.owns(at, there[0])) {
		return c, false
	}
	entry, locked := p.Lock.entry(at)
	c.Body = p.sendable(d)
	pruned := d.Deprecated && p.Prune
	if c.Reason = p.connectors.resolve(c.Body); c.Reason != "" && !pruned {
		c.Action, c.Body = Refuse, nil
		return c, true
	}
	if len(there) == 0 {
		c.Action = Create
		if locked {
			c.deletedThere(entry, p.OverwriteDrift)
		}
		return c, true
	}
	stored := there[0]
	normal := normalOf(d.Kind, stored)
	c.Revision = d.Kind.revision(stored)
	c.Drift = locked && entry.Hash != hashOf(d.Kind, normal, entry.Stated)
	if pruned {
		c.Action, c.Body, c.Reason = Delete, nil, "deprecated"
		p.hold(&c)
		return c, true
	}
	c.Fields = differencesOf(d.Kind, normal, d.Kind.completed(c.Body, stored))
	if len(c.Fields) == 0 {
		c.wanted, c.stored = c.Body, stored
		c.Action, c.Body, c.Revision, c.Drift = None, nil, "", false
		return c, true
	}
	c.Action = Update
	c.raiseVersion(stored, entry)
	p.hold(&c)
	return c, true
}

// hold keeps a change from being made when it would overwrite what somebody did in Kibana.
func (p planner) hold(c *Change) {
	if c.Drift && !p.OverwriteDrift {
		c.Action, c.Body = Drifted, nil
		c.Reason = "it was changed in kibana since it was published"
	}
}

// deletedThere makes of a create that of an object which was published and is gone.
func (c *Change) deletedThere(entry Entry, overwrite bool) {
	c.Drift, c.Reason = true, "it was deleted in kibana since it was published"
	if !overwrite {
		c.Action, c.Body = Drifted, nil
		return
	}
	if _, stated := c.Body["version"]; !stated && c.Kind == Rule && entry.Version > 0 {
		c.Version = entry.Version + 1
		c.Body["version"] = c.Version
	}
}

// raiseVersion gives a rule whose content changes the next version, unless its file states one. Kibana itself counts
// revisions only, and an import without a version sets it back to 1. The versions of Elastic's own rules are Elastic's: by them
// Kibana knows which can be upgraded. A timeline template is refused unless its version rises.
func (c *Change) raiseVersion(stored map[string]any, entry Entry) {
	_, stated := c.Body["version"]
	switch {
	case c.Kind == Timeline:
		c.Version = max(versionOf(stored, templateVersion)+1, versionOf(c.Body, templateVersion))
		c.Body[templateVersion] = c.Version
	case c.Kind == Rule && !stated && stored["immutable"] != true && slices.ContainsFunc(c.Fields, isContent):
		c.Version = max(versionOf(stored, "version"), entry.Version) + 1
		c.Body["version"] = c.Version
	}
}

// isContent tells what a rule says from the state that it is in.
func isContent(f FieldChange) bool {
	name, _, _ := strings.Cut(f.Path, ".")
	return !slices.Contains(keptFields(), name)
}

// refusal tells why an object cannot be planned, or "".
func refusal(d Desired, there int, sources []string) string {
	key := d.Kind.idKey()
	id, stated := d.Body[key]
	switch {
	case d.ID == "":
		return fmt.Sprintf("it has no %s, so kibana would make a new one each time", key)
	case stated && id != d.ID:
		return fmt.Sprintf("it is listed as %q but its body says %s %q", d.ID, key, fmt.Sprint(id))
	case len(sources) > 1:
		others := slices.Sorted(slices.Values(sources))
		return fmt.Sprintf("the %s is used by several files: %s", key, strings.Join(others, ", "))
	case there > 1:
		return fmt.Sprintf("kibana has %d with this %s; delete all but one there", there, key)
	}
	return ""
}

// sendable is the body as it is sent: with its id, marked, without nulls (which Kibana refuses) and without what only
// Kibana sets.
func (p planner) sendable(d Desired) map[string]any {
	body := maps.Clone(d.Body)
	if body == nil {
		body = map[string]any{}
	}
	if d.Kind != Rule {
		return body
	}
	maps.DeleteFunc(body, func(name string, v any) bool { return v == nil || serverSet(name) })
	body["rule_id"] = d.ID
	if d.Deprecated {
		body["enabled"], body["name"] = false, deprecatedName(d.Name)
	}
	if tags, _ := tidy(body["tags"], false).([]any); p.OwnerTag != "" && !slices.Contains(tags, any(p.OwnerTag)) {
		body["tags"] = append(tags, p.OwnerTag)
	}
	return body
}

// deprecatedName is what a rule on its way out is called, as Elastic calls its own.
func deprecatedName(name string) string {
	if strings.HasPrefix(name, "Deprecated - ") {
		return name
	}
	return "Deprecated - " + name
}

// keptFields are those that stay as they are in Kibana when a rule's file does not state them.
func keptFields() []string { return []string{"enabled", "version", "actions", "exceptions_list"} }

// completed is a body with what stays as it is in Kibana. Comments of an exception are written by people there, and none is
// ever taken away; the others of its fields are the file's.
func (k Kind) completed(body, stored map[string]any) map[string]any {
	switch k {
	case Rule:
		return completed(body, stored)
	case ExceptionItem:
		return withComments(body, stored)
	}
	return body
}

// completed is a body with those stored fields that stay as they are when the body does not state them.
func completed(body, stored map[string]any) map[string]any {
	body = maps.Clone(body)
	for _, name := range keptFields() {
		v, there := stored[name]
		if _, stated := body[name]; there && !stated {
			body[name] = v
		}
	}
	return body
}

// replacement is what an update sends for a body: completed, but without enabled and version when it does not state them,
// which Kibana keeps by itself. Sending those back could undo a change made meanwhile.
func replacement(body, stored map[string]any) map[string]any {
	full := completed(body, stored)
	for _, name := range []string{"enabled", "version"} {
		if _, stated := body[name]; !stated {
			delete(full, name)
		}
	}
	return full
}

// revision is what tells one state of a stored object from another, as text; "" when there is nothing.
func (k Kind) revision(stored map[string]any) string {
	names := []string{"revision", "_version"}
	if k == Timeline {
		names = []string{"version"}
	}
	for _, name := range names {
		if v, ok := stored[name]; ok {
			return fmt.Sprint(tidy(v, false))
		}
	}
	return ""
}

// versionOf is the version of an object, 0 when it has none.
func versionOf(object map[string]any, name string) int {
	n := 0
	_, _ = fmt.Sscan(fmt.Sprint(tidy(object[name], false)), &n) // What is no number is no version.
	return n
}
