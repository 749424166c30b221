package match

import (
	"testing"

	"pgregory.net/rapid"
)

func TestOverlap(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"logs-*", "logs-kubernetes.*", true},
		{"logs-kubernetes.*", "logs-kubernetes.audit_logs-default", true},
		{"logs-kubernetes.*", "logs-kubernetes*", true},
		{"logs-kubernetes.*", "logs-aws.*", false},
		{"filebeat-*", "logs-*", false},
		{"*", "logs-x", true}, {"*-default", "logs-*", true}, {"a*b", "b*a", false}, {"", "*", true}, {"a", "", false},
	} {
		if got, back := Overlap(c.a, c.b), Overlap(c.b, c.a); got != c.want || back != c.want {
			t.Errorf("Overlap(%q, %q) = %v, reversed %v, want %v", c.a, c.b, got, back, c.want)
		}
	}
}

// Two patterns that a text fits both overlap, and against a text without runs overlapping is fitting.
func TestOverlapAgainstGlob(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name, alphabet string) string {
			return rapid.StringOfN(rapid.RuneFrom([]rune(alphabet)), 0, 7, -1).Draw(t, name)
		}
		a, b, text := draw("a", "ab*"), draw("b", "ab*"), draw("text", "ab")
		if Overlap(a, text) != Glob(a).Match(text) {
			t.Fatalf("Overlap(%q, %q) differs from Match", a, text)
		}
		if Glob(a).Match(text) && Glob(b).Match(text) && !Overlap(a, b) {
			t.Fatalf("%q fits %q and %q, but they do not overlap", text, a, b)
		}
	})
}
