// Package run computes checked ES|QL queries over event documents.
//
// [Compile] makes a [Program] of a plan: every expression becomes a function over the columns of a batch of rows, every
// step an operator that takes batches and hands batches on. [Program.Run] reads the documents, some thousand at a time,
// and gives a [Result]: the columns, the rows, and the warnings that Elasticsearch would give.
//
// A program is immutable and safe for concurrent use; the state of a run (groups, sorted rows, warnings) belongs to the
// run.
package run
