package sandbox_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/sandbox"
	"github.com/tocsin-rules/tocsin/internal/sandbox/contract"
)

// answered are the routes of which a test saw a success, held against the contract.
type answered struct {
	mu   sync.Mutex
	seen map[string]bool
}

var seen = answered{seen: map[string]bool{}}

// note wraps a sandbox and notes which of its routes succeed.
func (a *answered) note(s *sandbox.Server, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(status, r)
		if status.status < 300 {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.seen[s.RouteOf(r)] = true
		}
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// TestMain fails when all tests ran and a route had no success among them.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	whole := flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.fuzz").Value.String() == "" && flag.Lookup("test.list").Value.String() == ""
	if code == 0 && whole {
		for _, route := range sandbox.New(sandbox.Options{}).Routes() {
			if !seen.seen[route] {
				fmt.Printf("no test sees %s succeed\n", route)
				code = 1
			}
		}
	}
	os.Exit(code)
}

// TestUndescribedRoutes: what the contract cannot judge.
func TestUndescribedRoutes(t *testing.T) {
	s := sandbox.New(sandbox.Options{License: "basic"})
	server := httptest.NewServer(seen.note(s, s))
	defer server.Close()
	p := peer{t: t, url: server.URL}
	licence, _ := p.must("GET", "/api/licensing/info", nil)["license"].(object)
	if licence["type"] != "basic" || licence["status"] != "active" {
		t.Errorf("licence %v", licence)
	}
	made := p.must("POST", "/api/actions/connector", object{"name": "hook", "connector_type_id": ".slack"})
	if id, _ := made["id"].(string); id == "" || p.must("GET", "/api/actions/connector/"+id, nil)["name"] != "hook" {
		t.Errorf("made %v", made)
	}
}

// TestRoutesAreDescribed: each route is one of Kibana's, as far as its description tells. Of two it does not: the licence belongs to
// the platform, and the id of a connector to be made may be left out.
func TestRoutesAreDescribed(t *testing.T) {
	c := contract.Load(t)
	elsewhere := []string{"GET /api/licensing/info", "POST /api/actions/connector"}
	for _, route := range sandbox.New(sandbox.Options{}).Routes() {
		if c.Describes(route) == slices.Contains(elsewhere, route) {
			t.Errorf("%s is described: %t", route, c.Describes(route))
		}
	}
}
