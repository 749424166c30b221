package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxWindow is how far _find reaches.
const maxWindow = 10_000

// page is what a _find request asks for.
type page struct {
	number, size int
	compare      func(a, b rule) int
	keep         func(rule) bool
}

func (s *Server) find(c *call) (any, error) {
	p, err := readPage(c)
	if err != nil {
		return nil, err
	}
	found := []rule{}
	for _, r := range c.rules.all() {
		if p.keep(r) {
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, p.compare)
	return map[string]any{"page": p.number, "perPage": p.size, "total": len(found), "data": cut(found, p.number, p.size)}, nil
}

func readPage(c *call) (page, error) {
	p := page{keep: func(rule) bool { return true }}
	var err error
	if p.number, p.size, err = c.window(20, 0); err != nil {
		return page{}, err
	}
	q := c.query
	if p.compare, err = readSort(q); err != nil {
		return page{}, err
	}
	if text := strings.TrimSpace(q.Get("filter")); text != "" {
		if p.keep, err = parseFilter(text); err != nil {
			return page{}, siem(http.StatusBadRequest, err.Error())
		}
	}
	return p, nil
}

// readSort finds the order; without one it is that of creation.
func readSort(q url.Values) (func(a, b rule) int, error) {
	by, order := q.Get("sort_field"), q.Get("sort_order")
	if (by == "") != (order == "") {
		return nil, siem(http.StatusBadRequest, []string{`when "sort_order" and "sort_field" must exist together or not at all`})
	}
	if order != "" && order != "asc" && order != "desc" {
		return nil, badQuery("sort_order: expected 'asc' | 'desc'")
	}
	names := map[string]string{
		"created_at": "created_at", "createdAt": "created_at", "updated_at": "updated_at", "updatedAt": "updated_at",
		"enabled": "enabled", "name": "name", "risk_score": "risk_score", "riskScore": "risk_score", "severity": "severity",
	}
	name, known := names[by]
	switch {
	case by == "", strings.HasPrefix(by, "execution_summary.last_execution."):
		return func(_, _ rule) int { return 0 }, nil
	case !known:
		return nil, badQuery(fmt.Sprintf("sort_field: unknown field %q", by))
	}
	sign := 1
	if order == "desc" {
		sign = -1
	}
	return func(a, b rule) int { return sign * compareValues(a[name], b[name]) }, nil
}

func compareValues(a, b any) int {
	switch x := a.(type) {
	case string:
		y, _ := b.(string)
		return cmp.Compare(x, y)
	case json.Number:
		y, _ := b.(json.Number)
		i, _ := x.Float64()
		j, _ := y.Float64()
		return cmp.Compare(i, j)
	case bool:
		y, _ := b.(bool)
		return cmp.Compare(rank(x), rank(y))
	}
	return 0
}

func rank(b bool) int {
	if b {
		return 1
	}
	return 0
}
