package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"strconv"
)

// maxBody is the size in bytes of the largest body that Kibana takes unless configured otherwise.
const maxBody = 1 << 20

// apiError is a refusal. Kibana's platform and its detection engine give it different shapes.
type apiError struct {
	status int
	// message is a string; the detection engine also sends lists of strings.
	message    any
	byPlatform bool
	// attributes is what a bulk action tells besides.
	attributes any
}

func (e *apiError) Error() string { return http.StatusText(e.status) }

// platform is a refusal by Kibana's platform: {statusCode, error, message}.
func platform(status int, message string) *apiError {
	return &apiError{status: status, message: message, byPlatform: true}
}

// siem is a refusal by the detection engine: {status_code, message}.
func siem(status int, message any) *apiError { return &apiError{status: status, message: message} }

func (e *apiError) document() any {
	if e.byPlatform {
		return map[string]any{"statusCode": e.status, "error": http.StatusText(e.status), "message": e.message}
	}
	if e.attributes != nil {
		return map[string]any{"status_code": e.status, "message": e.message, "attributes": e.attributes}
	}
	return map[string]any{"status_code": e.status, "message": e.message}
}

func writeError(w http.ResponseWriter, err error) {
	var refusal *apiError
	if !errors.As(err, &refusal) {
		refusal = siem(http.StatusInternalServerError, err.Error())
	}
	writeJSON(w, refusal.status, refusal.document())
}

// download is an answer that is a file and no JSON document.
type download struct {
	name, kind string
	text       []byte
}

// nothing is an answer without a body: status 204.
type nothing struct{}

// write sends what a handler gave.
func write(w http.ResponseWriter, body any) {
	switch v := body.(type) {
	case download:
		w.Header().Set("Content-Type", v.kind)
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": v.name}))
		_, _ = w.Write(v.text) // The client may have gone; nobody is left to tell.
	case nothing:
		w.WriteHeader(http.StatusNoContent)
	default:
		writeJSON(w, http.StatusOK, body)
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"status_code":500,"message":"the answer cannot be written"}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(text) // The client may have gone; nobody is left to tell.
}

// decode reads one JSON document; its numbers become what JavaScript writes for them.
func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the document")
	}
	return canonical(doc), nil
}

// canonical writes each number in a document as JavaScript does, which knows 64-bit floats only: 1.0 is 1.
func canonical(doc any) any {
	switch v := doc.(type) {
	case json.Number:
		return canonicalNumber(v)
	case map[string]any:
		for key, item := range v {
			v[key] = canonical(item)
		}
	case []any:
		for i, item := range v {
			v[i] = canonical(item)
		}
	}
	return doc
}

func canonicalNumber(n json.Number) any {
	f, err := n.Float64()
	if err != nil {
		return nil // JavaScript reads it as infinity and writes that as null.
	}
	format := byte('g')
	if math.Abs(f) < 1e21 {
		format = 'f'
	}
	return json.Number(strconv.FormatFloat(f, format, -1, 64))
}

// badBody is the refusal of a body that breaks the schema.
func badBody(problem string) *apiError {
	return platform(http.StatusBadRequest, "[request body]: "+problem)
}

// badQuery is the refusal of query parameters that break the schema.
func badQuery(problem string) *apiError {
	return platform(http.StatusBadRequest, "[request query]: "+problem)
}

// kindOf names the JSON type of a value.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	case []any:
		return "array"
	}
	return "object"
}
