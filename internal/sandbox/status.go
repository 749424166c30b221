package sandbox

import "net/http"

// serveStatus tells that all is well; to those who may not use the API it tells no more.
func (s *Server) serveStatus(w http.ResponseWriter, r *http.Request) {
	if !s.known(r) {
		overall := map[string]any{"level": "available"}
		writeJSON(w, http.StatusOK, map[string]any{"status": map[string]any{"overall": overall}})
		return
	}
	fine := func(summary string) map[string]any {
		return map[string]any{"level": "available", "summary": summary, "meta": map[string]any{}}
	}
	now := s.now()
	writeJSON(w, http.StatusOK, map[string]any{
		"name": "tocsin sandbox", "uuid": "00000000-0000-4000-8000-000000000000",
		"version": map[string]any{
			"number": s.options.Version, "build_hash": "", "build_number": 0, "build_snapshot": false,
			"build_flavor": "traditional", "build_date": now,
		},
		"status": map[string]any{
			"overall": fine("All services and plugins are available"),
			"core":    map[string]any{"elasticsearch": fine("not needed"), "savedObjects": fine("kept in memory")},
			"plugins": map[string]any{},
		},
		"metrics": map[string]any{
			"last_updated": now, "collection_interval_in_millis": 5000,
			"elasticsearch_client": map[string]any{"totalActiveSockets": 0, "totalIdleSockets": 0, "totalQueuedRequests": 0},
		},
	})
}

// licence is what /api/licensing/info tells.
func (s *Server) licence(*call) (any, error) {
	return map[string]any{
		"license": map[string]any{
			"uid": "00000000-0000-4000-8000-000000000000", "type": s.options.License, "mode": s.options.License, "status": "active",
		},
		"features": map[string]any{}, "signature": "",
	}, nil
}
