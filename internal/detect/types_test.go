package detect

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

func thresholdBody(fields string, value int, more string) string {
	return "type = \"threshold\"\nquery = 'a: x'\nfrom = 'now-10m'\n" + more + "\n[rule.threshold]\nfield = " + fields + "\nvalue = " + string(rune('0'+value)) + "\n"
}

// kibana.md 2.7, statement by statement.
func TestThreshold(t *testing.T) {
	for _, c := range []struct {
		name, body string
		events     []string
		want       string
	}{
		{"enough events of one group", thresholdBody("['b']", 2, ""), []string{`{"a":"x","b":"p"}`, `{"a":"x","b":"p"}`}, "p/2"},
		{"one too few", thresholdBody("['b']", 3, ""), []string{`{"a":"x","b":"p"}`, `{"a":"x","b":"p"}`}, ""},
		{"events that the query misses do not count", thresholdBody("['b']", 2, ""), []string{`{"a":"x","b":"p"}`, `{"a":"y","b":"p"}`}, ""},
		{"two groups, in the order of their keys", thresholdBody("['b']", 1, ""), []string{`{"a":"x","b":"q"}`, `{"a":"x","b":"p"}`}, "p/1 q/1"},
		{"a missing field leaves an event out", thresholdBody("['b','n']", 1, ""), []string{`{"a":"x","b":"p"}`, `{"a":"x","b":"q","n":1}`}, "q/1"},
		{"an array counts in several groups", thresholdBody("['b']", 2, ""), []string{`{"a":"x","b":["p","q"]}`, `{"a":"x","b":"q"}`}, "q/2"},
		{"a value twice in one event counts once", thresholdBody("['b']", 2, ""), []string{`{"a":"x","b":["p","p"]}`}, ""},
		{"no field: all events together", thresholdBody("[]", 2, ""), []string{`{"a":"x"}`, `{"a":"x"}`}, "/2"},
		{"no field, too few", thresholdBody("[]", 3, ""), []string{`{"a":"x"}`, `{"a":"x"}`}, ""},
		{"a field as a text", thresholdBody("'b'", 1, ""), []string{`{"a":"x","b":"p"}`}, "p/1"},
		{"numbers in the order of numbers", thresholdBody("['n','b']", 1, ""), []string{`{"a":"x","n":10,"b":"p"}`, `{"a":"x","n":9,"b":"q"}`}, "q/1 p/1"},
		{"enough different values", thresholdBody("['b']", 2, "") + "[[rule.threshold.cardinality]]\nfield = 'n'\nvalue = 2\n", []string{`{"a":"x","b":"p","n":1}`, `{"a":"x","b":"p","n":2}`}, "p/2"},
		{"too few different values", thresholdBody("['b']", 2, "") + "[[rule.threshold.cardinality]]\nfield = 'n'\nvalue = 2\n", []string{`{"a":"x","b":"p","n":1}`, `{"a":"x","b":"p","n":1}`}, ""},
		{"only the first cardinality counts", thresholdBody("['b']", 2, "") + "[[rule.threshold.cardinality]]\nfield = 'n'\nvalue = 1\n[[rule.threshold.cardinality]]\nfield = 'n'\nvalue = 9\n", []string{`{"a":"x","b":"p","n":1}`, `{"a":"x","b":"p","n":1}`}, "p/2"},
		{"two fields: the cross product of their arrays", thresholdBody("['b','n']", 1, ""), []string{`{"a":"x","b":["p","q"],"n":[1,2]}`}, "p/1 p/1 q/1 q/1"},
		{"a document without the counted field counts, its value does not", thresholdBody("['b']", 2, "") + "[[rule.threshold.cardinality]]\nfield = 'n'\nvalue = 1\n", []string{`{"a":"x","b":"p"}`, `{"a":"x","b":"p","n":1}`}, "p/2"},
		{"max_signals cuts by key", thresholdBody("['b']", 1, "max_signals = 1"), []string{`{"a":"x","b":"q"}`, `{"a":"x","b":"p"}`}, "p/1"},
	} {
		wantText(t, c.name, ids(stage(t, c.body).events(c.events...).run(), "b", "kibana.alert.threshold_result.count"), c.want)
	}
}

