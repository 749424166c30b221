package importer_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/importer"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

const (
	idA = "aaaaaaaa-0000-4000-8000-000000000001"
	idB = "aaaaaaaa-0000-4000-8000-000000000002"
)

// object is a rule as JSON; more is put after its fields.
func object(id, name, more string) string {
	return fmt.Sprintf(`{"rule_id": %q, "name": %q, "type": "query", "author": [], "description": "d", "risk_score": 1, "severity": "low", "query": "a : 1"%s}`, id, name, more)
}

// options are those of a project without rules.
func options(t testing.TB) importer.Options {
	t.Helper()
	pattern, err := importer.ParsePattern(importer.DefaultPattern)
	if err != nil {
		t.Fatal(err)
	}
	return importer.Options{Pattern: pattern, Today: "2026/11/22", Taken: func(importer.Folder, string) bool { return false }}
}

// told gives findings on one line each.
func told(list diag.List) []string {
	lines := []string{}
	for _, d := range list {
		lines = append(lines, d.Error())
	}
	return lines
}

func paths(files []importer.File) []string {
	all := []string{}
	for _, f := range files {
		all = append(all, f.Path)
	}
	return all
}

// plan reads a text of a name and plans its files for a project without rules.
func plan(t testing.TB, name, text string) ([]string, []string) {
	t.Helper()
	files, problems := importer.Read(source.NewFile(name, text)).Plan(options(t))
	return paths(files), told(problems)
}

