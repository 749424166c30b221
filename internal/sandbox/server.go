package sandbox

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tocsin-rules/tocsin/internal/field"
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
	// Fields gives the field types of index patterns, for previews; nil knows none but those of the mappings.
	Fields func(patterns []string) (*field.Schema, error)
	// Prebuilt tells whether a rule_id is one of Elastic's own rules; nil knows none.
	Prebuilt func(ruleID string) bool
	// Connectors are the preconfigured connectors of every space: the type of each by its id.
	Connectors map[string]string
	// License is the type of the licence; "" is "platinum". Below that, bulk edits of alert suppression are refused.
	License string
	// NoEncryptionKey is a Kibana without xpack.encryptedSavedObjects.encryptionKey.
	NoEncryptionKey bool
	// RefuseGaps refuses rules that look back less far than their interval, as the newest Kibanas do; older ones, and so
	// the version told by default, take them.
	RefuseGaps bool
}

// Server is the sandbox. It is safe for concurrent use: a request is read whole, then answered alone.
type Server struct {
	options Options
	schemas map[string]schema
	routes  []route

	mu     sync.Mutex
	spaces map[string]*space
	// shared is what belongs to no space: exceptions of namespace agnostic.
	shared *space
	// indices are those of the Elasticsearch that the sandbox also is.
	indices map[string]*index
	// described are the spaces that were made by a request for one, with what it said.
	described collection
	// changes counts requests that may have changed something, and sequence the versions given to objects.
	changes, sequence uint64
}

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
	if o.Fields == nil {
		o.Fields = func([]string) (*field.Schema, error) { return field.NewSchema(), nil }
	}
	if o.Prebuilt == nil {
		o.Prebuilt = func(string) bool { return false }
	}
	if o.User == "" {
		o.User = "sandbox"
	}
	if o.License == "" {
		o.License = "platinum"
	}
	if o.Version == "" {
		o.Version = "9.2.0"
	}
	if strings.Contains(o.APIKey, ":") {
		o.APIKey = base64.StdEncoding.EncodeToString([]byte(o.APIKey))
	}
	s := &Server{
		options: o, schemas: ruleSchemas(),
		spaces: map[string]*space{}, shared: newSpace(), indices: map[string]*index{}, described: collection{key: "id"},
	}
	s.routes = finish(slices.Concat(
		s.ruleRoutes(), s.bulkRoutes(), s.engineRoutes(), s.exceptionRoutes(), s.itemRoutes(), s.valueListRoutes(),
		s.valueItemRoutes(), s.connectorRoutes(), s.timelineRoutes(), s.spaceRoutes(),
	))
	return s
}

func (s *Server) ruleRoutes() []route {
	const at = "/api/detection_engine/rules"
	return []route{
		{method: http.MethodPost, path: at, handle: s.create},
		{method: http.MethodGet, path: at, handle: s.read},
		{method: http.MethodPut, path: at, handle: s.update},
		{method: http.MethodPatch, path: at, handle: s.patch},
		{method: http.MethodDelete, path: at, handle: s.remove},
		{method: http.MethodGet, path: at + "/_find", handle: s.find},
		{method: http.MethodPost, path: at + "/_import", handle: s.importRules, limit: importLimit, tooLarge: http.StatusBadRequest},
		{method: http.MethodPost, path: at + "/_export", handle: s.exportRules},
		{method: http.MethodPost, path: at + "/preview", handle: s.preview, atOnce: 10},
		{method: http.MethodPost, path: at + "/{id}/exceptions", handle: s.createRuleExceptions},
	}
}

// now is the time as Kibana writes it.
func (s *Server) now() string {
	return s.options.Clock().UTC().Format("2006-01-02T15:04:05.000Z07:00")
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
	if !kibanaPath.MatchString(r.URL.Path) {
		s.serveElasticsearch(w, r)
		return
	}
	space, path := splitSpace(r.URL.Path)
	if path == "/api/status" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		s.serveStatus(w, r)
		return
	}
	route, id := s.route(r.Method, path)
	if route == nil {
		writeError(w, platform(http.StatusNotFound, "Not Found"))
		return
	}
	if !route.enter() {
		writeError(w, platform(http.StatusTooManyRequests, "Too Many Requests"))
		return
	}
	defer route.leave()
	if err := s.admit(r, path); err != nil {
		writeError(w, err)
		return
	}
	text, err := readAll(r, route.limit, route.tooLarge)
	if err != nil {
		writeError(w, err)
		return
	}
	w.Header().Set("elastic-api-version", apiVersion)
	body, err := s.answer(route, &call{
		spaceID: space, id: id, query: r.URL.Query(), kind: r.Header.Get("Content-Type"), text: text,
	})
	if err != nil {
		writeError(w, err)
		return
	}
	write(w, body)
}

// answer runs a handler alone.
func (s *Server) answer(r *route, c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.method != http.MethodGet {
		s.changes++
	}
	c.space = s.in(c.spaceID)
	return r.handle(c)
}

// in is what a space holds; a space exists as soon as it is named.
func (s *Server) in(id string) *space {
	if s.spaces[id] == nil {
		s.spaces[id] = newSpace()
		s.preconfigured(s.spaces[id])
	}
	return s.spaces[id]
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
