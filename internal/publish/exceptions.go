package publish

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/tocsin-rules/tocsin/internal/exception"
	"github.com/tocsin-rules/tocsin/internal/kibana"
)

// Exceptions are exception lists, their items and value lists as objects to publish. source is the file that they come from.
func Exceptions(source string, lists []*exception.List, values []*exception.ValueList) []Desired {
	var desired []Desired
	for _, v := range values {
		desired = append(desired, Desired{Kind: ValueList, ID: v.ID, Name: orText(v.Name, v.ID), Source: source, Body: valueListBody(v)})
	}
	for _, l := range lists {
		desired = append(desired, Desired{Kind: ExceptionList, ID: l.ListID, Name: l.Name, Source: source, Body: l.EncodeAPI()})
		for _, item := range l.Items {
			desired = append(desired, Desired{Kind: ExceptionItem, ID: item.ItemID, Name: item.Name, Source: source, Body: item.EncodeAPI()})
		}
	}
	return desired
}

func valueListBody(v *exception.ValueList) map[string]any {
	lines := []string{}
	if v.Values != nil {
		lines = append(lines, v.Values.Lines()...)
	}
	slices.Sort(lines)
	name := orText(v.Name, v.ID)
	return map[string]any{
		"id": v.ID, "name": name, "description": orText(v.Description, name), "type": v.Type, "values": slices.Compact(lines),
	}
}

func orText(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// doException makes a change of an exception list or of an item.
func doException(ctx context.Context, client Client, c Change) (map[string]any, error) {
	if c.Action == Create {
		stored, err := client.CreateException(ctx, c.Body)
		return c.created(stored, err, http.StatusConflict)
	}
	current, err := client.Exception(ctx, c.key())
	if gone, err := c.meets(current, err); gone || err != nil {
		return nil, err
	}
	if c.Action == Delete {
		return nil, client.DeleteException(ctx, current)
	}
	body := c.Kind.completed(c.Body, current)
	if c.Kind == ExceptionItem {
		body = maps.Clone(body)
		delete(body, "list_id") // Kibana: an item stays in its list, and an update that names one is refused.
	}
	stored, err := client.UpdateException(ctx, body)
	if err != nil {
		return nil, explainUpdate(err)
	}
	return stored, verify(c.Kind, c.Kind.completed(c.Body, current), stored)
}

// created is the outcome of an object's creation. taken is the status with which Kibana says that somebody else was faster.
func (c Change) created(stored map[string]any, err error, taken int) (map[string]any, error) {
	if kibana.HasStatus(err, taken) {
		return nil, fmt.Errorf("%w: %w", errCreated, err)
	}
	if err != nil {
		return nil, err
	}
	return stored, verify(c.Kind, c.Body, stored)
}

// meets tells whether what was just read is what the plan saw; gone, that a deletion has nothing left to do.
func (c Change) meets(current map[string]any, err error) (gone bool, _ error) {
	if kibana.HasStatus(err, http.StatusNotFound) && c.Action == Delete {
		return true, nil
	}
	if err != nil {
		return false, explainUpdate(err)
	}
	return false, unmoved(c, current)
}

// key is the object of a change as far as is needed to find it.
func (c Change) key() map[string]any {
	if c.Body != nil {
		return c.Body
	}
	return map[string]any{c.Kind.idKey(): c.ID, "namespace_type": orText(c.Namespace, "single")}
}

// doValueList makes a change of a value list and of its values.
func doValueList(ctx context.Context, client Client, c Change) (map[string]any, error) {
	if c.Action == Delete {
		return nil, client.DeleteValueList(ctx, c.ID)
	}
	head := maps.Clone(c.Body)
	delete(head, "values")
	var list map[string]any
	var err error
	if c.Action == Create {
		if list, err = client.CreateValueList(ctx, head); kibana.HasStatus(err, http.StatusConflict) {
			return nil, fmt.Errorf("%w: %w", errCreated, err)
		}
	} else {
		delete(head, "type") // Kibana: the type of a list stays.
		list, err = client.UpdateValueList(ctx, head)
	}
	if err != nil {
		return nil, explainUpdate(err)
	}
	if err := client.SetValues(ctx, c.ID, texts(c.Body["values"])); err != nil {
		return nil, fmt.Errorf("its values: %w", err)
	}
	stored, err := withValues(ctx, client, list)
	if err != nil {
		return nil, err
	}
	return stored, verify(ValueList, c.Body, stored)
}

// texts are the texts of a list, be it one of Go's or of JSON.
func texts(v any) []string {
	if list, ok := v.([]string); ok {
		return list
	}
	items, _ := v.([]any)
	var list []string
	for _, item := range items {
		if text, ok := item.(string); ok {
			list = append(list, text)
		}
	}
	return list
}

// withComments is an item with the comments that Kibana has, and those of the file that are not among them.
func withComments(body, stored map[string]any) map[string]any {
	have, _ := stored["comments"].([]any)
	body = maps.Clone(body)
	all := slices.Clone(have)
	wanted, _ := tidy(body["comments"], false).([]any)
	for _, comment := range wanted {
		if !slices.ContainsFunc(have, func(other any) bool { return commentText(other) == commentText(comment) }) {
			all = append(all, comment)
		}
	}
	body["comments"] = all
	return body
}

func commentText(comment any) any {
	object, _ := comment.(map[string]any)
	return object["comment"]
}

// refer points the exception lists of rules at those of this space: a list has another id in each. A rule whose list is not
// there fails, for without its exceptions it would raise false alerts. It gives the other changes.
func (r *run) refer(ctx context.Context, changes []int) []int {
	var left []int
	for _, i := range changes {
		c := &r.changes[i]
		references, _ := tidy(c.Body["exceptions_list"], false).([]any)
		if len(references) == 0 {
			left = append(left, i)
			continue
		}
		body, err := r.referred(ctx, c.Body, references)
		if err != nil {
			r.finish(ctx, i, nil, err)
			continue
		}
		c.Body = body
		left = append(left, i)
	}
	return left
}

func (r *run) referred(ctx context.Context, body map[string]any, references []any) (map[string]any, error) {
	if r.listIDs == nil {
		lists, err := r.client.ExceptionLists(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading the exception lists in kibana: %w", err)
		}
		r.listIDs = map[string]string{}
		for _, list := range lists {
			r.listIDs[listKey(list)], _ = list["id"].(string)
		}
	}
	var missing error
	list := eachObject(references, func(reference map[string]any) {
		id, there := r.listIDs[listKey(reference)]
		switch {
		case there:
			reference["id"] = id
		case reference["list_id"] == exception.EndpointList:
			reference["id"] = exception.EndpointList
		default:
			missing = fmt.Errorf("there is no exception list %q in kibana, and without it the rule would raise alerts that are excepted", reference["list_id"])
		}
	})
	body = maps.Clone(body)
	body["exceptions_list"] = list
	return body, missing
}

// listKey is by what a rule finds an exception list.
func listKey(list map[string]any) string {
	namespace, _ := list["namespace_type"].(string)
	id, _ := list["list_id"].(string)
	return orText(namespace, "single") + ":" + id
}
