package sandbox

import "net/http"

// Routes are the routes of a sandbox, each a method and a path.
func (s *Server) Routes() []string {
	var all []string
	for _, r := range s.routes {
		all = append(all, r.method+" "+r.path)
	}
	return all
}

// RouteOf is the route that serves a request, "" when none does.
func (s *Server) RouteOf(r *http.Request) string {
	_, path := splitSpace(r.URL.Path)
	if found, _ := s.route(r.Method, path); found != nil {
		return found.method + " " + found.path
	}
	return ""
}
