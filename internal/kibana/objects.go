package kibana

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// Object is an exception list, an item of one, or a value list, as the API sends and takes it.
type Object = map[string]any

// paged is a list that Kibana gives page by page, with the names that its endpoint has for things.
type paged struct {
	path  string
	query url.Values
	// page and size are parameters, list and total members of the answer.
	page, size, list, total string
	per                     int
	// what the list holds, for messages.
	what string
}

// findObjects reads all pages of a _find. A space without the indices that it looks in has none.
func (c *Client) findObjects(ctx context.Context, path string, query url.Values) ([]Object, error) {
	return c.allPages(ctx, paged{path, query, "page", "per_page", "data", "total", 1000, "objects"})
}

func (c *Client) allPages(ctx context.Context, p paged) ([]Object, error) {
	var all []Object
	for page := 1; ; page++ {
		p.query.Set(p.page, strconv.Itoa(page))
		p.query.Set(p.size, strconv.Itoa(p.per))
		r := request{method: http.MethodGet, path: p.path, query: p.query}
		doc, err := c.repeat(ctx, r)
		if err != nil {
			return nil, err
		}
		object, _ := doc.(map[string]any)
		_, isList := object[p.list].([]any)
		total, isNumber := object[p.total].(json.Number)
		if !isList || !isNumber {
			return nil, c.notIt(r, "a page of "+p.what)
		}
		found := objectsIn(object[p.list])
		all = append(all, found...)
		if n, _ := total.Int64(); len(found) < p.per || int64(page*p.per) >= n {
			return all, nil
		}
		if (page+1)*p.per > maxWindow {
			return nil, fmt.Errorf("%s reaches only the first %d %s, and there are %s", p.path, maxWindow, p.what, total)
		}
	}
}

// createObject makes an object that can be read back by a query. It is never repeated blindly: after a failure that may have
// made it, it is read first.
func (c *Client) createObject(ctx context.Context, path string, body Object, by url.Values) (Object, error) {
	for p := c.NewPacer(); ; {
		made, err := c.objectOnce(ctx, request{method: http.MethodPost, path: path, body: body})
		again := HasStatus(err, http.StatusConflict) && p.tries > 0
		switch {
		case err == nil:
			return made, nil
		case !again && !transient(err):
			return nil, err
		case !again && !p.Again(ctx, err):
			return nil, fmt.Errorf("%w: %w", ErrUncertain, err)
		}
		there, missing := c.object(ctx, request{method: http.MethodGet, path: path, query: by})
		switch {
		case missing == nil && Holds(there, body):
			return there, nil
		case missing == nil || again:
			return nil, err
		case !HasStatus(missing, http.StatusNotFound):
			return nil, fmt.Errorf("%w: %w; reading it back: %w", ErrUncertain, err, missing)
		}
	}
}

// deleteObject deletes an object. One that is not there is fine: an earlier try may have deleted it.
func (c *Client) deleteObject(ctx context.Context, path string, by url.Values) error {
	_, err := c.repeat(ctx, request{method: http.MethodDelete, path: path, query: by})
	if HasStatus(err, http.StatusNotFound) {
		return nil
	}
	return err
}

// object makes a call that may be repeated and gives the object of its answer.
func (c *Client) object(ctx context.Context, r request) (Object, error) {
	doc, err := c.repeat(ctx, r)
	return c.asObject(r, doc, err)
}

func (c *Client) objectOnce(ctx context.Context, r request) (Object, error) {
	doc, err := c.once(ctx, r)
	return c.asObject(r, doc, err)
}

func (c *Client) asObject(r request, doc any, err error) (Object, error) {
	if err != nil {
		return nil, err
	}
	object, ok := doc.(map[string]any)
	if !ok || textAt(object, "id") == "" {
		return nil, c.notIt(r, "the object that was asked for")
	}
	return object, nil
}
