package elastic

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/tocsin-rules/tocsin/internal/field"
)

// Fields is what an Elasticsearch says of the fields of some indices.
type Fields struct {
	// Indices is the number of indices that the patterns name.
	Indices int
	Streams []field.Stream
	Fields  []field.StreamField
	// Notes are what could not be learnt, for people.
	Notes []string
}

// Fields asks for the fields of all indices that some patterns name. A data stream is a stream of the catalog, and so are
// indices that differ only in date and number. Each is told by its newest index; where older ones of a stream have other
// types, one of each kind is a stream of its own beside it.
func (c *Client) Fields(ctx context.Context, patterns []string) (*Fields, error) {
	found := &Fields{}
	indices, chosen := map[string]bool{}, map[string]representative{}
	for _, part := range parts(patterns) {
		caps, err := c.capabilities(ctx, part)
		if err != nil {
			return nil, err
		}
		for _, f := range caps.Failures {
			found.Notes = append(found.Notes, c.wire.Show(fmt.Sprintf("%s did not answer: %s", strings.Join(f.Indices, ", "), f.Failure.Error.Reason)))
		}
		for _, index := range caps.Indices {
			indices[index] = true
		}
		for _, r := range caps.representatives() {
			chosen[r.index] = r
		}
	}
	found.Indices = len(indices)
	list := unlike(chosen)
	for _, r := range list {
		found.Streams = append(found.Streams, r.stream)
	}
	return found, c.describe(ctx, list, found)
}

// unlike are representatives sorted by stream, each with a name of its own: of two of one stream, which parts of the patterns
// may give, the older has the name of its index.
func unlike(chosen map[string]representative) []representative {
	newest := map[string]string{}
	for _, r := range chosen {
		newest[r.stream.Name] = max(newest[r.stream.Name], r.index)
	}
	var list []representative
	for _, r := range chosen {
		if newest[r.stream.Name] != r.index {
			r.stream.Name = r.index
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b representative) int { return cmp.Compare(a.stream.Name, b.stream.Name) })
	return list
}

// maxPath is how many bytes the names in the path of one request may have: Elasticsearch reads addresses of 4 kB.
const maxPath = 3000

// parts divides index patterns into as many as fit into one request each. What is taken out is taken out of each part.
func parts(patterns []string) [][]string {
	var in, out []string
	for _, p := range patterns {
		if strings.HasPrefix(p, "-") {
			out = append(out, p)
		} else {
			in = append(in, p)
		}
	}
	room := max(maxPath-size(out), maxPath/2)
	var list [][]string
	for part := range bySize(in, room, func(p string) string { return p }) {
		list = append(list, slices.Concat(part, out))
	}
	return list
}

func size(names []string) int {
	n := 0
	for _, name := range names {
		n += len(name) + 1
	}
	return n
}

// bySize yields consecutive parts of a list whose names have no more than some bytes together.
func bySize[T any](list []T, room int, name func(T) string) func(yield func([]T) bool) {
	return func(yield func([]T) bool) {
		start, used := 0, 0
		for i, item := range list {
			n := len(name(item)) + 1
			if i > start && used+n > room {
				if !yield(list[start:i]) {
					return
				}
				start, used = i, 0
			}
			used += n
		}
		if start < len(list) {
			yield(list[start:])
		}
	}
}

// capabilities are the answer about what fields can do: their types, and where those differ.
type capabilities struct {
	Indices []string
	// Fields are by name, and then by the name of the type.
	Fields   map[string]map[string]capability
	Failures []struct {
		Indices []string
		Failure struct{ Error struct{ Reason string } }
	}
}

type capability struct {
	Type     string `json:"type"`
	Metadata bool   `json:"metadata_field"`
	// Indices are those with this type, when there are others with another.
	Indices []string `json:"indices"`
}

func (c *Client) capabilities(ctx context.Context, patterns []string) (capabilities, error) {
	var told capabilities
	ignore := true
	err := c.ask(ctx, esapi.FieldCapsRequest{Index: inPath(patterns...), Fields: []string{"*"}, IgnoreUnavailable: &ignore, AllowNoIndices: &ignore}, &told)
	return told, err
}

// representative is an index that stands for a stream.
type representative struct {
	index  string
	stream field.Stream
}

// representatives chooses the indices to ask about, sorted by stream.
func (c capabilities) representatives() []representative {
	newest, group := map[string]string{}, map[string]string{}
	for _, index := range c.Indices {
		group[index] = streamOf(index)
		if newest[group[index]] < index {
			newest[group[index]] = index
		}
	}
	chosen := map[string]bool{}
	for _, index := range newest {
		chosen[index] = true
	}
	for _, name := range slices.Sorted(maps.Keys(c.Fields)) {
		c.addOthers(c.Fields[name], group, chosen)
	}
	var list []representative
	for index := range chosen {
		stream := field.Stream{Name: group[index], Index: localName(group[index])}
		if newest[stream.Name] != index {
			stream.Name = index
		}
		list = append(list, representative{index, stream})
	}
	slices.SortFunc(list, func(a, b representative) int { return cmp.Compare(a.stream.Name, b.stream.Name) })
	return list
}

