package kibana_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/kibana"
)

func TestPreview(t *testing.T) {
	rows := []struct{ name, body, want, outcome string }{
		{"alerts", `{"previewId":"p","logs":[{"errors":[],"warnings":["w"]},{"errors":["e"],"warnings":["w"]}]}`, "p [e] [w] false", "ok"},
		{"stopped", `{"previewId":"p","logs":[],"isAborted":true}`, "p [] [] true", "ok"},
		{"not run", `{"logs":[{"errors":["Invalid invocation count"],"warnings":[]}]}`, " [Invalid invocation count] [] false", "ok"},
		{"not fit for a terminal", `{"previewId":"p","logs":[{"errors":["a\u001b[31m"]}]}`, `p [a\x1b[31m] [] false`, "ok"},
		{"something else", `{"id":1}`, " [] [] false", kibana.ErrNotKibana.Error()},
	}
	for _, row := range rows {
		c, _ := client(t, &script{steps: []http.HandlerFunc{says(200, row.body)}}, kibana.Config{})
		sent := kibana.Rule{"name": "n"}
		p, err := c.Preview(t.Context(), sent, 2, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		if got := fmt.Sprint(p.ID, " ", p.Errors, " ", p.Warnings, " ", p.Aborted); got != row.want || outcome(err) != row.outcome {
			t.Errorf("%s: %s %v, want %s", row.name, got, err, row.want)
		}
		if len(sent) != 1 {
			t.Errorf("the caller's rule was changed: %v", sent)
		}
	}
}
