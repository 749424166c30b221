package tomltext_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/tocsin-rules/tocsin/internal/corpus"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// disagreement compares the nodes of a document with the values that the decoder gave: the same keys everywhere,
// the same kinds, the same strings, and places that hold what they say. It is nil when there is none.
func disagreement(doc *tomltext.Document) error {
	var tree map[string]any
	if _, err := toml.Decode(doc.File.Text(), &tree); err != nil {
		return fmt.Errorf("the decoder refuses it: %w", err)
	}
	if err := compare(doc, doc.Root, tree, nil); err != nil {
		return err
	}
	if got, want := fmt.Sprintf("%#v", doc.Tree), fmt.Sprintf("%#v", tree); got != want {
		return fmt.Errorf("got the tree %s, want %s", got, want)
	}
	return nil
}

func compare(doc *tomltext.Document, node *tomltext.Node, value any, path []string) error {
	at := strings.Join(path, "/")
	if err := placesHold(doc, node, path); err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	switch value := value.(type) {
	case map[string]any:
		return compareTable(doc, node, value, path)
	case []map[string]any:
		items := make([]any, len(value))
		for i, item := range value {
			items[i] = item
		}
		return compareArray(doc, node, items, path)
	case []any:
		return compareArray(doc, node, value, path)
	case string:
		if node.Kind != tomltext.String {
			return fmt.Errorf("%s: a string is %s", at, node.Kind)
		}
		if got := node.View().Text(); got != value {
			return fmt.Errorf("%s: got text %q, want %q", at, got, value)
		}
		return nil
	}
	if want := kindOf(value); node.Kind != want {
		return fmt.Errorf("%s: got %s, want %s", at, node.Kind, want)
	}
	return nil
}

func compareTable(doc *tomltext.Document, node *tomltext.Node, table map[string]any, path []string) error {
	if node.Kind != tomltext.Table {
		return fmt.Errorf("%s: a table is %s", strings.Join(path, "/"), node.Kind)
	}
	if len(node.Children) != len(table) {
		return fmt.Errorf("%s: got %d keys, want %d", strings.Join(path, "/"), len(node.Children), len(table))
	}
	for name, value := range table {
		child, ok := node.Child(name)
		if !ok {
			return fmt.Errorf("%s: key %q is missing", strings.Join(path, "/"), name)
		}
		if err := compare(doc, child, value, append(slices.Clip(path), name)); err != nil {
			return err
		}
	}
	return nil
}

func compareArray(doc *tomltext.Document, node *tomltext.Node, items []any, path []string) error {
	if node.Kind != tomltext.Array || len(node.Children) != len(items) {
		return fmt.Errorf("%s: got %s of %d, want %d items", strings.Join(path, "/"), node.Kind, len(node.Children), len(items))
	}
	for i, item := range items {
		if err := compare(doc, node.Children[i], item, append(slices.Clip(path), strconv.Itoa(i))); err != nil {
			return err
		}
	}
	return nil
}

// placesHold checks that the spans of a node lie in the file, and that the key's span spells its name.
func placesHold(doc *tomltext.Document, node *tomltext.Node, path []string) error {
	if len(path) == 0 {
		return nil
	}
	text := doc.File.Text()
	for _, span := range []source.Span{node.Key, node.Value} {
		if span.Start < 0 || span.End > len(text) || span.Len() <= 0 {
			return fmt.Errorf("span %v lies outside the file", span)
		}
	}
	if key := text[node.Key.Start:node.Key.End]; node.Name != "" && key[0] != '"' && key != node.Name && strings.Trim(key, "'") != node.Name {
		return fmt.Errorf("the span of key %q holds %q", node.Name, key)
	}
	return nil
}

func kindOf(value any) tomltext.Kind {
	switch value.(type) {
	case int64:
		return tomltext.Integer
	case float64:
		return tomltext.Float
	case bool:
		return tomltext.Bool
	case time.Time:
		return tomltext.Datetime
	}
	return 0
}

func TestAgreesWithDecoderOnCorpus(t *testing.T) {
	for _, rule := range corpus.Rules(t) {
		doc, problems := tomltext.Parse(source.NewFile(rule.Name, rule.Text))
		if len(problems) > 0 {
			t.Errorf("%v", problems)
			continue
		}
		if err := disagreement(doc); err != nil {
			t.Errorf("%s: %v", rule.Name, err)
		}
	}
}

// FuzzParse holds the scanner against the decoder: what the decoder accepts, the scanner accepts too, with the
// same keys and strings, unless a key is defined twice, where the decoder is laxer than the specification.
func FuzzParse(f *testing.F) {
	for _, seed := range fuzzSeeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<14 {
			return
		}
		file := source.NewFile("fuzz.toml", text)
		doc, problems := tomltext.Parse(file)
		if doc != nil {
			if err := disagreement(doc); err != nil {
				t.Fatal(err)
			}
			return
		}
		if len(problems) != 1 {
			t.Fatalf("got %d findings, want 1", len(problems))
		}
		span := problems[0].Subject.Span
		if span != (source.Span{Start: -1, End: -1}) && (span.Start < 0 || span.End > len(text) || span.Start > span.End) {
			t.Fatalf("finding lies outside the file: %v", span)
		}
		// Control characters and invalid UTF-8 never reach the decoder: some make it wait for ever.
		stricter := problems[0].Name != tomltext.Syntax || strings.HasSuffix(problems[0].Message, "is defined twice") ||
			strings.HasPrefix(problems[0].Message, "control character")
		if !stricter && decoderAccepts(text) {
			t.Fatalf("the decoder accepts what is reported as %v", problems)
		}
	})
}

func decoderAccepts(text string) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	var tree map[string]any
	_, err := toml.Decode(text, &tree)
	return err == nil
}

func fuzzSeeds() []string {
	return []string{
		"", "a = 1\n", "# c\r\na.b = 'x'\r\n", "\ufeffa=1", "[a]\nb=1\n[[c]]\nd={e=1,f.g=[1,{h=2},],}\n[[c]]\n[c.i]\n",
		"a=\"\"\"\nx\\\n   y\\u00e9\\n\\\"\"\"\"\"\n", "a='''\nx''y'''''", "a=[1,2.0,1e3,0x1F,+inf,nan,true,1979-05-27 07:32:00Z,07:32]",
		"a = {b = 1,\n # c\n c = 2\n}", `"a b".'c"d'.e_f-1 = "\e\x41\U0001F600"`, "[a.b]\nc=1\n[a]\nd=1\n", "a.b=1\n[a]\n", "a=[]\na.b=1",
		"a=1979-05-27", "a = 1_000", "a = {}\n[a.b]\n", "a=\"x\\ \n\"", "a=\"\"\"\\\\\"\"\"\"\"\"", "[[a]]\n[a]\n", "a=[{b=1},{b=[{c=1}]}]",
	}
}
