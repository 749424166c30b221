package sandbox_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/sandbox"
)

const bulkPath = rulesPath + "/_bulk_action"

// mixed is a sandbox with a rule of several types, whose ids are given by rule_id.
func mixed(t testing.TB) (peer, map[string]string) {
	t.Helper()
	p := start(t, sandbox.Options{Connectors: map[string]string{"c": ".webhook"}})
	ids := map[string]string{}
	for _, kind := range []string{"query", "threshold", "machine_learning", "esql"} {
		r := p.must("POST", rulesPath, with(minimal(kind), object{"rule_id": kind, "tags": []any{"t"}, "index": []any{"logs-*"}}))
		ids[kind] = r["id"].(string)
	}
	p.must("PATCH", rulesPath, object{"rule_id": "esql", "enabled": true})
	return p, ids
}

// TestBulkAction has a row for each action and for each way in which it fails.
func TestBulkAction(t *testing.T) {
	edit := func(kind string, value any) object {
		return object{"action": "edit", "edit": []any{object{"type": kind, "value": value}}}
	}
	dates := object{"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-01-02T00:00:00Z"}
	suppression := object{"group_by": []any{"host.name"}}
	perRule := object{"duration": object{"value": 5, "unit": "m"}}
	rows := []struct {
		name   string
		body   object
		ids    string
		status int
		// want is total, succeeded, failed, skipped; then the message, and the first error's code and message.
		want string
	}{
		{"enable", object{"action": "enable"}, "query", 200, "1 1 0 0"},
		{"enable what is enabled counts as updated", object{"action": "enable"}, "esql", 200, "1 1 0 0"},
		{"disable", object{"action": "disable"}, "esql", 200, "1 1 0 0"},
		{"delete", object{"action": "delete"}, "query esql", 200, "2 2 0 0"},
		{"duplicate", object{"action": "duplicate", "duplicate": object{"include_exceptions": true, "include_expired_exceptions": false}}, "query", 200, "1 1 0 0"},
		{"all rules, for neither ids nor query are given", object{"action": "enable"}, "", 200, "4 4 0 0"},
		{"all rules, for the query is empty", object{"action": "enable", "query": ""}, "", 200, "4 4 0 0"},
		{"a query", object{"action": "enable", "query": "alert.attributes.params.type: esql"}, "", 200, "1 1 0 0"},
		{"run", object{"action": "run", "run": dates}, "esql", 200, "1 1 0 0"},
		{"run of a disabled rule", object{"action": "run", "run": dates}, "query", 500,
			"1 0 1 0 Bulk manual rule run failed MANUAL_RULE_RUN_DISABLED_RULE"},
		{"no gaps", object{"action": "fill_gaps", "fill_gaps": dates}, "esql", 200, "1 0 0 1"},
		{"gaps of a disabled rule", object{"action": "fill_gaps", "fill_gaps": dates}, "query", 500, "1 0 1 0 Bulk edit failed RULE_FILL_GAPS_DISABLED_RULE"},
		{"a rule that is not there", object{"action": "enable"}, "query gone", 500, "2 1 1 0 Bulk edit partially failed Rule not found"},
		{"only a rule that is not there", object{"action": "enable"}, "gone", 500, "1 0 1 0 Bulk edit failed Rule not found"},
		{"add a tag", edit("add_tags", []any{"u"}), "query", 200, "1 1 0 0"},
		{"add a tag that is there", edit("add_tags", []any{"t"}), "query", 200, "1 0 0 1"},
		{"delete a tag", edit("delete_tags", []any{"t"}), "query", 200, "1 1 0 0"},
		{"delete a tag that is not there", edit("delete_tags", []any{"u"}), "query", 200, "1 0 0 1"},
		{"set tags", edit("set_tags", []any{"u"}), "query", 200, "1 1 0 0"},
		{"index patterns", edit("add_index_patterns", []any{"x-*"}), "query", 200, "1 1 0 0"},
		{"no index patterns left", edit("delete_index_patterns", []any{"logs-*"}), "query", 500, "1 0 1 0 Bulk edit failed Mutated params invalid: Index"},
		{"index patterns of a job", edit("set_index_patterns", []any{"x"}), "machine_learning", 500,
			"1 0 1 0 Bulk edit failed MACHINE_LEARNING_INDEX_PATTERN"},
		{"index patterns of ES|QL, and of a query", edit("set_index_patterns", []any{"x"}), "esql query", 500,
			"2 1 1 0 Bulk edit partially failed ESQL_INDEX_PATTERN"},
		{"investigation fields", edit("add_investigation_fields", object{"field_names": []any{"a"}}), "query", 200, "1 1 0 0"},
		{"a timeline", edit("set_timeline", object{"timeline_id": "a", "timeline_title": "b"}), "query", 200, "1 1 0 0"},
		{"a schedule", edit("set_schedule", object{"interval": "1h", "lookback": "5m"}), "query", 200, "1 1 0 0"},
		{"an action", edit("add_rule_actions", object{"actions": []any{object{"id": "c", "params": object{}}}}), "query", 200, "1 1 0 0"},
		{"an action without connector", edit("set_rule_actions", object{"actions": []any{object{"id": "gone", "params": object{}}}}), "query", 500,
			"1 0 1 0 Bulk edit failed Failed to load action gone"},
		{"suppression", edit("set_alert_suppression", suppression), "query", 200, "1 1 0 0"},
		{"suppression of a threshold rule", edit("set_alert_suppression", suppression), "threshold", 500,
			"1 0 1 0 Bulk edit failed THRESHOLD_RULE_TYPE_IN_SUPPRESSION"},
		{"suppression for threshold", edit("set_alert_suppression_for_threshold", perRule), "threshold", 200, "1 1 0 0"},
		{"suppression for threshold of a query", edit("set_alert_suppression_for_threshold", perRule), "query", 500,
			"1 0 1 0 Bulk edit failed UNSUPPORTED_RULE_IN_SUPPRESSION_FOR_THRESHOLD"},
		{"no suppression", edit("delete_alert_suppression", nil), "query", 200, "1 1 0 0"},
	}
	for _, row := range rows {
		for _, dryRun := range []bool{false, true} {
			t.Run(fmt.Sprint(row.name, ", dry run ", dryRun), func(t *testing.T) {
				p, ids := mixed(t)
				before := p.text("GET", rulesPath+"/_find", "")
				a := p.send("POST", bulkPath+"?dry_run="+fmt.Sprint(dryRun), byID(row.body, row.ids, ids))
				if got := bulkOutcome(a); a.status != row.status || !strings.HasPrefix(got, row.want) {
					t.Errorf("%d %s, want %d %s", a.status, got, row.status, row.want)
				}
				results := asJSON(t, a.body["attributes"].(object)["results"])
				const none = `{"created":[],"deleted":[],"skipped":[],"updated":[]}`
				if dryRun && results != none {
					t.Errorf("results of a dry run: %s", results)
				}
				if after := p.text("GET", rulesPath+"/_find", ""); dryRun && after != before {
					t.Error("a dry run changed something")
				}
			})
		}
	}
}

