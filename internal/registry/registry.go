// Package registry asks a package registry, such as Elastic's own, which releases of integration packages there are, and gets
// their archives. It writes nothing, and what an archive holds is for package integration to read.
package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-rules/tocsin/internal/semver"
)

// The numbers of bytes that answers may have.
const (
	maxAnswer  = 32 << 20
	maxArchive = 256 << 20
)

// timeout is how long one answer may take, archives included.
const timeout = 5 * time.Minute

// Client asks one registry. It is safe for concurrent use.
type Client struct {
	base      *url.URL
	http      *http.Client
	userAgent string
}

// New makes a client of the registry at an address; it does not call it.
func New(address string, transport http.RoundTripper, userAgent string) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" {
		// The address is not shown: it may hold a password.
		return nil, errors.New("the address of the package registry is not one like https://epr.elastic.co")
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), ""
	return &Client{base: u, http: &http.Client{Transport: transport, Timeout: timeout, CheckRedirect: redirect}, userAgent: userAgent}, nil
}

// redirect follows a registry to where it keeps its archives, but never from https to http.
func redirect(next *http.Request, before []*http.Request) error {
	const enough = 5
	switch {
	case len(before) >= enough:
		return errors.New("it sends from one address to the next")
	case next.URL.Scheme != "https" && before[0].URL.Scheme == "https":
		return errors.New("it sends from https to http")
	}
	return nil
}

// Release is a version of a package.
type Release struct {
	Name    string
	Version semver.Version
	// Kibana is the range of Kibana's versions that the package runs on; "" is all.
	Kibana   string
	download string
}

// RunsOn tells whether the release runs on a version of the stack.
func (r Release) RunsOn(stack semver.Version) bool {
	if r.Kibana == "" {
		return true
	}
	versions, err := semver.ParseRange(r.Kibana)
	return err == nil && versions.Admits(stack)
}

// Prerelease tells whether the release is not meant for everybody yet, by its version.
func (r Release) Prerelease() bool { return r.Version.Major == 0 || r.Version.Suffix != "" }

// answer is what a registry says of a release.
type answer struct {
	Name       string
	Version    string
	Download   string
	Conditions struct{ Kibana struct{ Version string } }
}

func (a answer) release() (Release, error) {
	v, err := semver.Parse(a.Version)
	return Release{Name: a.Name, Version: v, Kibana: strings.TrimSpace(a.Conditions.Kibana.Version), download: a.Download}, err
}

// ErrUnknown is a package, or a release of it, that the registry does not have.
var ErrUnknown = errors.New("the registry does not have it")

// Releases are all releases of a package, the newest first.
func (c *Client) Releases(ctx context.Context, name string) ([]Release, error) {
	var answers []answer
	query := url.Values{"package": {name}, "all": {"true"}, "prerelease": {"true"}}
	if err := c.ask(ctx, "/search", query, &answers); err != nil {
		return nil, err
	}
	var list []Release
	for _, a := range answers {
		if r, err := a.release(); err == nil && r.Name == name {
			list = append(list, r)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("package %s: %w", name, ErrUnknown)
	}
	slices.SortStableFunc(list, func(a, b Release) int { return b.Version.Compare(a.Version) })
	return list, nil
}

// Release is one release of a package.
func (c *Client) Release(ctx context.Context, name, version string) (Release, error) {
	var a answer
	if err := c.ask(ctx, "/package/"+url.PathEscape(name)+"/"+url.PathEscape(version), nil, &a); err != nil {
		var status *statusError
		if errors.As(err, &status) && status.code == http.StatusNotFound {
			return Release{}, fmt.Errorf("package %s %s: %w", name, version, ErrUnknown)
		}
		return Release{}, err
	}
	r, err := a.release()
	if err != nil || r.Name != name {
		return r, fmt.Errorf("package %s %s: the registry answers with %q %q", name, version, a.Name, a.Version)
	}
	return r, nil
}

// Newest is the newest release that runs on a stack. Prereleases count only where they are wanted. The error tells what
// stands in the way.
func Newest(releases []Release, stack semver.Version, prereleases bool) (Release, error) {
	if len(releases) == 0 {
		return Release{}, ErrUnknown
	}
	var fitting []Release
	for _, r := range releases {
		if !r.RunsOn(stack) {
			continue
		}
		if prereleases || !r.Prerelease() {
			return r, nil
		}
		fitting = append(fitting, r)
	}
	if len(fitting) > 0 {
		return Release{}, fmt.Errorf("package %s: only prereleases run on %s, such as %s", releases[0].Name, stack, fitting[0].Version)
	}
	newest, oldest := releases[0], releases[len(releases)-1]
	return Release{}, fmt.Errorf("package %s: no release runs on %s: %s needs Kibana %s, and %s needs %s", newest.Name, stack,
		newest.Version, newest.Kibana, oldest.Version, oldest.Kibana)
}

// Archive is the zip archive of a release.
func (c *Client) Archive(ctx context.Context, r Release) (string, error) {
	if !strings.HasPrefix(r.download, "/") || strings.HasPrefix(r.download, "//") {
		return "", fmt.Errorf("package %s %s: the registry names no path for the archive, but %q", r.Name, r.Version, r.download)
	}
	path, query, _ := strings.Cut(r.download, "?")
	if query != "" || strings.Contains(path, "..") {
		return "", fmt.Errorf("package %s %s: the registry names no path for the archive, but %q", r.Name, r.Version, r.download)
	}
	return c.get(ctx, path, nil, maxArchive)
}

func (c *Client) ask(ctx context.Context, path string, query url.Values, out any) error {
	text, err := c.get(ctx, path, query, maxAnswer)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(text), out); err != nil {
		return fmt.Errorf("package registry: GET %s: the answer is not what a registry says: %w", path, err)
	}
	return nil
}

// statusError is an answer other than 200.
type statusError struct {
	path string
	code int
}

// Error tells what was asked, and the status.
func (e *statusError) Error() string {
	return fmt.Sprintf("package registry: GET %s: %d %s", e.path, e.code, http.StatusText(e.code))
}

func (c *Client) get(ctx context.Context, path string, query url.Values, limit int64) (string, error) {
	at := *c.base
	at.Path += path
	at.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return "", fmt.Errorf("package registry: %w", err)
	}
	req.Header.Set("User-Agent", c.userAgent)
	res, err := c.http.Do(req)
	if err != nil {
		var inURL *url.Error
		if errors.As(err, &inURL) {
			err = inURL.Err
		}
		return "", fmt.Errorf("package registry: no answer from %s: %w", c.base.Host, err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return "", &statusError{path, res.StatusCode}
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("package registry: GET %s: the answer breaks off: %w", path, err)
	case int64(len(text)) > limit:
		return "", fmt.Errorf("package registry: GET %s: the answer is larger than %d MB", path, limit>>20)
	}
	return string(text), nil
}
