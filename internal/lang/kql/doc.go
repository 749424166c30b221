// Package kql is the Kibana Query Language as Kibana itself reads and translates it.
//
// A query goes through four steps, each in the file of its name: [Parse] makes a tree with a span in every node,
// [Query.String] prints it back, [Query.Check] tells what is suspicious, and [Query.Compile] turns it into a condition
// of package filter, by the types of the fields.
//
// What surprises newcomers, and is Kibana's doing: "not" binds tighter than "and", and "and" tighter than "or"; an
// unquoted value may hold spaces and is then one value; the only wildcard is an unquoted "*", and "?" is an ordinary
// character; inside quotes \t, \r, \n and \uXXXX are escapes, all other backslashes stay.
package kql