func TestRead(t *testing.T) {
	a, b := object(idA, "A", ""), object(idB, "B", "")
	asset := `{"id": "x_1", "type": "security-rule", "attributes": ` + a + `}`
	for _, tt := range []struct {
		name, file, text string
		paths, problems  []string
	}{
		{"one object", "r.json", a, []string{"a.toml"}, nil},
		{"a list", "r.json", "[" + a + "," + b + "]", []string{"a.toml", "b.toml"}, nil},
		{"an empty list", "r.json", "[]", nil, nil},
		{"an asset of a package", "r.json", asset, []string{"a.toml"}, nil},
		{"lines", "r.ndjson", "\ufeff" + a + "\r\n\n" + b, []string{"a.toml", "b.toml"}, nil},
		{"lines without the name of lines", "r.json", a + "\n" + b + "\n", []string{"a.toml", "b.toml"}, nil},
		{"details", "r.ndjson", a + "\n" + `{"exported_count": 1, "exported_rules_count": 1}`, []string{"a.toml"}, nil},
		{"a line that is no object", "r.ndjson", a + "\n[1]\n" + b, []string{"a.toml", "b.toml"}, []string{"r.ndjson:2:1: error: expected an object, found a list [import-object]"}},
		{"a line that is broken", "r.ndjson", `{"a": ` + "\n" + b, []string{"b.toml"}, []string{"r.ndjson:1:5: error: this is not JSON: it ends too early [import-object]"}},
		{"a line with a wrong character", "r.ndjson", b + "\n" + `{"a": x}`, []string{"b.toml"}, []string{"r.ndjson:2:7: error: this is not JSON: invalid character 'x' looking for beginning of value [import-object]"}},
		{"a line with two objects", "r.ndjson", a + " " + b, nil, []string{fmt.Sprintf("r.ndjson:1:%d: error: something follows the JSON value [import-object]", len(a)+1)}},
		{"a line that is not UTF-8", "r.ndjson", a + "\n{\"name\": \"\xff\"}\n" + b, []string{"a.toml", "b.toml"}, []string{"r.ndjson:2:11: error: byte 0xff is not valid UTF-8 [import-object]"}},
		{"half an object", "r.json", a[:50], nil, []string{"r.json:1:50: error: this is not JSON: it ends too early [import-object]"}},
		{"no object", "r.json", "null", nil, []string{"r.json: error: expected an object, found null [import-object]"}},
		{"nothing", "r.json", " \n", nil, []string{"r.json: error: the file is empty [import-object]"}},
		{"an unknown object", "r.json", `{"a": 1}`, nil, []string{"r.json: error: the object is no rule, and nothing else that an export of rules holds [import-object]"}},
		{"no rule_id", "r.json", `{"name": "A", "type": "eql"}`, nil, []string{"r.json: error: the rule `A` has no rule_id, so that it could not be found again [import-rule]"}},
		{"a wrong type", "r.ndjson", b + "\n" + `{"rule_id": "x", "name": "X", "tags": 1, "query": 2}`, []string{"b.toml"},
			[]string{"r.ndjson:2:1: error: the rule `X`: tags is not an array of strings; query is not a string [import-rule]"}},
		{"a null in a list", "r.json", object(idA, "A", `, "filters": [{"a": [null]}]`), nil, []string{"r.json: error: the rule `A`: TOML has no null, and filters.0.a.0 is one [import-rule]"}},
		{"nulls and unknown fields", "r.json", object(idA, "A", `, "throttle": null, "x": 1, "filters": [{"meta": {"alias": null}}, {"meta": {"alias": null}}]`), []string{"a.toml"}, []string{
			"r.json: info: `filters.meta.alias` (rules: 1) is null and left out: TOML has no null, and Kibana takes a missing field for one [import-null]",
			"r.json: info: `throttle` (rules: 1) is null and left out: TOML has no null, and Kibana takes a missing field for one [import-null]",
			"r.json: warning: unknown field `x` (rules: 1) is kept in metadata.extended.api: it will not be published [import-unknown-field]",
		}},
		{"what is no rule", "r.ndjson", strings.Join([]string{
			`{"list_id": "l", "type": "detection"}`, `{"list_id": "l", "item_id": "i", "entries": []}`, `{"list_id": "l", "item_id": "j", "entries": []}`,
			`{"type": "action", "attributes": {"actionTypeId": ".email"}}`, `{"rule_id": "x", "deprecated": true, "name": "n"}`,
		}, "\n"), []string{"l.toml"}, []string{
			"r.ndjson:4:1: error: the connector has no id [import-object]",
			"r.ndjson: info: not taken: deprecated rules of which only the name is left (1) [import-not-taken]",
		}},
		{"copies", "r.ndjson", object(idA, "A", `, "version": 3`) + "\n" + b + "\n" + object(idA, "Older", `, "version": 2`) + "\n" + object(idA, "Last", `, "version": 3`),
			[]string{"last.toml", "b.toml"}, []string{"r.ndjson:4:1: warning: the rule `Last` is there 3 times; the last one of the highest version is taken [import-copies]"}},
		{"TOML", "r.toml", "[rule]\nrule_id = \"" + idA + "\"\n", []string{"r.toml"}, nil},
		{"TOML without rule_id", "r.toml", "[rule]\n", nil, []string{"r.toml:1:2: error: the rule has no rule_id, so that it could not be found again [import-rule]"}},
		{"broken TOML", "r.toml", "[rule\n", nil, []string{"r.toml:1:6: error: expected `]` to end the header, found the end of the line [toml-syntax]"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			paths, problems := plan(t, tt.file, tt.text)
			if diff := cmp.Diff(append([]string{}, tt.paths...), paths); diff != "" {
				t.Errorf("files (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(append([]string{}, tt.problems...), problems); diff != "" {
				t.Errorf("findings (-want +got)\n%s", diff)
			}
		})
	}
}

func TestTenThousandCopies(t *testing.T) {
	paths, problems := plan(t, "r.ndjson", strings.Repeat(object(idA, "A", "")+"\n", 10_000))
	if len(paths) != 1 || len(problems) != 1 || !strings.Contains(problems[0], "is there 10000 times") {
		t.Errorf("got %v, %v", paths, problems)
	}
}

// TestLargeObject: what no file could hold is not even decoded; a list may be larger, for its rules become files of their own.
func TestLargeObject(t *testing.T) {
	large := object(idA, "A", `, "note": "`+strings.Repeat("x", 9<<20)+`"`)
	paths, problems := plan(t, "r.json", large)
	if len(paths) > 0 || len(problems) != 1 || !strings.HasPrefix(problems[0], "r.json:1:1: error: the object has 9437") {
		t.Errorf("got %v, %.200v", paths, problems)
	}
	many := strings.Repeat(object(idB, "B", `, "note": "`+strings.Repeat("x", 1<<20)+`"`)+",", 9)
	if paths, _ := plan(t, "r.json", "["+strings.TrimSuffix(many, ",")+"]"); !slices.Equal(paths, []string{"b.toml"}) {
		t.Errorf("got %v for a list", paths)
	}
}

// TestTooMany: what is small on disk and huge in memory is not decoded, and what is wrong with it is told in few words.
func TestTooMany(t *testing.T) {
	for _, row := range []struct{ name, file, text, want string }{
		{"values of an object", "r.json", `{"a":[` + strings.Repeat("[],", 1<<19) + `[]]}`, "r.json:1:1: error: the object has more than 524288 values"},
		{"items of a list", "r.json", "[" + strings.Repeat("{},", 1<<16) + "{}]", "r.json: error: and 64537 findings more about reading it"},
		{"lines", "r.ndjson", strings.Repeat("{}\n", 2000), "r.ndjson: error: and 1000 findings more about reading it"},
		{"values of a TOML file", "r.toml", "[rule]\na=[" + strings.Repeat("1,", 1<<18) + "1]", "error: the file has more than 262144 keys and values"},
	} {
		t.Run(row.name, func(t *testing.T) {
			paths, problems := plan(t, row.file, row.text)
			if len(paths) > 0 || !strings.Contains(problems[len(problems)-1], row.want) || len(problems) > 1001 {
				t.Errorf("got %v, and of %d findings the last is %.300s", paths, len(problems), problems[len(problems)-1])
			}
		})
	}
}

func TestLargeNote(t *testing.T) {
	paths, problems := plan(t, "r.ndjson", object(idA, "A", `, "note": "`+strings.Repeat("x", 50<<20)+`"`)+"\n"+object(idB, "B", ""))
	if !slices.Equal(paths, []string{"b.toml"}) || len(problems) != 1 || !strings.Contains(problems[0], "more than the 8388608 that are read") {
		t.Errorf("got %v, %.300v", paths, problems)
	}
}

// packed makes a zip of names and texts.
func packed(t *testing.T, entries ...[2]string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		f, err := w.Create(e[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, e[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestZip(t *testing.T) {
	asset := func(id, name, more string) string {
		return `{"type": "security-rule", "attributes": ` + object(id, name, more) + `}`
	}
	full := packed(t,
		[2]string{"p-1.0/manifest.yml", "a: 1"}, [2]string{"p-1.0/kibana/dashboard/x.json", `{"a": 1}`}, [2]string{"p-1.0/docs/README.md", ""},
		[2]string{"p-1.0/kibana/security_rule/a_1.json", asset(idA, "A old", `, "version": 1`)}, [2]string{"p-1.0/kibana/security_rule/a_2.json", asset(idA, "A", `, "version": 2`)},
		[2]string{"p-1.0/kibana/security_rule/b_1.json", "{"}, [2]string{"../../etc/evil.json", object(idB, "B", "")}, [2]string{`..\evil.json`, "{}"})
	for _, tt := range []struct {
		name, text      string
		paths, problems []string
	}{
		{"a package", full, []string{"a.toml"}, []string{
			`p.zip: error: the entry "../../etc/evil.json" leads out of the archive [import-archive]`,
			`p.zip: error: the entry "..\\evil.json" leads out of the archive [import-archive]`,
			"p.zip/p-1.0/kibana/security_rule/b_1.json:1:1: error: this is not JSON: it ends too early [import-object]",
			"p.zip/p-1.0/kibana/security_rule/a_2.json: warning: the rule `A` is there 2 times; the last one of the highest version is taken [import-copies]",
			"p.zip: info: not taken: files of configuration (1) [import-not-taken]",
			"p.zip: info: not taken: files of other kinds (2) [import-not-taken]",
		}},
		{"half a package", full[:len(full)/2], nil, []string{"p.zip: error: the archive is damaged or incomplete: not a valid zip file [import-archive]"}},
		{"no package", packed(t, [2]string{"export.ndjson", object(idA, "A", "")}, [2]string{"rules/x/b.toml", "[rule]\nrule_id = \"" + idB + "\""}), []string{"a.toml", "x/b.toml"}, nil},
		{"nothing", packed(t), nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			paths, problems := plan(t, "p.zip", tt.text)
			if diff := cmp.Diff(append([]string{}, tt.paths...), paths); diff != "" {
				t.Errorf("files (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(append([]string{}, tt.problems...), problems); diff != "" {
				t.Errorf("findings (-want +got)\n%s", diff)
			}
		})
	}
}

// TestDamagedEntry holds that one entry whose bytes were changed does not keep the others back.
func TestDamagedEntry(t *testing.T) {
	text := packed(t, [2]string{"a.json", object(idA, "A", "")}, [2]string{"b.json", object(idB, "B", "")})
	at := strings.Index(text, "a.json") + 20
	text = text[:at] + string(text[at]^0xff) + text[at+1:]
	_, problems := plan(t, "p.zip", text)
	if len(problems) == 0 || !strings.HasPrefix(problems[0], "p.zip/a.json: error: it cannot be read: ") && !strings.Contains(problems[0], "damaged") {
		t.Errorf("got %v", problems)
	}
}

func TestZipBomb(t *testing.T) {
	bomb := packed(t, [2]string{"a.json", strings.Repeat(" ", 33<<20)}, [2]string{"b.json", object(idB, "B", "")})
	paths, problems := plan(t, "p.zip", bomb)
	if !slices.Equal(paths, []string{"b.toml"}) || len(problems) != 1 || problems[0] != "p.zip/a.json: error: it cannot be read: too large: it has more than 33554432 bytes [import-archive]" {
		t.Errorf("one large entry: got %v, %v", paths, problems)
	}
	b := importer.ReadWithin(source.NewFile("p.zip", packed(t, [2]string{"a.json", object(idA, "A", "")}, [2]string{"b.json", strings.Repeat(" ", 1000)}, [2]string{"c.json", "{"})), 1100)
	files, list := b.Plan(options(t))
	if len(files) != 1 || !slices.Equal(told(list), []string{"p.zip: error: unpacked, the input is too large: nothing is read from b.json on [import-archive]"}) {
		t.Errorf("many entries: got %v, %v", paths, told(list))
	}
}

// TestConfiguration has a row for each way in which the configuration of a repository may be written, or broken.
func TestConfiguration(t *testing.T) {
	for _, row := range []struct{ name, config, want, problem string }{
		{"a list", "rule_dirs:\n- a\n", "x.toml", ""},
		{"a list on one line", "rule_dirs: [b, './a/']\n", "x.toml", ""},
		{"an anchor", "x: &d [a]\nrule_dirs: *d\n", "x.toml", ""},
		{"building blocks alone", "bbr_rules_dirs: [a]\n", "x.toml", ""},
		{"another folder", "rule_dirs: [b]\n", "", ""},
		{"the root", "rule_dirs: ['.']\n", "a/x.toml", ""},
		{"none", "bypass_version_lock: true\n", "a/x.toml", ""},
		{"empty", "", "a/x.toml", ""},
		{"outside", "rule_dirs: [a, /etc]\n", "x.toml", "r/_config.yaml: error: the folder of rules \"/etc\" lies outside; import it on its own"},
		{"no YAML", "rule_dirs: [a\n", "a/x.toml", "r/_config.yaml:1:12: error: it is no configuration: "},
		{"no list", "rule_dirs: {a: 1}\n", "a/x.toml", "r/_config.yaml:1:"},
		{"too long", strings.Repeat("#", 17<<10), "a/x.toml", "r/_config.yaml: error: it has 17408 bytes"},
		{"too deep", strings.Repeat("[", 15<<10), "a/x.toml", "r/_config.yaml"},
	} {
		t.Run(row.name, func(t *testing.T) {
			folder := fstest.MapFS{
				"_config.yaml": &fstest.MapFile{Data: []byte(row.config)},
				"a/x.toml":     &fstest.MapFile{Data: []byte("[rule]\nname='x'\nrule_id='" + idA + "'\n")},
			}
			files, problems := importer.ReadFolder(folder, "r").Plan(options(t))
			if got := strings.Join(paths(files), " "); got != row.want {
				t.Errorf("got files %q, want %q", got, row.want)
			}
			if got := told(problems)[0]; row.problem != "" && !strings.HasPrefix(got, row.problem) || row.problem == "" && strings.Contains(got, "error") {
				t.Errorf("got %s, want %s", got, row.problem)
			}
		})
	}
}

func TestFolder(t *testing.T) {
	toml := func(id string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("[rule]\nname='x'\nrule_id = \"" + id + "\"\n")}
	}
	text := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	folder := fstest.MapFS{
		"_config.yaml":             text("# c\nrule_dirs:\n  - rules # here\n\n  - \"more/rules\"\nbbr_rules_dirs: [bbr, '../out']\nfiles:\n  packages: x\n"),
		"rules/linux/a.toml":       toml(idA),
		"more/rules/b.toml":        toml(idB),
		"bbr/c.toml":               toml("c"),
		"bbr/.hidden.toml":         toml("h"),
		".git/d.toml":              toml("d"),
		"tests/data/e.toml":        toml("e"),
		"exceptions/x.toml":        text("# ours\n[[exceptions]]\ncontainer={list_id='l',name='L',type='detection'}\n[[value_lists]]\nid='v'\ntype='ip'\nfile='values/v.txt'\n"),
		"exceptions/values/v.txt":  text("10.0.0.1\n"),
		"exceptions/other.csv":     text("1,2\n"),
		"exceptions/none.toml":     text("[[exceptions]]\ncontainer={name='N'}\n"),
		"action_connectors/y.toml": text("[[action_connectors]]\nid='c'\nattributes={actionTypeId='.email',name='Mail',secrets={}}\n"),
		"action_connectors/s.toml": text("[[action_connectors]]\nid='s'\nattributes={actionTypeId='.slack',name='Chat',secrets={url='https://x.example'}}\n"),
		"hunting/z.toml":           text("[hunt]\n"),
		"etc/version.lock.json":    text("{}"),
		"rules/broken.toml":        text("[rule"),
	}
	files, problems := importer.ReadFolder(folder, "repo").Plan(options(t))
	if diff := cmp.Diff([]string{"c.toml", "b.toml", "linux/a.toml", "s.toml", "y.toml", "x.toml", "values/v.txt"}, paths(files)); diff != "" {
		t.Errorf("files (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{
		"repo/_config.yaml: error: the folder of rules \"../out\" lies outside; import it on its own [import-object]",
		"repo/action_connectors/s.toml:2:4: warning: the secrets of the connector `Chat` are left out [import-not-taken]",
		"repo/exceptions/none.toml:2:11: error: the list has no list_id [exception]",
		"repo/rules/broken.toml:1:6: error: expected `]` to end the header, found the end of the file [toml-syntax]",
		"repo: info: not taken: TOML files that are no rules (1) [import-not-taken]",
		"repo: info: not taken: files of configuration (1) [import-not-taken]",
		"repo: info: not taken: files of locked versions (1) [import-not-taken]",
		"repo: info: not taken: files of other kinds (1) [import-not-taken]",
		"repo: warning: not taken: rules outside of the folders that the configuration names (1) [import-not-taken]",
	}, told(problems)); diff != "" {
		t.Errorf("findings (-want +got)\n%s", diff)
	}
	delete(folder, "_config.yaml")
	files, _ = importer.ReadFolder(folder, "repo").Plan(options(t))
	if diff := cmp.Diff([]string{"bbr/c.toml", "more/rules/b.toml", "linux/a.toml", "tests/data/e.toml"}, paths(files[:4])); diff != "" {
		t.Errorf("files without configuration (-want +got)\n%s", diff)
	}
	o := options(t)
	o.Named = true
	files, _ = importer.ReadFolder(fstest.MapFS{"p/a.toml": toml(idA), "q/b.toml": toml(idB)}, "repo").Plan(o)
	if diff := cmp.Diff([]string{"x.toml", "x_2.toml"}, paths(files)); diff != "" {
		t.Errorf("files by pattern (-want +got)\n%s", diff)
	}
}

func TestNames(t *testing.T) {
	threat := `, "threat": [{"framework": "MITRE ATT&CK"}, {"tactic": {"name": "Defense Evasion"}}]`
	for _, tt := range []struct{ pattern, name, more, want string }{
		{"{tactic}_{name}.toml", "A Rule - (of) *two*", threat, "defense_evasion_a_rule_of_two.toml"},
		{"{tactic}_{name}.toml", "A Rule", "", "a_rule.toml"},
		{"{type}/{tactic}/{name}.toml", "A", "", "query/" + idA + "/a.toml"},
		{"{rule_id}.toml", "A", "", idA + ".toml"},
		{"x-{name}.toml", "../../etc/passwd", "", "x-etc_passwd.toml"},
		{"{name}.toml", "..", "", idA + ".toml"},
		{"{name}.toml", "{rule_id}", "", "rule_id.toml"},
		{"{name}.toml", "Ünïcode 規則", "", "ünïcode_規則.toml"},
		{"{name}.toml", strings.Repeat("é", 100), "", strings.Repeat("é", 60) + ".toml"},
		{"{name}.toml", "", "", idA + ".toml"},
		{"{name}.toml", "con\x00trol\n", "", "con_trol.toml"},
	} {
		pattern, err := importer.ParsePattern(tt.pattern)
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, err)
			continue
		}
		o := options(t)
		o.Pattern = pattern
		name := strings.NewReplacer("\x00", `\u0000`, "\n", `\n`).Replace(tt.name)
		files, problems := importer.Read(source.NewFile("r.json", strings.Replace(object(idA, "NAME", tt.more), "NAME", name, 1))).Plan(o)
		if len(problems) > 0 || len(files) != 1 || files[0].Path != tt.want {
			t.Errorf("%s of %q: got %v, %v, want %s", tt.pattern, tt.name, paths(files), problems, tt.want)
		}
	}
	for pattern, want := range map[string]string{
		"{nam}.toml": "the placeholders are {tactic}, {name}, {rule_id}, {type}", "{name}": "the pattern must end in .toml", "rule.toml": "the pattern needs {name} or {rule_id}, or else all rules would have the same file",
		"../{name}.toml": "the pattern must be a path below the folder, written with single slashes", "/{name}.toml": "the pattern must be a path below the folder, written with single slashes",
		"a//{name}.toml": "the pattern must be a path below the folder, written with single slashes", `a\{name}.toml`: "the pattern must be a path below the folder, written with single slashes",
	} {
		if _, err := importer.ParsePattern(pattern); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", pattern, err, want)
		}
	}
}

func TestCollisions(t *testing.T) {
	o := options(t)
	o.Taken = func(_ importer.Folder, path string) bool { return path == "a.toml" || path == "a_3.toml" }
	text := object(idA, "A", "") + "\n" + object(idB, "a!", "") + "\n" + object("c", "b", "")
	files, problems := importer.Read(source.NewFile("r.ndjson", text)).Plan(o)
	if diff := cmp.Diff([]string{"a_2.toml", "a_4.toml", "b.toml"}, paths(files)); diff != "" || len(problems) > 0 {
		t.Errorf("(-want +got)\n%s%v", diff, problems)
	}
}

// stored is what Kibana adds to a rule that it has stored.
const stored = `, "id": "1", "immutable": false, "updated_at": "2026-03-04T23:30:00-02:00", "updated_by": "x", "created_at": "2026-01-02T00:00:00Z", "created_by": "x", "revision": 7,
	"version": 3, "enabled": false, "interval": "5m", "from": "now-6m", "to": "now", "max_signals": 100, "tags": [], "references": [], "setup": "", "output_index": "",
	"exceptions_list": [], "required_fields": [], "related_integrations": [], "actions": [], "rule_source": {"type": "internal"}, "language": "kuery"`

func TestCreate(t *testing.T) {
	files, problems := importer.Read(source.NewFile("r.json", object(idA, "A", strings.Replace(stored, `"related_integrations": []`, `"related_integrations": [{"package": "aws", "version": "^1"}]`, 1)))).Plan(options(t))
	if len(problems) > 0 || len(files) != 1 || !files[0].Changed || files[0].Existing != nil {
		t.Fatal(files, problems)
	}
	const want = `[metadata]
creation_date = "2026/01/02"
integration = ["aws"]
maturity = "production"
updated_date = "2026/03/05"

[rule]
author = []
description = "d"
enabled = false
from = "now-6m"
interval = "5m"
language = "kuery"
max_signals = 100
name = "A"
risk_score = 1
rule_id = "aaaaaaaa-0000-4000-8000-000000000001"
severity = "low"
to = "now"
type = "query"
version = 3

query = "a : 1"

[[rule.related_integrations]]
package = "aws"
version = "^1"
`
	if diff := cmp.Diff(want, files[0].Text); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

const existingText = `# Ours.
[metadata]
creation_date = "2025/01/01"
maturity = "development"
updated_date = "2025/02/02"

[rule]
author = []
# wrapped
description = """
d
"""
from = 'now-6m'
name = "A" # short
references = []
risk_score = 1
rule_id = "aaaaaaaa-0000-4000-8000-000000000001"
severity = "low"
type = "query"
query = "a : 1"

[transform]
[[transform.osquery]]
label = "l"
query = "q"
`

func existing(t *testing.T) *rule.Rule {
	t.Helper()
	doc, problems := tomltext.Parse(source.NewFile("rules/a.toml", existingText))
	if doc == nil {
		t.Fatal(problems)
	}
	r, problems := rule.Decode(doc)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return r
}

func updateWith(t *testing.T, file, text string, published func(*rule.Rule) map[string]any) importer.File {
	t.Helper()
	o := options(t)
	o.Existing = map[string]*rule.Rule{idA: existing(t)}
	o.Published = published
	files, problems := importer.Read(source.NewFile(file, text)).Plan(o)
	if len(problems) > 0 || len(files) != 1 || files[0].Existing != o.Existing[idA].Doc() || files[0].Path != "" {
		t.Fatal(files, told(problems))
	}
	return files[0]
}

func TestUpdateSame(t *testing.T) {
	if f := updateWith(t, "r.json", object(idA, "A", stored), nil); f.Changed || f.Text != existingText {
		t.Errorf("what means the same changes the file to\n%s", f.Text)
	}
	if f := updateWith(t, "r.toml", existingText+"# another comment\n", nil); f.Changed {
		t.Errorf("the same TOML changes the file to\n%s", f.Text)
	}
	// The guide and its set-up instructions are published apart.
	published := func(r *rule.Rule) map[string]any {
		api := r.EncodeAPI()
		api["setup"] = "derived"
		return api
	}
	if f := updateWith(t, "r.json", object(idA, "A", strings.Replace(stored, `"setup": ""`, `"setup": "derived"`, 1)), published); f.Changed {
		t.Errorf("what is derived changes the file to\n%s", f.Text)
	}
}

func TestUpdateChanged(t *testing.T) {
	f := updateWith(t, "r.json", object(idA, "A", strings.Replace(stored, `"tags": []`, `"tags": ["x"]`, 1)), nil)
	want := strings.NewReplacer("2025/02/02", "2026/03/05", `'now-6m'`, `"now-6m"`, "severity = \"low\"\n", "severity = \"low\"\ntags = [\"x\"]\n",
		"query = \"a", "\nquery = \"a", "[transform]\n", "").Replace(existingText)
	if diff := cmp.Diff(want, f.Text); diff != "" || !f.Changed {
		t.Errorf("(-want +got)\n%s", diff)
	}
	f = updateWith(t, "r.toml", strings.Replace(existingText, "risk_score = 1", "risk_score = 2", 1), nil)
	want = strings.NewReplacer(`'now-6m'`, `"now-6m"`, "risk_score = 1", "risk_score = 2", "query = \"a", "\nquery = \"a", "[transform]\n", "[transform]\n\n").Replace(existingText)
	if diff := cmp.Diff(want, f.Text); diff != "" || !f.Changed {
		t.Errorf("TOML: (-want +got)\n%s", diff)
	}
}

// FuzzRead holds that any text gives files with paths below their folder, or findings, and that what was made is TOML.
func FuzzRead(f *testing.F) {
	f.Add("r.ndjson", object(idA, "A", stored)+"\n{\n")
	f.Add("r.json", `[{"rule_id": "../x", "name": "..", "type": "eql", "filters": [{"a.b": [[{"c": null}]]}], "x": {"": 1e400}}]`)
	f.Add("r.toml", "[rule]\nrule_id = 'x'\n")
	f.Add("p.zip", "PK\x03\x04")
	f.Fuzz(func(t *testing.T, name, text string) {
		if len(text) > 1<<14 {
			return
		}
		files, _ := importer.Read(source.NewFile(name, text)).Plan(options(t))
		for _, file := range files {
			if !filepath.IsLocal(file.Path) {
				t.Errorf("%q leads out of its folder", file.Path)
			}
			if doc, problems := tomltext.Parse(source.NewFile(file.Path, file.Text)); doc == nil {
				t.Errorf("%v\n%s", problems, file.Text)
			}
		}
	})
}
