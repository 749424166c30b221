package match

import "testing"

func TestWildcardDialects(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		eql, lucene   bool
	}{
		{`cmd*`, `cmd.exe`, true, true}, {`cmd*`, `a cmd`, false, false},
		{`cmd?exe`, `cmd.exe`, true, true}, {`cmd?exe`, `cmdexe`, false, false},
		{`a?b`, `aéb`, true, true}, {`a?b`, "a\nb", true, true}, {`a?b`, `a日本b`, false, false},
		{`net.exe`, `net.exe`, true, true}, {`net.exe`, `net.exe user`, false, false}, // no wildcard: equality
		{`*\red_ttp\win?.*`, `C:\red_ttp\win1.exe`, true, false}, // a backslash is ordinary in EQL only
		{`*\red_ttp\win?.*`, `C:red_ttpwin1.exe`, false, true},
		{`a\*b`, `a*b`, false, true}, {`a\*b`, `a\xb`, true, false}, {`a\*b`, `axb`, false, false},
		{`a\?b`, `a?b`, false, true}, {`a\?b`, `a\xb`, true, false},
		{`a\\b`, `a\b`, false, true}, {`a\\b`, `a\\b`, true, false},
		{`a\éb`, `aéb`, false, true}, {`a\éb`, `a\éb`, true, false},
		{`a\`, `a\`, true, true}, {`a\`, `a`, false, false}, // at the end it is literal in both
		{`*\`, `C:\`, true, true}, {`*\`, `C:`, false, false},
		{``, ``, true, true}, {``, `a`, false, false}, {`*`, ``, true, true}, {`?`, ``, false, false},
		{"a\\\xffb", "a\xffb", false, true}, {"a\xff*", "a\xffb", true, true},
	} {
		if got := EQLPattern(c.pattern).Match(c.text); got != c.eql {
			t.Errorf("EQL %q on %q: %v, want %v", c.pattern, c.text, got, c.eql)
		}
		if got := LuceneWildcard(c.pattern).Match(c.text); got != c.lucene {
			t.Errorf("Lucene %q on %q: %v, want %v", c.pattern, c.text, got, c.lucene)
		}
	}
}
