package detect

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/filter"
)

// machineLearning is the method of machine learning rules: one alert for each anomaly record of the rule's jobs whose score
// reaches the threshold, the highest score first. The job itself cannot run here: anomalies are part of the input.
type machineLearning struct {
	jobs      []string
	threshold float64
}

func (c *compiler) machineLearning() method {
	m := &machineLearning{threshold: float64(c.rule.AnomalyThreshold)}
	if c.rule.MachineLearningJobID != nil {
		m.jobs = c.rule.MachineLearningJobID.Values
	}
	return m
}

// timestampOfAnomaly is the field by which anomalies are searched.
const timestampOfAnomaly = "timestamp"

// anomaly is an anomaly record with its score.
type anomaly struct {
	hit
	score float64
}

func (m *machineLearning) find(p *pass) {
	var found []anomaly
	record := &filter.Record{}
	for _, doc := range p.in.Anomalies {
		p.d.layout.BindTo(record, doc)
		a, ok := m.read(p, doc)
		if !ok {
			continue
		}
		if item := excepting(p.d.exceptions, record); item != nil {
			p.result.Excepted = append(p.result.Excepted, Excepted{doc, item})
			continue
		}
		found = append(found, a)
	}
	slices.SortStableFunc(found, func(a, b anomaly) int { return cmp.Compare(b.score, a.score) })
	alerts := make([]*Alert, len(found))
	for i, one := range found {
		alerts[i] = p.anomalyAlert(one)
	}
	if p.d.groups != nil {
		p.suppressInMemory(alerts)
		return
	}
	for _, a := range alerts {
		p.create(a)
	}
}

// read tells whether the rule's search finds a document: a final record of one of the jobs, in the window, with a score that
// reaches the threshold. A record that does not say what it is, is taken for a final one.
func (m *machineLearning) read(p *pass, doc *event.Document) (anomaly, bool) {
	if kind := doc.First("result_type"); kind != "" && kind != "record" || doc.First("is_interim") == "true" {
		return anomaly{}, false
	}
	score, err := strconv.ParseFloat(doc.First("record_score"), 64)
	if err != nil || score < m.threshold || !slices.Contains(m.jobs, doc.First("job_id")) {
		return anomaly{}, false
	}
	at, timed := timeAt(doc, timestampOfAnomaly)
	if !timed {
		at, timed = timeAt(doc, timestamp)
	}
	return anomaly{hit{doc, at, timed}, score}, p.window.holdsTime(at, timed)
}

// anomalyAlert makes the alert of an anomaly. The values of its by, over and partition field and of its influencers stand as
// fields of the alert, so that it reads like an event (Kibana).
func (p *pass) anomalyAlert(one anomaly) *Alert {
	a := p.bare(one.doc)
	tree, err := one.doc.Source()
	if err != nil {
		return a // the document was decoded once already
	}
	if one.timed {
		tree[timestamp] = formatTime(one.at)
	}
	for _, kind := range []string{"by", "over", "partition"} {
		setField(tree, tree[kind+"_field_name"], tree[kind+"_field_value"])
	}
	for _, item := range list(tree["influencers"]) {
		if influencer, ok := item.(map[string]any); ok {
			values := list(influencer["influencer_field_values"])
			if len(values) > 0 {
				setField(tree, influencer["influencer_field_name"], values[0])
			}
		}
	}
	a.Event = synthetic(tree)
	a.original = a.Event.First(timestamp)
	a.override()
	return a
}

// setField puts a value at a dotted path, through objects. What already stands there stays.
func setField(tree map[string]any, name, value any) {
	path, ok := name.(string)
	if !ok || path == "" || value == nil || value == "" || lookup(tree, path) != nil {
		return
	}
	keys := strings.Split(path, ".")
	for _, key := range keys[:len(keys)-1] {
		next, ok := tree[key].(map[string]any)
		if !ok {
			if _, taken := tree[key]; taken {
				return
			}
			next = map[string]any{}
			tree[key] = next
		}
		tree = next
	}
	tree[keys[len(keys)-1]] = value
}
