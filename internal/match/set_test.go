package match

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func patterns(texts ...string) []*Wildcard {
	var list []*Wildcard
	for _, text := range texts {
		list = append(list, EQLPattern(text))
	}
	return list
}

func anyFits(list []*Wildcard, text string) bool {
	return slices.ContainsFunc(list, func(w *Wildcard) bool { return w.Match(text) })
}

func TestSet(t *testing.T) {
	for _, c := range []struct {
		kind    string
		list    []string
		yes, no []string
	}{
		{"nothing", nil, nil, []string{"", "a"}},
		{"exact", []string{"cmd.exe", "ab"}, []string{"cmd.exe", "ab"}, []string{"cmd", "", "abc", "xcmd.exe"}},
		{"the empty text", []string{""}, []string{""}, []string{"a"}},
		{"everything", []string{"x", "**"}, []string{"", "a"}, nil},
		{"prefix", []string{"ab*", "abc*", "x*"}, []string{"ab", "abz", "x"}, []string{"a", "", "cab"}},
		{"suffix", []string{"*ab", "*cab", "*é"}, []string{"ab", "zab", "é"}, []string{"a", "", "abc", "\xa9"}},
		{"inside", []string{"*ab*", "*b*"}, []string{"ab", "b", "xabx"}, []string{"a", ""}},
		{"both ends", []string{"a*b", "c*d"}, []string{"ab", "axb", "cxd"}, []string{"axd", "a", "b"}},
		{"several runs", []string{"*ab*cd*", "*x*y"}, []string{"abcd", "1ab2cd3", "xy", "axby"}, []string{"cdab", "xyz"}},
		{"single characters", []string{"a?c", "?", "??x*"}, []string{"abc", "é", "éax!"}, []string{"ac", "", "ax"}},
	} {
		s := NewSet(patterns(c.list...))
		if s.Len() != len(c.list) {
			t.Errorf("%s: Len %d", c.kind, s.Len())
		}
		for _, text := range c.yes {
			if !s.Match(text) {
				t.Errorf("%s: %q does not fit %q", c.kind, c.list, text)
			}
		}
		for _, text := range c.no {
			if s.Match(text) {
				t.Errorf("%s: %q fits %q", c.kind, c.list, text)
			}
		}
	}
}

// A literal part without text is no part.
func TestSetOfEmptyParts(t *testing.T) {
	s := NewSet([]*Wildcard{NewWildcard([]Part{{Literal: ""}, {Kind: AnyRun}, {Literal: ""}})})
	if !s.Match("x") {
		t.Error("an empty literal keeps a run from matching")
	}
}

func drawSet(t *rapid.T, most int) []*Wildcard {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("aabb**?é")), 0, 7, -1)
	return patterns(rapid.SliceOfN(text, 0, most).Draw(t, "patterns")...)
}

// A set fits exactly what one of its patterns fits: small sets, and sets large enough for a scan.
func TestSetAgainstLoop(t *testing.T) {
	for _, most := range []int{4, 60} {
		rapid.Check(t, func(t *rapid.T) {
			list := drawSet(t, most)
			s := NewSet(list)
			for range 5 {
				text := rapid.StringOfN(rapid.RuneFrom([]rune("aabbé")), 0, 10, -1).Draw(t, "text")
				if got, want := s.Match(text), anyFits(list, text); got != want {
					t.Fatalf("%v on %q: %v, want %v", list, text, got, want)
				}
			}
		})
	}
}

// Scanning alone, without the short cuts for few patterns and with literals that contain each other.
func TestScannersAgainstLoop(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []*Wildcard
		for _, w := range drawSet(t, 12) {
			if kind, _ := w.shape(); kind == shapeInside || kind == shapeComplex {
				list = append(list, w)
			}
		}
		text := rapid.StringOfN(rapid.RuneFrom([]rune("aabbé")), 0, 12, -1).Draw(t, "text")
		got := slices.ContainsFunc(newScanners(list), func(s *scanner) bool { return s.match(text) })
		if want := anyFits(list, text); got != want {
			t.Fatalf("%v on %q: %v, want %v", list, text, got, want)
		}
	})
}

// More literals than one scanner tries, and more nodes than have a row.
func TestSetOfManyLiterals(t *testing.T) {
	var list []*Wildcard
	for i := range 2*maxTentative + 10 {
		list = append(list, EQLPattern(fmt.Sprintf("*n%d.?*", i)))
	}
	s := NewSet(append(list, EQLPattern("*whole*")))
	if len(s.scanners) != 3 {
		t.Errorf("%d scanners, want 3", len(s.scanners))
	}
	for _, c := range []struct {
		text string
		want bool
	}{
		{"a n0.x", true}, {"a n0.", false}, {"n8201.!", true}, {"n8202.!", false}, {"n1n2n3.", false}, {"n1n2n3. ", true},
		{"the whole text", true}, {strings.Repeat("n1.", 1000), true}, {strings.Repeat("n9999.", 1000), false},
	} {
		if got := s.Match(c.text); got != c.want {
			t.Errorf("%.20q: %v, want %v", c.text, got, c.want)
		}
	}
}

func FuzzSet(f *testing.F) {
	f.Add("a*\n*b\n*c*\n*d*e*\n?f*", "xcx")
	f.Add("*aaa?*\n*aa?*\n*a?b*", strings.Repeat("a", 40))
	f.Fuzz(func(t *testing.T, lines, text string) {
		list := patterns(strings.Split(lines, "\n")...)
		if got, want := NewSet(list).Match(text), anyFits(list, text); got != want {
			t.Errorf("%q on %q: %v, want %v", lines, text, got, want)
		}
	})
}

// mixedPatterns are as many as the longest list known has, of every shape.
func mixedPatterns(count int) []*Wildcard {
	random := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		b := make([]byte, 6+random.IntN(12))
		for i := range b {
			b[i] = "abcdefghijklmnopqrstuvwxyz0123456789.-_\\"[random.IntN(40)]
		}
		return string(b)
	}
	var list []*Wildcard
	for i := range count {
		form := []string{"%s", "%s", "%s*", "*%s", "*%s*", `c:\users\*\%s`, "*%s*%s*", "*%s?.exe"}[i%8]
		list = append(list, EQLPattern(fmt.Sprintf(form, []any{word(), word()}[:strings.Count(form, "%s")]...)))
	}
	return list
}

func TestSetDoesNotAllocate(t *testing.T) {
	s := NewSet(mixedPatterns(500))
	if n := testing.AllocsPerRun(10, func() { s.Match(`c:\users\somebody\x.exe`) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkSet(b *testing.B) {
	text := strings.Repeat(`c:\windows\system32\cmd.exe /c `, 5) + "powershell.exe -nop -enc aaaa"
	for _, count := range []int{5, 100, 2609} {
		list := mixedPatterns(count)
		s := NewSet(list)
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Match(text)
			}
		})
		b.Run(fmt.Sprint(count, "/short"), func(b *testing.B) {
			for b.Loop() {
				s.Match("powershell.exe")
			}
		})
		b.Run(fmt.Sprint(count, "/loop"), func(b *testing.B) {
			for b.Loop() {
				anyFits(list, text)
			}
		})
		b.Run(fmt.Sprint(count, "/loop/short"), func(b *testing.B) {
			for b.Loop() {
				anyFits(list, "powershell.exe")
			}
		})
	}
	b.Run("build", func(b *testing.B) {
		list := mixedPatterns(2609)
		b.ReportAllocs()
		for b.Loop() {
			NewSet(list)
		}
	})
}
