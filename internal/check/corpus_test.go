package check_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/check"
	"github.com/tocsin-rules/tocsin/internal/corpus"
	"github.com/tocsin-rules/tocsin/internal/corpus/packages"
	"github.com/tocsin-rules/tocsin/internal/detect"
	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// everything is a suite in which every check is on: those that are off are notes.
func everything(tb testing.TB) *check.Suite {
	tb.Helper()
	levels := map[string]diag.Severity{}
	for _, c := range check.All() {
		if c.Level == check.Off {
			levels[c.Name] = diag.Info
		}
	}
	suite, problem := check.NewSuite(check.Config{Levels: levels})
	if problem != nil {
		tb.Fatal(problem)
	}
	return suite
}

// corpusSubjects are the production rules, ready to be checked; with the catalogs of packages that are given, which must be sorted.
func corpusSubjects(tb testing.TB, catalogs []*field.Compact) []check.Subject {
	tb.Helper()
	b := newBench(tb)
	schemas := map[string]*field.Schema{}
	var subjects []check.Subject
	for _, f := range corpus.Rules(tb) {
		r, _, err := rule.Load(source.NewFile(f.Name, f.Text), b.schemas)
		if err != nil || r == nil {
			tb.Fatalf("%s: %v", f.Name, err)
		}
		indices := detect.Project{}.Indices(r)
		key := strings.Join(indices, "\n")
		if schemas[key] == nil {
			schemas[key] = withPackages(b.fields, indices, catalogs)
		}
		subjects = append(subjects, check.Subject{
			Rule: r, Path: f.Name, Attack: b.attack, Environment: detect.Environment{Schema: schemas[key]}, Coverage: check.CoverageOf(indices, catalogs),
		})
	}
	return subjects
}

// withPackages is a schema with the data streams of packages before it that some indices cover.
func withPackages(s *field.Schema, indices []string, catalogs []*field.Compact) *field.Schema {
	for _, c := range slices.Backward(catalogs) {
		if streams := c.Select(indices); streams != nil {
			s = s.With(streams)
		}
	}
	return s
}

// corpusFindings are what the checks find in the production rules.
func corpusFindings(tb testing.TB, catalogs []*field.Compact) diag.List {
	tb.Helper()
	suite := everything(tb)
	var found diag.List
	for _, s := range corpusSubjects(tb, catalogs) {
		found = append(found, suite.Settle(s.Rule.Doc(), suite.Rule(s))...)
	}
	return found
}

