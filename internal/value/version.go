package value

import (
	"fmt"
	"strings"
)

// VersionKey gives a version in a form whose byte order is the order of Elasticsearch's version field: by semantic
// versioning, numbers by value and pre-releases before their release; texts that are no version come after all that
// are.
func VersionKey(text string) string {
	// Build metadata does not change the order.
	core, _, _ := strings.Cut(text, "+")
	main, pre, isPre := strings.Cut(core, "-")
	numbers := strings.Split(main, ".")
	if isPre && pre == "" {
		return "\x02" + text
	}
	var key strings.Builder
	key.WriteByte(1)
	for _, n := range numbers {
		if !isDigits(n) {
			return "\x02" + text
		}
		writeNumber(&key, n)
	}
	// The end of the numbers sorts a shorter version before a longer one; a pre-release sorts before it.
	if !isPre {
		return key.String() + "\x01\x02"
	}
	key.WriteString("\x01\x01")
	for part := range strings.SplitSeq(pre, ".") {
		if isDigits(part) {
			key.WriteByte(2)
			writeNumber(&key, part)
		} else {
			key.WriteString("\x03" + part + "\x00")
		}
	}
	return key.String() + "\x01"
}

// writeNumber writes a number so that longer ones, which are larger, sort later.
func writeNumber(key *strings.Builder, digits string) {
	digits = strings.TrimLeft(digits, "0")
	fmt.Fprintf(key, "\x02%03d%s", len(digits), digits)
}

func isDigits(text string) bool {
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return text != "" && len(text) < 1000
}
