package event

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/diag"
	"github.com/tocsin-rules/tocsin/internal/source"
)

// Decoder decodes events one after another and remembers their field names, so that many events share them. It is
// not safe for concurrent use.
type Decoder struct {
	ids   map[step]int32
	named map[string]int32
	names []string

	// Of the document at hand: the values as they come, the field of each, and how many values each field has.
	values []Scalar
	fields []int32
	counts []int32
	order  []int32
}

// step is one key below a known path.
type step struct {
	parent int32
	key    string
}

const root int32 = -1

// NewDecoder makes a decoder that knows no field yet.
func NewDecoder() *Decoder {
	return &Decoder{ids: map[step]int32{}, named: map[string]int32{}}
}

// Decode reads one event: an object, or a search hit whose "_source" or "fields" is the object. Text must hold
// nothing after it.
func (d *Decoder) Decode(text string) (*Document, *diag.Problem) {
	s := &scanner{text: text}
	doc := d.next(s)
	if s.err == nil && s.peek() != 0 {
		s.unexpected(0, "the end of the event")
	}
	if s.err != nil {
		return nil, s.err
	}
	return doc, nil
}

func (d *Decoder) decodeBelow(text, path string) (*Document, *diag.Problem) {
	s := &scanner{text: text}
	d.clear()
	if !d.object(s, d.path(root, path), 0) {
		return nil, s.err
	}
	return &Document{leaves: d.leaves(), source: text, base: path}, nil
}

// next reads the event that begins at the scanner's place; the scanner's err tells a problem.
func (d *Decoder) next(s *scanner) *Document {
	if s.peek() != '{' {
		s.unexpected(s.at, "an event, which is an object in braces")
		return nil
	}
	d.clear()
	doc := &Document{}
	start, hit, onlyHitKeys := s.at, false, true
	seen := keySet{}
	ok := s.members(func(key string, at source.Span) bool {
		id := d.path(root, key)
		if !seen.add(id) {
			return s.duplicate(at)
		}
		switch {
		case key == "_id" || key == "_index":
			return d.name(s, doc, key)
		case key == "_version" && s.peek() >= '0' && s.peek() <= '9':
			text, ok := s.number()
			doc.Version, _ = strconv.ParseInt(text, 10, 64) // what is no whole number is none
			return ok
		case key == "_source" && s.peek() == '{':
			d.clear()
			hit = true
			from := s.at
			ok := d.object(s, root, 1)
			doc.source = s.text[from:s.at]
			return ok
		case hit:
			return s.skip(1)
		}
		onlyHitKeys = onlyHitKeys && (key == "fields" || slices.Contains(hitKeys, key))
		return d.value(s, id, 1)
	})
	if !ok {
		return nil
	}
	if !hit {
		doc.source = s.text[start:s.at]
	}
	doc.leaves = d.leaves()
	if !hit && onlyHitKeys && doc.ID+doc.Index != "" {
		doc.takeFields()
	}
	return doc
}

// hitKeys are what a search hit has beside "_id", "_index", "_source" and "fields".
var hitKeys = []string{"_score", "_version", "_seq_no", "_primary_term", "_type", "_routing", "_ignored", "sort", "highlight", "ignored_field_values", "matched_queries"}

func (d *Decoder) name(s *scanner, doc *Document, key string) bool {
	if s.peek() != '"' {
		return s.unexpected(s.at, "a string as "+key)
	}
	text, ok := s.str()
	if key == "_id" {
		doc.ID = text
	} else {
		doc.Index = text
	}
	return ok
}

// takeFields turns a hit that has "fields" instead of "_source" into the event.
func (d *Document) takeFields() {
	leaves := d.leaves[:0]
	for _, leaf := range d.leaves {
		if name, ok := strings.CutPrefix(leaf.Path, "fields."); ok {
			leaves = append(leaves, Leaf{Path: name, Values: leaf.Values})
		}
	}
	d.leaves = leaves
	for _, span := range objectsAt(d.source, "fields") {
		d.source = d.source[span.Start:span.End]
		break
	}
}

