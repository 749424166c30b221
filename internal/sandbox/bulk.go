package sandbox

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

const (
	// maxBulkIDs is how many ids a bulk action takes.
	maxBulkIDs = 100
	// maxBulkEdit is how many rules one edit may change.
	maxBulkEdit = 2_000
)

func (s *Server) bulkRoutes() []route {
	return []route{{
		method: http.MethodPost, path: "/api/detection_engine/rules/_bulk_action", handle: s.bulkAction, atOnce: 5,
	}}
}

// bulk is one bulk action under way.
type bulk struct {
	server *Server
	space  *space
	action string
	body   map[string]any
	dryRun bool

	updated, created, deleted, skipped []any
	failures                           []bulkFailure
	succeeded                          int
}

// bulkFailure is why a rule was not changed.
type bulkFailure struct {
	status        int
	message, code string
	rule          map[string]any
}

func (f bulkFailure) Error() string { return f.message }

// bulkAction serves _bulk_action. Kibana: as soon as one rule fails, the answer is 500, and tells of each rule all the same.
func (s *Server) bulkAction(c *call) (any, error) {
	b, err := s.readBulk(c)
	if err != nil {
		return nil, err
	}
	rules, err := b.rules()
	if err != nil {
		return nil, err
	}
	if b.action == "export" {
		return s.exported(c.space, "rules_export.ndjson", rules, []any{}, false)
	}
	for _, r := range rules {
		b.take(r)
	}
	return b.outcome()
}

func (s *Server) readBulk(c *call) (*bulk, error) {
	dryRun, err := c.flag("dry_run")
	if err != nil {
		return nil, err
	}
	body, err := c.checked(schema{
		"action": required(oneOf("delete", "disable", "enable", "export", "duplicate", "run", "fill_gaps", "edit")),
		"query":  optional(text()), "ids": optional(list(text(), 1, unbounded)),
	})
	if err != nil {
		return nil, err
	}
	action := body["action"].(string)
	if problems := bulkSchemas()[action].problems("", body, false); len(problems) > 0 {
		return nil, badBody(strings.Join(problems, ", "))
	}
	ids, _ := body["ids"].([]any)
	_, hasQuery := body["query"]
	switch {
	case len(ids) > maxBulkIDs:
		return nil, siem(http.StatusBadRequest, fmt.Sprintf("More than %d ids sent for bulk edit action.", maxBulkIDs))
	case ids != nil && hasQuery:
		return nil, siem(http.StatusBadRequest, "Both query and ids are sent. Define either ids or query in request payload.")
	case dryRun && action == "export":
		return nil, siem(http.StatusBadRequest, "Export action doesn't support dry_run mode")
	case !s.licensed() && suppresses(body["edit"]):
		return nil, siem(http.StatusForbidden, "Your license does not support alert suppression.")
	}
	return &bulk{server: s, space: c.space, action: action, body: body, dryRun: dryRun}, nil
}

// licensed tells whether the licence allows alert suppression.
func (s *Server) licensed() bool {
	return slices.Contains([]string{"platinum", "enterprise", "trial"}, s.options.License)
}

// suppresses tells whether one of the changes of an edit is about alert suppression.
func suppresses(changes any) bool {
	return slices.ContainsFunc(objects(changes), func(change map[string]any) bool {
		return strings.Contains(textOf(change, "type"), "alert_suppression")
	})
}

// bulkSchemas is what each action needs besides.
func bulkSchemas() map[string]schema {
	dates := object(schema{"start_date": required(text()), "end_date": required(text())})
	return map[string]schema{
		"run": {"run": required(dates)}, "fill_gaps": {"fill_gaps": required(dates)},
		"duplicate": {"duplicate": optional(object(schema{
			"include_exceptions": required(boolean()), "include_expired_exceptions": required(boolean()),
		}))},
		"edit": {"edit": required(list(bulkEdit(), 1, unbounded))},
	}
}

// rules are those that the body means: by id, by query, or all of the space.
func (b *bulk) rules() ([]rule, error) {
	ids, byID := b.body["ids"].([]any)
	if byID {
		var found []rule
		for _, id := range ids {
			if r := b.space.rules.byID(id.(string)); r != nil {
				found = append(found, r)
				continue
			}
			b.fail(map[string]any{"id": id}, bulkFailure{status: http.StatusInternalServerError, message: "Rule not found"})
		}
		return found, nil
	}
	keep := func(rule) bool { return true }
	if query := strings.TrimSpace(textOf(b.body, "query")); query != "" {
		var err error
		if keep, err = parseFilter(query); err != nil {
			return nil, siem(http.StatusBadRequest, err.Error())
		}
	}
	most := maxWindow
	if b.action == "edit" {
		most = maxBulkEdit
	}
	found := slices.DeleteFunc(b.space.rules.all(), func(r rule) bool { return !keep(r) })
	if len(found) > most {
		return nil, siem(http.StatusBadRequest, fmt.Sprintf("More than %d rules matched the filter query. Try to narrow it down.", most))
	}
	return found, nil
}

