// Package lucene is the query syntax of Lucene's classic parser, as Elasticsearch's query_string query reads it and the
// detection engine sends it: default operator OR, leading wildcards allowed, wildcards analysed, dates in UTC.
//
// [Parse] makes a tree with a span in every node, [Query.String] prints it back, and [Query.Compile] turns it into a
// condition of package filter, by the types of the fields.
//
// What surprises newcomers: AND, OR and NOT are operators in capitals only, and have no precedence: a clause is required,
// prohibited or optional, and "a OR b AND c" requires b and c and makes a optional; "path:/etc/passwd" begins a regular
// expression; "f:foo bar" searches foo in f and bar everywhere.
package lucene
