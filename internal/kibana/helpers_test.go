package kibana_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/kibana"
)

// naps notes how long a client slept, without sleeping.
type naps struct {
	mu   sync.Mutex
	list []time.Duration
}

func (n *naps) sleep(ctx context.Context, d time.Duration) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = append(n.list, d)
	return ctx.Err()
}

// script answers requests one after the other with its steps, the last one for ever, and notes the requests.
type script struct {
	mu    sync.Mutex
	steps []http.HandlerFunc
	asked []string
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	step := s.steps[min(len(s.asked), len(s.steps)-1)]
	s.asked = append(s.asked, r.Method+" "+r.URL.RequestURI())
	s.mu.Unlock()
	step(w, r)
}

// requests is what was asked so far.
func (s *script) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// says is a step that answers with a status, a body, and headers as name, value, name, value.
func says(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// hangsUp breaks the connection without an answer.
func hangsUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// breaksOff announces more than it sends.
func breaksOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, `{"id":`)
}

const rule = `{"id":"1","rule_id":"r","name":"n","type":"query","revision":0}`

// client is a client of a handler, and a note of its naps. The configuration is cfg with URL and Sleep filled in.
func client(t testing.TB, h http.Handler, cfg kibana.Config) (*kibana.Client, *naps) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	var n naps
	cfg.URL, cfg.Sleep = server.URL+cfg.URL, n.sleep
	c, err := kibana.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, &n
}

// outcome is the class of an error: "ok", the status of a refusal, what is wrong with an answer, or "network".
func outcome(err error) string {
	var refused *kibana.Error
	var odd *kibana.ResponseError
	var broken *kibana.NetworkError
	switch {
	case err == nil:
		return "ok"
	case as(err, &refused):
		return fmt.Sprint(refused.Status)
	case as(err, &odd):
		return odd.Err.Error()
	case as(err, &broken):
		return "network"
	}
	return err.Error()
}
