package export

import (
	"time"

	"github.com/tocsin-rules/tocsin/internal/detect"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
)

// esqlFields collects the fields that an ES|QL query reads from its indices: no columns that it computes, and none for
// a `KEEP *`, which names no field. A problem says why nothing is known.
func (c collector) esqlFields(text string, env Environment) (problem string) {
	query, refused := esql.Parse(text)
	if refused != nil {
		return "the query does not parse: " + refused.Message
	}
	schema := field.NewSchema(env.ECS)
	if env.Fields != nil {
		schema = env.Fields(query.Sources())
	}
	options := detect.ESQLOptions(schema, &filter.Builder{Layout: filter.NewLayout(), Now: time.Unix(0, 0)})
	options.AssumeMapped = true
	plan, refusals := query.Check(options)
	if plan == nil {
		return "the query is refused: " + refusals[0].Message
	}
	c.loads(plan.Steps)
	return ""
}

// loads collects the fields that steps read, those of sub-queries included.
func (c collector) loads(steps []esql.Step) {
	for _, step := range steps {
		switch step := step.(type) {
		case *esql.Load:
			for _, f := range step.Fields {
				if f.Metadata == "" {
					c.field(f.Name)
				}
			}
		case *esql.Union:
			for _, branch := range step.Branches {
				c.loads(branch.Steps)
			}
		}
	}
}
