package run

import (
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/datemath"
	"github.com/tocsin-rules/tocsin/internal/event"
	"github.com/tocsin-rules/tocsin/internal/field"
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/esql"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/match"
	"github.com/tocsin-rules/tocsin/internal/value"
)

// load hands on the documents. Their fields are read when they are needed (run.slot).
func (p *Program) load(step *esql.Load) stage {
	p.fields = append(p.fields, step.Fields...)
	return func(r *run, next sink) sink { return &loader{run: r, step: step, next: next} }
}

type loader struct {
	run  *run
	step *esql.Load
	next sink
}

func (l *loader) push(*column.Batch) bool { return true }

// finish reads the documents: a source has no rows given to it.
func (l *loader) finish() {
	docs := make([]*event.Document, 0, min(batchRows, len(l.run.input.Docs)))
	more := true
	for _, doc := range l.run.input.Docs {
		if !l.sees(doc) {
			continue
		}
		if docs = append(docs, doc); len(docs) == batchRows {
			if more = l.hand(docs); !more {
				break
			}
			docs = make([]*event.Document, 0, batchRows)
		}
	}
	if more && len(docs) > 0 {
		l.hand(docs)
	}
	l.next.finish()
}

func (l *loader) sees(doc *event.Document) bool {
	in := &l.run.input
	return (in.In == nil || in.In(l.step.Indices, doc)) && (in.Keep == nil || in.Keep(doc))
}

func (l *loader) hand(docs []*event.Document) bool {
	return l.next.push(&column.Batch{Rows: len(docs), Docs: docs, Columns: make([]*column.Column, l.run.program.Plan.Slots)})
}

// fieldReader reads one field of many documents.
type fieldReader struct {
	*esql.LoadField
	id func(*event.Document) string
	// at is the place of the field among the leaves of the last document that had it: documents of one source have the
	// same leaves, whose names they share. name is the field's as that document has it, so that equal names are often one
	// and the same, and need not be compared.
	at   int
	name string
	// scratch holds the values of one document while they are sorted.
	ints    []int64
	doubles []float64
	texts   []string
	// addresses are the texts of those that were read, and coded what they are; "" for what is none.
	addresses *column.Dictionary
	coded     []string
}

func newFieldReader(f *esql.LoadField) *fieldReader { return &fieldReader{LoadField: f, name: f.Path} }

func (f *fieldReader) column(docs []*event.Document) *column.Column {
	if f.Metadata == "" && (f.As == column.Null || f.As == column.Unsupported) {
		return column.Nulls(f.As, len(docs))
	}
	b := column.NewBuilder(f.As, len(docs))
	for _, doc := range docs {
		if doc == nil {
			b.Null()
			continue
		}
		if f.Metadata != "" {
			f.metadata(b, doc)
			continue
		}
		if f.As == column.GeoPoint {
			f.points(b, doc)
			continue
		}
		switch values := f.values(doc); len(values) {
		case 0:
			b.Null()
		case 1:
			if !f.single(b, values[0]) {
				b.Null()
			}
		default:
			f.several(b, values)
		}
	}
	return b.Build()
}

func (f *fieldReader) values(doc *event.Document) []event.Scalar {
	leaves := doc.Leaves()
	if f.at < len(leaves) && leaves[f.at].Path == f.name {
		return leaves[f.at].Values
	}
	for i := range leaves {
		if leaves[i].Path == f.name {
			f.at, f.name = i, leaves[i].Path
			return leaves[i].Values
		}
	}
	return nil
}

func (f *fieldReader) metadata(b *column.Builder, doc *event.Document) {
	switch {
	case f.Metadata == "_id" && doc.ID != "":
		b.Text(doc.ID)
	case f.Metadata == "_id" && f.id != nil:
		b.Text(f.id(doc))
	case f.Metadata == "_index" && doc.Index != "":
		b.Text(doc.Index)
	case f.Metadata == "_version":
		b.Int(max(doc.Version, 1)) // a document that nobody changed is at 1
	case f.Metadata == "_source":
		b.Text(doc.JSON())
	case f.Metadata == "_index_mode":
		b.Text("standard")
	default:
		b.Null()
	}
}

// single adds the one value of a document, and tells whether the type could hold it.
func (f *fieldReader) single(b *column.Builder, s event.Scalar) bool {
	switch f.As.Store() {
	case column.Ints:
		n, ok := f.int(s)
		if ok {
			b.Int(n)
		}
		return ok
	case column.Doubles:
		bits, ok := value.ParseFraction(s.Text, f.Type == field.Float || f.Type == field.HalfFloat)
		if ok = ok && s.Kind != event.Bool; ok {
			b.Double(value.Float(bits))
		}
		return ok
	}
	text, ok := f.text(s)
	if ok {
		b.Text(text)
	}
	return ok
}

