package field

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/match"
)

// Kind is the JSON kind of a value that dynamic mapping sees.
type Kind uint8

// The kinds of JSON values.
const (
	KindString Kind = iota
	KindWhole
	KindFraction
	KindBool
)

// Style is how dynamic mapping treats strings.
type Style uint8

const (
	// Plain is Elasticsearch's own default: a string is a text with a keyword multi-field below it that ignores
	// values above 256 characters, or a date when it looks like one.
	Plain Style = iota
	// DataStream is what Elastic's index templates set for logs and metrics data streams and for Beats: a string is
	// a keyword that ignores values above 1024 characters, and nothing is guessed to be a date.
	DataStream
)

// StyleFor tells which style the indices of a rule have. Unknown names have the plain style.
func StyleFor(indices []string) Style {
	for _, index := range indices {
		name := strings.TrimPrefix(index[strings.IndexByte(index, ':')+1:], ".ds-")
		for _, prefix := range []string{"logs-", "metrics-", "traces-", "filebeat-", "winlogbeat-", "auditbeat-", "packetbeat-", "metricbeat-", "heartbeat-", "apm-", ".alerts-security", "endgame-"} {
			if strings.HasPrefix(name, prefix) || strings.TrimSuffix(name, "*") == strings.TrimSuffix(prefix, "-") {
				return DataStream
			}
		}
	}
	return Plain
}

// Dynamic is the mapping that Elasticsearch would give to the values of a set of events. Elasticsearch lets the
// first event decide and refuses later ones that do not fit; here the widest type decides, so that the order of
// events does not matter: a whole number and a fraction make a double, anything with a string makes a string.
type Dynamic struct {
	style  Style
	fields map[string]Kind
	dates  map[string]bool
}

// NewDynamic makes an empty dynamic mapping.
func NewDynamic(style Style) *Dynamic {
	return &Dynamic{style: style, fields: map[string]Kind{}, dates: map[string]bool{}}
}

// Observe notes one value of a field. It must not be called while the mapping is in use.
func (d *Dynamic) Observe(path string, kind Kind, text string) {
	before, seen := d.fields[path]
	isDate := kind == KindString && d.style == Plain && looksLikeDate(text)
	d.dates[path] = isDate && (!seen || d.dates[path])
	if !seen {
		d.fields[path] = kind
		return
	}
	d.fields[path] = widen(before, kind)
}

func widen(a, b Kind) Kind {
	switch {
	case a == b:
		return a
	case a == KindWhole && b == KindFraction, a == KindFraction && b == KindWhole:
		return KindFraction
	}
	return KindString
}

// Lookup gives the mapping of an observed field, or of the keyword multi-field of an observed string.
func (d *Dynamic) Lookup(name string) (Mapping, bool) {
	if kind, ok := d.fields[name]; ok {
		m := Mapping{Name: name, Path: name, Origin: "dynamic mapping"}
		m.Type, m.IgnoreAbove = d.typeOf(name, kind)
		return m, true
	}
	if path, ok := strings.CutSuffix(name, ".keyword"); ok && d.style == Plain {
		if kind, seen := d.fields[path]; seen && kind == KindString && !d.dates[path] {
			return Mapping{Name: name, Path: path, Type: Keyword, IgnoreAbove: 256, Origin: "dynamic mapping"}, true
		}
	}
	return Mapping{}, false
}

// Names are the observed fields, in no particular order.
func (d *Dynamic) Names() []string { return slices.Collect(maps.Keys(d.fields)) }

func (d *Dynamic) typeOf(name string, kind Kind) (Type, int) {
	switch {
	case kind == KindWhole:
		return Long, 0
	case kind == KindFraction:
		return Float, 0
	case kind == KindBool:
		return Boolean, 0
	case d.dates[name]:
		return Date, 0
	case d.style == DataStream:
		return Keyword, 1024
	}
	return Text, 0
}

// looksLikeDate is Elasticsearch's date detection with its default formats, strict_date_optional_time and
// yyyy/MM/dd with an optional time.
func looksLikeDate(text string) bool {
	if len(text) < 10 || text[0] < '0' || text[0] > '9' {
		return false
	}
	if slashes := match.Glob("*/*/*"); slashes.Match(text) {
		text = strings.Replace(strings.ReplaceAll(text, "/", "-"), " ", "T", 1)
	}
	if !strings.Contains(text, "-") {
		return false
	}
	_, err := datemath.Parse(text, time.Time{}, datemath.Down)
	return err == nil && !datemath.HasMath(text)
}
