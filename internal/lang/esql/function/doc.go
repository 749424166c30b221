// Package function is the registry of ES|QL's functions: what each is called, which arguments it takes, what it gives,
// and how it is computed over columns.
//
// A function is one entry, a [Function]; each family stands in a file of its own and is listed in [All]. A query is
// compiled once: then the entry's Scalar, Lazy, Aggregate or Search is called with the [Site] of the call, where it
// reads its constant arguments (patterns, units) and returns what runs over every batch of rows. While it runs, the
// [Call] gives it the instant of the run and takes warnings.
//
// What cannot be known without a cluster has a reason in Undecided and no implementation.
package function
