package backtrack

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A frame is a choice to come back to. pc below zero undoes a slot: -1 - slot, to pos.
type frame struct {
	pc, pos, low int
}

// noLoop marks the frame of a split. In the frame of a loop, low is the place that must be kept, or of a lazy loop the
// number of rounds that may follow.
const noLoop = -1

// A Matcher runs one expression over texts, one after another; each goroutine needs its own.
type Matcher struct {
	re     *Regexp
	prog   []inst
	text   string
	from   int
	slots  []int
	stack  []frame
	steps  int
	limit  int
	memory *memory
	target int // where what a look-behind takes must end
	over   bool
}

// run executes from an instruction up to its opDone and gives where it ended. Choices above the stack's height at
// the call are gone when it returns, but for the undoing of slots.
func (m *Matcher) run(pc, pos int) (int, bool) {
	base := len(m.stack)
	for {
		if m.steps++; m.steps > m.limit {
			m.over = true
			m.stack = m.stack[:base]
			return 0, false
		}
		in := &m.prog[pc]
		ok := true
		switch in.op {
		case opText:
			if ok = strings.HasPrefix(m.text[pos:], in.text); ok {
				pos += len(in.text)
			}
			pc++
		case opSet:
			pos, ok = m.one(in.set, pos)
			pc++
		case opLoop:
			pos, ok = m.loop(in, pc, pos)
			pc++
		case opSplit:
			if m.memory != nil && !m.memory.first(pc, pos) {
				ok = false
				break
			}
			m.stack = append(m.stack, frame{int(in.y), pos, noLoop})
			pc = int(in.x)
		case opJump:
			pc = int(in.x)
		case opSave, opMark:
			m.save(int(in.x), pos)
			pc++
		case opProgress:
			if pc++; m.slots[in.y] == pos {
				pc = int(in.x)
			}
		case opDone:
			m.keepUndo(base)
			return pos, true
		default:
			pc, pos, ok = m.rare(in, pc, pos)
		}
		if !ok {
			if pc, pos, ok = m.back(base); !ok {
				return 0, false
			}
		}
	}
}

func (m *Matcher) save(slot, pos int) {
	m.stack = append(m.stack, frame{-1 - slot, m.slots[slot], noLoop})
	m.slots[slot] = pos
}

// keepUndo drops the choices above the base and keeps what undoes slots, for a failure further out.
func (m *Matcher) keepUndo(base int) {
	kept := base
	for _, f := range m.stack[base:] {
		if f.pc < 0 {
			m.stack[kept] = f
			kept++
		}
	}
	m.stack = m.stack[:kept]
}

// back takes the last choice.
func (m *Matcher) back(base int) (pc, pos int, ok bool) {
	for len(m.stack) > base && !m.over {
		m.steps++
		f := &m.stack[len(m.stack)-1]
		switch {
		case f.pc < 0:
			m.slots[-1-f.pc] = f.pos
			m.stack = m.stack[:len(m.stack)-1]
			continue
		case f.low == noLoop:
			pc, pos = f.pc, f.pos
			m.stack = m.stack[:len(m.stack)-1]
			ok = true
		default:
			pc, pos, ok = m.again(f)
		}
		if ok {
			return pc, pos, true
		}
	}
	m.stack = m.stack[:base]
	return 0, 0, false
}

// again takes a loop's next choice: one code point less, or for a lazy one more.
func (m *Matcher) again(f *frame) (pc, pos int, ok bool) {
	in := &m.prog[f.pc]
	if in.mode == lazy {
		return m.oneMore(in, f)
	}
	pos = f.pos
	for pos > f.low {
		_, size := utf8.DecodeLastRuneInString(m.text[:pos])
		pos -= size
		m.steps++
		if in.next < 0 || pos < len(m.text) && m.text[pos] == byte(in.next) {
			break
		}
	}
	if pc = f.pc + 1; pos == f.low {
		m.stack = m.stack[:len(m.stack)-1]
		return pc, pos, in.next < 0 || pos < len(m.text) && m.text[pos] == byte(in.next)
	}
	f.pos = pos
	return pc, pos, true
}

// oneMore takes one code point more, and on to where the byte stands that must follow.
func (m *Matcher) oneMore(in *inst, f *frame) (pc, pos int, ok bool) {
	for f.low > 0 {
		next, fits := m.one(in.set, f.pos)
		if !fits {
			break
		}
		m.steps++
		f.pos, f.low = next, f.low-1
		if in.next < 0 || next < len(m.text) && m.text[next] == byte(in.next) {
			return f.pc + 1, next, true
		}
	}
	m.stack = m.stack[:len(m.stack)-1]
	return 0, 0, false
}

// one takes a code point of the set.
func (m *Matcher) one(s *set, pos int) (int, bool) {
	if pos >= len(m.text) {
		return pos, false
	}
	if b := m.text[pos]; b < utf8.RuneSelf {
		return pos + 1, s.ascii[b>>6]&(1<<(b&63)) != 0
	}
	r, size := utf8.DecodeRuneInString(m.text[pos:])
	return pos + size, s.has(r)
}

