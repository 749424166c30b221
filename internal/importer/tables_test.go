package importer_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/importer"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// An export of Kibana: a container, an item with each type of entry, and a connector.
const exportedTables = `{"_version":"x","id":"1","list_id":"scanners","name":"Scanners","description":"Scanners","type":"detection","namespace_type":"single","os_types":[],"tags":["net"],"immutable":false,"version":1,"created_at":"2026-01-01T00:00:00Z","created_by":"x","updated_at":"2026-01-01T00:00:00Z","updated_by":"x","tie_breaker_id":"t"}
{"id":"2","list_id":"scanners","item_id":"i1","name":"The scanner","description":"Approved.","type":"simple","namespace_type":"single","os_types":["linux"],"tags":[],"comments":[{"id":"c","comment":"until spring","created_by":"x","created_at":"2026-01-01T00:00:00Z"}],"expire_time":"2027-03-01T00:00:00.000Z","entries":[{"field":"source.ip","type":"match","operator":"included","value":"10.0.0.1"},{"field":"user.name","type":"match_any","operator":"excluded","value":["root","admin"]},{"field":"file.path","type":"wildcard","operator":"included","value":"C:\\*"},{"field":"host.id","type":"exists","operator":"included"},{"field":"destination.ip","type":"list","operator":"included","list":{"id":"hosts","type":"ip"}},{"field":"file.pe","type":"nested","entries":[{"field":"name","type":"match","operator":"included","value":"x"}]}],"brand_new":{"a":null,"b":1}}
{"id":"soc","type":"action","attributes":{"actionTypeId":".slack","name":"SOC chat","isMissingSecrets":true,"config":{},"secrets":{"webhookUrl":"https://x.example"}},"references":[],"updated_at":"2026-01-01T00:00:00Z","coreMigrationVersion":"8.8.0"}
{"exported_count":3,"exported_rules_count":0}
`

const wantList = `[metadata.extended.api.scanners.items.i1.brand_new]
b = 1

[[exceptions]]

[exceptions.container]
list_id = "scanners"
name = "Scanners"
tags = ["net"]
type = "detection"

[[exceptions.items]]
description = "Approved."
expire_time = "2027-03-01T00:00:00.000Z"
item_id = "i1"
name = "The scanner"
os_types = ["linux"]

[[exceptions.items.comments]]
comment = "until spring"

[[exceptions.items.entries]]
field = "source.ip"
type = "match"
value = "10.0.0.1"

[[exceptions.items.entries]]
field = "user.name"
operator = "excluded"
type = "match_any"
value = ["root", "admin"]

[[exceptions.items.entries]]
field = "file.path"
type = "wildcard"
value = 'C:\*'

[[exceptions.items.entries]]
field = "host.id"
type = "exists"

[[exceptions.items.entries]]
field = "destination.ip"
list = { id = "hosts", type = "ip" }
type = "list"

[[exceptions.items.entries]]
field = "file.pe"
type = "nested"

[[exceptions.items.entries.entries]]
field = "name"
type = "match"
value = "x"
`

const wantConnector = `[[action_connectors]]
coreMigrationVersion = "8.8.0"
id = "soc"
type = "action"

[action_connectors.attributes]
actionTypeId = ".slack"
config = {}
isMissingSecrets = true
name = "SOC chat"
`

func parsed(t *testing.T, name, text string) *tomltext.Document {
	t.Helper()
	doc, problems := tomltext.Parse(source.NewFile(name, text))
	if doc == nil {
		t.Fatal(problems)
	}
	return doc
}

func TestExceptionsAndConnectors(t *testing.T) {
	files, problems := importer.Read(source.NewFile("e.ndjson", exportedTables)).Plan(options(t))
	if diff := cmp.Diff([]string{"soc_chat.toml", "scanners.toml"}, paths(files)); diff != "" {
		t.Fatalf("files (-want +got)\n%s", diff)
	}
	if files[0].Folder != importer.Connectors || files[1].Folder != importer.Exceptions || files[0].IsRule() || files[1].IsRule() {
		t.Errorf("got folders %v and %v", files[0].Folder, files[1].Folder)
	}
	for i, want := range []string{wantConnector, wantList} {
		if diff := cmp.Diff(want, files[i].Text); diff != "" {
			t.Errorf("%s (-want +got)\n%s", files[i].Path, diff)
		}
	}
	if diff := cmp.Diff([]string{
		"e.ndjson:3:1: warning: the secrets of the connector `SOC chat` are left out [import-not-taken]",
		"e.ndjson:1:1: warning: the exception list `scanners` asks for the value list \"hosts\", which no export of rules holds [import-not-taken]",
		"e.ndjson: warning: unknown field `exceptions.items` (exception lists: 1) is kept in metadata.extended.api: it will not be published [import-unknown-field]",
	}, told(problems)); diff != "" {
		t.Errorf("findings (-want +got)\n%s", diff)
	}
}

