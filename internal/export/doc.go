// Package export makes the JSON of a rule that is published, from the rule that a repository holds.
//
// [Rule] is the conversion: the parts of a guide rendered into it, whitespace normalised, the set-up instructions taken out
// of the guide, required fields and related integrations derived from the query. [Hash] is the content hash by which a
// change of a rule is told, [Asset] a rule as Elastic's package of prebuilt rules holds it.
//
// The conversion follows the one of Elastic's own rule repository, step by step. Where that one has a proven defect, this
// one is right, unless [Environment.Compat] asks for the same bytes; docs/compatibility.md lists the differences.
package export
