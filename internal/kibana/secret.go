package kibana

import (
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a text that must not be shown: whatever prints, logs or encodes it gets "[redacted]". Only
// [Secret.Reveal] tells it. The zero value is the empty secret.
type Secret struct {
	// A pointer, because fmt prints the unexported fields of a struct without asking their methods; of a pointer
	// it then shows the address only.
	value *string
}

// NewSecret makes a secret of a text.
func NewSecret(text string) Secret { return Secret{value: &text} }

// Reveal is the text itself.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Empty tells whether there is nothing to hide.
func (s Secret) Empty() bool { return s.Reveal() == "" }

// String is "[redacted]".
func (Secret) String() string { return redacted }

// GoString is "[redacted]".
func (Secret) GoString() string { return redacted }

// Format writes "[redacted]" for every verb and flag.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText gives "[redacted]".
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON gives the JSON string "[redacted]".
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// LogValue is "[redacted]".
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
