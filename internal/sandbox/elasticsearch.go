package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/match"
)

// The sandbox answers the few requests of Elasticsearch that previews and examinations need, on every path that is not
// Kibana's: its version, its licence, privileges, and indices that are made, filled, searched and deleted. They are scratch:
// they are not saved, and a search takes a term or everything.

// index is an Elasticsearch index: its documents, and the types that its mapping states.
type index struct {
	types map[string]any
	hits  []hit
}

// hit is a document of an index.
type hit struct {
	Index  string `json:"_index"`
	ID     string `json:"_id"`
	Source doc    `json:"_source"`
}

// esError is a refusal in Elasticsearch's shape.
type esError struct {
	status       int
	kind, reason string
}

func (e *esError) Error() string { return e.reason }

var kibanaPath = regexp.MustCompile(`^/(api|s|internal|app)(/|$)`)

// maxBulkBody is the size in bytes of the largest body that Elasticsearch takes.
const maxBulkBody = 100 << 20

// serveElasticsearch answers one request of Elasticsearch.
func (s *Server) serveElasticsearch(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	refuse := func(e *esError) {
		writeJSON(w, e.status, map[string]any{"status": e.status, "error": map[string]any{"type": e.kind, "reason": e.reason}})
	}
	if !s.known(r) {
		refuse(&esError{http.StatusUnauthorized, "security_exception", "missing authentication credentials for REST request"})
		return
	}
	text, err := readAll(r, maxBulkBody, http.StatusRequestEntityTooLarge)
	if err != nil {
		refuse(&esError{http.StatusRequestEntityTooLarge, "content_too_long_exception", "the body is too large"})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	body, refusal := s.askElasticsearch(r, text)
	if refusal != nil {
		refuse(refusal)
		return
	}
	writeJSON(w, http.StatusOK, body)
}

func (s *Server) askElasticsearch(r *http.Request, text []byte) (any, *esError) {
	name, action, _ := strings.Cut(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case name == "" && r.Method == http.MethodGet:
		return map[string]any{
			"name": "sandbox", "cluster_name": "sandbox", "tagline": "You Know, for Search",
			"version": map[string]any{"number": s.options.Version, "build_flavor": "default"},
		}, nil
	case name == "_license" && r.Method == http.MethodGet:
		return map[string]any{"license": map[string]any{"type": s.options.License, "status": "active"}}, nil
	case name == "_security" && action == "user/_has_privileges":
		return s.hasPrivileges(text)
	case name == "_bulk":
		return s.bulkIndex("", text)
	case strings.HasPrefix(name, "_"):
	case action == "_bulk":
		return s.bulkIndex(name, text)
	case action == "_search":
		return s.search(name, text)
	case action == "_refresh":
		return map[string]any{"_shards": map[string]any{"failed": 0}}, nil
	case action == "" && r.Method == http.MethodPut:
		return s.createIndex(name, text)
	case action == "" && r.Method == http.MethodDelete:
		if s.indices[name] == nil {
			return nil, noIndex(name)
		}
		delete(s.indices, name)
		return map[string]any{"acknowledged": true}, nil
	}
	return nil, &esError{http.StatusBadRequest, "illegal_argument_exception", fmt.Sprintf("the sandbox does not serve [%s %s]", r.Method, r.URL.Path)}
}

func noIndex(name string) *esError {
	return &esError{http.StatusNotFound, "index_not_found_exception", fmt.Sprintf("no such index [%s]", name)}
}

// hasPrivileges grants everything that is asked for.
func (s *Server) hasPrivileges(text []byte) (any, *esError) {
	var asked struct {
		Index []struct{ Names, Privileges []string }
	}
	if err := json.Unmarshal(text, &asked); err != nil {
		return nil, unreadable(err)
	}
	granted := map[string]any{}
	for _, group := range asked.Index {
		for _, name := range group.Names {
			rights := map[string]any{}
			for _, right := range group.Privileges {
				rights[right] = true
			}
			granted[name] = rights
		}
	}
	return map[string]any{"username": s.options.User, "has_all_requested": true, "index": granted}, nil
}

func unreadable(err error) *esError {
	return &esError{http.StatusBadRequest, "parse_exception", "the body cannot be read: " + err.Error()}
}

func (s *Server) createIndex(name string, text []byte) (any, *esError) {
	if s.indices[name] != nil {
		return nil, &esError{http.StatusBadRequest, "resource_already_exists_exception", fmt.Sprintf("index [%s] already exists", name)}
	}
	made := &index{types: map[string]any{}}
	if len(text) > 0 {
		body, err := decode(text)
		if err != nil {
			return nil, unreadable(err)
		}
		made.declare("", lookUp(body, []string{"mappings", "properties"}))
	}
	s.indices[name] = made
	return map[string]any{"acknowledged": true, "shards_acknowledged": true, "index": name}, nil
}

// declare notes the types of a mapping's properties by their dotted names.
func (i *index) declare(prefix string, properties any) {
	fields, _ := properties.(map[string]any)
	for name, v := range fields {
		mapping, _ := v.(map[string]any)
		kind := textOf(mapping, "type")
		if kind != "" && kind != "object" {
			options := map[string]any{"type": kind}
			for _, option := range []string{"ignore_above", "analyzer", "normalizer", "path"} {
				if value, ok := mapping[option]; ok {
					options[option] = wholeNumber(value)
				}
			}
			i.types[prefix+name] = options
		}
		i.declare(prefix+name+".", mapping["properties"])
		i.declare(prefix+name+".", mapping["fields"])
		multi, _ := mapping["fields"].(map[string]any)
		for sub := range multi {
			// A multi-field has the values of the field that it stands below.
			if options, ok := i.types[prefix+name+"."+sub].(map[string]any); ok {
				options["path"] = prefix + name
			}
		}
	}
}

// wholeNumber is a number of a JSON document as a whole number, and any other value itself.
func wholeNumber(v any) any {
	if number, ok := v.(json.Number); ok {
		if n, err := number.Int64(); err == nil {
			return n
		}
	}
	return v
}

// bulkIndex stores documents: lines with what to do and with the document, in turn.
func (s *Server) bulkIndex(into string, text []byte) (any, *esError) {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	items := []any{}
	for n := 0; n+1 < len(lines); n += 2 {
		what, err := decode([]byte(lines[n]))
		if err != nil {
			return nil, unreadable(err)
		}
		source, err := decode([]byte(lines[n+1]))
		document, ok := source.(map[string]any)
		if err != nil || !ok {
			return nil, &esError{http.StatusBadRequest, "parse_exception", "a document cannot be read"}
		}
		for _, verb := range []string{"index", "create"} {
			about, ok := lookUp(what, []string{verb}).(map[string]any)
			if !ok {
				continue
			}
			h := hit{Index: textOf(about, "_index"), ID: textOf(about, "_id"), Source: document}
			if h.Index == "" {
				h.Index = into
			}
			if h.ID == "" {
				h.ID = s.options.NewID()
			}
			s.store(h)
			items = append(items, map[string]any{verb: map[string]any{"_index": h.Index, "_id": h.ID, "status": http.StatusCreated}})
		}
	}
	return map[string]any{"took": 0, "errors": false, "items": items}, nil
}

// store puts a document in its index, which is made when it is not there.
func (s *Server) store(h hit) {
	if s.indices[h.Index] == nil {
		s.indices[h.Index] = &index{types: map[string]any{}}
	}
	i := s.indices[h.Index]
	i.hits = slices.DeleteFunc(i.hits, func(old hit) bool { return old.ID == h.ID })
	i.hits = append(i.hits, h)
}

// search finds documents by one term, or all of them.
func (s *Server) search(pattern string, text []byte) (any, *esError) {
	var asked struct {
		Size  *int
		Query map[string]map[string]any
	}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &asked); err != nil {
			return nil, unreadable(err)
		}
	}
	var terms map[string]any
	for kind, inner := range asked.Query {
		switch kind {
		case "term":
			terms = inner
		case "match_all":
		default:
			return nil, &esError{http.StatusBadRequest, "parsing_exception", fmt.Sprintf("the sandbox does not know the query [%s]", kind)}
		}
	}
	found := []hit{}
	for _, h := range s.matching([]string{pattern}) {
		if holdsTerms(h.Source, terms) {
			found = append(found, h)
		}
	}
	total := len(found)
	if asked.Size == nil {
		asked.Size = new(int)
		*asked.Size = 10
	}
	return map[string]any{"hits": map[string]any{
		"total": map[string]any{"value": total, "relation": "eq"}, "hits": found[:min(total, max(*asked.Size, 0))],
	}}, nil
}

func holdsTerms(source doc, terms map[string]any) bool {
	for name, want := range terms {
		v, flat := source[name]
		if !flat {
			v = lookUp(source, strings.Split(name, "."))
		}
		if !slices.Contains(scalars(v), fmt.Sprint(want)) {
			return false
		}
	}
	return true
}

// matching are the documents of all indices that patterns name, index by index.
func (s *Server) matching(patterns []string) []hit {
	var found []hit
	for _, name := range sortedKeys(s.indices) {
		if holdsName(patterns, name) {
			found = append(found, s.indices[name].hits...)
		}
	}
	return found
}

// holdsName tells whether index patterns hold a name; later ones that begin with a minus take names out again.
func holdsName(patterns []string, name string) bool {
	holds := false
	for _, list := range patterns {
		for p := range strings.SplitSeq(list, ",") {
			if without, ok := strings.CutPrefix(p, "-"); ok {
				holds = holds && !match.Glob(without).Match(name)
			} else {
				holds = holds || match.Glob(p).Match(name)
			}
		}
	}
	return holds
}