// kibana.md 2.7: the alert's source is made of the group alone.
func TestThresholdAlert(t *testing.T) {
	body := thresholdBody("['b']", 2, "rule_name_override = 'b'") + "[[rule.threshold.cardinality]]\nfield = 'n'\nvalue = 1\n"
	a := stage(t, body).events(`-2m {"a":"x","b":"p","n":1}`, `-1m {"a":"x","b":"p","n":2}`).run().Alerts[0]
	for path, want := range map[string]string{
		"b": "p", "a": "", "n": "", "@timestamp": "2026-11-22T12:00:00.000Z", "kibana.alert.original_time": "2026-11-22T11:59:00.000Z",
		"kibana.alert.threshold_result.from": "2026-11-22T11:58:00.000Z", "kibana.alert.threshold_result.terms.field": "b",
		"kibana.alert.threshold_result.terms.value": "p", "kibana.alert.threshold_result.cardinality.field": "n",
		"kibana.alert.threshold_result.cardinality.value": "2", "kibana.alert.rule.name": "p",
	} {
		wantText(t, path, strings.Join(a.Get(path), "+"), want)
	}
}

// kibana.md 2.7 and 2.13: above 3,000 different values Elasticsearch estimates, and that is said.
func TestThresholdEstimate(t *testing.T) {
	for n, notes := range map[int]int{3000: 0, 3001: 1} {
		s := stage(t, thresholdBody("[]", 1, "")+"[[rule.threshold.cardinality]]\nfield = 'n'\nvalue = 3000\n")
		for i := range n {
			s.in.Events = append(s.in.Events, parse(t, `{"a":"x","n":`+strconv.Itoa(i)+`}`)...)
		}
		if result := s.run(); len(result.Alerts) != 1 || len(result.Notes) != notes {
			t.Errorf("%d values: %d alerts, notes %v", n, len(result.Alerts), result.Notes)
		}
	}
}

// kibana.md 2.7: what an alert has counted is not counted again; its group starts anew behind the newest counted event.
func TestThresholdState(t *testing.T) {
	s := stage(t, thresholdBody("['b']", 2, "interval = '5m'")).events(`-2m {"a":"x","b":"p"}`, `-1m {"a":"x","b":"p"}`, `-1m {"a":"x","b":"q"}`,
		`1m {"a":"x","b":"p"}`, `2m {"a":"x","b":"q"}`, `6m {"a":"x","b":"p"}`)
	fields := []string{"b", "kibana.alert.threshold_result.count"}
	wantText(t, "first", ids(s.at(0), fields...), "p/2")
	wantText(t, "second: q is full, p has one new event", ids(s.at(5*time.Minute), fields...), "q/2")
	wantText(t, "third: p is full again", ids(s.at(10*time.Minute), fields...), "p/2")
}

// A text cannot be grouped by.
func TestGroupingByText(t *testing.T) {
	s := stage(t, thresholdBody("['t']", 1, ""))
	_, problems := Compile(parseRule(t, s.rule), s.env)
	if got := problems.Error(); !strings.Contains(got, "`t` is of type text, by whose values Elasticsearch cannot group") || !strings.Contains(got, "rule.toml:11:9") {
		t.Error(got)
	}
}

func newTermsBody(fields, more string) string {
	return "type = \"new_terms\"\nquery = 'a: x'\nfrom = 'now-5m'\n" + more + "\n[rule.new_terms]\nfield = 'new_terms_fields'\nvalue = " + fields +
		"\n[[rule.new_terms.history_window_start]]\nfield = 'history_window_start'\nvalue = 'now-1d'\n"
}

