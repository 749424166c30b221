package extract

import (
	"fmt"
	"strconv"
	"strings"
)

// URI are the parts of an address as URI_PARTS gives them; a nil pointer is a part that is not there.
type URI struct {
	Scheme, UserInfo, Username, Password, Domain, Path, Extension, Query, Fragment *string
	Port                                                                           *int64
}

// ParseURI takes an address apart. It reads what java.net.URI reads, with percent signs decoded, and otherwise what
// java.net.URL reads, as it is (Elasticsearch: UriPartsProcessor).
func ParseURI(text string) (URI, error) {
	if u, ok := strictURI(text); ok {
		return u, nil
	}
	if u, ok := lenientURL(text); ok {
		return u, nil
	}
	return URI{}, fmt.Errorf("unable to parse URI [%s]", text)
}

// split is the division of RFC 2396: what each part is, and whether it is there.
type split struct {
	scheme, authority, path, query, fragment       string
	hasScheme, hasAuthority, hasQuery, hasFragment bool
}

func splitURI(text string) split {
	var s split
	text, s.fragment, s.hasFragment = strings.Cut(text, "#")
	if i := strings.IndexAny(text, ":/?"); i > 0 && text[i] == ':' {
		s.scheme, s.hasScheme, text = text[:i], true, text[i+1:]
	}
	text, s.query, s.hasQuery = strings.Cut(text, "?")
	if rest, ok := strings.CutPrefix(text, "//"); ok {
		end := strings.IndexByte(rest, '/')
		if end < 0 {
			end = len(rest)
		}
		s.authority, s.hasAuthority, text = rest[:end], true, rest[end:]
	}
	s.path = text
	return s
}

func strictURI(text string) (URI, bool) {
	s := splitURI(text)
	if text == "" || !validURI(text) || s.hasScheme && !validScheme(s.scheme) || strings.HasPrefix(text, ":") {
		return URI{}, text == ""
	}
	var u URI
	if s.hasScheme {
		u.Scheme = &s.scheme
	}
	if s.hasFragment {
		u.Fragment = decoded(s.fragment)
	}
	opaque := s.hasScheme && !s.hasAuthority && !strings.HasPrefix(s.path, "/")
	if opaque {
		return u, s.path != "" || s.hasQuery
	}
	if s.hasAuthority && s.authority == "" && s.path == "" {
		return URI{}, false // something must stand behind the slashes
	}
	u.setAuthority(s.authority, true)
	u.setPath(*decoded(s.path))
	if s.hasQuery {
		u.Query = decoded(s.query)
	}
	return u, true
}

// lenientURL reads an address of a protocol that Java knows.
func lenientURL(text string) (URI, bool) {
	s := splitURI(strings.TrimSpace(text))
	switch strings.ToLower(s.scheme) {
	case "http", "https", "ftp", "file", "jar", "mailto":
	default:
		return URI{}, false
	}
	scheme := strings.ToLower(s.scheme)
	u := URI{Scheme: &scheme}
	u.setAuthority(s.authority, false)
	if u.Domain == nil {
		u.Domain = new(string)
	}
	u.setPath(s.path)
	if s.hasQuery {
		u.Query = &s.query
	}
	if s.hasFragment {
		u.Fragment = &s.fragment
	}
	return u, true
}

// setAuthority takes user:password@host:port apart. Where the host is none that a server can have, as with an
// underscore, java.net.URI gives no part of it.
func (u *URI) setAuthority(authority string, strict bool) {
	user, host := "", authority
	at := strings.LastIndexByte(authority, '@')
	if at >= 0 {
		user, host = authority[:at], authority[at+1:]
	}
	port := ""
	if colon := strings.LastIndexByte(host, ':'); colon >= 0 && !strings.HasSuffix(host, "]") {
		host, port = host[:colon], host[colon+1:]
	}
	number, err := strconv.ParseInt(port, 10, 32)
	if host == "" || strict && !validHost(host) || port != "" && (err != nil || number < 0) {
		return
	}
	u.Domain = &host
	if port != "" {
		u.Port = &number
	}
	if at < 0 {
		return
	}
	if strict {
		user = *decoded(user)
	}
	u.UserInfo = &user
	if name, password, ok := strings.Cut(user, ":"); ok {
		u.Username, u.Password = &name, &password
	}
}

// setPath sets the path, and as the extension what follows the last dot of its last segment.
func (u *URI) setPath(path string) {
	u.Path = &path
	last := path[strings.LastIndexByte(path, '/')+1:]
	if dot := strings.LastIndexByte(last, '.'); dot >= 0 && strings.Contains(path, "/") {
		extension := last[dot+1:]
		u.Extension = &extension
	}
}

// validURI tells whether a text holds only the characters of an address and complete percent signs.
func validURI(text string) bool {
	for i, r := range text {
		switch {
		case r <= ' ' || r == 0x7f || strings.ContainsRune("\"<>\\^`{|}", r):
			return false
		case r == '%' && (i+2 >= len(text) || !isHex(text[i+1]) || !isHex(text[i+2])):
			return false
		}
	}
	return true
}

func validScheme(text string) bool {
	for i, c := range text {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", c)) {
			return false
		}
	}
	return true
}

func validHost(host string) bool {
	if strings.HasPrefix(host, "[") {
		return strings.HasSuffix(host, "]")
	}
	for _, c := range host {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && c != '-' && c != '.' {
			return false
		}
	}
	return !strings.HasPrefix(host, "-")
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// decoded replaces each complete %hh by its byte; bytes that are no UTF-8 become U+FFFD.
func decoded(text string) *string {
	if strings.IndexByte(text, '%') < 0 {
		return &text
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]) {
			b, _ := strconv.ParseUint(text[i+1:i+3], 16, 8)
			out.WriteByte(byte(b))
			i += 2
			continue
		}
		out.WriteByte(text[i])
	}
	whole := strings.ToValidUTF8(out.String(), "\uFFFD")
	return &whole
}