// several adds the values of a document as Elasticsearch stores them: sorted, and without doubles for keywords,
// addresses and versions. Texts stand as the document has them.
func (f *fieldReader) several(b *column.Builder, scalars []event.Scalar) {
	b.Begin()
	switch f.As.Store() {
	case column.Ints:
		f.ints = f.ints[:0]
		for _, s := range scalars {
			if n, ok := f.int(s); ok {
				f.ints = append(f.ints, n)
			}
		}
		slices.Sort(f.ints)
		for _, n := range f.ints {
			b.Int(n)
		}
	case column.Doubles:
		f.doubles = f.doubles[:0]
		for _, s := range scalars {
			if bits, ok := value.ParseFraction(s.Text, f.Type == field.Float || f.Type == field.HalfFloat); ok && s.Kind != event.Bool {
				f.doubles = append(f.doubles, value.Float(bits))
			}
		}
		slices.Sort(f.doubles)
		for _, d := range f.doubles {
			b.Double(d)
		}
	default:
		f.severalTexts(b, scalars)
	}
	b.End()
}

func (f *fieldReader) severalTexts(b *column.Builder, scalars []event.Scalar) {
	f.texts = f.texts[:0]
	for _, s := range scalars {
		if text, ok := f.text(s); ok {
			f.texts = append(f.texts, text)
		}
	}
	switch f.As {
	case column.Keyword, column.IP:
		slices.Sort(f.texts)
		f.texts = slices.Compact(f.texts)
	case column.Version:
		slices.SortFunc(f.texts, column.CompareVersions)
		f.texts = slices.Compact(f.texts)
	}
	for _, text := range f.texts {
		b.Text(text)
	}
}

// text reads a value of a type that is stored as text; false when the type cannot hold it, as ignore_malformed does.
func (f *fieldReader) text(s event.Scalar) (string, bool) {
	if f.As == column.IP {
		return f.address(s.Text)
	}
	if f.IgnoreAbove > 0 && len(s.Text) > f.IgnoreAbove && utf8.RuneCountInString(s.Text) > f.IgnoreAbove && f.As == column.Keyword {
		return "", false
	}
	if f.Normalizer == "lowercase" {
		return strings.ToLower(s.Text), true
	}
	return s.Text, true
}

// maxAddresses bounds how many addresses are remembered.
const maxAddresses = 1 << 16

// address reads an address. Events repeat them, so those that were read are remembered.
func (f *fieldReader) address(text string) (string, bool) {
	if f.addresses == nil || f.addresses.Len() >= maxAddresses {
		f.addresses, f.coded = column.NewDictionary(), nil
	}
	number := int(f.addresses.Text(text))
	if number == len(f.coded) {
		coded := ""
		if a, ok := match.ParseAddress(text); ok {
			coded = string(a[:])
		}
		f.coded = append(f.coded, coded)
	}
	return f.coded[number], f.coded[number] != ""
}

// points reads a field of points. Their order is that of the document.
func (f *fieldReader) points(b *column.Builder, doc *event.Document) {
	points := filter.Points(doc, f.Path)
	if len(points) == 0 {
		b.Null()
		return
	}
	b.Begin()
	for _, p := range points {
		b.Text(column.OfPoint(p.Lon, p.Lat))
	}
	b.End()
}

// int reads a value of a type that is stored as a whole number.
func (f *fieldReader) int(s event.Scalar) (int64, bool) {
	switch f.As {
	case column.Boolean:
		return column.OfBool(s.Text == "true"), s.Kind != event.Number && (s.Text == "true" || s.Text == "false" || s.Text == "")
	case column.Date, column.DateNanos:
		return f.date(s)
	case column.UnsignedLong:
		return value.ParseUnsigned(s.Text)
	}
	if s.Kind == event.Bool {
		return 0, false
	}
	low, high := wholeRange(f.Type)
	whole, ok := value.ParseWhole(s.Text, low, high)
	if !ok || whole.Over != 0 {
		return 0, false
	}
	if !whole.Exact && whole.Floor < 0 {
		whole.Floor++ // a fraction is cut off, not rounded down
	}
	return whole.Floor, true
}

func (f *fieldReader) date(s event.Scalar) (int64, bool) {
	if s.Kind == event.Bool || datemath.HasMath(s.Text) {
		return 0, false
	}
	at, err := datemath.Parse(s.Text, time.Time{}, datemath.Down)
	if err != nil {
		return 0, false
	}
	if f.As == column.DateNanos {
		return at.UnixNano(), true
	}
	return at.UnixMilli(), true
}

func wholeRange(t field.Type) (low, high int64) {
	switch t {
	case field.Byte:
		return math.MinInt8, math.MaxInt8
	case field.Short:
		return math.MinInt16, math.MaxInt16
	case field.Integer:
		return math.MinInt32, math.MaxInt32
	}
	return math.MinInt64, math.MaxInt64
}

// rows is the source of ROW: one row without columns, which computes fill.
func (p *Program) rows() stage {
	return func(r *run, next sink) sink { return &rowSource{r, next} }
}

type rowSource struct {
	run  *run
	next sink
}

func (s *rowSource) push(*column.Batch) bool { return true }

func (s *rowSource) finish() {
	s.next.push(&column.Batch{Rows: 1, Columns: make([]*column.Column, s.run.program.Plan.Slots)})
	s.next.finish()
}
