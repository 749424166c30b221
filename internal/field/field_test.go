package field

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/schemas"
)

func TestTypesRoundTrip(t *testing.T) {
	for _, name := range TypeNames() {
		typ, err := ParseType(name)
		if err != nil || typ.String() != name {
			t.Errorf("%s: %v, %v", name, typ, err)
		}
	}
	if _, err := ParseType("keywrd"); err == nil || !strings.Contains(err.Error(), `did you mean "keyword"?`) {
		t.Errorf("keywrd: %v", err)
	}
}

func TestECS(t *testing.T) {
	newest, err := ParseECS(schemas.ECS(), "")
	if err != nil {
		t.Fatal(err)
	}
	older, err := ParseECS(schemas.ECS(), "8.17.0")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		table *Table
		name  string
		want  Mapping
		known bool
	}{
		{newest, "process.name", Mapping{Name: "process.name", Path: "process.name", Type: Keyword, IgnoreAbove: 1024, Origin: "ECS 9.5.0"}, true},
		{newest, "process.name.text", Mapping{Name: "process.name.text", Path: "process.name", Type: MatchOnlyText, Origin: "ECS 9.5.0"}, true},
		{newest, "event.category", Mapping{Name: "event.category", Path: "event.category", Type: Keyword, IgnoreAbove: 1024, Array: true, Origin: "ECS 9.5.0"}, true},
		{newest, "source.ip", Mapping{Name: "source.ip", Path: "source.ip", Type: IP, Origin: "ECS 9.5.0"}, true},
		{older, "process.pgid", Mapping{Name: "process.pgid", Path: "process.pgid", Type: Long, Origin: "ECS 8.17.0"}, true},
		{newest, "process.pgid", Mapping{}, false}, // was removed between the two
		{newest, "process.nome", Mapping{}, false},
	} {
		got, known := c.table.Lookup(c.name)
		if known != c.known {
			t.Errorf("%s: known %v, want %v", c.name, known, c.known)
		} else if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	if _, err := ParseECS(schemas.ECS(), "1.0.0"); err == nil || !strings.Contains(err.Error(), "8.17.0, 9.5.0") {
		t.Errorf("an unknown version: %v", err)
	}
	if _, err := ParseECS("# versions 1\na\tb\n", ""); err == nil {
		t.Error("a line of two columns is accepted")
	}
}

func table(t *testing.T, entries map[string]any, origin string) *Table {
	t.Helper()
	tab, bad := FromMap(entries, origin)
	if len(bad) > 0 {
		t.Fatal(bad[0])
	}
	return tab
}

