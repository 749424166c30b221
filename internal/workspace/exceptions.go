package workspace

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/exception"
	"github.com/tocsin-rules/tocsin/internal/rule"
)

// Exceptions are the exception lists and value lists of a repository.
type Exceptions struct {
	Files []*exception.File
	// Problems are what is wrong with the files.
	Problems diag.List

	lists  map[string]*exception.List
	values map[string]*exception.ValueList
}

// Exceptions loads the exception lists of the repository once. A repository without the folder has none.
func (w *Workspace) Exceptions() *Exceptions { return w.excepts() }

// List gives an exception list by its list_id.
func (e *Exceptions) List(id string) (*exception.List, bool) {
	l, ok := e.lists[id]
	return l, ok
}

// ValueList gives a value list by its id.
func (e *Exceptions) ValueList(id string) (*exception.ValueList, bool) {
	l, ok := e.values[id]
	return l, ok
}

// Of gives the exception lists that a rule names. One that the repository does not have is a finding: Kibana would publish
// the rule without it.
func (e *Exceptions) Of(r *rule.Rule) ([]*exception.List, diag.List) {
	var lists []*exception.List
	var problems diag.List
	for i, reference := range r.ExceptionsList {
		if reference.ListID == exception.EndpointList || reference.Type == "rule_default" && e.lists[reference.ListID] == nil {
			continue
		}
		l, ok := e.lists[reference.ListID]
		if !ok {
			problems = append(problems, diag.Diagnostic{
				Name: "exception-list", Severity: diag.Warning, Subject: r.Place("rule", "exceptions_list", fmt.Sprint(i), "list_id"),
				Message: fmt.Sprintf("there is no exception list %q in this repository", reference.ListID),
				Help:    diag.DidYouMean(reference.ListID, e.listIDs()),
			})
			continue
		}
		lists = append(lists, l)
	}
	return lists, problems
}

func (e *Exceptions) listIDs() []string {
	var ids []string
	for _, file := range e.Files {
		for _, l := range file.Lists {
			ids = append(ids, l.ListID)
		}
	}
	return ids
}

func (w *Workspace) loadExceptions() *Exceptions {
	e := &Exceptions{lists: map[string]*exception.List{}, values: map[string]*exception.ValueList{}}
	dir := filepath.Join(w.Root, w.Config.Exceptions)
	if _, err := os.Stat(dir); err != nil {
		return e
	}
	paths, problems := w.walk(dir, ".toml")
	e.Problems = problems
	for _, path := range paths {
		w.loadExceptionFile(e, dir, path)
	}
	e.link()
	e.Problems.Sort()
	return e
}

func (w *Workspace) loadExceptionFile(e *Exceptions, dir, path string) {
	doc, problems, err := w.readTOML(path, "exceptions")
	if err != nil {
		problems = append(problems, diag.AtFile(w.shown(path), "internal", err.Error(), ""))
	}
	e.Problems = append(e.Problems, problems...)
	if doc == nil || problems.HasErrors() {
		return
	}
	file, more := exception.Decode(doc)
	e.Problems = append(e.Problems, more...)
	e.Files = append(e.Files, file)
	for _, l := range file.Lists {
		if before, ok := e.lists[l.ListID]; ok {
			e.twice("exception list", l.ListID, l.Place, before.Place)
		}
		e.lists[l.ListID] = l
	}
	for _, l := range file.ValueLists {
		if before, ok := e.values[l.ID]; ok {
			e.twice("value list", l.ID, l.Place, before.Place)
		}
		e.values[l.ID] = l
		e.Problems = append(e.Problems, w.readValues(dir, l)...)
	}
}

func (e *Exceptions) twice(what, id string, place, before diag.Place) {
	e.Problems = append(e.Problems, diag.Diagnostic{
		Name: "exception", Severity: diag.Error, Message: fmt.Sprintf("the %s %q stands in the repository twice", what, id), Subject: place,
		Related: []diag.Related{{Place: before, Message: "first here"}},
	})
}

func (w *Workspace) readValues(dir string, l *exception.ValueList) diag.List {
	if !filepath.IsLocal(filepath.FromSlash(l.File)) {
		return nil // told by Decode
	}
	file, problem := w.readFile(filepath.Join(dir, filepath.FromSlash(l.File)))
	if problem != nil {
		return diag.List{{Name: problem.Name, Severity: diag.Error, Message: fmt.Sprintf("%s: %s", l.File, problem.Message), Subject: l.FilePlace}}
	}
	values, problems := exception.ReadValues(l.Type, file)
	l.Values = values
	return problems
}

// link proves that every value list that an entry asks for is there.
func (e *Exceptions) link() {
	for _, file := range e.Files {
		for _, l := range file.Lists {
			for _, item := range l.Items {
				e.linkEntries(item)
			}
		}
	}
}

func (e *Exceptions) linkEntries(item *exception.Item) {
	for _, entry := range item.Entries {
		if entry.Type != exception.InList {
			continue
		}
		list, ok := e.values[entry.ListID]
		switch {
		case !ok:
			e.Problems = append(e.Problems, diag.Diagnostic{
				Name: "exception", Severity: diag.Error, Subject: entry.Place,
				Message: fmt.Sprintf("there is no value list %q in this repository", entry.ListID),
				Help:    "declare it with [[value_lists]]",
			})
		case list.Type != entry.ListType:
			e.Problems = append(e.Problems, diag.Diagnostic{
				Name: "exception", Severity: diag.Error, Subject: entry.Place,
				Message: fmt.Sprintf("the value list %q is of type %s, not %s", entry.ListID, list.Type, entry.ListType),
			})
		}
	}
}