// TestSecretsOfAFile: they are taken out of a file of connectors, and all else stays: metadata, comments, the other connectors.
func TestSecretsOfAFile(t *testing.T) {
	before := `# chats
[metadata]
action_connector_name = "SOC chat"

[[action_connectors]]
id = "soc" # ours
managed = false

[action_connectors.attributes]
actionTypeId = ".slack"
name = "SOC chat"
secrets = { webhookUrl = "https://x.example" }

[[action_connectors]]
id = "mail"

[action_connectors.attributes]
actionTypeId = ".email"
name = "Mail"
`
	want := strings.Replace(before, "secrets = { webhookUrl = \"https://x.example\" }\n", "", 1)
	files, problems := importer.ReadFolder(fstest.MapFS{"connectors/chats.toml": &fstest.MapFile{Data: []byte(before)}}, "r").Plan(options(t))
	if len(files) != 1 || files[0].Path != "chats.toml" || files[0].Text != want {
		t.Fatalf("got %d files, %s", len(files), cmp.Diff(want, files[0].Text))
	}
	if diff := cmp.Diff([]string{"r/connectors/chats.toml:6:6: warning: the secrets of the connector `SOC chat` are left out [import-not-taken]"}, told(problems)); diff != "" {
		t.Errorf("findings (-want +got)\n%s", diff)
	}
	// One that has no id cannot be kept, and its secret even less.
	nameless := strings.Replace(before, "id = \"soc\" # ours\n", "", 1)
	files, _ = importer.ReadFolder(fstest.MapFS{"connectors/chats.toml": &fstest.MapFile{Data: []byte(nameless)}}, "r").Plan(options(t))
	for _, f := range files {
		if strings.Contains(f.Text, "x.example") {
			t.Errorf("%s holds a secret\n%s", f.Path, f.Text)
		}
	}
}

// TestExceptionsThatTheProjectHas: what says the same stays, what says another thing is updated in its file.
func TestExceptionsThatTheProjectHas(t *testing.T) {
	o := options(t)
	mine := "# ours\n" + wantList + "\n[[exceptions]]\n\n[exceptions.container]\nlist_id = \"other\" # mine\nname = \"Other\"\ntype = \"detection\"\n"
	o.Tables = []*tomltext.Document{parsed(t, "exceptions/all.toml", mine), parsed(t, "connectors/soc.toml", wantConnector)}
	files, _ := importer.Read(source.NewFile("e.ndjson", exportedTables)).Plan(o)
	if len(files) != 2 || files[0].Changed || files[1].Changed || files[0].Existing == nil {
		t.Fatalf("an export of the same changes files: %+v", files)
	}
	other := strings.NewReplacer("10.0.0.1", "10.0.0.9", "SOC chat", "The chat").Replace(exportedTables)
	files, _ = importer.Read(source.NewFile("e.ndjson", other)).Plan(o)
	if len(files) != 2 || !files[0].Changed || !files[1].Changed {
		t.Fatalf("got %+v", files)
	}
	if diff := cmp.Diff(strings.Replace(mine, "10.0.0.1", "10.0.0.9", 1), files[1].Text); diff != "" {
		t.Errorf("exceptions (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(strings.Replace(wantConnector, "SOC chat", "The chat", 1), files[0].Text); diff != "" {
		t.Errorf("connectors (-want +got)\n%s", diff)
	}
}

func TestBrokenExceptions(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"an item without its list":    {`{"list_id": "l", "item_id": "i", "entries": []}`, `r.ndjson:1:1: error: the exception list "l" of this item is not in the input [import-object]`},
		"an entry of an unknown type": {`{"list_id": "l", "item_id": "i", "name": "n", "entries": [{"field": "f", "type": "like", "value": "x"}]}`, `r.ndjson:1:1: error: exception "n", entry 1: the type "like" of the entry on f is not known [import-object]`},
		"an entry without a value":    {`{"list_id": "l", "item_id": "i", "name": "n", "entries": [{"field": "f", "type": "match"}]}`, `r.ndjson:1:1: error: exception "n", entry 1: the entry of type match on f has no value [import-object]`},
	} {
		files, problems := plan(t, "r.ndjson", tt.text)
		if len(files) > 0 || len(problems) == 0 || problems[0] != tt.want {
			t.Errorf("%s: got %v, %v", name, files, problems)
		}
	}
}

// TestBrokenTablesOfFiles: files that break their schema are told, and do not stop the others.
func TestBrokenTablesOfFiles(t *testing.T) {
	for _, text := range []string{
		"exceptions = 1", "[[exceptions]]", "exceptions = [1, 2]", "[[exceptions]]\ncontainer={list_id='l'}\nitems=[{entries=[{type='match'}]}]",
		"[[action_connectors]]\nid='x'\nattributes={secrets=1}", "action_connectors=[{id='x'}, 1]", "[[value_lists]]\nid='v'\nfile='../x'",
	} {
		importer.Read(source.NewFile("x.toml", text)).Plan(options(t))
	}
}
