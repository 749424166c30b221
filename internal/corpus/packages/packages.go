// Package packages gives tests the field catalogs of real integration packages, which lie beside the repository.
package packages

import (
	"compress/gzip"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/corpus"
	"github.com/tocsin-rules/tocsin/internal/export"
	"github.com/tocsin-rules/tocsin/internal/field"
)

// Texts are the catalogs in their compact form, by the name of the package.
func Texts(tb testing.TB) map[string]string {
	tb.Helper()
	file, err := os.Open(corpus.Path(tb, "integration-fields.json.gz"))
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		tb.Fatal(err)
	}
	all, err := export.ReadPackages(unpacked)
	if err != nil {
		tb.Fatal(err)
	}
	texts := map[string]string{}
	for name, p := range all {
		if len(p.Streams) > 0 {
			texts[name] = text(name, p)
		}
	}
	return texts
}

// Catalogs are the catalogs, sorted by the name of the package.
func Catalogs(tb testing.TB) []*field.Compact {
	tb.Helper()
	texts := Texts(tb)
	var catalogs []*field.Compact
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		c, err := field.ParseCompact(name, texts[name])
		if err != nil {
			tb.Fatalf("%s: %v", name, err)
		}
		catalogs = append(catalogs, c)
	}
	return catalogs
}

func text(name string, p export.Package) string {
	h := field.Header{Source: field.FromPackage, Title: name, Version: p.Version}
	var fields []field.StreamField
	for _, stream := range slices.Sorted(maps.Keys(p.Streams)) {
		h.Streams = append(h.Streams, field.Stream{Name: stream, Index: "logs-" + dataset(name, stream) + "-*"})
		for f, kind := range p.Streams[stream] {
			m := field.Mapping{Name: f, Path: f}
			var err error
			// The data names types that tocsin has no conditions for, such as histogram: they are no fields to it.
			if m.Type, err = field.ParseType(kind); err != nil || f == "" {
				continue
			}
			fields = append(fields, field.StreamField{Mapping: m, Streams: []string{stream}})
		}
	}
	return field.CompactText(h, fields)
}

// dataset is the name of a data stream's data set. The data names streams by their folders; Elastic Defend's manifests give the
// events of the endpoint another one.
func dataset(name, stream string) string {
	if name == "endpoint" && slices.Contains([]string{"api", "file", "library", "network", "process", "registry", "security"}, stream) {
		return "endpoint.events." + stream
	}
	return name + "." + stream
}
