package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/lang/eql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// integrationChecks hold the fields of a query against the data streams whose events it asks for.
func integrationChecks() []*Check {
	return []*Check{
		{
			Name: "field-not-in-integration", Set: Suspicious, Level: diag.Warning, Languages: queryLanguages(),
			Reason: "no data stream that the rule reads has the field, as far as the catalogs of their packages know: the condition never holds, and EQL refuses it",
			Avoid:  `data_stream.dataset: okta.system and aws.cloudtrail.error_code: x`, Prefer: `data_stream.dataset: okta.system and okta.outcome.reason: x`,
			query: fieldNotInIntegration,
		},
		{
			Name: "field-of-other-category", Set: Suspicious, Level: diag.Warning, Languages: queryLanguages(),
			Reason: "events of a category have no fields of another: a process event has no registry key",
			Avoid:  `process where registry.path : "*Run*"`, Prefer: `registry where registry.path : "*Run*"`,
			query: fieldOfOtherCategory,
		},
		{
			Name: "join-key-not-in-step", Set: Suspicious, Level: diag.Warning, Languages: onlyEQL(),
			Reason: "an event without the key takes part in no sequence",
			Avoid:  `sequence by process.entity_id [authentication where true] [process where true]`, Prefer: `a key that the events of every step have`,
			query: joinKeyNotInStep,
		},
	}
}

func joinKeyNotInStep(p *pass, q *query) {
	if p.Coverage != ByPackages {
		return
	}
	for _, key := range keys(q.eql) {
		for _, e := range q.events {
			if e.category == "" || key.Optional || !slices.ContainsFunc(q.eql.Keys, func(k eql.Expr) bool { return k == key }) {
				continue
			}
			if help, found := q.inOtherStream(key.Name, []string{e.category}); found {
				p.report(key.At, finding{message: fmt.Sprintf("an event of category %s has no `%s`", e.category, key.Name), help: help})
				break
			}
		}
	}
}

// asked are the conditions that hold for every event in which a field is looked at.
func (q *query) asked(f fieldUse) []*Condition {
	switch {
	case f.event != noEvent:
		return conjuncts(q.events[f.event].condition)
	case q.esql == nil || q.esqlBranches():
		return nil
	}
	var all []*Condition
	for _, e := range q.events {
		if !e.computed {
			all = append(all, conjuncts(e.condition)...)
		}
	}
	return all
}

// esqlBranches tells whether the rows of an ES|QL query come from several places.
func (q *query) esqlBranches() bool {
	return len(esql.Commands(q.esql)) != len(q.esql.Pipeline.Commands)
}

// esqlAddsColumns tells whether an ES|QL query has columns whose names only a cluster knows.
func (q *query) esqlAddsColumns() bool {
	return q.esql != nil && slices.ContainsFunc(esql.Commands(q.esql), func(c esql.Command) bool {
		switch c.(type) {
		case *esql.Enrich, *esql.LookupJoin, *esql.Extract, *esql.Completion, *esql.Opaque, *esql.ChangePoint:
			return true
		}
		return false
	})
}

// valuesOf are the values of which one of some fields must have one; nil when nothing says so.
func valuesOf(conditions []*Condition, fields ...string) []string {
	for _, c := range conditions {
		t := c.Test
		if c.Kind != Single || t.Operator != Equal && t.Operator != Match || !slices.Contains(fields, t.Field) {
			continue
		}
		var values []string
		for _, v := range t.Values {
			if v.Wildcard != nil {
				values = nil
				break
			}
			values = append(values, v.Text)
		}
		if values != nil {
			return values
		}
	}
	return nil
}

// streams are the fields that the catalogs of packages have in the data sets that a condition asks for; nil when they have none of
// these data sets. No data sets are all.
func (q *query) streams(datasets []string) *field.Schema {
	return q.streamsThat(func(s field.Stream) bool { return len(datasets) == 0 || slices.Contains(datasets, datasetOf(s)) })
}

func (q *query) streamsThat(keep func(field.Stream) bool) *field.Schema {
	var layers []field.Source
	for _, s := range q.schema.Selections() {
		if s = s.Only(keep); s != nil {
			layers = append(layers, s)
		}
	}
	if layers == nil {
		return nil
	}
	return field.NewSchema(layers...)
}

// datasetOf is the data set of a data stream: that of logs-okta.system-* is okta.system.
func datasetOf(s field.Stream) string {
	_, name, _ := strings.Cut(s.Index, "-")
	return strings.TrimSuffix(name, "-*")
}

func fieldNotInIntegration(p *pass, q *query) {
	if p.skipsFields() || p.Coverage != ByPackages || q.esqlAddsColumns() || q.key != "query" {
		return
	}
	told := map[string]bool{}
	for _, f := range q.fields {
		if f.pattern || told[f.name] || f.optional && q.language == rule.EQL || strings.HasPrefix(f.name, "_") {
			continue
		}
		told[f.name] = true
		datasets := valuesOf(q.asked(f), "data_stream.dataset", "event.dataset")
		if help, missing := p.notFilled(q, f.name, datasets); missing {
			p.report(f.at, finding{message: fmt.Sprintf("no data stream of %s has the field `%s`", q.sources(datasets), f.name), help: help})
		}
	}
}

