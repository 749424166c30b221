package match

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""}, {"cmd.exe", "cmd.exe"}, {"CMD.Exe", "cmd.exe"}, {"a@[`{Z", "a@[`{z"},
		{"kK\u212a", "kkk"}, {"sS\u017f", "sss"},
		{"straße", "straße"}, {"ẞ", "ß"}, // never "ss"
		{"abcÉé", "abcÉÉ"}, {"ΣσςΣ", "ΣΣΣΣ"}, {"日本", "日本"},
		{"ı", "ı"}, {"İ", "İ"}, // the Turkish letters fold to themselves only
		{"\xffA\xc3", "\xffa\xc3"}, {"é\xff", "É\xff"},
	} {
		if got := Fold(c.text); got != c.want {
			t.Errorf("Fold(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

// Every code point: the fold is one for all that differ in case only, and for no others.
func TestFoldEveryCodePoint(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		folded := foldRune(r)
		if next := unicode.SimpleFold(r); foldRune(next) != folded {
			t.Fatalf("%U and %U fold to %U and %U", r, next, folded, foldRune(next))
		}
		if !strings.EqualFold(string(r), string(folded)) {
			t.Fatalf("%U folds to %U, which is another letter", r, folded)
		}
		if utf8.RuneLen(folded) > utf8.RuneLen(r) {
			t.Fatalf("%U folds to the longer %U", r, folded)
		}
	}
}

func TestFoldAllocatesOnlyForChanges(t *testing.T) {
	for _, text := range []string{"c:\\windows\\system32\\cmd.exe", "ÉÉ 日本 ΣΣ", ""} {
		if n := testing.AllocsPerRun(10, func() { Fold(text) }); n != 0 {
			t.Errorf("Fold(%q) allocates %v times", text, n)
		}
	}
	for _, text := range []string{"C:\\Windows", "é"} {
		if n := testing.AllocsPerRun(10, func() { Fold(text) }); n != 1 {
			t.Errorf("Fold(%q) allocates %v times, want once", text, n)
		}
	}
}

func drawCased(t *rapid.T, name string) string {
	return rapid.StringOfN(rapid.RuneFrom([]rune("aAkK\u212aéÉσςΣßẞıİ日-")), 0, 8, -1).Draw(t, name)
}

func TestFoldIsEqualFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawCased(t, "a"), drawCased(t, "b")
		if got, want := Fold(a) == Fold(b), strings.EqualFold(a, b); got != want {
			t.Fatalf("%q and %q: %v, want %v", a, b, got, want)
		}
	})
}

// A folded wildcard fits the fold of every case variant of a text that the wildcard fits.
func TestWildcardFold(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"CMD?EXE", "cmd.exe", true}, {"CMD?EXE", "cmdexe", false},
		{"*\u212aelvin*", "unit KELVIN", true}, {"STRASSE", "straße", false}, {"É*", "état", true},
	} {
		if got := EQLPattern(c.pattern).Fold().Match(Fold(c.text)); got != c.want {
			t.Errorf("%q on %q: %v, want %v", c.pattern, c.text, got, c.want)
		}
	}
}

func FuzzFold(f *testing.F) {
	f.Add("CMD.exe \u212aé\xff")
	f.Fuzz(func(t *testing.T, text string) {
		folded := Fold(text)
		if Fold(folded) != folded {
			t.Errorf("Fold(Fold(%q)) = %q, Fold gives %q", text, Fold(folded), folded)
		}
		if utf8.ValidString(text) && !strings.EqualFold(text, folded) {
			t.Errorf("Fold(%q) = %q", text, folded)
		}
	})
}

func BenchmarkFold(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"folded", strings.Repeat(`c:\windows\system32\cmd.exe /c `, 5)},
		{"ascii", strings.Repeat(`C:\Windows\System32\cmd.exe /c `, 5)},
		{"unicode", strings.Repeat(`C:\Benutzer\Jürgen\Größe.exe /c `, 5)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.text)))
			b.ReportAllocs()
			for b.Loop() {
				Fold(c.text)
			}
		})
	}
}
