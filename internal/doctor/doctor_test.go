package doctor_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/doctor"
	"github.com/tocsin-rules/tocsin/internal/kibana"
)

func now() time.Time { return time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC) }

// fake is a Kibana and an Elasticsearch that are well, but for what a test changes.
type fake struct {
	status                               kibana.Status
	privileges                           kibana.Privileges
	licence                              kibana.License
	alerts, lists                        bool
	version                              string
	unreadable                           string
	statusErr, privilegesErr, licenceErr error
	writeErr, alertsErr, listsErr, esErr error
	connectorsErr, timelinesErr          error
}

func well() *fake {
	rights := map[string]bool{"read": true, "write": true, "view_index_metadata": true, "maintenance": true}
	return &fake{
		status:     kibana.Status{Version: "9.2.0", Flavor: "traditional", Level: "available", Date: now()},
		privileges: kibana.Privileges{User: "ann", EncryptionKey: true, Alerts: rights},
		licence:    kibana.License{Type: "platinum", Status: "active", Expires: now().AddDate(1, 0, 0)},
		alerts:     true, lists: true, version: "9.2.0",
	}
}

func (f *fake) Space() string                                       { return "soc" }
func (f *fake) Status(context.Context) (kibana.Status, error)       { return f.status, f.statusErr }
func (f *fake) License(context.Context) (kibana.License, error)     { return f.licence, f.licenceErr }
func (f *fake) MayWriteRules(context.Context) error                 { return f.writeErr }
func (f *fake) AlertIndex(context.Context) (bool, error)            { return f.alerts, f.alertsErr }
func (f *fake) ListIndex(context.Context) (bool, error)             { return f.lists, f.listsErr }
func (f *fake) Connectors(context.Context) ([]kibana.Object, error) { return nil, f.connectorsErr }
func (f *fake) Timelines(context.Context) ([]kibana.Object, error)  { return nil, f.timelinesErr }
func (f *fake) Version(context.Context) (string, error)             { return f.version, f.esErr }
func (f *fake) Privileges(context.Context) (kibana.Privileges, error) {
	return f.privileges, f.privilegesErr
}

func (f *fake) Readable(_ context.Context, patterns []string) (map[string]bool, error) {
	all := map[string]bool{}
	for _, p := range patterns {
		all[p] = p != f.unreadable
	}
	return all, nil
}

func refused(status int) error { return &kibana.Error{Status: status, Messages: []string{"no"}} }

