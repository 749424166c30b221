package schema

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/diag"
)

// The names of the findings.
const (
	// UnknownKey is a key that its table does not have.
	UnknownKey = "unknown-key"
	// MissingKey is a table that lacks a key.
	MissingKey = "missing-key"
	// WrongType is a value of another type than its key has.
	WrongType = "wrong-type"
	// NotAllowed is a value that is not among the allowed ones, or a key that excludes another.
	NotAllowed = "not-allowed"
	// WrongForm is a text of the wrong form, such as a date that is none.
	WrongForm = "wrong-form"
	// OutOfRange is a number that is too small or too large.
	OutOfRange = "out-of-range"
	// WrongLength is an array or a text that is too short or too long.
	WrongLength = "wrong-length"
	// TooMany stands for findings that are not told one by one, or for values that are too many to look at.
	TooMany = "too-many"
)

// MaxFindings is the number of findings of one document that are told.
const MaxFindings = 200

// Locator tells where the keys and values of a document stand in its text. When there is nothing at a path, it
// gives the closest place around it; a place without a span stands for the whole file.
type Locator interface {
	KeyPlace(path ...string) diag.Place
	ValuePlace(path ...string) diag.Place
}

// Diagnose checks a document of a kind and tells what is wrong with it, sorted by place. The document stands at
// the path prefix of the text that the locator knows.
func (s *Set) Diagnose(name string, doc any, where Locator, prefix ...string) (diag.List, error) {
	k, err := s.kind(name)
	if err != nil {
		return nil, err
	}
	found, err := k.check(doc)
	if err != nil {
		return nil, err
	}
	var list diag.List
	for i, v := range found {
		if len(list) == MaxFindings {
			list = append(list, more(where.ValuePlace(prefix...), len(found)-i))
			break
		}
		if v.Keyword == "required" && i > 0 && found[i-1].Keyword == "required" && slices.Equal(found[i-1].Path, v.Path) {
			continue // told together with the one before
		}
		x := explainer{set: s, kind: k, doc: doc, where: where, prefix: prefix, violation: v, rest: found[i:]}
		list = append(list, x.diagnostic())
	}
	list.Sort()
	return list, nil
}

// more stands for the findings that are not told.
func more(place diag.Place, count int) diag.Diagnostic {
	return diag.Diagnostic{
		Name: TooMany, Severity: diag.Error, Subject: place,
		Message: fmt.Sprintf("%d more findings are not told", count),
	}
}

// explainer turns one violation into a diagnostic.
type explainer struct {
	set       *Set
	kind      *kind
	doc       any
	where     Locator
	prefix    []string
	violation Violation
	rest      []Violation // the violation and those that come after it
}

func (x explainer) diagnostic() diag.Diagnostic {
	switch x.violation.Keyword {
	case tooManyValues:
		return x.at(TooMany, fmt.Sprintf("%s has more than %d values", x.name(), MaxValues), "keep events in a file of their own")
	case "required":
		return x.missing()
	case "additionalProperties":
		return x.unknown()
	case "propertyNames":
		return x.badName()
	case "dependencies":
		return x.lonely()
	case "false":
		return x.excluded()
	case "type":
		return x.wrongType()
	case "enum", "const":
		return x.notAllowed()
	case "pattern":
		return x.wrongForm()
	case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
		return x.outOfRange()
	case "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties", "uniqueItems":
		return x.wrongLength()
	}
	return x.at(NotAllowed, fmt.Sprintf("%s breaks the rule %q of its schema", x.name(), x.violation.Keyword), "")
}

// at makes a finding about the value.
func (x explainer) at(name, message, help string) diag.Diagnostic {
	return x.finding(name, x.where.ValuePlace(x.path(x.violation.Path)...), message, help)
}

func (x explainer) finding(name string, place diag.Place, message, help string) diag.Diagnostic {
	return diag.Diagnostic{Name: name, Severity: diag.Error, Subject: place, Message: message, Help: help}
}

func (x explainer) path(path []string) []string { return slices.Concat(x.prefix, path) }

func (x explainer) node() node { return x.kind.root.walk(x.violation.Path) }

func (x explainer) property() string { return property(x.violation) }

// name is what a user calls the value: its key, and for an item of an array the array's key and the item's number.
func (x explainer) name() string { return pathName(x.path(x.violation.Path)) }

func pathName(path []string) string {
	if len(path) == 0 {
		return "the file"
	}
	last := path[len(path)-1]
	if i, err := strconv.Atoi(last); err == nil && len(path) > 1 {
		return fmt.Sprintf("item %d of %s", i+1, pathName(path[:len(path)-1]))
	}
	return "`" + last + "`"
}

