package tomlfmt_test

import (
	"testing"

	"github.com/tocsin-rules/tocsin/internal/corpus"
	"github.com/tocsin-rules/tocsin/internal/source"
	"github.com/tocsin-rules/tocsin/internal/tomlfmt"
	"github.com/tocsin-rules/tocsin/internal/tomltext"
)

func TestCorpusLaws(t *testing.T) {
	for _, file := range corpus.Rules(t) {
		if err := laws(file.Name, file.Text); err != nil {
			t.Errorf("%s: %v", file.Name, err)
		}
	}
}

func BenchmarkFormatCorpus(b *testing.B) {
	files := corpus.Rules(b)
	size := 0
	for _, file := range files {
		size += len(file.Text)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, file := range files {
			doc, _ := tomltext.Parse(source.NewFile(file.Name, file.Text))
			if _, err := tomlfmt.Format(doc, tomlfmt.Rule); err != nil {
				b.Fatal(err)
			}
		}
	}
}