func (b *bulk) fail(r rule, err error) {
	var failure bulkFailure
	if !errors.As(err, &failure) {
		failure = bulkFailure{status: http.StatusInternalServerError, message: err.Error()}
	}
	failure.rule = map[string]any{"id": r["id"]}
	if name, ok := r["name"]; ok {
		failure.rule["name"] = name
	}
	b.failures = append(b.failures, failure)
}

// take does the action to one rule; a dry run only looks whether it could.
func (b *bulk) take(r rule) {
	switch b.action {
	case "enable", "disable":
		b.done(&b.updated, func() rule { return b.set(r, "enabled", b.action == "enable") })
	case "delete":
		b.done(&b.deleted, func() rule { b.space.rules.remove(r); return r })
	case "duplicate":
		b.done(&b.created, func() rule { return b.duplicate(r) })
	case "run":
		if r["enabled"] != true {
			b.fail(r, disabledRule("MANUAL_RULE_RUN_DISABLED_RULE", "Cannot schedule manual rule run for a disabled rule"))
			return
		}
		b.done(&b.updated, func() rule { return r })
	case "fill_gaps":
		if r["enabled"] != true {
			b.fail(r, disabledRule("RULE_FILL_GAPS_DISABLED_RULE", "Cannot bulk fill gaps for a disabled rule"))
			return
		}
		b.skip(r, "NO_GAPS_TO_FILL") // Rules do not run here, so they have no gaps.
	case "edit":
		b.edit(r)
	}
}

func disabledRule(code, message string) bulkFailure {
	return bulkFailure{status: http.StatusInternalServerError, code: code, message: message}
}

func (b *bulk) done(results *[]any, do func() rule) {
	b.succeeded++
	if !b.dryRun {
		*results = append(*results, do())
	}
}

func (b *bulk) skip(r rule, reason string) {
	b.skipped = append(b.skipped, map[string]any{"id": r["id"], "name": r["name"], "skip_reason": reason})
}

// set changes one field that is a state and no content.
func (b *bulk) set(r rule, name string, value any) rule {
	changed := maps.Clone(r)
	changed[name] = value
	changed["updated_at"], changed["updated_by"] = b.server.now(), b.server.options.User
	b.space.rules.replace(r, changed)
	return changed
}

// duplicate makes a copy with a name and ids of its own, disabled. Kibana: a copy of Elastic's rule is a custom one.
func (b *bulk) duplicate(r rule) rule {
	copied := maps.Clone(r)
	copied["name"] = textOf(r, "name") + " [Duplicate]"
	copied["enabled"] = false
	delete(copied, "rule_id")
	if options, ok := b.body["duplicate"].(map[string]any); ok && options["include_exceptions"] != true {
		copied["exceptions_list"] = []any{}
	}
	b.server.stampNew(copied)
	b.space.rules.add(copied)
	return copied
}

func (b *bulk) outcome() (any, error) {
	total := b.succeeded + len(b.failures) + len(b.skipped)
	attributes := map[string]any{
		"results": map[string]any{
			"updated": listed(b.updated), "created": listed(b.created), "deleted": listed(b.deleted), "skipped": listed(b.skipped),
		},
		"summary": map[string]any{
			"total": total, "succeeded": b.succeeded, "failed": len(b.failures), "skipped": len(b.skipped),
		},
	}
	if b.dryRun {
		attributes["results"] = map[string]any{"updated": []any{}, "created": []any{}, "deleted": []any{}, "skipped": []any{}}
	}
	if len(b.failures) == 0 {
		return map[string]any{"success": true, "rules_count": total, "attributes": attributes}, nil
	}
	attributes["errors"] = b.errors()
	what := "Bulk edit"
	if b.action == "run" {
		what = "Bulk manual rule run"
	}
	extent := "partially failed"
	if len(b.failures) == total {
		extent = "failed"
	}
	return nil, &apiError{status: http.StatusInternalServerError, message: what + " " + extent, attributes: attributes}
}

// errors are the failures, those with the same message together.
func (b *bulk) errors() []any {
	grouped := []any{}
	at := map[string]map[string]any{}
	for _, f := range b.failures {
		group, known := at[f.message]
		if !known {
			group = map[string]any{"message": f.message, "status_code": f.status, "rules": []any{}}
			if f.code != "" {
				group["err_code"] = f.code
			}
			at[f.message] = group
			grouped = append(grouped, group)
		}
		group["rules"] = append(group["rules"].([]any), f.rule)
	}
	return grouped
}

func listed(items []any) []any { return append([]any{}, items...) }
