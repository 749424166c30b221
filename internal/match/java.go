package match

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"time"

	"github.com/dlclark/regexp2"
)

// javaTimeout bounds one match of an expression that needs back-tracking.
const javaTimeout = 100 * time.Millisecond

// JavaRegexp is a regular expression of java.util.regex. Expressions that mean the same in RE2 run there, in linear
// time; look-around, back-references and possessive quantifiers need back-tracking, which is bounded in time.
type JavaRegexp struct {
	linear    *regexp.Regexp
	backtrack *regexp2.Regexp
}

// CompileJava compiles an expression that must fit a whole text.
func CompileJava(pattern string, ignoreCase bool) (*JavaRegexp, error) {
	flags := ""
	if ignoreCase {
		flags = "(?i)"
	}
	if sameInRE2(pattern) {
		if re, err := regexp.Compile(flags + `\A(?:` + pattern + `)\z`); err == nil {
			return &JavaRegexp{linear: re}, nil
		}
	}
	options := regexp2.None
	if ignoreCase {
		options |= regexp2.IgnoreCase
	}
	re, err := regexp2.Compile(`\A(?:`+atomic(pattern)+`)\z`, options)
	if err != nil {
		return nil, fmt.Errorf("%q is not a regular expression: %w", pattern, err)
	}
	re.MatchTimeout = javaTimeout
	return &JavaRegexp{backtrack: re}, nil
}

// Match tells whether the whole text fits. An expression that runs out of time does not.
func (j *JavaRegexp) Match(text string) bool {
	if j.linear != nil {
		return j.linear.MatchString(text)
	}
	ok, err := j.backtrack.MatchString(text)
	return err == nil && ok
}

// sameInRE2 tells whether an expression holds nothing that RE2 would read otherwise than Java does.
func sameInRE2(pattern string) bool {
	if strings.Contains(pattern, "++") || strings.Contains(pattern, "*+") || strings.Contains(pattern, "?+") || strings.Contains(pattern, "}+") {
		return false
	}
	for _, unlike := range []string{`\h`, `\Q`, "&&", "[["} {
		if strings.Contains(pattern, unlike) {
			return false
		}
	}
	_, err := syntax.Parse(pattern, syntax.Perl)
	return err == nil
}

// atomic writes possessive quantifiers of single characters and classes, X++, as the atomic groups that they stand
// for, (?>X+).
func atomic(pattern string) string {
	return possessive().ReplaceAllString(pattern, `(?>$1$2)`)
}

func possessive() *regexp.Regexp {
	return regexp.MustCompile(`(\\.|\[(?:\\.|[^\]\\])*\]|[^\\()\[\]{}*+?|])([*+?]|\{\d+(?:,\d*)?\})\+`)
}
