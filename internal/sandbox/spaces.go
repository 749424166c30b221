package sandbox

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
)

func (s *Server) spaceRoutes() []route {
	const at = "/api/spaces/space"
	return []route{
		{method: http.MethodGet, path: at, handle: s.listSpaces},
		{method: http.MethodPost, path: at, handle: s.createSpace},
		{method: http.MethodGet, path: at + "/{id}", handle: s.readSpace},
		{method: http.MethodPut, path: at + "/{id}", handle: s.updateSpace},
		{method: http.MethodDelete, path: at + "/{id}", handle: s.deleteSpace},
	}
}

var spaceForm = regexp.MustCompile(`^[a-z0-9_-]+$`)

func spaceSchema() schema {
	return schema{
		"id": required(matching(spaceForm)), "name": required(nonEmpty()), "description": optional(text()),
		"color": optional(text()), "initials": optional(text()), "imageUrl": optional(text()),
		"disabledFeatures": optional(listOf(text())), "solution": optional(oneOf("security", "oblt", "es", "classic")),
	}
}

// describe is what is shown of a space: what a request said of it, or no more than its name.
func (s *Server) describe(id string) doc {
	if d := s.described.byID(id); d != nil {
		return d
	}
	if id != "default" && s.spaces[id] == nil {
		return nil
	}
	d := doc{"id": id, "name": id, "disabledFeatures": []any{}}
	if id == "default" {
		d["name"], d["_reserved"] = "Default", true
	}
	return d
}

// listSpaces gives the spaces that were made and those that were used.
func (s *Server) listSpaces(*call) (any, error) {
	ids := map[string]bool{"default": true}
	for _, d := range s.described.all() {
		ids[d["id"].(string)] = true
	}
	for id := range s.spaces {
		ids[id] = true
	}
	all := []any{}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		all = append(all, s.describe(id))
	}
	return all, nil
}

func (s *Server) createSpace(c *call) (any, error) {
	body, err := c.checked(spaceSchema())
	if err != nil {
		return nil, err
	}
	id := body["id"].(string)
	if id == "default" || s.described.byID(id) != nil {
		return nil, platform(http.StatusConflict, fmt.Sprintf("A space with the identifier %s already exists.", id))
	}
	made := newDescription(body)
	s.described.add(made)
	return made, nil
}

func newDescription(body map[string]any) doc {
	d := pick(spaceSchema(), body)
	if d["disabledFeatures"] == nil {
		d["disabledFeatures"] = []any{}
	}
	return d
}

func (s *Server) readSpace(c *call) (any, error) {
	if d := s.describe(c.id); d != nil {
		return d, nil
	}
	return nil, platform(http.StatusNotFound, "Not Found")
}

func (s *Server) updateSpace(c *call) (any, error) {
	body, err := c.checked(spaceSchema())
	if err != nil {
		return nil, err
	}
	if s.describe(c.id) == nil {
		return nil, platform(http.StatusNotFound, "Not Found")
	}
	body["id"] = c.id
	made := newDescription(body)
	if old := s.described.byID(c.id); old != nil {
		s.described.replace(old, made)
	} else {
		s.described.add(made)
	}
	return made, nil
}

// deleteSpace deletes a space with all that it holds.
func (s *Server) deleteSpace(c *call) (any, error) {
	if c.id == "default" {
		return nil, platform(http.StatusBadRequest, "The default space cannot be deleted because it is reserved.")
	}
	if s.describe(c.id) == nil {
		return nil, platform(http.StatusNotFound, "Not Found")
	}
	if d := s.described.byID(c.id); d != nil {
		s.described.remove(d)
	}
	delete(s.spaces, c.id)
	return nothing{}, nil
}
