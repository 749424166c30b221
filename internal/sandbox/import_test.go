package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/sandbox"
)

// upload sends a file, as a form has it.
func (p peer) upload(path, name, text string) answer {
	p.t.Helper()
	body, kind := form(p.t, name, text)
	return p.raw("POST", path, body, "kbn-xsrf", "x", "Content-Type", kind)
}

func form(t testing.TB, name, text string) (body, kind string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

// lines is an import file with an object a line.
func lines(t testing.TB, objects ...any) string {
	t.Helper()
	var b strings.Builder
	for _, o := range objects {
		text, ok := o.(string)
		if !ok {
			text = asJSON(t, o)
		}
		b.WriteString(text + "\n")
	}
	return b.String()
}

func numbered(id string, changes object) object {
	return with(with(minimal("query"), object{"rule_id": id, "name": "Rule " + id}), changes)
}

func list(id, kind string) object {
	return object{"list_id": id, "type": kind, "name": "l", "description": "d", "namespace_type": "single"}
}

func item(id, listID string) object {
	return object{
		"item_id": id, "list_id": listID, "type": "simple", "name": "i", "description": "d", "namespace_type": "single",
		"entries": []any{object{"field": "host.name", "type": "match", "operator": "included", "value": "a"}},
	}
}

func connector(id string) object {
	return object{"id": id, "type": "action", "references": []any{}, "attributes": object{
		"actionTypeId": ".webhook", "name": "hook", "config": object{}, "secrets": object{}, "isMissingSecrets": true,
	}}
}

func usesList(id string) object {
	return object{"exceptions_list": []any{object{"id": "old", "list_id": id, "type": "detection", "namespace_type": "single"}}}
}

func usesConnector(id string) object {
	return object{"actions": []any{object{"id": id, "action_type_id": ".webhook", "group": "default", "params": object{}}}}
}

const importPath = rulesPath + "/_import"

// TestImport has a row for each thing that may become of a rule in a file, after a first import of the rule a, the list l
// and the connector c.
func TestImport(t *testing.T) {
	rows := []struct {
		name, query string
		file        []any
		// stored is success_count, and errors are "status name message" of each, in order.
		stored int
		errors []string
	}{
		{"a new rule", "", []any{numbered("b", nil)}, 1, nil},
		{"a rule that exists", "", []any{numbered("a", nil)}, 0, []string{`409 a rule_id: "a" already exists`}},
		{"a rule that is overwritten", "?overwrite=true", []any{numbered("a", object{"name": "x"})}, 1, nil},
		{"the same rule twice", "", []any{numbered("b", nil), numbered("b", object{"name": "second"})}, 1,
			[]string{`400 b More than one rule with rule-id: "b" found`}},
		{"the same rule twice, overwritten", "?overwrite=true", []any{numbered("b", nil), numbered("b", object{"name": "second"})}, 1, nil},
		{"a list that is not there", "", []any{numbered("b", usesList("gone"))}, 1,
			[]string{`400 b Rule with rule_id: "b" references a non existent exception list of list_id: "gone". Reference has been removed.`}},
		{"a list that is there", "", []any{numbered("b", usesList("l"))}, 1, nil},
		{"a list in the file", "", []any{numbered("b", usesList("m")), list("m", "detection")}, 1, nil},
		{"a list of another type", "", []any{numbered("b", usesList("m")), list("m", "rule_default")}, 1, []string{"400 b Rule with rule_id"}},
		{"a connector that is not there", "", []any{numbered("b", usesConnector("gone"))}, 0,
			[]string{"404 b Rule actions reference the following missing action IDs: gone"}},
		{"a connector that is there", "", []any{numbered("b", usesConnector("c"))}, 1, nil},
		{"a connector in the file", "", []any{connector("d"), numbered("b", usesConnector("d"))}, 1, nil},
		{"Elastic's rule without version", "", []any{numbered("prebuilt-b", nil)}, 0,
			[]string{`400 prebuilt-b Prebuilt rules must specify a "version"`}},
		{"Elastic's rule with version", "", []any{numbered("prebuilt-b", object{"version": 3})}, 1, nil},
		{"a line that breaks the schema", "", []any{numbered("b", object{"severity": "worst"}), numbered("d", nil)}, 1,
			[]string{"400 (unknown id) severity: expected"}},
		{"a rule without rule_id", "", []any{numbered("b", object{"rule_id": nil})}, 0, []string{"400 (unknown id) rule_id: Required"}},
		{"fields that only together are wrong", "", []any{numbered("b", object{"timeline_id": "x"})}, 0, []string{"400 b when"}},
		{"half a line", "", []any{`{"rule_id": "b",`, numbered("d", nil)}, 1, []string{"400 (unknown id) "}},
		{"the line that counts", "", []any{numbered("b", nil), object{"exported_count": 1, "exported_rules_count": 1}}, 1, nil},
		{"empty lines", "", []any{"", numbered("b", nil), ""}, 1, nil},
		{"nothing", "", nil, 0, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			p := start(t, sandbox.Options{Prebuilt: func(id string) bool { return strings.HasPrefix(id, "prebuilt-") }})
			first := p.upload(importPath, "rules.ndjson", lines(t,
				numbered("a", usesConnector("c")), list("l", "detection"), item("i", "l"), connector("c")))
			if first.body["success"] != true || fmt.Sprint(first.body["exceptions_success_count"]) != "2" {
				t.Fatalf("the first import: %v", first.body)
			}
			a := p.upload(importPath+row.query, "rules.ndjson", lines(t, row.file...))
			if a.status != 200 {
				t.Fatalf("%d %s", a.status, a.message())
			}
			if got := fmt.Sprint(a.body["success_count"]); got != fmt.Sprint(row.stored) {
				t.Errorf("success_count %s, want %d", got, row.stored)
			}
			if a.body["success"] != (len(row.errors) == 0) {
				t.Errorf("success %v with errors %v", a.body["success"], a.body["errors"])
			}
			problems := problemsOf(a.body["errors"], "rule_id")
			for i, want := range row.errors {
				if len(problems) != len(row.errors) || !strings.HasPrefix(problems[i], want) {
					t.Fatalf("errors %q, want %q", problems, row.errors)
				}
			}
		})
	}
}

