package dsl

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
)

func options(t testing.TB) (Options, *filter.Layout) {
	t.Helper()
	table, bad := field.FromMap(map[string]any{"k": "keyword", "j": "keyword", "text": "text", "n": "long", "ip": "ip", "date": "date", "o.x": "keyword", "o.y": "keyword", "nest": "nested", "nest.a": "keyword", "nest.b": "long"}, "test")
	if len(bad) > 0 {
		t.Fatal(bad[0])
	}
	layout := filter.NewLayout()
	queryString := func(text string, fields []string, all bool, b *filter.Builder) (filter.Node, error) {
		if text == "bad" {
			return nil, errors.New("refused")
		}
		return &filter.Constant{Value: text == "yes" && len(fields) == 1 && all}, nil
	}
	return Options{Schema: field.NewSchema(table), Builder: &filter.Builder{Layout: layout, Now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}, QueryString: queryString}, layout
}

func run(t testing.TB, query, doc string) (bool, error) {
	t.Helper()
	var tree any
	if err := json.Unmarshal([]byte(query), &tree); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	o, layout := options(t)
	node, err := Compile(tree, o)
	if err != nil {
		return false, err
	}
	d, problem := event.NewDecoder().Decode(doc)
	if problem != nil {
		t.Fatal(problem)
	}
	record := layout.Bind(d)
	got := node.Match(record)
	if trace := filter.Explain(node, record); trace.Matched != got {
		t.Errorf("%s: the trace says %v", query, trace.Matched)
	}
	return got, nil
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		name, query, doc string
		want             bool
	}{
		{"match_all", `{"match_all":{}}`, `{}`, true}, {"match_none", `{"match_none":{}}`, `{"k":"a"}`, false},
		{"term", `{"term":{"k":"a"}}`, `{"k":"a"}`, true}, {"term case", `{"term":{"k":"A"}}`, `{"k":"a"}`, false}, {"term insensitive", `{"term":{"k":{"value":"A","case_insensitive":true}}}`, `{"k":"a"}`, true}, {"term number", `{"term":{"n":5}}`, `{"n":5}`, true}, {"term on text is a token", `{"term":{"text":"Foo"}}`, `{"text":"Foo"}`, false},
		{"terms", `{"terms":{"k":["x","a"]}}`, `{"k":"a"}`, true}, {"terms, none", `{"terms":{"k":["x"]}}`, `{"k":"a"}`, false}, {"match any token", `{"match":{"text":"foo bar"}}`, `{"text":"bar"}`, true}, {"match all tokens", `{"match":{"text":{"query":"foo bar","operator":"and"}}}`, `{"text":"bar"}`, false}, {"match on keyword", `{"match":{"k":"a b"}}`, `{"k":"a b"}`, true}, {"match fuzzy", `{"match":{"k":{"query":"abc","fuzziness":"AUTO"}}}`, `{"k":"abd"}`, true}, {"old phrase form", `{"match":{"k":{"query":"a","type":"phrase"}}}`, `{"k":"a"}`, true},
		{"match_phrase", `{"match_phrase":{"text":"foo bar"}}`, `{"text":"x foo bar"}`, true}, {"with slop", `{"match_phrase":{"text":{"query":"foo bar","slop":1}}}`, `{"text":"foo x bar"}`, true}, {"match_phrase of an address block", `{"match_phrase":{"ip":"10.0.0.0/8"}}`, `{"ip":"10.1.1.1"}`, true},
		{"multi_match", `{"multi_match":{"query":"a","fields":["k","j^2"]}}`, `{"j":"a"}`, true}, {"lenient", `{"multi_match":{"query":"a","fields":["n","k"],"lenient":true}}`, `{"k":"a"}`, true}, {"phrase", `{"multi_match":{"query":"foo bar","fields":["text"],"type":"phrase"}}`, `{"text":"bar foo"}`, false},
		{"exists", `{"exists":{"field":"k"}}`, `{"k":""}`, true}, {"exists, not", `{"exists":{"field":"k"}}`, `{}`, false}, {"exists of a pattern", `{"exists":{"field":"o.*"}}`, `{"o":{"y":"1"}}`, true}, {"unmapped", `{"term":{"zz":"1"}}`, `{"zz":"1"}`, false},
		{"range", `{"range":{"n":{"gte":1,"lt":5}}}`, `{"n":1}`, true}, {"range end", `{"range":{"n":{"gte":1,"lt":5}}}`, `{"n":5}`, false}, {"date math", `{"range":{"date":{"gte":"now-1h"}}}`, `{"date":"2026-11-22T11:30:00Z"}`, true}, {"from and to", `{"range":{"n":{"from":1,"to":5,"include_upper":false}}}`, `{"n":5}`, false}, {"no bounds", `{"range":{"n":{}}}`, `{"n":5}`, true},
		{"prefix", `{"prefix":{"k":"ab"}}`, `{"k":"abc"}`, true}, {"prefix insensitive", `{"prefix":{"k":{"value":"AB","case_insensitive":true}}}`, `{"k":"abc"}`, true}, {"wildcard", `{"wildcard":{"k":{"value":"a?c*"}}}`, `{"k":"abcd"}`, true}, {"wildcard escape", `{"wildcard":{"k":"a\\*"}}`, `{"k":"ab"}`, false}, {"wildcard key", `{"wildcard":{"k":{"wildcard":"A*","case_insensitive":true}}}`, `{"k":"ab"}`, true}, {"regexp", `{"regexp":{"k":"a[0-9]+"}}`, `{"k":"a12"}`, true}, {"fuzzy", `{"fuzzy":{"k":{"value":"abc","fuzziness":1}}}`, `{"k":"abx"}`, true},
		{"ids", `{"ids":{"values":["1","2"]}}`, `{"_id":"2"}`, true}, {"other id", `{"ids":{"values":["1"]}}`, `{"_id":"2"}`, false}, {"nested", `{"nested":{"path":"nest","query":{"bool":{"must":[{"term":{"nest.a":"x"}},{"range":{"nest.b":{"gt":1}}}]}}}}`, `{"nest":[{"a":"x","b":2}]}`, true}, {"nested apart", `{"nested":{"path":"nest","query":{"bool":{"must":[{"term":{"nest.a":"x"}},{"term":{"nest.b":2}}]}}}}`, `{"nest":[{"a":"x"},{"b":2}]}`, false}, {"nested field from outside", `{"term":{"nest.a":"x"}}`, `{"nest":[{"a":"x"}]}`, false}, {"query_string", `{"query_string":{"query":"yes","default_field":"k","default_operator":"AND"}}`, `{}`, true},
		{"bool must", `{"bool":{"must":[{"term":{"k":"a"}},{"term":{"j":"b"}}]}}`, `{"k":"a"}`, false}, {"bool filter, one object", `{"bool":{"filter":{"term":{"k":"a"}}}}`, `{"k":"a"}`, true}, {"should alone", `{"bool":{"should":[{"term":{"k":"a"}},{"term":{"j":"b"}}]}}`, `{"j":"b"}`, true}, {"should alone, none", `{"bool":{"should":[{"term":{"k":"a"}}]}}`, `{}`, false}, {"should beside must is optional", `{"bool":{"must":{"term":{"k":"a"}},"should":[{"term":{"j":"b"}}]}}`, `{"k":"a"}`, true}, {"unless a minimum is stated", `{"bool":{"must":{"term":{"k":"a"}},"should":[{"term":{"j":"b"}}],"minimum_should_match":1}}`, `{"k":"a"}`, false}, {"two of three", `{"bool":{"should":[{"term":{"k":"a"}},{"term":{"j":"b"}},{"term":{"n":1}}],"minimum_should_match":2}}`, `{"k":"a","n":1}`, true}, {"one of three is too few", `{"bool":{"should":[{"term":{"k":"a"}},{"term":{"j":"b"}},{"term":{"n":1}}],"minimum_should_match":2}}`, `{"k":"a"}`, false}, {"percentage", `{"bool":{"should":[{"term":{"k":"a"}},{"term":{"j":"b"}}],"minimum_should_match":"100%"}}`, `{"k":"a"}`, false}, {"all but one", `{"bool":{"should":[{"term":{"k":"a"}},{"term":{"j":"b"}}],"minimum_should_match":-1}}`, `{"k":"a"}`, true}, {"must_not", `{"bool":{"must_not":[{"term":{"k":"a"}}]}}`, `{}`, true}, {"must_not holds", `{"bool":{"must_not":[{"term":{"k":"a"}}]}}`, `{"k":"a"}`, false}, {"empty bool", `{"bool":{}}`, `{}`, true}, {"constant_score", `{"constant_score":{"filter":{"term":{"k":"a"}}}}`, `{"k":"a"}`, true},
	} {
		got, err := run(t, c.query, c.doc)
		if err != nil || got != c.want {
			t.Errorf("%s: %s on %s: %v %v, want %v", c.name, c.query, c.doc, got, err, c.want)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	deep := strings.Repeat(`{"bool":{"must":[`, 1000) + `{"match_all":{}}` + strings.Repeat(`]}}`, 1000)
	path := "bool.must.0.bool.must.0.bool.must.0.bool ... 0.bool.must.0.bool.must.0.bool.must.0: "
	for query, want := range map[string]string{
		`[]`: "a query is an object, not a list", `{}`: "a query has one key", `{"term":{},"match":{}}`: "and this has 2: match, term", `{"span_near":{}}`: "span_near: the query `span_near` is not supported", `{"bool":{"must":[{"term":{"k":"a"}},{"more_like_this":{}}]}}`: "bool.must.1.more_like_this: the query `more_like_this` is not supported",
		`{"bool":{"most":[]}}`: "bool.most: `most` is not supported here", `{"term":{"k":{"values":1}}}`: "term.k.values: `values` is not supported here", `{"term":{"k":{}}}`: "term.k: a value is expected", `{"term":{"k":["a"]}}`: "a value is expected, not a list", `{"term":{"k":1,"j":2}}`: "one field is expected", `{"term":"a"}`: "an object with the name of a field", `{"terms":{"k":"a"}}`: "a list of values is expected",
		`{"term":{"n":"x"}}`: "term.n: field `n`: \"x\" is not a number", `{"regexp":{"k":"a(b"}}`: "regexp.k: field `k`", `{"wildcard":{"ip":"10*"}}`: "a wildcard cannot be used", `{"range":{"date":{"gte":"x"}}}`: "is not a date", `{"range":{"date":{"gte":"2026","time_zone":"+02:00"}}}`: "`time_zone` is not supported", `{"exists":{}}`: "the name of a field is expected", `{"nested":{"path":"k","query":{"match_all":{}}}}`: "`k` is no nested field", `{"ids":{"values":"1"}}`: "a list of ids", `{"fuzzy":{"k":{"value":"a","fuzziness":7}}}`: "AUTO, 0, 1 or 2", `{"query_string":{"query":"bad"}}`: "query_string.query: refused", `{"bool":{"should":[],"minimum_should_match":"x"}}`: "a number or a percentage", deep: path + "queries are nested deeper than the 30 levels that Elasticsearch allows",
	} {
		_, err := run(t, query, `{}`)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %q", query, err, want)
		}
	}
}

