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

func (s *Server) create(c *call) (any, error) {
	body, err := c.object()
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
	if err := s.reachable(c.space, made); err != nil {
		return nil, err
	}
	if id, _ := made["rule_id"].(string); c.rules.byKey(id) != nil {
		return nil, taken(id)
	}
	s.stampNew(made)
	c.rules.add(made)
	return made, nil
}

func (s *Server) read(c *call) (any, error) {
	k, err := queryKey(c.query)
	if err != nil {
		return nil, err
	}
	return k.in(c.space)
}

func (s *Server) remove(c *call) (any, error) {
	k, err := queryKey(c.query)
	if err != nil {
		return nil, err
	}
	r, err := k.in(c.space)
	if err == nil {
		c.rules.remove(r)
	}
	return r, err
}

// update replaces a rule. Of the old one stay what only Kibana sets, and enabled and version when the body omits them.
func (s *Server) update(c *call) (any, error) {
	body, err := c.object()
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
	old, err := k.in(c.space)
	if err != nil {
		return nil, err
	}
	return s.overwrite(c.space, old, body)
}

// overwrite replaces a rule by a whole new one.
func (s *Server) overwrite(in *space, old rule, body map[string]any) (rule, error) {
	for _, kept := range []string{"enabled", "version"} {
		if _, stated := body[kept]; !stated {
			body[kept] = old[kept]
		}
	}
	return s.change(in, old, body)
}

// patch changes the fields that the body holds; arrays and objects are replaced whole.
func (s *Server) patch(c *call) (any, error) {
	body, err := c.object()
	if err != nil {
		return nil, err
	}
	k, err := bodyKey(body)
	if err != nil {
		return nil, err
	}
	old, err := k.in(c.space)
	if err != nil {
		return nil, err
	}
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
	return s.change(c.space, old, merged)
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

// change puts in the old rule's place the one with new content.
func (s *Server) change(in *space, old, body rule) (rule, error) {
	body["rule_id"] = old["rule_id"]
	made := s.complete(body)
	if err := s.crosscheck(made); err != nil {
		return nil, err
	}
	if err := s.reachable(in, made); err != nil {
		return nil, err
	}
	revision, _ := old["revision"].(json.Number).Int64()
	if !sameContent(old, made) {
		revision++
	}
	for _, name := range []string{"id", "immutable", "rule_source", "created_at", "created_by"} {
		made[name] = old[name]
	}
	if made["immutable"] == true {
		made["rule_source"] = customised(old, made)
	}
	s.stamp(made, revision)
	in.rules.replace(old, made)
	return made, nil
}

// external is the source of one of Elastic's rules, of which some fields were changed here.
func external(fields []any) map[string]any {
	return map[string]any{
		"type": "external", "is_customized": len(fields) > 0, "has_base_version": true, "customized_fields": listed(fields),
	}
}

// customised is the source of one of Elastic's rules after another change.
func customised(old, made rule) map[string]any {
	source, _ := old["rule_source"].(map[string]any)
	fields := listed(asItems(source["customized_fields"]))
	before, after := content(old), content(made)
	for _, name := range sortedKeys(after) {
		if !reflect.DeepEqual(before[name], after[name]) {
			fields = append(fields, map[string]any{"field_name": name})
		}
	}
	return external(fields)
}

// taken is the refusal of a second rule with a rule_id.
func taken(ruleID string) *apiError {
	return siem(http.StatusConflict, fmt.Sprintf("rule_id: %q already exists", ruleID))
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
	r["updated_at"] = s.now()
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