// byID is a body about rules given by rule_id.
func byID(body object, names string, ids map[string]string) object {
	var list []any
	for _, name := range strings.Fields(names) {
		if id := ids[name]; id != "" {
			list = append(list, id)
		} else {
			list = append(list, "00000000-0000-4000-8000-ffffffffffff")
		}
	}
	if list == nil {
		return body
	}
	return with(body, object{"ids": list})
}

// bulkOutcome says in one line what came of a bulk action.
func bulkOutcome(a answer) string {
	attributes, _ := a.body["attributes"].(object)
	summary, _ := attributes["summary"].(object)
	text := fmt.Sprint(summary["total"], " ", summary["succeeded"], " ", summary["failed"], " ", summary["skipped"])
	if message, ok := a.body["message"].(string); ok {
		text += " " + message
	}
	if errors, _ := attributes["errors"].([]any); len(errors) > 0 {
		first := errors[0].(object)
		if code, ok := first["err_code"].(string); ok {
			text += " " + code
		}
		text += fmt.Sprint(" ", first["message"])
	}
	return text
}

func TestBulkRefusals(t *testing.T) {
	ids := make([]any, 101)
	for i := range ids {
		ids[i] = "x"
	}
	rows := []struct {
		name    string
		body    object
		status  int
		message string
	}{
		{"an unknown action", object{"action": "explode"}, 400, "action: expected"},
		{"no action", object{}, 400, "action: Required"},
		{"ids and a query", object{"action": "enable", "ids": []any{"a"}, "query": ""}, 400, "Both query and ids are sent"},
		{"no id in ids", object{"action": "enable", "ids": []any{}}, 400, "ids: must hold at least 1"},
		{"101 ids", object{"action": "enable", "ids": ids}, 400, "More than 100 ids"},
		{"a run without dates", object{"action": "run"}, 400, "run: Required"},
		{"an edit without change", object{"action": "edit", "edit": []any{}}, 400, "edit: must hold"},
		{"an unknown edit", object{"action": "edit", "edit": []any{object{"type": "set_name", "value": "x"}}}, 400, "edit.0.type"},
		{"a bad schedule", object{"action": "edit", "edit": []any{object{"type": "set_schedule", "value": object{"interval": "0m", "lookback": "1m"}}}}, 400, "interval"},
		{"a broken query", object{"action": "enable", "query": "("}, 400, "KQLSyntaxError"},
	}
	p := start(t, sandbox.Options{})
	for _, row := range rows {
		if a := p.send("POST", bulkPath, row.body); a.status != row.status || !strings.Contains(a.message(), row.message) {
			t.Errorf("%s: %d %s, want %d %s", row.name, a.status, a.message(), row.status, row.message)
		}
	}
	if a := p.send("POST", bulkPath+"?dry_run=true", object{"action": "export"}); a.status != 400 {
		t.Errorf("a dry run of an export: %d", a.status)
	}
}

