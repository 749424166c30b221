package rule_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/rule"
)

// object reads JSON as a client of Kibana does.
func object(tb testing.TB, text string) map[string]any {
	tb.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var out map[string]any
	if err := decoder.Decode(&out); err != nil {
		tb.Fatal(err)
	}
	return out
}

// TestAPIRoundTrip holds that nothing of an object is lost, whatever it is.
func TestAPIRoundTrip(t *testing.T) {
	tests := map[string]string{
		"empty":               `{}`,
		"zero values":         `{"name": "", "risk_score": 0, "tags": [], "enabled": false, "meta": {}, "threat": [], "setup": ""}`,
		"values":              `{"name": "a", "risk_score": 47, "tags": ["x", ""], "enabled": true, "meta": {"a": [1, 2.50, null, {"b": "c"}]}}`,
		"unknown":             `{"immutable": false, "rule_source": {"type": "internal"}, "created_at": "2026-11-22T00:00:00Z", "n": 1.0}`,
		"unknown within":      `{"threat": [{"framework": "f", "x": 1, "tactic": {"id": "i", "y": [true]}}], "investigation_fields": {"field_names": [], "filters": []}}`,
		"null":                `{"throttle": null, "meta": null, "threat": null, "machine_learning_job_id": null, "nothing": null}`,
		"null within":         `{"alert_suppression": {"duration": null, "group_by": ["a"]}}`,
		"new terms":           `{"new_terms_fields": ["a", "b"], "history_window_start": "now-7d"}`,
		"new terms, half":     `{"new_terms_fields": []}`,
		"new terms, half too": `{"history_window_start": ""}`,
		"one job":             `{"machine_learning_job_id": "a", "anomaly_threshold": 0}`,
		"jobs":                `{"machine_learning_job_id": ["a"]}`,
		"no jobs":             `{"machine_learning_job_id": []}`,
		"threshold":           `{"threshold": {"field": "a", "value": 1, "cardinality": [{"field": "b", "value": 0}]}}`,
		"threshold, list":     `{"threshold": {"field": [], "value": 1}}`,
		"threat mappings":     `{"threat_mappings": [{"framework": "f"}], "new_terms": {"field": "x"}}`,
		"mapping":             `{"threat_mapping": [{"entries": [{"field": "a", "type": "mapping", "value": "b", "negate": false}]}]}`,
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			want := object(t, text)
			r, err := rule.DecodeAPI(want)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, r.EncodeAPI()); diff != "" {
				t.Errorf("(-before +after)\n%s", diff)
			}
		})
	}
}

