package cli

import (
	"fmt"
	"maps"
	"slices"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/exception"
	"github.com/tocsin-rules/tocsin/internal/publish"
	"github.com/tocsin-rules/tocsin/internal/timeline"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

// candidates loads the rules that may be published. Errors in one of them end the command: what is broken is not published,
// and neither is half of a repository.
func (a *app) candidates(w *workspace.Workspace, args []string) ([]*workspace.RuleFile, error) {
	files, problems, err := valid(w, args)
	if err != nil {
		return nil, err
	}
	if !problems.HasErrors() {
		return slices.DeleteFunc(files, func(f *workspace.RuleFile) bool { return !published(f) && !deprecated(f) }), nil
	}
	if err := a.complain(problems); err != nil {
		return nil, err
	}
	return nil, &exit{code: exitFindings, err: fmt.Errorf("nothing was published: %s of level error", plural(problems.Count(diag.Error), "finding"))}
}

// desired is what an environment should hold.
func desired(w *workspace.Workspace, env workspace.Environment, files []*workspace.RuleFile) []publish.Desired {
	var list []publish.Desired
	for _, f := range files {
		if !w.Selects(env, f) {
			continue
		}
		body := f.Rule.EncodeAPI()
		maps.Copy(body, env.Override)
		list = append(list, publish.Desired{
			Kind: publish.Rule, ID: f.Rule.RuleID, Name: f.Rule.Name, Source: f.Path, Body: body, Deprecated: deprecated(f),
		})
	}
	return list
}

// desiredExceptions are the exception lists and value lists to publish: all of the repository, or those that the named rules
// refer to.
func desiredExceptions(w *workspace.Workspace, args []string, files []*workspace.RuleFile) []publish.Desired {
	used := map[string]bool{}
	for _, f := range files {
		for _, reference := range f.Rule.ExceptionsList {
			used[reference.ListID] = true
		}
	}
	all := len(args) == 0
	var wanted []publish.Desired
	values := map[string]bool{}
	for _, file := range w.Exceptions().Files {
		lists := slices.DeleteFunc(slices.Clone(file.Lists), func(l *exception.List) bool { return !all && !used[l.ListID] })
		for _, l := range lists {
			for _, id := range l.ValueListIDs() {
				values[id] = true
			}
		}
		wanted = append(wanted, publish.Exceptions(file.Path, lists, nil)...)
	}
	for _, file := range w.Exceptions().Files {
		lists := slices.DeleteFunc(slices.Clone(file.ValueLists), func(l *exception.ValueList) bool { return !all && !values[l.ID] })
		wanted = append(wanted, publish.Exceptions(file.Path, nil, lists)...)
	}
	return wanted
}

// desiredTimelines are the timeline templates to publish: all of the repository, or those that the named rules refer to.
func desiredTimelines(w *workspace.Workspace, args []string, files []*workspace.RuleFile) []publish.Desired {
	used := map[string]bool{}
	for _, f := range files {
		used[f.Rule.TimelineID] = true
	}
	var wanted []publish.Desired
	for _, file := range w.Timelines().Files {
		templates := slices.DeleteFunc(slices.Clone(file.Templates), func(t *timeline.Template) bool { return len(args) > 0 && !used[t.ID] })
		wanted = append(wanted, publish.Timelines(file.Path, templates)...)
	}
	return wanted
}

// published tells whether a rule is meant for Kibana: its maturity is production, or it states none.
func published(f *workspace.RuleFile) bool {
	maturity := f.Rule.Metadata.Maturity
	return maturity == "" || maturity == "production"
}

// deprecated tells whether a rule is on its way out of Kibana.
func deprecated(f *workspace.RuleFile) bool { return f.Rule.Metadata.Maturity == "deprecated" }
