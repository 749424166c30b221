package detect

import (
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/match"
)

// shape is what writing an alert document needs to know of the fields. It is worked out when the first document is wanted.
type shape struct {
	once    sync.Once
	objects map[string]bool
	aliases []field.Mapping
}

func (d *Detector) shape() *shape {
	d.shapes.once.Do(func() {
		d.shapes.objects = map[string]bool{}
		for _, name := range d.env.Schema.Names() {
			m, ok := d.env.Schema.Lookup(name)
			if !ok {
				continue
			}
			if m.Path != m.Name && !strings.HasPrefix(m.Name, m.Path+".") {
				d.shapes.aliases = append(d.shapes.aliases, m)
			}
			if !isECS(m) || m.Path != m.Name {
				continue
			}
			for i := strings.LastIndexByte(name, '.'); i > 0; i = strings.LastIndexByte(name[:i], '.') {
				d.shapes.objects[name[:i]] = true
			}
		}
	})
	return d.shapes
}

// aliases are the fields whose values stand under another name.
func (d *Detector) aliases() []field.Mapping { return d.shape().aliases }

func isECS(m field.Mapping) bool { return strings.HasPrefix(m.Origin, "ECS") }

// strip drops what an alert cannot hold because ECS gives the field another type: the alerts index is mapped by ECS, whatever
// the source index is (Kibana: stripNonEcsFields).
func (d *Detector) strip(tree map[string]any, parent string) {
	for key, value := range tree {
		path := key
		if parent != "" {
			path = parent + "." + key
		}
		if kept, ok := d.kept(path, value); ok {
			tree[key] = kept
		} else {
			delete(tree, key)
		}
	}
}

// kept gives what remains of a value, and whether anything does.
func (d *Detector) kept(path string, value any) (any, bool) {
	switch value := value.(type) {
	case map[string]any:
		m, ok := d.env.Schema.Lookup(path)
		if ok && isECS(m) && !holdsObjects(m.Type) && !d.shape().objects[path] {
			return nil, false
		}
		d.strip(value, path)
		return value, true
	case []any:
		list := []any{}
		for _, item := range value {
			if one, ok := d.kept(path, item); ok {
				list = append(list, one)
			}
		}
		return list, len(list) > 0 || len(value) == 0
	case nil:
		return nil, true
	}
	return value, d.fits(path, value)
}

func holdsObjects(t field.Type) bool {
	return t == field.Object || t == field.Nested || t == field.Flattened || t == field.GeoPoint || t == field.GeoShape
}

// fits tells whether a scalar can be indexed in the field of ECS that has its name.
func (d *Detector) fits(path string, value any) bool {
	m, ok := d.env.Schema.Lookup(path)
	if !ok || !isECS(m) {
		return !d.shape().objects[path]
	}
	text, isString := value.(string)
	number, _ := value.(json.Number)
	_, isBool := value.(bool)
	switch {
	case m.Type == field.IP:
		_, ok := match.ParseAddress(text)
		return isString && ok
	case m.Type.IsDate():
		_, err := datemath.Parse(text+number.String(), time.Time{}, datemath.Down)
		return err == nil && !isBool
	case m.Type == field.Boolean:
		return isBool || isString && (text == "true" || text == "false" || text == "")
	case m.Type.IsNumber():
		_, err := strconv.ParseFloat(text+number.String(), 64)
		return err == nil && !isBool
	case m.Type == field.Nested, m.Type == field.Flattened:
		return false
	}
	return true
}
