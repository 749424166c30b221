// Package esql is Elasticsearch's piped query language, ES|QL: its syntax, and the meaning of its names and types.
//
// [Parse] makes a tree with a span in every node, [Query.String] prints it back, and [Query.Check] resolves names and
// types through the pipeline, as Elasticsearch does before it runs anything. What comes out is a [Plan], in which every
// column has a slot and every expression a type; package run computes it over events.
//
// ES|QL is three-valued: a condition on a missing field is null, and WHERE keeps a row only if its condition is true. An
// operator or function over a field with several values gives null as well, with a warning.
package esql
