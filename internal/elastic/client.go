// Package elastic asks an Elasticsearch what tocsin needs of it: its version, what the caller may read, and scratch indices to
// run previews over.
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

// maxAnswer is the size in bytes of the largest answer that is read.
const maxAnswer = 64 << 20

// ask makes one call. A body is sent as JSON, or as it is when it is bytes; the answer is decoded into out, if that is not nil.
func (c *Client) ask(ctx context.Context, method, path string, query url.Values, body, out any) error {
	text, err := encoded(body)
	if err != nil {
		return err
	}
	ctx, cancel := c.wire.Bounded(ctx)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, path, bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("elasticsearch: %w", err)
	}
	req.URL.RawQuery = query.Encode()
	if len(text) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.wire.Perform(req)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return fmt.Errorf("elasticsearch: %s %s: %w", method, path, err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return fmt.Errorf("elasticsearch: %s %s: the answer breaks off: %w", method, path, err)
	case len(answer) > maxAnswer:
		return fmt.Errorf("elasticsearch: %s %s: the answer is larger than %d MB", method, path, maxAnswer>>20)
	case res.StatusCode >= 300:
		return &Error{Method: method, Path: path, Status: res.StatusCode, Reason: c.wire.Show(reason(answer))}
	case res.Header.Get("X-Elastic-Product") != "Elasticsearch":
		return fmt.Errorf("elasticsearch: %s %s: what answers there is not Elasticsearch", method, path)
	case out == nil:
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(answer))
	d.UseNumber()
	if err := d.Decode(out); err != nil {
		return fmt.Errorf("elasticsearch: %s %s: the answer is not JSON: %w", method, path, err)
	}
	return nil
}

func encoded(body any) ([]byte, error) {
	switch b := body.(type) {
	case nil:
		return nil, nil
	case []byte:
		return b, nil
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("elasticsearch: the body cannot be written as JSON: %w", err)
	}
	return text, nil
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
	if err := c.ask(ctx, http.MethodGet, "/", nil, nil, &info); err != nil {
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
	body := map[string]any{"index": []any{map[string]any{"names": names, "privileges": []string{"read"}}}}
	if err := c.ask(ctx, http.MethodPost, "/_security/user/_has_privileges", nil, body, &told); err != nil {
		return nil, err
	}
	readable := map[string]bool{}
	for _, name := range names {
		readable[name] = told.Index[name].Read
	}
	return readable, nil
}
