package kibana_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-rules/tocsin/internal/kibana"
)

const (
	forbidden = `{"statusCode":403,"error":"Forbidden","message":"no"}`
	missing   = `{"status_code":404,"message":"index for this space does not exist"}`
)

func TestPrivileges(t *testing.T) {
	rows := []struct {
		name    string
		step    http.HandlerFunc
		want    kibana.Privileges
		outcome string
	}{
		{"all", says(200, `{"username":"ann","has_encryption_key":true,"index":{".alerts-x":{"read":true,"write":false}}}`),
			kibana.Privileges{User: "ann", EncryptionKey: true, Alerts: map[string]bool{"read": true, "write": false}}, "ok"},
		{"no key", says(200, `{"has_encryption_key":false}`), kibana.Privileges{Alerts: map[string]bool{}}, "ok"},
		{"something else", says(200, `{"hello":1}`), kibana.Privileges{}, kibana.ErrNotKibana.Error()},
		{"a list", says(200, `[]`), kibana.Privileges{}, kibana.ErrNotKibana.Error()},
		{"not for you", says(403, forbidden), kibana.Privileges{}, "403"},
	}
	for _, row := range rows {
		c, _ := client(t, &script{steps: []http.HandlerFunc{row.step}}, kibana.Config{})
		got, err := c.Privileges(t.Context())
		if diff := cmp.Diff(row.want, got); diff != "" || outcome(err) != row.outcome {
			t.Errorf("%s: %v %s", row.name, err, diff)
		}
	}
}

func TestLicense(t *testing.T) {
	rows := []struct {
		name    string
		step    http.HandlerFunc
		want    kibana.License
		outcome string
	}{
		{"one that ends", says(200, `{"license":{"type":"gold","status":"active","expiryDateInMillis":1767225600000}}`),
			kibana.License{Type: "gold", Status: "active", Expires: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}, "ok"},
		{"one that does not", says(200, `{"license":{"type":"basic","status":"active"}}`), kibana.License{Type: "basic", Status: "active"}, "ok"},
		{"none", says(200, `{"license":null}`), kibana.License{}, kibana.ErrNotKibana.Error()},
		{"an end that is no number", says(200, `{"license":{"type":"basic","status":"active","expiryDateInMillis":"soon"}}`),
			kibana.License{Type: "basic", Status: "active"}, "ok"},
	}
	for _, row := range rows {
		c, _ := client(t, &script{steps: []http.HandlerFunc{row.step}}, kibana.Config{})
		got, err := c.License(t.Context())
		if diff := cmp.Diff(row.want, got); diff != "" || outcome(err) != row.outcome {
			t.Errorf("%s: %v %s", row.name, err, diff)
		}
	}
}

func TestIndicesAndRights(t *testing.T) {
	ask := map[string]func(*kibana.Client) (bool, error){
		"GET /api/detection_engine/index": func(c *kibana.Client) (bool, error) { return c.AlertIndex(t.Context()) },
		"GET /api/lists/index":            func(c *kibana.Client) (bool, error) { return c.ListIndex(t.Context()) },
		"POST /api/detection_engine/rules/_bulk_action?dry_run=true": func(c *kibana.Client) (bool, error) {
			err := c.MayWriteRules(t.Context())
			return err == nil, err
		},
	}
	for request, question := range ask {
		for status, want := range map[int]string{200: "true ok", 404: "false ok", 403: "false 403"} {
			if status == 404 && request[:4] == "POST" {
				want = "false 404"
			}
			h := &script{steps: []http.HandlerFunc{says(status, map[int]string{200: `{"success":true}`, 404: missing, 403: forbidden}[status])}}
			c, _ := client(t, h, kibana.Config{})
			there, err := question(c)
			if got := fmt.Sprint(there, " ", outcome(err)); got != want || h.requests()[0] != request {
				t.Errorf("%s: %s after %d, want %s", h.requests()[0], got, status, want)
			}
		}
	}
}

func TestAddress(t *testing.T) {
	c, err := kibana.New(kibana.Config{URL: "https://ann:secret@kibana.example.com:5601/base", Space: "soc"})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Address(); got != "https://kibana.example.com:5601/base/s/soc" {
		t.Error(got)
	}
}
