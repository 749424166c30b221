// Package tomlfmt lays a TOML text out in the canonical way, and changes nothing but its layout.
//
// The text is read once more, with its comments ([read]); what it holds are sections, that is headers with the
// entries below them. In a rule the sections and their entries get a fixed order ([arrange]); everywhere else
// the author's order says something and stays. Then all is printed ([printer]).
//
// Strings are written in other quotes only where that leaves their value alone, numbers and dates stay as they
// are written, lists keep their order, and each comment stays at the entry or the header that it stands at. [Format]
// reads what it has printed and compares the values, so that a text whose values would change is refused.
package tomlfmt

import (
	"errors"
	"fmt"

	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// Kind says what a text is, and with that how it is laid out.
type Kind uint8

// The kinds. Only a Rule has an order of its own; the others keep the author's.
const (
	Rule Kind = iota + 1
	Fixture
	Fields
	Exceptions
	Connectors
	Config
)

// KindOf tells the kind of a text by the tables that it has. What nothing speaks for is Config.
func KindOf(doc *tomltext.Document) Kind {
	for _, c := range []struct {
		key  string
		kind Kind
	}{
		{"rule", Rule}, {"exceptions", Exceptions}, {"value_lists", Exceptions}, {"action_connectors", Connectors}, {"positive", Fixture}, {"negative", Fixture}, {"base", Fixture}, {"fields", Fields},
	} {
		node, ok := doc.Find(c.key)
		// The keys of tocsin.toml have the same names, and hold strings.
		if ok && node.Kind != tomltext.String {
			return c.kind
		}
	}
	return Config
}

// ErrChanged is what Format fails with when the text that it made does not hold the same values. That is a fault
// of this package, and the text must be left as it is.
var ErrChanged = errors.New("the formatted text would not hold the same values")

// Format gives the canonical text of a document. It ends in one line break, and its line breaks are those that
// the document's first line has.
func Format(doc *tomltext.Document, kind Kind) (string, error) {
	root := read(doc)
	sections := root.flat()
	if kind == Rule {
		sections = arrange(root)
	}
	p := newPrinter(doc.File.Text(), kind)
	p.sections(sections)
	text := p.String()
	if text == doc.File.Text() {
		return text, nil
	}
	again, problems := tomltext.Parse(source.NewFile(doc.File.Name(), text))
	if again == nil {
		return "", fmt.Errorf("%w: %w", ErrChanged, problems)
	}
	if !same(doc.Tree, again.Tree) {
		return "", ErrChanged
	}
	return text, nil
}
