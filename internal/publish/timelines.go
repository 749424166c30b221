package publish

import (
	"context"
	"maps"
	"net/http"

	"github.com/tocsin-rules/tocsin/internal/timeline"
)

// templateVersion is the member of a timeline template that counts its versions.
const templateVersion = "templateTimelineVersion"

// Timelines are timeline templates as objects to publish. source is the file that they come from.
func Timelines(source string, templates []*timeline.Template) []Desired {
	var desired []Desired
	for _, t := range templates {
		body := maps.Clone(t.Body)
		if body[templateVersion] == nil {
			body[templateVersion] = 1
		}
		desired = append(desired, Desired{Kind: Timeline, ID: t.ID, Name: t.Title, Source: source, Body: body})
	}
	return desired
}

// normalTimeline is the form in which timeline templates are compared. Their version is counted here, as that of rules is.
func normalTimeline(template map[string]any) map[string]any {
	n, _ := tidy(timeline.Normal(template), false).(map[string]any)
	delete(n, templateVersion)
	maps.DeleteFunc(n, func(_ string, v any) bool {
		object, isObject := v.(map[string]any)
		return v == "" || isObject && len(object) == 0
	})
	return n
}

// doTimeline makes a change of a timeline template.
func doTimeline(ctx context.Context, client Client, c Change) (map[string]any, error) {
	if c.Action == Create {
		stored, err := client.CreateTimeline(ctx, c.Body)
		return c.created(stored, err, http.StatusMethodNotAllowed)
	}
	current, err := client.Timeline(ctx, c.ID)
	if gone, err := c.meets(current, err); gone || err != nil {
		return nil, err
	}
	if c.Action == Delete {
		return nil, client.DeleteTimeline(ctx, current)
	}
	stored, err := client.UpdateTimeline(ctx, current, emptied(c.Body, current))
	if err != nil {
		return nil, explainUpdate(err)
	}
	return stored, verify(Timeline, c.Body, stored)
}

// emptied is a body that also takes away what only the stored template has: Kibana keeps what an update does not name.
func emptied(body, stored map[string]any) map[string]any {
	body = maps.Clone(body)
	for name := range normalTimeline(stored) {
		if _, stated := body[name]; !stated {
			body[name] = nil
		}
	}
	return body
}

// PulledTimeline is a timeline template of a space that the repository holds in another form.
type PulledTimeline struct {
	Source  string
	Body    map[string]any
	Outcome Outcome
}

// PullTimelines gives those of the desired templates that differ in a space, as they are there.
func PullTimelines(actual State, desired []Desired) []PulledTimeline {
	there := actual.index()
	var pulled []PulledTimeline
	for _, d := range desired {
		found := there[place{d.Kind, d.ID}]
		if d.Kind != Timeline || len(found) != 1 || len(differences(Timeline, found[0], d.Body)) == 0 {
			continue
		}
		outcome := Outcome{Action: None, Kind: Timeline, ID: d.ID, Name: d.Name, Source: d.Source, Stored: found[0], Wanted: d.Body}
		pulled = append(pulled, PulledTimeline{Source: d.Source, Body: timeline.Normal(found[0]), Outcome: outcome})
	}
	return pulled
}
