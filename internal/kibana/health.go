package kibana

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Privileges are what the caller may do in Elasticsearch, as Kibana tells it.
type Privileges struct {
	// User is who the caller is.
	User string
	// EncryptionKey tells whether Kibana has the key without which it saves no rule.
	EncryptionKey bool
	// Alerts are the rights on the index of alerts of the space, such as "read" and "write".
	Alerts map[string]bool
}

// Privileges asks what the caller may do.
func (c *Client) Privileges(ctx context.Context) (Privileges, error) {
	r := request{method: http.MethodGet, path: "/api/detection_engine/privileges"}
	doc, err := c.repeat(ctx, r)
	if err != nil {
		return Privileges{}, err
	}
	top, _ := doc.(map[string]any)
	key, told := top["has_encryption_key"].(bool)
	if !told {
		a := answer{method: r.method, path: c.prefix + r.path, status: http.StatusOK}
		return Privileges{}, c.unexpected(a, ErrNotKibana, "it does not tell has_encryption_key")
	}
	p := Privileges{User: textAt(doc, "username"), EncryptionKey: key, Alerts: map[string]bool{}}
	indices, _ := top["index"].(map[string]any)
	for _, rights := range indices {
		object, _ := rights.(map[string]any)
		for name, right := range object {
			p.Alerts[name] = right == true
		}
	}
	return p, nil
}

// License is what a Kibana's licence allows.
type License struct {
	// Type is "basic", "standard", "gold", "platinum", "enterprise" or "trial"; Status "active", "expired" or "invalid".
	Type, Status string
	// Expires is zero for a licence that does not.
	Expires time.Time
}

// License asks for the licence.
func (c *Client) License(ctx context.Context) (License, error) {
	r := request{method: http.MethodGet, path: "/api/licensing/info"}
	doc, err := c.repeat(ctx, r)
	if err != nil {
		return License{}, err
	}
	l := License{Type: textAt(doc, "license", "type"), Status: textAt(doc, "license", "status")}
	if l.Type == "" {
		a := answer{method: r.method, path: c.prefix + r.path, status: http.StatusOK}
		return License{}, c.unexpected(a, ErrNotKibana, "it does not tell license.type")
	}
	if ms, ok := numberAt(doc, "license", "expiryDateInMillis"); ok {
		l.Expires = time.UnixMilli(ms).UTC()
	}
	return l, nil
}

// MayWriteRules asks whether the caller may change rules: by an action on no rule at all, and as a dry run. Nil is yes.
func (c *Client) MayWriteRules(ctx context.Context) error {
	_, err := c.repeat(ctx, request{
		method: http.MethodPost, path: rulesPath + "/_bulk_action", query: url.Values{"dry_run": {"true"}},
		body: map[string]any{"action": "disable", "query": `alert.attributes.params.ruleId: "tocsin-asks-whether-it-may-write"`},
	})
	return err
}

// AlertIndex tells whether the space has its index of alerts.
func (c *Client) AlertIndex(ctx context.Context) (bool, error) {
	return c.there(ctx, "/api/detection_engine/index")
}

// ListIndex tells whether the space has its indices of value lists.
func (c *Client) ListIndex(ctx context.Context) (bool, error) {
	return c.there(ctx, "/api/lists/index")
}

func (c *Client) there(ctx context.Context, path string) (bool, error) {
	_, err := c.repeat(ctx, request{method: http.MethodGet, path: path})
	if HasStatus(err, http.StatusNotFound) {
		return false, nil
	}
	return err == nil, err
}
