package field

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const catalog = `# Fields by data stream, written by tocsin fields: name, type, options, streams (empty: all).
# package aws 2.0.0
# kibana ^8.13.0 || ^9.0.0
# template guardduty
# stream cloudtrail logs-aws.cloudtrail-*
# stream guardduty logs-aws.guardduty-*
aws.arn	keyword	ignore_above=1024
aws.labels.*	keyword
aws.rules.*.id	long
aws.score	double		guardduty
aws.score	long		cloudtrail
aws.severity	keyword		cloudtrail
aws.severity	long		guardduty
aws.text	text	analyzer=powershell_script_analyzer	cloudtrail
aws.text.raw	keyword	path=aws.text normalizer=lowercase array	cloudtrail
`

func compact(t testing.TB, text string) *Compact {
	t.Helper()
	c, err := ParseCompact("aws.tsv", text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCompactHeader(t *testing.T) {
	want := Header{
		Source: FromPackage, Title: "aws", Version: "2.0.0", Kibana: "^8.13.0 || ^9.0.0", Templates: []string{"guardduty"},
		Streams: []Stream{{"cloudtrail", "logs-aws.cloudtrail-*"}, {"guardduty", "logs-aws.guardduty-*"}},
	}
	if diff := cmp.Diff(want, compact(t, catalog).Header); diff != "" {
		t.Error(diff)
	}
}

// A field is what the data streams that the index patterns cover say of it.
func TestSelectionLookup(t *testing.T) {
	c := compact(t, catalog)
	for _, test := range []struct{ index, name, want string }{
		{"logs-aws.cloudtrail-*", "aws.severity", "keyword"},
		{"logs-aws.guardduty-*", "aws.severity", "long"},
		{"logs-aws*", "aws.severity", "keyword"}, // the first of the two streams,
		{"logs-aws*", "aws.score", "long"},       // whichever line comes first
		{"eu:logs-aws.guardduty-default", "aws.severity", "long"},
		{"logs-aws.cloudtrail-*", "aws.text", "text"},
		{"logs-aws.guardduty-*", "aws.text", ""},
		{"logs-*", "aws.arn", "keyword"},
		{"logs-*", "aws.ar", ""},
		{"logs-*", "aws.arn.x", ""},
		{"logs-*", "aws", ""},
		{"logs-*", "aws.labels.team", "keyword"},
		{"logs-*", "aws.labels", ""},
		{"logs-*", "aws.rules.0.id", "long"},
		{"logs-*", "aws.rules.0.name", ""},
		{"logs-*", "zzz", ""},
	} {
		m, ok := c.Select([]string{test.index}).Lookup(test.name)
		if ok != (test.want != "") || ok && m.Type.String() != test.want {
			t.Errorf("%s in %s: %v %v, want %q", test.name, test.index, m.Type, ok, test.want)
		}
	}
	if s := c.Select([]string{"logs-okta.*"}); s != nil {
		t.Errorf("no stream of the package is covered: %v", s.Streams())
	}
	streams := c.Select([]string{"logs-aws.*", "-logs-aws.guardduty*"}).Streams()
	if len(streams) != 1 || streams[0].Name != "cloudtrail" {
		t.Errorf("an excluded pattern: %v", streams)
	}
	raw, _ := c.Select(nil).Lookup("aws.text.raw")
	want := Mapping{Name: "aws.text.raw", Path: "aws.text", Type: Keyword, Normalizer: "lowercase", Array: true, Origin: "aws cloudtrail (aws.tsv)"}
	if diff := cmp.Diff(want, raw); diff != "" {
		t.Error(diff)
	}
}

func TestSelectionPlaces(t *testing.T) {
	var got []string
	s := NewSchema(compact(t, catalog).Select(nil), NewTable(Mapping{Name: "aws.text", Type: Wildcard, Origin: "ECS"}, Mapping{Name: "host.name", Type: Keyword, Origin: "ECS"}))
	for _, name := range []string{"aws.severity", "aws.text", "host.name"} {
		for _, m := range s.Places(name) {
			got = append(got, name+" "+m.Type.String()+" "+m.Origin)
		}
	}
	want := []string{
		"aws.severity keyword aws cloudtrail (aws.tsv)", "aws.severity long aws guardduty (aws.tsv)",
		"aws.text text aws cloudtrail (aws.tsv)", "aws.text unmapped aws guardduty (aws.tsv)",
		"host.name keyword ECS",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSelectionNames(t *testing.T) {
	want := []string{"aws.arn", "aws.labels.*", "aws.rules.*.id", "aws.score", "aws.severity"}
	if diff := cmp.Diff(want, compact(t, catalog).Select([]string{"logs-aws.guardduty-*"}).Names()); diff != "" {
		t.Error(diff)
	}
}

func TestCompactMistakes(t *testing.T) {
	head := "# package p 1\n# stream s logs-p.s-*\n"
	for _, test := range []struct {
		text, want string
		line       int
	}{
		{"", "it is no catalog", 1},
		{"a.b\tkeyword\n", "it is no catalog", 1},
		{"# package p 1\na\tkeyword\n", "it is no catalog", 1},
		{"# package p 1\n# stream s\n", "a stream has a name and an index pattern", 2},
		{head + "b\tkeyword\na\tkeyword\n", "the lines are not sorted: a stands behind b", 4},
		{head + "a\tkeyword\na\tkeyword\n", "the lines are not sorted: a stands behind a", 4},
		{head + "a\tkeywrd\n", `did you mean "keyword"?`, 3},
		{head + "a\n", `"" is not an Elasticsearch field type`, 3},
		{head + "\tkeyword\n", "a field has no name", 3},
	} {
		_, err := ParseCompact("x", test.text)
		var line *LineError
		if !errors.As(err, &line) || !strings.Contains(err.Error(), test.want) || line.Line != test.line {
			t.Errorf("%q: %v, want %q in line %d", test.text, err, test.want, test.line)
		}
	}
}

// Whatever the fields are, the text holds each of them, for its own streams and for no others.
func TestCompactRoundTrip(t *testing.T) {
	streams := []Stream{{"a", "logs-p.a-*"}, {"b", "logs-p.b-*"}, {"c", "logs-p.c-*"}}
	rapid.Check(t, func(t *rapid.T) {
		types := map[string]map[string]Type{}
		var fields []StreamField
		for i := range rapid.IntRange(0, 30).Draw(t, "fields") {
			name := rapid.StringMatching(`[a-z@_]{1,3}(\.[a-zA-Z0-9_-]{1,3}){0,2}`).Draw(t, fmt.Sprint("name", i))
			stream := rapid.SampledFrom(streams).Draw(t, "stream").Name
			if types[name] == nil {
				types[name] = map[string]Type{}
			}
			if types[name][stream] != Invalid {
				continue
			}
			types[name][stream] = Type(rapid.IntRange(int(Keyword), int(Object)).Draw(t, "type"))
			fields = append(fields, StreamField{Mapping{Name: name, Path: name, Type: types[name][stream]}, []string{stream}})
		}
		text := CompactText(Header{Source: FromPackage, Title: "p", Version: "1", Streams: streams}, fields)
		slices.Reverse(fields)
		if again := CompactText(Header{Source: FromPackage, Title: "p", Version: "1", Streams: streams}, fields); again != text {
			t.Fatalf("the order of the fields shows:\n%s\n%s", text, again)
		}
		c, err := ParseCompact("p", text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		for name, in := range types {
			for i, m := range c.Select(nil).Places(name) {
				if m.Type != in[streams[i].Name] {
					t.Fatalf("%s in %s is %s, want %s\n%s", name, streams[i].Name, m.Type, in[streams[i].Name], text)
				}
			}
		}
	})
}

func FuzzParseCompact(f *testing.F) {
	f.Add(catalog, "aws.text")
	f.Add("# package p 1\n# stream s *\n", "")
	f.Fuzz(func(t *testing.T, text, name string) {
		c, err := ParseCompact("x", text)
		if err != nil {
			return
		}
		if s := c.Select(nil); s != nil {
			for _, n := range s.Names() {
				if _, ok := s.Lookup(n); !ok {
					t.Fatalf("%q is among the names and cannot be looked up", n)
				}
			}
			s.Lookup(name)
		}
	})
}

// bigCatalog has as many fields as a large integration package.
func bigCatalog() string {
	var fields []StreamField
	for i := range 5000 {
		name := fmt.Sprintf("pkg.group_%02d.field_%04d", i%40, i)
		fields = append(fields, StreamField{Mapping{Name: name, Path: name, Type: Keyword, IgnoreAbove: 1024}, []string{"a"}})
	}
	return CompactText(Header{Source: FromPackage, Title: "pkg", Version: "1.0.0", Streams: []Stream{{"a", "logs-pkg.a-*"}, {"b", "logs-pkg.b-*"}}}, fields)
}

func BenchmarkParseCompact(b *testing.B) {
	text := bigCatalog()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := ParseCompact("pkg", text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompactLookup(b *testing.B) {
	s := compact(b, bigCatalog()).Select([]string{"logs-*"})
	for b.Loop() {
		if _, ok := s.Lookup("pkg.group_05.field_2005"); !ok {
			b.Fatal("not found")
		}
	}
}

// A path is declared by a field below it in one of the chosen streams, and by no other name that begins alike.
func TestSelectionHolds(t *testing.T) {
	c := compact(t, catalog)
	for _, test := range []struct {
		index, path string
		want        bool
	}{
		{"logs-*", "aws", true},
		{"logs-*", "aw", false},
		{"logs-*", "aws.labels", true},
		{"logs-aws.cloudtrail-*", "aws.text", true},
		{"logs-aws.guardduty-*", "aws.text", false},
		{"logs-*", "aws.arn", false},
		{"logs-*", "zzz", false},
	} {
		if got := c.Select([]string{test.index}).Holds(test.path); got != test.want {
			t.Errorf("%s in %s: %v, want %v", test.path, test.index, got, test.want)
		}
	}
}