// A query may be 30 levels deep.
func TestDepth(t *testing.T) {
	for levels, allowed := range map[int]bool{30: true, 31: false} {
		_, err := run(t, strings.Repeat(`{"bool":{"must":[`, levels)+`{"match_all":{}}`+strings.Repeat(`]}}`, levels), `{}`)
		if (err == nil) != allowed {
			t.Errorf("%d levels: %v", levels, err)
		}
	}
}

// Each problem of a text stands at the text between the guillemets.
func TestProblemsStandInTheText(t *testing.T) {
	for _, c := range []struct{ text, message string }{
		{`{"bool":{"must":[{"term":{"k":"a"}},{«"span_near"»:{}}]}}`, "bool.must.1.span_near: the query `span_near` is not supported"},
		{`{"term": {"n": «"x"»}}`, "\"x\" is not a number"}, {`{"bool":{"must":[{"match_all":{}},«7»]}}`, "a query is an object, not a number"},
		{`{"bool":{"must":[«{»}]}}`, "a query has one key"}, {`«[»]`, "a query is an object, not a list"}, {` «"x"» `, "a query is an object"},
		{`{"bool":«»`, "ends too early"}, {`{"bool"«}»`, "the query is no JSON: invalid character '}'"}, {`{"match_all":{}} «x»`, "the query ends before this"}, {`«»`, "there is no query"},
	} {
		before, rest, _ := strings.Cut(c.text, "«")
		marked, after, _ := strings.Cut(rest, "»")
		text := before + marked + after
		o, _ := options(t)
		_, problem := CompileText(text, o)
		if problem == nil || !strings.Contains(problem.Message, c.message) || problem.Span.Start != len(before) || problem.Span.End != len(before)+len(marked) {
			t.Errorf("%s: %+v", c.text, problem)
		}
	}
	o, _ := options(t)
	if node, problem := CompileText(` {"match_all":{}} `+"\n", o); node == nil || problem != nil {
		t.Errorf("a good query: %v", problem)
	}
}

