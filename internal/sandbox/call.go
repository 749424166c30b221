package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// call is one request, its body read whole, together with the space that it is about.
type call struct {
	*space
	spaceID string
	// id is the part of the path that a route leaves open.
	id    string
	query url.Values
	// kind is the body's media type as the header tells it.
	kind string
	text []byte
}

// object reads the body as a JSON object.
func (c *call) object() (map[string]any, error) {
	if kind, _, err := mime.ParseMediaType(c.kind); err != nil || kind != "application/json" {
		return nil, platform(http.StatusUnsupportedMediaType, "Unsupported Media Type")
	}
	doc, err := decode(c.text)
	if err != nil {
		return nil, platform(http.StatusBadRequest, "Invalid request payload JSON format")
	}
	body, ok := doc.(map[string]any)
	if !ok {
		return nil, badBody("expected an object, received " + kindOf(doc))
	}
	return body, nil
}

// checked reads the body as a JSON object that a schema describes.
func (c *call) checked(s schema) (map[string]any, error) {
	body, err := c.object()
	if err != nil {
		return nil, err
	}
	if problems := s.problems("", body, false); len(problems) > 0 {
		return nil, badBody(strings.Join(problems, ", "))
	}
	return body, nil
}

// file reads the part named file of a multipart body. Its name must end in one of the extensions.
func (c *call) file(extensions ...string) (name string, text []byte, err error) {
	kind, parameters, err := mime.ParseMediaType(c.kind)
	if err != nil || kind != "multipart/form-data" {
		return "", nil, platform(http.StatusUnsupportedMediaType, "Unsupported Media Type")
	}
	form := multipart.NewReader(bytes.NewReader(c.text), parameters["boundary"])
	for {
		part, err := form.NextPart()
		if err != nil {
			return "", nil, badBody("file: Required")
		}
		if part.FormName() != "file" {
			continue
		}
		name = part.FileName()
		for _, extension := range extensions {
			if path.Ext(name) == extension {
				text, err = io.ReadAll(part)
				if err != nil {
					return "", nil, platform(http.StatusBadRequest, "Invalid multipart payload format")
				}
				return name, text, nil
			}
		}
		return "", nil, siem(http.StatusBadRequest, "Invalid file extension "+path.Ext(name))
	}
}

// flag reads a query parameter that is true or false, and false when it is not given.
func (c *call) flag(name string) (bool, error) {
	switch v := c.query.Get(name); v {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, badQuery(fmt.Sprintf("%s: Invalid enum value. Expected 'true' | 'false', received '%s'", name, v))
	}
}

// flags reads several of them.
func (c *call) flags(names ...string) (map[string]bool, error) {
	all := map[string]bool{}
	var problems []error
	for _, name := range names {
		v, err := c.flag(name)
		all[name] = v
		problems = append(problems, err)
	}
	for _, err := range problems {
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// window reads page and per_page.
func (c *call) window(size, leastSize int) (pageNumber, pageSize int, err error) {
	pageNumber, pageSize = 1, size
	for _, p := range []struct {
		name  string
		value *int
		least int
	}{{"page", &pageNumber, 1}, {"per_page", &pageSize, leastSize}} {
		if !c.query.Has(p.name) {
			continue
		}
		n, err := strconv.Atoi(c.query.Get(p.name))
		if err != nil || n < p.least {
			return 0, 0, badQuery(fmt.Sprintf("%s: must be an integer of at least %d", p.name, p.least))
		}
		*p.value = n
	}
	if pageSize > 0 && pageNumber > maxWindow/pageSize {
		return 0, 0, siem(http.StatusBadRequest, fmt.Sprintf(
			"Result window is too large, from + size must be less than or equal to: [%d] but was [%s]",
			maxWindow, strconv.FormatUint(uint64(pageNumber)*uint64(pageSize), 10)))
	}
	return pageNumber, pageSize, nil
}

// cut gives the part of a list that a page shows, never nil.
func cut(docs []doc, pageNumber, pageSize int) []doc {
	from := min((pageNumber-1)*pageSize, len(docs))
	to := min(from+pageSize, len(docs))
	return append([]doc{}, docs[from:to]...)
}

// readAll reads a request's body up to a limit.
func readAll(r *http.Request, limit int, tooLarge int) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r.Body, int64(limit)+1))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, platform(http.StatusBadRequest, "the request's body cannot be read")
	}
	if len(text) > limit {
		return nil, platform(tooLarge, "Payload content length greater than maximum allowed: "+strconv.Itoa(limit))
	}
	return text, nil
}
