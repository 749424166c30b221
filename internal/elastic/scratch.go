package elastic

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// Document is a document of an index.
type Document struct {
	ID     string         `json:"_id"`
	Source map[string]any `json:"_source"`
}

// MakeIndex makes an index whose fields have the types given by their dotted names. What else documents hold is mapped
// dynamically.
func (c *Client) MakeIndex(ctx context.Context, name string, types map[string]map[string]any) error {
	properties := map[string]any{}
	for field, mapping := range types {
		properties[field] = mapping
	}
	mapping := body(map[string]any{"mappings": map[string]any{"properties": properties}})
	return c.ask(ctx, esapi.IndicesCreateRequest{Index: inPath(name)[0], Body: mapping}, nil)
}

// DeleteIndex deletes an index.
func (c *Client) DeleteIndex(ctx context.Context, name string) error {
	return c.ask(ctx, esapi.IndicesDeleteRequest{Index: inPath(name)}, nil)
}

// batch is how many documents one request carries.
const batch = 500

// Fill puts documents into an index, so that they can be searched at once.
func (c *Client) Fill(ctx context.Context, name string, docs []Document) error {
	for len(docs) > 0 {
		n := min(batch, len(docs))
		var lines bytes.Buffer
		encoder := json.NewEncoder(&lines)
		for _, d := range docs[:n] {
			if err := encoder.Encode(map[string]any{"index": map[string]any{"_id": d.ID}}); err != nil {
				return err
			}
			if err := encoder.Encode(d.Source); err != nil {
				return fmt.Errorf("the event %s cannot be written as JSON: %w", d.ID, err)
			}
		}
		var told struct {
			Items []map[string]struct {
				ID    string `json:"_id"`
				Error struct{ Reason string }
			}
		}
		if err := c.ask(ctx, esapi.BulkRequest{Index: inPath(name)[0], Body: &lines, Refresh: "true"}, &told); err != nil {
			return err
		}
		for _, item := range told.Items {
			for _, result := range item {
				if result.Error.Reason != "" {
					return fmt.Errorf("elasticsearch does not take the event %s: %s", result.ID, c.wire.Show(result.Error.Reason))
				}
			}
		}
		docs = docs[n:]
	}
	return nil
}

// maxFound is how many documents a search reads at most.
const maxFound = 10_000

// Find gives the documents of an index in which a field has a value. An index that is not there holds none.
func (c *Client) Find(ctx context.Context, name, field, value string) ([]Document, error) {
	ignore := true
	// What was written before is searched only after a refresh; who may not ask for one waits for that of the index itself.
	err := c.ask(ctx, esapi.IndicesRefreshRequest{Index: inPath(name), IgnoreUnavailable: &ignore}, nil)
	var refused *Error
	if err != nil && !errors.As(err, &refused) {
		return nil, err
	}
	var told struct{ Hits struct{ Hits []Document } }
	query := body(map[string]any{"size": maxFound, "query": map[string]any{"term": map[string]any{field: value}}})
	err = c.ask(ctx, esapi.SearchRequest{Index: inPath(name), Body: query, IgnoreUnavailable: &ignore}, &told)
	return told.Hits.Hits, err
}
