package run

import (
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// NewTable makes a lookup index or enrich policy of documents. Its columns are the fields of the schema that a document
// has, in the order in which they first appear.
func NewTable(name string, docs []*event.Document, schema *field.Schema) *esql.Table {
	t := &esql.Table{Name: name, Rows: &column.Batch{Rows: len(docs)}}
	seen := map[string]bool{}
	for _, doc := range docs {
		for _, leaf := range doc.Leaves() {
			m, ok := schema.Lookup(leaf.Path)
			if seen[leaf.Path] || !ok {
				continue
			}
			seen[leaf.Path] = true
			kind := column.OfField(m.Type)
			t.Columns = append(t.Columns, esql.Column{Name: leaf.Path, Type: kind, Slot: len(t.Columns)})
			reader := newFieldReader(&esql.LoadField{Mapping: m, As: kind})
			t.Rows.Columns = append(t.Rows.Columns, reader.column(docs))
		}
	}
	return t
}
