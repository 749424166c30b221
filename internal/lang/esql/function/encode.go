package function

import (
	"crypto/md5"  //nolint:gosec // the function's name, not a choice
	"crypto/sha1" //nolint:gosec // the function's name, not a choice
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-rules/tocsin/internal/extract"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// encodeFunctions are functions of texts that code, decode and sum them.
func encodeFunctions() []*Function {
	text := textParam("string")
	scalar := func(name, doc string, compile func(*Site) (ScalarKernel, error), params ...Param) *Function {
		return &Function{Name: name, Kind: Scalar, Family: "String", Doc: doc, Params: params, Returns: Gives(column.Keyword), Scalar: compile}
	}
	source := Param{Name: "string", Types: Strings | OneOf(column.Source), Expected: "keyword, text or _source"}
	return []*Function{
		scalar("FROM_BASE64", "The text that a base64 text codes.", failing(fromBase64), text),
		scalar("HASH", "The sum of a text by an algorithm such as SHA-256, in hexadecimal.", hashText, textParam("algorithm"), textParam("input")),
		scalar("JSON_EXTRACT", "The value at a path of a JSON text, such as user.name or tags[0].", jsonExtract, source, textParam("path")),
		scalar("MD5", "The MD5 sum of a text, in hexadecimal.", mapped(sumBy(md5.New)), textParam("input")),
		scalar("SHA1", "The SHA-1 sum of a text, in hexadecimal.", mapped(sumBy(sha1.New)), textParam("input")),
		scalar("SHA256", "The SHA-256 sum of a text, in hexadecimal.", mapped(sumBy(sha256.New)), textParam("input")),
		scalar("TO_BASE64", "A text in base64.", mapped(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }), text),
		scalar("URL_DECODE", "A text with %hh and + decoded.", failing(urlDecode), text),
		scalar("URL_ENCODE", "A text as it stands in a form: blanks as +, most else as %hh.", mapped(func(s string) string { return urlEncode(s, "+") }), text),
		scalar("URL_ENCODE_COMPONENT", "A text as it stands in an address: blanks as %20, most else as %hh.", mapped(func(s string) string { return urlEncode(s, "%20") }), text),
	}
}

// fromBase64 reads what java.util.Base64's basic decoder reads: padding may be left out.
func fromBase64(out *column.Builder, args []*column.Column, at []int) error {
	text := args[0].Text(at[0])
	trimmed := strings.TrimRight(text, "=")
	decoded, err := base64.RawStdEncoding.DecodeString(trimmed)
	if padding := len(text) - len(trimmed); err != nil || padding > 0 && len(text)%4 != 0 || padding > 2 {
		return failure{IllegalArgument, base64Problem(text)}
	}
	out.Text(string(decoded))
	return nil
}

func base64Problem(text string) string {
	for _, c := range []byte(text) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && c != '+' && c != '/' && c != '=' {
			return fmt.Sprintf("Illegal base64 character %x", c)
		}
	}
	return "Input byte array has incorrect ending byte or wrong 4-byte ending unit"
}

func sumBy(algorithm func() hash.Hash) func(string) string {
	return func(text string) string {
		h := algorithm()
		_, _ = h.Write([]byte(text)) // a hash never fails
		return hex.EncodeToString(h.Sum(nil))
	}
}

// algorithm finds a message digest by the name that Java gives it.
func algorithm(name string) (func() hash.Hash, bool) {
	switch strings.ToUpper(name) {
	case "MD5":
		return md5.New, true
	case "SHA", "SHA1", "SHA-1":
		return sha1.New, true
	case "SHA-224":
		return sha256.New224, true
	case "SHA-256":
		return sha256.New, true
	case "SHA-384":
		return sha512.New384, true
	case "SHA-512":
		return sha512.New, true
	case "SHA-512/224":
		return sha512.New512_224, true
	case "SHA-512/256":
		return sha512.New512_256, true
	case "SHA3-224":
		return func() hash.Hash { return sha3.New224() }, true
	case "SHA3-256":
		return func() hash.Hash { return sha3.New256() }, true
	case "SHA3-384":
		return func() hash.Hash { return sha3.New384() }, true
	case "SHA3-512":
		return func() hash.Hash { return sha3.New512() }, true
	}
	return nil, false
}

func hashText(site *Site) (ScalarKernel, error) {
	missing := func(name string) failure {
		return failure{"java.security.NoSuchAlgorithmException", name + " MessageDigest not available"}
	}
	if name, ok := site.ConstantText(0); ok {
		if _, known := algorithm(name); !known {
			return nil, &ArgumentError{0, missing(name).message}
		}
	}
	return func(call *Call, args []*column.Column, rows int) *column.Column {
		return fallible(call, args, rows, func(out *column.Builder, at []int) error {
			name := args[0].Text(at[0])
			h, ok := algorithm(name)
			if !ok {
				return missing(name)
			}
			out.Text(sumBy(h)(args[1].Text(at[1])))
			return nil
		})
	}, nil
}

func jsonExtract(*Site) (ScalarKernel, error) {
	return func(call *Call, args []*column.Column, rows int) *column.Column {
		var path *extract.JSONPath
		var pathErr error
		var text string
		return fallible(call, args, rows, func(out *column.Builder, at []int) error {
			if wanted := args[1].Text(at[1]); path == nil && pathErr == nil || wanted != text {
				text = wanted
				path, pathErr = extract.CompileJSONPath(wanted)
			}
			if pathErr != nil {
				return pathErr
			}
			value, present, err := path.Extract(args[0].Text(at[0]))
			switch {
			case err != nil:
				return err
			case present:
				out.Text(value)
			default:
				out.Null()
			}
			return nil
		})
	}, nil
}

// urlDecode reads what java.net.URLDecoder reads.
func urlDecode(out *column.Builder, args []*column.Column, at []int) error {
	text := args[0].Text(at[0])
	decoded := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '+':
			decoded = append(decoded, ' ')
		case '%':
			if i+2 >= len(text) {
				return failure{IllegalArgument, "URLDecoder: Incomplete trailing escape (%) pattern"}
			}
			b, err := hex.DecodeString(text[i+1 : i+3])
			if err != nil {
				return failure{IllegalArgument, fmt.Sprintf("URLDecoder: Illegal hex characters in escape (%%) pattern - Error at index 0 in: %q", text[i+1:i+3])}
			}
			decoded = append(decoded, b[0])
			i += 2
		default:
			decoded = append(decoded, c)
		}
	}
	out.Text(strings.ToValidUTF8(string(decoded), string(utf8.RuneError)))
	return nil
}

func urlEncode(text, blank string) string {
	var out strings.Builder
	for _, c := range []byte(text) {
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_.*", c) >= 0:
			out.WriteByte(c)
		case c == ' ':
			out.WriteString(blank)
		default:
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	return out.String()
}