// TestExamine has a row for each thing that may be wrong: the finding that it makes, and near misses that make none.
func TestExamine(t *testing.T) {
	unreached := &kibana.NetworkError{Method: "GET", Path: "/api/status", Host: "h", Err: errors.New("refused")}
	rows := []struct {
		name  string
		wrong func(*fake, *doctor.Needs)
		// want are the findings that are not fine: "level check: words of message, breaks or help".
		want []string
	}{
		{"all is well", func(*fake, *doctor.Needs) {}, nil},
		{"no answer", func(f *fake, _ *doctor.Needs) { f.statusErr = unreached }, []string{"error kibana: no answer from h"}},
		{"degraded", func(f *fake, _ *doctor.Needs) { f.status.Level = "degraded" }, []string{"warning kibana: calls itself degraded"}},
		{"7.17", func(f *fake, _ *doctor.Needs) { f.status.Version, f.version = "7.17.1", "7.17.1" }, []string{"error version: older than 8.0"}},
		{"8.7", func(f *fake, _ *doctor.Needs) { f.status.Version, f.version = "8.7.0", "8.7.0" }, []string{"warning version: older than 8.8"}},
		{"8.8", func(f *fake, _ *doctor.Needs) { f.status.Version, f.version = "8.8.0", "8.8.0" }, nil},
		{"rules of a later release", func(_ *fake, n *doctor.Needs) { n.Stack = "9.3" }, []string{"warning version: written for 9.3, and Kibana is 9.2.0"}},
		{"rules of the same release", func(_ *fake, n *doctor.Needs) { n.Stack = "9.2" }, nil},
		{"serverless has no release", func(f *fake, n *doctor.Needs) { f.status.Flavor = "serverless"; n.Stack = "9.3" }, nil},
		{"clock 29 s off", func(f *fake, _ *doctor.Needs) { f.status.Date = now().Add(29 * time.Second) }, nil},
		{"clock 31 s off", func(f *fake, _ *doctor.Needs) { f.status.Date = now().Add(-31 * time.Second) }, []string{"warning clock: differ by 31s"}},
		{"clock 1 h off", func(f *fake, _ *doctor.Needs) { f.status.Date = now().Add(time.Hour) }, []string{"error clock: differ by 1h0m0s"}},
		{"a wrong key", func(f *fake, _ *doctor.Needs) { f.privilegesErr = refused(http.StatusUnauthorized) },
			[]string{"error credentials: does not know the credentials"}},
		{"a key that may not read", func(f *fake, _ *doctor.Needs) { f.privilegesErr = refused(http.StatusForbidden) },
			[]string{"error credentials: may not read detection rules in space soc"}},
		{"no encryption key", func(f *fake, _ *doctor.Needs) { f.privileges.EncryptionKey = false },
			[]string{"error encryption-key: xpack.encryptedSavedObjects.encryptionKey"}},
		{"no right to write alerts", func(f *fake, _ *doctor.Needs) { f.privileges.Alerts["write"] = false },
			[]string{"warning alert-rights: lacks write on .alerts-security.alerts-soc"}},
		{"no right to change rules", func(f *fake, _ *doctor.Needs) { f.writeErr = refused(http.StatusForbidden) },
			[]string{"error write-rules: but not change them"}},
		{"no alert index", func(f *fake, _ *doctor.Needs) { f.alerts = false }, []string{"warning alert-index: no index of alerts yet"}},
		{"no list index, and no lists", func(f *fake, _ *doctor.Needs) { f.lists = false }, nil},
		{"no list index", func(f *fake, n *doctor.Needs) { f.lists = false; n.ValueLists = 2 }, []string{"warning list-index: 2 value lists that need them"}},
		{"no right to lists", func(f *fake, n *doctor.Needs) { f.listsErr = refused(http.StatusForbidden); n.ValueLists = 1 },
			[]string{"error list-index: 1 value list that cannot be published"}},
		{"no right to connectors, and no actions", func(f *fake, _ *doctor.Needs) { f.connectorsErr = refused(http.StatusForbidden) }, nil},
		{"no right to connectors", func(f *fake, n *doctor.Needs) { f.connectorsErr = refused(http.StatusForbidden); n.Actions = 1 },
			[]string{"error connectors: 1 rule with actions cannot be planned or published"}},
		{"no right to timelines, and no templates", func(f *fake, _ *doctor.Needs) { f.timelinesErr = refused(http.StatusForbidden) }, nil},
		{"no right to timelines", func(f *fake, n *doctor.Needs) { f.timelinesErr = refused(http.StatusForbidden); n.Timelines = 2 },
			[]string{"error timelines: 2 timeline templates cannot be planned or published"}},
		{"an expired licence", func(f *fake, _ *doctor.Needs) { f.licence.Status = "expired" }, []string{"error licence: the platinum licence is expired"}},
		{"a licence that ends soon", func(f *fake, _ *doctor.Needs) { f.licence.Expires = now().AddDate(0, 0, 13) }, []string{"warning licence: ends on 2026-03-17"}},
		{"a licence that ends later", func(f *fake, _ *doctor.Needs) { f.licence.Expires = now().AddDate(0, 0, 15) }, nil},
		{"a licence that is not told", func(f *fake, _ *doctor.Needs) { f.licenceErr = refused(http.StatusBadRequest) }, []string{"skipped licence: does not tell its licence"}},
		{"basic, and nothing that needs more", func(f *fake, _ *doctor.Needs) { f.licence.Type = "basic" }, nil},
		{"basic", func(f *fake, n *doctor.Needs) {
			f.licence.Type = "basic"
			n.MachineLearning, n.Suppression, n.Actions = 1, 2, 3
		},
			[]string{"error licence: refuses 1 rule of type machine_learning", "warning licence: 2 rules raise every alert", "warning licence: 3 rules have actions"}},
		{"gold", func(f *fake, n *doctor.Needs) { f.licence.Type = "gold"; n.Suppression, n.Actions = 2, 3 }, []string{"warning licence: 2 rules raise every alert"}},
		{"trial", func(f *fake, n *doctor.Needs) {
			f.licence.Type = "trial"
			n.MachineLearning, n.Suppression, n.Actions = 1, 2, 3
		}, nil},
		{"Elasticsearch of another version", func(f *fake, _ *doctor.Needs) { f.version = "9.1.0" }, []string{"warning elasticsearch: Elasticsearch is 9.1.0, Kibana 9.2.0"}},
		{"Elasticsearch does not answer", func(f *fake, _ *doctor.Needs) { f.esErr = errors.New("refused") }, []string{"error elasticsearch: refused"}},
		{"an index that may not be read", func(f *fake, _ *doctor.Needs) { f.unreadable = "logs-b-*" },
			[]string{"warning read-indices: may not read 1 of the 2 index patterns of the rules: logs-b-*"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			f, needs := well(), doctor.Needs{Indices: []string{"logs-a-*", "logs-b-*"}}
			row.wrong(f, &needs)
			found, err := doctor.Examine(t.Context(), doctor.Patient{Kibana: f, Elasticsearch: f, Needs: needs, Now: now})
			if err != nil {
				t.Fatal(err)
			}
			var bad []doctor.Finding
			for _, x := range found {
				if x.Level != doctor.Fine {
					bad = append(bad, x)
				}
				if x.Level == doctor.Error && x.Breaks == "" || x.Level == doctor.Fine && x.Breaks+x.Help != "" {
					t.Errorf("%+v", x)
				}
			}
			if len(bad) != len(row.want) {
				t.Fatalf("%+v, want %q", bad, row.want)
			}
			for i, want := range row.want {
				head, words, _ := strings.Cut(want, ": ")
				text := strings.Join([]string{bad[i].Message, bad[i].Breaks, bad[i].Help}, " ")
				if string(bad[i].Level)+" "+bad[i].Check != head || !strings.Contains(text, words) {
					t.Errorf("%+v, want %s", bad[i], want)
				}
				if bad[i].Unreached != (row.name == "no answer" || row.name == "Elasticsearch does not answer") {
					t.Errorf("unreached: %v", bad[i].Unreached)
				}
			}
		})
	}
}

func TestWithoutElasticsearch(t *testing.T) {
	found, err := doctor.Examine(t.Context(), doctor.Patient{Kibana: well(), Now: now})
	if last := found[len(found)-1]; err != nil || last.Level != doctor.Skipped || !strings.Contains(last.Help, "TOCSIN_ELASTICSEARCH_URL") {
		t.Errorf("%+v %v", last, err)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := doctor.Examine(ctx, doctor.Patient{Kibana: well(), Now: now}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
