package match

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// spelled is a language in three spellings: Lucene's, Go's (unless it cannot be said there), and the definition
// itself, slow and obviously right.
type spelled struct {
	lucene, re2 string
	fits        func(text string) bool
}

func letterSpelled(t *rapid.T) spelled {
	return rapid.SampledFrom([]spelled{
		{`a`, `a`, func(s string) bool { return s == "a" }},
		{`é`, `é`, func(s string) bool { return s == "é" }},
		{`^`, `\^`, func(s string) bool { return s == "^" }},
		{`\&`, `&`, func(s string) bool { return s == "&" }},
		{`"a^"`, `(?:a\^)`, func(s string) bool { return s == "a^" }},
		{`.`, `(?s:.)`, func(s string) bool { return len([]rune(s)) == 1 }},
		{`@`, `(?s:.*)`, func(string) bool { return true }},
		{`#`, `[^\x00-\x{10FFFF}]`, func(string) bool { return false }},
		{`()`, `(?:)`, func(s string) bool { return s == "" }},
		{`[^a1]`, `[^a1]`, func(s string) bool { return len([]rune(s)) == 1 && s != "a" && s != "1" }},
		{`[a&]`, `[a&]`, func(s string) bool { return s == "a" || s == "&" }},
		{`\w`, `[0-9A-Za-z_]`, func(s string) bool { return s == "a" || s == "1" }}, // of the letters drawn below
		{`<1-12>`, `0*(?:[1-9]|1[0-2])`, func(s string) bool {
			n, err := strconv.Atoi(s)
			return err == nil && 1 <= n && n <= 12
		}},
	}).Draw(t, "letter")
}

// someText draws from the letters on which the definitions above hold.
func someText(t *rapid.T) string {
	return rapid.StringOfN(rapid.RuneFrom([]rune("aaé^&1")), 0, 7, -1).Draw(t, "text")
}

func drawSpelled(t *rapid.T, depth int) spelled {
	kind := 0
	if depth > 0 {
		kind = rapid.IntRange(0, 9).Draw(t, "kind")
	}
	switch {
	case kind < 2:
		return letterSpelled(t)
	case kind < 4:
		return concatSpelled(drawSpelled(t, depth-1), drawSpelled(t, depth-1))
	case kind < 6:
		a, b := drawSpelled(t, depth-1), drawSpelled(t, depth-1)
		s := both(a, b, `|`)
		s.fits = func(text string) bool { return a.fits(text) || b.fits(text) }
		return s
	case kind == 6:
		a, b := drawSpelled(t, depth-1), drawSpelled(t, depth-1)
		s := both(a, b, `&`)
		s.re2, s.fits = "", func(text string) bool { return a.fits(text) && b.fits(text) }
		return s
	case kind == 7:
		a := drawSpelled(t, depth-1)
		return spelled{`~(` + a.lucene + `)`, "", func(text string) bool { return !a.fits(text) }}
	default:
		return repeatSpelled(t, drawSpelled(t, depth-1))
	}
}

func both(a, b spelled, operator string) spelled {
	s := spelled{lucene: `(` + a.lucene + operator + b.lucene + `)`}
	if a.re2 != "" && b.re2 != "" {
		s.re2 = `(?:` + a.re2 + operator + b.re2 + `)`
	}
	return s
}

func concatSpelled(a, b spelled) spelled {
	s := both(a, b, ``)
	s.fits = func(text string) bool {
		for i := range len(text) + 1 {
			if whole(text, i) && a.fits(text[:i]) && b.fits(text[i:]) {
				return true
			}
		}
		return false
	}
	return s
}

