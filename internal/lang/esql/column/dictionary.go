package column

import (
	"hash/maphash"
	"math"
)

// Dictionary numbers the different values of columns of one type, from 0 in the order in which they come. Null is a value
// of its own. It is made for loops over many rows: a value that is known costs a hash and a comparison.
type Dictionary struct {
	seed  maphash.Seed
	count int32
	null  int32 // the number of null, or -1
	// By number: the values of types stored as texts, and of all others.
	texts []string
	words []uint64
	// places are an open hash table; their number is a power of two.
	places []place
}

// place holds a number plus one, and the hash of its value; 0 is a free place.
type place struct {
	hash   uint64
	number int32
}

// NewDictionary makes an empty one.
func NewDictionary() *Dictionary {
	return &Dictionary{seed: maphash.MakeSeed(), null: -1, places: make([]place, 64)}
}

// Len is how many values there are.
func (d *Dictionary) Len() int { return int(d.count) }

// Null is the number of null.
func (d *Dictionary) Null() int32 {
	if d.null < 0 {
		d.null = d.count
		d.count++
		d.texts, d.words = append(d.texts, ""), append(d.words, 0)
	}
	return d.null
}

// Number is the number of the value at a position of a column. Both zeros are one value.
func (d *Dictionary) Number(c *Column, position int) int32 {
	switch c.kind.Store() {
	case Ints:
		return d.word(uint64(c.ints[position]))
	case Doubles:
		f := c.doubles[position]
		if f == 0 {
			f = 0
		}
		return d.word(math.Float64bits(f))
	}
	return d.Text(c.texts[position])
}

// TextOf is the text of a number that Text gave.
func (d *Dictionary) TextOf(number int32) string { return d.texts[number] }

// Pair is the number of a pair of numbers, such as those of two other dictionaries.
func (d *Dictionary) Pair(a, b int32) int32 { return d.word(uint64(uint32(a))<<32 | uint64(uint32(b))) }

// Text is the number of a text.
func (d *Dictionary) Text(text string) int32 {
	hash := maphash.String(d.seed, text)
	at := int(hash) & (len(d.places) - 1)
	for ; d.places[at].number != 0; at = (at + 1) & (len(d.places) - 1) {
		if p := &d.places[at]; p.hash == hash && d.texts[p.number-1] == text {
			return p.number - 1
		}
	}
	d.texts = append(d.texts, text)
	return d.insert(at, hash)
}

func (d *Dictionary) word(word uint64) int32 {
	hash := mix(word)
	at := int(hash) & (len(d.places) - 1)
	for ; d.places[at].number != 0; at = (at + 1) & (len(d.places) - 1) {
		if p := &d.places[at]; p.hash == hash && d.words[p.number-1] == word {
			return p.number - 1
		}
	}
	d.words = append(d.words, word)
	return d.insert(at, hash)
}

// mix spreads the bits of a word.
func mix(word uint64) uint64 {
	word ^= word >> 32
	word *= 0x9e3779b97f4a7c15
	word ^= word >> 29
	word *= 0xbf58476d1ce4e5b9
	return word ^ word>>32
}

// insert numbers the value that was added last, at a free place.
func (d *Dictionary) insert(at int, hash uint64) int32 {
	number := d.count
	d.count++
	d.places[at] = place{hash, number + 1}
	if 4*int(d.count) > 3*len(d.places) {
		d.grow()
	}
	return number
}

func (d *Dictionary) grow() {
	old := d.places
	d.places = make([]place, 2*len(old))
	for _, p := range old {
		if p.number == 0 {
			continue
		}
		at := int(p.hash) & (len(d.places) - 1)
		for d.places[at].number != 0 {
			at = (at + 1) & (len(d.places) - 1)
		}
		d.places[at] = p
	}
}