func (x explainer) missing() diag.Diagnostic {
	var names []string
	for _, v := range x.rest {
		if v.Keyword == "required" && slices.Equal(v.Path, x.violation.Path) {
			names = append(names, property(v))
		}
	}
	message := "missing key " + join(names, "and")
	if len(names) > 1 {
		message = "missing keys " + join(names, "and")
	}
	if path := x.path(x.violation.Path); len(path) > 0 {
		message += " in " + pathName(path)
	}
	help := ""
	if len(names) == 1 {
		help = x.add(names[0])
	}
	return x.at(MissingKey, message, help)
}

// add tells how to write a missing key.
func (x explainer) add(name string) string {
	child := x.node().child(name).resolve()
	switch {
	case slices.Equal(child.types(), []string{"object"}):
		return "add a table `[" + strings.Join(append(x.path(x.violation.Path), name), ".") + "]`"
	case child.enum() != nil:
		return "it is one of " + join(child.enum(), "or")
	case child.example() != "":
		return "for example `" + name + " = " + child.example() + "`"
	}
	return lowerFirst(strings.TrimSuffix(child.text("description"), "."))
}

func (x explainer) unknown() diag.Diagnostic {
	name, known := x.property(), x.node().properties()
	help := diag.DidYouMean(name, known)
	if help == "" && len(known) > 0 && len(known) <= 12 {
		help = "the keys here are " + join(known, "and")
	}
	path := append(x.path(x.violation.Path), name)
	return x.finding(UnknownKey, x.where.KeyPlace(path...), "unknown key `"+name+"`", help)
}

func (x explainer) badName() diag.Diagnostic {
	name := x.property()
	path := append(x.path(x.violation.Path), name)
	help := ""
	names, _ := x.node().schema["propertyNames"].(map[string]any)
	if pattern, _ := names["pattern"].(string); pattern != "" {
		help = "it must be " + x.set.words[pattern]
	}
	return x.finding(WrongForm, x.where.KeyPlace(path...), "`"+name+"` is no name for this", help)
}

// lonely is a key that needs another one beside it.
func (x explainer) lonely() diag.Diagnostic {
	wanted := x.property()
	for _, name := range x.node().dependents(wanted) {
		if at(x.doc, append(slices.Clip(x.violation.Path), name)) == nil {
			continue
		}
		place := x.where.KeyPlace(append(x.path(x.violation.Path), name)...)
		return x.finding(MissingKey, place, fmt.Sprintf("`%s` needs `%s` beside it", name, wanted), "add `"+wanted+"`, or remove `"+name+"`")
	}
	return x.at(MissingKey, "missing key `"+wanted+"`", "")
}

// excluded is a key that must not stand beside another one.
func (x explainer) excluded() diag.Diagnostic {
	path := x.violation.Path
	if len(path) == 0 {
		return x.at(NotAllowed, "nothing is allowed here", "")
	}
	name := path[len(path)-1]
	place := x.where.KeyPlace(x.path(path)...)
	for _, other := range x.kind.root.walk(path[:len(path)-1]).dependents(name) {
		beside := append(slices.Clone(path[:len(path)-1]), other)
		if at(x.doc, beside) == nil {
			continue
		}
		d := x.finding(NotAllowed, place, fmt.Sprintf("`%s` cannot stand beside `%s`", name, other), "remove one of the two")
		d.Related = []diag.Related{{Place: x.where.KeyPlace(x.path(beside)...), Message: "the other one"}}
		return d
	}
	return x.finding(NotAllowed, place, "`"+name+"` is not allowed here", "")
}

func (x explainer) wrongType() diag.Diagnostic {
	expected, _ := x.violation.Params["expected"].([]string)
	given := fmt.Sprint(x.violation.Params["given"])
	words := make([]string, len(expected))
	for i, t := range expected {
		words[i] = typeWords(t)
	}
	message := fmt.Sprintf("%s must be %s, not %s", x.name(), strings.Join(words, " or "), typeWords(given))
	return x.at(WrongType, message, x.typeHelp(expected, given))
}

func (x explainer) typeHelp(expected []string, given string) string {
	value := fmt.Sprint(x.violation.Params["value"])
	switch {
	case given == "date-time" && slices.Contains(expected, "string"):
		return x.dateHelp()
	case (given == "integer" || given == "float" || given == "number" || given == "boolean") && slices.Contains(expected, "string"):
		return "put it into quotes: `\"" + value + "\"`"
	case given == "string" && slices.Contains(expected, "array"):
		return "put it into brackets: `[" + strconv.Quote(shorten(value)) + "]`"
	case given == "string" && slices.Contains(expected, "integer") && isWhole(value):
		return "write it without quotes: `" + value + "`"
	case slices.Equal(expected, []string{"boolean"}):
		return "write `true` or `false`, without quotes"
	case given == "float" && slices.Contains(expected, "integer"):
		return "write it without a fraction"
	case given == "object" && slices.Contains(expected, "array"):
		return "a table in double brackets, `[[...]]`, is an item of an array"
	case given == "array" && slices.Contains(expected, "object"):
		return "there is only one: its table has single brackets, `[...]`"
	}
	return ""
}