// problemsOf is the errors of an import, each on one line: status, name, message.
func problemsOf(errors any, name string) []string {
	var all []string
	for _, e := range errors.([]any) {
		problem := e.(object)
		inner := problem["error"].(object)
		all = append(all, fmt.Sprintf("%v %v %v", inner["status_code"], problem[name], inner["message"]))
	}
	return all
}

func TestImportOfTwinsKeepsTheLast(t *testing.T) {
	p := start(t, sandbox.Options{})
	p.upload(importPath, "r.ndjson", lines(t, numbered("b", object{"name": "first"}), numbered("b", object{"name": "second"})))
	if got := p.must("GET", rulesPath+"?rule_id=b", nil); got["name"] != "second" {
		t.Errorf("kept %v", got["name"])
	}
}

func TestOverwritingReplaces(t *testing.T) {
	p := start(t, sandbox.Options{})
	p.upload(importPath, "r.ndjson", lines(t, numbered("a", with(usesList("l"), object{"enabled": true, "version": 4, "tags": []any{"x"}})), list("l", "detection")))
	before := p.must("GET", rulesPath+"?rule_id=a", nil)
	p.upload(importPath+"?overwrite=true", "r.ndjson", lines(t, numbered("a", nil)))
	after := p.must("GET", rulesPath+"?rule_id=a", nil)
	// Kibana unlinks the list and drops the tags, for the file says nothing of them, but keeps these.
	for name, want := range map[string]any{"id": before["id"], "enabled": true, "version": before["version"]} {
		if after[name] != want {
			t.Errorf("%s: %v, want %v", name, after[name], want)
		}
	}
	if asJSON(t, after["exceptions_list"]) != "[]" || asJSON(t, after["tags"]) != "[]" {
		t.Errorf("exceptions_list %v, tags %v", after["exceptions_list"], after["tags"])
	}
}

func TestImportPointsListsAtThisSpace(t *testing.T) {
	p := start(t, sandbox.Options{})
	p.upload(importPath, "r.ndjson", lines(t, numbered("a", usesList("l")), list("l", "detection")))
	r := p.must("GET", rulesPath+"?rule_id=a", nil)
	l := p.must("GET", "/api/exception_lists?list_id=l", nil)
	if got := r["exceptions_list"].([]any)[0].(object)["id"]; got != l["id"] {
		t.Errorf("the rule refers to %v, the list is %v", got, l["id"])
	}
}

