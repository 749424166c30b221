// Package eql is Elasticsearch's Event Query Language: event queries, sequences and samples.
//
// [Parse] makes a tree with a span in every node, [Query.String] prints it back, and [Query.Compile] checks it against
// the types of the fields and turns it into a [Program], which says which events match and, for sequences and
// samples, which events belong together ([Program.Run]).
//
// A condition that compares a field with a constant is a search: it holds if any value of the field satisfies it, and
// its negation if none does. A condition with a function is a script, which runs over the field's values. What is
// neither (two fields compared, a text field, an unknown field) is refused, as Elasticsearch refuses it.
package eql
