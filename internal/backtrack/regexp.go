package backtrack

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"
)

// ErrSteps says that a search was given up: the pattern tries too many ways on this text.
var ErrSteps = errors.New("the regular expression takes too many steps on this text")

// Options say how a pattern is compiled.
type Options struct {
	Dialect    Dialect
	IgnoreCase bool
	Whole      bool // a match must take the whole text
}

// Regexp is a compiled expression; it may be used from several goroutines, each with a [Matcher] of its own.
type Regexp struct {
	dialect Dialect
	names   []string
	prog    []inst
	spelled []inst // nil where memory would be wrong
	slots   int
	start   start
	pool    sync.Pool // of *Matcher
}

// Compile reads a pattern.
func Compile(pattern string, o Options) (*Regexp, error) {
	n, names, err := parse(pattern, o.Dialect, o.IgnoreCase)
	if err != nil {
		return nil, fmt.Errorf("%q is %w", pattern, err)
	}
	if o.Whole {
		n = &node{kind: concat, subs: []*node{{kind: assert, assert: textStart}, n, {kind: assert, assert: textEnd}}}
	}
	re := &Regexp{dialect: o.Dialect, names: names, start: startOf(n)}
	fast := compiler{slots: 2 * len(names)}
	fast.node(n)
	fast.emit(inst{op: opDone})
	if fast.full {
		return nil, fmt.Errorf("%q is too large: its quantifiers stand for more than %d instructions", pattern, programLimit)
	}
	peephole(fast.prog)
	re.prog, re.slots = fast.prog, fast.slots
	if !forgetful(n) {
		slow := compiler{slots: 2 * len(names), spell: true}
		slow.node(n)
		slow.emit(inst{op: opDone})
		if !slow.full {
			re.spelled, re.slots = slow.prog, max(re.slots, slow.slots)
		}
	}
	return re, nil
}

// Match tells whether a text holds a match; for an expression of the whole text, whether it fits.
func (re *Regexp) Match(text string) (bool, error) {
	m, ok := re.pool.Get().(*Matcher)
	if !ok {
		m = re.Matcher()
	}
	defer re.pool.Put(m)
	found, err := m.Find(text, 0)
	return found != nil, err
}

// Names gives the names of the groups by number, "" where a group has none; 0 is the whole match.
func (re *Regexp) Names() []string { return re.names }

// Matcher gives what runs the expression.
func (re *Regexp) Matcher() *Matcher {
	return &Matcher{re: re, slots: make([]int, re.slots)}
}

// Steps before a search starts again with a memory, and before one that cannot remember is given up.
const (
	patience  = 2_000
	stepLimit = 1_000_000
)

// Find searches from a byte on and gives where the groups lie, two numbers each, -1 for one that took no part; nil
// without a match. The slice is valid until the next search.
func (m *Matcher) Find(text string, from int) ([]int, error) {
	m.text, m.from, m.memory = text, from, nil
	m.prog, m.limit = m.re.prog, patience+16*len(text)
	if m.re.spelled == nil {
		m.limit = stepLimit + 16*len(text)
	}
	found, err := m.search(from)
	if !errors.Is(err, ErrSteps) || m.re.spelled == nil {
		return found, err
	}
	m.limit = stepLimit + 16*len(text)
	if m.memory = newMemory(len(m.re.spelled), len(text)); m.memory != nil {
		m.prog, m.limit = m.re.spelled, 4*(len(m.re.spelled)+1)*(len(text)+2)
	}
	return m.search(from)
}

func (m *Matcher) search(from int) ([]int, error) {
	m.steps, m.over = 0, false
	for pos := from; ; {
		if pos = m.next(pos); pos < 0 {
			return nil, nil
		}
		for i := range m.slots {
			m.slots[i] = -1
		}
		m.stack = m.stack[:0]
		end, ok := m.run(0, pos)
		switch {
		case m.over:
			return nil, ErrSteps
		case ok:
			m.slots[0], m.slots[1] = pos, end
			return m.slots[:2*len(m.re.names)], nil
		case pos == len(m.text):
			return nil, nil
		}
		_, size := utf8.DecodeRuneInString(m.text[pos:])
		pos += size
	}
}

// next gives the first place from pos on where a match can begin, -1 for none.
func (m *Matcher) next(pos int) int {
	s := &m.re.start
	switch {
	case s.text:
		if pos == 0 {
			return 0
		}
		return -1
	case s.line && pos > 0 && m.re.dialect == Ruby && m.text[pos-1] != '\n':
		// A search that begins within a line may match from there on if a dot leads.
		if pos == m.from {
			return pos
		}
		i := strings.IndexByte(m.text[pos:], '\n')
		if i < 0 {
			return -1
		}
		return pos + i + 1
	case s.prefix != "":
		i := strings.Index(m.text[pos:], s.prefix)
		if i < 0 {
			return -1
		}
		return pos + i
	case s.first != nil:
		for ; pos < len(m.text); pos++ {
			if b := m.text[pos]; s.first[b] && (b < utf8.RuneSelf || utf8.RuneStart(b)) {
				return pos
			}
		}
		return -1
	}
	return pos
}
