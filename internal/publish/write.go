package publish

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"

	"github.com/tocsin-rules/tocsin/internal/kibana"
)

// do makes one change by calls of its own, and gives what Kibana stored.
func (r *run) do(ctx context.Context, c Change) (map[string]any, error) {
	switch c.Kind {
	case ExceptionList, ExceptionItem:
		return doException(ctx, r.client, c)
	case ValueList:
		return doValueList(ctx, r.client, c)
	case Timeline:
		return doTimeline(ctx, r.client, c)
	}
	switch c.Action {
	case Create:
		return create(ctx, r.client, c)
	case Update:
		return update(ctx, r.client, c)
	}
	return nil, remove(ctx, r.client, c)
}

func create(ctx context.Context, client Client, c Change) (map[string]any, error) {
	body := disabled(c.Body)
	stored, err := client.CreateRule(ctx, body)
	switch {
	case kibana.HasStatus(err, http.StatusConflict):
		return nil, fmt.Errorf("%w: %w", errCreated, err)
	case err != nil:
		return nil, err
	}
	return stored, verify(Rule, body, stored)
}

func update(ctx context.Context, client Client, c Change) (map[string]any, error) {
	current, err := client.GetRule(ctx, c.ID)
	if err != nil {
		return nil, explainUpdate(err)
	}
	if err := unmoved(c, current); err != nil {
		return nil, err
	}
	body := c.Body
	if current["enabled"] != true {
		body = disabled(body)
	}
	stored, err := client.UpdateRule(ctx, replacement(body, current))
	if err != nil {
		return nil, explainUpdate(err)
	}
	return stored, verify(Rule, completed(body, current), stored)
}

func remove(ctx context.Context, client Client, c Change) error {
	current, err := client.GetRule(ctx, c.ID)
	if kibana.HasStatus(err, http.StatusNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := unmoved(c, current); err != nil {
		return err
	}
	return client.DeleteRule(ctx, c.ID)
}

// errCreated and errDeleted tell that an object came or went between plan and apply.
var (
	errCreated = errors.New("it was created in kibana after the plan was made; plan again")
	errDeleted = errors.New("it was deleted in kibana after the plan was made; plan again")
)

// unmoved makes sure that an object is still the one that the change was planned for.
func unmoved(c Change, current map[string]any) error {
	if now := c.Kind.revision(current); now != c.Revision {
		return fmt.Errorf("it was changed in kibana after the plan was made (revision %s then, %s now); plan again",
			c.Revision, now)
	}
	return nil
}

// disabled is a body that does not enable its rule: that is done when everything is there.
func disabled(body map[string]any) map[string]any {
	if body["enabled"] != true {
		return body
	}
	body = maps.Clone(body)
	body["enabled"] = false
	return body
}

// explainUpdate says what a refused update means.
func explainUpdate(err error) error {
	switch {
	case kibana.HasStatus(err, http.StatusNotFound):
		return fmt.Errorf("%w: %w", errDeleted, err)
	case kibana.HasStatus(err, http.StatusConflict):
		return fmt.Errorf("somebody else is changing it in kibana; plan again: %w", err)
	}
	return err
}

// verify compares what was sent with what Kibana says that it stored.
func verify(kind Kind, sent, stored map[string]any) error {
	if changes := differences(kind, stored, sent); len(changes) > 0 {
		return fmt.Errorf("kibana took the %s but stored it differently: %s", kind.noun(), paths(changes))
	}
	return nil
}
