package export_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-rules/tocsin/internal/export"
)

// TestPythonJSON has a row for each way in which Python's JSON differs from Go's.
func TestPythonJSON(t *testing.T) {
	for _, row := range []struct {
		name  string
		value any
		want  string
	}{
		{"separators and order", map[string]any{"b": []any{"x", json.Number("2")}, "a": nil, "B": true}, `{"B": true, "a": null, "b": ["x", 2]}`},
		{"order by code point", map[string]any{"é": "", "z": "", "\U0001F600": "", "\uffff": ""}, `{"z": "", "\u00e9": "", "\uffff": "", "\ud83d\ude00": ""}`},
		{"empty", map[string]any{"a": map[string]any{}, "b": []any{}}, `{"a": {}, "b": []}`},
		{"no HTML escapes", "<a & b>", `"<a & b>"`},
		{"short escapes", "\"\\\n\r\t\b\f/", `"\"\\\n\r\t\b\f/"`},
		{"other control characters", "\x00\x1f\x7f", "\"\\u0000\\u001f\x7f\""},
		{"beyond ASCII", "é\u2028–", `"\u00e9\u2028\u2013"`},
		{"beyond 16 bits", "😀", `"\ud83d\ude00"`},
		{"tables of TOML", []map[string]any{{"a": int64(1)}}, `[{"a": 1}]`},
		{"a whole fraction", 1.0, "1.0"},
		{"minus zero", math.Copysign(0, -1), "-0.0"},
		{"shortest digits", 0.1, "0.1"},
		{"small", 0.0001, "0.0001"},
		{"smaller", 0.00001, "1e-05"},
		{"large", 1e15, "1000000000000000.0"},
		{"larger", 1e16, "1e+16"},
		{"largest", 1.5e300, "1.5e+300"},
	} {
		if got := export.SpacedJSON(row.value); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
}

func FuzzPythonJSON(f *testing.F) {
	f.Add("a\x00\"\\é😀\u2028")
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "?")
		var back map[string]string
		if err := json.Unmarshal([]byte(export.SpacedJSON(map[string]any{text: text})), &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{text: text}, back); diff != "" {
			t.Error(diff)
		}
	})
}

// FuzzSetup: no guide makes the conversion fail, and by default it loses no line of the guide but the heading.
func FuzzSetup(f *testing.F) {
	f.Add("# A\n\n## Setup\n\n- a [b](c)\n```\nx\n```\n## Next\n")
	f.Add("## Setup\n```")
	f.Fuzz(func(t *testing.T, note string) {
		note = strings.ToValidUTF8(note, "?")
		r := decode(t, "rule.toml", kqlRule)
		r.Note = note
		for _, compat := range []bool{true, false} {
			api, _ := export.Rule(r, export.Environment{Compat: compat})
			if compat {
				continue
			}
			left, _ := api["note"].(string)
			section, _ := api["setup"].(string)
			for line := range strings.Lines(note) {
				line = strings.TrimSpace(line)
				if !strings.Contains(left+"\n"+section, line) && !strings.Contains(line, "Setup") {
					t.Errorf("%q is lost: note %q, setup %q", line, left, section)
				}
			}
		}
	})
}

// TestHashCounts: what makes another hash, and what does not.
func TestHashCounts(t *testing.T) {
	base := kqlRule + "query = 'aws.cloudtrail.count:1'\n"
	same := func(toml string) bool {
		env := environment(t)
		env.Compat = true
		return export.Hash(decode(t, "a", base), env) == export.Hash(decode(t, "b", toml), env)
	}
	for _, row := range []struct {
		name, toml string
		want       bool
	}{
		{"metadata", ofPackage(`["aws"]`, base), true},
		{"a version", base + "version = 3\n", true},
		{"related integrations", base + "related_integrations = [{package = \"a\", version = \"1\"}]\n", true},
		{"required fields", base + "required_fields = []\n", false},
		{"a name", base + "name = \"x\"\n", false},
		{"whitespace that is joined", base + "name = \" x\"\n", false},
	} {
		if got := same(row.toml); got != row.want {
			t.Errorf("%s: equal is %v", row.name, got)
		}
	}
	const columns = esqlRule + "required_fields = [{name = \"a\", type = \"b\", ecs = true}]\nquery = "
	for query, want := range map[string]bool{`"from a | keep *"`: true, `"from a | KEEP a, b.*"`: true, `"from a | keep a | where b like \"*\""`: false} {
		with := export.Hash(decode(t, "a", columns+query), export.Environment{})
		without := export.Hash(decode(t, "a", esqlRule+"query = "+query), export.Environment{})
		if (with == without) != want {
			t.Errorf("%s: required fields do not count: %v, want %v", query, with == without, want)
		}
	}
}

