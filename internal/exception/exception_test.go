package exception

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

var start = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func decode(t testing.TB, text string) (*File, diag.List) {
	t.Helper()
	doc, problems := tomltext.Parse(source.NewFile("exceptions/x.toml", text))
	if doc == nil {
		t.Fatal(problems)
	}
	return Decode(doc)
}

// list makes a list of one item with these lines.
func list(lines string) string {
	return "[[exceptions]]\n[exceptions.container]\nlist_id = \"l\"\nname = \"L\"\ntype = \"detection\"\n[[exceptions.items]]\nname = \"I\"\n" + lines
}

func options(t testing.TB, lists map[string]*ValueList) (Options, *filter.Layout) {
	t.Helper()
	table, bad := field.FromMap(map[string]any{
		"k": "keyword", "text": "text", "n": "long", "ip": "ip", "date": "date", "nest": "nested", "nest.a": "keyword", "nest.b": "keyword",
		"host.os.type": "keyword", "host.os.name.caseless": map[string]any{"type": "keyword", "path": "host.os.name", "normalizer": "lowercase"},
	}, "test")
	if len(bad) > 0 {
		t.Fatal(bad[0])
	}
	layout := filter.NewLayout()
	return Options{
		Schema: field.NewSchema(table), Builder: &filter.Builder{Layout: layout, Now: start}, Start: start,
		ValueList: func(id string) (*ValueList, bool) { l, ok := lists[id]; return l, ok },
	}, layout
}

func values(t testing.TB, kind, text string) *ValueList {
	t.Helper()
	v, problems := ReadValues(kind, source.NewFile("v.txt", text))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return &ValueList{ID: "v", Type: kind, Values: v}
}

func document(t testing.TB, text string) *event.Document {
	t.Helper()
	doc, problem := event.NewDecoder().Decode(text)
	if problem != nil {
		t.Fatal(problem)
	}
	return doc
}

