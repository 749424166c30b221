package backtrack

import (
	"strings"
	"unicode"
)

func digits() *set { return newSet([]rune("09")) }
func words() *set  { return newSet([]rune("09AZ__az")) }
func spaces() *set { return newSet([]rune{'\t', '\r', ' ', ' '}) }
func hexes() *set  { return newSet([]rune("09AFaf")) }

// blanks are the horizontal white space of Java's \h.
func blanks() *set {
	return newSet([]rune{'\t', '\t', ' ', ' ', 0xa0, 0xa0, 0x1680, 0x1680, 0x180e, 0x180e, 0x2000, 0x200a, 0x202f, 0x202f, 0x205f, 0x205f, 0x3000, 0x3000})
}

// vertical are the line separators of Java's \v.
func vertical() *set { return newSet([]rune{'\n', '\r', 0x85, 0x85, 0x2028, 0x2029}) }

// posixASCII gives the POSIX classes over ASCII, by lower-case name.
func posixASCII(name string) (*set, bool) {
	ranges, ok := map[string]string{
		"alnum": "09AZaz", "alpha": "AZaz", "blank": "\t\t  ", "cntrl": "\x00\x1f\x7f\x7f", "digit": "09", "graph": "!~",
		"lower": "az", "print": " ~", "punct": "!/:@[`{~", "space": "\t\r  ", "upper": "AZ", "xdigit": "09AFaf", "word": "09AZ__az",
		"ascii": "\x00\x7f",
	}[name]
	return newSet([]rune(ranges)), ok
}

// posixUnicode gives the POSIX classes as Ruby reads them: letters and digits of any script.
func posixUnicode(name string) (*set, bool) {
	ascii, ok := posixASCII(name)
	if !ok {
		return nil, false
	}
	tables := map[string][]*unicode.RangeTable{
		"alnum": {unicode.L, unicode.M, unicode.Nd}, "alpha": {unicode.L, unicode.M}, "digit": {unicode.Nd}, "lower": {unicode.Lower},
		"upper": {unicode.Upper}, "space": {unicode.White_Space}, "punct": {unicode.P}, "word": {unicode.L, unicode.M, unicode.Nd, unicode.Pc},
		"graph": {unicode.L, unicode.M, unicode.N, unicode.P, unicode.S}, "print": {unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Zs},
		"blank": {unicode.Zs}, "cntrl": {unicode.Cc},
	}[name]
	for _, table := range tables {
		ascii = ascii.union(ofTable(table))
	}
	return ascii, true
}

// property gives the set of \p{name}.
func property(name string, dialect Dialect) (*set, bool) {
	if dialect == Ruby {
		if s, ok := posixUnicode(strings.ToLower(name)); ok {
			return s, true
		}
	} else if s, ok := posixASCII(strings.ToLower(name)); ok && unicode.IsUpper(rune(name[0])) {
		return s, true
	}
	if _, value, ok := strings.Cut(name, "="); ok {
		name = value
	}
	for _, candidate := range []string{name, strings.TrimPrefix(name, "Is")} {
		if candidate == "Alphabetic" {
			return posixUnicode("alpha")
		}
		for _, tables := range []map[string]*unicode.RangeTable{unicode.Categories, unicode.Scripts, unicode.Properties} {
			for key, table := range tables {
				if key == candidate || len(candidate) > 2 && strings.EqualFold(key, candidate) {
					return ofTable(table), true
				}
			}
		}
	}
	return nil, false
}
