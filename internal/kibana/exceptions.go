package kibana

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const (
	listsPath = "/api/exception_lists"
	itemsPath = "/api/exception_lists/items"
)

// ExceptionLists reads the containers of all exception lists, those of the space and those of all spaces.
func (c *Client) ExceptionLists(ctx context.Context) ([]Object, error) {
	return c.findObjects(ctx, listsPath+"/_find", url.Values{"namespace_type": {"single,agnostic"}})
}

// ExceptionItems reads the items of exception lists, given as their containers. One request asks for many lists.
func (c *Client) ExceptionItems(ctx context.Context, lists []Object) ([]Object, error) {
	const atOnce = 30 // The ids stand in the URL, whose length is bounded.
	var items []Object
	for some := range slices.Chunk(lists, atOnce) {
		var ids, kinds []string
		for _, list := range some {
			ids, kinds = append(ids, textAt(list, "list_id")), append(kinds, textAt(list, "namespace_type"))
		}
		found, err := c.findObjects(ctx, itemsPath+"/_find", url.Values{
			"list_id": {strings.Join(ids, ",")}, "namespace_type": {strings.Join(kinds, ",")},
		})
		if err != nil {
			return nil, err
		}
		items = append(items, found...)
	}
	return items, nil
}

// CreateException makes an exception list, or an item when the object has an item_id.
func (c *Client) CreateException(ctx context.Context, object Object) (Object, error) {
	path, by := exceptionPlace(object)
	return c.createObject(ctx, path, object, by)
}

// UpdateException replaces an exception list, or an item. The list of an item and the namespace of both stay.
func (c *Client) UpdateException(ctx context.Context, object Object) (Object, error) {
	path, _ := exceptionPlace(object)
	return c.object(ctx, request{method: http.MethodPut, path: path, body: object})
}

// Exception reads an exception list or item as it is stored. One that is not there is an [*Error] with status 404.
func (c *Client) Exception(ctx context.Context, object Object) (Object, error) {
	path, by := exceptionPlace(object)
	return c.object(ctx, request{method: http.MethodGet, path: path, query: by})
}

// DeleteException deletes an exception list with its items, or an item.
func (c *Client) DeleteException(ctx context.Context, object Object) error {
	path, by := exceptionPlace(object)
	return c.deleteObject(ctx, path, by)
}

// exceptionPlace is where an exception list or item is found.
func exceptionPlace(object Object) (path string, by url.Values) {
	by = url.Values{"namespace_type": {textAt(object, "namespace_type")}}
	if id := textAt(object, "item_id"); id != "" {
		by.Set("item_id", id)
		return itemsPath, by
	}
	by.Set("list_id", textAt(object, "list_id"))
	return listsPath, by
}
