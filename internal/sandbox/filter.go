package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// The filter of _find is KQL over the saved object. This is the part of KQL that programs send:
//
//	alert.attributes.params.ruleId: "x"
//	alert.attributes.tags: ("a" or b*) and not alert.attributes.enabled: true
//
// that is: and, or, not, parentheses, lists of values, quoted and bare values, and * in bare values. A value equals the
// whole field, in the same case; only for alert.attributes.name it is words in the field, in any case, as that field is
// text. Ranges, nested fields and values without a field are refused.

// parseFilter makes a test of a filter of rules.
func parseFilter(text string) (func(rule) bool, error) { return parseFilterOf(text, attribute) }

// parseObjectFilter makes a test of a filter of other objects, whose fields it names type.attributes.field or, for objects
// that are not saved objects, by themselves.
func parseObjectFilter(text string, types []string) (func(doc) bool, error) {
	return parseFilterOf(text, func(name string) (func(doc) any, bool, error) {
		path := name
		for _, kind := range types {
			path = strings.TrimPrefix(path, kind+".attributes.")
		}
		if path == name && len(types) > 0 {
			return nil, false, fmt.Errorf("this key %q does not exist in the %s index patterns", name, strings.Join(types, ", "))
		}
		keys := strings.Split(path, ".")
		return func(d doc) any { return lookUp(d, keys) }, path == "name" || path == "description", nil
	})
}

func parseFilterOf(text string, attribute attributeFinder) (func(doc) bool, error) {
	p := &filterParser{tokens: filterTokens(text), attribute: attribute}
	test, err := p.or(p.term)
	if err != nil {
		return nil, err
	}
	if p.at < len(p.tokens) {
		return nil, fmt.Errorf("KQLSyntaxError: unexpected %q", p.peek())
	}
	return func(r rule) bool { return test(r, nil) }, nil
}

// condition is a part of a filter. Inside a list of values it is asked about the values of one field.
type condition func(r rule, values []string) bool

// attributeFinder finds the value that a field has in an object, and tells whether it is searched by word.
type attributeFinder func(name string) (read func(doc) any, isText bool, err error)

type filterParser struct {
	tokens    []string
	attribute attributeFinder
	at        int
	depth     int
}

// maxDepth bounds how deep parentheses nest.
const maxDepth = 200

