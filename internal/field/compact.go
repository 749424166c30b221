package field

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/match"
)

// Compact is a catalog of many fields in several data streams: those of an integration package, or of a cluster. Its text
// is sorted, so that a name is found by halving, and nothing has to be built before the first question.
type Compact struct {
	// Name is how the file is shown.
	Name string
	Header
	// body are the lines of the fields, and starts where each of them begins.
	body   string
	starts []int32
	// patterns are the lines about whatever is below a field, "a.*", or at a place within a name, "a.*.b": the longest first.
	patterns []pattern
}

type pattern struct {
	name string
	glob *match.Wildcard
}

// Header is what a compact catalog says of itself.
type Header struct {
	// Source is "package" or "environment"; Title is the name of the one or the other, Version that of a package.
	Source, Title, Version string
	// Kibana is the range of Kibana's versions that the package runs on, in npm's grammar.
	Kibana string
	// Templates are the package's policy templates: its integrations.
	Templates []string
	Streams   []Stream
}

// Stream is a data stream with the index pattern that its data is in.
type Stream struct{ Name, Index string }

// The sources of a compact catalog.
const (
	FromPackage     = "package"
	FromEnvironment = "environment"
)

// StreamField is a field as some data streams have it. No streams are all of the catalog.
type StreamField struct {
	Mapping
	Streams []string
}

// ParseCompact reads the text of a compact catalog. The error names the line.
func ParseCompact(name, text string) (*Compact, error) {
	c := &Compact{Name: name}
	number := 0
	for strings.HasPrefix(text, "#") {
		line, rest, _ := strings.Cut(text, "\n")
		number++
		if err := c.head(strings.Fields(line[1:])); err != nil {
			return nil, &LineError{number, err}
		}
		text = rest
	}
	if c.Source == "" || len(c.Streams) == 0 {
		return nil, &LineError{1, fmt.Errorf(`it is no catalog: a line "# package NAME VERSION" or "# environment NAME", and lines "# stream NAME INDEX", are missing`)}
	}
	c.body = text
	return c, c.verify(number)
}

// LineError is a mistake in a line of a catalog, counted from 1.
type LineError struct {
	Line int
	Err  error
}

// Error tells line and reason.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap gives the reason.
func (e *LineError) Unwrap() error { return e.Err }

func (c *Compact) head(words []string) error {
	if len(words) < 2 {
		return nil
	}
	switch words[0] {
	case FromPackage, FromEnvironment:
		c.Source, c.Title = words[0], words[1]
		if len(words) > 2 {
			c.Version = words[2]
		}
	case "kibana":
		c.Kibana = strings.Join(words[1:], " ")
	case "template":
		c.Templates = append(c.Templates, words[1])
	case "stream":
		if len(words) != 3 {
			return fmt.Errorf("a stream has a name and an index pattern")
		}
		c.Streams = append(c.Streams, Stream{words[1], words[2]})
	}
	return nil
}

// verify reads every line once: lines in order, types that there are, streams that there are.
func (c *Compact) verify(number int) error {
	before, at := "", 0
	c.starts = make([]int32, 0, strings.Count(c.body, "\n")+1)
	for line := range strings.Lines(c.body) {
		number++
		c.starts = append(c.starts, int32(at))
		at += len(line)
		line = strings.TrimSuffix(line, "\n")
		name, rest, _ := strings.Cut(line, "\t")
		kind, _, _ := strings.Cut(rest, "\t")
		switch {
		case name == "":
			return &LineError{number, fmt.Errorf("a field has no name")}
		case line <= before:
			return &LineError{number, fmt.Errorf("the lines are not sorted: %s stands behind %s", name, fieldOf(before))}
		case typeByName(kind) == Invalid:
			_, err := ParseType(kind)
			return &LineError{number, err}
		}
		before = line
		if strings.Contains(name, "*") && (len(c.patterns) == 0 || c.patterns[len(c.patterns)-1].name != name) {
			c.patterns = append(c.patterns, pattern{name, match.Glob(name)})
		}
	}
	slices.SortStableFunc(c.patterns, func(a, b pattern) int { return len(b.name) - len(a.name) })
	return nil
}

func fieldOf(line string) string {
	name, _, _ := strings.Cut(line, "\t")
	return name
}

// typeByName is ParseType without words for a mistake: a switch over constants is the quickest way to read thousands.
func typeByName(name string) Type {
	for t := Keyword; int(t) < len(typeNames); t++ {
		if typeNames[t] == name {
			return t
		}
	}
	return Invalid
}

// Select gives the fields of the streams whose data some index patterns cover; nil when they cover none. "*" and "logs-*"
// cover all of them, and say so little about a rule's data that they count as well.
func (c *Compact) Select(indices []string) *Selection {
	s := &Selection{catalog: c}
	for i, stream := range c.Streams {
		if len(indices) == 0 || covers(stream.Index, indices) {
			s.chosen = append(s.chosen, i)
		}
	}
	if len(s.chosen) == 0 {
		return nil
	}
	return s
}

func covers(own string, indices []string) bool {
	covered := false
	for _, index := range indices {
		index, excluded := strings.CutPrefix(index, "-")
		// A remote cluster's indices have the fields of the local ones of the same name.
		index = index[strings.LastIndexByte(index, ':')+1:]
		if !match.Overlap(own, index) {
			continue
		}
		if excluded && match.Glob(index).Match(own) {
			return false
		}
		covered = covered || !excluded
	}
	return covered
}

