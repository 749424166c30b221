package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/field"
)

// Catalog is a field catalog that was written.
type Catalog struct {
	// Name is its file.
	Name string
	// Before is what was there before; nil when nothing was. Same tells that it was the same text.
	Before, After *field.Compact
	Same          bool
	// Dry tells that it would be written, and was not.
	Dry bool
}

// CatalogWritten tells what a catalog holds, and how it differs from the one before.
func CatalogWritten(w io.Writer, c Catalog, style Style) error {
	p := newPrinter(style)
	if c.Same {
		p.printf("%s is up to date: %s\n", clean(c.Name), clean(titled(c.After)))
		return p.flush(w)
	}
	verb, title := "wrote", titled(c.After)
	if c.Dry {
		verb = "would write"
	}
	if c.Before != nil && c.Before.Version != c.After.Version {
		title = titled(c.Before) + " -> " + c.After.Version
	}
	fields := len(c.After.Select(nil).Names())
	p.printf("%s %s: %s, %s, %s\n", verb, clean(c.Name), clean(title), plural(len(c.After.Streams), "data stream"), plural(fields, "field"))
	if c.Before != nil {
		p.difference(field.Compare(c.Before, c.After))
	}
	return p.flush(w)
}

func titled(c *field.Compact) string { return strings.TrimSpace(c.Title + " " + c.Version) }

// maxChanges is how many changed fields are told one by one.
const maxChanges = 40

func (p *printer) difference(d field.Difference) {
	if len(d.NewStreams) > 0 {
		p.printf("  new: %s\n", clean(strings.Join(firstOf(d.NewStreams, 6), ", ")))
	}
	if len(d.GoneStreams) > 0 {
		p.printf("  gone: %s\n", clean(strings.Join(firstOf(d.GoneStreams, 6), ", ")))
	}
	if len(d.Fields) == 0 {
		p.printf("  no field differs\n")
		return
	}
	width := 0
	for _, c := range d.Fields[:min(len(d.Fields), maxChanges)] {
		width = max(width, len(c.Name))
	}
	for _, c := range d.Fields[:min(len(d.Fields), maxChanges)] {
		mark, text := p.yellow.Render("~"), c.Before+" -> "+c.After
		switch {
		case c.Before == "":
			mark, text = p.green.Render("+"), c.After
		case c.After == "":
			mark, text = p.red.Render("-"), c.Before
		}
		p.printf("%s\n", shorten(fmt.Sprintf("  %s %-*s  %s", mark, width, clean(c.Name), clean(text)), p.style.Width))
	}
	if more := len(d.Fields) - maxChanges; more > 0 {
		p.printf("  and %d more\n", more)
	}
}