// Each row is an item and an event, after Kibana's table of entries (build_exception_filter).
func TestExcepts(t *testing.T) {
	lists := map[string]*ValueList{
		"words": values(t, "keyword", "a\nb\n"), "nets": values(t, "ip_range", "10.0.0.0/8\n192.168.0.1-192.168.0.9\n"), "addresses": values(t, "ip", "10.1.1.1\n"),
	}
	for _, test := range []struct {
		name, item, event string
		want              bool
	}{
		{"match is equality", `entries = [{field="k", type="match", value="a"}]`, `{"k":"a"}`, true},
		{"match regards case", `entries = [{field="k", type="match", value="a"}]`, `{"k":"A"}`, false},
		{"any value of an array", `entries = [{field="k", type="match", value="a"}]`, `{"k":["b","a"]}`, true},
		{"match on text is a phrase", `entries = [{field="text", type="match", value="quick fox"}]`, `{"text":"the Quick fox ran"}`, true},
		{"a phrase keeps its order", `entries = [{field="text", type="match", value="fox quick"}]`, `{"text":"the quick fox ran"}`, false},
		{"a coarse date covers its unit", `entries = [{field="date", type="match", value="2026-11-26"}]`, `{"date":"2026-11-26T23:59:59Z"}`, true},
		{"the next day is another", `entries = [{field="date", type="match", value="2026-11-26"}]`, `{"date":"2026-11-27T00:00:00Z"}`, false},
		{"ip takes CIDR", `entries = [{field="ip", type="match", value="10.0.0.0/8"}]`, `{"ip":"10.2.3.4"}`, true},
		{"outside of the block", `entries = [{field="ip", type="match", value="10.0.0.0/8"}]`, `{"ip":"11.2.3.4"}`, false},
		{"match_any is or", `entries = [{field="k", type="match_any", value=["a","b"]}]`, `{"k":"b"}`, true},
		{"none of match_any", `entries = [{field="k", type="match_any", value=["a","b"]}]`, `{"k":"c"}`, false},
		{"wildcard", `entries = [{field="k", type="wildcard", value="a*z?"}]`, `{"k":"abcz1"}`, true},
		{"wildcard is of the whole value", `entries = [{field="k", type="wildcard", value="a*z"}]`, `{"k":"abcz1"}`, false},
		{"backslash escapes in a wildcard", `entries = [{field="k", type="wildcard", value='a\*'}]`, `{"k":"a*"}`, true},
		{"an escaped star is no wildcard", `entries = [{field="k", type="wildcard", value='a\*'}]`, `{"k":"ab"}`, false},
		{"wildcard regards case", `entries = [{field="k", type="wildcard", value="A*"}]`, `{"k":"abc"}`, false},
		{"exists", `entries = [{field="k", type="exists"}]`, `{"k":""}`, true},
		{"exists of nothing", `entries = [{field="k", type="exists"}]`, `{"n":1}`, false},
		{"excluded negates", `entries = [{field="k", type="match", operator="excluded", value="a"}]`, `{"k":"b"}`, true},
		{"excluded also holds without the field", `entries = [{field="k", type="match", operator="excluded", value="a"}]`, `{"n":1}`, true},
		{"excluded and equal", `entries = [{field="k", type="match", operator="excluded", value="a"}]`, `{"k":"a"}`, false},
		{"entries are and", `entries = [{field="k", type="match", value="a"}, {field="n", type="match", value="1"}]`, `{"k":"a","n":1}`, true},
		{"one entry is not enough", `entries = [{field="k", type="match", value="a"}, {field="n", type="match", value="1"}]`, `{"k":"a","n":2}`, false},
		{"list of keywords", `entries = [{field="k", type="list", list={id="words", type="keyword"}}]`, `{"k":"b"}`, true},
		{"not in the list", `entries = [{field="k", type="list", list={id="words", type="keyword"}}]`, `{"k":"c"}`, false},
		{"list of ranges, a block", `entries = [{field="ip", type="list", list={id="nets", type="ip_range"}}]`, `{"ip":"10.9.9.9"}`, true},
		{"list of ranges, a dash", `entries = [{field="ip", type="list", list={id="nets", type="ip_range"}}]`, `{"ip":"192.168.0.9"}`, true},
		{"behind the dash's end", `entries = [{field="ip", type="list", list={id="nets", type="ip_range"}}]`, `{"ip":"192.168.0.10"}`, false},
		{"not in a list", `entries = [{field="ip", type="list", operator="excluded", list={id="addresses", type="ip"}}]`, `{"ip":"10.1.1.2"}`, true},
		{"nested: one object satisfies all", `entries = [{field="nest", type="nested", entries=[{field="a", type="match", value="x"}, {field="b", type="match", value="y"}]}]`, `{"nest":[{"a":"x","b":"y"},{"a":"z"}]}`, true},
		{"nested: not two objects together", `entries = [{field="nest", type="nested", entries=[{field="a", type="match", value="x"}, {field="b", type="match", value="y"}]}]`, `{"nest":[{"a":"x"},{"b":"y"}]}`, false},
		{"the operating system by its type", "os_types=[\"linux\"]\n" + `entries = [{field="k", type="match", value="a"}]`, `{"k":"a","host":{"os":{"type":"linux"}}}`, true},
		{"the operating system by its name", "os_types=[\"linux\", \"macos\"]\n" + `entries = [{field="k", type="match", value="a"}]`, `{"k":"a","host":{"os":{"name":"Linux"}}}`, true},
		{"another operating system", "os_types=[\"linux\"]\n" + `entries = [{field="k", type="match", value="a"}]`, `{"k":"a","host":{"os":{"type":"windows"}}}`, false},
		{"a field that no index has", `entries = [{field="nowhere", type="match", value="a"}]`, `{"nowhere":"a"}`, false},
		{"still valid", "expire_time=\"2026-11-26T12:00:01Z\"\n" + `entries = [{field="k", type="match", value="a"}]`, `{"k":"a"}`, true},
		{"expired", "expire_time=\"2026-11-26T11:59:59Z\"\n" + `entries = [{field="k", type="match", value="a"}]`, `{"k":"a"}`, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			file, problems := decode(t, list(test.item))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			o, layout := options(t, lists)
			set, problems := Compile(file.Lists, o)
			if len(problems) > 0 || len(set.Warnings) > 0 {
				t.Fatal(problems, set.Warnings)
			}
			got := set.Excepts(layout.Bind(document(t, test.event)))
			if (got != nil) != test.want {
				t.Errorf("excepted: %v", got)
			}
		})
	}
}