func TestSchemaLookup(t *testing.T) {
	top := table(t, map[string]any{"a": "long", "f": "flattened", "n": "nested", "n.x": "keyword", "n.m": "nested", "o": "object", "o.p": "ip"}, "top")
	dynamic := NewDynamic(Plain)
	dynamic.Observe("a", KindString, "x")
	dynamic.Observe("d", KindString, "x")
	dynamic.Observe("n.y", KindWhole, "1")
	dynamic.Observe("n.m.z", KindBool, "true")
	s := NewSchema(nil, top, dynamic)
	for _, c := range []struct {
		name, want string
	}{
		{"a", "long top"}, {"d", "text dynamic mapping"}, {"d.keyword", "keyword dynamic mapping"}, {"a.keyword", ""},
		{"f", "flattened top"}, {"f.x.y", "flattened leaf top"}, {"o", ""}, {"o.p", "ip top"}, {"n", "nested top"},
		{"n.x", "keyword in n top"}, {"n.y", "long in n dynamic mapping"}, {"n.m.z", "boolean in n.m dynamic mapping"}, {"n.m", "nested in n top"}, {"zz", ""},
	} {
		m, ok := s.Lookup(c.name)
		got := ""
		if ok {
			got = m.Type.String()
			if m.Leaf {
				got += " leaf"
			}
			if m.Nested != "" {
				got += " in " + m.Nested
			}
			got += " " + m.Origin
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func names(list []Mapping) string {
	var out []string
	for _, m := range list {
		out = append(out, m.Name)
	}
	return strings.Join(out, " ")
}

func TestSchemaExpandAndOccurring(t *testing.T) {
	top := table(t, map[string]any{"a.x": "long", "a.y": "keyword", "a.o": "object", "a.n": "nested", "b": "keyword", "b.text": map[string]any{"type": "text", "path": "b"}}, "top")
	dynamic := NewDynamic(DataStream)
	dynamic.Observe("a.z", KindString, "x")
	dynamic.Observe("b", KindString, "x")
	s := NewSchema(top, dynamic)
	if got := names(s.Expand(match.Glob("a.*"))); got != "a.x a.y a.z" {
		t.Errorf("a.* is %s", got)
	}
	if got := names(s.Occurring()); got != "a.z b b.text" {
		t.Errorf("occurring: %s", got)
	}
	for path, want := range map[string]bool{"a": true, "a.x": true, "a.o": true, "a.z": false, "c": false} {
		if got := s.Declares(path); got != want {
			t.Errorf("Declares(%s) = %v", path, got)
		}
	}
}

func TestFromMapRefuses(t *testing.T) {
	for _, c := range []struct {
		entry  any
		option string
		text   string
	}{
		{"keywrd", "", "not an Elasticsearch field type"}, {int64(3), "", "must be a string"}, {map[string]any{}, "", "it has no \"type\""},
		{map[string]any{"type": "text", "analyzer": "klingon"}, "analyzer", "unknown analyzer"}, {map[string]any{"type": "keyword", "normalizer": "upper"}, "normalizer", "unknown normalizer"},
		{map[string]any{"type": "keyword", "ignore_above": int64(0)}, "ignore_above", "above 0"}, {map[string]any{"type": "keyword", "boost": 2}, "boost", "unknown option"},
		{map[string]any{"type": "keyword", "array": "yes"}, "array", "true or false"}, {map[string]any{"type": "keyword", "path": 1}, "path", "the name of the field"},
	} {
		good, bad := FromMap(map[string]any{"f": c.entry, "ok": "ip"}, "o")
		if len(bad) != 1 || bad[0].Name != "f" || bad[0].Option != c.option || !strings.Contains(bad[0].Error(), c.text) {
			t.Errorf("%v: %+v, want %q", c.entry, bad, c.text)
		}
		if _, ok := good.Lookup("ok"); !ok {
			t.Errorf("%v: the good field is lost", c.entry)
		}
	}
}

// Only objects and nested fields have fields below them; what has the values of the field above is a multi-field.
func TestFromMapFieldsBelowOthers(t *testing.T) {
	multi := map[string]any{"type": "text", "path": "a"}
	for _, c := range []struct {
		entries map[string]any
		want    string
	}{
		{map[string]any{"a": "keyword", "a.b": "keyword"}, `field a.b: a is of type keyword, and no field can stand below it: a multi-field says path = "a"`},
		{map[string]any{"a": "keyword", "a.b.c": "keyword"}, `field a.b.c: a is of type keyword`},
		{map[string]any{"a": "flattened", "a.b": "keyword"}, `field a.b: a is of type flattened`},
		{map[string]any{"a": "keyword", "a.b": multi}, ""},
		{map[string]any{"a": "nested", "a.b": "keyword"}, ""},
		{map[string]any{"a": "object", "a.b": "keyword"}, ""},
		{map[string]any{"a": "keyword", "ab": "keyword", "a_.b": "long"}, ""},
	} {
		_, bad := FromMap(c.entries, "o")
		got := ""
		if len(bad) > 0 {
			got = bad[0].Error()
		}
		if !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%v: %q, want %q", c.entries, got, c.want)
		}
	}
}

func TestDynamicMapping(t *testing.T) {
	for _, c := range []struct {
		name  string
		style Style
		kinds []Kind
		texts []string
		want  string
	}{
		{"string", Plain, []Kind{KindString}, []string{"x"}, "text"}, {"string in a data stream", DataStream, []Kind{KindString}, []string{"x"}, "keyword"},
		{"whole", Plain, []Kind{KindWhole}, []string{"1"}, "long"}, {"fraction", Plain, []Kind{KindFraction}, []string{"1.5"}, "float"}, {"boolean", Plain, []Kind{KindBool}, []string{"true"}, "boolean"},
		{"whole and fraction", Plain, []Kind{KindWhole, KindFraction}, []string{"1", "1.5"}, "float"}, {"number and string", DataStream, []Kind{KindWhole, KindString}, []string{"1", "x"}, "keyword"},
		{"date", Plain, []Kind{KindString}, []string{"2026-01-31T12:00:00Z"}, "date"}, {"date with slashes", Plain, []Kind{KindString}, []string{"2026/01/31"}, "date"}, {"no date in a data stream", DataStream, []Kind{KindString}, []string{"2026-01-31"}, "keyword"},
		{"date, then text", Plain, []Kind{KindString, KindString}, []string{"2026-01-31", "x"}, "text"}, {"text, then date", Plain, []Kind{KindString, KindString}, []string{"x", "2026-01-31"}, "text"}, {"a number is no date", Plain, []Kind{KindString}, []string{"1700000000000"}, "text"},
	} {
		d := NewDynamic(c.style)
		for i, kind := range c.kinds {
			d.Observe("f", kind, c.texts[i])
		}
		if m, ok := d.Lookup("f"); !ok || m.Type.String() != c.want {
			t.Errorf("%s: %v, want %s", c.name, m.Type, c.want)
		}
	}
}

func TestStyleFor(t *testing.T) {
	for index, want := range map[string]Style{
		"logs-aws.*": DataStream, "logs-*": DataStream, "remote:logs-x": DataStream, ".ds-logs-x-default-2026.01.01-000001": DataStream, "winlogbeat-*": DataStream, "logs*": DataStream,
		"my-app": Plain, "logstash-*": Plain, "*": Plain,
	} {
		if got := StyleFor([]string{index}); got != want {
			t.Errorf("%s: %v, want %v", index, got, want)
		}
	}
}

func TestCatalogCovers(t *testing.T) {
	c := &Catalog{Indices: []string{"logs-okta.*"}}
	for index, want := range map[string]bool{"logs-okta.system-*": true, "logs-*": true, "eu:logs-okta.*": true, "-logs-okta.*": false, "logs-aws.*": false} {
		if got := c.Covers([]string{index}); got != want {
			t.Errorf("%s: %v", index, got)
		}
	}
	if !(&Catalog{}).Covers([]string{"x"}) {
		t.Error("a catalog without patterns covers everything")
	}
}

func BenchmarkParseECS(b *testing.B) {
	for b.Loop() {
		if _, err := ParseECS(schemas.ECS(), ""); err != nil {
			b.Fatal(err)
		}
	}
}
