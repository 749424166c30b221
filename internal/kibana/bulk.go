package kibana

import (
	"context"
	"net/http"
)

// BulkResult is what became of the rules of a bulk action.
type BulkResult struct {
	// Updated are the rules as they are stored now.
	Updated []Rule
	// Failed tells, by the rule's id, why it was not changed; printable and without secrets.
	Failed map[string]string
}

// EnableRules enables the rules with these ids, at most 100. It may be repeated, for a rule that is enabled stays so. Kibana
// answers 500 when a single rule fails; that is a result and no error.
func (c *Client) EnableRules(ctx context.Context, ids []string) (BulkResult, error) {
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = id
	}
	r := request{method: http.MethodPost, path: rulesPath + "/_bulk_action", body: map[string]any{"action": "enable", "ids": list}}
	for p := c.NewPacer(); ; {
		result, err := c.bulkOnce(ctx, r)
		if err == nil || !p.Again(ctx, err) {
			return result, err
		}
	}
}

func (c *Client) bulkOnce(ctx context.Context, r request) (BulkResult, error) {
	a, err := c.send(ctx, r)
	if err != nil {
		return BulkResult{}, err
	}
	if a.status == http.StatusInternalServerError {
		if doc, err := decode(a.body); err == nil {
			if result, ok := c.readBulk(doc); ok {
				return result, nil
			}
		}
	}
	doc, err := c.document(a)
	if err != nil {
		return BulkResult{}, err
	}
	result, ok := c.readBulk(doc)
	if !ok {
		return BulkResult{}, c.notIt(r, "the answer to a bulk action")
	}
	return result, nil
}

func (c *Client) readBulk(doc any) (BulkResult, bool) {
	object, _ := doc.(map[string]any)
	attributes, _ := object["attributes"].(map[string]any)
	results, ok := attributes["results"].(map[string]any)
	if !ok {
		return BulkResult{}, false
	}
	result := BulkResult{Updated: objectsIn(results["updated"]), Failed: map[string]string{}}
	for _, failure := range objectsIn(attributes["errors"]) {
		for _, rule := range objectsIn(failure["rules"]) {
			result.Failed[textAt(rule, "id")] = c.scrubber.show(textAt(failure, "message"))
		}
	}
	return result, true
}

// objectsIn are the objects of a list.
func objectsIn(list any) []map[string]any {
	items, _ := list.([]any)
	var objects []map[string]any
	for _, item := range items {
		if object, ok := item.(map[string]any); ok {
			objects = append(objects, object)
		}
	}
	return objects
}
