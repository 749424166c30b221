package run

import (
	"github.com/tocsin-rules/tocsin/internal/extract"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/function"
)

// takeApart compiles GROK and DISSECT.
func (p *Program) takeApart(step *esql.TakeApart) stage {
	input := p.value(step.Input)
	at := p.site(step.Input)
	return func(r *run, next sink) sink {
		texts := func(c *column.Column, row int) []string {
			start, end := c.Span(row)
			if c.Type() == column.Null {
				return nil
			}
			return c.TextValues()[start:end]
		}
		var rows func(c *column.Column, out []*column.Builder)
		if step.Grok != nil {
			rows = grokRows(step, r.calls[at], texts)
		} else {
			rows = dissectRows(step, texts)
		}
		return &mapping{next, func(b *column.Batch) *column.Batch {
			out := make([]*column.Builder, len(step.Outputs))
			for i, o := range step.Outputs {
				out[i] = column.NewBuilder(o.Type, b.Rows)
			}
			rows(input(r, b).Materialize(), out)
			for i, o := range step.Outputs {
				b = with(b, o.Slot, out[i].Build())
			}
			return b
		}}
	}
}

// dissectRows takes every text of a row apart; a key has the values of those that fit.
func dissectRows(step *esql.TakeApart, texts func(*column.Column, int) []string) func(*column.Column, []*column.Builder) {
	dissect := step.Dissect.Run()
	return func(c *column.Column, out []*column.Builder) {
		for row := range c.Rows() {
			for _, b := range out {
				b.Begin()
			}
			for _, text := range texts(c, row) {
				if values, ok := dissect.Text(text); ok {
					for i, value := range values {
						out[i].Text(value)
					}
				}
			}
			for _, b := range out {
				b.End()
			}
		}
	}
}

func grokRows(step *esql.TakeApart, call *function.Call, texts func(*column.Column, int) []string) func(*column.Column, []*column.Builder) {
	grok := step.Grok.Run()
	return func(c *column.Column, out []*column.Builder) {
		for row := range c.Rows() {
			values, err := grok.Row(texts(c, row)...)
			if err != nil {
				call.Warn(function.IllegalArgument, err.Error())
			}
			for i, b := range out {
				b.Begin()
				if err == nil {
					for _, v := range values[i] {
						addGrok(b, v)
					}
				}
				b.End()
			}
		}
	}
}

func addGrok(b *column.Builder, v extract.Value) {
	switch b.Type().Store() {
	case column.Ints:
		b.Int(v.Whole)
	case column.Doubles:
		b.Double(v.Float)
	default:
		b.Text(v.Text)
	}
}
