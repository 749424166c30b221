package match

import (
	"encoding/binary"
	"sync"
	"unicode/utf8"
)

// dfa is a deterministic automaton made for running. A state is the place where its row begins, so that a step is one
// addition and one load. Rows stand in an order that makes the usual questions one comparison: row 0 is the state
// from which nothing fits any more, row 1 the one from which everything does, and those that accept come last.
type dfa struct {
	next        []uint32
	width       uint32 // columns of a row
	start       uint32
	firstAccept uint32
	ascii       [utf8.RuneSelf]uint32 // column of each ASCII character
	starts      []rune                // first code point of each interval, ascending from 0
	columns     []uint32              // column of each interval
}

// compileDFA makes an automaton of an expression, or tells why it is too complex. It is put in order for running when
// it is first asked for: an expression that is only checked is never run.
func compileDFA(root *node) (func() *dfa, error) {
	c := &compiler{}
	t := c.determine(root)
	if c.err != nil {
		return nil, c.err
	}
	return sync.OnceValue(t.pack), nil
}

// match tells whether the whole text fits.
func (d *dfa) match(text string) bool {
	state := d.start
	for i := 0; i < len(text) && state > d.width; {
		if c := text[i]; c < utf8.RuneSelf {
			state = d.next[state+d.ascii[c]]
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		state = d.next[state+d.columns[intervalOf(d.starts, r)]]
		i += size
	}
	return state == d.width || state >= d.firstAccept
}

// pack orders the states for running and merges classes that lead to the same rows.
func (t *table) pack() *dfa {
	rows, height, firstAccept := t.order()
	columns, width := t.columns(rows)
	d := &dfa{
		next: make([]uint32, height*width), width: width,
		start: rows[t.start] * width, firstAccept: firstAccept * width,
	}
	for state, row := range rows {
		for class, to := range t.row(int32(state)) {
			d.next[row*width+columns[class]] = rows[to] * width
		}
	}
	for i, r := range t.alphabet.starts {
		column := columns[t.alphabet.class[i]]
		if last := len(d.columns) - 1; last >= 0 && d.columns[last] == column {
			continue
		}
		d.starts = append(d.starts, r)
		d.columns = append(d.columns, column)
	}
	for c := range d.ascii {
		d.ascii[c] = d.columns[intervalOf(d.starts, rune(c))]
	}
	return d
}

// order gives each state its row, the number of rows, and the first from the third on that accepts.
func (t *table) order() (rows []uint32, height, firstAccept uint32) {
	mayFit, mayFail := t.reaching(true), t.reaching(false)
	rows = make([]uint32, len(t.accept))
	height = 2
	number := func(accept bool) {
		for state := range rows {
			if mayFit[state] && mayFail[state] && t.accept[state] == accept {
				rows[state] = height
				height++
			}
		}
	}
	for state := range rows {
		if !mayFail[state] {
			rows[state] = 1
		}
	}
	number(false)
	firstAccept = height
	number(true)
	return rows, height, firstAccept
}

// columns gives each class its column, where classes that lead to the same rows from everywhere share one, and the
// number of columns.
func (t *table) columns(rows []uint32) (columns []uint32, width uint32) {
	columns = make([]uint32, t.alphabet.count)
	known := map[string]uint32{}
	var key []byte
	for class := range columns {
		key = key[:0]
		for state := range rows {
			key = binary.LittleEndian.AppendUint32(key, rows[t.row(int32(state))[class]])
		}
		column, ok := known[string(key)]
		if !ok {
			column = uint32(len(known))
			known[string(key)] = column
		}
		columns[class] = column
	}
	return columns, uint32(len(known))
}
