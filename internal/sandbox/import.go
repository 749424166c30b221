package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// importRules serves _import. Kibana takes a file in this order: exceptions, connectors, rules; and it answers 200 even
// when objects were refused, which are listed.
func (s *Server) importRules(c *call) (any, error) {
	flags, err := c.flags("overwrite", "overwrite_exceptions", "overwrite_action_connectors", "as_new_list")
	if err != nil {
		return nil, err
	}
	_, text, err := c.file(".ndjson")
	if err != nil {
		return nil, err
	}
	file, err := readImport(text)
	if err != nil {
		return nil, err
	}
	if len(file.rules)+len(file.broken) > maxImport {
		return nil, siem(http.StatusInternalServerError, fmt.Sprintf("Can't import more than %d rules", maxImport))
	}
	exceptions := s.takeExceptions(c.space, file, flags["overwrite_exceptions"], flags["as_new_list"])
	connectors := s.takeConnectors(c.space, file, flags["overwrite_action_connectors"])
	rules := &ruleImport{server: s, space: c.space, overwrite: flags["overwrite"]}
	rules.take(file)
	return map[string]any{
		"success": len(rules.errors) == 0, "success_count": rules.stored, "rules_count": len(file.rules) + len(file.broken),
		"errors":             rules.errors,
		"exceptions_success": len(exceptions.errors) == 0, "exceptions_success_count": exceptions.lists + exceptions.items,
		"exceptions_errors":         exceptions.errors,
		"action_connectors_success": len(connectors.errors) == 0, "action_connectors_success_count": connectors.stored,
		"action_connectors_errors": connectors.errors, "action_connectors_warnings": connectors.warnings,
	}, nil
}

// ruleImport takes the rules of one file.
type ruleImport struct {
	server    *Server
	space     *space
	overwrite bool

	stored int
	errors []any
}

func (i *ruleImport) fail(status int, message, ruleID string) {
	i.errors = append(i.errors, importProblem(status, message, "rule_id", ruleID))
}

// unknownID is how Kibana names a rule whose rule_id it does not know.
const unknownID = "(unknown id)"

func (i *ruleImport) take(file importFile) {
	i.errors = []any{}
	for _, problem := range file.broken {
		i.fail(http.StatusBadRequest, problem, unknownID)
	}
	for _, body := range i.once(file.rules) {
		i.takeOne(body)
	}
}

// once leaves the last of several rules with one rule_id. Kibana: that is an error, unless rules are overwritten, and the
// last one is imported all the same.
func (i *ruleImport) once(bodies []map[string]any) []map[string]any {
	last, told := map[string]int{}, map[string]bool{}
	for at, body := range bodies {
		id := textOf(body, "rule_id")
		if _, seen := last[id]; seen && id != "" && !i.overwrite && !told[id] {
			i.fail(http.StatusBadRequest, fmt.Sprintf("More than one rule with rule-id: %q found", id), id)
			told[id] = true
		}
		last[id] = at
	}
	var kept []map[string]any
	for at, body := range bodies {
		if id := textOf(body, "rule_id"); id == "" || last[id] == at {
			kept = append(kept, body)
		}
	}
	return kept
}

func (i *ruleImport) takeOne(body map[string]any) {
	id := textOf(body, "rule_id")
	if id == "" {
		i.fail(http.StatusBadRequest, "rule_id: Required", unknownID)
		return
	}
	if err := i.server.checkWhole(body); err != nil {
		i.refused(err, unknownID)
		return
	}
	prebuilt := i.server.options.Prebuilt(id)
	if prebuilt && body["version"] == nil {
		i.fail(http.StatusBadRequest, fmt.Sprintf(`Prebuilt rules must specify a "version" to be imported. [rule_id: %s]`, id), id)
		return
	}
	if missing := i.space.missingConnectors(body["actions"]); len(missing) > 0 {
		i.fail(http.StatusNotFound, "Rule actions reference the following missing action IDs: "+strings.Join(missing, ","), id)
		return
	}
	lists, gone := i.lists(body)
	old := i.space.rules.byKey(id)
	if old != nil && !i.overwrite {
		i.refused(taken(id), id)
		return
	}
	body["exceptions_list"] = lists
	if err := i.store(old, body, prebuilt); err != nil {
		i.refused(err, id)
		return
	}
	i.stored++
	for _, list := range gone {
		i.fail(http.StatusBadRequest, fmt.Sprintf(
			"Rule with rule_id: %q references a non existent exception list of list_id: %q. Reference has been removed.", id, list), id)
	}
}

// store keeps a rule of the file, new or in the place of an old one.
func (i *ruleImport) store(old rule, body map[string]any, prebuilt bool) error {
	if old != nil {
		_, err := i.server.overwrite(i.space, old, body)
		return err
	}
	made := i.server.complete(body)
	if err := i.server.crosscheck(made); err != nil {
		return err
	}
	i.server.stampNew(made)
	if prebuilt {
		made["immutable"], made["rule_source"] = true, external(nil)
	}
	i.space.rules.add(made)
	return nil
}

// refused lists why a rule was not taken.
func (i *ruleImport) refused(err error, ruleID string) {
	var refusal *apiError
	if !errors.As(err, &refusal) {
		refusal = siem(http.StatusInternalServerError, err.Error())
	}
	message := fmt.Sprint(refusal.message)
	if texts, ok := refusal.message.([]string); ok {
		message = strings.Join(texts, ", ")
	}
	i.fail(refusal.status, strings.TrimPrefix(message, "[request body]: "), ruleID)
}

// lists points a rule's references at the exception lists of this space, which may have other ids than where the file
// comes from, and drops those that are not there. Kibana: they are found by list_id, namespace_type and type.
func (i *ruleImport) lists(body map[string]any) (kept []any, gone []string) {
	kept = []any{}
	for _, reference := range objects(body["exceptions_list"]) {
		id := textOf(reference, "list_id")
		found := i.server.exceptionsOf(i.space, reference["namespace_type"]).exceptionLists.byKey(id)
		if found == nil || found["type"] != reference["type"] {
			gone = append(gone, id)
			continue
		}
		kept = append(kept, map[string]any{
			"id": found["id"], "list_id": id, "namespace_type": reference["namespace_type"], "type": reference["type"],
		})
	}
	slices.Sort(gone)
	return kept, slices.Compact(gone)
}
