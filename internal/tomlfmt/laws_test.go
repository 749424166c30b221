package tomlfmt_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomlfmt"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

func parse(text string) (*tomltext.Document, error) {
	doc, problems := tomltext.Parse(source.NewFile("test.toml", text))
	if doc == nil {
		return nil, problems
	}
	return doc, nil
}

func format(text string, kind tomlfmt.Kind) (string, error) {
	doc, err := parse(text)
	if err != nil {
		return "", err
	}
	return tomlfmt.Format(doc, kind)
}

// laws formats a text and holds the result against what must be true of it; Format itself compares the values.
func laws(name, text string) error {
	doc, err := parse(text)
	if err != nil {
		return err
	}
	kind := tomlfmt.KindOf(doc)
	once, err := tomlfmt.Format(doc, kind)
	if err != nil {
		return err
	}
	twice, err := format(once, kind)
	if err != nil {
		return fmt.Errorf("again: %w\n%s", err, once)
	}
	if once != twice {
		return fmt.Errorf("not stable:\n%s\n---- then\n%s", once, twice)
	}
	after, err := parse(once)
	if err != nil {
		return err
	}
	if tomlfmt.KindOf(after) != kind {
		return errors.New("its kind has changed")
	}
	return sameComments(doc, after, kind)
}

// sameComments holds that no comment is lost and, where nothing is put in order, that they follow each other as before.
func sameComments(before, after *tomltext.Document, kind tomlfmt.Kind) error {
	had, has := comments(before), comments(after)
	if kind == tomlfmt.Rule {
		slices.Sort(had)
		slices.Sort(has)
	}
	if !slices.Equal(had, has) {
		return fmt.Errorf("comments: got %q, want %q", has, had)
	}
	return nil
}

// comments finds the comments of a text by its quotes alone, independently of the formatter.
func comments(doc *tomltext.Document) []string {
	var all []string
	for rest := doc.File.Text(); ; {
		i := strings.IndexAny(rest, `"'#`)
		if i < 0 {
			return all
		}
		rest = rest[i:]
		end := stringEnd(rest)
		if rest[0] == '#' {
			end = strings.IndexByte(rest+"\n", '\n')
			all = append(all, strings.TrimRight(rest[:end], " \t\r"))
		}
		rest = rest[end:]
	}
}

// stringEnd is where the string ends that a text begins with.
func stringEnd(text string) int {
	quote := text[:1]
	if strings.HasPrefix(text, quote+quote+quote) {
		quote = text[:3]
	}
	for i := len(quote); ; {
		switch {
		case strings.HasPrefix(text[i:], quote):
			end := i + len(quote)
			for extra := 0; len(quote) == 3 && extra < 2 && end < len(text) && text[end] == quote[0]; extra++ {
				end++
			}
			return end
		case i >= len(text):
			return i
		case text[i] == '\\' && quote[0] == '"':
			i++
		}
		i++
	}
}

func TestRepositoryLaws(t *testing.T) {
	for _, dir := range []string{"../../rules", "../../tests/fixtures", "../../schemas/fields", "../../schemas/testdata"} {
		err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".toml") {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if err := laws(path, string(text)); err != nil {
				t.Errorf("%s: %v", path, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
