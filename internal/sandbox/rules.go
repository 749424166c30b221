package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

func (s *Server) create(space string, r *http.Request) (any, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	if err := s.checkWhole(body); err != nil {
		return nil, err
	}
	made := s.complete(body)
	if err := s.crosscheck(made); err != nil {
		return nil, err
	}
	s.stampNew(made)
	return made, s.store.add(space, made)
}

func (s *Server) read(space string, r *http.Request) (any, error) {
	k, err := queryKey(r.URL.Query())
	if err != nil {
		return nil, err
	}
	return s.store.get(space, k)
}

func (s *Server) remove(space string, r *http.Request) (any, error) {
	k, err := queryKey(r.URL.Query())
	if err != nil {
		return nil, err
	}
	return s.store.remove(space, k)
}

// update replaces a rule. Of the old one stay what only Kibana sets, and enabled and version when the body omits them.
func (s *Server) update(space string, r *http.Request) (any, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	if err := s.checkWhole(body); err != nil {
		return nil, err
	}
	k, err := bodyKey(body)
	if err != nil {
		return nil, err
	}
	return s.store.replace(space, k, func(old rule) (rule, error) {
		for _, kept := range []string{"enabled", "version"} {
			if _, stated := body[kept]; !stated {
				body[kept] = old[kept]
			}
		}
		return s.change(old, body)
	})
}

// patch changes the fields that the body holds; arrays and objects are replaced whole.
func (s *Server) patch(space string, r *http.Request) (any, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	k, err := bodyKey(body)
	if err != nil {
		return nil, err
	}
	return s.store.replace(space, k, func(old rule) (rule, error) {
		kind := old["type"].(string)
		if problems := s.schemas[kind].problems("", body, true); len(problems) > 0 {
			return nil, badBody(strings.Join(problems, ", "))
		}
		merged := rule{}
		for name := range s.schemas[kind] {
			if v, ok := body[name]; ok {
				merged[name] = v
			} else if v, ok := old[name]; ok {
				merged[name] = v
			}
		}
		return s.change(old, merged)
	})
}

// checkWhole checks a body that must be a whole rule: its type first, and then only that type's fields.
func (s *Server) checkWhole(body map[string]any) error {
	kind, _ := body["type"].(string)
	schema, known := s.schemas[kind]
	if !known {
		problems := oneOf(ruleTypes()...)("type", body["type"])
		return badBody(problems[0])
	}
	if problems := schema.problems("", body, false); len(problems) > 0 {
		return badBody(strings.Join(problems, ", "))
	}
	return nil
}

// change makes of the old rule the one with new content.
func (s *Server) change(old, body rule) (rule, error) {
	body["rule_id"] = old["rule_id"]
	made := s.complete(body)
	if err := s.crosscheck(made); err != nil {
		return nil, err
	}
	revision, _ := old["revision"].(json.Number).Int64()
	if !sameContent(old, made) {
		revision++
	}
	for _, name := range []string{"id", "immutable", "rule_source", "created_at", "created_by"} {
		made[name] = old[name]
	}
	s.stamp(made, revision)
	return made, nil
}

// stampNew sets what Kibana sets on a new rule.
func (s *Server) stampNew(r rule) {
	r["id"] = s.options.NewID()
	if _, ok := r["rule_id"]; !ok {
		r["rule_id"] = s.options.NewID()
	}
	r["immutable"], r["rule_source"] = false, map[string]any{"type": "internal"}
	s.stamp(r, 0)
	r["created_at"], r["created_by"] = r["updated_at"], r["updated_by"]
}

func (s *Server) stamp(r rule, revision int64) {
	r["updated_at"] = s.options.Clock().UTC().Format("2006-01-02T15:04:05.000Z07:00")
	r["updated_by"] = s.options.User
	r["revision"] = json.Number(strconv.FormatInt(revision, 10))
}

// sameContent tells whether two rules say the same. Being enabled is a state and no content, and the uuid of an action
// is made up by Kibana when the caller gives none.
func sameContent(a, b rule) bool { return reflect.DeepEqual(content(a), content(b)) }

func content(r rule) rule {
	c := rule{}
	for name, v := range r {
		switch name {
		case "id", "immutable", "rule_source", "created_at", "created_by", "updated_at", "updated_by", "revision", "enabled":
		case "actions":
			c[name] = mapItems(v, func(item map[string]any) { delete(item, "uuid") })
		default:
			c[name] = v
		}
	}
	return c
}

var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func queryKey(q url.Values) (key, error) {
	k := key{id: q.Get("id"), ruleID: q.Get("rule_id")}
	if k.id != "" && !uuidForm.MatchString(k.id) {
		return key{}, badQuery("id: must be a UUID")
	}
	return k, k.check()
}

func bodyKey(body map[string]any) (key, error) {
	var k key
	for name, to := range map[string]*string{"id": &k.id, "rule_id": &k.ruleID} {
		v, present := body[name]
		text, ok := v.(string)
		if present && !ok {
			return key{}, badBody(fmt.Sprintf("%s: Expected string, received %s", name, kindOf(v)))
		}
		*to = text
	}
	if k.id != "" && !uuidForm.MatchString(k.id) {
		return key{}, badBody("id: must be a UUID")
	}
	return k, k.check()
}

// check refuses a key that names no rule, or perhaps two.
func (k key) check() error {
	switch {
	case k.id == "" && k.ruleID == "":
		return siem(http.StatusBadRequest, []string{`either "id" or "rule_id" must be set`})
	case k.id != "" && k.ruleID != "":
		return siem(http.StatusBadRequest, []string{`both "id" and "rule_id" cannot exist, choose one or the other`})
	}
	return nil
}