func TestBulkEditIsAllOrNothing(t *testing.T) {
	p, ids := mixed(t)
	p.send("POST", bulkPath, byID(object{"action": "edit", "edit": []any{
		object{"type": "add_tags", "value": []any{"u"}}, object{"type": "set_index_patterns", "value": []any{"x"}},
	}}, "esql", ids))
	if got := asJSON(t, p.must("GET", rulesPath+"?rule_id=esql", nil)["tags"]); got != `["t"]` {
		t.Errorf("tags %s after an edit of which a part failed", got)
	}
}

func TestBulkEditRaisesVersionAndRevision(t *testing.T) {
	p, ids := mixed(t)
	before := p.must("GET", rulesPath+"?rule_id=query", nil)
	p.send("POST", bulkPath, byID(object{"action": "edit", "edit": []any{object{"type": "set_schedule", "value": object{"interval": "1h", "lookback": "5m"}}}}, "query", ids))
	after := p.must("GET", rulesPath+"?rule_id=query", nil)
	got := fmt.Sprintf("%v %v %v %v", after["version"], after["revision"], after["interval"], after["from"])
	if want := "2 1 1h now-3900s"; fmt.Sprintf("%v %v", before["version"], before["revision"]) != "1 0" || got != want {
		t.Errorf("from %v to %s, want %s", before["version"], got, want)
	}
}

func TestBulkExport(t *testing.T) {
	p, ids := mixed(t)
	got := p.download(bulkPath, asJSON(t, byID(object{"action": "export"}, "query esql", ids)))
	if len(got) != 3 || got[0]["rule_id"] != "query" || got[1]["rule_id"] != "esql" {
		t.Errorf("%v", got)
	}
}

// TestBulkActionsAreFew: five at once, and the sixth is refused before anything else is looked at.
func TestBulkActionsAreFew(t *testing.T) {
	handler := sandbox.New(sandbox.Options{APIKey: "a:b"})
	send := func(body io.Reader) int {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, bulkPath, body)
		req.Header.Set("kbn-xsrf", "x")
		req.Header.Set("Content-Type", "application/json")
		if body != http.NoBody {
			req.Header.Set("Authorization", "ApiKey YTpi")
		}
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, req)
		return answer.Code
	}
	body := heldBody{reading: make(chan struct{}), release: make(chan struct{})}
	done := make(chan int)
	for range 5 {
		go func() { done <- send(body) }()
		<-body.reading
	}
	if got := send(http.NoBody); got != http.StatusTooManyRequests {
		t.Errorf("the sixth: %d", got)
	}
	close(body.release)
	for range 5 {
		<-done
	}
	if got := send(http.NoBody); got != http.StatusUnauthorized {
		t.Errorf("afterwards: %d", got)
	}
}

// heldBody is a request's body that tells when it is read, and holds its reader until release is closed.
type heldBody struct{ reading, release chan struct{} }

func (b heldBody) Read([]byte) (int, error) {
	select {
	case b.reading <- struct{}{}:
	case <-b.release:
	}
	<-b.release
	return 0, io.EOF
}

func TestSuppressionNeedsALicence(t *testing.T) {
	edit := object{"action": "edit", "edit": []any{object{"type": "set_alert_suppression", "value": object{"group_by": []any{"a"}}}}}
	for licence, want := range map[string]int{"basic": 403, "gold": 403, "platinum": 200, "trial": 200} {
		p := start(t, sandbox.Options{License: licence})
		p.must("POST", rulesPath, minimal("query"))
		if a := p.send("POST", bulkPath, edit); a.status != want {
			t.Errorf("%s: %d %s", licence, a.status, a.message())
		}
	}
}