// Items are joined by or; the endpoint's own list is never applied by rules.
func TestItemsAndLists(t *testing.T) {
	file, problems := decode(t, list(`entries = [{field="k", type="match", value="a"}]`)+"\n[[exceptions.items]]\nname = \"J\"\n"+`entries = [{field="k", type="match", value="b"}]`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	o, layout := options(t, nil)
	set, _ := Compile(file.Lists, o)
	for value, want := range map[string]string{"a": "I", "b": "J", "c": ""} {
		got := ""
		if item := set.Excepts(layout.Bind(document(t, fmt.Sprintf(`{"k":%q}`, value)))); item != nil {
			got = item.Name
		}
		if got != want {
			t.Errorf("%s is excepted by %q, want %q", value, got, want)
		}
	}
	file.Lists[0].ListID = EndpointList
	if set, _ := Compile(file.Lists, o); len(set.Items) != 0 {
		t.Error("the endpoint's list is applied")
	}
}

// A list of more than 65,536 values, of another type than keyword, ip and ip_range, or with more than 200 dashed ranges is
// applied after the search, or not at all.
func TestLargeLists(t *testing.T) {
	var many, dashes strings.Builder
	for i := range maxValues + 1 {
		fmt.Fprintf(&many, "value-%d\n", i)
	}
	for i := range maxDashes + 1 {
		fmt.Fprintf(&dashes, "10.0.%d.1-10.0.%d.9\n", i, i)
	}
	lists := map[string]*ValueList{
		"many": values(t, "keyword", many.String()), "dashes": values(t, "ip_range", dashes.String()), "numbers": values(t, "long", "1\n2\n"),
		"few": values(t, "keyword", "a\n"),
	}
	for _, test := range []struct {
		name, entries, event string
		want                 bool
	}{
		{"in the list", `{field="k", type="list", list={id="many", type="keyword"}}`, `{"k":"value-7"}`, true},
		{"not in the list", `{field="k", type="list", list={id="many", type="keyword"}}`, `{"k":"value-x"}`, false},
		{"missing", `{field="k", type="list", list={id="many", type="keyword"}}`, `{}`, false},
		{"excluded and in the list", `{field="k", type="list", operator="excluded", list={id="many", type="keyword"}}`, `{"k":"value-7"}`, false},
		{"excluded and missing", `{field="k", type="list", operator="excluded", list={id="many", type="keyword"}}`, `{}`, true},
		{"dashes", `{field="ip", type="list", list={id="dashes", type="ip_range"}}`, `{"ip":"10.0.200.5"}`, true},
		{"beside the dashes", `{field="ip", type="list", list={id="dashes", type="ip_range"}}`, `{"ip":"10.0.200.10"}`, false},
		{"another type", `{field="n", type="list", list={id="numbers", type="long"}}`, `{"n":2}`, true},
		{"all lists of an item", `{field="n", type="list", list={id="numbers", type="long"}}, {field="k", type="list", list={id="few", type="keyword"}}`, `{"n":2,"k":"a"}`, true},
		{"one of two lists", `{field="n", type="list", list={id="numbers", type="long"}}, {field="k", type="list", list={id="few", type="keyword"}}`, `{"n":2,"k":"b"}`, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			file, problems := decode(t, list("entries = ["+test.entries+"]"))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			o, layout := options(t, lists)
			o.AfterSearch = true
			set, problems := Compile(file.Lists, o)
			if len(problems) > 0 || len(set.Items) != 0 || len(set.Warnings) != 0 {
				t.Fatal(problems, set)
			}
			doc := document(t, test.event)
			if got := set.ExceptsFound(doc); (got != nil) != test.want {
				t.Errorf("excepted: %v", got)
			}
			o.AfterSearch = false
			set, _ = Compile(file.Lists, o)
			if set.ExceptsFound(doc) != nil || set.Excepts(layout.Bind(doc)) != nil || len(set.Warnings) != 1 {
				t.Errorf("a rule that does not apply it: %v", set)
			}
			if want := "The following exceptions won't be applied to rule execution: I"; set.Warnings[0] != want {
				t.Errorf("warned %q", set.Warnings[0])
			}
		})
	}
}

// A list at the bounds is still a part of the search; one value or one dash more is not.
func TestListsAtTheBounds(t *testing.T) {
	words := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "value-%d\n", i)
		}
		return b.String()
	}
	dashes := func(n int) string {
		b := strings.Builder{}
		b.WriteString("10.0.0.0/8\n")
		for i := range n {
			fmt.Fprintf(&b, "10.0.%d.1-10.0.%d.9\n", i, i)
		}
		return b.String()
	}
	for _, c := range []struct {
		name, kind, text string
		fits             bool
	}{
		{"as many values as a search takes", "keyword", words(maxValues), true}, {"one more", "keyword", words(maxValues + 1), false},
		{"as many dashes", "ip_range", dashes(maxDashes), true}, {"one more dash", "ip_range", dashes(maxDashes + 1), false},
		{"addresses", "ip", "10.0.0.1\n", true}, {"texts", "text", "a\n", false}, {"numbers", "long", "1\n", false}, {"dates", "date", "2026-01-01\n", false},
	} {
		if got := values(t, c.kind, c.text).Values.fitsSearch(); got != c.fits {
			t.Errorf("%s: %v, want %v", c.name, got, c.fits)
		}
	}
}

