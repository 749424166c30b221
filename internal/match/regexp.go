package match

import (
	"strings"
	"unicode/utf8"
)

// Regexp is a compiled regular expression of Lucene, as the regexp query, EQL's "regex" on a field and ES|QL's RLIKE
// use it. It must fit a whole text. It is immutable and safe for concurrent use; matching takes one step a
// character and allocates nothing.
//
// The grammar, loosest binding first: "a|b" either; "a&b" both; "ab" in a row; "a?" "a*" "a+" "a{2}" "a{2,}"
// "a{2,5}" repetition, which stacks; "~a" every text but those of a. Atoms: "." any character, line breaks included;
// "@" any text; "#" no text; "()" the empty text; "(a)"; "[abc]" "[a-z]" "[^a]"; "\d \D \s \S \w \W"; "<1-100>" a
// number; "\"text\"" a text taken as it stands; a backslash before anything but a letter takes away its meaning.
// There are no anchors, flags, lazy quantifiers or look-around: their characters stand for themselves or, like the
// second "?" of "a??", mean one more repetition. So does a quantifier or bar without anything on its left: "*a" fits
// only "*a".
type Regexp struct {
	source string
	// Where the expression comes down to comparing strings, plain says how, and dfa is nil.
	plain   plainKind
	literal string
	dfa     func() *dfa
}

// RegexpFlags say how an expression is read.
type RegexpFlags struct {
	// IgnoreCase lets literal characters and those listed in "[...]" stand for all their case variants. Ranges such
	// as "[a-z]" and classes such as "\w" stay as they are, as in Lucene.
	IgnoreCase bool
	// NoComplement makes "~" an ordinary character, as it is where ES|QL evaluates RLIKE itself.
	NoComplement bool
}

// RegexpError tells what is wrong with an expression and where.
type RegexpError struct {
	// Start and End bound the faulty piece: byte offsets into the pattern, End exclusive.
	Start, End int
	// Message says what is wrong, Help how to mend it; Help may be empty.
	Message, Help string
}

// Error is the message.
func (e *RegexpError) Error() string { return e.Message }

// CompileRegexp compiles a pattern. The error, if any, is a *RegexpError: the pattern does not follow the grammar, or
// it needs more work to compile than Elasticsearch is ready to do. Time and memory are bounded whatever the pattern.
func CompileRegexp(pattern string, flags RegexpFlags) (*Regexp, error) {
	root, err := parseRegexp(pattern, flags)
	if err != nil {
		return nil, err
	}
	r := &Regexp{source: pattern}
	if r.plain, r.literal = plainForm(root); r.plain != plainNone {
		return r, nil
	}
	if r.dfa, err = compileDFA(root); err != nil {
		return nil, &RegexpError{
			End:     len(pattern),
			Message: "the regular expression is too complex: " + err.Error(),
			Help: "Elasticsearch bounds this work too (max_determinized_states); the usual cause is a repetition such as " +
				`".{20}" after something that can begin anywhere, or repetitions inside repetitions`,
		}
	}
	return r, nil
}

// String is the pattern as it was given.
func (r *Regexp) String() string { return r.source }

// Match tells whether the whole text fits. A byte that is no UTF-8 counts as one character, U+FFFD.
func (r *Regexp) Match(text string) bool {
	switch r.plain {
	case plainExact:
		return text == r.literal
	case plainPrefix:
		return strings.HasPrefix(text, r.literal)
	case plainSuffix:
		return strings.HasSuffix(text, r.literal)
	case plainContains:
		return strings.Contains(text, r.literal)
	default:
		return r.dfa().match(text)
	}
}

// plainKind tells which comparison of strings an expression comes down to.
type plainKind uint8

const (
	plainNone     plainKind = iota
	plainExact              // lit
	plainPrefix             // lit.*
	plainSuffix             // .*lit
	plainContains           // .*lit.*
)

// plainForm finds expressions that are one literal text, perhaps with any text around it.
func plainForm(n *node) (plainKind, string) {
	parts := []*node{n}
	if n.op == opConcat {
		parts = n.kids
	}
	before, parts := cutAnyText(parts, 0)
	after, parts := cutAnyText(parts, len(parts)-1)
	var literal strings.Builder
	for _, p := range parts {
		r, ok := p.isRune()
		// U+FFFD fits any broken byte as well, which comparing strings would not.
		if !ok || r == utf8.RuneError {
			return plainNone, ""
		}
		literal.WriteRune(r)
	}
	kind := plainExact
	switch {
	case before && after:
		kind = plainContains
	case before:
		kind = plainSuffix
	case after:
		kind = plainPrefix
	}
	return kind, literal.String()
}

// cutAnyText takes away the part at a place if it is ".*"; the place is the first or the last.
func cutAnyText(parts []*node, at int) (bool, []*node) {
	if at < 0 || at >= len(parts) || !parts[at].isAnyText() {
		return false, parts
	}
	if at == 0 {
		return true, parts[1:]
	}
	return true, parts[:at]
}
