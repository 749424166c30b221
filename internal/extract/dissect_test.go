package extract

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// dissect gives "key=value" for each key, "no match" otherwise.
func dissect(t testing.TB, pattern, separator, text string) string {
	t.Helper()
	d, err := CompileDissect(pattern, separator)
	if err != nil {
		t.Fatalf("%s: %v", pattern, err)
	}
	values, ok := d.Run().Text(text)
	if !ok {
		return "no match"
	}
	var out []string
	for i, name := range d.Names() {
		out = append(out, name+"="+values[i])
	}
	return strings.Join(out, " ")
}

func TestDissect(t *testing.T) {
	for _, test := range []struct{ pattern, separator, text, want string }{
		// languages.md 3.5, 26.
		{"%{b} %{c} baz", "", "foo bar", "no match"},
		{"%{b} %{c} baz", "", "foo bar baz", "b=foo c=bar"},
		{"%{+b} %{c} %{+b}", ",", "x 1 y", "b=x,y c=1"},
		{"%{a} %{b}", "", "x y z", "a=x b=y z"}, // the last key takes the rest
		{"%{a} %{b}", "", "x", "no match"},
		{"%{a} %{b}", "", "x ", "a=x b="},
		{"%{a},", "", "x,y,z", "a=x"}, // what stands behind the last delimiter does not matter
		{"%{a},", "", "x", "no match"},
		{"[%{a}]", "", "[x]", "a=x"},
		{"[%{a}]", "", "(x]", "no match"},
		{"[%{a}", "", "[", "no match"}, // something must follow the leading text
		{"%{a} %{+a} %{+a}", "", "x y z", "a=xyz"},
		{"%{a} %{+a/2} %{+a/1}", "-", "x y z", "a=x-z-y"},
		{"%{+a/3} %{+a/2} %{+a/1}", "", "x y z", "a=zyx"},
		{"%{a} %{?skip} %{b}", "", "x y z", "a=x b=z"},
		{"%{a} %{} %{b}", "", "x y z", "a=x b=z"},
		{"%{a->} %{b}", "", "x    y", "a=x b=y"},
		{"%{a} %{b}", "", "x    y", "a=x b="},         // without padding the second blank is an empty value, and that was the last key
		{"%{a}%{->} %{b}", "", "x%{->} y", "a=x b=y"}, // a key that follows at once is part of the delimiter
		{"%{->} %{b}", "", "x   y", "b=y"},
		{"%{a},%{b},%{c},%{d}", "", "x,,,y", "a=x b= c= d=y"},
		{"%{a},%{b}:%{c}", "", "x,,y:z", "a=x b= c=y:z"}, // the empty value does not look for its own delimiter
		{"%{a} %{a}", "", "x y", "a=y"},
		{"{%{k}=%{v}, %{rest}}", "", "{a=b, c=d}", "k=a v=b rest=c=d"},
		{"%{a.b} %{c-d}", "", "x y", "a.b=x c-d=y"},
		{"é%{a}é%{b}", "", "éxéy", "a=x b=y"},
		{"%{a}\n%{b}", "", "x\ny", "a=x b=y"},
		{"%{a} %{b", "", "x y", "a=x"}, // a key that does not close is none
		{"%{+a/x} %{b}", "", "1 2", "a/x=1 b=2"},
	} {
		if got := dissect(t, test.pattern, test.separator, test.text); got != test.want {
			t.Errorf("%s on %q: %q, want %q", test.pattern, test.text, got, test.want)
		}
	}
}

func TestDissectErrors(t *testing.T) {
	for pattern, want := range map[string]string{
		"abc":         "Unable to find any keys",
		"%{}":         "Unable to find any keys",
		"%{?a} %{}":   "Unable to find any keys",
		"%{a":         "Unable to find any keys",
		"%{*a} %{&a}": "reference keys not supported",
		"%{+} %{b}":   "no name",
	} {
		if _, err := CompileDissect(pattern, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", pattern, err, want)
		}
	}
}

// Texts joined by a delimiter that they do not hold come apart again.
func TestDissectTakesApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.StringMatching("[a-y]{1,4}"), 1, 5).Draw(t, "parts")
		delimiter := rapid.SampledFrom([]string{" ", "zz", ", ", "|"}).Draw(t, "delimiter")
		var keys []string
		for i := range parts {
			keys = append(keys, "%{k"+string(rune('0'+i))+"}")
		}
		d, err := CompileDissect(strings.Join(keys, delimiter), "")
		if err != nil {
			t.Fatal(err)
		}
		got, ok := d.Run().Text(strings.Join(parts, delimiter))
		if !ok || strings.Join(got, "|") != strings.Join(parts, "|") {
			t.Fatalf("%q, %v", got, ok)
		}
	})
}

func FuzzDissect(f *testing.F) {
	f.Add("%{a} %{+b/2} %{?c->}, %{+b}", "-", "x y   z, q")
	f.Add("{%{}=%{a}", "", "{x=y")
	f.Fuzz(func(t *testing.T, pattern, separator, text string) {
		d, err := CompileDissect(pattern, separator)
		if err != nil {
			return
		}
		if values, ok := d.Run().Text(text); ok && len(values) != len(d.Names()) {
			t.Fatalf("%d values for %d keys", len(values), len(d.Names()))
		}
	})
}

func BenchmarkDissect(b *testing.B) {
	d, err := CompileDissect("%{client} %{ident} %{auth} [%{time}] \"%{verb} %{path} HTTP/%{version}\" %{status} %{size}", "")
	if err != nil {
		b.Fatal(err)
	}
	run := d.Run()
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := run.Text(`10.0.0.1 - joe [31/Jan/2026:10:20:30 +0100] "GET /index.html?a=b HTTP/1.1" 200 5120`); !ok {
			b.Fatal("no match")
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
