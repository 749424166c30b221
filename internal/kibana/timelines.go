package kibana

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

const timelinePath = "/api/timeline"

// Timelines reads the timeline templates of the space.
func (c *Client) Timelines(ctx context.Context) ([]Object, error) {
	query := url.Values{"timeline_type": {"template"}}
	return c.allPages(ctx, paged{timelinePath + "s", query, "page_index", "page_size", "timeline", "totalCount", 100, "timeline templates"})
}

// Timeline reads a timeline template by its templateTimelineId. One that is not there is an [*Error] with status 404.
func (c *Client) Timeline(ctx context.Context, id string) (Object, error) {
	r := request{method: http.MethodGet, path: timelinePath, query: url.Values{"template_timeline_id": {id}}}
	doc, err := c.repeat(ctx, r)
	if object, empty := doc.(map[string]any); err == nil && empty && len(object) == 0 {
		// Kibana 8 answers 200 and nothing.
		return nil, &Error{Status: http.StatusNotFound, Method: r.method, Path: c.prefix + r.path, Messages: []string{"there is no such timeline template"}}
	}
	return c.asTimeline(r, doc, err)
}

// CreateTimeline makes a timeline template. It is never repeated blindly: after a failure that may have made it, it is read first.
func (c *Client) CreateTimeline(ctx context.Context, template Object) (Object, error) {
	return c.writeTimeline(ctx, request{method: http.MethodPost, path: timelinePath, body: Object{
		"timeline": template, "timelineId": nil, "version": nil,
		"templateTimelineId": template["templateTimelineId"], "templateTimelineVersion": template["templateTimelineVersion"], "timelineType": "template",
	}}, template, "")
}

// UpdateTimeline changes the given members of a stored timeline template. One that was changed meanwhile is an [*Error] with
// status 409.
func (c *Client) UpdateTimeline(ctx context.Context, stored, template Object) (Object, error) {
	return c.writeTimeline(ctx, request{method: http.MethodPatch, path: timelinePath, body: Object{
		"timelineId": stored["savedObjectId"], "version": stored["version"], "timeline": template,
	}}, template, textAt(stored, "version"))
}

// writeTimeline makes a call that Kibana refuses when it has done it already. before is the version that a template had, "" for
// one that was not there.
func (c *Client) writeTimeline(ctx context.Context, r request, template Object, before string) (Object, error) {
	for p := c.NewPacer(); ; {
		doc, err := c.once(ctx, r)
		made, err := c.asTimeline(r, doc, err)
		again := p.tries > 0 && (HasStatus(err, http.StatusMethodNotAllowed) || HasStatus(err, http.StatusConflict))
		if err == nil || !again && !transient(err) {
			return made, err
		}
		there, missing := c.Timeline(ctx, textAt(template, "templateTimelineId"))
		switch {
		case missing == nil && Holds(there, template):
			return there, nil
		case missing == nil && textAt(there, "version") != before, again:
			return nil, err
		case missing != nil && (before != "" || !HasStatus(missing, http.StatusNotFound)):
			return nil, fmt.Errorf("%w: %w; reading it back: %w", ErrUncertain, err, missing)
		case !p.Again(ctx, err):
			return nil, fmt.Errorf("%w: %w", ErrUncertain, err)
		}
	}
}

// DeleteTimeline deletes a stored timeline template. It may be repeated, for one that is gone is fine.
func (c *Client) DeleteTimeline(ctx context.Context, stored Object) error {
	r := request{method: http.MethodDelete, path: timelinePath, body: Object{"savedObjectIds": []any{stored["savedObjectId"]}}}
	for p := c.NewPacer(); ; {
		a, err := c.send(ctx, r)
		if err == nil && len(a.body) > 0 {
			_, err = c.document(a)
		} else if err == nil && a.status >= 300 {
			err = c.refusal(a)
		}
		if err == nil || !p.Again(ctx, err) {
			return err
		}
	}
}

// asTimeline is the timeline of an answer. Kibana 8 wraps it.
func (c *Client) asTimeline(r request, doc any, err error) (Object, error) {
	if err != nil {
		return nil, err
	}
	object, _ := doc.(map[string]any)
	if data, wrapped := object["data"].(map[string]any); wrapped {
		object, _ = data["getOneTimeline"].(map[string]any)
		if saved, ok := data["persistTimeline"].(map[string]any); ok {
			object, _ = saved["timeline"].(map[string]any)
		}
	}
	if textAt(object, "savedObjectId") == "" || textAt(object, "version") == "" {
		return nil, c.notIt(r, "a timeline")
	}
	return object, nil
}

// Connectors reads the connectors of the space, without their secrets, which Kibana never tells.
func (c *Client) Connectors(ctx context.Context) ([]Object, error) {
	r := request{method: http.MethodGet, path: "/api/actions/connectors"}
	doc, err := c.repeat(ctx, r)
	if err != nil {
		return nil, err
	}
	if _, isList := doc.([]any); !isList {
		return nil, c.notIt(r, "the list of connectors")
	}
	return objectsIn(doc), nil
}
