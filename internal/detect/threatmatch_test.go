package detect

import (
	"fmt"
	"strings"
	"testing"
)

// threatBody makes an indicator match rule; each group is entries "field=value", with a "!" before those that are negated.
func threatBody(more string, groups ...string) string {
	var b strings.Builder
	b.WriteString("type = \"threat_match\"\nquery = 'a: x'\nthreat_query = 'n: 1'\n" + more)
	for _, group := range groups {
		b.WriteString("[[rule.threat_mapping]]\n")
		for entry := range strings.FieldsSeq(group) {
			field, value, _ := strings.Cut(strings.TrimPrefix(entry, "!"), "=")
			fmt.Fprintf(&b, "[[rule.threat_mapping.entries]]\nfield = %q\ntype = \"mapping\"\nvalue = %q\n", field, value)
			if strings.HasPrefix(entry, "!") {
				b.WriteString("negate = true\n")
			}
		}
	}
	return b.String()
}

// kibana.md 2.9, statement by statement.
func TestThreatMatch(t *testing.T) {
	for _, c := range []struct {
		name, body         string
		events, indicators []string
		want               string
	}{
		{"equal values", threatBody("", "b=b"), []string{`{"_id":"1","a":"x","b":"p"}`}, []string{`{"n":1,"b":"p"}`}, "1"},
		{"other values", threatBody("", "b=b"), []string{`{"_id":"1","a":"x","b":"p"}`}, []string{`{"n":1,"b":"q"}`}, ""},
		{"an event that the query misses", threatBody("", "b=b"), []string{`{"_id":"1","a":"y","b":"p"}`}, []string{`{"n":1,"b":"p"}`}, ""},
		{"an indicator that the threat query misses", threatBody("", "b=b"), []string{`{"_id":"1","a":"x","b":"p"}`}, []string{`{"n":2,"b":"p"}`}, ""},
		{"an indicator of another index", threatBody("threat_index = ['ti-*']\n", "b=b"), []string{`{"_id":"1","a":"x","b":"p"}`}, []string{`{"n":1,"b":"p","_index":"other"}`}, ""},
		{"an indicator of any time", threatBody("", "b=b"), []string{`{"_id":"1","a":"x","b":"p"}`}, []string{`{"n":1,"b":"p","@timestamp":"1999-01-01"}`}, "1"},
		{"groups are alternatives", threatBody("", "b=b", "x.ip=x.ip"), []string{`{"_id":"1","a":"x","b":"p","x.ip":"10.0.0.1"}`}, []string{`{"n":1,"x.ip":"10.0.0.1"}`}, "1"},
		{"all entries of a group", threatBody("", "b=b x.ip=x.ip"), []string{`{"_id":"1","a":"x","b":"p","x.ip":"10.0.0.1"}`}, []string{`{"n":1,"b":"p","x.ip":"10.0.0.1"}`}, "1"},
		{"one entry of two", threatBody("", "b=b x.ip=x.ip"), []string{`{"_id":"1","a":"x","b":"p","x.ip":"10.0.0.1"}`}, []string{`{"n":1,"b":"p","x.ip":"10.0.0.2"}`}, ""},
		{"entries of two indicators do not add up", threatBody("", "b=b x.ip=x.ip"), []string{`{"_id":"1","a":"x","b":"p","x.ip":"10.0.0.1"}`}, []string{`{"n":1,"b":"p"}`, `{"n":1,"x.ip":"10.0.0.1"}`}, ""},
		{"a missing field", threatBody("", "b=b"), []string{`{"_id":"1","a":"x"}`}, []string{`{"n":1,"b":"p"}`}, ""},
		{"one alert for many indicators", threatBody("", "b=b"), []string{`{"_id":"1","a":"x","b":"p"}`}, []string{`{"n":1,"b":"p"}`, `{"n":1,"b":"p"}`}, "1"},
		{"addresses by value", threatBody("", "x.ip=x.ip"), []string{`{"_id":"1","a":"x","x.ip":"::ffff:10.0.0.1"}`}, []string{`{"n":1,"x.ip":"10.0.0.1"}`}, "1"},
		{"negated: another value", threatBody("", "b=b !x.ip=x.ip"), []string{`{"_id":"1","a":"x","b":"p","x.ip":"10.0.0.1"}`}, []string{`{"n":1,"b":"p","x.ip":"10.0.0.2"}`}, "1"},
		{"negated: missing on both sides", threatBody("", "b=b !x.ip=x.ip"), []string{`{"_id":"1","a":"x","b":"p"}`}, []string{`{"n":1,"b":"p"}`}, ""},
		{"negated: several values on both sides leave the clause out", threatBody("", "b=b !x.ip=x.ip"), []string{`{"_id":"1","a":"x","b":"p","x.ip":["10.0.0.1","10.0.0.2"]}`}, []string{`{"n":1,"b":"p","x.ip":["10.0.0.1","10.0.0.2"]}`}, "1"},
		{"negated: the same value", threatBody("", "b=b !x.ip=x.ip"), []string{`{"_id":"1","a":"x","b":"p","x.ip":"10.0.0.1"}`}, []string{`{"n":1,"b":"p","x.ip":"10.0.0.1"}`}, ""},
	} {
		result := stage(t, c.body).events(c.events...).indicators(c.indicators...).run()
		wantText(t, c.name, ids(result), c.want)
		wantText(t, c.name+", undecided", result.Undecided, "")
	}
}

