package function

import (
	"fmt"

	"github.com/tocsin-rules/tocsin/internal/backtrack"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// Classes of exceptions that regular expressions throw.
const (
	patternSyntax = "java.util.regex.PatternSyntaxException"
	outOfBounds   = "java.lang.IndexOutOfBoundsException"
	stackOverflow = "java.lang.StackOverflowError"
)

// javaPattern is an expression that was compiled for the run, with what runs it.
type javaPattern struct {
	re      *backtrack.Regexp
	matcher *backtrack.Matcher
	err     error
}

func compileJava(pattern string) *javaPattern {
	re, err := backtrack.Compile(pattern, backtrack.Options{Dialect: backtrack.Java})
	if err != nil {
		return &javaPattern{err: failure{patternSyntax, err.Error()}}
	}
	return &javaPattern{re: re, matcher: re.Matcher()}
}

// replace compiles the expression once where it is a constant; an invalid constant is an error of the query.
func replace(site *Site) (ScalarKernel, error) {
	pattern, constant := site.ConstantText(1)
	if constant {
		if compiled := compileJava(pattern); compiled.err != nil {
			return nil, &ArgumentError{1, compiled.err.Error()}
		}
	}
	return func(call *Call, args []*column.Column, rows int) *column.Column {
		var current *javaPattern
		var text string
		return fallible(call, args, rows, func(out *column.Builder, at []int) error {
			if wanted := args[1].Text(at[1]); current == nil || text != wanted {
				text, current = wanted, compileJava(wanted)
			}
			replaced, err := current.replace(args[0].Text(at[0]), args[2].Text(at[2]))
			if err == nil {
				out.Text(replaced)
			}
			return err
		})
	}, nil
}

func (p *javaPattern) replace(text, by string) (string, error) {
	if p.err != nil {
		return "", p.err
	}
	replacement, err := p.re.Replacement(by)
	if err != nil {
		// Java reads the replacement when there is something to replace.
		found, findErr := p.matcher.Find(text, 0)
		if found == nil && findErr == nil {
			return text, nil
		}
		return "", failure{outOfBounds, err.Error()}
	}
	replaced, err := p.matcher.Replace(text, replacement)
	switch {
	case err != nil:
		return "", failure{stackOverflow, err.Error()}
	case len(replaced) > maxText:
		return "", failure{IllegalArgument, fmt.Sprintf("Creating strings with more than [%d] bytes is not supported", maxText)}
	}
	return replaced, nil
}