// An entry whose value list is not there, or could not be read, is an error at its field, whether or not an index has the field.
func TestMissingValueLists(t *testing.T) {
	lists := map[string]*ValueList{"words": values(t, "keyword", "a\n"), "broken": {ID: "broken", Type: "keyword"}}
	for _, c := range []struct{ field, list, want string }{
		{"k", "words", ""}, {"nowhere", "words", ""},
		{"k", "gone", `exceptions/x.toml:8:19: error: there is no value list "gone" [exception]`},
		{"nowhere", "gone", `exceptions/x.toml:8:19: error: there is no value list "gone" [exception]`},
		{"k", "broken", `exceptions/x.toml:8:19: error: the values of "broken" could not be read [exception]`},
	} {
		file, problems := decode(t, list(fmt.Sprintf(`entries = [{field="%s", type="list", list={id="%s", type="keyword"}}]`, c.field, c.list)))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		o, _ := options(t, lists)
		_, problems = Compile(file.Lists, o)
		if got := problems.Error(); len(problems) == 0 != (c.want == "") || c.want != "" && got != c.want {
			t.Errorf("%s in %s: %v, want %q", c.field, c.list, problems, c.want)
		}
	}
}

// Each row is a file that is refused, with the text of the place.
func TestRefused(t *testing.T) {
	for _, test := range []struct{ lines, message, at string }{
		{`entries = [{field="k", type="match"}]`, "an entry of type match has one value, a string", `{field="k", type="match"}`},
		{`entries = [{field="k", type="match", value=["a"]}]`, "an entry of type match has one value, a string", `["a"]`},
		{`entries = [{field="k", type="match_any", value="a"}]`, "an entry of type match_any has a list of values", `"a"`},
		{`entries = [{field="k", type="exists", value="a"}]`, "an entry of type exists has no value", `"a"`},
		{`entries = [{field="k", type="list"}]`, "an entry of type list names its value list", `{field="k", type="list"}`},
		{`entries = [{field="k", type="match", value="a", list={id="x", type="ip"}}]`, "an entry of type match has no value list", `{id="x", type="ip"}`},
		{`entries = [{field="n", type="nested"}]`, "a nested entry has entries of its own", `{field="n", type="nested"}`},
		{`entries = [{field="n", type="nested", entries=[{field="a", type="wildcard", value="x*"}]}]`, "a nested entry cannot hold one of type wildcard", `"wildcard"`},
		{"expire_time = \"soon\"\n" + `entries = [{field="k", type="exists"}]`, `"soon" is not a time`, `"soon"`},
		{"expire_time = \"now+1d\"\n" + `entries = [{field="k", type="exists"}]`, `"now+1d" is not a time`, `"now+1d"`},
		{"list_id = \"m\"\n" + `entries = [{field="k", type="exists"}]`, `the item belongs to "m", and stands in "l"`, `"m"`},
		{"item_id = \"x\"\n" + `entries = [{field="k", type="exists"}]` + "\n[[exceptions.items]]\nname=\"J\"\nitem_id = \"x\"\n" + `entries = [{field="k", type="exists"}]`, `the item_id "x" stands in this list already`, `"x"`},
	} {
		_, problems := decode(t, list(test.lines))
		if len(problems) != 1 || problems[0].Message != test.message {
			t.Errorf("%s\ngave %v\nwant %s", test.lines, problems, test.message)
			continue
		}
		span := problems[0].Subject.Span
		if got := problems[0].Subject.File.Text()[span.Start:span.End]; got != test.at {
			t.Errorf("%s\nat %s, want %s", test.lines, got, test.at)
		}
	}
}

