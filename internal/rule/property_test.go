package rule_test

import (
	"encoding/json"
	"reflect"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-rules/tocsin/internal/corpus"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// shape draws the value of a field.
type shape func(*rapid.T) any

func drawText(t *rapid.T) any {
	return rapid.OneOf(rapid.Just(""), rapid.String()).Draw(t, "text")
}

func drawNumber(t *rapid.T) any {
	return json.Number(strconv.Itoa(rapid.IntRange(0, 1000).Draw(t, "number")))
}

func drawFlag(t *rapid.T) any { return rapid.Bool().Draw(t, "flag") }

func drawAny(t *rapid.T) any {
	return rapid.SampledFrom([]shape{
		drawText, drawNumber, drawFlag, drawOpen, list(drawText), func(*rapid.T) any { return nil },
	}).Draw(t, "kind")(t)
}

func drawOpen(t *rapid.T) any {
	out := map[string]any{}
	for range rapid.IntRange(0, 2).Draw(t, "keys") {
		out[rapid.StringN(1, 3, -1).Draw(t, "key")] = drawAny(t)
	}
	return out
}

func list(item shape) shape {
	return func(t *rapid.T) any {
		out := []any{}
		for range rapid.IntRange(0, 2).Draw(t, "items") {
			out = append(out, item(t))
		}
		return out
	}
}

func either(a, b shape) shape {
	return func(t *rapid.T) any {
		if rapid.Bool().Draw(t, "either") {
			return a(t)
		}
		return b(t)
	}
}

// drawTable draws a table that has some of the fields, and now and then a null or a field that nobody knows.
func drawTable(fields map[string]shape) shape {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	return func(t *rapid.T) any {
		out := map[string]any{}
		for _, name := range rapid.SliceOfN(rapid.SampledFrom(names), 0, 12).Draw(t, "fields") {
			if rapid.IntRange(0, 20).Draw(t, "null") == 0 {
				out[name] = nil
				continue
			}
			out[name] = fields[name](t)
		}
		if rapid.IntRange(0, 4).Draw(t, "unknown") == 0 {
			out["x_"+rapid.StringN(0, 3, -1).Draw(t, "name")] = drawAny(t)
		}
		return out
	}
}

func ruleShape() shape {
	named := map[string]shape{"id": drawText, "name": drawText, "reference": drawText}
	technique := map[string]shape{"id": drawText, "name": drawText, "reference": drawText, "subtechnique": list(drawTable(named))}
	duration := drawTable(map[string]shape{"value": drawNumber, "unit": drawText})
	fields := map[string]shape{
		"threat":               list(drawTable(map[string]shape{"framework": drawText, "tactic": drawTable(named), "technique": list(drawTable(technique))})),
		"risk_score_mapping":   list(drawTable(map[string]shape{"field": drawText, "operator": drawText, "value": drawText, "risk_score": drawNumber})),
		"severity_mapping":     list(drawTable(map[string]shape{"field": drawText, "operator": drawText, "value": drawText, "severity": drawText})),
		"investigation_fields": drawTable(map[string]shape{"field_names": list(drawText)}),
		"related_integrations": list(drawTable(map[string]shape{"package": drawText, "version": drawText, "integration": drawText})),
		"required_fields":      list(drawTable(map[string]shape{"name": drawText, "type": drawText, "ecs": drawFlag})),
		"exceptions_list":      list(drawTable(map[string]shape{"id": drawText, "list_id": drawText, "namespace_type": drawText, "type": drawText})),
		"alert_suppression":    drawTable(map[string]shape{"group_by": list(drawText), "duration": duration, "missing_fields_strategy": drawText}),
		"threshold": drawTable(map[string]shape{
			"field": either(drawText, list(drawText)), "value": drawNumber, "cardinality": list(drawTable(map[string]shape{"field": drawText, "value": drawNumber})),
		}),
		"threat_mapping": list(drawTable(map[string]shape{
			"entries": list(drawTable(map[string]shape{"field": drawText, "type": drawText, "value": drawText, "negate": drawFlag})),
		})),
		"machine_learning_job_id": either(drawText, list(drawText)),
	}
	for _, name := range []string{
		"name", "description", "severity", "rule_id", "type", "license", "note", "setup", "namespace", "output_index", "throttle", "building_block_type",
		"interval", "from", "to", "rule_name_override", "timestamp_override", "timeline_id", "timeline_title", "language", "query", "data_view_id", "saved_id",
		"timestamp_field", "event_category_override", "tiebreaker_field", "history_window_start", "threat_query", "threat_language", "threat_indicator_path",
	} {
		fields[name] = drawText
	}
	for _, name := range []string{"risk_score", "version", "revision", "max_signals", "concurrent_searches", "items_per_search", "anomaly_threshold"} {
		fields[name] = drawNumber
	}
	for _, name := range []string{"author", "tags", "references", "false_positives", "index", "threat_index", "new_terms_fields"} {
		fields[name] = list(drawText)
	}
	for _, name := range []string{"actions", "response_actions", "filters", "threat_filters"} {
		fields[name] = list(drawOpen)
	}
	fields["enabled"], fields["timestamp_override_fallback_disabled"], fields["meta"] = drawFlag, drawFlag, drawOpen
	return drawTable(fields)
}

// TestAPILaws holds both laws for any object: what is decoded encodes to the same, and decodes to the same again.
func TestAPILaws(t *testing.T) {
	draw := ruleShape()
	rapid.Check(t, func(t *rapid.T) {
		before := draw(t).(map[string]any)
		r, err := rule.DecodeAPI(before)
		if err != nil {
			t.Fatal(err)
		}
		api := r.EncodeAPI()
		if diff := cmp.Diff(before, api); diff != "" {
			t.Fatalf("(-before +after)\n%s", diff)
		}
		again, err := rule.DecodeAPI(api)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(r, again) {
			t.Fatalf("got %+v, want %+v", again, r)
		}
	})
}

func TestCorpusLaw(t *testing.T) {
	for _, file := range corpus.Rules(t) {
		r, _ := rule.Decode(parse(t, file.Name, file.Text))
		again, err := rule.DecodeAPI(r.EncodeAPI())
		if err != nil {
			t.Errorf("%s: %v", file.Name, err)
			continue
		}
		if !reflect.DeepEqual(r.ForAPI(), again) {
			t.Errorf("%s: got %+v, want %+v", file.Name, again, r.ForAPI())
		}
	}
}

// FuzzLoad holds that any file gives a rule or findings, each within the file, and that what was read of it
// survives the way through the API.
func FuzzLoad(f *testing.F) {
	f.Add(machineLearning)
	f.Add("[rule]\nnew_terms_fields = []\n[rule.meta]\na = [1.5, {b = 2026-11-22}]\n[[rule.threat]]\n")
	f.Add("[rule.new_terms]\n[[rule.new_terms.history_window_start]]\n[transform]\nosquery = [[]]\n")
	f.Add("rule.type = \"esql\"\nrule.index = [\"\\u00e9\"]\nmetadata = 5")
	set := newSchemas(f)
	f.Fuzz(func(t *testing.T, text string) {
		r, list, err := rule.Load(source.NewFile("fuzz.toml", text), set)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range list {
			if s := d.Subject.Span; d.Subject.HasSpan() && (s.Start > s.End || s.End > len(text)) {
				t.Fatalf("%v lies outside the file", d)
			}
		}
		if r == nil {
			return
		}
		api := r.EncodeAPI()
		again, err := rule.DecodeAPI(api)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(api, again.EncodeAPI()); diff != "" {
			t.Fatalf("(-once +twice)\n%s", diff)
		}
	})
}
