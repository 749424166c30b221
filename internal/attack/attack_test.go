package attack_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/attack"
	"github.com/tocsin-rules/tocsin/schemas"
)

func builtIn(t testing.TB) *attack.Table {
	t.Helper()
	table, err := attack.Parse(schemas.Attack())
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestBuiltInTable(t *testing.T) {
	table := builtIn(t)
	if table.Version != "18.1" || len(table.Entries()) < 800 {
		t.Errorf("version %s, %d entries", table.Version, len(table.Entries()))
	}
	for _, e := range table.Entries() {
		if parent := e.Parent(); parent != "" {
			if _, ok := table.Lookup(parent); !ok {
				t.Errorf("%s has no parent %s", e.ID, parent)
			}
		}
		for _, id := range e.Tactics {
			if tactic, ok := table.Lookup(id); !ok || tactic.Kind != attack.Tactic {
				t.Errorf("%s serves %s, which is no tactic", e.ID, id)
			}
		}
		if e.ReplacedBy != "" {
			if next, ok := table.Replacement(e); !ok || next.Status != attack.Active {
				t.Errorf("%s has no replacement in use", e.ID)
			}
		}
	}
	if table.Text() != schemas.Attack() {
		t.Error("the table does not print as it was read")
	}
}

func TestEntries(t *testing.T) {
	table := builtIn(t)
	for _, want := range []struct {
		id, name, parent, url string
		tactics               []string
	}{
		{"T1611", "Escape to Host", "", "https://attack.mitre.org/techniques/T1611/", []string{"TA0004"}},
		{"t1059.001", "PowerShell", "T1059", "https://attack.mitre.org/techniques/T1059/001/", []string{"TA0002"}},
		{"TA0005", "Defense Evasion", "", "https://attack.mitre.org/tactics/TA0005/", nil},
	} {
		e, ok := table.Lookup(want.id)
		if !ok || e.Name != want.name || e.Parent() != want.parent || e.URL() != want.url || !slices.Equal(e.Tactics, want.tactics) {
			t.Errorf("%s: %+v %s %s", want.id, e, e.Parent(), e.URL())
		}
	}
	if _, ok := table.Lookup("T9999"); ok {
		t.Error("T9999 is known")
	}
	revoked, _ := table.Lookup("T1002")
	if next, ok := table.Replacement(revoked); !ok || next.ID != "T1560" {
		t.Errorf("T1002 is replaced by %v", next)
	}
	if found := table.Search("powershell"); len(found) < 2 || found[0].ID != "T1059.001" {
		t.Errorf("powershell finds %v", found)
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "line 1: an ATT&CK table begins with",
		"# MITRE ATT&CK 1\nT1":                 "line 2: a line has 2 to 5 columns, not 1",
		"# MITRE ATT&CK 1\nX1\tname":           `line 2: "X1" is no id`,
		"# MITRE ATT&CK 1\nT1\tname\t\told":    `line 2: "old" is no status`,
		"# MITRE ATT&CK 1\nT1\ta\nT1\tb":       "T1 stands in the table twice",
		"# MITRE ATT&CK 1\nT1\ta\t\t\t\tx":     "line 2: a line has 2 to 5 columns, not 6",
		"# MITRE ATT&CK 1\nT1.x\tname\t\t\t\n": `line 2: "T1.x" is no id`,
	} {
		if _, err := attack.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestCompare(t *testing.T) {
	table := func(body string) *attack.Table {
		parsed, err := attack.Parse("# MITRE ATT&CK 1\n" + body)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	before := table("T1\ta\nT2\tb\nT3\tc\nT4\td\t\trevoked\tT1\n")
	for body, want := range map[string]attack.Difference{
		"T1\ta\nT2\tb\nT3\tc\nT4\td\t\trevoked\tT1\n":           {},
		"T1\ta\nT2\tother\nT3\tc\t\tdeprecated\nT5\te\nT6\tf\n": {New: 2, Gone: 1, Retired: 1, Renamed: 1},
	} {
		if got := attack.Compare(before, table(body)); got != want {
			t.Errorf("%q: %+v, want %+v", body, got, want)
		}
	}
}

const stix = `{"type":"bundle","objects":[
{"type":"x-mitre-collection","id":"c","x_mitre_version":"99.1"},
{"type":"x-mitre-tactic","id":"t1","name":"Execution","x_mitre_shortname":"execution","external_references":[{"source_name":"mitre-attack","external_id":"TA0002"}]},
{"type":"attack-pattern","id":"a1","name":"Old","revoked":true,"external_references":[{"source_name":"mitre-attack","external_id":"T1"}]},
{"type":"attack-pattern","id":"a2","name":"New ","kill_chain_phases":[{"kill_chain_name":"mitre-attack","phase_name":"execution"},{"kill_chain_name":"other","phase_name":"execution"}],"external_references":[{"source_name":"capec","external_id":"CAPEC-1"},{"source_name":"mitre-attack","external_id":"T2"}]},
{"type":"attack-pattern","id":"a3","name":"Sub","x_mitre_deprecated":true,"external_references":[{"source_name":"mitre-attack","external_id":"T2.001"}]},
{"type":"malware","id":"m","name":"M","external_references":[{"source_name":"mitre-attack","external_id":"S1"}]},
{"type":"relationship","id":"r","relationship_type":"revoked-by","source_ref":"a1","target_ref":"a2"}]}`

func TestFromSTIX(t *testing.T) {
	table, err := attack.FromSTIX(strings.NewReader(stix))
	if err != nil {
		t.Fatal(err)
	}
	want := "# MITRE ATT&CK 99.1\nT1\tOld\t\trevoked\tT2\nT2\tNew\tTA0002\nT2.001\tSub\t\tdeprecated\nTA0002\tExecution\n"
	if got := table.Text(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for text, want := range map[string]string{
		"x":                              `the file is no JSON`,
		`{"type":"report"}`:              `the file is no STIX bundle: its type is "report"`,
		`{"type":"bundle","objects":[]}`: "the bundle holds no tactics of ATT&CK for Enterprise",
		`[]`:                             "the file is no JSON",
		strings.ReplaceAll(stix, `"kill_chain_name":"mitre-attack"`, `"kill_chain_name":"mitre-mobile-attack"`): "the bundle is of another matrix (",
		strings.Replace(stix, `"external_id":"T2"`, `"external_id":"../T2"`, 1):                                 `"../T2" is no id of a tactic or technique`,
		`{"type":"bundle","objects":["x"]`: "the file is no JSON",
	} {
		if _, err := attack.FromSTIX(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("# MITRE ATT&CK 1\nT1\tname\tTA0001,TA0002\trevoked\tT2\n")
	f.Add("# MITRE ATT&CK 1\nTA0001\tname\n")
	f.Fuzz(func(t *testing.T, text string) {
		table, err := attack.Parse(text)
		if err != nil {
			return
		}
		again, err := attack.Parse(table.Text())
		if err != nil || again.Text() != table.Text() {
			t.Fatalf("%q prints as %q, which reads back as %v", text, table.Text(), err)
		}
	})
}

// Whatever a bundle holds, its table reads back as it was written.
func FuzzFromSTIX(f *testing.F) {
	f.Add(stix)
	f.Add(strings.ReplaceAll(stix, "New ", `a\tb\nc`))
	f.Fuzz(func(t *testing.T, text string) {
		table, err := attack.FromSTIX(strings.NewReader(text))
		if err != nil {
			return
		}
		again, err := attack.Parse(table.Text())
		if err != nil || again.Text() != table.Text() {
			t.Fatalf("%q prints as %q, which reads back as %v", text, table.Text(), err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := attack.Parse(schemas.Attack()); err != nil {
			b.Fatal(err)
		}
	}
}
