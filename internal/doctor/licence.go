package doctor

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/kibana"
)

// release looks at Kibana's version: what of the rules it does not have yet.
func (e *examination) release(status kibana.Status) {
	if status.Version == "" || status.Flavor == "serverless" {
		return
	}
	major, minor, ok := release(status.Version)
	if !ok {
		return
	}
	switch {
	case major < 8:
		e.broken("version", Error, "Kibana "+status.Version+" is older than 8.0", "its API takes other rules than those of today", "upgrade it")
		return
	case major == 8 && minor < 8:
		e.broken("version", Warning, "Kibana "+status.Version+" is older than 8.8",
			"actions have no frequency of their own there, so every plan shows them as changed", "upgrade it")
		return
	}
	wantMajor, wantMinor, ok := release(e.Needs.Stack)
	if ok && (wantMajor > major || wantMajor == major && wantMinor > minor) {
		e.broken("version", Warning, fmt.Sprintf("the rules are written for %s, and Kibana is %s", e.Needs.Stack, status.Version),
			"it refuses or drops what came later", "set `stack` in tocsin.toml to its release, and check again")
		return
	}
	e.fine("version", "its release takes these rules")
}

// release reads the beginning of a version.
func release(version string) (major, minor int, ok bool) {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return 0, 0, false
	}
	major, err := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(parts[1])
	return major, minor, err == nil && err2 == nil
}

// licence looks at what the licence allows of that which the rules use.
func (e *examination) licence() {
	l, err := e.Kibana.License(e.ctx)
	switch {
	case kibana.HasStatus(err, http.StatusNotFound), kibana.HasStatus(err, http.StatusBadRequest), kibana.HasStatus(err, http.StatusForbidden):
		e.add("licence", Skipped, "Kibana does not tell its licence to this caller")
		return
	case err != nil:
		e.failed("licence", err, "what the licence allows is not known", "")
		return
	}
	if l.Status != "active" {
		e.broken("licence", Error, fmt.Sprintf("the %s licence is %s", l.Type, l.Status), "rules with paid features stop", "renew the licence")
		return
	}
	before := len(e.findings)
	if left := l.Expires.Sub(e.Now()); !l.Expires.IsZero() && left < 14*24*time.Hour {
		e.broken("licence", Warning, fmt.Sprintf("the %s licence ends on %s", l.Type, l.Expires.Format("2006-01-02")), "rules with paid features then stop", "renew it")
	}
	e.paidFeatures(l)
	if len(e.findings) == before {
		e.fine("licence", "the %s licence allows all that the rules use", l.Type)
	}
}

// paidFeatures tells which rules need a better licence. Kibana: suppression and machine learning want platinum, connectors
// other than the index and the server log want gold.
func (e *examination) paidFeatures(l kibana.License) {
	platinum := slices.Contains([]string{"platinum", "enterprise", "trial"}, l.Type)
	gold := platinum || l.Type == "gold"
	if n := e.Needs.MachineLearning; n > 0 && !platinum {
		e.broken("licence", Error, fmt.Sprintf("the %s licence has no machine learning", l.Type),
			fmt.Sprintf("Kibana refuses %s of type machine_learning", rules(n)), "publish without them, or get a platinum licence")
	}
	if n := e.Needs.Suppression; n > 0 && !platinum {
		e.broken("licence", Warning, fmt.Sprintf("the %s licence has no alert suppression", l.Type),
			fmt.Sprintf("Kibana ignores it: %s raise every alert", rules(n)), "expect more alerts, or get a platinum licence")
	}
	if n := e.Needs.Actions; n > 0 && !gold {
		e.broken("licence", Warning, fmt.Sprintf("the %s licence has only the index and server-log connectors", l.Type),
			fmt.Sprintf("%s have actions that may not fire", rules(n)), "use these connectors, or get a gold licence")
	}
}

func rules(n int) string { return counted(n, "rule") }