func repeatSpelled(t *rapid.T, a spelled) spelled {
	least := rapid.IntRange(0, 3).Draw(t, "least")
	most := least + rapid.IntRange(0, 2).Draw(t, "more")
	if rapid.Bool().Draw(t, "unlimited") {
		most = unlimited
	}
	quantifier := "{" + strconv.Itoa(least) + "," + strconv.Itoa(most) + "}"
	switch {
	case most == unlimited && least == 0:
		quantifier = "*"
	case most == unlimited && least == 1:
		quantifier = "+"
	case most == unlimited:
		quantifier = "{" + strconv.Itoa(least) + ",}"
	case least == 0 && most == 1:
		quantifier = "?"
	}
	s := spelled{lucene: `(` + a.lucene + `)` + quantifier}
	if a.re2 != "" {
		s.re2 = `(?:(?:` + a.re2 + `)` + quantifier + `)`
	}
	s.fits = func(text string) bool { return repeats(a.fits, text, least, most) }
	return s
}

// whole tells whether no character is cut at a place.
func whole(text string, i int) bool { return i == len(text) || utf8.RuneStart(text[i]) }

// repeats tells whether a text is between least and most pieces that fit; pieces beyond the required may not be empty,
// which changes nothing but ends the recursion.
func repeats(fits func(string) bool, text string, least, most int) bool {
	if least == 0 && text == "" {
		return true
	}
	if most == 0 {
		return false
	}
	first := 1
	if least > 0 {
		first = 0
	}
	for i := first; i <= len(text); i++ {
		if whole(text, i) && fits(text[:i]) && repeats(fits, text[i:], max(0, least-1), max(most-1, unlimited)) {
			return true
		}
	}
	return false
}

// An expression fits exactly what its definition says, and what RE2 fits where that can say it.
func TestRegexpAgainstDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, text := drawSpelled(t, 4), someText(t)
		r, err := CompileRegexp(s.lucene, RegexpFlags{})
		if err != nil && strings.Contains(err.Error(), "too complex") {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		want := s.fits(text)
		if got := r.Match(text); got != want {
			t.Fatalf("%q on %q: %v, want %v", s.lucene, text, got, want)
		}
		if s.re2 == "" {
			return
		}
		if got := regexp.MustCompile(`\A(?:` + s.re2 + `)\z`).MatchString(text); got != want {
			t.Fatalf("RE2 %q on %q: %v, want %v", s.re2, text, got, want)
		}
	})
}

// Any characters at all: no panic, an error has a place within the pattern, and what the RE2 form of the tree fits is
// what the automaton fits.
func FuzzRegexp(f *testing.F) {
	for _, pattern := range []string{
		`(a|b)*a(a|b){20}`, `~(~(~a))`, `((a{50}){50}){50}`, `[^]a-c\d]+`, `<01-10>|"x"&@`, `a||b`, `(?i)x`, "\xff[\xfe-\xff]", `[a-`,
	} {
		f.Add(pattern, "aab 10", true)
	}
	f.Fuzz(func(t *testing.T, pattern, text string, flag bool) {
		flags := RegexpFlags{IgnoreCase: flag, NoComplement: flag}
		r, err := CompileRegexp(pattern, flags)
		if err != nil {
			var at *RegexpError
			if !errors.As(err, &at) || at.Start < 0 || at.Start > at.End || at.End > len(pattern) || at.Message == "" {
				t.Fatalf("%q: %+v", pattern, at)
			}
			return
		}
		got := r.Match(text)
		root, _ := parseRegexp(pattern, flags)
		if d, err := compileDFA(root); err == nil && d().match(text) != got {
			t.Fatalf("%q on %q: %v, but the automaton differs", pattern, text, got)
		}
		if expression := re2(root); len(pattern) < 100 && len(expression) < 1000 {
			if std, err := regexp.Compile(`\A(?:` + expression + `)\z`); err == nil && !strings.Contains(expression, `\x{fffd}`) && std.MatchString(text) != got {
				t.Fatalf("%q on %q: %v, but RE2 %q differs", pattern, text, got, std)
			}
		}
	})
}

