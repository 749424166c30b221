package match

import (
	"strconv"
	"strings"
)

// interval is the expression for the decimal numbers from low to high. With a width, they have exactly that many
// digits; with width 0, any number of digits, leading zeros included.
func interval(low, high, width int) *node {
	if width > 0 {
		return between(padded(low, width), padded(high, width))
	}
	// Numbers without leading zeros, one alternative a length.
	var lengths []*node
	first, last := 0, 9
	for length := 1; first <= high; length++ {
		if low <= last {
			lengths = append(lengths, between(padded(max(low, first), length), padded(min(high, last), length)))
		}
		first, last = last+1, last*10+9
	}
	return concat(repeat(digits('0', '0'), 0, unlimited), union(lengths...))
}

func padded(number, width int) string {
	text := strconv.Itoa(number)
	return strings.Repeat("0", max(0, width-len(text))) + text
}

// between is the expression for the digit strings from low to high, all of one length.
func between(low, high string) *node {
	switch {
	case low == "":
		return &node{op: opEmpty}
	case low[0] == high[0]:
		return concat(digits(low[0], low[0]), between(low[1:], high[1:]))
	}
	rest := len(low) - 1
	alternatives := []*node{
		concat(digits(low[0], low[0]), between(low[1:], strings.Repeat("9", rest))),
		concat(digits(high[0], high[0]), between(strings.Repeat("0", rest), high[1:])),
	}
	if low[0]+1 < high[0] {
		middle := digits(low[0]+1, high[0]-1)
		alternatives = append(alternatives, concat(middle, repeat(digits('0', '9'), rest, rest)))
	}
	return union(alternatives...)
}
