package export_test

import (
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/export"
	"github.com/tocsin-rules/tocsin/internal/semver"
)

func stack(t *testing.T, text string) semver.Version {
	t.Helper()
	v, err := semver.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestOlderStacks: section 2 of the peer's format, the column Min; each with the release before it.
func TestOlderStacks(t *testing.T) {
	const suppression = "[rule.alert_suppression]\ngroup_by = [\"host.id\"]\nmissing_fields_strategy = \"suppress\"\n"
	typed := func(kind, more string) string { return "[rule]\ntype = \"" + kind + "\"\n" + more }
	for _, tt := range []struct{ text, field, from, before string }{
		{typed("query", "setup = \"x\"\n"), "setup", "8.3.0", "8.2.9"},
		{typed("query", "[rule.investigation_fields]\nfield_names = [\"a\"]\n"), "investigation_fields", "8.11.0", "8.10.4"},
		{typed("query", suppression), "alert_suppression", "8.8.0", "8.7.1"},
		{typed("threshold", "[rule.alert_suppression.duration]\nvalue = 1\nunit = \"h\"\n"), "alert_suppression", "8.12.0", "8.11.4"},
		{typed("threat_match", suppression), "alert_suppression", "8.13.0", "8.12.2"},
		{typed("eql", suppression), "alert_suppression", "8.14.0", "8.13.4"},
		{typed("new_terms", suppression), "alert_suppression", "8.14.0", "8.13.4"},
		{typed("esql", suppression), "alert_suppression", "8.15.0", "8.14.3"},
		{typed("machine_learning", suppression), "alert_suppression", "8.15.0", "8.14.3"},
		{typed("eql", "timestamp_field = \"x\"\n"), "timestamp_field", "8.0.0", "7.17.0"},
	} {
		r := decode(t, "rule.toml", tt.text)
		if api, notes := export.Rule(r, export.Environment{Stack: stack(t, tt.from)}); api[tt.field] == nil || len(notes) > 0 {
			t.Errorf("%s on %s: left out, %v", tt.text, tt.from, notes)
		}
		api, notes := export.Rule(r, export.Environment{Stack: stack(t, tt.before)})
		if api[tt.field] != nil || len(notes) != 1 || notes[0].Name != export.TooNew || !strings.Contains(notes[0].Text, tt.field) {
			t.Errorf("%s on %s: got %v, %v", tt.text, tt.before, api[tt.field], notes)
		}
		// A content hash is of no release.
		if api, _ := export.Rule(r, export.Environment{Stack: stack(t, tt.before), Baseline: true}); api[tt.field] == nil {
			t.Errorf("%s: left out of the baseline", tt.text)
		}
	}
}

func TestRefusal(t *testing.T) {
	for _, tt := range []struct{ text, from, before string }{
		{"[rule]\ntype = \"esql\"\n", "8.13.0", "8.12.2"},
		{"[rule]\ntype = \"new_terms\"\n[rule.new_terms]\nfield = \"new_terms_fields\"\nvalue = [\"a\", \"b\"]\n", "8.6.0", "8.5.3"},
		{"[rule]\ntype = \"threshold\"\n[rule.threshold]\nfield = [\"a\", \"b\", \"c\", \"d\"]\nvalue = 1\n", "9.2.0", "9.1.5"},
		{"[rule]\ntype = \"threat_match\"\n[[rule.threat_mapping]]\nentries = [{field = \"a\", type = \"mapping\", value = \"b\", negate = true}]\n", "9.2.0", "9.1.5"},
	} {
		r := decode(t, "rule.toml", tt.text)
		if got := export.Refusal(r, stack(t, tt.from)); got != "" {
			t.Errorf("%s on %s: %s", tt.text, tt.from, got)
		}
		if got := export.Refusal(r, stack(t, tt.before)); !strings.Contains(got, " need "+strings.TrimSuffix(tt.from, ".0")) {
			t.Errorf("%s on %s: got %q", tt.text, tt.before, got)
		}
	}
	for _, text := range []string{
		"[rule]\ntype = \"threshold\"\n[rule.threshold]\nfield = [\"a\", \"b\", \"c\"]\nvalue = 1\n",
		"[rule]\ntype = \"new_terms\"\n[rule.new_terms]\nfield = \"new_terms_fields\"\nvalue = [\"a\"]\n",
		"[rule]\ntype = \"eql\"\n",
	} {
		if got := export.Refusal(decode(t, "rule.toml", text), stack(t, "8.0.0")); got != "" {
			t.Errorf("%s: %s", text, got)
		}
	}
}
