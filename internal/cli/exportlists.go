package cli

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/connector"
	"github.com/tocsin-rules/tocsin/internal/exception"
	"github.com/tocsin-rules/tocsin/internal/export"
	"github.com/tocsin-rules/tocsin/internal/workspace"
)

// companions is what Kibana's import needs beside rules: the exception lists and connectors that they name.
type companions struct {
	lists      []*exception.List
	connectors []*connector.Connector
	values     []*exception.ValueList
	// missing are the connectors that the repository does not have, each with the first rule that names it.
	missing map[string]string
}

// companionsOf collects what rules name, each once and sorted by its id.
func companionsOf(w *workspace.Workspace, list []*exported) companions {
	c := companions{missing: map[string]string{}}
	lists, connectors, values := map[string]*exception.List{}, map[string]*connector.Connector{}, map[string]*exception.ValueList{}
	for _, e := range list {
		for _, reference := range e.file.Rule.ExceptionsList {
			if l, ok := w.Exceptions().List(reference.ListID); ok {
				lists[reference.ListID] = l
			}
		}
		for _, action := range e.file.Rule.Actions {
			id, _ := action["id"].(string)
			if found, ok := w.Connectors().Connector(id); ok {
				connectors[id] = found
			} else if c.missing[id] == "" && id != "" {
				c.missing[id] = e.file.Path
			}
		}
	}
	for _, l := range lists {
		for _, id := range l.ValueListIDs() {
			if found, ok := w.Exceptions().ValueList(id); ok {
				values[id] = found
			}
		}
	}
	c.lists, c.connectors, c.values = inOrder(lists), inOrder(connectors), inOrder(values)
	return c
}

func inOrder[T any](byID map[string]T) []T {
	var list []T
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		list = append(list, byID[id])
	}
	return list
}

// lines are the objects as Kibana exports them: containers, items, connectors.
func (c companions) lines() ([]string, error) {
	var objects []map[string]any
	for _, l := range c.lists {
		objects = append(objects, l.EncodeAPI())
	}
	for _, l := range c.lists {
		for _, item := range l.Items {
			objects = append(objects, item.EncodeAPI())
		}
	}
	for _, found := range c.connectors {
		objects = append(objects, found.EncodeAPI())
	}
	lines := make([]string, len(objects))
	for i, object := range objects {
		var err error
		if lines[i], err = export.Line(object); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// String says what comes along, such as " with 2 exception lists and 1 connector".
func (c companions) String() string {
	var parts []string
	if n := len(c.lists); n > 0 {
		parts = append(parts, plural(n, "exception list"))
	}
	if n := len(c.connectors); n > 0 {
		parts = append(parts, plural(n, "connector"))
	}
	if len(parts) == 0 {
		return ""
	}
	return " with " + strings.Join(parts, " and ")
}

// tell says what Kibana needs besides the file.
func (a *app) tell(c companions, folder string) {
	for _, id := range slices.Sorted(maps.Keys(c.missing)) {
		fmt.Fprintf(a.Err, "tocsin: note (connector): %s names the connector %q, which is not in this repository: Kibana must have it\n", c.missing[id], id)
	}
	if len(c.values) > 0 && folder == "" {
		fmt.Fprintf(a.Err, "tocsin: note (value-list): the exceptions need %s, which Kibana imports on their own: --value-lists FOLDER writes them\n",
			plural(len(c.values), "value list"))
	}
}

// writeValues writes the value lists, each as the text file that Kibana's import of value lists takes.
func (a *app) writeValues(c companions, folder string) error {
	for _, l := range c.values {
		if l.Values == nil {
			continue // told as an error of the repository
		}
		if !filepath.IsLocal(l.ID) || strings.ContainsAny(l.ID, `/\`) {
			return usage("the id of the value list %q cannot be the name of a file", l.ID)
		}
		path := filepath.Join(folder, l.ID+".txt")
		if _, err := a.savePage(path, strings.Join(l.Values.Lines(), "\n")+"\n"); err != nil {
			return err
		}
	}
	return nil
}
