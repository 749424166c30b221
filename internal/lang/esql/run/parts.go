package run

import (
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/function"
)

// parts compiles URI_PARTS and REGISTERED_DOMAIN: a part that the text does not have is null.
func (p *Program) parts(step *esql.Parts) stage {
	input, at := p.value(step.Input), p.site(step.Input)
	return withRun(func(r *run, b *column.Batch) *column.Batch {
		c := input(r, b)
		out := make([]*column.Builder, len(step.Outputs))
		for i, o := range step.Outputs {
			out[i] = column.NewBuilder(o.Type, b.Rows)
		}
		for row := range b.Rows {
			start, end := c.Span(row)
			var found map[string]string
			if end == start+1 && c.Type() != column.Null {
				var err error
				if found, err = step.Split(c.Text(start)); err != nil {
					r.calls[at].Warn(function.IllegalArgument, err.Error())
				}
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
