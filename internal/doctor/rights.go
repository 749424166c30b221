package doctor

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/kibana"
)

// alertRights looks at the rights on the index of alerts.
func (e *examination) alertRights(p kibana.Privileges) {
	var missing []string
	for _, right := range []string{"read", "write", "view_index_metadata", "maintenance"} {
		if allowed, told := p.Alerts[right]; told && !allowed {
			missing = append(missing, right)
		}
	}
	index := ".alerts-security.alerts-" + e.Kibana.Space()
	if len(missing) == 0 {
		e.fine("alert-rights", "the caller may read and write %s", index)
		return
	}
	e.broken("alert-rights", Warning, fmt.Sprintf("the caller lacks %s on %s", strings.Join(missing, ", "), index),
		"previews cannot be read, and a rule that looks at other alerts finds none: a rule runs with the rights of who published it",
		"give the role these index privileges")
}

// writing asks whether the caller may change rules.
func (e *examination) writing() {
	err := e.Kibana.MayWriteRules(e.ctx)
	switch {
	case err == nil:
		e.fine("write-rules", "the caller may change rules in space %s", e.Kibana.Space())
	case kibana.HasStatus(err, http.StatusForbidden):
		e.broken("write-rules", Error, "the caller may read rules in space "+e.Kibana.Space()+", but not change them", "apply fails for every rule",
			"give its role the Kibana privilege Security: All in this space (from 9.4 on: Rules: All)")
	default:
		e.failed("write-rules", err, "apply may fail for every rule", "")
	}
}

// setUp looks at what a space needs before rules work in it.
func (e *examination) setUp() {
	there, err := e.Kibana.AlertIndex(e.ctx)
	switch {
	case err != nil:
		e.failed("alert-index", err, "whether rules can write alerts is not known", "")
	case there:
		e.fine("alert-index", "the space has its index of alerts")
	default:
		e.broken("alert-index", Warning, "the space has no index of alerts yet", "rules are saved, but previews and alert pages fail until it is there",
			"open Security > Alerts in this space once, as a user who may create it")
	}
	if e.Needs.ValueLists == 0 {
		return
	}
	there, err = e.Kibana.ListIndex(e.ctx)
	switch {
	case kibana.HasStatus(err, http.StatusForbidden):
		e.broken("list-index", Error, "the caller may not read value lists", fmt.Sprintf("the repository has %s that cannot be published", lists(e.Needs.ValueLists)),
			"give the role read, write and manage on .lists-* and .items-* of the space")
	case err != nil:
		e.failed("list-index", err, "value lists may not be published", "")
	case there:
		e.fine("list-index", "the space has its indices of value lists")
	default:
		e.broken("list-index", Warning, "the space has no indices of value lists yet",
			fmt.Sprintf("the repository has %s that need them", lists(e.Needs.ValueLists)), "a caller with the right to manage the cluster makes them with the first list")
	}
}

func lists(n int) string { return counted(n, "value list") }

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// references looks at what rules refer to, as far as the repository has such rules.
func (e *examination) references() {
	if e.Needs.Actions > 0 {
		_, err := e.Kibana.Connectors(e.ctx)
		e.readable("connectors", err, rules(e.Needs.Actions)+" with actions cannot be planned or published", "Actions and Connectors: Read")
	}
	if e.Needs.Timelines > 0 {
		_, err := e.Kibana.Timelines(e.ctx)
		e.readable("timelines", err, counted(e.Needs.Timelines, "timeline template")+" cannot be planned or published", "Timeline: All (of an older Kibana: Security: All)")
	}
}

// readable tells whether the caller may read what a check is about.
func (e *examination) readable(check string, err error, breaks, privilege string) {
	switch {
	case err == nil:
		e.fine(check, "the caller may read the %s of space %s", check, e.Kibana.Space())
	case kibana.HasStatus(err, http.StatusForbidden):
		e.broken(check, Error, "the caller may not read the "+check+" of space "+e.Kibana.Space(), breaks, "give its role the Kibana privilege "+privilege+" in this space")
	default:
		e.failed(check, err, breaks, "")
	}
}

// elasticsearch asks Elasticsearch itself, which knows what the caller may read.
func (e *examination) elasticsearch() {
	if e.Elasticsearch == nil {
		e.broken("elasticsearch", Skipped, "no Elasticsearch is named, so what the rules may read was not examined", "", "state elasticsearch_url in [environment.NAME] of tocsin.toml, or set TOCSIN_ELASTICSEARCH_URL")
		return
	}
	version, err := e.Elasticsearch.Version(e.ctx)
	if err != nil {
		e.failed("elasticsearch", err, "what the rules may read is not known", "check the address and the credentials of Elasticsearch")
		e.findings[len(e.findings)-1].Unreached = true
		return
	}
	if e.version != "" && e.version != version {
		e.broken("elasticsearch", Warning, fmt.Sprintf("Elasticsearch is %s, Kibana %s", version, e.version),
			"a query that one of them takes the other may refuse", "upgrade the older one")
	} else {
		e.fine("elasticsearch", "Elasticsearch %s answers", version)
	}
	if len(e.Needs.Indices) == 0 {
		return
	}
	readable, err := e.Elasticsearch.Readable(e.ctx, e.Needs.Indices)
	if err != nil {
		e.failed("read-indices", err, "what the rules may read is not known", "")
		return
	}
	e.indices(readable)
}

func (e *examination) indices(readable map[string]bool) {
	var closed []string
	for _, pattern := range slices.Sorted(maps.Keys(readable)) {
		if !readable[pattern] {
			closed = append(closed, pattern)
		}
	}
	if len(closed) == 0 {
		e.fine("read-indices", "the caller may read all %d index patterns of the rules", len(readable))
		return
	}
	const shown = 8
	names := strings.Join(closed[:min(shown, len(closed))], ", ")
	if len(closed) > shown {
		names += fmt.Sprintf(" and %d more", len(closed)-shown)
	}
	e.broken("read-indices", Warning, fmt.Sprintf("the caller may not read %d of the %d index patterns of the rules: %s", len(closed), len(readable), names),
		"a rule runs with the rights of who published it, and finds nothing there", "give the role read and view_index_metadata on them")
}