func TestAsset(t *testing.T) {
	for version, want := range map[string]string{"": "1", "version = 7\n": "7"} {
		api, _ := export.Rule(decode(t, "a", kqlRule+version+"rule_id = \"x-y\"\nname = \"é\"\ntags = []\n"), export.Environment{})
		name, text := export.Asset(api)
		wantText := `{
    "attributes": {
        "language": "kuery",
        "name": "\u00e9",
        "rule_id": "x-y",
        "tags": [],
        "type": "query",
        "version": ` + want + `
    },
    "id": "x-y_` + want + `",
    "type": "security-rule"
}`
		if name != "x-y_"+want+".json" || text != wantText {
			t.Errorf("%s: (-want +got)\n%s", name, cmp.Diff(wantText, text))
		}
	}
}

func TestLine(t *testing.T) {
	got, err := export.Line(map[string]any{"b": "<é>\u2028", "a": []any{json.Number("1")}})
	if want := `{"a":[1],"b":"<é>\u2028"}`; err != nil || got != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

func TestReadersRefuse(t *testing.T) {
	for _, text := range []string{"", "[]", `{"a": {"b": {"conditions": {"kibana": {"version": "^9.0.0"}}}}}`, `{"a": {"1.0.0": {"conditions": {"kibana": {"version": "y"}}}}}`} {
		if _, err := export.ReadManifests(strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), "manifest") {
			t.Errorf("manifests %q: %v", text, err)
		}
	}
	for _, text := range []string{"", "[]", `{"a": {"streams": {"b": ["c"]}}}`, `{"a": {"streams": {"jobs": {}}}}`} {
		if _, err := export.ReadPackages(strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), "fields of packages: ") {
			t.Errorf("packages %q: %v", text, err)
		}
	}
}

// TestCollapse holds joining lines against its definition for texts of odd characters.
func TestCollapse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("ab \t\n\r\v\f\x1c\x1d\x1e\x1f\u0085\u00a0\u2028\u2029é"))).Draw(t, "text")
		got := export.Collapse(text)
		if strings.ContainsAny(got, "\n\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029") {
			t.Fatalf("%q has line breaks: %q", text, got)
		}
		if again := export.Collapse(got); again != got {
			t.Fatalf("%q becomes %q, and then %q", text, got, again)
		}
		letters := func(s string) string {
			return strings.Map(func(r rune) rune {
				if r == 'a' || r == 'b' || r == 'é' {
					return r
				}
				return -1
			}, s)
		}
		if letters(got) != letters(text) {
			t.Fatalf("%q lost letters: %q", text, got)
		}
	})
}

func BenchmarkExportCorpus(b *testing.B) {
	rules, env := corpusRules(b), peer(b)
	for b.Loop() {
		for _, r := range rules {
			api, _ := export.Rule(r, env)
			if _, err := export.Line(api); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// TestLongNote: the time that a note takes grows with its length alone, so that a huge one is no trap.
func TestLongNote(t *testing.T) {
	r := decode(t, "rule.toml", kqlRule)
	r.Note = "## Setup\n\n" + strings.Repeat("word `code` **b**\n", 1<<15) + "\n```\n" + strings.Repeat("$x\n", 1<<15) + "```\n"
	for _, compat := range []bool{false, true} {
		api, _ := export.Rule(r, export.Environment{Compat: compat})
		if section, _ := api["setup"].(string); len(section) < 1<<18 {
			t.Errorf("compat %v: the section has %d bytes", compat, len(section))
		}
	}
}
