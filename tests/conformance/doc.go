// Package conformance runs suites of query languages that others wrote, in place, and tells how many of their cases tocsin
// answers alike. It holds no such suite: an environment variable names the folder of one, and the test is skipped
// without it.
//
//	TOCSIN_EQL_SUITE=/path/to/suite go test ./tests/conformance -run EQL -v
//	TOCSIN_ESQL_SUITE=/path/to/suite go test ./tests/conformance -run ESQL -v
//
// An EQL suite is a folder with TOML files of [[queries]], each with "query" and "expected_event_ids" (numbers, -1 for a
// missing event of a sequence), and one JSON file with an array of events. An ES|QL suite is a folder with csv-spec files
// (a name, a query, the warnings and the typed table that it gives) and, anywhere below it, a CSV file for each index.
package conformance
