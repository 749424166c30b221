// Package contract holds requests and answers of tests against Kibana's own description of its API.
//
// The description is an OpenAPI document that lies beside the repository, never in it (see package corpus); without it
// a test that asks for the contract is skipped. [Contract.Wrap] stands before a handler and fails the test when a
// request that the handler accepted, or an answer that it gave, is not what the document allows.
//
// Where the document offers one schema for each type of rule, the branch is chosen here by the rule's own type, so that a
// failure says what is wrong with it instead of that no branch fits.
package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tocsin-rules/tocsin/internal/corpus"
)

// Contract is Kibana's description of its API.
type Contract struct{ doc *openapi3.T }

// Load reads the description; the test is skipped when there is no test data.
func Load(tb testing.TB) *Contract {
	tb.Helper()
	corpus.Path(tb, documentName) // Skips.
	c, err := loadOnce()
	if err != nil {
		tb.Fatalf("the OpenAPI document: %v", err)
	}
	return c
}

const documentName = "kibana-openapi-subset.json"

// loadOnce spares the many tests of a package a tenth of a second each; what it gives is never changed.
var loadOnce = sync.OnceValues(func() (*Contract, error) {
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(os.Getenv(corpus.Env), documentName))
	if err != nil {
		return nil, err
	}
	// The document says that the throttle of an action may be null beside a reference, where OpenAPI 3.0 ignores it.
	frequency := doc.Components.Schemas[prefix+"RuleActionFrequency"].Value
	throttle := *frequency.Properties["throttle"].Value
	throttle.Nullable = true
	frequency.Properties["throttle"] = &openapi3.SchemaRef{Value: &throttle}
	return &Contract{doc: doc}, nil
})

// prefix begins the name of each schema of the detection engine.
const prefix = "Security_Detections_API_"

// Wrap checks what passes to and from a handler.
func (c *Contract) Wrap(tb testing.TB, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			tb.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		r.Body = io.NopCloser(bytes.NewReader(sent))
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		if err := c.Check(r, sent, rec.Code, rec.Body.Bytes()); err != nil {
			tb.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

var spacePrefix = regexp.MustCompile(`^/s/[^/]+`)

// Check tells what the document has against a request and its answer. A request that was refused is not looked at; its
// answer must have one of the two shapes of errors, which the document does not describe.
func (c *Contract) Check(r *http.Request, sent []byte, status int, received []byte) error {
	if status >= 400 {
		return checkRefusal(status, received)
	}
	item := c.doc.Paths.Find(spacePrefix.ReplaceAllString(r.URL.Path, ""))
	if item == nil || item.GetOperation(r.Method) == nil {
		return fmt.Errorf("no such operation")
	}
	operation := item.GetOperation(r.Method)
	if err := checkQuery(operation, r.URL.Query()); err != nil {
		return fmt.Errorf("query: %w", err)
	}
	if body := operation.RequestBody; body != nil {
		if err := c.CheckBody(r.Method, sent); err != nil {
			return fmt.Errorf("request: %w", err)
		}
	}
	answer := operation.Responses.Status(status)
	if answer == nil {
		return fmt.Errorf("the status %d is not described", status)
	}
	if err := c.checkJSON(answer.Value.Content["application/json"].Schema, "", received); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	return nil
}

// CheckBody tells what the document has against the body of a request that writes a rule.
func (c *Contract) CheckBody(method string, body []byte) error {
	operation := c.doc.Paths.Find("/api/detection_engine/rules").GetOperation(method)
	return c.checkJSON(operation.RequestBody.Value.Content["application/json"].Schema, "Props", body)
}

// checkJSON checks a document against a schema. One that stands for all types of rules is replaced by that of the
// document's type.
func (c *Contract) checkJSON(schema *openapi3.SchemaRef, suffix string, text []byte) error {
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		return err
	}
	if page, ok := doc.(map[string]any); ok && suffix == "" && page["data"] != nil {
		return c.checkPage(schema, page)
	}
	return c.pick(schema, doc).VisitJSON(doc, openapi3.MultiErrors())
}

func (c *Contract) checkPage(schema *openapi3.SchemaRef, page map[string]any) error {
	rules, _ := page["data"].([]any)
	each := schema.Value.Properties["data"].Value.Items
	for i, rule := range rules {
		if err := c.pick(each, rule).VisitJSON(rule, openapi3.MultiErrors()); err != nil {
			return fmt.Errorf("data[%d]: %w", i, err)
		}
	}
	page["data"] = []any{}
	return schema.Value.VisitJSON(page, openapi3.MultiErrors())
}

// pick is the branch of a schema for the type of the rule, or the schema itself.
func (c *Contract) pick(schema *openapi3.SchemaRef, doc any) *openapi3.Schema {
	rule, _ := doc.(map[string]any)
	kind, _ := rule["type"].(string)
	for _, branch := range schema.Value.AnyOf {
		if accepts(branch.Value, kind) {
			return branch.Value
		}
	}
	return schema.Value
}

// accepts tells whether a schema wants this type of rule.
func accepts(schema *openapi3.Schema, kind string) bool {
	if of := schema.Properties["type"]; of != nil && len(of.Value.Enum) == 1 {
		return of.Value.Enum[0] == kind
	}
	for _, part := range schema.AllOf {
		if accepts(part.Value, kind) {
			return true
		}
	}
	return false
}

func checkQuery(operation *openapi3.Operation, query url.Values) error {
	known := map[string]bool{}
	for _, p := range operation.Parameters {
		known[p.Value.Name] = true
		if !query.Has(p.Value.Name) || p.Value.In != openapi3.ParameterInQuery {
			continue
		}
		if err := p.Value.Schema.Value.VisitJSON(queryValue(p.Value.Schema.Value, query.Get(p.Value.Name))); err != nil {
			return fmt.Errorf("%s: %w", p.Value.Name, err)
		}
	}
	for name := range query {
		if !known[name] {
			return fmt.Errorf("%s is not described", name)
		}
	}
	return nil
}

func queryValue(schema *openapi3.Schema, text string) any {
	if n, err := strconv.ParseFloat(text, 64); err == nil && schema.Type.Is("integer") {
		return n
	}
	return text
}

// checkRefusal wants {statusCode, error, message} with a text, or {status_code, message} with a text, a list or an object.
func checkRefusal(status int, received []byte) error {
	var doc map[string]any
	if err := json.Unmarshal(received, &doc); err != nil {
		return fmt.Errorf("the refusal is no JSON object: %w", err)
	}
	_, isText := doc["message"].(string)
	switch {
	case doc["statusCode"] == float64(status) && isText && doc["error"] == http.StatusText(status) && len(doc) == 3:
		return nil
	case doc["status_code"] == float64(status) && doc["message"] != nil && len(doc) == 2:
		return nil
	}
	return fmt.Errorf("the refusal has neither shape: %s", received)
}

// Valid tells whether the document itself is sound, so that a broken one is not taken for a broken handler.
func (c *Contract) Valid(ctx context.Context) error {
	return c.doc.Validate(ctx, openapi3.DisableExamplesValidation())
}

// Guard is [Contract.Wrap] where the description is there, and the handler itself where it is not.
func Guard(tb testing.TB, next http.Handler) http.Handler {
	tb.Helper()
	if os.Getenv(corpus.Env) == "" {
		return next
	}
	return Load(tb).Wrap(tb, next)
}
