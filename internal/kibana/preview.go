package kibana

import (
	"context"
	"maps"
	"net/http"
	"time"
)

// Preview is what a preview of a rule gave. Its alerts are in Elasticsearch.
type Preview struct {
	// ID is the rule that the alerts name; "" when nothing was run.
	ID string
	// Errors and Warnings are what Kibana notes on the runs, each text once.
	Errors, Warnings []string
	// Aborted tells that Kibana stopped after a minute, with a part of the runs done.
	Aborted bool
}

// Preview runs a rule that is not stored: so many runs, the last one at the end. It writes nothing but the alerts of the preview,
// so it may be repeated.
func (c *Client) Preview(ctx context.Context, rule Rule, runs int, end time.Time) (Preview, error) {
	body := maps.Clone(rule)
	body["invocationCount"], body["timeframeEnd"] = runs, end.UTC().Format("2006-01-02T15:04:05.000Z07:00")
	r := request{method: http.MethodPost, path: rulesPath + "/preview", body: body}
	doc, err := c.repeat(ctx, r)
	if err != nil {
		return Preview{}, err
	}
	top, _ := doc.(map[string]any)
	logs, told := top["logs"].([]any)
	if !told {
		a := answer{method: r.method, path: c.prefix + r.path, status: http.StatusOK}
		return Preview{}, c.unexpected(a, ErrNotKibana, "it does not tell logs")
	}
	p := Preview{ID: textAt(doc, "previewId"), Aborted: top["isAborted"] == true}
	for _, log := range logs {
		entry, _ := log.(map[string]any)
		p.Errors = c.addTexts(p.Errors, entry["errors"])
		p.Warnings = c.addTexts(p.Warnings, entry["warnings"])
	}
	return p, nil
}

// addTexts adds the texts of a list that are not there yet, fit to be shown.
func (c *Client) addTexts(list []string, v any) []string {
	items, _ := v.([]any)
next:
	for _, item := range items {
		text, _ := item.(string)
		text = c.scrubber.show(text)
		for _, have := range list {
			if have == text {
				continue next
			}
		}
		list = append(list, text)
	}
	return list
}
