package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

var called = regexp.MustCompile(`\btocsin ([a-z]+)((?: --?[a-z-]+)*)`)

// TestExamplesAreTrue: the pipelines in examples/ci are well formed, and call commands that there are with flags that they have.
func TestExamplesAreTrue(t *testing.T) {
	files, err := filepath.Glob("../../examples/ci/*")
	if err != nil || len(files) < 3 {
		t.Fatalf("%q, %v", files, err)
	}
	root := (&app{System: System{Context: context.Background()}}).root()
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, ".yml") {
			if err := yaml.Unmarshal(text, new(map[string]any)); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		} else if bytes.Count(text, []byte("{")) != bytes.Count(text, []byte("}")) {
			t.Errorf("%s: braces do not match", file)
		}
		var commands []string
		for line := range strings.Lines(string(text)) {
			if trimmed := strings.TrimSpace(line); strings.HasPrefix(trimmed, "#") || strings.HasPrefix(trimmed, "//") {
				continue
			}
			for _, call := range called.FindAllStringSubmatch(line, -1) {
				cmd, _, err := root.Find([]string{call[1]})
				if err != nil || cmd == root {
					continue // A word of prose, or the name of something else.
				}
				commands = append(commands, call[1])
				if err := cmd.ParseFlags(strings.Fields(call[2])); err != nil {
					t.Errorf("%s: %s: %v", file, call[0], err)
				}
			}
		}
		if got := strings.Join(commands, " "); !strings.Contains(got, "ci") || !strings.Contains(got, "apply") {
			t.Errorf("%s calls %q", file, got)
		}
	}
}
