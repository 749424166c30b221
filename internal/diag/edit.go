package diag

import "github.com/tocsin-rules/tocsin/internal/source"

// Edit replaces a span of a file by a text. A finding that has edits is mended by making all of them.
type Edit struct {
	Span source.Span
	Text string
}
