package run

import (
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// parts compiles URI_PARTS and REGISTERED_DOMAIN: a part that the text does not have is null.
func (p *Program) parts(step *esql.Parts) stage {
	input := p.value(step.Input)
	return withRun(func(r *run, b *column.Batch) *column.Batch {
		c := input(r, b)
		out := make([]*column.Builder, len(step.Outputs))
		for i, o := range step.Outputs {
			out[i] = column.NewBuilder(o.Type, b.Rows)
		}
		for row := range b.Rows {
			start, end := c.Span(row)
			found := map[string]string{}
			if end == start+1 && c.Type() != column.Null {
				found = step.Split(c.Text(start))
			}
			for i, o := range step.Outputs {
				text, ok := found[o.Part]
				if !ok || !column.ReadText(out[i], text) {
					out[i].Null()
				}
			}
		}
		for i, o := range step.Outputs {
			b = with(b, o.Slot, out[i].Build())
		}
		return b
	})
}