// loop runs a quantifier of a set and leaves the choice of fewer or more rounds on the stack.
func (m *Matcher) loop(in *inst, pc, pos int) (int, bool) {
	count := 0
	low := pos
	for count != in.max && (in.mode != lazy || count < in.min) {
		next, ok := m.one(in.set, pos)
		if !ok {
			break
		}
		pos = next
		if count++; count == in.min {
			low = pos
		}
	}
	m.steps += count / 8 // the rounds of a loop cost little, but not nothing
	switch {
	case count < in.min:
		return pos, false
	case in.mode == lazy:
		rounds := len(m.text) + 1
		if in.max != infinite {
			rounds = in.max - in.min
		}
		m.stack = append(m.stack, frame{pc, pos, rounds})
	case in.mode == greedy && pos > low:
		m.stack = append(m.stack, frame{pc, pos, low})
	}
	return pos, true
}

// rare runs the instructions that few patterns have.
func (m *Matcher) rare(in *inst, pc, pos int) (int, int, bool) {
	switch in.op {
	case opAssert:
		return pc + 1, pos, m.holds(assertion(in.x), pos)
	case opNear:
		return pc + 1, pos, m.near(in, pos) != in.negative
	case opLook:
		return int(in.x), pos, m.look(in, pc, pos)
	case opAtomic:
		end, ok := m.run(pc+1, pos)
		return int(in.x), end, ok
	}
	end, ok := m.repeated(in, pos)
	return pc + 1, end, ok
}

func (m *Matcher) near(in *inst, pos int) bool {
	if in.behind {
		if pos == 0 {
			return false
		}
		r, _ := utf8.DecodeLastRuneInString(m.text[:pos])
		return in.set.has(r)
	}
	_, ok := m.one(in.set, pos)
	return ok
}

func (m *Matcher) look(in *inst, pc, pos int) bool {
	height := len(m.stack)
	found := false
	if !in.behind {
		_, found = m.run(pc+1, pos)
	} else {
		found = m.lookBehind(in, pc, pos)
	}
	if found && in.negative {
		m.undo(height)
	}
	return found != in.negative && !m.over
}

// lookBehind tries each length that what stands behind can have.
func (m *Matcher) lookBehind(in *inst, pc, pos int) bool {
	start := pos
	for length := 0; length <= in.max; length++ {
		if length >= in.min {
			target := m.target
			m.target = pos
			_, ok := m.run(pc+1, start)
			if m.target = target; ok {
				return true
			}
		}
		if start == 0 || m.over {
			return false
		}
		_, size := utf8.DecodeLastRuneInString(m.text[:start])
		start -= size
	}
	return false
}

// undo sets back the slots that were saved above a height of the stack.
func (m *Matcher) undo(height int) {
	for len(m.stack) > height {
		f := m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
		if f.pc < 0 {
			m.slots[-1-f.pc] = f.pos
		}
	}
}

// repeated matches the text of a group once more.
func (m *Matcher) repeated(in *inst, pos int) (int, bool) {
	begin, end := m.slots[2*in.x], m.slots[2*in.x+1]
	if begin < 0 || end < begin || pos+end-begin > len(m.text) {
		return pos, false
	}
	here, there := m.text[pos:pos+end-begin], m.text[begin:end]
	m.steps += len(here) / 8
	return pos + len(here), here == there || in.fold && strings.EqualFold(here, there)
}

func (m *Matcher) holds(a assertion, pos int) bool {
	atEnd := pos == len(m.text)
	switch a {
	case textStart:
		return pos == 0
	case textEnd:
		return atEnd
	case searchFrom:
		return pos == m.from
	case lookEnd:
		return pos == m.target
	case lineStart:
		return pos == 0 || !atEnd && m.afterLine(pos)
	case lineEnd:
		return atEnd || m.beforeLine(pos) > 0
	case lastLine:
		return atEnd || pos+m.beforeLine(pos) == len(m.text)
	}
	return (m.wordAt(pos) != m.wordBefore(pos)) == (a == wordEdge)
}

// afterLine and beforeLine know the line terminators: \n, and in Java \r, \r\n and the three of Unicode as well.
func (m *Matcher) afterLine(pos int) bool {
	if m.text[pos-1] == '\n' {
		return true
	}
	if m.re.dialect == Ruby {
		return false
	}
	r, _ := utf8.DecodeLastRuneInString(m.text[:pos])
	return r == '\r' && m.text[pos] != '\n' || r == 0x85 || r == 0x2028 || r == 0x2029
}

// beforeLine gives the length of the line terminator that starts here, 0 for none.
func (m *Matcher) beforeLine(pos int) int {
	if pos == len(m.text) {
		return 0
	}
	if m.text[pos] == '\n' {
		if m.re.dialect == Java && pos > 0 && m.text[pos-1] == '\r' {
			return 0
		}
		return 1
	}
	if m.re.dialect == Ruby {
		return 0
	}
	r, size := utf8.DecodeRuneInString(m.text[pos:])
	switch {
	case r == '\r' && strings.HasPrefix(m.text[pos:], "\r\n"):
		return 2
	case r == '\r' || r == 0x85 || r == 0x2028 || r == 0x2029:
		return size
	}
	return 0
}

func (m *Matcher) wordAt(pos int) bool {
	if pos == len(m.text) {
		return false
	}
	r, _ := utf8.DecodeRuneInString(m.text[pos:])
	return m.isWord(r)
}

func (m *Matcher) wordBefore(pos int) bool {
	if pos == 0 {
		return false
	}
	r, _ := utf8.DecodeLastRuneInString(m.text[:pos])
	return m.isWord(r)
}

func (m *Matcher) isWord(r rune) bool {
	if r <= unicode.MaxASCII || m.re.dialect == Java {
		return isWord(r)
	}
	return isWordAny(r)
}
