package kibana

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// What can be wrong with an answer; a [*ResponseError] wraps one of them.
var (
	// ErrNotJSON: a document of another kind, most often a login page or a proxy's own page.
	ErrNotJSON = errors.New("the answer is not JSON")
	// ErrTruncated: a JSON document that ends too early.
	ErrTruncated = errors.New("the answer ends in the middle of its JSON")
	// ErrTooLarge: more than MaxAnswer bytes.
	ErrTooLarge = errors.New("the answer is too large")
	// ErrRedirect: the answer points to another place. Credentials are not carried there, so it is not followed.
	ErrRedirect = errors.New("the answer is a redirect")
	// ErrNotKibana: JSON, but not from Kibana's detection engine.
	ErrNotKibana = errors.New("the answer is not from Kibana's detection engine")
)

// What a call can find out beyond a single answer.
var (
	// ErrUncertain: whether Kibana did what was asked is not known, and could not be found out.
	ErrUncertain = errors.New("kibana may or may not have done this; look before trying again")
	// ErrDoubled: several rules share one rule_id.
	ErrDoubled = errors.New("several rules in kibana share one rule_id")
	// ErrTooMany: more rules than _find can reach.
	ErrTooMany = errors.New("kibana's _find reaches only the first 10,000 rules")
	// ErrUnstable: the rules changed each time while their pages were read.
	ErrUnstable = errors.New("the rules kept changing while they were read")
)

// Error is a refusal: an answer with a status of 400 or more.
type Error struct {
	// Status is the HTTP status.
	Status int
	// Method and Path are those of the request; the path begins with the space prefix and has no query.
	Method, Path string
	// Messages are what Kibana says, printable and without secrets; never empty. Kibana's platform gives one, its
	// detection engine one or several.
	Messages []string
	// RetryAfter is how long Kibana asks to wait; 0 when it does not.
	RetryAfter time.Duration
}

// Error is the refusal on one line.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s %s: %d %s", e.Method, e.Path, e.Status, strings.Join(e.Messages, "; "))
	if e.RetryAfter > 0 {
		text += fmt.Sprintf(" (asks to wait %s)", e.RetryAfter)
	}
	return text
}

// HasStatus tells whether err is, or wraps, a refusal with this HTTP status.
func HasStatus(err error, status int) bool {
	var refused *Error
	return errors.As(err, &refused) && refused.Status == status
}

// ResponseError is an answer that cannot be understood.
type ResponseError struct {
	Method, Path string
	// Status is the HTTP status.
	Status int
	// Err is ErrNotJSON, ErrTruncated, ErrTooLarge, ErrRedirect or ErrNotKibana.
	Err error
	// Detail says more, printable and without secrets; may be empty.
	Detail string
}

// Error is the finding on one line.
func (e *ResponseError) Error() string {
	text := fmt.Sprintf("%s %s: %s (status %d)", e.Method, e.Path, e.Err, e.Status)
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// Unwrap is Err.
func (e *ResponseError) Unwrap() error { return e.Err }

// NetworkError is a call without an answer.
type NetworkError struct {
	Method, Path, Host string
	// Err is the cause, without secrets. For a call that the caller's context ended it is the context's error.
	Err error
	// final is set when another try cannot help.
	final bool
}

// Error is the failure on one line.
func (e *NetworkError) Error() string {
	return fmt.Sprintf("%s %s: no answer from %s: %s", e.Method, e.Path, e.Host, Printable(e.Err.Error()))
}

// Unwrap is Err.
func (e *NetworkError) Unwrap() error { return e.Err }

// refusal makes an error of an answer with a status of 400 or more, whatever its body is.
func (c *Client) refusal(a answer) *Error {
	e := &Error{Status: a.status, Method: a.method, Path: a.path, RetryAfter: c.retryAfter(a.header)}
	for _, text := range refusalTexts(a.body) {
		if text = strings.TrimSpace(text); text != "" {
			e.Messages = append(e.Messages, c.scrubber.show(text))
		}
	}
	if len(e.Messages) == 0 {
		e.Messages = []string{strings.ToLower(http.StatusText(a.status))}
	}
	return e
}

// refusalTexts finds what a refusal says. The platform sends {statusCode, error, message}, the detection engine
// {status_code, message}, where the message is a text, a list or an object; proxies send HTML and plain text.
func refusalTexts(body []byte) []string {
	doc, err := decode(body)
	if err != nil {
		return []string{pageText(string(body))}
	}
	object, ok := doc.(map[string]any)
	if !ok {
		return messageTexts(doc)
	}
	for _, key := range []string{"message", "error"} {
		if texts := messageTexts(object[key]); len(texts) > 0 {
			return texts
		}
	}
	return nil
}

func messageTexts(message any) []string {
	switch m := message.(type) {
	case nil:
		return nil
	case string:
		return []string{m}
	case []any:
		var texts []string
		for _, item := range m {
			texts = append(texts, messageTexts(item)...)
		}
		return texts
	}
	text, err := json.Marshal(message)
	if err != nil {
		return nil
	}
	return []string{string(text)}
}

var pageTitle = regexp.MustCompile(`(?is)<title[^>]*>\s*(.*?)\s*</title>`)

// pageText is what a page that is not JSON says: an HTML page's title, or the plain text.
func pageText(body string) string {
	if !isHTML(body) {
		return body
	}
	if m := pageTitle.FindStringSubmatch(body); m != nil && m[1] != "" {
		return fmt.Sprintf("an HTML page titled %q", m[1])
	}
	return "an HTML page"
}

func isHTML(body string) bool { return strings.HasPrefix(strings.TrimSpace(body), "<") }
