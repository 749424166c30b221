package versions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
)

// Lock holds what was last published, by rule_id.
type Lock map[string]Entry

// Entry is the locked state of a rule.
type Entry struct {
	Name   string
	SHA256 string
	Type   string
	// Version is 1 or more.
	Version int
	// MinStack is the release of the stack that the rule asks for, such as "9.3"; "" when it never asked for one.
	MinStack string
	// MaxVersion is the highest version that an older fork may take; 0 for the entry itself.
	MaxVersion int
	// Previous are the forks for older releases of the stack, by release. They have no forks of their own.
	Previous map[string]Entry
	// Extra are members that tocsin does not know; they are kept.
	Extra map[string]any
}

// Deprecated holds the rules that are no longer published, by rule_id.
type Deprecated map[string]Deprecation

// Deprecation is when and why a rule was given up.
type Deprecation struct {
	// Date is written YYYY/MM/DD.
	Date, Name, Reason string
	// Stack is the release of the stack in which it happened.
	Stack string
	// Extra are members that tocsin does not know; they are kept.
	Extra map[string]any
}

// ReadLock reads a version.lock.json. The error of a text that is no JSON names the line.
func ReadLock(text []byte) (Lock, error) {
	tables, err := readTables(text)
	if err != nil {
		return nil, err
	}
	lock := make(Lock, len(tables))
	for id, table := range tables {
		if lock[id], err = readEntry(table); err != nil {
			return nil, fmt.Errorf("rule %s: %w", id, err)
		}
	}
	return lock, nil
}

// ReadDeprecated reads a deprecated_rules.json.
func ReadDeprecated(text []byte) (Deprecated, error) {
	tables, err := readTables(text)
	if err != nil {
		return nil, err
	}
	list := make(Deprecated, len(tables))
	for id, table := range tables {
		m := members{left: table}
		list[id] = Deprecation{
			Date: m.text("deprecation_date"), Name: m.text("rule_name"), Reason: m.text("deprecated_reason"),
			Stack: m.text("stack_version"), Extra: m.rest(),
		}
		if m.err != nil {
			return nil, fmt.Errorf("rule %s: %w", id, m.err)
		}
	}
	return list, nil
}

func readTables(text []byte) (map[string]map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var tables map[string]map[string]any
	err := decoder.Decode(&tables)
	if _, more := decoder.Token(); err == nil && !errors.Is(more, io.EOF) {
		err = fmt.Errorf("line %d: something follows the end of the JSON", lineAt(text, decoder.InputOffset()))
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return nil, fmt.Errorf("line %d: %w", lineAt(text, syntax.Offset), err)
	case errors.As(err, &kind):
		return nil, fmt.Errorf("line %d: it must hold an object for each rule, not a %s", lineAt(text, kind.Offset), kind.Value)
	}
	return tables, err
}

func lineAt(text []byte, offset int64) int {
	return bytes.Count(text[:min(int(offset), len(text))], []byte("\n")) + 1
}

func readEntry(table map[string]any) (Entry, error) {
	m := members{left: table}
	e := Entry{
		Name: m.text("rule_name"), SHA256: m.text("sha256"), Type: m.text("type"), Version: m.number("version"),
		MinStack: m.text("min_stack_version"), MaxVersion: m.number("max_allowable_version"),
	}
	if m.err == nil && e.Version < 1 {
		return e, fmt.Errorf("`version` must be 1 or more, not %d", e.Version)
	}
	for stack, fork := range m.table("previous") {
		if e.Previous == nil {
			e.Previous = map[string]Entry{}
		}
		table, ok := fork.(map[string]any)
		if !ok {
			return e, fmt.Errorf("`previous.%s` must be an object", stack)
		}
		var err error
		if e.Previous[stack], err = readEntry(table); err != nil {
			return e, fmt.Errorf("previous %s: %w", stack, err)
		}
	}
	e.Extra = m.rest()
	return e, m.err
}

// members takes the known members out of a table.
type members struct {
	left map[string]any
	err  error
}

func take[T any](m *members, name, want string) T {
	value, ok := m.left[name]
	delete(m.left, name)
	typed, fits := value.(T)
	if ok && !fits && m.err == nil {
		m.err = fmt.Errorf("`%s` must be %s", name, want)
	}
	return typed
}

func (m *members) text(name string) string { return take[string](m, name, "a string") }

func (m *members) table(name string) map[string]any {
	return take[map[string]any](m, name, "an object")
}

func (m *members) number(name string) int {
	number := take[json.Number](m, name, "a whole number")
	if number == "" {
		return 0
	}
	n, err := number.Int64()
	if err != nil && m.err == nil {
		m.err = fmt.Errorf("`%s` must be a whole number", name)
	}
	return int(n)
}

func (m *members) rest() map[string]any {
	if len(m.left) == 0 {
		return nil
	}
	return m.left
}

// JSON is the lock as it is written: keys sorted, one member a line, so that branches merge without conflicts.
func (l Lock) JSON() (string, error) {
	tables := make(map[string]any, len(l))
	for id, e := range l {
		tables[id] = e.table()
	}
	return indented(tables)
}

func (e Entry) table() map[string]any {
	table := known(e.Extra, map[string]string{"rule_name": e.Name, "sha256": e.SHA256, "type": e.Type, "min_stack_version": e.MinStack})
	table["version"] = e.Version
	if e.MaxVersion != 0 {
		table["max_allowable_version"] = e.MaxVersion
	}
	if e.Previous != nil {
		forks := map[string]any{}
		for stack, fork := range e.Previous {
			forks[stack] = fork.table()
		}
		table["previous"] = forks
	}
	return table
}

// JSON is the list as it is written, in the same layout as a lock.
func (d Deprecated) JSON() (string, error) {
	tables := make(map[string]any, len(d))
	for id, e := range d {
		tables[id] = known(e.Extra, map[string]string{
			"deprecation_date": e.Date, "rule_name": e.Name, "deprecated_reason": e.Reason, "stack_version": e.Stack,
		})
	}
	return indented(tables)
}

// known gives a table of the texts that are not empty, and of the members that nobody knows.
func known(extra map[string]any, texts map[string]string) map[string]any {
	table := maps.Clone(extra)
	if table == nil {
		table = map[string]any{}
	}
	for name, text := range texts {
		if text != "" {
			table[name] = text
		}
	}
	return table
}

func indented(tables map[string]any) (string, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(tables); err != nil {
		return "", err
	}
	return ascii(b.String()), nil
}

// ascii writes what is beyond ASCII as \uXXXX: so Elastic's files have it.
func ascii(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r > 0x7e }) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r <= 0x7f:
			b.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
