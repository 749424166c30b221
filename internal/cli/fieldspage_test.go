package cli_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/cli"
)

// pay is the package of docs/fields.md.
func pay() map[string]string {
	return map[string]string{
		"manifest.yml":                           "name: pay\nversion: 1.4.0\nconditions:\n  kibana:\n    version: \"^8.13.0 || ^9.0.0\"\n",
		"data_stream/card/manifest.yml":          "title: Cards\n",
		"data_stream/card/fields/fields.yml":     "- {name: pay.amount, type: long}\n- {name: pay.card.number, type: keyword}\n",
		"data_stream/transfer/manifest.yml":      "title: Transfers\n",
		"data_stream/transfer/fields/fields.yml": "- {name: pay.amount, type: double}\n- {name: pay.iban, type: keyword}\n",
	}
}

// TestFieldsPage proves that docs/fields.md tells the truth: its files are those of a project, and its commands say what it shows.
func TestFieldsPage(t *testing.T) {
	text, err := os.ReadFile("../../docs/fields.md")
	if err != nil {
		t.Fatal(err)
	}
	system, said := project(t, nil)
	write := func(name, text string) {
		path := filepath.Join(system.Dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(system.Dir, "rules/a.toml")); err != nil {
		t.Fatal(err)
	}
	for name, text := range pay() {
		write("packages/pay/"+name, text)
	}
	blocks := regexp.MustCompile("(?ms)^```(\\w+) ?(\\S*)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1)
	commands := 0
	for _, b := range blocks {
		switch b[1] {
		case "toml":
			write(b[2], b[3])
		case "console":
			for command := range strings.SplitSeq(strings.TrimPrefix(b[3], "$ "), "\n$ ") {
				line, want, _ := strings.Cut(command, "\n")
				commands++
				if got := output(t, system, said, line, write); got != strings.TrimSuffix(want, "\n")+"\n" {
					t.Errorf("%s: %s", line, cmp.Diff(want, got))
				}
			}
		}
	}
	if commands < 6 {
		t.Errorf("only %d commands were found", commands)
	}
}

// output is what a command of the page says. The one about a conflict meets a second catalog, which then goes again.
func output(t *testing.T, system cli.System, said interface {
	String() string
	Reset()
}, line string, write func(name, text string),
) string {
	t.Helper()
	said.Reset()
	if path, ok := strings.CutPrefix(line, "cat "); ok {
		text, err := os.ReadFile(filepath.Join(system.Dir, path))
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
	if line == "tocsin check" {
		write("schemas/fields/shop2.toml", "[fields]\n\"shop.order.id\" = \"long\"\n")
		defer func() { _ = os.Remove(filepath.Join(system.Dir, "schemas/fields/shop2.toml")) }()
	}
	args := strings.Fields(strings.ReplaceAll(strings.TrimPrefix(line, "tocsin "), "'", ""))
	cli.Run(args, system)
	return said.String()
}
