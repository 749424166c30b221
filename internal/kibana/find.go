package kibana

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// maxWindow is how far _find reaches: page * per_page may not be larger.
const maxWindow = 10_000

// FindOptions says which rules are looked for. The zero value is all of them.
type FindOptions struct {
	// Filter is KQL over the saved object, such as: alert.attributes.params.ruleId: "x".
	Filter string
	// PerPage is how many rules one request asks for; 0 is 1,000, which is also the most.
	PerPage int
}

// FindRules reads all rules that the options ask for, page by page, oldest first. When rules come or go while it reads,
// it reads again, up to three times in all; then it is [ErrUnstable]. That is noticed by their number; a rule that goes
// in the very moment in which another comes can hide a third one. More than 10,000 rules are [ErrTooMany].
func (c *Client) FindRules(ctx context.Context, o FindOptions) ([]Rule, error) {
	for range 3 {
		rules, stable, err := c.findAll(ctx, o)
		if err != nil {
			return nil, err
		}
		if stable {
			return rules, nil
		}
	}
	return nil, ErrUnstable
}

// findAll reads all pages once, and tells whether they fit together.
func (c *Client) findAll(ctx context.Context, o FindOptions) (rules []Rule, stable bool, err error) {
	per := o.PerPage
	if per <= 0 || per > 1000 {
		per = 1000
	}
	seen, before := map[string]bool{}, 0
	for page := 1; ; page++ {
		if page*per > maxWindow {
			return nil, false, fmt.Errorf("%w, and the space holds more", ErrTooMany)
		}
		found, total, err := c.findPage(ctx, o, page, per)
		if err != nil {
			return nil, false, err
		}
		if total > maxWindow {
			return nil, false, fmt.Errorf("%w, and there are %d", ErrTooMany, total)
		}
		if page > 1 && total != before {
			return nil, false, nil
		}
		before = total
		for _, rule := range found {
			if id := textAt(rule, "id"); !seen[id] {
				seen[id] = true
				rules = append(rules, rule)
			}
		}
		if len(found) < per || page*per >= total {
			return rules, len(rules) == total, nil
		}
	}
}

// findPage reads one page, and tells how many rules there are on all pages.
func (c *Client) findPage(ctx context.Context, o FindOptions, page, per int) ([]Rule, int, error) {
	query := url.Values{
		"page": {strconv.Itoa(page)}, "per_page": {strconv.Itoa(per)},
		// The oldest first: a rule created meanwhile then comes last and moves no other to another page.
		"sort_field": {"created_at"}, "sort_order": {"asc"},
	}
	if o.Filter != "" {
		query.Set("filter", o.Filter)
	}
	r := request{method: http.MethodGet, path: rulesPath + "/_find", query: query}
	doc, err := c.repeat(ctx, r)
	if err != nil {
		return nil, 0, err
	}
	rules, total, ok := readPage(doc)
	if !ok {
		return nil, 0, c.notIt(r, "a page of rules")
	}
	return rules, total, nil
}

func readPage(doc any) (rules []Rule, total int, ok bool) {
	object, _ := doc.(map[string]any)
	data, isList := object["data"].([]any)
	number, isNumber := object["total"].(json.Number)
	if !isList || !isNumber {
		return nil, 0, false
	}
	for _, item := range data {
		rule, isRule := item.(map[string]any)
		if !isRule || textAt(rule, "id") == "" {
			return nil, 0, false
		}
		rules = append(rules, rule)
	}
	total, err := strconv.Atoi(number.String())
	return rules, total, err == nil
}
