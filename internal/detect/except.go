package detect

import (
	"slices"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/exception"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// Excepted is an event that the rule would have found, and the exception that took it out.
type Excepted struct {
	Event *event.Document
	Item  *exception.Item
}

// exceptions compiles the rule's exceptions for the fields of the events or of the indicators.
func (c *compiler) exceptions(schema *field.Schema, builder *filter.Builder) (*exception.Set, diag.List) {
	if len(c.Exceptions) == 0 {
		return &exception.Set{}, nil
	}
	return exception.Compile(c.Exceptions, exception.Options{
		Schema: schema, Builder: builder, Start: c.Now, AfterSearch: appliesLate(c.rule), ValueList: c.ValueList,
	})
}

// appliesLate tells whether Kibana applies value lists that are too large for a search to what a rule of this type found.
func appliesLate(r *rule.Rule) bool {
	switch r.Type {
	case rule.TypeQuery, rule.TypeSavedQuery:
		return r.AlertSuppression == nil
	case rule.TypeThreatMatch, rule.TypeMachineLearning:
		return true
	}
	return false
}

// expire tells whether the time of a run decides which exceptions apply.
func expire(lists []*exception.List) bool {
	return slices.ContainsFunc(lists, func(l *exception.List) bool {
		return slices.ContainsFunc(l.Items, func(i *exception.Item) bool { return i.ExpireTime != "" })
	})
}

// excepting gives the exception that takes a record out, or nil.
func excepting(set *exception.Set, r *filter.Record) *exception.Item {
	if item := set.Excepts(r); item != nil {
		return item
	}
	return set.ExceptsFound(r.Event)
}
