package kibana

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
)

// Config says which Kibana, and who asks. Only URL is needed.
type Config struct {
	// URL is where Kibana answers, with its base path if it has one. It may hold a user and a password, and it may end
	// in a space prefix (/s/{id}).
	URL string
	// Space is the id of the space; "" and "default" are the default space.
	Space string

	// APIKey is base64(id:key) or id:key. It excludes Username and Password.
	APIKey   Secret
	Username string
	Password Secret

	// CACert is one or more PEM certificates to trust instead of the system's.
	CACert []byte
	// Insecure leaves Kibana's certificate unverified: whoever is on the way can read the credentials.
	Insecure bool
	// Proxy chooses a proxy for a request as http.Transport.Proxy does; nil is none.
	Proxy func(*http.Request) (*url.URL, error)

	// Timeout bounds one try of a call, answer included; 0 is a minute.
	Timeout   time.Duration
	Retry     Retry
	UserAgent string

	// Sleep waits before another try and returns early, with the context's error, when that ends; nil waits in real
	// time.
	Sleep func(context.Context, time.Duration) error
	// Now is the clock against which a Retry-After that is a date is read; nil ignores such dates.
	Now func() time.Time
	// Warn is told each deprecation that Kibana announces, once and never two at a time; nil ignores them.
	Warn func(text string)
}

// Client calls one space of one Kibana. It is safe for concurrent use.
type Client struct {
	transport *elastictransport.Client
	idle      func()
	scrubber  scrubber
	header    http.Header
	scheme    string
	host      string
	prefix    string
	space     string
	timeout   time.Duration
	retry     Retry
	sleep     func(context.Context, time.Duration) error
	now       func() time.Time
	warn      func(string)

	warning sync.Mutex
	warned  map[string]bool
}

// spaceID is what Kibana accepts as the id of a space.
var spaceID = regexp.MustCompile(`^[a-z0-9_-]+$`)

// New makes a client; it does not call Kibana. An error says what is wrong with the configuration, without its
// secrets.
func New(cfg Config) (*Client, error) {
	at, err := parseURL(cfg.URL, cfg.Space)
	if err != nil {
		return nil, err
	}
	login, err := newLogin(cfg, at.user)
	if err != nil {
		return nil, err
	}
	wire, err := NewTransport(cfg)
	if err != nil {
		return nil, err
	}
	transport, err := cfg.transport(at.base, wire)
	if err != nil {
		return nil, fmt.Errorf("kibana transport: %s", login.scrubber.show(err.Error()))
	}
	return &Client{
		transport: transport, idle: wire.CloseIdleConnections,
		scrubber: login.scrubber, header: login.header(),
		scheme: at.base.Scheme, host: at.base.Host, prefix: at.base.Path, space: at.space,
		timeout: orDefault(cfg.Timeout, time.Minute), retry: cfg.Retry.withDefaults(),
		sleep: cfg.sleeper(), now: cfg.Now, warn: cfg.Warn,
		warned: map[string]bool{},
	}, nil
}

// Space is the id of the space that the client works in, "default" for the default one.
func (c *Client) Space() string { return c.space }

// Address is where the client looks for Kibana, base path and space prefix included, without credentials.
func (c *Client) Address() string { return c.scheme + "://" + c.host + c.prefix }

// Close lets go of connections that wait to be used again.
func (c *Client) Close() { c.idle() }

// address is a Kibana URL taken apart: base has no user and ends in the space prefix.
type address struct {
	base  *url.URL
	user  *url.Userinfo
	space string
}

var spacePrefix = regexp.MustCompile(`^(.*)/s/([^/]+)$`)

func parseURL(text, space string) (address, error) {
	// The parser's own error quotes what it read, a password included, so it is not passed on.
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return address{}, errors.New("the Kibana URL is not one like https://kibana.example.com:5601")
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return address{}, errors.New("the Kibana URL has a query or a fragment; give only scheme, host, port and base path")
	}
	path := strings.TrimRight(u.Path, "/")
	if m := spacePrefix.FindStringSubmatch(path); m != nil {
		if space != "" && space != m[2] {
			return address{}, fmt.Errorf("the Kibana URL names the space %q, the configuration %q", m[2], space)
		}
		path, space = m[1], m[2]
	}
	if space == "" {
		space = "default"
	}
	if !spaceID.MatchString(space) {
		return address{}, fmt.Errorf("%q is not the id of a space: lower-case letters, digits, _ and - only", space)
	}
	if space != "default" {
		path += "/s/" + space
	}
	return address{base: &url.URL{Scheme: u.Scheme, Host: u.Host, Path: path}, user: u.User, space: space}, nil
}

