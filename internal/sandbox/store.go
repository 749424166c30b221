package sandbox

import (
	"fmt"
	"net/http"
	"slices"
)

// doc is an object as it is stored and shown. A stored one is never changed, only replaced, so that an answer may hold it
// while others are at work.
type doc = map[string]any

// rule is a doc that is a rule.
type rule = doc

// space is what one space holds.
type space struct {
	rules, exceptionLists, exceptionItems, valueLists, valueItems, connectors, timelines collection
	// listIndex and alertIndex tell whether the indices of value lists and of alerts were made.
	listIndex, alertIndex bool
}

// newSpace makes an empty space; each collection names the key that its objects are found by besides their id.
func newSpace() *space {
	return &space{
		rules: collection{key: "rule_id"}, exceptionLists: collection{key: "list_id"}, exceptionItems: collection{key: "item_id"},
		valueLists: collection{key: "id"}, valueItems: collection{key: "id"}, connectors: collection{key: "id"},
		timelines: collection{key: "savedObjectId"},
	}
}

// collection keeps objects in the order in which they were created, findable by id and by one more key. No two have the
// same.
type collection struct {
	key  string
	docs []doc // A removed one leaves a nil.
	size int
	at   map[string]int // Where an object with that id or key stands.
}

func idPlace(id string) string   { return "id:" + id }
func keyPlace(key string) string { return "key:" + key }

// all is the objects, oldest first.
func (c *collection) all() []doc {
	return slices.DeleteFunc(slices.Clone(c.docs), func(d doc) bool { return d == nil })
}

// byID finds an object by its id, byKey by its other key; nil when there is none.
func (c *collection) byID(id string) doc { return c.get(idPlace(id)) }

func (c *collection) byKey(key string) doc { return c.get(keyPlace(key)) }

func (c *collection) get(place string) doc {
	if i, ok := c.at[place]; ok {
		return c.docs[i]
	}
	return nil
}

// add stores an object whose id and key are free.
func (c *collection) add(d doc) {
	if c.at == nil {
		c.at = map[string]int{}
	}
	for _, place := range c.places(d) {
		c.at[place] = len(c.docs)
	}
	c.docs = append(c.docs, d)
	c.size++
}

// replace puts an object in the place of another, which has the same id.
func (c *collection) replace(old, d doc) {
	i := c.at[c.places(old)[0]]
	for _, place := range c.places(old) {
		delete(c.at, place)
	}
	for _, place := range c.places(d) {
		c.at[place] = i
	}
	c.docs[i] = d
}

func (c *collection) remove(d doc) {
	places := c.places(d)
	c.docs[c.at[places[0]]] = nil
	c.size--
	for _, place := range places {
		delete(c.at, place)
	}
}

// places are the names by which an object is found.
func (c *collection) places(d doc) []string {
	var places []string
	if id, ok := d["id"].(string); ok {
		places = append(places, idPlace(id))
	}
	if key, ok := d[c.key].(string); ok {
		places = append(places, keyPlace(key))
	}
	return places
}

// key finds a rule: by its id or by its rule_id, one of which is empty.
type key struct{ id, ruleID string }

// in finds the rule in a space.
func (k key) in(s *space) (rule, error) {
	if k.id != "" {
		if r := s.rules.byID(k.id); r != nil {
			return r, nil
		}
		return nil, siem(http.StatusNotFound, fmt.Sprintf("id: %q not found", k.id))
	}
	if r := s.rules.byKey(k.ruleID); r != nil {
		return r, nil
	}
	return nil, siem(http.StatusNotFound, fmt.Sprintf("rule_id: %q not found", k.ruleID))
}
