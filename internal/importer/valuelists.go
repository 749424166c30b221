package importer

import (
	"strings"

	"github.com/tocsin-rules/tocsin/internal/exception"
)

// valueFolder is the folder of the values, below that of exceptions.
const valueFolder = "value-lists/"

// AddValueList takes a value list of Kibana's API and its values. It becomes a table, and a text file of the values beside it; a
// list that the project has stays as it is.
func (b *Batch) AddValueList(list map[string]any, values []string) {
	p := &part{
		folder: Exceptions, key: exception.ValueTable, id: text(list["id"]), name: text(list["id"]),
		table: map[string]any{}, values: append([]string{}, values...),
	}
	for _, name := range []string{"id", "name", "description", "type"} {
		if value := text(list[name]); value != "" {
			p.table[name] = value
		}
	}
	b.parts = append(b.parts, p)
}

// createValues makes the file of a value list's values, and gives its path below the folder of exceptions.
func (m *tableMaker) createValues(p *part) string {
	lines := strings.Join(append(p.values, ""), "\n")
	path := m.create(Exceptions, valueFolder+slug(p.id, true)+".txt", lines)
	m.files[len(m.files)-1].Values = true
	return path
}
