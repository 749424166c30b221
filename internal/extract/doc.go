// Package extract takes texts apart the way Elasticsearch does in ES|QL: by GROK and DISSECT patterns, as an address of
// the web, as a domain, and by a path into JSON.
//
// It knows nothing of columns or queries: a pattern compiles once and is then run on one text after another.
package extract