// notFilled tells whether none of the data sets has a field. Fields of ECS are mapped as they come, whether a package declares
// them or not, so nothing is said of them.
func (p *pass) notFilled(q *query, name string, datasets []string) (help string, missing bool) {
	streams := q.streams(datasets)
	if streams == nil {
		return "", false
	}
	if _, ok := streams.Lookup(name); ok || streams.Declares(name) {
		return "", false
	}
	if _, ok := q.schema.Lookup(name); ok && len(datasets) > 0 && q.packageOnly(name) {
		return "another data set of the rule's indices has it: ask for that one, or for another field", true
	} else if ok || q.schema.Declares(name) || len(slips(name, q.schema.Names())) > 0 {
		return "", false
	}
	if near := nearFields(name, streams.Names()); len(near) > 0 {
		return didYouMean(near), true
	}
	return "correct the name; or, if a newer version of the package has it, update its catalog (tocsin fields update)", true
}

// packageOnly tells whether only packages declare a field, and neither ECS nor the project.
func (q *query) packageOnly(name string) bool {
	return q.schema.Cardinality(name) != field.One && !q.several(name)
}

// sources names the packages, with their versions, whose data sets a rule reads; or the data sets.
func (q *query) sources(datasets []string) string {
	if len(datasets) > 0 {
		return strings.Join(datasets, ", ")
	}
	var names []string
	for _, s := range q.schema.Selections() {
		names = append(names, strings.TrimSpace(s.Catalog().Title+" "+s.Catalog().Version))
	}
	return strings.Join(names, ", ")
}

// neverIn are the sets of fields that events of a category never have, and the category whose events have them.
func neverIn() map[string]map[string]string {
	return map[string]map[string]string{
		"process": {"registry": "registry", "dll": "library", "dns": "network"},
		"file":    {"registry": "registry", "dns": "network"},
		"library": {"registry": "registry", "dns": "network"},
	}
}

// defendStreams are the data streams of Elastic Defend that hold the events of a category.
func defendStreams() map[string]string {
	return map[string]string{
		"process": "endpoint.events.process", "file": "endpoint.events.file", "network": "endpoint.events.network", "dns": "endpoint.events.network",
		"registry": "endpoint.events.registry", "library": "endpoint.events.library", "driver": "endpoint.events.library",
	}
}

// categories are the event categories of which every event has one in which a field is looked at.
func (q *query) categories(f fieldUse) []string {
	if f.event != noEvent && q.events[f.event].category != "" {
		return []string{q.events[f.event].category}
	}
	return valuesOf(q.asked(f), "event.category")
}

func fieldOfOtherCategory(p *pass, q *query) {
	if q.key != "query" {
		return
	}
	told := map[string]bool{}
	for _, f := range q.fields {
		categories := q.categories(f)
		if f.optional && q.language == rule.EQL || f.pattern || len(categories) == 0 || told[f.name] {
			continue
		}
		help, found := q.ownedElsewhere(f.name, categories)
		if !found && p.Coverage == ByPackages {
			help, found = q.inOtherStream(f.name, categories)
		}
		if found {
			told[f.name] = true
			p.report(f.at, finding{message: fmt.Sprintf("an event of category %s has no `%s`", strings.Join(categories, " or "), f.name), help: help})
		}
	}
}

// ownedElsewhere tells whether a field belongs to a set that no event of the categories has, whatever its source.
func (q *query) ownedElsewhere(name string, categories []string) (help string, found bool) {
	set, _, _ := strings.Cut(name, ".")
	for _, c := range categories {
		owner, ok := neverIn()[c][set]
		if !ok {
			return "", false
		}
		help = fmt.Sprintf("events of category %s have it", owner)
	}
	return help, true
}

// inOtherStream tells whether a rule reads nothing but events of Elastic Defend, and the field is one of another kind of them.
func (q *query) inOtherStream(name string, categories []string) (help string, found bool) {
	for _, s := range q.schema.Selections() {
		if s.Catalog().Title != "endpoint" {
			return "", false
		}
	}
	var datasets []string
	for _, c := range categories {
		dataset, ok := defendStreams()[c]
		if !ok {
			return "", false
		}
		datasets = append(datasets, dataset)
	}
	streams := q.streams(datasets)
	if streams == nil {
		return "", false
	}
	if _, ok := streams.Lookup(name); ok || streams.Declares(name) {
		return "", false
	}
	var owners []string
	for _, s := range q.schema.Selections() {
		for _, stream := range s.Streams() {
			only := q.streams([]string{datasetOf(stream)})
			if _, ok := only.Lookup(name); ok {
				owners = append(owners, datasetOf(stream))
			}
		}
	}
	return "events of " + strings.Join(owners, ", ") + " have it", len(owners) > 0
}
