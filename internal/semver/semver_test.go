package semver_test

import (
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/semver"
)

func TestVersionOrder(t *testing.T) {
	ordered := []string{"0.9.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.9.0", "1.10.0", "2.0.0"}
	for i := range ordered {
		for j := range ordered {
			a, errA := semver.Parse(ordered[i])
			b, errB := semver.Parse(ordered[j])
			if errA != nil || errB != nil {
				t.Fatal(errA, errB)
			}
			if got := a.Compare(b); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%s and %s compare to %d", a, b, got)
			}
		}
	}
	for text, want := range map[string]string{"9": "9.0.0", "9.5": "9.5.0", " v9.5.1+build ": "9.5.1", "9.5.1-rc1": "9.5.1-rc1"} {
		if v, err := semver.Parse(text); err != nil || v.String() != want {
			t.Errorf("%q is %s, %v", text, v, err)
		}
	}
	for _, text := range []string{"", "x", "9.", "9.5.1.2", "-1", "9999999999", "9.5-"} {
		if v, err := semver.Parse(text); err == nil {
			t.Errorf("%q is %s", text, v)
		}
	}
}

func TestRange(t *testing.T) {
	for _, row := range []struct{ text, in, out string }{
		{"^8.13.0", "8.13.0 8.13.1 8.99.0", "8.12.9 9.0.0 8.13.0-rc1"},
		{"^0.2.3", "0.2.3 0.2.9", "0.3.0 0.2.2"},
		{"^0.0.3", "0.0.3", "0.0.4"},
		{"~8.16.6", "8.16.6 8.16.9", "8.16.5 8.17.0"},
		{">=9.0.0 <10", "9.0.0 9.99.0", "8.99.0 10.0.0"},
		{">= 9.0.0", "9.0.0 10.0.0", "8.99.9"},
		{">9.0.0", "9.0.1", "9.0.0"},
		{"<=9.0.0", "9.0.0", "9.0.1"},
		{"9.1.0", "9.1.0", "9.1.1 9.0.0"},
		{"=9.1.0", "9.1.0", "9.1.1"},
		{"~8.16.6 || ^9.1.0", "8.16.7 9.2.0", "8.17.0 9.0.0"},
		{"^8.0.0||^9.0.0", "8.1.0 9.1.0", "7.0.0"},
		{">=8.0.0, <8.2.0", "8.1.0", "8.2.0"},
		{"8.x", "8.0.0 8.99.1", "7.99.0 9.0.0"},
		{"~7.x.x", "7.0.0 7.17.3", "8.0.0"},
		{"~7", "7.0.0 7.17.3", "8.0.0"},
		{"~>8.1", "8.1.0 8.1.9", "8.2.0"},
		{"8.16", "8.16.0 8.16.9", "8.17.0"},
		{"*", "0.0.1 9.0.0", ""},
		{"^8.X", "8.0.0 8.99.0", "9.0.0"},
	} {
		r, err := semver.ParseRange(row.text)
		if err != nil {
			t.Error(err)
			continue
		}
		for i, list := range []string{row.out, row.in} {
			for _, text := range strings.Fields(list) {
				if v, err := semver.Parse(text); err != nil || r.Admits(v) != (i == 1) {
					t.Errorf("%s admits %s: %v, %v", row.text, text, r.Admits(v), err)
				}
			}
		}
	}
	for _, text := range []string{"", "||", "^8.0.0 ||", "y", "^", ">=a", "!8.0.0", "x.8", "8.x.1", "*.1", "8.**"} {
		if _, err := semver.ParseRange(text); err == nil {
			t.Errorf("%q is a range", text)
		}
	}
}

func FuzzParseRange(f *testing.F) {
	f.Add("^8.13.0 || >=9.0.0 <10")
	f.Fuzz(func(_ *testing.T, text string) {
		if r, err := semver.ParseRange(text); err == nil {
			r.Admits(semver.Version{Major: 9})
		}
	})
}
