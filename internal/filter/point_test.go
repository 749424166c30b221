package filter

import (
	"fmt"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/event"
)

func TestPoints(t *testing.T) {
	for _, c := range []struct{ doc, want string }{
		{`{"p":{"lat":52.5,"lon":13.4}}`, "[{13.4 52.5}]"},
		{`{"p.lat":"52.5","p.lon":"13.4"}`, "[{13.4 52.5}]"},
		{`{"p":[{"lat":1,"lon":2},{"lat":3,"lon":4}]}`, "[{2 1} {4 3}]"},
		{`{"p":[13.4,52.5]}`, "[{13.4 52.5}]"},
		{`{"p":[13.4,52.5,100]}`, "[{13.4 52.5}]"},
		{`{"p":[[2,1],[4,3]]}`, "[{2 1} {4 3}]"},
		{`{"p":"52.5,13.4"}`, "[{13.4 52.5}]"},
		{`{"p":[" 52.5 , 13.4 ","1,2,300"]}`, "[{13.4 52.5} {2 1}]"},
		{`{"p":"POINT (13.4 52.5)"}`, "[{13.4 52.5}]"},
		{`{"p":"point(13.4 52.5 7)"}`, "[{13.4 52.5}]"},
		{`{"p":{"type":"Point","coordinates":[13.4,52.5]}}`, "[{13.4 52.5}]"},
		{`{"p":"u"}`, "[{0 45}]"},
		{`{"p":"s0"}`, "[{0 0}]"},
		// what is no point
		{`{"p":{"lat":52.5}}`, "[]"},
		{`{"p":{"lat":91,"lon":0}}`, "[]"},
		{`{"p":{"lat":"north","lon":0}}`, "[]"},
		{`{"p":[181,0]}`, "[]"},
		{`{"p":[0]}`, "[]"},
		{`{"p":"0,181"}`, "[]"},
		{`{"p":"POINT (181 0)"}`, "[]"},
		{`{"p":"a cell"}`, "[]"},
		{`{"p":true}`, "[]"},
		{`{"p":{"type":"LineString","coordinates":[1,2]}}`, "[]"},
		{`{"q":"1,2"}`, "[]"},
	} {
		doc, problem := event.NewDecoder().Decode(c.doc)
		if problem != nil {
			t.Fatal(problem)
		}
		if got := fmt.Sprint(Points(doc, "p")); got != c.want {
			t.Errorf("%s: %s, want %s", c.doc, got, c.want)
		}
	}
}
