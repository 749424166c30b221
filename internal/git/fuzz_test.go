package git

import (
	"strings"
	"testing"
)

// FuzzParseLog reads any output of git log. What is taken has a hash for each commit, and no part holds a NUL.
func FuzzParseLog(f *testing.F) {
	const one = "0123456789012345678901234567890123456789\x002026-01-02T03:04:05+01:00\x00Ann\x00subject\x00\nrules/a.toml\x00"
	for _, seed := range []string{"", one, one + one, one[:30], strings.Replace(one, "2026", "nineteen", 1), "\x00\x00\x00\x00\x00", strings.Replace(one, "0123", "", 1)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		commits, err := parseLog(text)
		if err != nil {
			return
		}
		for _, c := range commits {
			if len(c.Hash) < 40 || strings.Contains(c.Hash+c.Author+c.Subject+c.Path, "\x00") {
				t.Errorf("%q gives %+v", text, c)
			}
		}
	})
}
