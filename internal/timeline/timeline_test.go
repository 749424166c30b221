package timeline_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/timeline"
)

const sound = `{"timelineType":"template","templateTimelineId":"t","title":"T","version":"WzE=","columns":[{"id":"a"}]}`

func TestDecode(t *testing.T) {
	rows := []struct {
		name, text string
		templates  int
		finding    string
	}{
		{"one a line", sound + "\n" + strings.Replace(sound, `"t"`, `"u"`, 1) + "\n", 2, ""},
		{"one over several lines", "{\n \"timelineType\": \"template\",\n \"templateTimelineId\": \"t\",\n \"title\": \"T\"\n}\n", 1, ""},
		{"nothing", "\n", 0, ""},
		{"a timeline", strings.Replace(sound, `"template"`, `"default"`, 1), 0, `1:1 the timeline "T" is no template`},
		{"Elastic's own", strings.Replace(sound, `{`, `{"status":"immutable",`, 1), 0, `1:1 the template "T" is one of Elastic's own`},
		{"an active one", strings.Replace(sound, `{`, `{"status":"active",`, 1), 1, ""},
		{"without id", sound + "\n\n" + strings.Replace(sound, `"t"`, `""`, 1), 1, `3:1 the template "T" has no templateTimelineId`},
		{"without title", strings.Replace(sound, `"T"`, `""`, 1), 0, `1:1 the template "t" has no title`},
		{"null", "null", 0, "1:1 this is null"},
		{"a list, and one after it", "[1]\n" + sound, 1, "1:1 this is no JSON object"},
		{"half of one", sound + "\n" + sound[:20], 1, "2:1 this is no JSON object: unexpected EOF"},
		{"no JSON", "timeline", 0, "1:2 this is no JSON object"},
	}
	for _, row := range rows {
		list, problems := timeline.Decode(source.NewFile("t.ndjson", row.text))
		if len(list) != row.templates {
			t.Errorf("%s: %d templates", row.name, len(list))
		}
		got := ""
		for _, p := range problems {
			at := p.Subject.File.Position(p.Subject.Span.Start)
			got += fmt.Sprintf("%d:%d %s", at.Line, at.Column, p.Message)
		}
		if !strings.HasPrefix(got, row.finding) || row.finding == "" && got != "" {
			t.Errorf("%s: %s", row.name, got)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{sound, sound + "\n" + sound, "[1]\n" + sound, sound[:20], "null", "\x00", `{"a":1}{"b"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, _ := timeline.Decode(source.NewFile("t.ndjson", text))
		var bodies []map[string]any
		for _, template := range list {
			bodies = append(bodies, template.Body)
		}
		again, err := timeline.Encode(bodies)
		if err != nil {
			t.Fatal(err)
		}
		back, problems := timeline.Decode(source.NewFile("t.ndjson", again))
		if len(problems) > 0 || len(back) != len(list) {
			t.Fatalf("%d templates of %d, %v", len(back), len(list), problems)
		}
		for i := range back {
			if back[i].ID != list[i].ID || !reflect.DeepEqual(back[i].Body, list[i].Body) {
				t.Fatalf("%v became %v", list[i].Body, back[i].Body)
			}
		}
	})
}
