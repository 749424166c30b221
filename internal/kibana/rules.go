package kibana

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// Rule is a detection rule as the API sends and takes it: a JSON object.
type Rule = map[string]any

const rulesPath = "/api/detection_engine/rules"

// GetRule reads the rule with a rule_id. A rule that does not exist is an [*Error] with status 404.
func (c *Client) GetRule(ctx context.Context, ruleID string) (Rule, error) {
	return c.repeatRule(ctx, request{method: http.MethodGet, path: rulesPath, query: byRuleID(ruleID)})
}

// UpdateRule replaces the rule that has the rule_id (or id) of the given one, and gives it as stored. What the given
// rule omits falls back to Kibana's defaults, except enabled and version, which stay as they are.
func (c *Client) UpdateRule(ctx context.Context, rule Rule) (Rule, error) {
	return c.repeatRule(ctx, request{method: http.MethodPut, path: rulesPath, body: rule})
}

// PatchRule changes only the given fields of the rule that has the rule_id (or id) of the patch, and gives it as
// stored. Arrays and objects are replaced whole, so doing it twice does no more than doing it once.
func (c *Client) PatchRule(ctx context.Context, patch Rule) (Rule, error) {
	return c.repeatRule(ctx, request{method: http.MethodPatch, path: rulesPath, body: patch})
}

// DeleteRule deletes the rule with a rule_id. A rule that does not exist is an [*Error] with status 404, unless an
// earlier try of this same call may have deleted it.
func (c *Client) DeleteRule(ctx context.Context, ruleID string) error {
	r := request{method: http.MethodDelete, path: rulesPath, query: byRuleID(ruleID)}
	for p := c.NewPacer(); ; {
		_, err := c.once(ctx, r)
		if HasStatus(err, http.StatusNotFound) && p.tries > 0 {
			return nil
		}
		if err == nil || !p.Again(ctx, err) {
			return err
		}
	}
}

// CreateRule creates a rule and gives it as stored. A rule_id that is taken is an [*Error] with status 409.
//
// The call is never repeated blindly, because a Kibana or a proxy that fails to answer may have created the rule all
// the same. After such a failure the rule is read back by its rule_id: when it is there and holds what was sent, the
// call has succeeded; when it is not there, the call is made again. A rule without rule_id cannot be read back, so then
// such a failure is [ErrUncertain].
func (c *Client) CreateRule(ctx context.Context, rule Rule) (Rule, error) {
	r := request{method: http.MethodPost, path: rulesPath, body: rule}
	ruleID, _ := rule["rule_id"].(string)
	for p := c.NewPacer(); ; {
		stored, err := c.ruleOnce(ctx, r)
		switch {
		case err == nil && p.tries > 0:
			return stored, c.onlyOne(ctx, ruleID)
		case err == nil:
			return stored, nil
		case HasStatus(err, http.StatusConflict) && p.tries > 0:
			return c.readBack(ctx, rule, ruleID, err)
		case ctx.Err() != nil:
			return nil, fmt.Errorf("%w: %w", ErrUncertain, err)
		case !transient(err):
			return stored, err
		case ruleID == "" || !p.pause(ctx, err):
			return nil, fmt.Errorf("%w: %w", ErrUncertain, err)
		}
		stored, missing := c.readBack(ctx, rule, ruleID, err)
		if !HasStatus(missing, http.StatusNotFound) {
			return stored, missing
		}
		if p.exhausted() {
			return nil, err
		}
	}
}

// readBack reads a rule that may have been created by a call that failed with cause. It gives the rule when that holds
// what was sent, a 404 when there is none, and else an error.
func (c *Client) readBack(ctx context.Context, sent Rule, ruleID string, cause error) (Rule, error) {
	stored, err := c.GetRule(ctx, ruleID)
	switch {
	case HasStatus(err, http.StatusNotFound):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w: %w; reading it back: %w", ErrUncertain, cause, err)
	case Holds(stored, sent):
		return stored, nil
	}
	return nil, &Error{
		Status: http.StatusConflict, Method: http.MethodPost, Path: c.prefix + rulesPath,
		Messages: []string{fmt.Sprintf("rule_id: %q already exists, with other content", ruleID)},
	}
}

// onlyOne makes sure that a rule that took several tries was not created several times.
func (c *Client) onlyOne(ctx context.Context, ruleID string) error {
	_, total, err := c.findPage(ctx, FindOptions{Filter: "alert.attributes.params.ruleId: " + strconv.Quote(ruleID)}, 1, 2)
	switch {
	case err != nil:
		return fmt.Errorf("the rule was created, but whether only once is not known: %w", err)
	case total > 1:
		return fmt.Errorf("rule_id %q: %w", ruleID, ErrDoubled)
	}
	return nil
}

func byRuleID(ruleID string) url.Values { return url.Values{"rule_id": {ruleID}} }

func (c *Client) repeatRule(ctx context.Context, r request) (Rule, error) {
	doc, err := c.repeat(ctx, r)
	return c.asRule(r, doc, err)
}

func (c *Client) ruleOnce(ctx context.Context, r request) (Rule, error) {
	doc, err := c.once(ctx, r)
	return c.asRule(r, doc, err)
}

func (c *Client) asRule(r request, doc any, err error) (Rule, error) {
	if err != nil {
		return nil, err
	}
	rule, ok := doc.(map[string]any)
	if ok && textAt(rule, "id") != "" && textAt(rule, "rule_id") != "" {
		return rule, nil
	}
	return nil, c.notIt(r, "a rule")
}