// The golden files hold the number of findings of each check, so that a change of a check shows: with ECS alone, and with the
// catalogs of integration packages.
func TestCorpusCounts(t *testing.T) {
	for _, c := range []struct {
		golden   string
		catalogs []*field.Compact
	}{{"testdata/corpus-counts.txt", nil}, {"testdata/corpus-counts-packages.txt", packages.Catalogs(t)}} {
		counts := map[string]int{}
		for _, d := range corpusFindings(t, c.catalogs) {
			counts[d.Name+" "+d.Severity.String()]++
		}
		var b strings.Builder
		for _, name := range slices.Sorted(maps.Keys(counts)) {
			fmt.Fprintf(&b, "%s %d\n", name, counts[name])
		}
		if *update {
			if err := os.WriteFile(c.golden, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(c.golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Errorf("%s has changed: go test ./internal/check -run Counts -update\n%s", c.golden, diff)
		}
	}
}

// The mistakes that production rules are known to hold are each reported where they stand.
func TestCorpusMistakes(t *testing.T) {
	found := corpusFindings(t, nil)
	for _, want := range []struct{ check, file, text string }{
		{"equality-wildcard", "defense_evasion_interpreter_launched_from_decoded_payload.toml", `"python*"`},
		{"equality-wildcard", "credential_access_iis_apppoolsa_pwd_appcmd.toml", `"/text:*"`},
		{"maxspan-over-lookback", "initial_access_fortigate_ssl_vpn_login_followed_by_siem_alert.toml", "maxspan=10m"},
		{"maxspan-over-lookback", "initial_access_entra_id_protection_alerts_for_user.toml", "maxspan=10m"},
		{"maxspan-over-lookback", "credential_access_okta_mfa_bombing_via_push_notifications.toml", "maxspan=10m"},
		{"kql-question-mark", "command_and_control_unusual_network_connection_to_suspicious_web_service.toml", "??"},
		{"kql-question-mark", "defense_evasion_genai_config_modification.toml", "?"},
		{"kql-escape-in-path", "discovery_posh_generic.toml", `\r`},
		{"kql-quoted-wildcard", "persistence_shell_activity_by_web_server.toml", "*"},
		{"regexp-case-range", "defense_evasion_hidden_file_dir_tmp.toml", `[a-z0-9_\-]`},
		{"regexp-operator", "entra_id_actor_token_user_impersonation_abuse.toml", "@"},
		{"regexp-empty-alternative", "credential_access_entra_id_potential_user_account_brute_force.toml", "|"},
		{"regexp-leading-quantifier", "persistence_web_server_potential_command_injection.toml", "*"},
		{"sql-wildcard", "execution_aws_ec2_lolbin_via_ssm.toml", `"%/document/orchestration/%/awsrunShellScript/%/_script.sh"`},
		{"regexp-operator", "initial_access_mssql_potential_sql_injection.toml", "@"},
		{"regexp-bare-alternatives", "credential_access_entra_id_signin_brute_force_microsoft_365.toml", `"(.*)365|SharePoint|Exchange|Teams|Office(.*)"`},
		{"maxspan-over-lookback", "credential_access_okta_potentially_successful_okta_bombing_via_push_notifications.toml", "maxspan=10m"},
		{"regexp-case-range", "defense_evasion_root_dir_ads_creation.toml", "[A-Z]"},
		{"lucene-lowercase-operator", "privilege_escalation_setgid_bit_set_via_chmod.toml", "or"},
		{"operator-in-value", "reconnaissance_web_server_unusual_user_agents.toml", "user_agent.original like~"},
		{"esql-bucket-over-lookback", "multiple_alerts_edr_elastic_defend_by_host.toml", "24 hours"},
		{"guide-plugin", "persistence_insmod_kernel_module_load.toml", "$osquery_6"},
		{"sequence-open-end", "persistence_mfa_deactivation_with_no_reactivation.toml", `![any where data_stream.dataset == "okta.system" and okta.event_type == "user.mfa.factor.activate"]`},
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

// BenchmarkCorpus checks all production rules with every check and the catalogs of packages, on one processor.
func BenchmarkCorpus(b *testing.B) {
	subjects, suite := corpusSubjects(b, packages.Catalogs(b)), everything(b)
	b.ReportAllocs()
	for b.Loop() {
		for _, s := range subjects {
			suite.Rule(s)
		}
	}
}

// Fixes leave every rule readable, and those that only tidy up change the verdict on no event. What they mend is not found again.
func TestCorpusFixes(t *testing.T) {
	suite, schemas, docs := everything(t), newBench(t).schemas, someEvents(t)
	tidy := map[string]bool{}
	for _, c := range check.All() {
		tidy[c.Name] = c.Set != check.Correctness && c.Set != check.Refused
	}
	rules, fixes := 0, 0
	for _, s := range corpusSubjects(t, nil) {
		var edits [][]diag.Edit
		for _, d := range suite.Settle(s.Rule.Doc(), suite.Rule(s)) {
			if len(d.Fix) > 0 && tidy[d.Name] {
				edits = append(edits, d.Fix)
			}
		}
		text, made := tomltext.Edit(s.Rule.Doc().File.Text(), edits)
		if made == 0 {
			continue
		}
		rules, fixes = rules+1, fixes+made
		mended, problems, err := rule.Load(source.NewFile(s.Path, text), schemas)
		if err != nil || mended == nil || len(problems) > 0 {
			t.Errorf("%s: the mended rule cannot be read: %v %v", s.Path, err, problems)
			continue
		}
		sameVerdicts(t, s, mended, docs)
	}
	if rules < 80 || fixes < rules {
		t.Errorf("only %d fixes in %d rules", fixes, rules)
	}
}

func sameVerdicts(t *testing.T, s check.Subject, mended *rule.Rule, docs []*event.Document) {
	t.Helper()
	env := s.Environment
	env.AnyTime = true
	before, _ := detect.Compile(s.Rule, env)
	after, problems := detect.Compile(mended, env)
	if before == nil || s.Rule.Type == rule.TypeESQL || before.Joins() {
		return
	}
	if after == nil {
		t.Errorf("%s: the mended rule does not compile: %v", s.Path, problems)
		return
	}
	for i, doc := range docs {
		if before.Matches(before.Bind(doc)) != after.Matches(after.Bind(doc)) {
			t.Errorf("%s: event %d has another verdict", s.Path, i)
		}
	}
}

// someEvents are events of the corpus, some of each file.
func someEvents(tb testing.TB) []*event.Document {
	tb.Helper()
	var text strings.Builder
	for i, line := range corpus.Events(tb) {
		if i%20 == 0 {
			text.WriteString(line + "\n")
		}
	}
	docs, problems := event.Read(source.NewFile("events.ndjson", text.String()))
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	return docs
}
