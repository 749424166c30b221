package match

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"abc", "abc", true}, {"abc", "abcd", false}, {"abc", "ABC", false},
		{"a*", "a", true}, {"a*", "ba", false}, {"*a", "bba", true}, {"*a", "ab", false},
		{"a*b*c", "a--b--c", true}, {"a*b*c", "a--c--b", false},
		{"ab*ba", "aba", false}, {"ab*ba", "abba", true},
		{"*", "", true}, {"", "", true}, {"", "a", false}, {"**a**", "xax", true},
		{"a?c", "a?c", true}, {"a?c", "abc", false}, // "?" is an ordinary character in KQL
		{"*foo bar*", "x foo bar y", true}, {"*foo bar*", "x foo  bar y", false},
	} {
		if got := Glob(c.pattern).Match(c.text); got != c.want {
			t.Errorf("%q on %q: %v, want %v", c.pattern, c.text, got, c.want)
		}
	}
}

// A wildcard matches exactly what the equivalent regular expression matches.
func TestWildcardAgainstRegexp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var parts []Part
		expression := strings.Builder{}
		expression.WriteString(`(?s)\A`)
		for _, c := range rapid.StringOfN(rapid.RuneFrom([]rune("aab?*é")), 0, 12, -1).Draw(t, "pattern") {
			switch c {
			case '*':
				parts = append(parts, Part{Kind: AnyRun})
				expression.WriteString(`.*`)
			case '?':
				parts = append(parts, Part{Kind: AnyOne})
				expression.WriteString(`.`)
			default:
				parts = append(parts, Part{Literal: string(c)})
				expression.WriteString(string(c))
			}
		}
		text := rapid.StringOfN(rapid.RuneFrom([]rune("aabé")), 0, 12, -1).Draw(t, "text")
		w := NewWildcard(parts)
		want := regexp.MustCompile(expression.String() + `\z`).MatchString(text)
		if got := w.Match(text); got != want {
			t.Fatalf("%s on %q: %v, want %v", w, text, got, want)
		}
		if got := w.Map(strings.ToUpper).Match(strings.ToUpper(text)); got != want {
			t.Fatalf("%s on %q, both upper-cased: %v, want %v", w, text, got, want)
		}
	})
}

func TestParseBlock(t *testing.T) {
	for _, c := range []struct {
		block, address string
		want           bool
	}{
		{"10.0.0.0/8", "10.255.255.255", true}, {"10.0.0.0/8", "11.0.0.0", false},
		{"10.6.48.157/8", "10.1.1.1", true}, // host bits are allowed
		{"192.168.1.1", "192.168.1.1", true}, {"192.168.1.1", "192.168.1.2", false},
		{"192.168.1.1", "::ffff:192.168.1.1", true}, // IPv4-mapped forms equal IPv4
		{"2001:db8::/32", "2001:db8:ffff::1", true}, {"2001:db8::/32", "2001:db9::", false},
		{"0.0.0.0/0", "8.8.8.8", true}, {"0.0.0.0/0", "::1", false},
	} {
		block, err := ParseBlock(c.block)
		if err != nil {
			t.Fatal(err)
		}
		address, ok := ParseAddress(c.address)
		if got := ok && block.Holds(address); got != c.want {
			t.Errorf("%s holds %s: %v, want %v", c.block, c.address, got, c.want)
		}
	}
	for _, text := range []string{"", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.*", "fe80::1%eth0", "a/8"} {
		if _, err := ParseBlock(text); err == nil {
			t.Errorf("ParseBlock(%q): want an error", text)
		}
	}
}

func TestAnalyzers(t *testing.T) {
	for _, c := range []struct{ analyzer, text, want string }{
		{"standard", "The QUICK brown-fox, isn't 3.14!", "the|quick|brown|fox|isn't|3.14"},
		{"standard", "foo_bar a.b.c 1,000 x,y", "foo_bar|a.b.c|1,000|x|y"},
		{"standard", `C:\Windows\cmd.exe`, "c|windows|cmd.exe"},
		{"standard", "cmd.exe /c whoami", "cmd.exe|c|whoami"},
		{"standard", "日本 ひら カタカナ é́a", "日|本|ひ|ら|カタカナ|é́a"},
		{"standard", "__ _a 1a2 a. .b", "_a|1a2|a|b"},
		{"", "A b", "a|b"},
		{"powershell_script_analyzer", "Invoke-Mimikatz $x=[System.Text]::New()", "invoke-mimikatz|x|system|text|new"},
		{"whitespace", "Foo bar-baz", "Foo|bar-baz"},
		{"simple", "Foo1bar", "foo|bar"},
		{"keyword", "Foo Bar", "Foo Bar"},
		{"lowercase", "Foo Bar", "foo bar"},
	} {
		analyze, ok := AnalyzerByName(c.analyzer)
		if !ok {
			t.Fatalf("no analyzer %q", c.analyzer)
		}
		var words []string
		for i, token := range analyze(c.text) {
			if token.Position != i {
				t.Errorf("%s: token %d has position %d", c.analyzer, i, token.Position)
			}
			words = append(words, token.Text)
		}
		if diff := cmp.Diff(c.want, strings.Join(words, "|")); diff != "" {
			t.Errorf("%s %q: %s", c.analyzer, c.text, diff)
		}
	}
	for _, name := range AnalyzerNames() {
		if _, ok := AnalyzerByName(name); !ok {
			t.Errorf("%s is listed but unknown", name)
		}
	}
	if _, ok := AnalyzerByName("klingon"); ok {
		t.Error("klingon is known")
	}
}

func TestStandardCutsLongWords(t *testing.T) {
	tokens := Standard(strings.Repeat("a", 300))
	if len(tokens) != 2 || len(tokens[0].Text) != 255 || len(tokens[1].Text) != 45 {
		t.Errorf("got %d tokens", len(tokens))
	}
}

func FuzzAnalyze(f *testing.F) {
	f.Add("Foo bar_baz 1.5 日本")
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range AnalyzerNames() {
			analyze, _ := AnalyzerByName(name)
			analyze(text)
		}
	})
}

func BenchmarkGlob(b *testing.B) {
	w := Glob("*powershell*-enc*")
	text := strings.Repeat(`C:\Windows\System32\cmd.exe /c `, 5) + "powershell.exe -nop -enc AAAA"
	for b.Loop() {
		w.Match(text)
	}
}
