package rule

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// mode is what a codec does with the fields that a table names.
type mode uint8

const (
	decoding mode = iota
	encoding
	listing // only collects the names
)

// codec carries the values of one table between a JSON-like map and a struct. The struct's fields method calls
// one codec method for each field.
type codec struct {
	*session
	mode  mode
	table map[string]any
	rec   *record
	seen  int
	names []string
}

// session is what the codecs of one decode or encode share.
type session struct {
	api      bool // Kibana's JSON, not TOML
	path     []string
	problems []mismatch
}

// mismatch is a value that has no place in the model.
type mismatch struct {
	path []string
	// want names what should stand there, such as "a string"; "" when the key itself is unknown.
	want string
	// known are the names that the table has, for an unknown key.
	known []string
}

// record is what a table remembers besides its fields.
type record struct {
	// Extra holds the keys of Kibana's JSON that the model does not know. It is nil for a rule read from TOML,
	// where an unknown key is a finding.
	Extra map[string]any
	// zero names the plain fields that were written although they hold the zero value.
	zero []string
}

// mapped is a table of a rule.
type mapped[T any] interface {
	*T
	fields(*codec)
}

// keep tells the codec where the table's record is; every fields method begins with it.
func (c *codec) keep(rec *record) {
	c.rec = rec
	if c.mode == encoding {
		for name, value := range rec.Extra {
			c.table[name] = c.generic(value, name)
		}
	}
}

// take gives the value of a field while decoding.
func (c *codec) take(name string) (any, bool) {
	if c.mode == listing {
		c.names = append(c.names, name)
		return nil, false
	}
	value, ok := c.table[name]
	if !ok {
		return nil, false
	}
	if value == nil && c.api { // Kibana's null is kept as it is, in Extra
		return nil, false
	}
	c.seen++
	return value, true
}

// zero remembers a zero value that was written.
func (c *codec) zero(name string) { c.rec.zero = append(c.rec.zero, name) }

// written tells whether a zero value is to be encoded.
func (c *codec) written(name string) bool { return slices.Contains(c.rec.zero, name) }

func (c *codec) mismatch(want string, path ...string) {
	c.problems = append(c.problems, mismatch{path: slices.Concat(c.path, path), want: want})
}

// unknown deals with the keys that no field asked for.
func (c *codec) unknown(fields func(*codec)) {
	if c.seen == len(c.table) {
		return
	}
	list := codec{mode: listing, session: &session{api: c.api}}
	fields(&list)
	for _, name := range slices.Sorted(maps.Keys(c.table)) {
		value := c.table[name]
		if slices.Contains(list.names, name) && (value != nil || !c.api) {
			continue
		}
		if c.api {
			if c.rec.Extra == nil {
				c.rec.Extra = map[string]any{}
			}
			c.rec.Extra[name] = c.generic(value, name)
			continue
		}
		c.problems = append(c.problems, mismatch{path: slices.Concat(c.path, []string{name}), known: list.names})
	}
}

func text[T ~string](c *codec, name string, p *T) {
	if c.mode == encoding {
		if *p != "" || c.written(name) {
			c.table[name] = string(*p)
		}
		return
	}
	value, ok := c.take(name)
	if !ok {
		return
	}
	s, ok := value.(string)
	if !ok {
		c.mismatch("a string", name)
		return
	}
	if *p = T(s); s == "" {
		c.zero(name)
	}
}

func number(c *codec, name string, p *int) {
	if c.mode == encoding {
		if *p != 0 || c.written(name) {
			c.table[name] = json.Number(strconv.Itoa(*p))
		}
		return
	}
	value, ok := c.take(name)
	if !ok {
		return
	}
	n, ok := integer(value, c.api)
	if !ok {
		c.mismatch("an integer", name)
		return
	}
	if *p = n; n == 0 {
		c.zero(name)
	}
}

func flag(c *codec, name string, p **bool) {
	if c.mode == encoding {
		if *p != nil {
			c.table[name] = **p
		}
		return
	}
	value, ok := c.take(name)
	if !ok {
		return
	}
	b, ok := value.(bool)
	if !ok {
		c.mismatch("a boolean", name)
		return
	}
	*p = &b
}

