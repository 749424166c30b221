package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
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

func (s *Server) find(space string, r *http.Request) (any, error) {
	p, err := readPage(r.URL.Query())
	if err != nil {
		return nil, err
	}
	found := []rule{}
	for _, r := range s.store.all(space) {
		if p.keep(r) {
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, p.compare)
	from := min((p.number-1)*p.size, len(found))
	to := min(from+p.size, len(found))
	return map[string]any{"page": p.number, "perPage": p.size, "total": len(found), "data": found[from:to]}, nil
}

func readPage(q url.Values) (page, error) {
	p := page{number: 1, size: 20, keep: func(rule) bool { return true }, compare: func(_, _ rule) int { return 0 }}
	for name, to := range map[string]struct {
		value *int
		low   int
	}{"page": {&p.number, 1}, "per_page": {&p.size, 0}} {
		if !q.Has(name) {
			continue
		}
		n, err := strconv.Atoi(q.Get(name))
		if err != nil || n < to.low {
			return page{}, badQuery(fmt.Sprintf("%s: must be an integer of at least %d", name, to.low))
		}
		*to.value = n
	}
	if p.size > 0 && p.number > maxWindow/p.size {
		return page{}, siem(http.StatusBadRequest, fmt.Sprintf(
			"Result window is too large, from + size must be less than or equal to: [%d] but was [%s]",
			maxWindow, strconv.FormatUint(uint64(p.number)*uint64(p.size), 10)))
	}
	var err error
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
