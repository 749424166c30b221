package workspace

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/tocsin-rules/tocsin/internal/connector"
	"github.com/tocsin-rules/tocsin/internal/diag"
)

// Connectors are the connectors of a repository.
type Connectors struct {
	// Problems are what is wrong with the files.
	Problems diag.List
	// All are the connectors, in the order of their files.
	All []*connector.Connector

	byID map[string]*connector.Connector
}

// Connectors loads the connectors of the repository once. A repository without the folder has none.
func (w *Workspace) Connectors() *Connectors { return w.connects() }

// Connector gives a connector by its id.
func (c *Connectors) Connector(id string) (*connector.Connector, bool) {
	found, ok := c.byID[id]
	return found, ok
}

func (w *Workspace) loadConnectors() *Connectors {
	c := &Connectors{byID: map[string]*connector.Connector{}}
	dir := filepath.Join(w.Root, w.Config.Connectors)
	if _, err := os.Stat(dir); err != nil {
		return c
	}
	paths, problems := w.walk(dir, ".toml")
	c.Problems = problems
	for _, path := range paths {
		c.Problems = append(c.Problems, w.loadConnectorFile(c, path)...)
	}
	c.Problems.Sort()
	return c
}

func (w *Workspace) loadConnectorFile(c *Connectors, path string) diag.List {
	doc, problems, err := w.readTOML(path, "connectors")
	if err != nil {
		problems = append(problems, diag.AtFile(w.shown(path), "internal", err.Error(), ""))
	}
	if doc == nil || problems.HasErrors() {
		return problems
	}
	list, more := connector.Decode(doc)
	problems = append(problems, more...)
	for _, found := range list {
		if before, ok := c.byID[found.ID]; ok && before.Place.File != found.Place.File {
			problems = append(problems, diag.Diagnostic{
				Name: "connector", Severity: diag.Error, Message: fmt.Sprintf("the connector %q stands in the repository twice", found.ID), Subject: found.Place,
				Related: []diag.Related{{Place: before.Place, Message: "first here"}},
			})
		}
		c.byID[found.ID], c.All = found, append(c.All, found)
	}
	return problems
}
