package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// savedFormat is the version of the saved form. A sandbox reads no later one.
const savedFormat = 1

// saved is all that a sandbox holds, as a JSON document.
type saved struct {
	Format   int                   `json:"format"`
	Sequence uint64                `json:"sequence"`
	Spaces   map[string]savedSpace `json:"spaces"`
	Shared   savedSpace            `json:"shared"`
	Made     []doc                 `json:"described_spaces"`
}

type savedSpace struct {
	ListIndex  bool             `json:"list_index,omitempty"`
	AlertIndex bool             `json:"alert_index,omitempty"`
	Objects    map[string][]doc `json:"objects"`
}

// collections are the collections of a space by the name that they have when saved.
func (s *space) collections() map[string]*collection {
	return map[string]*collection{
		"rules": &s.rules, "exception_lists": &s.exceptionLists, "exception_items": &s.exceptionItems,
		"value_lists": &s.valueLists, "values": &s.valueItems, "connectors": &s.connectors, "timelines": &s.timelines,
	}
}

// mustHave are the texts without which a saved object is none.
func mustHave(name string) []string {
	return map[string][]string{
		"rules": {"id", "rule_id", "type"}, "exception_lists": {"id", "list_id"}, "exception_items": {"id", "item_id", "list_id"},
		"value_lists": {"id", "type"}, "values": {"id", "list_id", "value"}, "connectors": {"id", "connector_type_id"},
		"timelines": {"savedObjectId", "version", "title"},
	}[name]
}

// Changes counts the requests that may have changed something, so that a caller knows when to save again.
func (s *Server) Changes() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changes
}

// Save gives all that the sandbox holds as a JSON document, which never contains a secret: those of connectors are not kept.
func (s *Server) Save() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := saved{
		Format: savedFormat, Sequence: s.sequence, Spaces: map[string]savedSpace{},
		Shared: s.shared.save(), Made: append([]doc{}, s.described.all()...),
	}
	for id, in := range s.spaces {
		all.Spaces[id] = in.save()
	}
	return json.Marshal(all)
}

func (s *space) save() savedSpace {
	out := savedSpace{ListIndex: s.listIndex, AlertIndex: s.alertIndex, Objects: map[string][]doc{}}
	for name, c := range s.collections() {
		kept := slices.DeleteFunc(c.all(), func(d doc) bool { return d["is_preconfigured"] == true })
		if len(kept) > 0 {
			out.Objects[name] = kept
		}
	}
	return out
}

// Load puts in the sandbox what Save gave. The sandbox must be new.
func (s *Server) Load(text []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all saved
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(&all); err != nil {
		return fmt.Errorf("it is no saved sandbox: %w", err)
	}
	switch {
	case all.Format > savedFormat:
		return fmt.Errorf("it was saved by a later version (format %d; this one reads up to %d)", all.Format, savedFormat)
	case all.Format < 1:
		return errors.New("it is no saved sandbox: it states no format")
	}
	s.sequence = all.Sequence
	for _, id := range slices.Sorted(maps.Keys(all.Spaces)) {
		if !spaceForm.MatchString(id) {
			return fmt.Errorf("%q is no id of a space", id)
		}
		if err := s.load(s.in(id), all.Spaces[id]); err != nil {
			return fmt.Errorf("space %s: %w", id, err)
		}
	}
	if err := s.load(s.shared, all.Shared); err != nil {
		return fmt.Errorf("what all spaces share: %w", err)
	}
	return fill(&s.described, all.Made, "id")
}

func (s *Server) load(in *space, from savedSpace) error {
	in.listIndex, in.alertIndex = from.ListIndex, from.AlertIndex
	collections := in.collections()
	for name, docs := range from.Objects {
		c := collections[name]
		if c == nil {
			return fmt.Errorf("it holds %q, which is nothing that a space holds", name)
		}
		if err := fill(c, docs, mustHave(name)...); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, r := range in.rules.all() {
		if s.schemas[textOf(r, "type")] == nil {
			return fmt.Errorf("rules: %q is no type of a rule", r["type"])
		}
		for _, count := range []string{"version", "revision"} {
			if _, ok := r[count].(json.Number); !ok {
				return fmt.Errorf("rules: %s has no %s", r["rule_id"], count)
			}
		}
	}
	return nil
}

// fill puts saved objects in a collection.
func fill(c *collection, docs []doc, texts ...string) error {
	for _, d := range docs {
		for _, name := range texts {
			if textOf(d, name) == "" {
				return fmt.Errorf("an object has no %s", name)
			}
		}
		for _, place := range c.places(d) {
			if c.get(place) != nil {
				return fmt.Errorf("two objects are %s", place)
			}
		}
		c.add(d)
	}
	return nil
}
