package tomlfmt_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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

// comments finds the comments of a text with a pattern of its own, independently of the formatter.
func comments(doc *tomltext.Document) []string {
	tokens := regexp.MustCompile(`(?s)"""(?:[^"\\]|\\.|"{1,2}(?:[^"\\]|\\.))*"{3,5}|'''.*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*`)
	var all []string
	for _, token := range tokens.FindAllString(doc.File.Text(), -1) {
		if token[0] == '#' {
			all = append(all, strings.TrimRight(token, " \t\r"))
		}
	}
	return all
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
