package kibana

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Retry says how often and how patiently a call is tried again. Zero fields take the defaults.
type Retry struct {
	// MaxTries counts the first try too; 1 never repeats. Default 5.
	MaxTries int
	// Base is the pause before the second try; it doubles from try to try. Each pause is chosen at random between
	// half of it and one and a half. Default 500 ms.
	Base time.Duration
	// MaxDelay bounds the pause before it is randomised. Default 30 s.
	MaxDelay time.Duration
	// MaxRetryAfter is the longest Retry-After that is waited for; when Kibana asks for more, the call fails at once.
	// Default 2 minutes.
	MaxRetryAfter time.Duration
}

func (r Retry) withDefaults() Retry {
	return Retry{
		MaxTries:      max(1, orDefault(r.MaxTries, 5)),
		Base:          orDefault(r.Base, 500*time.Millisecond),
		MaxDelay:      orDefault(r.MaxDelay, 30*time.Second),
		MaxRetryAfter: orDefault(r.MaxRetryAfter, 2*time.Minute),
	}
}

// Pacer paces the tries of one call.
type Pacer struct {
	client *Client
	growth *backoff.ExponentialBackOff
	tries  int
}

// NewPacer begins a call that may take several tries.
func (c *Client) NewPacer() *Pacer {
	growth := backoff.NewExponentialBackOff()
	growth.InitialInterval, growth.MaxInterval, growth.Multiplier = c.retry.Base, c.retry.MaxDelay, 2
	growth.Reset()
	return &Pacer{client: c, growth: growth}
}

// pause waits after a try that failed with err, and tells whether waiting is of any use: not when the context has ended,
// and not when Kibana asks for more patience than there is.
func (p *Pacer) pause(ctx context.Context, err error) bool {
	p.tries++
	delay := p.growth.NextBackOff()
	var refused *Error
	if errors.As(err, &refused) && refused.RetryAfter > 0 {
		if refused.RetryAfter > p.client.retry.MaxRetryAfter {
			return false
		}
		delay = max(delay, refused.RetryAfter)
	}
	return p.client.sleep(ctx, delay) == nil
}

// exhausted tells whether no try is left.
func (p *Pacer) exhausted() bool { return p.tries >= p.client.retry.MaxTries }

// Again tells, after a try that failed with err, whether to try once more; it has then waited.
func (p *Pacer) Again(ctx context.Context, err error) bool {
	if !transient(err) || p.tries+1 >= p.client.retry.MaxTries {
		return false
	}
	return p.pause(ctx, err)
}

// transient tells whether another try may succeed where this one failed.
func transient(err error) bool {
	var refused *Error
	if errors.As(err, &refused) {
		return retryStatus(refused.Status)
	}
	if errors.Is(err, ErrTruncated) {
		return true
	}
	var broken *NetworkError
	return errors.As(err, &broken) && !broken.final
}

func retryStatus(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// distrusted tells whether a connection failed because of its certificate, which waiting does not mend.
func distrusted(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		name         x509.HostnameError
		invalid      x509.CertificateInvalidError
		record       tls.RecordHeaderError
	)
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &name) ||
		errors.As(err, &invalid) || errors.As(err, &record)
}

// retryAfter reads the header of that name: a number of seconds or a date.
func (c *Client) retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil && c.now != nil {
		return max(0, at.Sub(c.now()))
	}
	return 0
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
