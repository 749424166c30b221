package attack

import (
	"fmt"
	"strings"
)

const header = "# MITRE ATT&CK "

// Text is the table's compact form: a line for the version, then one an entry with its id, name, tactics, status (empty when
// active) and replacement, separated by tabs.
func (t *Table) Text() string {
	var b strings.Builder
	b.WriteString(header + t.Version + "\n")
	for _, e := range t.entries {
		status := string(e.Status)
		if e.Status == Active {
			status = ""
		}
		line := strings.Join([]string{e.ID, e.Name, strings.Join(e.Tactics, ","), status, e.ReplacedBy}, "\t")
		b.WriteString(strings.TrimRight(line, "\t") + "\n")
	}
	return b.String()
}

// Parse reads what Text writes. The error names the line.
func Parse(text string) (*Table, error) {
	first, rest, _ := strings.Cut(text, "\n")
	version, ok := strings.CutPrefix(first, header)
	if !ok {
		return nil, fmt.Errorf("line 1: an ATT&CK table begins with %q and its version", strings.TrimSpace(header))
	}
	var entries []*Entry
	number := 1
	for line := range strings.Lines(rest) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			continue
		}
		e, err := parseLine(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		entries = append(entries, e)
	}
	return New(strings.TrimSpace(version), entries)
}

func parseLine(line string) (*Entry, error) {
	columns := strings.Split(line, "\t")
	if len(columns) < 2 || len(columns) > 5 {
		return nil, fmt.Errorf("a line has 2 to 5 columns, not %d", len(columns))
	}
	columns = append(columns, "", "", "")
	e := &Entry{ID: columns[0], Name: columns[1], Status: Active, ReplacedBy: columns[4]}
	if columns[2] != "" {
		e.Tactics = strings.Split(columns[2], ",")
	}
	switch Status(columns[3]) {
	case "":
	case Revoked, Deprecated:
		e.Status = Status(columns[3])
	default:
		return nil, fmt.Errorf("%q is no status", columns[3])
	}
	kind, err := kindOf(e.ID)
	e.Kind = kind
	return e, err
}

// kindOf tells what an id names: TA0001, T1001, T1001.002.
func kindOf(id string) (Kind, error) {
	number, isTactic := strings.CutPrefix(id, "TA")
	if isTactic && isDigits(number) {
		return Tactic, nil
	}
	number, ok := strings.CutPrefix(id, "T")
	main, sub, isSub := strings.Cut(number, ".")
	switch {
	case ok && isSub && isDigits(main) && isDigits(sub):
		return Subtechnique, nil
	case ok && !isSub && isDigits(main):
		return Technique, nil
	}
	return "", fmt.Errorf("%q is no id of a tactic or technique", id)
}

func isDigits(text string) bool {
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return text != ""
}
