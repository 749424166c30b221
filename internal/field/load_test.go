package field_test

import (
	"testing"

	"github.com/tocsin-rules/tocsin/internal/corpus/packages"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/schemas"
)

// BenchmarkLoad is what a command pays before its first question: the catalogs of all packages that are there, and ECS.
func BenchmarkLoad(b *testing.B) {
	texts := packages.Texts(b)
	size := len(schemas.ECS())
	for _, text := range texts {
		size += len(text)
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		layers := []field.Source{}
		for name, text := range texts {
			c, err := field.ParseCompact(name, text)
			if err != nil {
				b.Fatal(err)
			}
			layers = append(layers, c.Select(nil))
		}
		ecs, err := field.ParseECS(schemas.ECS(), "")
		if err != nil {
			b.Fatal(err)
		}
		if _, ok := field.NewSchema(append(layers, ecs)...).Lookup("okta.actor.id"); !ok {
			b.Fatal("okta.actor.id is not found")
		}
	}
}
