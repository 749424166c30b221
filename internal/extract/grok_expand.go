package extract

import (
	"fmt"
	"slices"
	"strings"
)

// expandLimit bounds the length of an expanded pattern.
const expandLimit = 1 << 20

// expand writes a GROK pattern as a regular expression: %{NAME} becomes a group of that pattern, and %{NAME:field}
// one that has the whole reference as its name.
func expand(pattern string, bank map[string]string) (string, error) {
	var out strings.Builder
	if err := expandInto(&out, pattern, bank, nil); err != nil {
		return "", err
	}
	return out.String(), nil
}

func expandInto(out *strings.Builder, pattern string, bank map[string]string, inside []string) error {
	for {
		start := strings.Index(pattern, "%{")
		if start < 0 {
			out.WriteString(pattern)
			return nil
		}
		reference, length, ok := readReference(pattern[start:])
		if !ok {
			out.WriteString(pattern[:start+1])
			pattern = pattern[start+1:]
			continue
		}
		out.WriteString(pattern[:start])
		pattern = pattern[start+length:]
		name, _, field := strings.Cut(reference, ":")
		body, known := bank[name]
		switch {
		case !known && isElsewhere(name):
			return fmt.Errorf("the pattern [%s] of Elasticsearch's library is not carried offline", name)
		case !known:
			return fmt.Errorf("unable to find pattern [%s] in Grok's pattern dictionary", name)
		case slices.Contains(inside, name):
			return fmt.Errorf("circular reference in pattern [%s]", name)
		case out.Len() > expandLimit:
			return fmt.Errorf("the pattern is longer than %d characters with all its parts", expandLimit)
		}
		out.WriteString("(?:")
		if field {
			out.WriteString("(?<" + reference + ">")
		}
		if err := expandInto(out, body, bank, append(inside, name)); err != nil {
			return err
		}
		if field {
			out.WriteByte(')')
		}
		out.WriteByte(')')
	}
}

// readReference reads %{NAME}, %{NAME:field} and %{NAME:field:kind}, and gives what stands in the braces. A text
// that is not of this form is no reference.
func readReference(text string) (reference string, length int, ok bool) {
	end := strings.IndexByte(text, '}')
	if end < 0 {
		return "", 0, false
	}
	reference = text[len("%{"):end]
	name, field, named := strings.Cut(reference, ":")
	if name == "" || named && field == "" {
		return "", 0, false
	}
	for _, c := range name {
		// Between the capitals and the small letters stand [ \ ] ^ _ and `, which Elasticsearch accepts too.
		if (c < 'A' || c > 'z') && (c < '0' || c > '9') {
			return "", 0, false
		}
	}
	for _, c := range field {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && !strings.ContainsRune("@[]_:.-", c) {
			return "", 0, false
		}
	}
	return reference, end + 1, true
}

// isElsewhere tells whether Elasticsearch's library holds a pattern that this one leaves out: those for the logs of
// single products.
func isElsewhere(name string) bool {
	for _, prefix := range []string{
		"BACULA_", "BIND9", "BRO_", "CATALINA", "CISCOFW", "CISCO_", "CLOUDFRONT_", "ELB_", "EXIM_", "HAPROXY", "MAVEN_", "MCOLLECTIVE",
		"MONGO", "NAGIOS", "NETSCREEN", "POSTGRESQL", "RAILS", "RCONTROLLER", "REDIS", "RPROCESSING", "RT_FLOW", "RUBY_LOGGER", "S3_", "SFW2",
		"SHOREWALL", "SQUID", "TOMCAT", "ZEEK_", "IPTABLES", "HTTPD24_", "HTTPD_ERRORLOG", "SYSLOG5424",
	} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
