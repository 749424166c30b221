package function

import (
	"time"

	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/match"
)

// Site is a call as it is compiled: what its arguments are.
type Site struct {
	Args []Argument
	// Type is the type of the result.
	Type column.Type
	Env  *Environment
	// Options are the entries of the map at the end of the arguments, {"fuzziness": 1}; the text of each value.
	Options map[string]string
}

// Constant is the value of a constant argument: a column of one row. It is nil when the argument is none or is not
// given.
func (s *Site) Constant(i int) *column.Column {
	if i >= len(s.Args) {
		return nil
	}
	return s.Args[i].Value
}

// ConstantText is the text of a constant argument; it is false when the argument is no constant, is null, has several
// values or is no text.
func (s *Site) ConstantText(i int) (string, bool) {
	c := s.Constant(i)
	if c == nil || c.Count(0) != 1 || c.Type().Store() != column.Texts {
		return "", false
	}
	start, _ := c.Span(0)
	return c.Text(start), true
}

// SearchSite is the call of a full-text function as it is compiled: its constant arguments, and what a search needs.
type SearchSite struct {
	Site
	// Schema knows the fields of the indices; Builder makes the conditions.
	Schema  *field.Schema
	Builder *filter.Builder
}

// Environment is what functions know of the world outside of the query.
type Environment struct {
	// Now is the instant of the run.
	Now time.Time
	// Zone is the time zone of date functions; nil is UTC.
	Zone *time.Location
	// StepLimit bounds the steps of a regular expression that tracks back, per value.
	StepLimit int
	// Regexps compiles the expressions of RLIKE; nil keeps none.
	Regexps *match.Regexps
	// KQL compiles a query of Kibana's language, for KQL().
	KQL func(query string, schema *field.Schema, b *filter.Builder) (filter.Node, error)
	// QueryString compiles a query of Lucene's syntax over fields, for QSTR().
	QueryString func(query string, fields []string, allRequired bool, schema *field.Schema, b *filter.Builder) (filter.Node, error)
}

// Location is the time zone of date functions.
func (e *Environment) Location() *time.Location {
	if e.Zone == nil {
		return time.UTC
	}
	return e.Zone
}

// Call is one call while the query runs.
type Call struct {
	Env *Environment
	// Type is the type of the result.
	Type  column.Type
	place *place
}

// Warn notes that a row's result is null because of an exception of Elasticsearch's, of that class and message. A call
// notes no more than twenty.
func (c *Call) Warn(class, message string) {
	if c.place != nil {
		c.place.warn(class + ": " + message)
	}
}

// WarnMulti notes that an argument has several values where one is allowed.
func (c *Call) WarnMulti() {
	c.Warn(IllegalArgument, "single-value function encountered multi-value")
}

// WarnFalse notes that a condition has several values, and counts as false.
func (c *Call) WarnFalse() {
	if c.place != nil {
		c.place.counts = "false"
	}
	c.WarnMulti()
}

// Classes of exceptions, as Elasticsearch's warnings name them.
const (
	IllegalArgument = "java.lang.IllegalArgumentException"
	Arithmetic      = "java.lang.ArithmeticException"
	// InvalidArgument is the exception of conversions that fail.
	InvalidArgument = "org.elasticsearch.xpack.esql.core.InvalidArgumentException"
)