func texts[T ~string](c *codec, name string, p *[]T) {
	if c.mode == encoding {
		if *p != nil {
			c.table[name] = anyTexts(*p)
		}
		return
	}
	if value, ok := c.take(name); ok {
		*p, _ = takeTexts[T](c, name, value)
	}
}

func textOrList(c *codec, name string, p **TextOrList) {
	if c.mode == encoding {
		switch {
		case *p == nil:
		case (*p).Single:
			c.table[name] = (*p).Values[0]
		default:
			c.table[name] = anyTexts((*p).Values)
		}
		return
	}
	value, ok := c.take(name)
	if !ok {
		return
	}
	if s, ok := value.(string); ok {
		*p = &TextOrList{Values: []string{s}, Single: true}
		return
	}
	if values, ok := takeTexts[string](c, name, value); ok {
		*p = &TextOrList{Values: values}
	}
}

func anyTexts[T ~string](values []T) []any {
	out := make([]any, len(values))
	for i, s := range values {
		out[i] = string(s)
	}
	return out
}

func takeTexts[T ~string](c *codec, name string, value any) ([]T, bool) {
	items, ok := value.([]any)
	if !ok {
		c.mismatch("an array of strings", name)
		return nil, false
	}
	out := make([]T, 0, len(items))
	for i, item := range items {
		s, ok := item.(string)
		if !ok {
			c.mismatch("a string", name, strconv.Itoa(i))
			continue
		}
		out = append(out, T(s))
	}
	return out, true
}

// table carries a table that may be absent.
func table[T any, P mapped[T]](c *codec, name string, p **T) {
	if c.mode == encoding {
		if *p != nil {
			c.table[name] = encodeTable[T, P](c.session, *p)
		}
		return
	}
	value, ok := c.take(name)
	if !ok {
		return
	}
	t := new(T)
	if decodeTable[T, P](c.session, t, value, name) {
		*p = t
	}
}

// tables carries an array of tables.
func tables[T any, P mapped[T]](c *codec, name string, p *[]T) {
	if c.mode == encoding {
		if *p != nil {
			c.table[name] = encodeTables[T, P](c.session, *p)
		}
		return
	}
	value, ok := c.take(name)
	if !ok {
		return
	}
	items, ok := anyItems(value)
	if !ok {
		c.mismatch("an array of tables", name)
		return
	}
	*p = decodeTables[T, P](c.session, items, name)
}

// tableLists carries an array of arrays of tables.
func tableLists[T any, P mapped[T]](c *codec, name string, p *[][]T) {
	if c.mode == encoding {
		return // stands in repository-only tables alone
	}
	value, ok := c.take(name)
	if !ok {
		return
	}
	lists, ok := anyItems(value)
	if !ok {
		c.mismatch("an array of arrays of tables", name)
		return
	}
	*p = make([][]T, 0, len(lists))
	for i, list := range lists {
		items, ok := anyItems(list)
		if !ok {
			c.mismatch("an array of tables", name, strconv.Itoa(i))
			continue
		}
		*p = append(*p, decodeTables[T, P](c.session, items, name, strconv.Itoa(i)))
	}
}

func decodeTables[T any, P mapped[T]](s *session, items []any, path ...string) []T {
	out := make([]T, 0, len(items))
	for i, item := range items {
		var t T
		if decodeTable[T, P](s, &t, item, append(slices.Clip(path), strconv.Itoa(i))...) {
			out = append(out, t)
		}
	}
	return out
}

func encodeTables[T any, P mapped[T]](s *session, items []T) []any {
	out := make([]any, len(items))
	for i := range items {
		out[i] = encodeTable[T, P](s, &items[i])
	}
	return out
}

// decodeTable reads one table; the path leads to it from the session's current one.
func decodeTable[T any, P mapped[T]](s *session, t *T, value any, path ...string) bool {
	m, ok := value.(map[string]any)
	if !ok {
		s.problems = append(s.problems, mismatch{path: slices.Concat(s.path, path), want: "a table"})
		return false
	}
	depth := len(s.path)
	s.path = append(s.path, path...)
	c := codec{session: s, mode: decoding, table: m}
	P(t).fields(&c)
	c.unknown(P(t).fields)
	s.path = s.path[:depth]
	return true
}

func encodeTable[T any, P mapped[T]](s *session, t *T) map[string]any {
	c := codec{session: s, mode: encoding, table: map[string]any{}}
	P(t).fields(&c)
	return c.table
}
