// Package connector holds connectors: what a rule's actions go through, such as a chat, a mail server or a webhook.
//
// [Decode] reads them from a file of the repository, in the form that detection-rules has; [DecodeAPI] reads the saved object of
// Kibana's export, which [Connector.EncodeAPI] writes for its import. Secrets are in neither: Kibana never exports them,
// and a repository is no place for them.
package connector

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

// Table is the name of the tables that hold connectors in a file.
const Table = "action_connectors"

// Secrets is the name of the finding that a file has secrets.
const Secrets = "connector-secrets"

// secrets is the attribute that is never kept.
const secrets = "secrets"

// Connector is one connector.
type Connector struct {
	// ID is what actions name it by.
	ID string
	// Attributes are actionTypeId, name, config, isMissingSecrets and what else Kibana keeps, without secrets.
	Attributes map[string]any
	// Extra are the other members of the saved object.
	Extra map[string]any
	Place diag.Place
}

// Name is what the connector is called.
func (c *Connector) Name() string { name, _ := c.Attributes["name"].(string); return name }

// Type is the type of the connector, such as ".slack".
func (c *Connector) Type() string { kind, _ := c.Attributes["actionTypeId"].(string); return kind }

// Decode reads the connectors of a file that has passed its schema. Secrets and identifiers that stand twice are diagnostics.
func Decode(doc *tomltext.Document) ([]*Connector, diag.List) {
	var list []*Connector
	var problems diag.List
	fail := func(name, message, help string, path ...string) {
		problems = append(problems, diag.Diagnostic{
			Name: name, Severity: diag.Error, Message: message, Help: help, Subject: doc.ValuePlace(path...),
		})
	}
	for i, table := range rule.Tables(doc.Tree[Table]) {
		at := []string{Table, strconv.Itoa(i)}
		if HoldsSecrets(table) {
			fail(Secrets, "secrets do not belong into a repository", "take them out, and set them in Kibana", slices.Concat(at, []string{"attributes", secrets})...)
		}
		c, err := DecodeAPI(table)
		if err != nil {
			fail("connector", err.Error(), "actions name a connector by its id", at...)
			continue
		}
		c.Place = doc.ValuePlace(append(at, "id")...)
		if slices.ContainsFunc(list, func(other *Connector) bool { return other.ID == c.ID }) {
			fail("connector", fmt.Sprintf("the connector %q stands in this file already", c.ID), "", append(at, "id")...)
		}
		list = append(list, c)
	}
	return list, problems
}

// WithoutSecrets gives an object without its secrets; the given one stays as it is.
func WithoutSecrets(object map[string]any) map[string]any {
	attributes, ok := object["attributes"].(map[string]any)
	if !ok {
		return object
	}
	object, attributes = maps.Clone(object), maps.Clone(attributes)
	delete(attributes, secrets)
	object["attributes"] = attributes
	return object
}

// HoldsSecrets tells whether an object has secrets that are not empty.
func HoldsSecrets(object map[string]any) bool {
	attributes, _ := object["attributes"].(map[string]any)
	table, isTable := attributes[secrets].(map[string]any)
	return isTable && len(table) > 0 || !isTable && attributes[secrets] != nil
}

// Is tells whether an object of an export is a connector.
func Is(object map[string]any) bool {
	attributes, ok := object["attributes"].(map[string]any)
	return ok && object["type"] == "action" && attributes["actionTypeId"] != nil
}

// serverSet are the members that only Kibana sets.
func serverSet() []string {
	return []string{"created_at", "updated_at", "created_by", "updated_by", "version", "managed", "namespaces", "originId", "score", "sort"}
}

// DecodeAPI reads a saved object. Secrets are left out, and what only Kibana sets.
func DecodeAPI(object map[string]any) (*Connector, error) {
	c := &Connector{Extra: maps.Clone(object)}
	c.ID, _ = object["id"].(string)
	if c.ID == "" {
		return nil, errors.New("the connector has no id")
	}
	attributes, _ := object["attributes"].(map[string]any)
	c.Attributes = map[string]any{}
	maps.Copy(c.Attributes, attributes)
	delete(c.Attributes, secrets)
	for _, name := range append(serverSet(), "id", "type", "attributes") {
		delete(c.Extra, name)
	}
	maps.DeleteFunc(c.Extra, func(_ string, value any) bool {
		list, isList := value.([]any)
		return value == nil || isList && len(list) == 0
	})
	return c, nil
}

// EncodeAPI gives the saved object that Kibana's import takes.
func (c *Connector) EncodeAPI() map[string]any {
	object := c.Encode()
	attributes := maps.Clone(c.Attributes)
	attributes[secrets] = map[string]any{}
	for name, value := range map[string]any{"config": map[string]any{}, "isMissingSecrets": false} {
		if attributes[name] == nil {
			attributes[name] = value
		}
	}
	object["attributes"] = attributes
	if object["references"] == nil {
		object["references"] = []any{}
	}
	return object
}

// Encode gives the table of a file.
func (c *Connector) Encode() map[string]any {
	object := maps.Clone(c.Extra)
	if object == nil {
		object = map[string]any{}
	}
	object["id"], object["type"], object["attributes"] = c.ID, "action", c.Attributes
	return object
}