func TestKibanaFilters(t *testing.T) {
	for _, c := range []struct {
		name, filters, doc string
		want               bool
	}{
		{"query", `[{"meta":{},"query":{"match_phrase":{"k":"a"}}}]`, `{"k":"a"}`, true}, {"negate", `[{"meta":{"negate":true},"query":{"match_phrase":{"k":"a"}}}]`, `{"k":"a"}`, false}, {"negate of a missing field", `[{"meta":{"negate":true},"query":{"match_phrase":{"k":"a"}}}]`, `{}`, true}, {"both", `[{"query":{"term":{"k":"a"}}},{"query":{"term":{"j":"b"}}}]`, `{"k":"a"}`, false}, {"legacy exists", `[{"exists":{"field":"k"},"meta":{},"$state":{"store":"appState"}}]`, `{"k":"a"}`, true}, {"legacy range", `[{"range":{"n":{"gte":2}}}]`, `{"n":1}`, false},
		{"meta phrase", `[{"meta":{"type":"phrase","key":"k","params":{"query":"a"}}}]`, `{"k":"a"}`, true}, {"meta phrases", `[{"meta":{"type":"phrases","key":"k","params":["x","a"]}}]`, `{"k":"a"}`, true}, {"meta exists", `[{"meta":{"type":"exists","key":"k"}}]`, `{}`, false}, {"meta range", `[{"meta":{"type":"range","key":"n","params":{"gte":1,"lt":3}}}]`, `{"n":2}`, true},
	} {
		var filters []map[string]any
		if err := json.Unmarshal([]byte(c.filters), &filters); err != nil {
			t.Fatal(err)
		}
		o, layout := options(t)
		node, err := CompileFilters(filters, o)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		d, _ := event.NewDecoder().Decode(c.doc)
		if got := node.Match(layout.Bind(d)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	o, _ := options(t)
	if node, err := CompileFilters([]map[string]any{{"meta": map[string]any{"disabled": true}, "query": map[string]any{"x": 1}}}, o); node != nil || err != nil {
		t.Errorf("a disabled filter: %v, %v", node, err)
	}
	for _, bad := range []map[string]any{{"meta": map[string]any{"type": "custom", "key": "k"}}, {"meta": map[string]any{}}, {"query": map[string]any{"nope": 1}}} {
		if _, err := CompileFilters([]map[string]any{bad}, o); err == nil {
			t.Errorf("%v is accepted", fmt.Sprint(bad))
		}
	}
}

func FuzzCompile(f *testing.F) {
	f.Add(`{"bool":{"must":[{"term":{"k":"a"}}],"should":{"range":{"n":{"gte":1}}},"minimum_should_match":"50%"}}`)
	f.Add(`{"nested":{"path":"nest","query":{"match":{"nest.a":{"query":"x","fuzziness":"AUTO"}}}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		o, layout := options(t)
		node, problem := CompileText(text, o)
		if problem != nil {
			if s := problem.Span; s.Start < 0 || s.End > len(text) || s.Start > s.End {
				t.Fatalf("%q: span %v", text, s)
			}
			return
		}
		d, _ := event.NewDecoder().Decode(`{"_id":"1","k":"a","text":"a b","n":1,"nest":[{"a":"x"}]}`)
		node.Match(layout.Bind(d))
	})
}