// login is who asks.
type login struct {
	authorization string
	scrubber      scrubber
}

func newLogin(cfg Config, inURL *url.Userinfo) (login, error) {
	user, password := cfg.Username, cfg.Password.Reveal()
	if inURL != nil {
		if user != "" || password != "" || !cfg.APIKey.Empty() {
			return login{}, errors.New("the Kibana URL holds a user, and the configuration holds credentials too; give one of them")
		}
		user = inURL.Username()
		password, _ = inURL.Password()
	}
	key := strings.TrimSpace(cfg.APIKey.Reveal())
	switch {
	case key != "" && (user != "" || password != ""):
		return login{}, errors.New("both an API key and a user are given; give one of them")
	case key != "":
		return newKeyLogin(key)
	case user == "" && password == "":
		return login{}, nil
	case user == "" || password == "":
		return login{}, errors.New("a user needs a password, and a password a user")
	case strings.Contains(user, ":"):
		return login{}, errors.New("the user name holds a colon, which basic authentication cannot carry")
	}
	encoded := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	return login{
		authorization: "Basic " + encoded,
		scrubber:      newScrubber(password, encoded, url.QueryEscape(password), url.PathEscape(password)),
	}, nil
}

// newKeyLogin takes both forms in which an API key is handed out.
func newKeyLogin(key string) (login, error) {
	if strings.ContainsFunc(key, unprintable) || strings.Contains(key, " ") {
		return login{}, errors.New("the API key holds a space, a line break or another character that no key has")
	}
	plain, encoded := key, key
	if strings.Contains(key, ":") {
		encoded = base64.StdEncoding.EncodeToString([]byte(key))
	} else if b, err := base64.StdEncoding.DecodeString(key); err == nil {
		plain = string(b)
	}
	_, inner, _ := strings.Cut(plain, ":")
	return login{
		authorization: "ApiKey " + encoded,
		scrubber:      newScrubber(key, plain, encoded, inner),
	}, nil
}

// apiVersion is the version of all public routes used here.
const apiVersion = "2023-10-31"

// header is what each request carries. Kibana refuses writes without kbn-xsrf; its value is free.
func (l login) header() http.Header {
	h := http.Header{}
	h.Set("Accept", "application/json")
	h.Set("kbn-xsrf", "tocsin")
	h.Set("elastic-api-version", apiVersion)
	if l.authorization != "" {
		h.Set("Authorization", l.authorization)
	}
	return h
}

// NewTransport makes connections with the certificates and through the proxy of a configuration.
func NewTransport(cfg Config) (*http.Transport, error) {
	trust := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: cfg.Insecure} //nolint:gosec // Only on the user's word.
	if len(cfg.CACert) > 0 {
		trust.RootCAs = x509.NewCertPool()
		if !trust.RootCAs.AppendCertsFromPEM(cfg.CACert) {
			return nil, errors.New("the CA file holds no certificate in PEM form")
		}
	}
	return &http.Transport{
		Proxy:                 cfg.Proxy,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		TLSClientConfig:       trust,
		TLSHandshakeTimeout:   10 * time.Second,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       30 * time.Second,
		ExpectContinueTimeout: time.Second,
	}, nil
}

// transport carries requests to one address. Whether a call is repeated is decided call by call, not here.
func (cfg Config) transport(base *url.URL, wire *http.Transport) (*elastictransport.Client, error) {
	return elastictransport.NewClient(
		elastictransport.WithURLs(base),
		elastictransport.WithTransport(wire),
		elastictransport.WithDisableRetry(),
		elastictransport.WithUserAgent(cfg.userAgent()),
	)
}

func (cfg Config) userAgent() string {
	if cfg.UserAgent == "" {
		return "tocsin"
	}
	return cfg.UserAgent
}

func (cfg Config) sleeper() func(context.Context, time.Duration) error {
	if cfg.Sleep != nil {
		return cfg.Sleep
	}
	return sleep
}

func orDefault[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
