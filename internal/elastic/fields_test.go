package elastic_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/elastic"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/kibana"
)

// answers serves a status and a body by path; the rest is not found.
func answers(t *testing.T, byPath map[string]string) *elastic.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Elastic-Product", "Elasticsearch")
		w.Header().Set("Content-Type", "application/json")
		body, ok := byPath[r.URL.Path]
		switch {
		case !ok:
			w.WriteHeader(http.StatusNotFound)
			body = fmt.Sprintf(`{"error":{"reason":"no such index [%s]"}}`, r.URL.Path)
		case strings.HasPrefix(body, "403"):
			w.WriteHeader(http.StatusForbidden)
			body = `{"error":{"reason":"action [indices:admin/mappings/get] is unauthorized"}}`
		}
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	c, err := elastic.New(kibana.Config{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// lines are fields as a catalog would write them.
func lines(f *elastic.Fields) []string {
	var list []string
	for _, x := range f.Fields {
		list = append(list, strings.TrimSpace(field.CompactText(field.Header{}, []field.StreamField{x})))
	}
	for i, text := range list {
		list[i] = text[strings.LastIndexByte(text, '\n')+1:] + " @" + f.Fields[i].Streams[0]
	}
	slices.Sort(list)
	return list
}

const capsOfOne = `{"indices":["logs-x"],"fields":{}}`

// Every kind of field that a mapping has, and what becomes of it.
func TestFieldsOfAMapping(t *testing.T) {
	rows := []struct {
		name, properties string
		want             []string
	}{
		{"a keyword", `"a":{"type":"keyword","ignore_above":1024}`, []string{"a\tkeyword\tignore_above=1024"}},
		{"no bound is none", `"a":{"type":"keyword"}`, []string{"a\tkeyword"}},
		{"objects in each other", `"a":{"properties":{"b":{"type":"object","properties":{"c":{"type":"ip"}}}}}`, []string{"a.b.c\tip"}},
		{"names with dots", `"a.b":{"type":"long"}`, []string{"a.b\tlong"}},
		{"multi-fields", `"a":{"type":"keyword","normalizer":"lowercase","fields":{"text":{"type":"match_only_text"},"script":{"type":"text","analyzer":"powershell_script_analyzer"}}}`, []string{
			"a\tkeyword\tnormalizer=lowercase", "a.script\ttext\tpath=a analyzer=powershell_script_analyzer", "a.text\tmatch_only_text\tpath=a",
		}},
		{"nested", `"a":{"type":"nested","properties":{"b":{"type":"keyword"}}}`, []string{"a\tnested", "a.b\tkeyword"}},
		{"flattened", `"a":{"type":"flattened","depth_limit":20}`, []string{"a\tflattened"}},
		{"an alias has the type and the values of its target", `"b":{"type":"alias","path":"a"},"a":{"type":"ip"}`, []string{"a\tip", "b\tip\tpath=a"}},
		{"an alias of nothing", `"b":{"type":"alias","path":"a"}`, nil},
		{"an object that is not indexed", `"a":{"type":"object","enabled":false,"properties":{"b":{"type":"keyword"}}}`, []string{"a\tobject"}},
		{"enabled as a text", `"a":{"enabled":"false"}`, []string{"a\tobject"}},
		{"an object that is", `"a":{"type":"object","enabled":true,"properties":{"b":{"type":"keyword"}}}`, []string{"a.b\tkeyword"}},
		{"passthrough: found without the prefix", `"attributes":{"type":"passthrough","priority":10,"properties":{"host":{"properties":{"name":{"type":"keyword"}}}}}`, []string{
			"attributes.host.name\tkeyword", "host.name\tkeyword\tpath=attributes.host.name",
		}},
		{"passthrough: what has the short name stays", `"attributes":{"type":"passthrough","properties":{"a":{"type":"keyword"}}},"a":{"type":"long"}`, []string{
			"a\tlong", "attributes.a\tkeyword",
		}},
		{"a type of which no condition can be told", `"a":{"type":"histogram"},"b":{"type":"some_plugin_type"}`, []string{"a\tobject", "b\tobject"}},
		{"counted keywords", `"a":{"type":"counted_keyword"}`, []string{"a\tkeyword"}},
		{"a name with a space", `"a b":{"type":"keyword"},"c":{"type":"keyword"}`, []string{"c\tkeyword"}},
		{"an analyzer with a space", `"c":{"type":"text","analyzer":"my own"}`, []string{"c\ttext"}},
		{"a runtime field", `"a":{"type":"keyword"}},"runtime":{"b":{"type":"long","script":{"source":"emit(1)"}}`, []string{"a\tkeyword", "b\tlong\truntime"}},
		{"a runtime field hides a mapped one", `"a":{"type":"keyword"}},"runtime":{"a":{"type":"ip"}`, []string{"a\tip\truntime"}},
		{"a composite runtime field", `},"runtime":{"a":{"type":"composite","script":"x","fields":{"b":{"type":"long"},"c":{"type":"ip"}}}`, []string{"a.b\tlong\truntime", "a.c\tip\truntime"}},
	}
	for _, row := range rows {
		c := answers(t, map[string]string{
			"/logs-*/_field_caps": capsOfOne,
			"/logs-x/_mapping":    `{"logs-x":{"mappings":{"dynamic_templates":[],"_meta":{},"properties":{` + row.properties + `}}}}`,
		})
		got, err := c.Fields(t.Context(), []string{"logs-*"})
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		var want []string
		for _, line := range row.want {
			want = append(want, line+" @logs-x")
		}
		if diff := cmp.Diff(want, lines(got)); diff != "" {
			t.Errorf("%s: %s", row.name, diff)
		}
	}
}

// What belongs together is one stream, told by its newest index; older ones count where a type differs.
func TestFieldsByStream(t *testing.T) {
	const (
		oktaOld, oktaMid, oktaNew = ".ds-logs-okta.system-default-2026.01.01-000001", ".ds-logs-okta.system-default-2026.02.01-000002", ".ds-logs-okta.system-default-2026.03.01-000003"
		beatOld, beatNew          = "winlogbeat-8.1.0-2026.01.01-000001", "winlogbeat-8.1.0-2026.02.01-000002"
		frozen                    = "partial-.ds-logs-aws.cloudtrail-default-2025.01.01-000001"
	)
	caps, err := json.Marshal(map[string]any{
		"indices": []string{oktaOld, oktaMid, oktaNew, beatOld, beatNew, frozen, "plain"},
		"fields": map[string]any{
			"_id":  map[string]any{"_id": map[string]any{"type": "_id", "metadata_field": true}},
			"same": map[string]any{"keyword": map[string]any{"type": "keyword", "searchable": true, "aggregatable": true}},
			"severity": map[string]any{
				"keyword": map[string]any{"type": "keyword", "indices": []string{oktaNew, "plain"}},
				"long":    map[string]any{"type": "long", "indices": []string{oktaOld, oktaMid, beatOld, beatNew}},
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	const one = `{"mappings":{"properties":{"severity":{"type":%q}}}}`
	mappings := []string{}
	byName := map[string]string{frozen: "ip", oktaMid: "long", oktaNew: "keyword", "plain": "keyword", beatNew: "long"}
	for index, kind := range byName {
		mappings = append(mappings, fmt.Sprintf("%q:"+one, index, kind))
	}
	// The order of the request is that of the streams.
	order := []string{oktaMid, frozen, oktaNew, "plain", beatNew}
	c := answers(t, map[string]string{
		"/logs-*,winlogbeat-*/_field_caps":           string(caps),
		"/" + strings.Join(order, ",") + "/_mapping": "{" + strings.Join(mappings, ",") + "}",
	})
	got, err := c.Fields(t.Context(), []string{"logs-*", "winlogbeat-*"})
	if err != nil {
		t.Fatal(err)
	}
	wantStreams := []field.Stream{
		{Name: oktaMid, Index: "logs-okta.system-default"},
		{Name: "logs-aws.cloudtrail-default", Index: "logs-aws.cloudtrail-default"},
		{Name: "logs-okta.system-default", Index: "logs-okta.system-default"},
		{Name: "plain", Index: "plain"},
		{Name: "winlogbeat-8.1.0-*", Index: "winlogbeat-8.1.0-*"},
	}
	if diff := cmp.Diff(wantStreams, got.Streams); diff != "" {
		t.Error(diff)
	}
	want := []string{
		"severity\tip @logs-aws.cloudtrail-default", "severity\tkeyword @logs-okta.system-default", "severity\tkeyword @plain",
		"severity\tlong @" + oktaMid, "severity\tlong @winlogbeat-8.1.0-*",
	}
	if diff := cmp.Diff(want, lines(got)); diff != "" {
		t.Error(diff)
	}
	if got.Indices != 7 || len(got.Notes) > 0 {
		t.Errorf("%d indices, notes %q", got.Indices, got.Notes)
	}
}

// Who may read documents and no mappings learns the types; so it is with the indices of other clusters.
func TestFieldsWithoutMappings(t *testing.T) {
	const types = `{"indices":["logs-x"],"fields":{
		"_id":{"_id":{"type":"_id","metadata_field":true}},
		"a":{"object":{"type":"object","metadata_field":false}},
		"a.b":{"keyword":{"type":"keyword","metadata_field":false,"searchable":true}},
		"a.n":{"nested":{"type":"nested"}}}}`
	c := answers(t, map[string]string{
		"/logs-*,eu:logs-*/_field_caps": `{"indices":["logs-x","eu:.ds-logs-y-default-2026.01.01-000001"],"fields":{},
			"failures":[{"indices":["us:logs-*"],"failure":{"error":{"reason":"connect\u001b refused"}}}]}`,
		"/logs-x/_mapping":    "403",
		"/logs-x/_field_caps": types,
		"/eu:.ds-logs-y-default-2026.01.01-000001/_field_caps": strings.Replace(types, "logs-x", "eu:logs-y", 1),
	})
	got, err := c.Fields(t.Context(), []string{"logs-*", "eu:logs-*"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a.b\tkeyword @eu:logs-y-default", "a.b\tkeyword @logs-x", "a.n\tnested @eu:logs-y-default", "a.n\tnested @logs-x"}
	if diff := cmp.Diff(want, lines(got)); diff != "" {
		t.Error(diff)
	}
	if got.Streams[0].Index != "logs-y-default" {
		t.Errorf("%v", got.Streams)
	}
	told := strings.Join(got.Notes, "\n")
	for _, want := range []string{`us:logs-* did not answer: connect\x1b refused`, "view_index_metadata", "other clusters tell the types"} {
		if !strings.Contains(told, want) {
			t.Errorf("%q is not among the notes:\n%s", want, told)
		}
	}
}

// An answer that is none is told as what it is.
func TestFieldsRefused(t *testing.T) {
	for _, row := range []struct {
		name    string
		status  int
		body    string
		headers []string
		want    string
	}{
		{"no credentials", 401, `{"error":{"reason":"missing authentication credentials for secret-key"}}`, nil, "POST /logs-*/_field_caps: 401 missing authentication credentials for [redacted]"},
		{"a page", 200, "<html>log in</html>", []string{"X-Elastic-Product", ""}, "what answers there is not Elasticsearch"},
		{"OpenSearch", 200, `{"indices":[],"fields":{}}`, []string{"X-Elastic-Product", ""}, "what answers there is not Elasticsearch"},
		{"half of it", 200, `{"indices":["logs-x"],"fields":{"a":{"keyw`, nil, "the answer is not JSON as it should be: unexpected EOF"},
		{"another form", 200, `{"indices":{"logs-x":1}}`, nil, "the answer is not JSON as it should be"},
	} {
		c, _ := serve(t, row.status, row.body, row.headers...)
		_, err := c.Fields(t.Context(), []string{"logs-*"})
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q", row.name, err, row.want)
		}
	}
}

// Many patterns are asked for in several requests, and what is taken out is taken out of each.
func TestFieldsOfManyPatterns(t *testing.T) {
	var patterns []string
	for i := range 300 {
		patterns = append(patterns, fmt.Sprintf("logs-integration.dataset_%03d-*", i))
	}
	c, asked := serve(t, 200, capsOfOne)
	// The last answer is no mapping: only what was asked matters here.
	if _, err := c.Fields(t.Context(), append(patterns, "-logs-noise*")); err == nil {
		t.Error("field capabilities were taken for a mapping")
	}
	var seen int
	for _, line := range (*asked)[:len(*asked)-1] {
		path, _, _ := strings.Cut(strings.TrimPrefix(line, "POST /base/"), "/_field_caps")
		names := strings.Split(path, ",")
		if len(line) > 3500 || names[len(names)-1] != "-logs-noise*" {
			t.Errorf("%d bytes, ends in %s", len(line), names[len(names)-1])
		}
		seen += len(names) - 1
	}
	if seen != len(patterns) || len(*asked) < 4 {
		t.Errorf("%d patterns in %d requests", seen, len(*asked))
	}
	if last := (*asked)[len(*asked)-1]; !strings.HasPrefix(last, "GET /base/logs-x/_mapping") {
		t.Error(last)
	}
}
