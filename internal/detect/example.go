package detect

import (
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
)

// Example is what a rule may read so that it alerts, as far as that follows from the rule itself.
type Example struct {
	// Events are the values of each event, one after the other.
	Events [][]filter.Sample
	// Indicator and Anomaly are the values of an indicator and of an anomaly record, for rules that read them.
	Indicator, Anomaly []filter.Sample
	// Ordered tells that the events must follow each other in time.
	Ordered bool
}

// Example works out what the rule looks for: one event, those of a sequence, as many as a threshold asks for. Whether the rule
// alerts on it has to be tried. It must not be called on an undecided detector.
func (d *Detector) Example() Example {
	var example Example
	switch m := d.method.(type) {
	case *machineLearning:
		example.Anomaly = m.example()
		return example
	case correlation:
		if d.Joins() {
			example.Ordered = true
			for _, need := range m.program.Needs() {
				example.Events = append(example.Events, d.joined(d.samples(need.Condition), need.Keys))
			}
			return example
		}
	}
	one := d.samples(d.query)
	switch m := d.method.(type) {
	case *threshold:
		one = m.fields.complete(one)
		for i := range max(m.value, m.least, 1) {
			example.Events = append(example.Events, append(one[:len(one):len(one)], m.differing(i)...))
		}
		return example
	case *newTerms:
		one = m.fields.complete(one)
	case *threatMatch:
		one, example.Indicator = m.example(one)
	}
	example.Events = [][]filter.Sample{one}
	return example
}

// samples are the values that a condition and the rule's filters ask for.
func (d *Detector) samples(n filter.Node) []filter.Sample {
	var all []filter.Sample
	for _, node := range []filter.Node{n, d.filters} {
		if node != nil {
			samples, _ := filter.Example(node)
			all = append(all, samples...)
		}
	}
	return all
}

// complete adds a value of each field that the samples lack.
func (g *grouping) complete(samples []filter.Sample) []filter.Sample {
	for i, name := range g.names {
		if !hasSample(samples, name) && i < len(g.fields) {
			m := field.Mapping{Name: name, Path: name, Type: g.fields[i].kind}
			samples = append(samples, filter.Sample{Field: m, Value: filter.AnyValue(m.Type)})
		}
	}
	return samples
}

// joined adds a value of each key of a sequence that the samples lack: the same for all events.
func (d *Detector) joined(samples []filter.Sample, keys []string) []filter.Sample {
	for _, name := range keys {
		m, ok := d.env.Schema.Lookup(name)
		if !ok {
			m = field.Mapping{Name: name, Path: name, Type: field.Keyword}
		}
		if !hasSample(samples, m.Path) {
			samples = append(samples, filter.Sample{Field: m, Value: filter.AnyValue(m.Type)})
		}
	}
	return samples
}

func hasSample(samples []filter.Sample, path string) bool {
	for _, s := range samples {
		if s.Field.Path == path {
			return true
		}
	}
	return false
}

// differing gives the value of the cardinality field that event i has.
func (t *threshold) differing(i int) []filter.Sample {
	if t.distinct == nil || len(t.distinct.fields) == 0 {
		return nil
	}
	kind := t.distinct.fields[0].kind
	text := string(rune('a' + i%26))
	switch {
	case kind.IsNumber():
		text = string(rune('1' + i%9))
	case kind == field.IP:
		text = "192.0.2." + string(rune('1'+i%9))
	}
	v := filter.AnyValue(kind)
	v.Text = text
	name := t.distinct.names[0]
	return []filter.Sample{{Field: field.Mapping{Name: name, Path: name, Type: kind}, Value: v}}
}

// example gives the event the fields of the first group of the mapping, and an indicator with the same values.
func (t *threatMatch) example(one []filter.Sample) (event, indicator []filter.Sample) {
	indicator, _ = filter.Example(t.query)
	if len(t.groups) == 0 {
		return one, indicator
	}
	for _, e := range t.groups[0] {
		if e.negate {
			continue
		}
		v := filter.AnyValue(e.event.Type)
		for _, s := range one {
			if s.Field.Path == e.event.Path {
				v = s.Value
			}
		}
		if !hasSample(one, e.event.Path) {
			one = append(one, filter.Sample{Field: e.event.Mapping, Value: v})
		}
		indicator = append(indicator, filter.Sample{Field: e.indicator.Mapping, Value: v})
	}
	return one, indicator
}

func (m *machineLearning) example() []filter.Sample {
	job := ""
	if len(m.jobs) > 0 {
		job = m.jobs[0]
	}
	sample := func(name string, kind field.Type, v event.Scalar) filter.Sample {
		return filter.Sample{Field: field.Mapping{Name: name, Path: name, Type: kind}, Value: v}
	}
	return []filter.Sample{
		sample("job_id", field.Keyword, event.Scalar{Text: job}),
		sample("record_score", field.Double, event.Scalar{Kind: event.Number, Text: "99"}),
	}
}
