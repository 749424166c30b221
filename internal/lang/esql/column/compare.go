package column

import (
	"cmp"
	"encoding/binary"
	"math"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/value"
)

// Compare orders two values of columns of one type: numbers and dates by value, false before true, texts by their bytes,
// addresses by their 16 bytes, versions as Elasticsearch orders them.
func Compare(a *Column, positionA int, b *Column, positionB int) int {
	switch a.kind.Store() {
	case Ints:
		return cmp.Compare(a.ints[positionA], b.ints[positionB])
	case Doubles:
		return cmp.Compare(a.doubles[positionA], b.doubles[positionB])
	}
	if a.kind == Version {
		return CompareVersions(a.texts[positionA], b.texts[positionB])
	}
	return strings.Compare(a.texts[positionA], b.texts[positionB])
}

// CompareVersions orders two versions as Elasticsearch's version field does.
func CompareVersions(a, b string) int {
	if a == b {
		return 0
	}
	return cmp.Or(strings.Compare(value.VersionKey(a), value.VersionKey(b)), strings.Compare(a, b))
}

// AppendKey appends a coding of the value at a position to a key, so that two keys are equal exactly if the values of
// each are.
func (c *Column) AppendKey(key []byte, position int) []byte {
	switch c.kind.Store() {
	case Ints:
		return binary.LittleEndian.AppendUint64(key, uint64(c.ints[position]))
	case Doubles:
		f := c.doubles[position]
		if f == 0 {
			f = 0 // both zeros are one
		}
		return binary.LittleEndian.AppendUint64(key, math.Float64bits(f))
	}
	text := c.texts[position]
	key = binary.AppendUvarint(key, uint64(len(text)))
	return append(key, text...)
}