// A token is a quoted text, one of the characters ( ) : or a bare word.
var filterToken = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|[():]|(?:[^\s():"\\]|\\.)+|\S`)

func filterTokens(text string) []string { return filterToken.FindAllString(text, -1) }

func (p *filterParser) peek() string {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return ""
}

func (p *filterParser) take(word string) bool {
	if !strings.EqualFold(p.peek(), word) {
		return false
	}
	p.at++
	return true
}

// or reads conditions joined by or; operand reads the innermost ones.
func (p *filterParser) or(operand func() (condition, error)) (condition, error) {
	left, err := p.and(operand)
	for err == nil && p.take("or") {
		var right condition
		if right, err = p.and(operand); err == nil {
			a, b := left, right
			left = func(r rule, v []string) bool { return a(r, v) || b(r, v) }
		}
	}
	return left, err
}

func (p *filterParser) and(operand func() (condition, error)) (condition, error) {
	left, err := p.not(operand)
	for err == nil && p.take("and") {
		var right condition
		if right, err = p.not(operand); err == nil {
			a, b := left, right
			left = func(r rule, v []string) bool { return a(r, v) && b(r, v) }
		}
	}
	return left, err
}

func (p *filterParser) not(operand func() (condition, error)) (condition, error) {
	negated := false
	for p.take("not") {
		negated = !negated
	}
	inner, err := p.group(operand)
	if err != nil || !negated {
		return inner, err
	}
	return func(r rule, v []string) bool { return !inner(r, v) }, nil
}

func (p *filterParser) group(operand func() (condition, error)) (condition, error) {
	if !p.take("(") {
		return operand()
	}
	if p.depth++; p.depth > maxDepth {
		return nil, errors.New("KQLSyntaxError: the filter is nested too deep")
	}
	inner, err := p.or(operand)
	p.depth--
	if err == nil && !p.take(")") {
		err = errors.New(`KQLSyntaxError: expected ")"`)
	}
	return inner, err
}

// term reads field: value, where the value may be a list.
func (p *filterParser) term() (condition, error) {
	name, err := p.word()
	if err != nil {
		return nil, err
	}
	if !p.take(":") {
		return nil, fmt.Errorf("KQLSyntaxError: expected \":\" after %q", name)
	}
	read, isText, err := p.attribute(name)
	if err != nil {
		return nil, err
	}
	value := func() (condition, error) { return p.value(isText) }
	test, err := p.not(value)
	if err != nil {
		return nil, err
	}
	return func(r rule, _ []string) bool { return test(r, scalars(read(r))) }, nil
}

// value reads one value of a field.
func (p *filterParser) value(isText bool) (condition, error) {
	quoted := strings.HasPrefix(p.peek(), `"`)
	bare := strings.Contains(p.peek(), "*")
	want, err := p.word()
	if err != nil {
		return nil, err
	}
	test := func(v string) bool { return v == want }
	switch {
	case !quoted && bare:
		flags := "(?s)^"
		if isText {
			flags = "(?si)^"
		}
		form, err := regexp.Compile(flags + strings.ReplaceAll(regexp.QuoteMeta(want), `\*`, ".*") + "$")
		if err != nil {
			return nil, errors.New("KQLSyntaxError: the wildcard cannot be read")
		}
		test = form.MatchString
	case isText:
		words := " " + strings.Join(wordsOf(want), " ") + " "
		test = func(v string) bool { return strings.Contains(" "+strings.Join(wordsOf(v), " ")+" ", words) }
	}
	return func(_ rule, values []string) bool {
		for _, v := range values {
			if test(v) {
				return true
			}
		}
		return false
	}, nil
}

// word reads a name or a value, unescaped.
func (p *filterParser) word() (string, error) {
	token := p.peek()
	switch token {
	case "", "(", ")", ":", `"`, `\`:
		return "", fmt.Errorf("KQLSyntaxError: expected a field or a value but %q found", token)
	}
	p.at++
	token = strings.TrimSuffix(strings.TrimPrefix(token, `"`), `"`)
	return unescape.ReplaceAllString(token, "$1"), nil
}

var unescape = regexp.MustCompile(`\\(.)`)

// attribute is the [attributeFinder] of rules.
func attribute(name string) (read func(rule) any, isText bool, err error) {
	path, ok := strings.CutPrefix(name, "alert.attributes.")
	if !ok {
		return nil, false, fmt.Errorf("this key %q does not exist in the alert index patterns", name)
	}
	param, isParam := strings.CutPrefix(path, "params.")
	top := map[string]string{
		"name": "name", "enabled": "enabled", "tags": "tags", "createdBy": "created_by", "updatedBy": "updated_by",
		"createdAt": "created_at", "updatedAt": "updated_at", "revision": "revision", "schedule.interval": "interval",
	}
	switch {
	case isParam:
		keys := strings.Split(snake(param), ".")
		return func(r rule) any { return lookUp(r, keys) }, false, nil
	case top[path] != "":
		return func(r rule) any { return r[top[path]] }, path == "name", nil
	}
	return nil, false, fmt.Errorf("this key %q does not exist in the alert index patterns", name)
}

// snake turns ruleId into rule_id.
func snake(camel string) string {
	var b strings.Builder
	for _, r := range camel {
		if unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func lookUp(v any, keys []string) any {
	for _, key := range keys {
		o, _ := v.(map[string]any)
		v = o[key]
	}
	return v
}

// scalars is the scalar values in a value, as text.
func scalars(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case bool:
		return []string{strconv.FormatBool(v)}
	case json.Number:
		return []string{v.String()}
	case []any:
		var all []string
		for _, item := range v {
			all = append(all, scalars(item)...)
		}
		return all
	}
	return nil
}

// wordsOf is the words of a text in lower case.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
