package check

import "strings"

// regexpMark is a character of a Lucene regular expression that is not an ordinary one.
type regexpMark struct {
	at  int
	c   byte
	top bool
	// first tells that nothing stands on its left that it could belong to: it is at the start, after "(" or after "|".
	first bool
	// repeated tells that a repetition stands right before it.
	repeated bool
}

// scanRegexp gives the characters of an expression that have a meaning of their own, in order, and the bodies of its classes.
// Escaped characters and texts in quotes are left out.
func scanRegexp(pattern string) (marks []regexpMark, classes []string) {
	depth, first, repeated := 0, true, false
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		switch {
		case c == '\\':
			i++
			first, repeated = false, false
			continue
		case c == '[':
			end := classEnd(pattern, i)
			classes = append(classes, pattern[i+1:end])
			i, first, repeated = end, false, false
			continue
		case c == '"' && strings.IndexByte(pattern[i+1:], '"') >= 0:
			marks = append(marks, regexpMark{at: i, c: c, top: depth == 0})
			i += 1 + strings.IndexByte(pattern[i+1:], '"')
			first, repeated = false, false
			continue
		case strings.IndexByte(`()|*+?{&@#~<>^$`, c) < 0:
			first, repeated = false, false
			continue
		}
		if c == ')' {
			depth--
		}
		marks = append(marks, regexpMark{at: i, c: c, top: depth == 0, first: first, repeated: repeated})
		if c == '(' {
			depth++
		}
		repeated = strings.IndexByte("*+?{", c) >= 0 && !first
		first = c == '(' || c == '|'
		if c == '{' {
			if end := strings.IndexByte(pattern[i:], '}'); end > 0 {
				i += end
			}
		}
	}
	return marks, classes
}

// classEnd is the offset of the "]" that closes a class. The first one right after "[" or "[^" is an ordinary character.
func classEnd(pattern string, start int) int {
	i := start + 1
	if i < len(pattern) && pattern[i] == '^' {
		i++
	}
	if i < len(pattern) && pattern[i] == ']' {
		i++
	}
	for i < len(pattern) && pattern[i] != ']' {
		if pattern[i] == '\\' {
			i++
		}
		i++
	}
	return min(i, len(pattern)-1)
}
