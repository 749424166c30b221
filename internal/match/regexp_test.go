package match

import (
	"errors"
	"strings"
	"testing"
)

// Each row is a fact of Lucene's grammar: texts that the pattern fits, and near misses that it does not.
func TestRegexp(t *testing.T) {
	for _, c := range []struct {
		fact, pattern string
		flags         RegexpFlags
		yes, no       []string
	}{
		{fact: "the whole text", pattern: `foo`, yes: []string{"foo"}, no: []string{"foobar", "a foo", "FOO", ""}},
		{fact: "the empty pattern", pattern: ``, yes: []string{""}, no: []string{"a"}},
		{fact: "^ is literal", pattern: `^foo`, yes: []string{"^foo"}, no: []string{"foo"}},
		{fact: "^ is literal (reference 3.2, 9)", pattern: `^.*net`, yes: []string{"^x.net"}, no: []string{"x.net"}},
		{fact: "$ is literal", pattern: `foo$`, yes: []string{"foo$"}, no: []string{"foo"}},
		{fact: ". is any character", pattern: `a.c`, yes: []string{"abc", "a\nc", "aéc", "a🔔c", "a\xffc"}, no: []string{"ac", "abbc"}},
		{fact: "a lazy +? is optional", pattern: `a+?`, yes: []string{"", "a", "aa"}, no: []string{"b"}},
		{fact: "a lazy *? is no anchor", pattern: `a*?b`, yes: []string{"b", "aab"}, no: []string{"aba"}},
		{fact: "quantifiers stack", pattern: `a+*`, yes: []string{"", "aa"}, no: []string{"ab"}},
		{fact: "counted quantifiers stack", pattern: `a{2}{3}`, yes: []string{"aaaaaa"}, no: []string{"aa", "aaaaa"}},
		{fact: "a? twice", pattern: `a??b`, yes: []string{"b", "ab"}, no: []string{"aab"}},
		{fact: "+? in either order", pattern: `a?+b`, yes: []string{"b", "aab"}, no: []string{"a"}},
		{fact: "a leading * is literal", pattern: `*sh`, yes: []string{"*sh"}, no: []string{"bash", "sh"}},
		{fact: "a leading quantifier is literal", pattern: `(+a|?b|{2})`, yes: []string{"+a", "?b", "{2}"}, no: []string{"a", "b", ""}},
		{fact: "a second leading quantifier counts", pattern: `**`, yes: []string{"", "*", "**"}, no: []string{"a"}},
		{fact: "a bar without left operand is literal", pattern: `a||b`, yes: []string{"a", "|b"}, no: []string{"b", "", "a|b"}},
		{fact: "the same in a group", pattern: `(|b)`, yes: []string{"|b"}, no: []string{"b", ""}},
		{fact: "the same inside", pattern: `(oauth.*||.*login.*)`, yes: []string{"oauth2", "|xlogin"}, no: []string{"xlogin"}},
		{fact: "an ampersand without left operand is literal", pattern: `&a|a&&a`, yes: []string{"&a"}, no: []string{"a"}},
		{fact: "() is the empty text", pattern: `a()b`, yes: []string{"ab"}, no: []string{"a()b"}},
		{fact: "quotes", pattern: `"a.*\"b`, yes: []string{`a.*\b`}, no: []string{"axxb", `"a.*\"b`}},
		{fact: "empty quotes", pattern: `a""b`, yes: []string{"ab"}, no: []string{`a""b`}},
		{fact: "a quoted text repeats as one", pattern: `"ab"+`, yes: []string{"ab", "abab"}, no: []string{"abb"}},
		{fact: "@ is any text", pattern: `a@b`, yes: []string{"ab", "axyb"}, no: []string{"a", "b"}},
		{fact: "@ without an @ in the text", pattern: `.+@..`, yes: []string{"abc", "x@y."}, no: []string{"ab"}},
		{fact: "# is no text", pattern: `#`, no: []string{"", "#", "a"}},
		{fact: "# beside others", pattern: `a#|b`, yes: []string{"b"}, no: []string{"a", "a#"}},
		{fact: "# none or more times", pattern: `a#*`, yes: []string{"a"}, no: []string{"a#", ""}},
		{fact: "& is both", pattern: `.*a.*&.*b.*`, yes: []string{"ab", "ba", "xbxax"}, no: []string{"a", "b", ""}},
		{fact: "& never met", pattern: `0>&1`, no: []string{"0>&1", "0>", "1", ""}},
		{fact: "& binds looser than a row, tighter than |", pattern: `ab&a.|c`, yes: []string{"ab", "c"}, no: []string{"ac", "abc", "a"}},
		{fact: "& in a chain", pattern: `.*a.*&.*b.*&.*c.*`, yes: []string{"cab"}, no: []string{"ab", "ca", "cb"}},
		{fact: "~ is complement", pattern: `~(foo)`, yes: []string{"", "fo", "fooo"}, no: []string{"foo"}},
		{fact: "~ takes one atom", pattern: `~ab`, yes: []string{"b", "xb", "aab"}, no: []string{"ab", "a"}},
		{fact: "~ before repetition", pattern: `~a*`, yes: []string{"", "aa", "b"}, no: []string{"a"}},
		{fact: "~ of a class", pattern: `~[a-z]`, yes: []string{"", "A", "ab"}, no: []string{"a", "z"}},
		{fact: "~ twice", pattern: `~~a`, yes: []string{"a"}, no: []string{"", "b"}},
		{fact: "~ thrice", pattern: `~(~(~a))`, yes: []string{"", "b"}, no: []string{"a"}},
		{fact: "~ inside", pattern: `a~(.*b.*)c`, yes: []string{"ac", "axc"}, no: []string{"abc", "a"}},
		{fact: "~ of nothing", pattern: `~#`, yes: []string{"", "any"}},
		{fact: "~ off", pattern: `~a`, flags: RegexpFlags{NoComplement: true}, yes: []string{"~a"}, no: []string{"b", "a", ""}},
		{fact: "an interval", pattern: `<1-100>`, yes: []string{"1", "42", "100", "007", "0099"}, no: []string{"0", "101", "", "1a", "000"}},
		{fact: "an interval of fixed width", pattern: `<01-10>`, yes: []string{"01", "09", "10"}, no: []string{"1", "00", "11", "001"}},
		{fact: "equal lengths fix the width", pattern: `<3-7>`, yes: []string{"3", "7"}, no: []string{"03", "2", "8"}},
		{fact: "a reversed interval", pattern: `<100-5>`, yes: []string{"5", "100"}, no: []string{"4", "101"}},
		{fact: "an interval inside", pattern: `10\.<0-255>`, yes: []string{"10.0", "10.255"}, no: []string{"10.256", "10."}},
		{fact: "> is literal", pattern: `a>`, yes: []string{"a>"}, no: []string{"a"}},
		{fact: `\d`, pattern: `\d`, yes: []string{"0", "9"}, no: []string{"a", "", "٣", "12"}},
		{fact: `\D`, pattern: `\D`, yes: []string{"a", "\n", "é"}, no: []string{"0", ""}},
		{fact: `\w`, pattern: `\w+`, yes: []string{"aZ_09"}, no: []string{"a-b", "é", ""}},
		{fact: `\W`, pattern: `\W`, yes: []string{"-", "é"}, no: []string{"a", "_", "0"}},
		{fact: `\s`, pattern: `\s`, yes: []string{" ", "\t", "\n", "\r"}, no: []string{"\f", "\v", "\u00a0", "s"}},
		{fact: `\S`, pattern: `\S`, yes: []string{"\f", "a"}, no: []string{" ", "\n"}},
		{fact: `\d inside brackets`, pattern: `[\d\s.]+`, yes: []string{"1 .2"}, no: []string{"a", `\`}},
		{fact: `\W inside negated brackets`, pattern: `[^\W_]`, yes: []string{"a", "0"}, no: []string{"_", "-"}},
		{fact: "escaped signs are literal", pattern: `\.\/\$\_\*\"\~\@\#\&\<\(\[\{\\`, yes: []string{`./$_*"~@#&<([{\`}, no: []string{"./$_"}},
		{fact: "escaped digits are literal", pattern: `\1`, yes: []string{"1"}, no: []string{"", `\1`}},
		{fact: "letters beyond ASCII may be escaped", pattern: `\é`, yes: []string{"é"}, no: []string{`\é`}},
		{fact: "a range", pattern: `[a-c]`, yes: []string{"a", "c"}, no: []string{"d", "-", "A", ""}},
		{fact: "a negated class", pattern: `[^a-c]`, yes: []string{"d", "^", "é", "\n"}, no: []string{"b", "", "dd"}},
		{fact: "] first is literal", pattern: `[]a]+`, yes: []string{"]a"}, no: []string{"[", ""}},
		{fact: "] first in a negated class", pattern: `[^]a]`, yes: []string{"b"}, no: []string{"]", "a"}},
		{fact: "] outside is literal", pattern: `a]`, yes: []string{"a]"}},
		{fact: "^ later is literal", pattern: `[a^]`, yes: []string{"^"}, no: []string{"b"}},
		{fact: "- first is literal", pattern: `[-a]`, yes: []string{"-", "a"}, no: []string{"b"}},
		{fact: "- after a range is literal", pattern: `[a-c-e]`, yes: []string{"b", "-", "e"}, no: []string{"d"}},
		{fact: "escapes in brackets", pattern: `[\]\-\^]+`, yes: []string{"]-^"}, no: []string{`\`}},
		{fact: "an escaped lower end", pattern: `[\+-9]`, yes: []string{"+", ",", "9"}, no: []string{":", `\`}},
		{fact: "an escaped upper end", pattern: `[+-\9]`, yes: []string{"5"}, no: []string{":"}},
		{fact: "an escaped upper letter is itself", pattern: `[a-\d]`, yes: []string{"d", "b"}, no: []string{"5"}},
		{fact: "an escaped backslash begins no range", pattern: `[\\-a]`, yes: []string{`\`, "-", "a"}, no: []string{"]", "^"}},
		{fact: "operators are literal in brackets", pattern: `[&@#~"<>().*+?{}|]+`, yes: []string{`&@#~"<>().*+?{}|`}, no: []string{"a"}},
		{fact: "no POSIX classes", pattern: `[[:alpha:]]`, yes: []string{"a]", ":]", "[]"}, no: []string{"b", "z"}},
		{fact: "no nesting", pattern: `[a[b]c]`, yes: []string{"ac]", "[c]"}, no: []string{"a", "b"}},
		{fact: "(?i) is literal text", pattern: `(?i)a`, yes: []string{"?ia"}, no: []string{"A", "a"}},
		{fact: "(?: is literal text", pattern: `(?:a)`, yes: []string{"?:a"}, no: []string{"a"}},
		{fact: "(?= is literal text", pattern: `(?=a)b`, yes: []string{"?=ab"}, no: []string{"b"}},
		{fact: "{n}", pattern: `a{3}`, yes: []string{"aaa"}, no: []string{"aa", "aaaa"}},
		{fact: "{n,}", pattern: `a{2,}`, yes: []string{"aa", "aaaaa"}, no: []string{"a"}},
		{fact: "{n,m}", pattern: `a{1,3}`, yes: []string{"a", "aaa"}, no: []string{"", "aaaa"}},
		{fact: "{0}", pattern: `a{0}b`, yes: []string{"b"}, no: []string{"ab"}},
		{fact: "{0,}", pattern: `a{0,}b`, yes: []string{"b", "aab"}, no: []string{"c"}},
		{fact: "beyond 1,000 repetitions", pattern: `a{1500}`, yes: []string{strings.Repeat("a", 1500)}, no: []string{strings.Repeat("a", 1499)}},
		{fact: "} is literal", pattern: `a}`, yes: []string{"a}"}},
		{fact: ") first is literal", pattern: `)a`, yes: []string{")a"}},
		{fact: "white space counts", pattern: `a b`, yes: []string{"a b"}, no: []string{"ab"}},
		{fact: "characters, not bytes", pattern: `é{2}[à-ü]🔔?`, yes: []string{"ééü", "ééà🔔"}, no: []string{"é", "ééa"}},
		{fact: "any of whole texts", pattern: `(.*)365|SharePoint|Office(.*)`, yes: []string{"o365", "SharePoint", "Office!"}, no: []string{"a SharePoint"}},
		{fact: "literals fold", pattern: `CmD\.éxe`, flags: RegexpFlags{IgnoreCase: true}, yes: []string{"cmd.Éxe", "CMD.éXE"}, no: []string{"cmdxéxe"}},
		{fact: "literals fold by code point", pattern: `kß`, flags: RegexpFlags{IgnoreCase: true}, yes: []string{"Kß", "\u212aẞ"}, no: []string{"kss"}},
		{fact: "quoted text folds", pattern: `"aB"`, flags: RegexpFlags{IgnoreCase: true}, yes: []string{"AB", "ab"}},
		{fact: "listed characters fold", pattern: `[ab]`, flags: RegexpFlags{IgnoreCase: true}, yes: []string{"A", "b"}, no: []string{"C"}},
		{fact: "ranges do not fold", pattern: `[a-z]+\.exe`, flags: RegexpFlags{IgnoreCase: true}, yes: []string{"abc.EXE"}, no: []string{"ABC.EXE"}},
		{fact: "listed characters fold in a negated class", pattern: `[^a]`, flags: RegexpFlags{IgnoreCase: true}, yes: []string{"b"}, no: []string{"a", "A"}},
		{fact: "broken UTF-8 is U+FFFD", pattern: "a\xff", yes: []string{"a\xfe", "a\ufffd"}, no: []string{"a", "ab"}},
	} {
		r, err := CompileRegexp(c.pattern, c.flags)
		if err != nil {
			t.Errorf("%s: %q: %v", c.fact, c.pattern, err)
			continue
		}
		if r.String() != c.pattern {
			t.Errorf("%q prints as %q", c.pattern, r)
		}
		for _, text := range c.yes {
			if !r.Match(text) {
				t.Errorf("%s: %q does not fit %q", c.fact, c.pattern, text)
			}
		}
		for _, text := range c.no {
			if r.Match(text) {
				t.Errorf("%s: %q fits %q", c.fact, c.pattern, text)
			}
		}
	}
}

// Each error tells the piece at fault.
func TestRegexpErrors(t *testing.T) {
	for _, c := range []struct{ pattern, piece, message string }{
		{`a\n`, `\n`, `invalid character class \n`},
		{`\t`, `\t`, `invalid character class \t`},
		{`\bfoo`, `\b`, `invalid character class \b`},
		{`é\x41`, `\x`, `invalid character class \x`},
		{`\Qa`, `\Q`, `invalid character class \Q`},
		{`[a\n]`, `\n`, `invalid character class \n`},
		{`"abc`, `"`, "double quote is not closed"},
		{`(a`, `(`, `"(" without ")"`},
		{`x(a|)`, `(`, `"(" without ")"`}, // the bar reads ")" as its right side
		{`a)b`, `)`, `")" without "("`},
		{`[a`, `[`, `"[" without "]"`},
		{`[]`, `[`, `"[" without "]"`},
		{`[^]`, `[`, `"[" without "]"`},
		{`[`, `[`, `"[" without "]"`},
		{`[^`, `[`, `"[" without "]"`},
		{`[a-`, `-`, "ends too early"},
		{`[z-a]`, `z-a`, "the range z-a is out of order"},
		{`[a-]`, `a-]`, "the range a-] is out of order"},
		{`[+-]`, `[`, `"[" without "]"`}, // a range from "+" to "]"
		{`a{,3}`, `{,`, "not followed by a number"},
		{`a{x}`, `{x`, "not followed by a number"},
		{`a{`, `{`, "not followed by a number"},
		{`a{2`, `{2`, `lacks its "}"`},
		{`a{2,3`, `{2,3`, `lacks its "}"`},
		{`a{3,2}`, `{3,2}`, "out of order: 3..2"},
		{`a{99999999999}`, `99999999999`, "too large"},
		{`a{1,99999999999}`, `99999999999`, "too large"},
		{`<name>`, `<name>`, `no automaton named "name"`},
		{`<1-2`, `<`, `"<" without ">"`},
		{`<1-2-3>`, `<1-2-3>`, "two whole numbers"},
		{`<-3>`, `<-3>`, "two whole numbers"},
		{`<1->`, `<1->`, "two whole numbers"},
		{`<a-b>`, `<a-b>`, "two whole numbers"},
		{`<1-99999999999>`, `<1-99999999999>`, "two whole numbers"},
		{`a|`, `|`, "ends too early"},
		{`a&`, `&`, "ends too early"},
		{`~`, `~`, "ends too early"},
		{`a\`, `\`, "ends too early"},
		{strings.Repeat("(", 2000), "", "nests too deep"},
		{"(" + strings.Repeat("(a)", 3) + strings.Repeat("{2}", 2000), "", "nests too deep"},
	} {
		r, err := CompileRegexp(c.pattern, RegexpFlags{})
		var at *RegexpError
		if !errors.As(err, &at) || r != nil {
			t.Errorf("%q: %v, %v, want an error", c.pattern, r, err)
			continue
		}
		if !strings.Contains(at.Message, c.message) || at.Error() != at.Message {
			t.Errorf("%q: %q, want %q", c.pattern, at.Message, c.message)
		}
		if at.Start < 0 || at.End < at.Start || at.End > len(c.pattern) {
			t.Errorf("%q: bytes %d to %d", c.pattern, at.Start, at.End)
		} else if piece := c.pattern[at.Start:at.End]; c.piece != "" && piece != c.piece {
			t.Errorf("%q: at %q, want %q", c.pattern, piece, c.piece)
		}
	}
}

// Patterns that no automaton of a decent size can hold are refused, as Elasticsearch refuses them.
func TestRegexpTooComplex(t *testing.T) {
	for _, pattern := range []string{
		`(a|b)*a(a|b){20}`,
		`((a{50}){50}){50}`,
		`((()?a{1000}){1000}){1000}`,
		`a{2147483647}`,
		`.*a.{30}b.*`,
		`(.*a){100}b~(.*c.{25})`,
		`~(.*a.{20})&~(.*b.{20})`,
		`(a?){5000}`,
		`(((a?)*)+){1,2147483647}b|(a{1,300}){1,300}`,
		strings.Repeat("(a|b)*a", 40) + "(a|b){18}",
	} {
		_, err := CompileRegexp(pattern, RegexpFlags{})
		var at *RegexpError
		if !errors.As(err, &at) || !strings.Contains(at.Message, "too complex") || at.Start != 0 || at.End != len(pattern) {
			t.Errorf("%.40q: %v, want too complex", pattern, err)
		}
	}
	for _, pattern := range []string{`(a|b)*a(a|b){10}`, `~(~(~a))`, `.*(foo|bar|baz).*(one|two){1,9}`, `(((a?)*)+)*`, `[^a]{900}`} {
		if _, err := CompileRegexp(pattern, RegexpFlags{}); err != nil {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}