func TestImportedPrebuiltRulesAreElastics(t *testing.T) {
	p := start(t, sandbox.Options{Prebuilt: func(id string) bool { return id == "e" }})
	p.upload(importPath, "r.ndjson", lines(t, numbered("e", object{"version": 2}), numbered("own", object{"immutable": true})))
	for id, want := range map[string]string{"e": `true {"customized_fields":[],"has_base_version":true,"is_customized":false,"type":"external"}`, "own": `false {"type":"internal"}`} {
		r := p.must("GET", rulesPath+"?rule_id="+id, nil)
		if got := fmt.Sprint(r["immutable"], " ", asJSON(t, r["rule_source"])); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
	changed := p.must("PATCH", rulesPath, object{"rule_id": "e", "tags": []any{"x"}})
	if got := asJSON(t, changed["rule_source"].(object)["customized_fields"]); got != `[{"field_name":"tags"}]` {
		t.Errorf("customised fields: %s", got)
	}
}

func TestImportRefusals(t *testing.T) {
	many := strings.Repeat(lines(t, numbered("a", nil)), 10_001)
	rows := []struct {
		name, query, file, text string
		status                  int
		message                 string
	}{
		{"another extension", "", "rules.json", "", 400, "Invalid file extension .json"},
		{"a flag that is no truth", "?overwrite=yes", "r.ndjson", "", 400, "overwrite"},
		{"a line that is no object", "", "r.ndjson", "[1]\n", 500, "Cannot read properties"},
		{"more than 10,000 rules", "", "r.ndjson", strings.ReplaceAll(many, `"d"`, `""`), 500, "Can't import more than 10000 rules"},
		{"more than 10 MB", "", "r.ndjson", strings.Repeat(" ", 10_485_760), 400, "10485760"},
	}
	p := start(t, sandbox.Options{})
	for _, row := range rows {
		if a := p.upload(importPath+row.query, row.file, row.text); a.status != row.status || !strings.Contains(a.message(), row.message) {
			t.Errorf("%s: %d %s, want %d %s", row.name, a.status, a.message(), row.status, row.message)
		}
	}
	if a := p.raw("POST", importPath, "{}", "kbn-xsrf", "x", "Content-Type", "application/json"); a.status != 415 {
		t.Errorf("JSON instead of a form: %d", a.status)
	}
}

// download gets a file of JSON lines.
func (p peer) download(path, body string) []object {
	p.t.Helper()
	text := p.text("POST", path, body)
	var all []object
	for line := range strings.Lines(text) {
		var o object
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			p.t.Fatalf("%v in %s", err, line)
		}
		all = append(all, o)
	}
	return all
}

func TestExport(t *testing.T) {
	p := start(t, sandbox.Options{})
	p.upload(importPath, "r.ndjson", lines(t,
		numbered("a", with(usesList("l"), usesConnector("c"))), numbered("b", usesList("l")),
		list("l", "detection"), item("i", "l"), list("unused", "detection"), connector("c")))
	rows := []struct{ name, query, body, want string }{
		{"all", "", "", "a b list:l item:i connector:c count:5/2"},
		{"one", "", `{"objects":[{"rule_id":"b"}]}`, "b list:l item:i count:3/1"},
		{"one that is not there", "", `{"objects":[{"rule_id":"z"}]}`, "count:0/0 missing:z"},
		{"without details, and so without exceptions", "?exclude_export_details=true", "", "a b"},
	}
	for _, row := range rows {
		var got []string
		for _, o := range p.download(rulesPath+"/_export"+row.query, row.body) {
			got = append(got, lineName(o)...)
		}
		if strings.Join(got, " ") != row.want {
			t.Errorf("%s: %s, want %s", row.name, strings.Join(got, " "), row.want)
		}
	}
}

// lineName says in a word what a line of an export is.
func lineName(o object) []string {
	switch {
	case o["exported_count"] != nil:
		all := []string{fmt.Sprintf("count:%v/%v", o["exported_count"], o["exported_rules_count"])}
		for _, missing := range o["missing_rules"].([]any) {
			all = append(all, fmt.Sprint("missing:", missing.(object)["rule_id"]))
		}
		return all
	case o["rule_id"] != nil:
		return []string{fmt.Sprint(o["rule_id"])}
	case o["item_id"] != nil:
		return []string{fmt.Sprint("item:", o["item_id"])}
	case o["list_id"] != nil:
		return []string{fmt.Sprint("list:", o["list_id"])}
	}
	return []string{fmt.Sprint("connector:", o["id"])}
}

// TestExportComesBack: what one space exports, another imports to the same rules, but for what belongs to the space.
func TestExportComesBack(t *testing.T) {
	p := start(t, sandbox.Options{})
	p.upload(importPath, "r.ndjson", lines(t,
		numbered("a", with(usesList("l"), usesConnector("c"))), numbered("b", object{"enabled": true, "version": 7}),
		list("l", "detection"), item("i", "l"), connector("c")))
	text := p.text("POST", rulesPath+"/_export", "")
	a := p.upload("/s/other"+importPath, "r.ndjson", text)
	if a.body["success"] != true || asJSON(t, a.body["exceptions_errors"]) != "[]" || len(a.body["action_connectors_warnings"].([]any)) != 1 {
		t.Fatalf("%v", a.body)
	}
	for _, id := range []string{"a", "b"} {
		here, there := p.must("GET", rulesPath+"?rule_id="+id, nil), p.must("GET", "/s/other"+rulesPath+"?rule_id="+id, nil)
		for _, name := range []string{"id", "exceptions_list", "created_at", "updated_at"} {
			delete(here, name)
			delete(there, name)
		}
		if asJSON(t, here) != asJSON(t, there) {
			t.Errorf("%s\n%s", asJSON(t, here), asJSON(t, there))
		}
	}
}