// Selection are the fields of some streams of a catalog. It is immutable and safe for concurrent use.
type Selection struct {
	catalog *Compact
	// chosen are the streams by their place in the header.
	chosen []int
}

// Catalog is the catalog that the streams belong to.
func (s *Selection) Catalog() *Compact { return s.catalog }

// Streams are the chosen streams in the order of the catalog.
func (s *Selection) Streams() []Stream {
	list := make([]Stream, 0, len(s.chosen))
	for _, i := range s.chosen {
		list = append(list, s.catalog.Streams[i])
	}
	return list
}

// Lookup gives the field as the first stream has it that has it at all. A line of "a.*" stands for whatever is below "a", and one
// of "a.*.b" for whatever is between.
func (s *Selection) Lookup(name string) (Mapping, bool) {
	if m, ok := s.exact(name); ok {
		return m, true
	}
	for _, p := range s.catalog.patterns {
		if !p.glob.Match(name) {
			continue
		}
		if m, ok := s.exact(p.name); ok {
			m.Name, m.Path = name, name
			return m, true
		}
	}
	return Mapping{}, false
}

// Only is the selection without the streams that keep refuses; nil when none is left.
func (s *Selection) Only(keep func(Stream) bool) *Selection {
	less := &Selection{catalog: s.catalog}
	for _, i := range s.chosen {
		if keep(s.catalog.Streams[i]) {
			less.chosen = append(less.chosen, i)
		}
	}
	if len(less.chosen) == 0 {
		return nil
	}
	return less
}

// Holds tells whether the chosen streams have a field below a path.
func (s *Selection) Holds(path string) bool {
	for line := range s.catalog.with(path + ".") {
		if s.first(strings.SplitN(line, "\t", 4)) >= 0 {
			return true
		}
	}
	return false
}

func (s *Selection) exact(name string) (Mapping, bool) {
	var found []string
	earliest := len(s.catalog.Streams)
	for line := range s.catalog.lines(name) {
		columns := strings.SplitN(line, "\t", 4)
		if i := s.first(columns); i >= 0 && i < earliest {
			found, earliest = columns, i
		}
	}
	if found == nil {
		return Mapping{}, false
	}
	return s.mapping(found, earliest), true
}

// Places gives the field as each of the chosen streams has it, in the order of the catalog; a stream that does not have it
// gives a mapping of the type Invalid.
func (s *Selection) Places(name string) []Mapping {
	found := make([]Mapping, len(s.chosen))
	for i, stream := range s.chosen {
		found[i] = Mapping{Name: name, Path: name, Origin: s.origin(stream)}
	}
	for line := range s.catalog.lines(name) {
		columns := strings.SplitN(line, "\t", 4)
		for i, stream := range s.chosen {
			if s.catalog.holds(columns, stream) {
				found[i] = s.mapping(columns, stream)
			}
		}
	}
	return found
}

// Names are the names of all fields of the chosen streams.
func (s *Selection) Names() []string {
	var names []string
	for line := range strings.Lines(s.catalog.body) {
		columns := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 4)
		if (len(names) == 0 || names[len(names)-1] != columns[0]) && s.first(columns) >= 0 {
			names = append(names, columns[0])
		}
	}
	return names
}

// first is the first chosen stream that a line is about, or -1.
func (s *Selection) first(columns []string) int {
	for _, i := range s.chosen {
		if s.catalog.holds(columns, i) {
			return i
		}
	}
	return -1
}

// holds tells whether a line is about a stream. The lines of a package name the streams; those of an environment, which may
// have hundreds, count them from 1, in ranges.
func (c *Compact) holds(columns []string, stream int) bool {
	if len(columns) < 4 || columns[3] == "" {
		return true
	}
	for own := range strings.SplitSeq(columns[3], " ") {
		if c.Source == FromPackage {
			if own == c.Streams[stream].Name {
				return true
			}
			continue
		}
		from, to, isRange := strings.Cut(own, "-")
		if !isRange {
			to = from
		}
		first, _ := strconv.Atoi(from)
		last, _ := strconv.Atoi(to)
		if first <= stream+1 && stream+1 <= last {
			return true
		}
	}
	return false
}

func (s *Selection) origin(stream int) string {
	return s.catalog.Title + " " + s.catalog.Streams[stream].Name + " (" + s.catalog.Name + ")"
}

func (s *Selection) mapping(columns []string, stream int) Mapping {
	m := Mapping{Name: columns[0], Path: columns[0], Type: typeByName(columns[1]), Origin: s.origin(stream)}
	if len(columns) < 3 {
		return m
	}
	for option := range strings.SplitSeq(columns[2], " ") {
		key, value, _ := strings.Cut(option, "=")
		switch key {
		case "path":
			m.Path = value
		case "analyzer":
			m.Analyzer = value
		case "normalizer":
			m.Normalizer = value
		case "ignore_above":
			m.IgnoreAbove, _ = strconv.Atoi(value)
		case "array":
			m.Array = true
		case "runtime":
			m.Runtime = true
		}
	}
	return m
}

// lines yields the lines of a field, found by halving the text.
func (c *Compact) lines(name string) func(yield func(string) bool) { return c.with(name + "\t") }

// with yields the lines that begin with a prefix.
func (c *Compact) with(prefix string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		at := sort.Search(len(c.starts), func(i int) bool { return c.body[c.starts[i]:] >= prefix })
		for ; at < len(c.starts); at++ {
			line, _, _ := strings.Cut(c.body[c.starts[at]:], "\n")
			if !strings.HasPrefix(line, prefix) || !yield(line) {
				return
			}
		}
	}
}
