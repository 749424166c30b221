package kibana

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Status is how a Kibana describes itself.
type Status struct {
	// Version is such as "9.2.0", and Flavor "traditional" or "serverless"; both are empty for a caller whom Kibana does
	// not know.
	Version, Flavor string
	// Level is "available", "degraded", "unavailable" or "critical".
	Level string
	// Date is Kibana's clock as its answer tells it, to the second; zero when it does not.
	Date time.Time
}

// Status asks how Kibana is. A Kibana that is starting or ill answers too, so that is a status and no error.
func (c *Client) Status(ctx context.Context) (Status, error) {
	r := request{method: http.MethodGet, path: "/api/status"}
	for p := c.NewPacer(); ; {
		status, err := c.statusOnce(ctx, r)
		if err == nil || !p.Again(ctx, err) {
			return status, err
		}
	}
}

func (c *Client) statusOnce(ctx context.Context, r request) (Status, error) {
	a, err := c.send(ctx, r)
	if err != nil {
		return Status{}, err
	}
	// A Kibana that is not available sends the same document with status 503; a proxy's 503 is something else.
	if doc, err := decode(a.body); err == nil && a.status == http.StatusServiceUnavailable {
		if s := readStatus(doc, a.header); s.Level != "" {
			return s, nil
		}
	}
	doc, err := c.document(a)
	if err != nil {
		return Status{}, err
	}
	s := readStatus(doc, a.header)
	if s.Level == "" {
		return Status{}, c.unexpected(a, ErrNotKibana, "it does not tell status.overall.level")
	}
	return s, nil
}

func readStatus(doc any, h http.Header) Status {
	date, _ := http.ParseTime(h.Get("Date"))
	return Status{
		Date:    date,
		Version: textAt(doc, "version", "number"),
		Flavor:  textAt(doc, "version", "build_flavor"),
		Level:   textAt(doc, "status", "overall", "level"),
	}
}

// textAt is the text that stands in doc under the keys, or "".
func textAt(doc any, keys ...string) string {
	for _, key := range keys {
		object, _ := doc.(map[string]any)
		doc = object[key]
	}
	text, _ := doc.(string)
	return text
}

// numberAt is the whole number that stands in doc under the keys.
func numberAt(doc any, keys ...string) (int64, bool) {
	for _, key := range keys {
		object, _ := doc.(map[string]any)
		doc = object[key]
	}
	number, _ := doc.(json.Number)
	n, err := number.Int64()
	return n, err == nil
}
