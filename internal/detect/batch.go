package detect

import (
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/filter"
)

// SearchAll searches the same events for many rules, as [Detector.Search] does for one: each event is bound once, and only those
// rules look at it whose index patterns and categories it can satisfy. The detectors must share a layout, and none must be
// undecided.
func SearchAll(detectors []*Detector, docs []*event.Document) []*Found {
	if len(detectors) == 0 {
		return nil
	}
	workers := max(min(runtime.GOMAXPROCS(0), len(docs)/64), 1)
	parts := make([][]*Found, workers)
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			b := &batch{detectors: detectors, routes: map[string][]int{}}
			parts[w] = b.search(docs[w*len(docs)/workers : (w+1)*len(docs)/workers])
		})
	}
	wait.Wait()
	all := parts[0]
	for _, part := range parts[1:] {
		for i, found := range part {
			all[i].events = append(all[i].events, found.events...)
			all[i].excepted = append(all[i].excepted, found.excepted...)
			all[i].searched = all[i].searched || found.searched
		}
	}
	return all
}

// batch searches a part of the events.
type batch struct {
	detectors []*Detector
	// found is what each detector has found so far.
	found []*Found
	// routes are the detectors that look at events of an index and some categories.
	routes map[string][]int
	key    []byte
}

func (b *batch) search(docs []*event.Document) []*Found {
	b.found = make([]*Found, len(b.detectors))
	for i := range b.found {
		b.found[i] = &Found{}
	}
	record := &filter.Record{}
	for _, doc := range docs {
		route := b.route(doc)
		if len(route) == 0 {
			continue
		}
		b.detectors[0].layout.BindTo(record, doc)
		for _, i := range route {
			b.detectors[i].find(record, b.found[i])
		}
	}
	return b.found
}

// category is the field by which rules are kept from events that they cannot match.
const category = "event.category"

// route gives the detectors for an event; it is worked out once for each index with its categories.
func (b *batch) route(doc *event.Document) []int {
	categories := doc.Get(category)
	b.key = append(b.key[:0], doc.Index...)
	for _, c := range categories {
		b.key = append(append(b.key, 0), c.Text...)
	}
	if route, ok := b.routes[string(b.key)]; ok {
		return route
	}
	var route []int
	for i, d := range b.detectors {
		if !d.indices.hold(doc.Index) {
			continue
		}
		b.found[i].searched = true
		if d.admits(categories) {
			route = append(route, i)
		}
	}
	b.routes[strings.Clone(string(b.key))] = route
	return route
}

// admits tells whether the rule can match an event of these categories.
func (d *Detector) admits(categories []event.Scalar) bool {
	return d.categories == nil || slices.ContainsFunc(categories, func(c event.Scalar) bool { return slices.Contains(d.categories, c.Text) })
}
