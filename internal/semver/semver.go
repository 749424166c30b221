// Package semver orders version numbers and tells which of them a range admits: those of the Elastic Stack, and those of
// integration packages with the range of Kibana's versions that each of them runs on.
package semver

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Version is a release number. Suffixes such as "-preview-1" are kept apart: a release with one comes before the release.
type Version struct {
	Major, Minor, Patch int
	Suffix              string
}

var versionForm = regexp.MustCompile(`^v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$`)

// Parse reads "9", "9.5", "9.5.0" or "9.5.0-rc1"; what is not stated is 0.
func Parse(text string) (Version, error) {
	m := versionForm.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return Version{}, fmt.Errorf("%q is not a version such as 9.5.0", text)
	}
	var v Version
	for i, part := range []*int{&v.Major, &v.Minor, &v.Patch} {
		*part, _ = strconv.Atoi("0" + m[i+1])
	}
	v.Suffix = m[4]
	return v, nil
}

// String is the version with all its parts.
func (v Version) String() string {
	text := fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
	if v.Suffix != "" {
		text += "-" + v.Suffix
	}
	return text
}

// Compare orders versions as semantic versioning does: negative when v comes first.
func (v Version) Compare(other Version) int {
	return cmp.Or(cmp.Compare(v.Major, other.Major), cmp.Compare(v.Minor, other.Minor), cmp.Compare(v.Patch, other.Patch),
		compareSuffixes(v.Suffix, other.Suffix))
}

func compareSuffixes(a, b string) int {
	if a == "" || b == "" {
		return cmp.Compare(boolAsInt(a == ""), boolAsInt(b == ""))
	}
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		if order := compareIdentifiers(as[i], bs[i]); order != 0 {
			return order
		}
	}
	return cmp.Compare(len(as), len(bs))
}

// compareIdentifiers puts numbers in their order before texts.
func compareIdentifiers(a, b string) int {
	x, errA := strconv.Atoi(a)
	y, errB := strconv.Atoi(b)
	if errA == nil && errB == nil {
		return cmp.Compare(x, y)
	}
	return cmp.Or(cmp.Compare(boolAsInt(errA != nil), boolAsInt(errB != nil)), cmp.Compare(a, b))
}

func boolAsInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Range is a set of versions in npm's grammar: "^8.19.0 || ~9.0.7 || >=9.1.4 <10".
type Range struct {
	// alternatives are lists of bounds; all of one list must hold.
	alternatives [][]bound
}

type bound struct {
	operator string
	version  Version
	// parts is how many of the version's numbers are stated.
	parts int
}

var boundForm = regexp.MustCompile(`(\^|~>?|>=|<=|>|<|=)?\s*([^\s<>=^~|,]+)`)

// ParseRange reads a range: bounds with ^ ~ >= <= > < = or nothing, joined by spaces or commas, alternatives by "||". A part
// of a version that is left out, or that is "x" or "*", may be any number.
func ParseRange(text string) (Range, error) {
	var r Range
	for _, alternative := range strings.Split(text, "||") {
		var bounds []bound
		for _, m := range boundForm.FindAllStringSubmatch(alternative, -1) {
			b, err := parseBound(m[1], m[2])
			if err != nil {
				return Range{}, fmt.Errorf("range %q: %w", text, err)
			}
			bounds = append(bounds, b)
		}
		if rest := strings.Trim(boundForm.ReplaceAllString(alternative, ""), " ,\t\r\n"); rest != "" || len(bounds) == 0 {
			return Range{}, fmt.Errorf("range %q: %q is not a bound such as ^9.1.0", text, strings.TrimSpace(alternative))
		}
		r.alternatives = append(r.alternatives, bounds)
	}
	return r, nil
}

var anyPart = regexp.MustCompile(`^(v?\d+(?:\.\d+)?)?(?:^|\.)[xX*](?:\.[xX*])*$`)

// parseBound reads one bound. With fewer than three numbers, "=" and "~" are about as many as there are.
func parseBound(operator, text string) (bound, error) {
	stated := text
	if m := anyPart.FindStringSubmatch(text); m != nil {
		stated = m[1]
	}
	if stated == "" {
		return bound{operator: ">="}, nil
	}
	if operator == "~>" {
		operator = "~"
	}
	version, err := Parse(stated)
	return bound{operator, version, 1 + strings.Count(strings.SplitN(stated, "-", 2)[0], ".")}, err
}

// Admits tells whether a version is in the range.
func (r Range) Admits(v Version) bool {
	for _, bounds := range r.alternatives {
		all := true
		for _, b := range bounds {
			all = all && b.admits(v)
		}
		if all {
			return true
		}
	}
	return false
}

func (b bound) admits(v Version) bool {
	order := v.Compare(b.version)
	switch b.operator {
	case "^":
		return order >= 0 && v.Compare(b.version.nextIncompatible()) < 0
	case "~":
		return order >= 0 && b.agrees(v, min(b.parts, 2))
	case ">=":
		return order >= 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case "<":
		return order < 0
	}
	return order == 0 || b.parts < 3 && b.agrees(v, b.parts)
}

// agrees tells whether a version has the first n numbers of the bound.
func (b bound) agrees(v Version, n int) bool {
	own, others := [...]int{b.version.Major, b.version.Minor, b.version.Patch}, [...]int{v.Major, v.Minor, v.Patch}
	return slices.Equal(own[:n], others[:n])
}

// nextIncompatible is where "^" ends: the next number at the first place that is not 0.
func (v Version) nextIncompatible() Version {
	switch {
	case v.Major > 0:
		return Version{Major: v.Major + 1}
	case v.Minor > 0:
		return Version{Minor: v.Minor + 1}
	}
	return Version{Patch: v.Patch + 1}
}
