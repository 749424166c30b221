// Package elastic asks an Elasticsearch what tocsin needs of it: its version, what the caller may read, the fields of its
// indices, and scratch indices to run previews over. Requests are those of go-elasticsearch's esapi; login, certificates and
// secrets are as for Kibana.
package elastic

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

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/tocsin-rules/tocsin/internal/kibana"
)

// Client calls one Elasticsearch. It is safe for concurrent use.
type Client struct{ wire *kibana.Wire }

// New makes a client of a configuration whose URL is that of Elasticsearch; it does not call it.
func New(cfg kibana.Config) (*Client, error) {
	wire, err := kibana.NewWire(cfg)
	if err != nil {
		return nil, err
	}
	return &Client{wire: wire}, nil
}

// Close lets go of connections that wait to be used again.
func (c *Client) Close() { c.wire.Close() }

// Error is a refusal.
type Error struct {
	Method, Path string
	Status       int
	// Reason is what Elasticsearch says, printable and without secrets.
	Reason string
}

// Error is the refusal on one line.
func (e *Error) Error() string {
	return fmt.Sprintf("elasticsearch: %s %s: %d %s", e.Method, e.Path, e.Status, e.Reason)
}

// Forbidden tells that the caller is known, and lacks a right.
func (e *Error) Forbidden() bool { return e.Status == http.StatusForbidden }

// maxAnswer is the size in bytes of the largest answer that is read.
const maxAnswer = 64 << 20

// ask makes one call and decodes the answer into out, if that is not nil.
func (c *Client) ask(ctx context.Context, request esapi.Request, out any) error {
	ctx, cancel := c.wire.Bounded(ctx)
	defer cancel()
	sent := &sender{wire: c.wire}
	res, err := request.Do(ctx, sent)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return sent.wrap("%w", err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return sent.wrap("the answer breaks off: %w", err)
	case len(answer) > maxAnswer:
		return sent.wrap("the answer is larger than %d MB", maxAnswer>>20)
	case res.StatusCode >= 300:
		return &Error{Method: sent.method, Path: sent.path, Status: res.StatusCode, Reason: c.wire.Show(reason(answer))}
	case res.Header.Get("X-Elastic-Product") != "Elasticsearch":
		return sent.wrap("what answers there is not Elasticsearch")
	case out == nil:
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(answer))
	d.UseNumber()
	if err := d.Decode(out); err != nil {
		return sent.wrap("the answer is not JSON as it should be: %w", err)
	}
	return nil
}

// sender sends a request and keeps what an error must say of it.
type sender struct {
	wire         *kibana.Wire
	method, path string
}

// Perform sends a request.
func (s *sender) Perform(r *http.Request) (*http.Response, error) {
	s.method, s.path = r.Method, r.URL.Path
	if r.Body != nil {
		// A body that can only fail is told of before anything is sent.
		if _, err := r.Body.Read(nil); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
	}
	return s.wire.Perform(r)
}

func (s *sender) wrap(format string, args ...any) error {
	return fmt.Errorf("elasticsearch: %s %s: "+format, append([]any{s.method, s.path}, args...)...)
}

// body is a value as the JSON body of a request. One that has no JSON fails when it is sent.
func body(value any) io.Reader {
	text, err := json.Marshal(value)
	if err != nil {
		return failed{err}
	}
	return bytes.NewReader(text)
}

// failed is a reader that has only an error to give.
type failed struct{ error }

// Read gives the error.
func (f failed) Read([]byte) (int, error) { return 0, f.error }

// inPath makes names of indices, or patterns, fit to stand in the path of a request.
func inPath(names ...string) []string {
	escaped := make([]string, len(names))
	for i, name := range names {
		escaped[i] = strings.ReplaceAll(url.PathEscape(name), "%2A", "*")
	}
	return escaped
}

// reason is what a refusal says.
func reason(answer []byte) string {
	var told struct {
		Error struct{ Reason string }
	}
	if err := json.Unmarshal(answer, &told); err == nil && told.Error.Reason != "" {
		return told.Error.Reason
	}
	text := string(answer)
	const enough = 200
	return strings.TrimSpace(text[:min(len(text), enough)])
}

// Version is the version of Elasticsearch, such as "9.2.0".
func (c *Client) Version(ctx context.Context) (string, error) {
	var info struct{ Version struct{ Number string } }
	if err := c.ask(ctx, esapi.InfoRequest{}, &info); err != nil {
		return "", err
	}
	if info.Version.Number == "" {
		return "", errors.New("elasticsearch: it does not tell its version")
	}
	return info.Version.Number, nil
}

// Readable tells of each index pattern whether the caller may read all that it can name.
func (c *Client) Readable(ctx context.Context, patterns []string) (map[string]bool, error) {
	var names []string
	for _, p := range patterns {
		// The rights on other clusters are theirs to tell, and a pattern that takes indices out needs none.
		if !strings.Contains(p, ":") && !strings.HasPrefix(p, "-") {
			names = append(names, p)
		}
	}
	if len(names) == 0 {
		return map[string]bool{}, nil
	}
	var told struct {
		Index map[string]struct{ Read bool }
	}
	wanted := body(map[string]any{"index": []any{map[string]any{"names": names, "privileges": []string{"read"}}}})
	if err := c.ask(ctx, esapi.SecurityHasPrivilegesRequest{Body: wanted}, &told); err != nil {
		return nil, err
	}
	readable := map[string]bool{}
	for _, name := range names {
		readable[name] = told.Index[name].Read
	}
	return readable, nil
}
