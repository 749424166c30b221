package run

import (
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// tracer notes what goes through the operators.
type tracer struct{ counts map[esql.Step]int }

// traced lets a traced run see the rows that leave a step.
func traced(step esql.Step, s stage) stage {
	return func(r *run, next sink) sink {
		if r.trace == nil {
			return s(r, next)
		}
		return s(r, &tap{next, r.trace, step})
	}
}

type tap struct {
	next  sink
	trace *tracer
	step  esql.Step
}

func (t *tap) push(b *column.Batch) bool {
	t.trace.counts[t.step] += b.Rows
	return t.next.push(b)
}

func (t *tap) finish() { t.next.finish() }
