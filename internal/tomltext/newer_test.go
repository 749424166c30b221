package tomltext_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// TestNewer: what only TOML 1.1 allows is read, and told once a file; what looks like it in TOML 1.0 is not.
func TestNewer(t *testing.T) {
	const older = ": older tools, detection-rules among them, cannot read the file [toml-1.1]"
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"a = { x = 1, }", []string{"f.toml:1:12: warning: a comma after the last entry of an inline table is TOML 1.1" + older}},
		{"a = { x = 1, y = 2 }", nil},
		{"a = [1, 2, ]", nil},
		{"a = { x = 1,\n y = 2 }", []string{"f.toml:1:5: warning: an inline table of several lines is TOML 1.1" + older}},
		{"a = { # note\n x = 1 }", []string{"f.toml:1:5: warning: an inline table of several lines is TOML 1.1" + older}},
		{"a = { x = [\n1,\n] }", nil},
		{"a = { x = '''\n''' }", nil},
		{`a = "\e"`, []string{"f.toml:1:6: warning: this escape is TOML 1.1" + older}},
		{`a = "\x41 \x42"`, []string{"f.toml:1:6: warning: this escape is TOML 1.1" + older}},
		{`a = "\u0041 \\x41 \\e"`, nil},
		{`a = '\x41 \e'`, nil},
		{"a = 07:32", []string{"f.toml:1:5: warning: a time without seconds is TOML 1.1" + older}},
		{"a = 2026-01-01T07:32Z", []string{"f.toml:1:5: warning: a time without seconds is TOML 1.1" + older}},
		{"a = 2026-01-01 07:32+01:00", []string{"f.toml:1:5: warning: a time without seconds is TOML 1.1" + older}},
		{"a = 2026-01-01T07:32:00+01:00\nb = 07:32:00\nc = 2026-01-01\nd = 2026-01-01 07:32:00.5", nil},
	} {
		doc, problems := tomltext.Parse(source.NewFile("f.toml", tt.text))
		if doc == nil {
			t.Errorf("%s: %v", tt.text, problems)
		}
		var told []string
		for _, d := range problems {
			told = append(told, d.Error())
		}
		if diff := cmp.Diff(tt.want, told); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.text, diff)
		}
	}
}