// addOthers chooses, for a field of several types, an index for each type that no chosen index of its stream has.
func (c capabilities) addOthers(types map[string]capability, group map[string]string, chosen map[string]bool) {
	if len(types) < 2 {
		return
	}
	for _, kind := range slices.Sorted(maps.Keys(types)) {
		byStream := map[string]string{}
		covered := map[string]bool{}
		for _, index := range types[kind].Indices {
			stream, known := group[index]
			if !known {
				continue
			}
			covered[stream] = covered[stream] || chosen[index]
			byStream[stream] = max(byStream[stream], index)
		}
		for stream, index := range byStream {
			if !covered[stream] {
				chosen[index] = true
			}
		}
	}
}

// describe asks for the mappings of the chosen indices, or, where those may not be read, for the types alone.
func (c *Client) describe(ctx context.Context, chosen []representative, found *Fields) error {
	var local, remote []representative
	for _, r := range chosen {
		if strings.Contains(r.index, ":") {
			remote = append(remote, r)
		} else {
			local = append(local, r)
		}
	}
	if len(remote) > 0 {
		found.Notes = append(found.Notes, "other clusters tell the types of their fields and no more: multi-fields, analyzers, normalizers and ignore_above are missing for them")
	}
	var unread []string
	for part := range bySize(local, maxPath, func(r representative) string { return r.index }) {
		err := c.addMappings(ctx, part, found)
		var refused *Error
		switch {
		case errors.As(err, &refused) && refused.Forbidden():
			unread = append(unread, part[0].stream.Name)
			remote = append(remote, part...)
		case err != nil:
			return err
		}
	}
	if len(unread) > 0 {
		found.Notes = append(found.Notes, fmt.Sprintf("the right view_index_metadata is missing, so mappings could not be read (%s, for one): multi-fields, analyzers, normalizers and ignore_above are missing", unread[0]))
	}
	for _, r := range remote {
		if err := c.addTypes(ctx, r, found); err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) addMappings(ctx context.Context, part []representative, found *Fields) error {
	var names []string
	for _, r := range part {
		names = append(names, r.index)
	}
	var told map[string]struct{ Mappings mapping }
	ignore := true
	if err := c.ask(ctx, esapi.IndicesGetMappingRequest{Index: inPath(names...), IgnoreUnavailable: &ignore}, &told); err != nil {
		return err
	}
	for _, r := range part {
		for _, m := range told[r.index].Mappings.fields() {
			found.add(m, r)
		}
	}
	return nil
}

// addTypes adds the fields of one index by their capabilities.
func (c *Client) addTypes(ctx context.Context, r representative, found *Fields) error {
	caps, err := c.capabilities(ctx, []string{r.index})
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(caps.Fields)) {
		for kind, about := range caps.Fields[name] {
			// An object says nothing that the fields below it do not say.
			if m := (property{Type: kind}).mapping(name, name); !about.Metadata && kind != "object" && word(name) != "" {
				found.add(m, r)
			}
		}
	}
	return nil
}

func (f *Fields) add(m field.Mapping, r representative) {
	f.Fields = append(f.Fields, field.StreamField{Mapping: m, Streams: []string{r.stream.Name}})
}

// backing is how Elasticsearch names the indices behind a data stream: those that were shrunk, downsampled or mounted from a
// snapshot have words before that.
var backing = regexp.MustCompile(`^((?:[^:]+:)?)(?:(?:partial|restored|shrink-[^-]+|downsample-[^-]+)-)*\.(?:ds|fs)-(.+)-\d{4}\.\d{2}\.\d{2}-\d{6,}$`)

// numbered is an index of a series: by day, by month, by number, or by both.
var numbered = regexp.MustCompile(`^(.*?[^-._])([-._]\d{4}([-._]\d{2}){1,2}([-._]\d{1,6})?|[-._]\d{6})$`)

// streamOf is what an index is a part of: its data stream, or the series that it stands in, or itself.
func streamOf(index string) string {
	if m := backing.FindStringSubmatch(index); m != nil {
		return m[1] + m[2]
	}
	if m := numbered.FindStringSubmatch(index); m != nil {
		return m[1] + "-*"
	}
	return index
}

// localName is the name of an index without that of its cluster.
func localName(index string) string { return index[strings.LastIndexByte(index, ':')+1:] }
