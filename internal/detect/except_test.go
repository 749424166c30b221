package detect

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-rules/tocsin/internal/exception"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// except gives the scene an exception with the entries of a field.
func (s *scene) except(name string, entries ...*exception.Entry) *scene {
	s.env.Exceptions = append(s.env.Exceptions, &exception.List{ListID: "l", Items: []*exception.Item{{Name: name, Entries: entries}}})
	return s
}

func is(field, value string) *exception.Entry {
	return &exception.Entry{Field: field, Type: exception.Match, Values: []string{value}}
}

const esqlBody = "type = \"esql\"\nlanguage = \"esql\"\nquery = 'from logs-* metadata _id | eval made = \"up\"'\n"

// kibana.md 2.3: what an exception takes out, for each rule type.
func TestExceptionsOfEachType(t *testing.T) {
	for _, c := range []struct {
		name    string
		scene   *scene
		want    string
		excepts int
	}{
		{"query", stage(t, queryBody).events(`{"_id":"1","a":"x","b":"p"}`, `{"_id":"2","a":"x","b":"q"}`), "2", 1},
		{"eql: an excepted event is invisible to a sequence", stage(t, sequenceBody).events(`-3m {"b":"p","n":1}`, `-2m {"b":"p","n":2}`), "", 2},
		{"eql: the sequence completes with another event", stage(t, sequenceBody).events(`-3m {"b":"q","n":1}`, `-2m {"b":"q","n":2,"a":"z"}`, `-1m {"b":"q","n":2}`).except("J", is("a", "z")), "", 1},
		{"esql: source documents before the pipe", stage(t, esqlBody).events(`{"_id":"1","_index":"logs-a","a":"x","b":"p"}`, `{"_id":"2","_index":"logs-a","a":"x","b":"q"}`), "2", 1},
		{"esql: the columns of EVAL cannot be excepted", stage(t, esqlBody).events(`{"_id":"1","_index":"logs-a","a":"x","b":"q"}`).except("J", is("made", "up")), "1", 0},
		{"threshold: removed before counting", stage(t, thresholdBody("[]", 2, "")).events(`{"a":"x","b":"p"}`, `{"a":"x","b":"q"}`), "", 1},
		{"new_terms: the history too", stage(t, newTermsBody("['n']", "")).history(`{"a":"x","b":"p","n":1}`).events(`{"_id":"1","a":"x","b":"q","n":1}`), "1", 0},
		{"threat_match: events", stage(t, threatBody("", "a=a")).events(`{"_id":"1","a":"x","b":"p"}`, `{"_id":"2","a":"x","b":"q"}`).indicators(`{"n":1,"a":"x"}`), "2", 1},
		{"threat_match: and indicators", stage(t, threatBody("", "a=a")).events(`{"_id":"1","a":"x","b":"q"}`).indicators(`{"n":1,"a":"x","b":"p"}`), "", 0},
	} {
		result := c.scene.except("I", is("b", "p")).run()
		wantText(t, c.name, ids(result), c.want)
		if strings.HasPrefix(c.name, "eql: the sequence completes") && len(result.Alerts) != 1 {
			t.Errorf("%s: %d alerts", c.name, len(result.Alerts))
		}
		if len(result.Excepted) != c.excepts {
			t.Errorf("%s: %d excepted, want %d", c.name, len(result.Excepted), c.excepts)
		}
	}
	ml := stage(t, mlBody("")).anomalies(`{"_id":"1","job_id":"job","record_score":90,"b":"p"}`, `{"_id":"2","job_id":"job","record_score":90,"b":"q"}`)
	if result := ml.except("I", is("b", "p")).run(); len(result.Alerts) != 1 || len(result.Excepted) != 1 || result.Excepted[0].Item.Name != "I" {
		t.Errorf("machine_learning: %d alerts, %v", len(result.Alerts), result.Excepted)
	}
}

// kibana.md 2.3: an exception that has expired when the run starts does not hold.
func TestExceptionExpires(t *testing.T) {
	s := stage(t, queryBody).events(`{"_id":"1","a":"x","b":"p"}`).except("I", is("b", "p"))
	s.env.Exceptions[0].Items[0].ExpireTime = formatTime(now)
	d := s.detector()
	wantText(t, "at its end", ids(d.Run(s.in, nil)), "")
	wantText(t, "after it", ids(d.At(now.Add(time.Second)).Run(s.in, nil)), "1")
}

// kibana.md 2.3: a value list too large for a search is applied after it by query, threat_match and machine_learning; the other
// types and suppressed queries warn.
func TestLargeValueLists(t *testing.T) {
	var text strings.Builder
	for i := range 70_000 {
		fmt.Fprintf(&text, "v%d\n", i)
	}
	values, problems := exception.ReadValues("keyword", source.NewFile("v.txt", text.String()+"p\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, c := range []struct {
		name, body string
		want       string
		warnings   int
	}{
		{"query", queryBody, "2", 0}, {"suppressed query", suppressed(queryBody, "['n']", ""), "1", 1}, {"eql", eqlBody, "1 2", 1},
		{"threat_match", threatBody("", "a=a"), "2", 0}, {"new_terms", newTermsBody("['b']", ""), "1 2", 1}, {"threshold", thresholdBody("['b']", 1, ""), " ", 1},
		{"esql", esqlBody, "1 2", 1}, {"machine_learning", mlBody(""), "", 0},
	} {
		s := stage(t, c.body).events(`{"_id":"1","a":"x","b":"p"}`, `{"_id":"2","a":"x","b":"q"}`).indicators(`{"n":1,"a":"x"}`).
			anomalies(`{"job_id":"job","record_score":90,"b":"p"}`)
		s.except("I", &exception.Entry{Field: "b", Type: exception.InList, ListID: "v", ListType: "keyword"})
		s.env.ValueList = func(string) (*exception.ValueList, bool) {
			return &exception.ValueList{ID: "v", Type: "keyword", Values: values}, true
		}
		result := s.run()
		wantText(t, c.name, ids(result), c.want)
		if len(result.Warnings) != c.warnings || c.warnings > 0 && !strings.Contains(result.Warnings[0], "exceptions won't be applied") {
			t.Errorf("%s: warnings %v", c.name, result.Warnings)
		}
	}
}
