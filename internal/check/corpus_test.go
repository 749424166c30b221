package check

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/corpus"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
	"github.com/tocsin-rules/tocsin/schemas"
)

// corpusFindings are what the checks find in the production rules.
func corpusFindings(tb testing.TB) diag.List {
	tb.Helper()
	ecs, err := field.ParseECS(schemas.ECS(), "")
	if err != nil {
		tb.Fatal(err)
	}
	checks, schema := New(Options{Attack: attackTable(tb)}), field.NewSchema(ecs)
	var found diag.List
	for _, f := range corpus.Rules(tb) {
		doc, problems := tomltext.Parse(source.NewFile(f.Name, f.Text))
		if doc == nil {
			tb.Fatal(problems)
		}
		r, _ := rule.Decode(doc)
		found = append(found, checks.Rule(r, schema)...)
	}
	return found
}

// The golden file holds the number of findings of each check, so that a change of a check shows.
func TestCorpusCounts(t *testing.T) {
	found := corpusFindings(t)
	counts := map[string]int{}
	for _, d := range found {
		counts[d.Name+" "+d.Severity.String()]++
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(&b, "%s %d\n", name, counts[name])
	}
	const path = "testdata/corpus-counts.txt"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != b.String() {
		t.Errorf("the counts have changed (%v): go test ./internal/check -update\n%s", err, b.String())
	}
}

// The mistakes that production rules are known to hold are each reported where they stand.
func TestCorpusMistakes(t *testing.T) {
	found := corpusFindings(t)
	for _, want := range []struct{ check, file, text string }{
		{"eql-literal-wildcard", "defense_evasion_interpreter_launched_from_decoded_payload.toml", `"python*"`},
		{"eql-literal-wildcard", "credential_access_iis_apppoolsa_pwd_appcmd.toml", `"/text:*"`},
		{"eql-maxspan-over-lookback", "initial_access_fortigate_ssl_vpn_login_followed_by_siem_alert.toml", "maxspan=10m"},
		{"eql-maxspan-over-lookback", "initial_access_entra_id_protection_alerts_for_user.toml", "maxspan=10m"},
		{"kql-question-mark", "command_and_control_unusual_network_connection_to_suspicious_web_service.toml", "?"},
		{"kql-question-mark", "defense_evasion_genai_config_modification.toml", "?"},
		{"kql-escape-in-path", "discovery_posh_generic.toml", `\r`},
	} {
		reported := slices.ContainsFunc(found, func(d diag.Diagnostic) bool {
			at := d.Subject.Span
			return d.Name == want.check && strings.HasSuffix(d.Subject.File.Name(), want.file) && d.Subject.File.Text()[at.Start:at.End] == want.text
		})
		if !reported {
			t.Errorf("%s does not report %s in %s", want.check, want.text, want.file)
		}
	}
}

func BenchmarkCorpus(b *testing.B) {
	ecs, err := field.ParseECS(schemas.ECS(), "")
	if err != nil {
		b.Fatal(err)
	}
	var rules []*rule.Rule
	for _, f := range corpus.Rules(b) {
		doc, _ := tomltext.Parse(source.NewFile(f.Name, f.Text))
		r, _ := rule.Decode(doc)
		rules = append(rules, r)
	}
	checks, schema := New(Options{Attack: attackTable(b)}), field.NewSchema(ecs)
	b.ReportAllocs()
	for b.Loop() {
		for _, r := range rules {
			checks.Rule(r, schema)
		}
	}
}