// dateHelp tells how to write what TOML took for a date of its own.
func (x explainer) dateHelp() string {
	if example := x.node().example(); example != "" {
		return "put it into quotes, for example `" + example + "`"
	}
	return "put it into quotes"
}

func (x explainer) notAllowed() diag.Diagnostic {
	value := fmt.Sprint(x.violation.Params["value"])
	allowed := x.node().enum()
	message := fmt.Sprintf("%s must be one of %s, not %s", x.name(), join(allowed, "or"), quote(value))
	if len(allowed) == 1 {
		message = fmt.Sprintf("%s must be `%s`, not %s", x.name(), allowed[0], quote(value))
	}
	return x.at(NotAllowed, message, diag.DidYouMean(value, allowed))
}

func (x explainer) wrongForm() diag.Diagnostic {
	pattern := fmt.Sprint(x.violation.Params["pattern"])
	value := fmt.Sprint(x.violation.Params["value"])
	words := x.set.words[pattern]
	if strings.TrimSpace(value) == "" {
		return x.at(WrongForm, x.name()+" must not be blank", "")
	}
	if words == "" {
		words = "of the form `" + pattern + "`"
	}
	help := ""
	if example := x.node().example(); example != "" {
		help = "for example `" + example + "`"
	}
	return x.at(WrongForm, fmt.Sprintf("%s must be %s, not %s", x.name(), words, quote(value)), help)
}

func (x explainer) outOfRange() diag.Diagnostic {
	n := x.node()
	low, hasLow := n.schema["minimum"].(json.Number)
	high, hasHigh := n.schema["maximum"].(json.Number)
	var bounds string
	switch {
	case hasLow && hasHigh:
		bounds = fmt.Sprintf("between %s and %s", low, high)
	case hasLow:
		bounds = fmt.Sprintf("at least %s", low)
	case hasHigh:
		bounds = fmt.Sprintf("at most %s", high)
	default:
		bounds = fmt.Sprintf("within %s %v", x.violation.Keyword, x.violation.Params["limit"])
	}
	return x.at(OutOfRange, fmt.Sprintf("%s must be %s, not %v", x.name(), bounds, x.violation.Params["value"]), "")
}

func (x explainer) wrongLength() diag.Diagnostic {
	limit := x.violation.Params["limit"]
	var message string
	switch x.violation.Keyword {
	case "minItems":
		message = fmt.Sprintf("%s needs at least %v", x.name(), items(limit))
	case "maxItems":
		message = fmt.Sprintf("%s may have at most %v", x.name(), items(limit))
	case "minLength":
		message = fmt.Sprintf("%s must not be empty", x.name())
	case "maxLength":
		message = fmt.Sprintf("%s is longer than %v characters", x.name(), limit)
	case "uniqueItems":
		message = fmt.Sprintf("%s holds the same item twice", x.name())
	default:
		message = fmt.Sprintf("%s has the wrong number of keys", x.name())
	}
	return x.at(WrongLength, message, "")
}

func items(limit any) string {
	if limit == "1" {
		return "1 item"
	}
	return fmt.Sprintf("%v items", limit)
}

func typeWords(t string) string {
	switch t {
	case "object":
		return "a table"
	case "array":
		return "an array"
	case "integer":
		return "an integer"
	case "number":
		return "a number"
	case "float":
		return "a float"
	case "null":
		return "null"
	}
	return "a " + t
}

func isWhole(text string) bool {
	_, err := strconv.ParseInt(text, 10, 64)
	return err == nil
}

// longest is the number of characters of a value that a message shows.
const longest = 60

// quote shows a text within a message, on one line and not too long.
func quote(text string) string {
	quoted := strconv.Quote(shorten(text))
	return "`" + quoted[1:len(quoted)-1] + "`"
}

func shorten(text string) string {
	if utf8.RuneCountInString(text) <= longest {
		return text
	}
	return string([]rune(text)[:longest]) + "..."
}

// join lists names, with a word before the last one.
func join(names []string, word string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = "`" + name + "`"
	}
	if len(quoted) < 2 {
		return strings.Join(quoted, "")
	}
	return strings.Join(quoted[:len(quoted)-1], ", ") + " " + word + " " + quoted[len(quoted)-1]
}

func lowerFirst(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToLower(text[:1]) + text[1:]
}
