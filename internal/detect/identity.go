package detect

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/tocsin-rules/tocsin/internal/event"
)

// Kibana's ids of alerts are hashes of what makes two alerts the same; where Kibana hashes by rules of its own
// (object-hash), only this equality is kept, not the digits.

// names gives documents without an id one that follows from their content, so that equal events are equal alerts; the
// second of two equal documents has another one, for Elasticsearch holds both.
type names struct {
	of   map[*event.Document]string
	seen map[string]int
}

func (n names) id(doc *event.Document) string {
	if doc.ID != "" {
		return doc.ID
	}
	if id, ok := n.of[doc]; ok {
		return id
	}
	content := hash(doc.Index, doc.JSON())[:20]
	n.seen[content]++
	id := content
	if again := n.seen[content]; again > 1 {
		id = fmt.Sprintf("%s-%d", content, again)
	}
	n.of[doc] = id
	return id
}

// hash is the sha256 of some texts, each ended so that no two lists run into one.
func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// uuid makes a UUID of some texts: of version 8, which leaves the digits to its maker.
func uuid(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// space is the space that alerts belong to.
const space = "default"

// ruleUUID is the id of the rule's object in Kibana: unknown here, so it follows from what names the rule.
func (d *Detector) ruleUUID() string { return uuid("rule", d.Rule.RuleID, d.Rule.Name) }

// eventAlertID is the id of the alert of one event (Kibana: index, id, version, space and rule; the version is not
// asked for and so "undefined").
func (p *pass) eventAlertID(doc *event.Document) string {
	text := doc.Index + p.state.names.id(doc) + "undefined" + space + ":" + p.d.ruleUUID()
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
