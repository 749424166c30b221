package kibana

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
)

// ImportResult is what an import says: how many objects it took, and why it did not take others. Kibana answers 200 in any
// case, and does not list what it took.
type ImportResult struct {
	Count  int
	Errors []ImportError
}

// ImportError is an object that an import did not take, or not whole.
type ImportError struct {
	// RuleID, ListID and ItemID name the object, as far as Kibana knows it; a rule may be "(unknown id)".
	RuleID, ListID, ItemID string
	Status                 int
	// Message is printable and without secrets.
	Message string
}

// ImportRules sends rules as one import that overwrites. It is tried once only: after a failure some of the rules may be
// there, so read them before sending anything again.
func (c *Client) ImportRules(ctx context.Context, rules []Rule) (ImportResult, error) {
	objects := make([]any, len(rules))
	for i, rule := range rules {
		objects[i] = rule
	}
	raw, contentType, err := importForm(objects)
	if err != nil {
		return ImportResult{}, err
	}
	r := request{
		method: http.MethodPost, path: rulesPath + "/_import", query: url.Values{"overwrite": {"true"}},
		raw: raw, contentType: contentType,
	}
	doc, err := c.once(ctx, r)
	if err != nil {
		return ImportResult{}, err
	}
	count, ok := numberAt(doc, "success_count")
	if !ok {
		return ImportResult{}, c.notIt(r, "the answer to an import")
	}
	return ImportResult{Count: int(count), Errors: c.importErrors(doc)}, nil
}

// importForm is a form with one file, an object a line. Kibana wants the file's name to end in .ndjson.
func importForm(objects []any) (raw []byte, contentType string, err error) {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("file", "tocsin.ndjson")
	if err != nil {
		return nil, "", err
	}
	for _, object := range objects {
		line, err := json.Marshal(object)
		if err != nil {
			return nil, "", fmt.Errorf("an object cannot be written as JSON: %w", err)
		}
		_, _ = part.Write(append(line, '\n')) // A buffer takes everything.
	}
	if err := form.Close(); err != nil {
		return nil, "", err
	}
	return b.Bytes(), form.FormDataContentType(), nil
}

func (c *Client) importErrors(doc any) []ImportError {
	object, _ := doc.(map[string]any)
	list, _ := object["errors"].([]any)
	var found []ImportError
	for _, item := range list {
		status, _ := numberAt(item, "error", "status_code")
		found = append(found, ImportError{
			RuleID: textAt(item, "rule_id"), ListID: textAt(item, "list_id"), ItemID: textAt(item, "item_id"),
			Status: int(status), Message: c.scrubber.show(textAt(item, "error", "message")),
		})
	}
	return found
}