// kibana.md 2.8, statement by statement.
func TestNewTerms(t *testing.T) {
	for _, c := range []struct {
		name, fields string
		events       []string
		want         string
	}{
		{"a term of the window", "['b']", []string{`-1m {"_id":"1","a":"x","b":"p"}`}, "1/p"},
		{"seen in the history", "['b']", []string{`-1h {"_id":"0","a":"x","b":"p"}`, `-1m {"_id":"1","a":"x","b":"p"}`}, ""},
		{"seen before the history", "['b']", []string{`-25h {"_id":"0","a":"x","b":"p"}`, `-1m {"_id":"1","a":"x","b":"p"}`}, "1/p"},
		{"first seen exactly at from", "['b']", []string{`-5m {"_id":"0","a":"x","b":"p"}`, `-1m {"_id":"1","a":"x","b":"p"}`}, ""},
		{"first seen just behind from", "['b']", []string{`-4m59.999s {"_id":"0","a":"x","b":"p"}`, `-1m {"_id":"1","a":"x","b":"p"}`}, "0/p"},
		{"seen only by events that the query misses", "['b']", []string{`-1h {"_id":"0","a":"y","b":"p"}`, `-1m {"_id":"1","a":"x","b":"p"}`}, "1/p"},
		{"the oldest event of the window is the source", "['b']", []string{`-1m {"_id":"2","a":"x","b":"p"}`, `-2m {"_id":"1","a":"x","b":"p"}`}, "1/p"},
		{"an array gives one alert an element", "['b']", []string{`-1m {"_id":"1","a":"x","b":["q","p"]}`}, "1/p 1/q"},
		{"and only for the new ones", "['b']", []string{`-1h {"a":"x","b":"q"}`, `-1m {"_id":"1","a":"x","b":["q","p"]}`}, "1/p"},
		{"a missing field is ignored", "['b']", []string{`-1m {"_id":"1","a":"x"}`}, ""},
		{"two fields: a new combination", "['b','n']", []string{`-1h {"a":"x","b":"p","n":1}`, `-1h {"a":"x","b":"q","n":2}`, `-1m {"_id":"1","a":"x","b":"p","n":2}`}, "1/p+2"},
		{"two fields: an old combination", "['b','n']", []string{`-1h {"a":"x","b":"p","n":1}`, `-1m {"_id":"1","a":"x","b":"p","n":1}`}, ""},
		{"two fields: the cross product", "['b','n']", []string{`-1m {"_id":"1","a":"x","b":["p","q"],"n":[1,2]}`}, "1/p+1 1/p+2 1/q+1 1/q+2"},
		{"two fields, one missing", "['b','n']", []string{`-1m {"_id":"1","a":"x","b":"p"}`}, ""},
		{"three fields", "['a','b','n']", []string{`-1m {"_id":"1","a":"x","b":"p","n":7}`}, "1/x+p+7"},
	} {
		var list []string
		for _, a := range stage(t, newTermsBody(c.fields, "")).events(c.events...).at(0).Alerts {
			list = append(list, a.Event.ID+"/"+strings.Join(a.Get("kibana.alert.new_terms"), "+"))
		}
		wantText(t, c.name, strings.Join(list, " "), c.want)
	}
}

// kibana.md 2.8: the history begins as long before the end of the window as the rule says, and holds filters too.
func TestNewTermsHistoryStart(t *testing.T) {
	filtered := "[[rule.filters]]\n[rule.filters.query.term]\nn = 1\n"
	for _, c := range []struct{ name, more, seen, want string }{
		{"before the window's end less a day", "to = 'now-2m'", `-24h1m {"a":"x","b":"p"}`, ""},
		{"earlier than that", "to = 'now-2m'", `-24h3m {"a":"x","b":"p"}`, "1"},
		{"an event that a filter holds back is not seen", filtered, `-1h {"a":"x","b":"p","n":2}`, "1"},
		{"one that it lets through is", filtered, `-1h {"a":"x","b":"p","n":1}`, ""},
	} {
		body := newTermsBody("['b']", "")
		if strings.HasPrefix(c.more, "to") {
			body = newTermsBody("['b']", c.more)
		} else {
			body += c.more
		}
		wantText(t, c.name, ids(stage(t, body).events(c.seen, `-3m {"_id":"1","a":"x","b":"p","n":1}`).at(0)), c.want)
	}
}

