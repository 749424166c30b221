// Package backtrack runs the regular expressions of two dialects that RE2 cannot express: java.util.regex, which
// ES|QL's REPLACE and EQL's functions use, and Oniguruma with Ruby's syntax, which GROK uses.
//
// Both find the leftmost match and, there, the first in the order in which alternatives and quantifiers are tried.
// Look-around, atomic groups, possessive quantifiers and back-references are theirs too. A pattern is parsed into a
// tree (parse.go), compiled to instructions (compile.go), and run with a stack of choices (run.go).
//
// The work is counted in steps, so a verdict depends neither on the machine nor on its load: a run that takes more
// than a few steps a byte starts again and remembers which instruction failed at which place (memo.go), which makes it
// linear in the text. Where the pattern does not allow that, [ErrSteps] ends it.
package backtrack
