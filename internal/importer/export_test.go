package importer

import "github.com/tocsin-rules/tocsin/internal/source"

// ReadWithin reads an archive that may unpack to so many bytes.
func ReadWithin(file *source.File, budget int64) *Batch {
	b := newBatch(file.Name())
	b.budget = budget
	b.zip(file)
	return b
}