// kibana.md 2.9: where the iterated side decides, the verdict depends on how many documents there are.
func TestThreatMatchDepends(t *testing.T) {
	several := []string{`{"n":1,"b":"p"}`, `{"n":1,"b":"z"}`}
	for _, c := range []struct {
		name, body         string
		events, indicators []string
		want               string
		depends            bool
	}{
		{"iterated events: the first of several values", threatBody("", "b=b"), []string{`{"_id":"1","a":"x","b":["q","p"]}`}, several, "", true},
		{"iterated events: the first value agrees", threatBody("", "b=b"), []string{`{"_id":"1","a":"x","b":["p","q"]}`}, several, "1", false},
		{"searched events: any value", threatBody("", "b=b"), []string{`{"_id":"1","a":"x","b":["q","p"]}`, `{"_id":"2","a":"x","b":"k"}`}, several, "1", true},
		{"each group by itself is fast or not", threatBody("", "b=b", "n=n x.ip=x.ip"), []string{`{"_id":"1","a":"x","b":["p","q"]}`}, several, "1", false},
		{"two entries: several values iterated fail", threatBody("", "b=b n=n"), []string{`{"_id":"1","a":"x","b":["p","q"],"n":1}`}, several, "", true},
		{"negated: missing on the iterated side", threatBody("", "b=b !x.ip=x.ip"), []string{`{"_id":"1","a":"x","b":"p"}`, `{"_id":"2","a":"x","b":"z"}`}, []string{`{"n":1,"b":"p","x.ip":"10.0.0.1"}`}, "1", false},
		{"negated: present on the iterated side only", threatBody("", "b=b !x.ip=x.ip"), []string{`{"_id":"1","a":"x","b":"p","x.ip":"10.0.0.1"}`, `{"_id":"2","a":"x","b":"z"}`}, []string{`{"n":1,"b":"p"}`}, "1", false},
		{"an address block searched for", threatBody("", "x.ip=b"), []string{`{"_id":"1","a":"x","x.ip":"10.1.2.3"}`}, []string{`{"n":1,"b":"10.0.0.0/8"}`}, "1", true},
	} {
		result := stage(t, c.body).events(c.events...).indicators(c.indicators...).run()
		wantText(t, c.name, ids(result), c.want)
		if got := strings.HasPrefix(result.Undecided, "depends on how many events and indicators there are"); got != c.depends {
			t.Errorf("%s: undecided %q", c.name, result.Undecided)
		}
	}
}

// kibana.md 2.9: what an alert tells of the indicators.
func TestEnrichments(t *testing.T) {
	a := stage(t, threatBody("", "b=b")).events(`{"_id":"1","a":"x","b":"p","threat":{"enrichments":[{"feed":{"name":"own"}}]}}`).
		indicators(`{"_id":"i","_index":"ti","n":1,"b":"p","threat":{"feed":{"name":"F"},"indicator":[{"type":"file"},{"type":"url"}]}}`).run().Alerts[0]
	for path, want := range map[string]string{
		"threat.enrichments.feed.name": "own+F", "threat.enrichments.indicator.type": "file", "threat.enrichments.matched.atomic": "p",
		"threat.enrichments.matched.field": "b", "threat.enrichments.matched.id": "i", "threat.enrichments.matched.index": "ti",
		"threat.enrichments.matched.type": "indicator_match_rule",
	} {
		wantText(t, path, strings.Join(a.Get(path), "+"), want)
	}
	many := make([]string, 250)
	for i := range many {
		many[i] = fmt.Sprintf(`{"_id":"i%d","n":1,"b":"p"}`, i)
	}
	a = stage(t, threatBody("", "b=b")).events(`{"a":"x","b":"p"}`).indicators(many...).run().Alerts[0]
	if n := len(a.Get("threat.enrichments.matched.id")); n != 200 {
		t.Errorf("%d enrichments, want 200", n)
	}
	other := stage(t, threatBody("threat_indicator_path = 'ioc'\n", "b=b")).events(`{"a":"x","b":"p"}`).indicators(`{"n":1,"b":"p","ioc":{"name":"I"}}`).run().Alerts[0]
	wantText(t, "threat_indicator_path", strings.Join(other.Get("threat.enrichments.indicator.name"), "+"), "I")
	bad := stage(t, threatBody("", "b=b")).events(`{"a":"x","b":"p"}`).indicators(`{"_id":"i","n":1,"b":"p","threat.indicator":"text"}`).run()
	if len(bad.Alerts) != 0 || len(bad.Errors) != 1 || bad.Errors[0] != "indicator i: threat.indicator is text, and an object is wanted: see threat_indicator_path" {
		t.Errorf("an indicator that is no object: %d alerts, %v", len(bad.Alerts), bad.Errors)
	}
}
