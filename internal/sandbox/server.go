package sandbox

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"time"
)

// Options say what the sandbox gets from outside. The zero value is a sandbox whose every answer is the same in every
// run.
type Options struct {
	// Clock tells the time of created_at and updated_at; nil is a clock that stands at 2026-01-01T00:00:00Z.
	Clock func() time.Time
	// NewID makes the id of a rule, and its rule_id when it has none; it must give UUIDs. Nil counts up.
	NewID func() string
	// APIKey is the key that a request must carry, as base64(id:key) or id:key; "" lets everybody in.
	APIKey string
	// User is the name in created_by and updated_by; "" is "sandbox".
	User string
	// Version is what /api/status tells; "" is "9.2.0".
	Version string
	// IsECS tells whether ECS has a field of that name and type, for required_fields[].ecs; nil knows none.
	IsECS func(name, fieldType string) bool
	// RefuseGaps refuses rules that look back less far than their interval, as the newest Kibanas do; older ones, and so
	// the version told by default, take them.
	RefuseGaps bool
}

// Server is the sandbox. It is safe for concurrent use.
type Server struct {
	options Options
	schemas map[string]schema
	store   store
	routes  map[string]map[string]handler
}

// handler serves one method of one path in one space; it gives the body of a 200, or an [*apiError].
type handler func(space string, r *http.Request) (any, error)

// New makes an empty sandbox.
func New(o Options) *Server {
	if o.Clock == nil {
		o.Clock = func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }
	}
	if o.NewID == nil {
		o.NewID = counter()
	}
	if o.IsECS == nil {
		o.IsECS = func(string, string) bool { return false }
	}
	if o.User == "" {
		o.User = "sandbox"
	}
	if o.Version == "" {
		o.Version = "9.2.0"
	}
	if strings.Contains(o.APIKey, ":") {
		o.APIKey = base64.StdEncoding.EncodeToString([]byte(o.APIKey))
	}
	s := &Server{options: o, schemas: ruleSchemas()}
	s.routes = map[string]map[string]handler{
		"/api/detection_engine/rules": {
			http.MethodPost: s.create, http.MethodGet: s.read, http.MethodPut: s.update,
			http.MethodPatch: s.patch, http.MethodDelete: s.remove,
		},
		"/api/detection_engine/rules/_find": {http.MethodGet: s.find},
	}
	return s
}

// counter makes UUIDs of version 4 that count up.
func counter() func() string {
	var n atomic.Uint64
	return func() string { return fmt.Sprintf("00000000-0000-4000-8000-%012x", n.Add(1)) }
}

// apiVersion is the only version of the public API.
const apiVersion = "2023-10-31"

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	space, path := splitSpace(r.URL.Path)
	if path == "/api/status" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		s.serveStatus(w, r)
		return
	}
	handle, ok := s.routes[path][r.Method]
	if !ok {
		writeError(w, platform(http.StatusNotFound, "Not Found"))
		return
	}
	if err := s.admit(r, path); err != nil {
		writeError(w, err)
		return
	}
	w.Header().Set("elastic-api-version", apiVersion)
	body, err := handle(space, r)
	if err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, body)
}

// admit checks what Kibana checks before it looks at a request's content: who asks, then kbn-xsrf, then the version.
func (s *Server) admit(r *http.Request, path string) error {
	if !s.known(r) {
		return platform(http.StatusUnauthorized, "the request carries no API key that this sandbox knows")
	}
	reading := r.Method == http.MethodGet || r.Method == http.MethodHead
	if !reading && r.Header.Get("kbn-xsrf") == "" {
		return platform(http.StatusBadRequest, "Request must contain a kbn-xsrf header.")
	}
	if v := r.Header.Get("elastic-api-version"); v != "" && v != apiVersion {
		return platform(http.StatusBadRequest, fmt.Sprintf("No version %q available for [%s] [%s]. Available versions are: [%s]",
			v, strings.ToLower(r.Method), path, apiVersion))
	}
	return nil
}

// known tells whether the request may use the API.
func (s *Server) known(r *http.Request) bool {
	if s.options.APIKey == "" {
		return true
	}
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "ApiKey") &&
		subtle.ConstantTimeCompare([]byte(key), []byte(s.options.APIKey)) == 1
}

var inSpace = regexp.MustCompile(`^/s/([a-z0-9_-]+)(/.*)$`)

// splitSpace takes the space prefix off a path; without one it is the default space.
func splitSpace(path string) (space, rest string) {
	if m := inSpace.FindStringSubmatch(path); m != nil {
		return m[1], m[2]
	}
	return "default", path
}