func TestDecodeAPINumbers(t *testing.T) {
	r, err := rule.DecodeAPI(map[string]any{"risk_score": 47.0, "max_signals": json.Number("20"), "version": 3, "revision": json.Number("1e2")})
	if err != nil || r.RiskScore != 47 || r.MaxSignals != 20 || r.Version != 3 || r.Revision != 100 {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestDecodeAPIErrors(t *testing.T) {
	tests := map[string]string{
		`{"name": 5}`:                             "name is not a string",
		`{"risk_score": 4.5}`:                     "risk_score is not an integer",
		`{"risk_score": "4"}`:                     "risk_score is not an integer",
		`{"enabled": "true"}`:                     "enabled is not a boolean",
		`{"tags": "x"}`:                           "tags is not an array of strings",
		`{"tags": ["x", 1]}`:                      "tags.1 is not a string",
		`{"threat": [{"tactic": []}]}`:            "threat.0.tactic is not a table",
		`{"threat": {}}`:                          "threat is not an array of tables",
		`{"machine_learning_job_id": 1}`:          "machine_learning_job_id is not an array of strings",
		`{"history_window_start": 1}`:             "history_window_start is not a string",
		`{"name": 1, "tags": 1}`:                  "name is not a string\ntags is not an array of strings",
		`{"meta": []}`:                            "meta is not a table",
		`{"filters": [1]}`:                        "filters.0 is not a table",
		`{"threat": [{"technique": [{"id":1}]}]}`: "threat.0.technique.0.id is not a string",
	}
	for text, want := range tests {
		r, err := rule.DecodeAPI(object(t, text))
		if r != nil || err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
	if _, err := rule.DecodeAPI(map[string]any{"meta": map[string]any{"x": struct{}{}}}); err == nil {
		t.Error("a value that JSON cannot hold was accepted")
	}
}

// TestEncodeAPIIsACopy holds that a caller may change what it gets.
func TestEncodeAPIIsACopy(t *testing.T) {
	r, err := rule.DecodeAPI(object(t, `{"meta": {"a": {"b": 1}}, "extra": {"c": [1]}, "tags": ["x"]}`))
	if err != nil {
		t.Fatal(err)
	}
	first := r.EncodeAPI()
	first["meta"].(map[string]any)["a"].(map[string]any)["b"] = "changed"
	first["extra"].(map[string]any)["c"].([]any)[0] = "changed"
	first["tags"].([]any)[0] = "changed"
	if diff := cmp.Diff(object(t, `{"meta": {"a": {"b": 1}}, "extra": {"c": [1]}, "tags": ["x"]}`), r.EncodeAPI()); diff != "" {
		t.Error(diff)
	}
}

func TestNewTermsForms(t *testing.T) {
	long, list := decode(t, "[rule.new_terms]\nfield = 'new_terms_fields'\nvalue = ['a']\n[[rule.new_terms.history_window_start]]\nfield = 'history_window_start'\nvalue = 'now-7d'\n")
	if len(list) > 0 {
		t.Fatal(list)
	}
	short, list := decode(t, "[rule]\nnew_terms_fields = ['a']\nhistory_window_start = 'now-7d'\n")
	if len(list) > 0 {
		t.Fatal(list)
	}
	want := object(t, `{"new_terms_fields": ["a"], "history_window_start": "now-7d"}`)
	for name, r := range map[string]*rule.Rule{"long": long, "short": short} {
		if diff := cmp.Diff(want, r.EncodeAPI()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if r.NewTerms.Start() != "now-7d" || len(r.NewTerms.Value) != 1 {
			t.Errorf("%s: got %+v", name, r.NewTerms)
		}
	}
	if (&rule.NewTerms{}).Start() != "" {
		t.Error("new terms without a window have a start")
	}
}

func TestDefaults(t *testing.T) {
	empty, full := &rule.Rule{}, &rule.Rule{Interval: "1h", From: "now-2h", To: "now-1h", MaxSignals: 5}
	if got := []any{empty.IntervalOrDefault(), empty.FromOrDefault(), empty.ToOrDefault(), empty.MaxSignalsOrDefault()}; !cmp.Equal(got, []any{"5m", "now-6m", "now", 100}) {
		t.Errorf("got defaults %v", got)
	}
	if got := []any{full.IntervalOrDefault(), full.FromOrDefault(), full.ToOrDefault(), full.MaxSignalsOrDefault()}; !cmp.Equal(got, []any{"1h", "now-2h", "now-1h", 5}) {
		t.Errorf("got %v instead of what is stated", got)
	}
	languages := map[rule.Type]rule.Language{
		rule.TypeQuery: rule.KQL, rule.TypeSavedQuery: rule.KQL, rule.TypeThreshold: rule.KQL, rule.TypeNewTerms: rule.KQL, rule.TypeThreatMatch: rule.KQL,
		rule.TypeEQL: rule.EQL, rule.TypeESQL: rule.ESQL, rule.TypeMachineLearning: "",
	}
	for _, typ := range rule.Types() {
		if got := (&rule.Rule{Type: typ}).LanguageOrDefault(); got != languages[typ] {
			t.Errorf("%s: got language %q, want %q", typ, got, languages[typ])
		}
	}
	if got := (&rule.Rule{Type: rule.TypeQuery, Language: rule.Lucene}).LanguageOrDefault(); got != rule.Lucene {
		t.Errorf("got language %q, want the stated one", got)
	}
}
