package kibana

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const (
	valuesPath     = "/api/lists"
	valueItemsPath = "/api/lists/items"
)

// ValueLists reads the value lists of the space, without their values. A space whose value lists were never used has none.
func (c *Client) ValueLists(ctx context.Context) ([]Object, error) {
	there, err := c.ListIndex(ctx)
	if err != nil || !there {
		return nil, err
	}
	return c.findObjects(ctx, valuesPath+"/_find", url.Values{})
}

// Values reads the values of a value list, sorted.
func (c *Client) Values(ctx context.Context, id string) ([]string, error) {
	r := request{method: http.MethodPost, path: valueItemsPath + "/_export", query: url.Values{"list_id": {id}}}
	for p := c.NewPacer(); ; {
		a, err := c.send(ctx, r)
		if err == nil && a.status >= 300 {
			if _, err = c.document(a); err == nil {
				err = c.unexpected(a, ErrNotKibana, "")
			}
		}
		if err == nil {
			values := strings.FieldsFunc(string(a.body), func(r rune) bool { return r == '\n' || r == '\r' })
			slices.Sort(values)
			return values, nil
		}
		if !p.Again(ctx, err) {
			return nil, err
		}
	}
}

// CreateValueList makes a value list without values, and the indices of value lists where the space has none.
func (c *Client) CreateValueList(ctx context.Context, list Object) (Object, error) {
	there, err := c.ListIndex(ctx)
	if err != nil {
		return nil, err
	}
	if !there {
		_, err := c.repeat(ctx, request{method: http.MethodPost, path: valuesPath + "/index"})
		if err != nil && !HasStatus(err, http.StatusConflict) {
			return nil, err
		}
	}
	return c.createObject(ctx, valuesPath, list, url.Values{"id": {textAt(list, "id")}})
}

// UpdateValueList changes the name and the description of a value list.
func (c *Client) UpdateValueList(ctx context.Context, list Object) (Object, error) {
	return c.object(ctx, request{method: http.MethodPut, path: valuesPath, body: list})
}

// DeleteValueList deletes a value list with its values. One that exception items refer to is an [*Error] with status 409.
func (c *Client) DeleteValueList(ctx context.Context, id string) error {
	return c.deleteObject(ctx, valuesPath, url.Values{"id": {id}})
}

// SetValues makes a value list hold the given values and no others. Adding values twice would double them, so after each
// failure the list is read again, and only what is missing is sent.
func (c *Client) SetValues(ctx context.Context, id string, values []string) error {
	for p := c.NewPacer(); ; {
		have, err := c.Values(ctx, id)
		if err != nil {
			return err
		}
		missing, extra := without(values, have), without(have, values)
		if len(missing)+len(extra) == 0 {
			return nil
		}
		if err = c.changeValues(ctx, id, missing, extra); err == nil {
			return nil
		}
		if !p.Again(ctx, err) {
			return err
		}
	}
}

func (c *Client) changeValues(ctx context.Context, id string, missing, extra []string) error {
	for len(missing) > 0 {
		n := fitting(missing)
		chunk := missing[:n]
		missing = missing[n:]
		if err := c.addValues(ctx, id, chunk); err != nil {
			return err
		}
	}
	for _, value := range extra {
		if err := c.deleteObject(ctx, valueItemsPath, url.Values{"list_id": {id}, "value": {value}}); err != nil {
			return err
		}
	}
	return nil
}

// maxValues and maxValueBytes are how much one import sends: Kibana takes 9,000,000 bytes.
const (
	maxValues     = 50_000
	maxValueBytes = 8_000_000
)

// fitting is how many of some values fit into one import, at least one.
func fitting(values []string) int {
	size := 0
	for i, value := range values[:min(len(values), maxValues)] {
		if size += len(value) + 1; size > maxValueBytes && i > 0 {
			return i
		}
	}
	return min(len(values), maxValues)
}

func (c *Client) addValues(ctx context.Context, id string, values []string) error {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("file", "values.txt")
	if err != nil {
		return err
	}
	_, _ = part.Write([]byte(strings.Join(values, "\n") + "\n")) // A buffer takes everything.
	if err := form.Close(); err != nil {
		return fmt.Errorf("writing the form: %w", err)
	}
	_, err = c.once(ctx, request{
		method: http.MethodPost, path: valueItemsPath + "/_import", query: url.Values{"list_id": {id}, "refresh": {"true"}},
		raw: b.Bytes(), contentType: form.FormDataContentType(),
	})
	return err
}

// without are the values of a that b does not have.
func without(a, b []string) []string {
	has := make(map[string]bool, len(b))
	for _, value := range b {
		has[value] = true
	}
	return slices.DeleteFunc(slices.Clone(a), func(value string) bool { return has[value] })
}
