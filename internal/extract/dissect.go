package extract

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Dissect is a compiled DISSECT pattern: keys, each with the delimiter behind it.
type Dissect struct {
	leading   string
	keys      []dissectKey
	names     []string
	separator string
}

type dissectKey struct {
	// field is the place in names that the key fills, -1 for one that is skipped.
	field     int
	name      string
	skip      bool
	add       bool // + : joins what the keys of one name take
	order     int  // of /n; -1 without
	padded    bool // -> : passes over repeated delimiters
	delimiter string
}

// CompileDissect compiles a pattern; the separator stands between the parts that %{+key} joins.
func CompileDissect(pattern, separator string) (*Dissect, error) {
	d := &Dissect{separator: separator}
	leading, rest, ok := strings.Cut(pattern, "%{")
	if !ok {
		return nil, dissectError(pattern, "Unable to find any keys or delimiters.")
	}
	d.leading = leading
	for ok {
		text, behind, closed := strings.Cut(rest, "}")
		if !closed {
			break
		}
		key, err := readKey(text)
		if err != nil {
			return nil, dissectError(pattern, err.Error())
		}
		key.delimiter, rest, ok = cutDelimiter(behind)
		d.keys = append(d.keys, key)
	}
	d.number()
	if len(d.names) == 0 {
		return nil, dissectError(pattern, "Unable to find any keys or delimiters.")
	}
	return d, nil
}

// cutDelimiter cuts off the text up to the next key. It has at least one character: a key that follows at once is no
// key but part of the delimiter (Elasticsearch: DissectParser).
func cutDelimiter(text string) (delimiter, rest string, more bool) {
	if text == "" {
		return "", "", false
	}
	_, size := utf8.DecodeRuneInString(text)
	delimiter, rest, more = strings.Cut(text[size:], "%{")
	return text[:size] + delimiter, rest, more
}

func dissectError(pattern, reason string) error {
	return fmt.Errorf("invalid pattern for dissect: [%s]: %s", pattern, reason)
}

// readKey reads what stands in %{...}.
func readKey(text string) (dissectKey, error) {
	key := dissectKey{order: -1}
	text, key.padded = strings.CutSuffix(text, "->")
	if text == "" {
		key.skip = true
		return key, nil
	}
	switch text[0] {
	case '?':
		key.skip = true
		key.name = text[1:]
		return key, nil
	case '*', '&':
		return key, fmt.Errorf("reference keys not supported in dissect patterns: [%%{%s}]", text)
	case '+':
		key.add = true
		text = text[1:]
		if name, order, ok := strings.Cut(text, "/"); ok {
			if n, err := strconv.ParseUint(order, 10, 31); err == nil {
				text, key.order = name, int(n)
			}
		}
	}
	if text == "" {
		return key, errors.New("the key has no name")
	}
	key.name = text
	return key, nil
}

// number gives each key its field. A key without + whose name another one appends to takes part as well.
func (d *Dissect) number() {
	appended := map[string]bool{}
	for _, key := range d.keys {
		if key.add {
			appended[key.name] = true
		}
	}
	for i := range d.keys {
		key := &d.keys[i]
		if key.skip {
			key.field = -1
			continue
		}
		key.add = appended[key.name]
		if key.field = slices.Index(d.names, key.name); key.field < 0 {
			key.field = len(d.names)
			d.names = append(d.names, key.name)
		}
	}
}

// Names are the keys that the pattern fills, in the order in which it names them.
func (d *Dissect) Names() []string { return d.names }

// DissectRun runs a pattern; each goroutine needs its own.
type DissectRun struct {
	dissect *Dissect
	taken   []string // by key
	values  []string // by field
	joined  []int    // keys, in the order in which they are joined
}

// Run makes what runs the pattern.
func (d *Dissect) Run() *DissectRun {
	r := &DissectRun{dissect: d, taken: make([]string, len(d.keys)), values: make([]string, len(d.names))}
	for i, key := range d.keys {
		if key.add && key.field >= 0 {
			r.joined = append(r.joined, i)
		}
	}
	slices.SortStableFunc(r.joined, func(a, b int) int {
		return cmp.Or(cmp.Compare(d.keys[a].field, d.keys[b].field), cmp.Compare(d.position(a), d.position(b)))
	})
	return r
}

// position is where a key's part stands among those of its name: where /n says, or in the order of the pattern, which
// counts over all keys that append without one.
func (d *Dissect) position(i int) int {
	if order := d.keys[i].order; order >= 0 {
		return order
	}
	n := 0
	for _, key := range d.keys[:i] {
		if key.add && key.order < 0 {
			n++
		}
	}
	return n
}

// Text takes one text apart and gives the values in the order of Names; false when the pattern does not fit. The
// slice is valid until the next text.
func (r *DissectRun) Text(text string) ([]string, bool) {
	d := r.dissect
	if len(text) <= len(d.leading) || !strings.HasPrefix(text, d.leading) || !r.take(text[len(d.leading):]) {
		return nil, false
	}
	for i, key := range d.keys {
		if key.field >= 0 && !key.add {
			r.values[key.field] = r.taken[i]
		}
	}
	for k := 0; k < len(r.joined); {
		k = r.join(k)
	}
	return r.values, true
}

// join joins the parts of one name, and gives where the next one's begin.
func (r *DissectRun) join(from int) int {
	field := r.dissect.keys[r.joined[from]].field
	to := from + 1
	for to < len(r.joined) && r.dissect.keys[r.joined[to]].field == field {
		to++
	}
	if to == from+1 {
		r.values[field] = r.taken[r.joined[from]]
		return to
	}
	var all strings.Builder
	for k := from; k < to; k++ {
		if k > from {
			all.WriteString(r.dissect.separator)
		}
		all.WriteString(r.taken[r.joined[k]])
	}
	r.values[field] = all.String()
	return to
}

// take gives each key its part. Where a delimiter comes several times in a row, each further one is an empty value for
// the next key, whatever that key's own delimiter is, unless the key before it is padded (Elasticsearch: DissectParser).
func (r *DissectRun) take(rest string) bool {
	keys := r.dissect.keys
	k := 0
	for rest != "" && keys[k].delimiter != "" {
		delimiter := keys[k].delimiter
		at := strings.Index(rest, delimiter)
		if at < 0 {
			return false
		}
		r.taken[k] = rest[:at]
		rest = rest[at+len(delimiter):]
		for strings.HasPrefix(rest, delimiter) {
			rest = rest[len(delimiter):]
			if keys[k].padded {
				continue
			}
			if k+1 == len(keys) {
				break
			}
			k++
			r.taken[k] = ""
		}
		if k++; k == len(keys) {
			return true
		}
	}
	// The last key takes the rest.
	if k != len(keys)-1 || keys[k].delimiter != "" {
		return false
	}
	r.taken[k] = rest
	return true
}
