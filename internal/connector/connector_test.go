package connector_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/connector"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

func decode(t *testing.T, text string) ([]*connector.Connector, []string) {
	t.Helper()
	doc, problems := tomltext.Parse(source.NewFile("c.toml", text))
	if doc == nil {
		t.Fatal(problems)
	}
	list, problems := connector.Decode(doc)
	var told []string
	for _, d := range problems {
		told = append(told, d.Error())
	}
	return list, told
}

func TestDecode(t *testing.T) {
	list, problems := decode(t, "[[action_connectors]]\nid='c'\ntype='action'\nmanaged=false\ncoreMigrationVersion='8.8.0'\n[action_connectors.attributes]\nactionTypeId='.webhook'\nname='Hook'\nconfig={port=443}\nsecrets={}\n")
	if len(problems) > 0 || len(list) != 1 || list[0].Name() != "Hook" || list[0].Type() != ".webhook" {
		t.Fatalf("got %v, %v", list, problems)
	}
	// What Kibana's import takes has secrets that are empty, and says whether some are missing.
	diff := cmp.Diff(map[string]any{
		"id": "c", "type": "action", "references": []any{}, "coreMigrationVersion": "8.8.0",
		"attributes": map[string]any{"actionTypeId": ".webhook", "name": "Hook", "config": map[string]any{"port": json.Number("443")}, "isMissingSecrets": false, "secrets": map[string]any{}},
	}, list[0].EncodeAPI())
	if diff != "" {
		t.Errorf("saved object (-want +got)\n%s", diff)
	}
	again, err := connector.DecodeAPI(list[0].EncodeAPI())
	if err != nil || cmp.Diff(again.EncodeAPI(), list[0].EncodeAPI()) != "" {
		t.Errorf("another connector after a round trip: %v, %v", again, err)
	}
}

func TestDecodeFindings(t *testing.T) {
	for text, want := range map[string]string{
		"[[action_connectors]]\nid='c'\nattributes={secrets={token='x'}}": "c.toml:3:21: error: secrets do not belong into a repository [connector-secrets]",
		"[[action_connectors]]\nattributes={}":                            "c.toml:1:1: error: the connector has no id [connector]",
		"[[action_connectors]]\nid='c'\n[[action_connectors]]\nid='c'":    `c.toml:4:4: error: the connector "c" stands in this file already [connector]`,
	} {
		if _, problems := decode(t, text); len(problems) != 1 || problems[0] != want {
			t.Errorf("%s: got %v", text, problems)
		}
	}
}

func TestIs(t *testing.T) {
	attributes := map[string]any{"actionTypeId": ".slack"}
	for _, tt := range []struct {
		object map[string]any
		want   bool
	}{
		{map[string]any{"type": "action", "attributes": attributes}, true},
		{map[string]any{"type": "security-rule", "attributes": attributes}, false},
		{map[string]any{"type": "action"}, false},
		{map[string]any{"type": "action", "attributes": map[string]any{}}, false},
	} {
		if got := connector.Is(tt.object); got != tt.want {
			t.Errorf("%v: got %v", tt.object, got)
		}
	}
}
