package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Faults make a share of the requests go wrong, as they do with a busy Kibana and the proxies before it. What happens to a
// request follows from the seed, the request's method and URL, and how many of the same there were before it; so a run that
// sends the same requests meets the same faults.
type Faults struct {
	// Rate is the share of requests that something happens to, from 0 to 1.
	Rate float64
	// Kinds are what may happen, see FaultKinds; each is as likely as the others.
	Kinds []string
	Seed  uint64
	// Slow is how long a slow answer takes; 0 is two seconds.
	Slow time.Duration
	// Sleep waits, or returns early when the context ends; nil waits in real time.
	Sleep func(context.Context, time.Duration)
}

// The kinds of faults. After some of them the request was done all the same, which is what makes them dangerous.
const (
	// tooMany: 429, and nothing was done.
	tooMany = "429"
	// badGateway and gatewayTimeout: 502 and 504, as a proxy answers that gave up; Kibana did what was asked.
	badGateway, gatewayTimeout = "502", "504"
	// unavailable: 503, and nothing was done.
	unavailable = "503"
	// reset: the connection ends without an answer, before or after the request was done.
	reset = "reset"
	// slow: the answer comes late.
	slow = "slow"
	// partial: the request was done, and the connection ends in the middle of the answer.
	partial = "partial"
)

// FaultKinds are the kinds of faults that there are.
func FaultKinds() []string {
	return []string{tooMany, badGateway, unavailable, gatewayTimeout, reset, slow, partial}
}

// ParseFaults reads faults from a text such as rate=0.1,429,503,slow=500ms. Without a rate it is a tenth, without kinds they
// are all of them.
func ParseFaults(text string) (Faults, error) {
	f := Faults{Rate: 0.1}
	for word := range strings.SplitSeq(text, ",") {
		name, value, has := strings.Cut(strings.TrimSpace(word), "=")
		var err error
		switch {
		case name == "rate" && has:
			f.Rate, err = strconv.ParseFloat(value, 64)
			if err == nil && !(f.Rate >= 0 && f.Rate <= 1) {
				err = errors.New("a share from 0 to 1 is wanted")
			}
		case name == slow && has:
			f.Kinds = append(f.Kinds, slow)
			f.Slow, err = time.ParseDuration(value)
			if err == nil && f.Slow < 0 {
				err = errors.New("a duration of at least 0 is wanted")
			}
		case has || !slices.Contains(FaultKinds(), name):
			err = fmt.Errorf("a fault is one of %s; and rate=SHARE, slow=DURATION", strings.Join(FaultKinds(), ", "))
		default:
			f.Kinds = append(f.Kinds, name)
		}
		if err != nil {
			return Faults{}, fmt.Errorf("%q: %w", word, err)
		}
	}
	if len(f.Kinds) == 0 {
		f.Kinds = FaultKinds()
	}
	return f, nil
}

// Wrap puts the faults before a handler.
func (f Faults) Wrap(next http.Handler) http.Handler {
	if f.Slow == 0 {
		f.Slow = 2 * time.Second
	}
	if f.Sleep == nil {
		f.Sleep = pause
	}
	return &faulty{Faults: f, next: next, seen: map[string]uint64{}}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// faulty is a handler with faults before it.
type faulty struct {
	Faults
	next http.Handler

	mu   sync.Mutex
	seen map[string]uint64
}

// ServeHTTP answers one request, or does not.
func (f *faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	kind, early := f.draw(r)
	switch kind {
	case "":
		f.next.ServeHTTP(w, r)
	case tooMany:
		writeError(w, platform(http.StatusTooManyRequests, "Too Many Requests"))
	case unavailable:
		writeError(w, platform(http.StatusServiceUnavailable, "Kibana server is not ready yet"))
	case slow:
		f.Sleep(r.Context(), f.Slow)
		f.next.ServeHTTP(w, r)
	case badGateway:
		f.record(r)
		gateway(w, http.StatusBadGateway)
	case gatewayTimeout:
		f.record(r)
		gateway(w, http.StatusGatewayTimeout)
	case reset:
		if !early {
			f.record(r)
		}
		panic(http.ErrAbortHandler) // The server then closes the connection and says nothing.
	case partial:
		f.half(w, r)
	}
}

// draw says what happens to a request: one of the kinds, or nothing; and whether before it is done.
func (f *faulty) draw(r *http.Request) (kind string, early bool) {
	name := r.Method + " " + r.URL.RequestURI()
	f.mu.Lock()
	f.seen[name]++
	nth := f.seen[name]
	f.mu.Unlock()
	hash := fnv.New64a()
	_, _ = fmt.Fprint(hash, name, " ", nth) // A hash takes everything.
	dice := rand.New(rand.NewPCG(f.Seed, hash.Sum64()))
	if dice.Float64() >= f.Rate {
		return "", false
	}
	return f.Kinds[dice.IntN(len(f.Kinds))], dice.IntN(2) == 0
}

// record does what a request asks and keeps the answer.
func (f *faulty) record(r *http.Request) *recorded {
	rec := &recorded{header: http.Header{}, status: http.StatusOK}
	f.next.ServeHTTP(rec, r)
	return rec
}

// half sends the beginning of an answer, and ends the connection.
func (f *faulty) half(w http.ResponseWriter, r *http.Request) {
	rec := f.record(r)
	for name, values := range rec.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(rec.body.Len()))
	w.WriteHeader(rec.status)
	_, _ = w.Write(rec.body.Bytes()[:rec.body.Len()/2])
	if flusher, ok := w.(http.Flusher); ok {
		flusher.Flush()
	}
	panic(http.ErrAbortHandler)
}

// recorded is an answer that is kept and not sent.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is the header of the answer.
func (r *recorded) Header() http.Header { return r.header }

// WriteHeader keeps the status.
func (r *recorded) WriteHeader(status int) { r.status = status }

// Write keeps a part of the body.
func (r *recorded) Write(text []byte) (int, error) { return r.body.Write(text) }

// gateway answers as a proxy does, in HTML.
func gateway(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, fmt.Sprintf("<html><head><title>%d %s</title></head></html>\n", status, http.StatusText(status)))
}
