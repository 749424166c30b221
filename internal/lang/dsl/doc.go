// Package dsl is Elasticsearch's Query DSL and Kibana's filter objects, as far as rules use them.
//
// [Compile] turns a query, given as decoded JSON or TOML, into a condition of package filter, by the types of the
// fields; [CompileFilters] does so for the filters of a rule. What is not supported is an error with its path, never
// passed over.
package dsl
