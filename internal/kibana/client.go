package kibana

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// MaxAnswer is the size in bytes of the largest answer that is read, after decompression.
const MaxAnswer = 64 << 20

// request is one call of the API.
type request struct {
	method string
	// path begins with /api/ and has neither base path nor space prefix.
	path  string
	query url.Values
	// body is sent as JSON; nil sends none.
	body any
	// raw is sent as it is instead of a body.
	raw         []byte
	contentType string
}

// answer is what came back, whole.
type answer struct {
	method, path string
	status       int
	header       http.Header
	body         []byte
}

// repeat makes a call that may be repeated, and tries it until it succeeds, fails for good, or no try is left.
func (c *Client) repeat(ctx context.Context, r request) (any, error) {
	for p := c.NewPacer(); ; {
		doc, err := c.once(ctx, r)
		if err == nil || !p.Again(ctx, err) {
			return doc, err
		}
	}
}

// once makes a call a single time and gives the JSON document of its answer.
func (c *Client) once(ctx context.Context, r request) (any, error) {
	a, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	return c.document(a)
}

// send makes a call a single time and gives its answer, whatever that is.
func (c *Client) send(ctx context.Context, r request) (answer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.timeout, fmt.Errorf("gave up waiting after %s", c.timeout))
	defer cancel()
	req, err := c.newRequest(ctx, r)
	if err != nil {
		return answer{}, err
	}
	a := answer{method: r.method, path: c.prefix + r.path}
	res, err := c.transport.Perform(req)
	if err != nil {
		return a, c.networkError(ctx, a, err)
	}
	defer func() { _ = res.Body.Close() }()
	c.passWarnings(res.Header)
	a.status, a.header = res.StatusCode, res.Header
	if a.body, err = io.ReadAll(io.LimitReader(res.Body, MaxAnswer+1)); err != nil {
		return a, c.networkError(ctx, a, err)
	}
	if len(a.body) > MaxAnswer {
		return a, c.unexpected(a, ErrTooLarge, fmt.Sprintf("more than %d MiB", MaxAnswer>>20))
	}
	return a, nil
}

func (c *Client) newRequest(ctx context.Context, r request) (*http.Request, error) {
	var body io.Reader
	if r.raw != nil {
		body = bytes.NewReader(r.raw)
	}
	if r.body != nil {
		text, err := json.Marshal(r.body)
		if err != nil {
			return nil, fmt.Errorf("%s %s: the body cannot be written as JSON: %w", r.method, r.path, err)
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, r.path, body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	req.URL.RawQuery = r.query.Encode()
	req.Header = c.header.Clone()
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	return req, nil
}

// document is the JSON of an answer, or the error that the answer is.
func (c *Client) document(a answer) (any, error) {
	switch {
	case a.header.Get("X-Elastic-Product") == "Elasticsearch":
		return nil, c.unexpected(a, ErrNotKibana, "this is Elasticsearch; Kibana has another address, often port 5601")
	case a.status >= 400:
		return nil, c.refusal(a)
	case a.status >= 300:
		return nil, c.redirect(a)
	}
	doc, err := decode(a.body)
	switch {
	case err == nil:
		return doc, nil
	case isHTML(string(a.body)):
		return nil, c.unexpected(a, ErrNotJSON, pageText(string(a.body))+", as a login page or a proxy sends it")
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return nil, c.unexpected(a, ErrTruncated, "")
	}
	return nil, c.unexpected(a, ErrNotJSON, err.Error())
}

// decode reads one JSON document, with numbers as they are written.
func decode(body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something after the JSON document")
	}
	return doc, nil
}

func (c *Client) redirect(a answer) error {
	to, err := url.Parse(a.header.Get("Location"))
	if err != nil || to.Path == "" && to.Host == "" {
		return c.unexpected(a, ErrRedirect, "")
	}
	// Without user and query: a redirect to a login page may carry a token.
	target := (&url.URL{Scheme: to.Scheme, Host: to.Host, Path: to.Path}).String()
	if to.Host != "" && !strings.EqualFold(to.Host, c.host) {
		return c.unexpected(a, ErrRedirect, "to another host: "+target)
	}
	return c.unexpected(a, ErrRedirect, "to "+target)
}

// notIt is an answer that is JSON, but not what was asked for.
func (c *Client) notIt(r request, what string) *ResponseError {
	a := answer{method: r.method, path: c.prefix + r.path, status: http.StatusOK}
	return c.unexpected(a, ErrNotKibana, "it is JSON, but not "+what)
}

func (c *Client) unexpected(a answer, err error, detail string) *ResponseError {
	return &ResponseError{Method: a.method, Path: a.path, Status: a.status, Err: err, Detail: c.scrubber.show(detail)}
}

// networkError tells why there is no answer. ctx is the context of the try.
func (c *Client) networkError(ctx context.Context, a answer, err error) *NetworkError {
	e := &NetworkError{Method: a.method, Path: a.path, Host: c.host, Err: err, final: distrusted(err)}
	if ctx.Err() != nil {
		e.Err = context.Cause(ctx)
		// A try that took too long may be repeated; a call that its caller ended may not.
		e.final = errors.Is(e.Err, context.Canceled) || errors.Is(e.Err, context.DeadlineExceeded)
	}
	if text := e.Err.Error(); c.scrubber.scrub(text) != text {
		e.Err = errors.New(c.scrubber.scrub(text))
	}
	return e
}

// passWarnings hands on what Kibana announces in Warning headers, such as 299 Kibana-9.2.0 "text": each text once, for
// the same call is made many times.
func (c *Client) passWarnings(h http.Header) {
	if c.warn == nil {
		return
	}
	c.warning.Lock()
	defer c.warning.Unlock()
	for _, text := range h.Values("Warning") {
		if !c.warned[text] {
			c.warned[text] = true
			c.warn(c.scrubber.show(text))
		}
	}
}