// A fixture's history counts as seen without a time, and with any time when the window is off.
func TestNewTermsHistory(t *testing.T) {
	for _, c := range []struct {
		name, history string
		windowed      bool
		want          string
	}{
		{"without a window", `{"a":"x","b":"p","@timestamp":"2030-01-01"}`, false, ""}, {"without a time", `{"a":"x","b":"p"}`, true, ""},
		{"with a time in the history", `-1h {"a":"x","b":"p"}`, true, ""}, {"with a time before it", `-25h {"a":"x","b":"p"}`, true, "1"},
		{"another term", `{"a":"x","b":"q"}`, false, "1"},
	} {
		s := stage(t, newTermsBody("['b']", "")).history(c.history).events(`-1m {"_id":"1","a":"x","b":"p"}`)
		var result Result
		if c.windowed {
			result = s.at(0)
		} else {
			result = s.run()
		}
		wantText(t, c.name, ids(result), c.want)
	}
}

func mlBody(more string) string {
	return "type = \"machine_learning\"\nanomaly_threshold = 50\nmachine_learning_job_id = ['job', 'other']\nfrom = 'now-5m'\n" + more
}

// kibana.md 2.10, statement by statement.
func TestMachineLearning(t *testing.T) {
	for _, c := range []struct {
		name      string
		anomalies []string
		want      string
	}{
		{"a record of the job", []string{`{"_id":"1","job_id":"job","record_score":50}`}, "1"},
		{"a score below the threshold", []string{`{"_id":"1","job_id":"job","record_score":49.9}`}, ""},
		{"another job", []string{`{"_id":"1","job_id":"third","record_score":90}`}, ""},
		{"the second job of the list", []string{`{"_id":"1","job_id":"other","record_score":90}`}, "1"},
		{"a bucket result", []string{`{"_id":"1","job_id":"job","record_score":90,"result_type":"bucket"}`}, ""},
		{"an interim result", []string{`{"_id":"1","job_id":"job","record_score":90,"result_type":"record","is_interim":true}`}, ""},
		{"the highest score first", []string{`{"_id":"1","job_id":"job","record_score":60}`, `{"_id":"2","job_id":"job","record_score":95.5}`}, "2 1"},
		{"past max_signals the lowest scores go", []string{`{"_id":"1","job_id":"job","record_score":60}`, `{"_id":"2","job_id":"job","record_score":70}`, `{"_id":"3","job_id":"job","record_score":80}`}, "3 2"},
	} {
		var list []string
		for _, a := range stage(t, mlBody("max_signals = 2\n")).anomalies(c.anomalies...).run().Alerts {
			list = append(list, a.Events[0].ID)
		}
		wantText(t, c.name, strings.Join(list, " "), c.want)
	}
	s := stage(t, mlBody("")).anomalies(`{"job_id":"job","record_score":90,"timestamp":1795348500000}`, `{"job_id":"job","record_score":90,"timestamp":1795348499999}`)
	wantText(t, "the window is that of timestamp", ids(s.at(0), "kibana.alert.original_time"), "2026-11-22T11:55:00.000Z")
}

// kibana.md 2.10: by, over, partition and influencer fields stand as fields of the alert.
func TestAnomalyFields(t *testing.T) {
	a := stage(t, mlBody("")).anomalies(`{"job_id":"job","record_score":90,"by_field_name":"process.name","by_field_value":"x.exe","partition_field_name":"host.name",
		"partition_field_value":"h","influencers":[{"influencer_field_name":"user.name","influencer_field_values":["u","v"]}]}`).run().Alerts[0]
	for path, want := range map[string]string{"process.name": "x.exe", "host.name": "h", "user.name": "u", "record_score": "90"} {
		wantText(t, path, strings.Join(a.Get(path), "+"), want)
	}
}