func (d *Decoder) object(s *scanner, parent int32, depth int) bool {
	if depth > maxDepth {
		return s.tooDeep()
	}
	seen := keySet{}
	return s.members(func(key string, at source.Span) bool {
		id := d.path(parent, key)
		if !seen.add(id) {
			return s.duplicate(at)
		}
		return d.value(s, id, depth+1)
	})
}

func (d *Decoder) value(s *scanner, id int32, depth int) bool {
	switch s.peek() {
	case '{':
		return d.object(s, id, depth)
	case '[':
		if depth > maxDepth {
			return s.tooDeep()
		}
		return s.elements(func() bool { return d.value(s, id, depth+1) })
	}
	value, isNull, ok := s.scalar()
	if ok && !isNull {
		d.add(id, value)
	}
	return ok
}

func (s *scanner) duplicate(at source.Span) bool {
	return s.fail(at.Start, at.End, "the key "+s.text[at.Start:at.End]+" stands twice in one object", "Elasticsearch refuses such an event; write several values as an array")
}

// path gives the number of the field that a key names below a parent.
func (d *Decoder) path(parent int32, key string) int32 {
	if id, ok := d.ids[step{parent, key}]; ok {
		return id
	}
	name := key
	if parent != root {
		name = d.names[parent] + "." + key
	}
	id, ok := d.named[name]
	if !ok {
		id = int32(len(d.names))
		name = strings.Clone(name)
		d.names = append(d.names, name)
		d.counts = append(d.counts, 0)
		d.named[name] = id
	}
	d.ids[step{parent, strings.Clone(key)}] = id
	return id
}

func (d *Decoder) add(id int32, value Scalar) {
	if d.counts[id] == 0 {
		d.order = append(d.order, id)
	}
	d.counts[id]++
	d.values = append(d.values, value)
	d.fields = append(d.fields, id)
}

func (d *Decoder) clear() {
	for _, id := range d.order {
		d.counts[id] = 0
	}
	d.values, d.fields, d.order = d.values[:0], d.fields[:0], d.order[:0]
}

// leaves groups the values of the document at hand by field, in two allocations.
func (d *Decoder) leaves() []Leaf {
	slab := make([]Scalar, len(d.values))
	leaves := make([]Leaf, len(d.order))
	at := int32(0)
	for i, id := range d.order {
		count := d.counts[id]
		leaves[i] = Leaf{Path: d.names[id], Values: slab[at : at : at+count]}
		at += count
		d.counts[id] = int32(i)
	}
	for i, id := range d.fields {
		leaf := &leaves[d.counts[id]]
		leaf.Values = append(leaf.Values, d.values[i])
	}
	return leaves
}

// keySet finds a key that stands twice in an object: by a short list first, by a map when the object is large.
type keySet struct {
	list [16]int32
	n    int
	more map[int32]bool
}

func (k *keySet) add(id int32) bool {
	if slices.Contains(k.list[:k.n], id) || k.more[id] {
		return false
	}
	if k.n < len(k.list) {
		k.list[k.n] = id
		k.n++
		return true
	}
	if k.more == nil {
		k.more = map[int32]bool{}
	}
	k.more[id] = true
	return true
}

// objectsAt finds the objects that stand at a dotted path of a JSON object, through arrays.
func objectsAt(text, path string) []source.Span {
	s := &scanner{text: text}
	var found []source.Span
	var value func(rest string, depth int) bool
	members := func(rest string, depth int) bool {
		return s.members(func(key string, _ source.Span) bool {
			if key == rest {
				return value("", depth+1)
			}
			if below, ok := strings.CutPrefix(rest, key+"."); ok {
				return value(below, depth+1)
			}
			return s.skip(depth + 1)
		})
	}
	value = func(rest string, depth int) bool {
		switch c := s.peek(); {
		case depth > maxDepth:
			return s.tooDeep()
		case c == '[':
			return s.elements(func() bool { return value(rest, depth+1) })
		case c == '{' && rest == "":
			start := s.at
			ok := s.skip(depth)
			found = append(found, source.Span{Start: start, End: s.at})
			return ok
		case c == '{':
			return members(rest, depth)
		}
		return s.skip(depth)
	}
	if s.peek() == '{' {
		members(path, 0)
	}
	return found
}