func TestReadValues(t *testing.T) {
	v, problems := ReadValues("ip_range", source.NewFile("v.txt", "10.0.0.1\n\n  10.0.0.0/24 \nbad\n10.0.0.9-10.0.0.1\n"))
	if v.Len() != 2 || len(problems) != 2 {
		t.Fatalf("%v, %v", v.Lines(), problems)
	}
	if got := problems[0].Error(); got != `v.txt:4:1: error: "bad" is not an IP address [value-list]` {
		t.Error(got)
	}
	if got := problems[1].Error(); got != `v.txt:5:1: error: "10.0.0.9-10.0.0.1" is not a range of addresses such as 10.0.0.1-10.0.0.9 [value-list]` {
		t.Error(got)
	}
	if _, problems := ReadValues("ip", source.NewFile("v.txt", "10.0.0.0/24")); len(problems) != 1 {
		t.Error("a range in a list of addresses is accepted")
	}
}

// Ranges answer as a loop over them would.
func TestRangesHoldWhatAnyOfThemHolds(t *testing.T) {
	address := rapid.Custom(func(t *rapid.T) string {
		return fmt.Sprintf("10.0.%d.%d", rapid.IntRange(0, 3).Draw(t, "c"), rapid.IntRange(0, 255).Draw(t, "d"))
	})
	rapid.Check(t, func(t *rapid.T) {
		var lines []string
		for range rapid.IntRange(0, 8).Draw(t, "ranges") {
			low, high := address.Draw(t, "low"), address.Draw(t, "high")
			if _, _, err := parseRange(low + "-" + high); err != nil {
				low, high = high, low
			}
			lines = append(lines, low+"-"+high)
		}
		v, problems := ReadValues("ip_range", source.NewFile("v.txt", strings.Join(lines, "\n")))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		asked := address.Draw(t, "asked")
		want := false
		for _, line := range lines {
			block, _, _ := parseRange(line)
			a, _, _ := parseRange(asked)
			want = want || block.Holds(a.First)
		}
		if got := v.Holds(asked); got != want {
			t.Fatalf("%v hold %s: %v", lines, asked, got)
		}
	})
}

func drawEntry(t *rapid.T, depth int) *Entry {
	text := rapid.StringMatching(`[a-z*. ]{1,8}`)
	e := &Entry{Field: text.Draw(t, "field"), Excluded: rapid.Bool().Draw(t, "excluded")}
	e.Type = rapid.SampledFrom(EntryTypes()).Draw(t, "type")
	switch e.Type {
	case Match, Wildcard:
		e.Values = []string{text.Draw(t, "value")}
	case MatchAny:
		e.Values = rapid.SliceOfN(text, 1, 3).Draw(t, "values")
	case InList:
		e.ListID, e.ListType = text.Draw(t, "list"), "ip"
	case Nested:
		e.Excluded = false
		if depth > 0 {
			return drawEntry(t, depth)
		}
		e.Entries = []*Entry{drawEntry(t, depth+1)}
	}
	return e
}

func TestAPIRoundTrip(t *testing.T) {
	ignore := cmpopts.IgnoreTypes(diag.Place{})
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-z ]{1,8}`)
		item := &Item{
			ItemID: text.Draw(t, "id"), ListID: "l", Name: text.Draw(t, "name"), Description: text.Draw(t, "description"), Namespace: "single",
			OSTypes:  rapid.SliceOfN(rapid.SampledFrom([]string{"linux", "windows"}), 0, 2).Draw(t, "os"),
			Comments: rapid.SliceOfN(text, 0, 2).Draw(t, "comments"), Entries: []*Entry{drawEntry(t, 0)},
			Extra: map[string]any{"x": text.Draw(t, "extra")},
		}
		again, err := DecodeItem(item.EncodeAPI())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(item, again, ignore, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
		l := &List{ListID: "l", Name: "L", Description: "D", Type: "detection", Namespace: "agnostic", Tags: []string{"t"}, Meta: map[string]any{"m": "n"}}
		other, err := DecodeList(l.EncodeAPI())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(l, other, ignore, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
		if !IsItem(item.EncodeAPI()) || IsItem(l.EncodeAPI()) || !IsList(l.EncodeAPI()) {
			t.Fatal("an item and a list cannot be told apart")
		}
	})
}

func BenchmarkMillionValues(b *testing.B) {
	var text strings.Builder
	for i := range 1_000_000 {
		fmt.Fprintf(&text, "host-%07d.example.com\n", i)
	}
	file := source.NewFile("v.txt", text.String())
	b.ReportAllocs()
	for b.Loop() {
		if v, _ := ReadValues("keyword", file); v.Len() != 1_000_000 {
			b.Fatal(v.Len())
		}
	}
}