// re2 writes a tree in Go's syntax; what that cannot say gives a text that does not compile.
func re2(n *node) string {
	var b strings.Builder
	separator := ""
	switch n.op {
	case opClass:
		return re2Class(n.ranges)
	case opRepeat:
		b.WriteString(`(?:` + re2(n.kids[0]) + `){` + strconv.Itoa(n.min) + `,`)
		if n.max != unlimited {
			b.WriteString(strconv.Itoa(n.max))
		}
		return `(?:` + b.String() + `})`
	case opComplement, opIntersect:
		return `(`
	case opUnion:
		separator = `|`
	}
	for i, kid := range n.kids {
		if i > 0 {
			b.WriteString(separator)
		}
		b.WriteString(re2(kid))
	}
	return `(?:` + b.String() + `)`
}

func re2Class(ranges []runeRange) string {
	if len(ranges) == 0 {
		return `[^\x00-\x{10FFFF}]`
	}
	var b strings.Builder
	for _, r := range ranges {
		b.WriteString(`\x{` + strconv.FormatInt(int64(r.lo), 16) + `}-\x{` + strconv.FormatInt(int64(r.hi), 16) + `}`)
	}
	return `[` + b.String() + `]`
}

// Numeric intervals against counting.
func TestRegexpIntervals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.IntRange(0, 1200).Draw(t, "low")
		high := rapid.IntRange(low, 1300).Draw(t, "high")
		number := rapid.IntRange(max(0, low-5), high+5).Draw(t, "number")
		zeros := rapid.IntRange(0, 3).Draw(t, "zeros")
		a, b := strconv.Itoa(low), strconv.Itoa(high)
		r, err := CompileRegexp(`<`+a+`-`+b+`>`, RegexpFlags{})
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Repeat("0", zeros) + strconv.Itoa(number)
		want := low <= number && number <= high && (len(a) != len(b) || len(text) == len(a))
		if got := r.Match(text); got != want {
			t.Fatalf("<%d-%d> on %q: %v, want %v", low, high, text, got, want)
		}
	})
}

func TestRegexpMatchDoesNotAllocate(t *testing.T) {
	for _, pattern := range []string{`.*foo`, `(a|b)*c[^x]~(d)é`, `abc`} {
		r, err := CompileRegexp(pattern, RegexpFlags{IgnoreCase: true})
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(10, func() { r.Match("ababc é日本 foo") }); n != 0 {
			t.Errorf("%q: %v allocations", pattern, n)
		}
	}
}

func BenchmarkRegexp(b *testing.B) {
	text := strings.Repeat(`C:\Windows\System32\cmd.exe /c `, 5) + "powershell.exe -nop -enc AAAA"
	for _, c := range []struct{ name, pattern string }{
		{"contains", `.*-enc.*`},
		{"class", `.*[A-Za-z]+\.exe -n.*`},
		{"alternatives", `.*(curl|wget|certutil|bitsadmin|nop -enc).*`},
		{"intersection", `.*power.*&.*AAAA`},
		{"miss", `[a-z]+\.exe`},
	} {
		r, err := CompileRegexp(c.pattern, RegexpFlags{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				r.Match(text)
			}
		})
		root, _ := parseRegexp(c.pattern, RegexpFlags{})
		std, err := regexp.Compile(`\A(?:` + re2(root) + `)\z`)
		if err != nil {
			continue
		}
		b.Run(c.name+"/RE2", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				std.MatchString(text)
			}
		})
	}
}

func BenchmarkCompileRegexp(b *testing.B) {
	for _, pattern := range []string{
		`.*(curl|wget|certutil|bitsadmin|nop -enc).*`, `[a-z0-9]{8}\.(dll|exe)`, `(a|b)*a(a|b){20}`, `((a{50}){50}){50}`,
	} {
		b.Run(pattern, func(b *testing.B) {
			for b.Loop() {
				_, _ = CompileRegexp(pattern, RegexpFlags{IgnoreCase: true})
			}
		})
	}
	b.Run("RE2", func(b *testing.B) {
		for b.Loop() {
			regexp.MustCompile(`\A(?s:.*(curl|wget|certutil|bitsadmin|nop -enc).*)\z`)
		}
	})
}
