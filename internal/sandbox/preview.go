package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/detect"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/exception"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	model "github.com/tocsin-rules/tocsin/internal/rule"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// maxInvocations bounds the runs of one preview. Kibana bounds their time instead, by 60 seconds.
const maxInvocations = 10_000

// preview runs a rule that is not stored over the documents of the indices, by the same code that tests it, and keeps its
// alerts in the index of previews.
func (s *Server) preview(c *call) (any, error) {
	body, err := c.object()
	if err != nil {
		return nil, err
	}
	run := schema{"invocationCount": required(integerIn(-1<<53, 1<<53)), "timeframeEnd": required(text())}
	if problems := run.problems("", body, false); len(problems) > 0 {
		return nil, badBody(strings.Join(problems, ", "))
	}
	end, err := time.Parse(time.RFC3339, body["timeframeEnd"].(string))
	if err != nil {
		return nil, badBody("timeframeEnd: Invalid datetime")
	}
	if err := s.checkWhole(body); err != nil {
		return nil, err
	}
	made := s.complete(body)
	if err := s.crosscheck(made); err != nil {
		return nil, err
	}
	count, _ := body["invocationCount"].(json.Number).Int64()
	if count < 1 || count > maxInvocations {
		// Kibana: what is wrong with the run itself is told in its log, and the answer is 200.
		return previewFailed("Invalid invocation count"), nil
	}
	p := &previewRun{server: s, call: c, body: made, id: s.options.NewID()}
	return p.run(int(count), end)
}

func previewFailed(message string) map[string]any {
	return map[string]any{"logs": []any{previewLog(nil, []string{message}, nil)}, "isAborted": false}
}

func previewLog(startedAt any, errs, warnings []string) map[string]any {
	entry := map[string]any{"errors": append([]string{}, errs...), "warnings": append([]string{}, warnings...), "duration": 0}
	if startedAt != nil {
		entry["startedAt"] = startedAt
	}
	return entry
}

// previewRun is one preview under way.
type previewRun struct {
	server *Server
	call   *call
	body   doc
	id     string
}

func (p *previewRun) run(count int, end time.Time) (any, error) {
	r, err := model.DecodeAPI(p.body)
	if err != nil {
		return nil, siem(http.StatusBadRequest, err.Error())
	}
	in, err := p.input()
	if err != nil {
		return nil, err
	}
	env, err := p.environment(r, in)
	if err != nil {
		return nil, err
	}
	interval, err := datemath.ParseDuration(r.IntervalOrDefault())
	if err != nil {
		return nil, siem(http.StatusBadRequest, err.Error())
	}
	state, logs := detect.NewState(), []any{}
	for n := range count {
		env.Now = end.Add(-time.Duration(count-1-n) * interval)
		startedAt := env.Now.UTC().Format("2006-01-02T15:04:05.000Z07:00")
		d, problems := detect.Compile(r, env)
		switch {
		case problems.HasErrors():
			logs = append(logs, previewLog(startedAt, []string{problems.Error()}, nil))
		case d.Undecided != "":
			logs = append(logs, previewLog(startedAt, []string{"the sandbox cannot decide this rule: " + d.Undecided}, nil))
		default:
			result := d.Run(in, state)
			errs := result.Errors
			if result.Undecided != "" {
				errs = append(errs, "the sandbox cannot decide this run: "+result.Undecided)
			}
			p.keep(result.Alerts)
			logs = append(logs, previewLog(startedAt, errs, result.Warnings))
		}
	}
	return map[string]any{"previewId": p.id, "logs": logs, "isAborted": false}, nil
}

// previewIndex is where the alerts of previews are.
func previewIndex(spaceID string) string { return ".preview.alerts-security.alerts-" + spaceID }

// input is every document of every index; the rule chooses by its index patterns. Kibana's own indices are left out.
func (p *previewRun) input() (detect.Input, error) {
	var in detect.Input
	for _, h := range p.server.matching([]string{"*", "-.*"}) {
		tree := maps.Clone(h.Source)
		tree["_id"], tree["_index"] = h.ID, h.Index
		document, err := event.FromMap(tree)
		if err != nil {
			return in, fmt.Errorf("the document %s of %s cannot be read: %w", h.ID, h.Index, err)
		}
		in.Events = append(in.Events, document)
	}
	in.Indicators, in.History, in.Anomalies = in.Events, in.Events, in.Events
	return in, nil
}

// environment is what the rule is compiled for: the types of the mappings, then what the sandbox was given, then dynamic
// mapping; and the exceptions of the space.
func (p *previewRun) environment(r *model.Rule, in detect.Input) (detect.Environment, error) {
	var env detect.Environment
	var err error
	if env.Schema, err = p.types(r.Index, in.Events); err != nil {
		return env, err
	}
	if len(r.ThreatIndex) > 0 {
		if env.Indicators, err = p.types(r.ThreatIndex, in.Indicators); err != nil {
			return env, err
		}
	}
	env.ValueList = p.valueList
	for _, reference := range objects(p.body["exceptions_list"]) {
		home := p.server.exceptionsOf(p.call.space, reference["namespace_type"])
		list := home.exceptionLists.byKey(textOf(reference, "list_id"))
		if list == nil {
			continue
		}
		decoded, err := exception.DecodeList(list)
		if err != nil {
			return env, err
		}
		for _, item := range home.itemsOf(list["list_id"]) {
			i, err := exception.DecodeItem(item)
			if err != nil {
				return env, err
			}
			decoded.Items = append(decoded.Items, i)
		}
		env.Exceptions = append(env.Exceptions, decoded)
	}
	return env, nil
}

func (p *previewRun) types(patterns []string, docs []*event.Document) (*field.Schema, error) {
	declared := map[string]any{}
	for _, name := range sortedKeys(p.server.indices) {
		if len(patterns) == 0 || holdsName(patterns, name) {
			maps.Copy(declared, p.server.indices[name].types)
		}
	}
	table, bad := field.FromMap(declared, "mapping")
	if len(bad) > 0 {
		return nil, errors.New("the mapping cannot be read: " + bad[0].Error())
	}
	known, err := p.server.options.Fields(patterns)
	if err != nil {
		return nil, err
	}
	dynamic := field.NewDynamic(field.StyleFor(patterns))
	for _, d := range docs {
		filter.Observe(dynamic, d)
	}
	return known.With(table).Under(dynamic), nil
}

// valueList reads a value list of the space for the exceptions that name it.
func (p *previewRun) valueList(id string) (*exception.ValueList, bool) {
	list := p.call.valueLists.byID(id)
	if list == nil {
		return nil, false
	}
	var lines strings.Builder
	for _, item := range p.call.valuesOf(id) {
		lines.WriteString(textOf(item, "value") + "\n")
	}
	kind := textOf(list, "type")
	values, _ := exception.ReadValues(kind, source.NewFile(id, lines.String()))
	return &exception.ValueList{ID: id, Name: textOf(list, "name"), Type: kind, Values: values}, true
}

// keep stores the alerts of a run. Kibana: they name the preview as their rule.
func (p *previewRun) keep(alerts []*detect.Alert) {
	index := previewIndex(p.call.spaceID)
	for _, a := range alerts {
		for _, document := range a.Documents() {
			source := document.Document()
			source["kibana.alert.rule.uuid"] = p.id
			p.server.store(hit{Index: index, ID: p.id + "-" + document.ID, Source: source})
		}
	}
}
