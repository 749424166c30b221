package page

import (
	"strings"
	"unicode"

	"github.com/tocsin-rules/tocsin/internal/rule"
)

// Slug makes a text part of an address: lower case, and one hyphen for each run of what is neither letter nor digit, none at
// the ends. Letters and digits of all scripts are kept. It is "" for a text without any.
func Slug(text string) string {
	parts := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	return strings.Join(parts, "-")
}

// Anchor is the anchor of a rule's page: the prefix, or else [DefaultPrefix], and the slug of the rule's name, or else of
// its rule_id.
func Anchor(r *rule.Rule, prefix string) string {
	parts := []string{Slug(prefix)}
	if parts[0] == "" {
		parts[0] = DefaultPrefix
	}
	for _, text := range []string{r.Name, r.RuleID} {
		if slug := Slug(text); slug != "" {
			return strings.Join(append(parts, slug), "-")
		}
	}
	return parts[0]
}
