package column

import "github.com/tocsin-rules/tocsin/internal/event"

// Batch is a number of rows, as columns. It is immutable: operators make new batches that share columns.
type Batch struct {
	Rows int
	// Columns are by slot; nil for one that has not been read.
	Columns []*Column
	// Docs are the documents that the rows were read from, for search functions and explanations; nil once rows stand
	// for groups of documents. A row may have none.
	Docs []*event.Document
}

// Take makes a batch of some rows, in the order given.
func (b *Batch) Take(rows []int32) *Batch {
	out := &Batch{Rows: len(rows), Columns: make([]*Column, len(b.Columns))}
	for i, c := range b.Columns {
		if c != nil {
			out.Columns[i] = c.Take(rows)
		}
	}
	if b.Docs != nil {
		out.Docs = make([]*event.Document, len(rows))
		for i, row := range rows {
			out.Docs[i] = b.Docs[row]
		}
	}
	return out
}
