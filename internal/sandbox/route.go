package sandbox

import (
	"net/http"
	"strings"
	"sync/atomic"
)

// handler serves one method of one path; it gives the body of a 200, or an [*apiError].
type handler func(c *call) (any, error)

// route says who serves a method of a path.
type route struct {
	method string
	// path may hold {id}, which stands for one part of it.
	path   string
	handle handler
	// limit is how large a body may be, and tooLarge the status for a larger one; 0 is what Kibana's server sets.
	limit, tooLarge int
	// atOnce is how many requests are served at the same time; 0 is any number. A further one is refused.
	atOnce int32
	inside *atomic.Int32
}

// finish fills in what a route leaves open.
func finish(routes []route) []route {
	for i := range routes {
		if routes[i].limit == 0 {
			routes[i].limit = maxBody
		}
		if routes[i].tooLarge == 0 {
			routes[i].tooLarge = http.StatusRequestEntityTooLarge
		}
		routes[i].inside = new(atomic.Int32)
	}
	return routes
}

// enter tells whether there is room for one more request; leave makes room again.
func (r *route) enter() bool {
	n := r.inside.Add(1)
	if r.atOnce > 0 && n > r.atOnce {
		r.inside.Add(-1)
		return false
	}
	return true
}

func (r *route) leave() { r.inside.Add(-1) }

// route finds who serves a request, and the part of the path that stands for {id}.
func (s *Server) route(method, path string) (*route, string) {
	for i := range s.routes {
		r := &s.routes[i]
		if r.method != method {
			continue
		}
		before, after, open := strings.Cut(r.path, "{id}")
		if !open {
			if path == r.path {
				return r, ""
			}
			continue
		}
		id, fits := strings.CutPrefix(path, before)
		id, ends := strings.CutSuffix(id, after)
		if fits && ends && id != "" && !strings.Contains(id, "/") {
			return r, id
		}
	}
	return nil, ""
}
