package kibana

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
)

// Wire carries requests to the Elasticsearch behind a Kibana, with the same rules: who asks, which certificates are trusted, no
// redirect is followed, and no secret is shown.
type Wire struct {
	base      *url.URL
	transport *elastictransport.Client
	idle      func()
	header    http.Header
	scrubber  scrubber
	timeout   time.Duration
}

// NewWire makes the wire of a configuration whose URL is that of Elasticsearch. Space has no meaning there.
func NewWire(cfg Config) (*Wire, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("the Elasticsearch URL is not one like https://elasticsearch.example.com:9200")
	}
	login, err := newLogin(cfg, u.User)
	if err != nil {
		return nil, err
	}
	wire, err := NewTransport(cfg)
	if err != nil {
		return nil, err
	}
	transport, err := cfg.transport(&url.URL{Scheme: u.Scheme, Host: u.Host}, wire)
	if err != nil {
		return nil, fmt.Errorf("elasticsearch transport: %s", login.scrubber.show(err.Error()))
	}
	h := http.Header{}
	if login.authorization != "" {
		h.Set("Authorization", login.authorization)
	}
	return &Wire{
		base: &url.URL{Host: u.Host, Path: strings.TrimRight(u.Path, "/")}, transport: transport, idle: wire.CloseIdleConnections,
		header: h, scrubber: login.scrubber, timeout: orDefault(cfg.Timeout, time.Minute),
	}, nil
}

// Perform sends a request of whose URL only path and query count: the path stands below that of the configuration. It is how
// go-elasticsearch's requests are sent. The transport itself would lose what is escaped in a path, so it knows none.
func (w *Wire) Perform(r *http.Request) (*http.Response, error) {
	r.URL.Path, r.URL.RawPath = w.base.Path+r.URL.Path, w.base.EscapedPath()+r.URL.EscapedPath()
	for name, values := range w.header {
		r.Header[name] = values
	}
	res, err := w.transport.Perform(r)
	if err != nil {
		return nil, fmt.Errorf("no answer from %s: %w", w.base.Host, errors.New(w.scrubber.show(err.Error())))
	}
	return res, nil
}

// Bounded is a context in which one request may take as long as the configuration says.
func (w *Wire) Bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, w.timeout, fmt.Errorf("gave up waiting after %s", w.timeout))
}

// Show makes a text from elsewhere fit to be shown: printable and without secrets.
func (w *Wire) Show(text string) string { return w.scrubber.show(text) }

// Close lets go of connections that wait to be used again.
func (w *Wire) Close() { w.idle() }
