package attack

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// bundle is the part of a STIX 2 bundle that the table is made of.
type bundle struct {
	Type    string   `json:"type"`
	Objects []object `json:"objects"`
}

type object struct {
	Type             string      `json:"type"`
	ID               string      `json:"id"`
	Name             string      `json:"name"`
	Revoked          bool        `json:"revoked"`
	Deprecated       bool        `json:"x_mitre_deprecated"`
	ShortName        string      `json:"x_mitre_shortname"`
	Version          string      `json:"x_mitre_version"`
	RelationshipType string      `json:"relationship_type"`
	SourceRef        string      `json:"source_ref"`
	TargetRef        string      `json:"target_ref"`
	References       []reference `json:"external_references"`
	Phases           []phase     `json:"kill_chain_phases"`
}

type reference struct {
	Source string `json:"source_name"`
	ID     string `json:"external_id"`
}

type phase struct {
	Chain string `json:"kill_chain_name"`
	Name  string `json:"phase_name"`
}

// enterprise is how the bundle of the enterprise matrix names its sources and phases.
const enterprise = "mitre-attack"

// FromSTIX reads the bundle that MITRE publishes for the enterprise matrix (enterprise-attack.json). A file of another kind
// is an error that says what it is instead.
func FromSTIX(r io.Reader) (*Table, error) {
	var b bundle
	if err := json.NewDecoder(r).Decode(&b); err != nil {
		return nil, fmt.Errorf("the file is no JSON: %w", err)
	}
	if b.Type != "bundle" {
		return nil, fmt.Errorf("the file is no STIX bundle: its type is %q", b.Type)
	}
	shortNames, ids, version := b.index()
	if other := b.otherMatrix(); other != "" {
		return nil, fmt.Errorf("the bundle is of another matrix (%s): use enterprise-attack.json", other)
	}
	if len(shortNames) == 0 {
		return nil, errors.New("the bundle holds no tactics of ATT&CK for Enterprise: use enterprise-attack.json")
	}
	var entries []*Entry
	for _, o := range b.Objects {
		id := o.externalID()
		if id == "" || o.Type != "attack-pattern" && o.Type != "x-mitre-tactic" {
			continue
		}
		kind, err := kindOf(id)
		if err != nil {
			return nil, err
		}
		entries = append(entries, &Entry{ID: id, Kind: kind, Name: strings.Join(strings.Fields(o.Name), " "), Tactics: o.tactics(shortNames), Status: o.status(), ReplacedBy: ids.replacement(o.ID)})
	}
	return New(strings.Join(strings.Fields(version), " "), latest(entries))
}

// otherMatrix is the kill chain of a bundle whose techniques are all of another one; "" when some are of the enterprise's.
func (b *bundle) otherMatrix() string {
	other := ""
	for _, o := range b.Objects {
		for _, p := range o.Phases {
			if o.Type == "attack-pattern" && p.Chain == enterprise {
				return ""
			}
			if o.Type == "attack-pattern" {
				other = p.Chain
			}
		}
	}
	return other
}

// links are the ids that STIX objects have in ATT&CK, and which object took the place of which.
type links struct {
	external map[string]string
	replaced map[string]string
}

func (l links) replacement(id string) string { return l.external[l.replaced[id]] }

// index gives the tactics by their short names, the links, and the version of the collection.
func (b *bundle) index() (shortNames map[string]string, l links, version string) {
	shortNames = map[string]string{}
	l = links{external: map[string]string{}, replaced: map[string]string{}}
	for _, o := range b.Objects {
		switch {
		case o.Type == "x-mitre-collection":
			version = o.Version
		case o.Type == "relationship" && o.RelationshipType == "revoked-by":
			l.replaced[o.SourceRef] = o.TargetRef
		case o.externalID() != "":
			l.external[o.ID] = o.externalID()
		}
		if o.Type == "x-mitre-tactic" && o.externalID() != "" {
			shortNames[o.ShortName] = o.externalID()
		}
	}
	return shortNames, l, version
}

func (o *object) externalID() string {
	for _, r := range o.References {
		if r.Source == enterprise {
			return r.ID
		}
	}
	return ""
}

func (o *object) tactics(shortNames map[string]string) []string {
	var list []string
	for _, p := range o.Phases {
		if id := shortNames[p.Name]; p.Chain == enterprise && id != "" {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}

func (o *object) status() Status {
	switch {
	case o.Revoked:
		return Revoked
	case o.Deprecated:
		return Deprecated
	}
	return Active
}

// latest keeps one entry an id: the one in use where a revoked one shares its id.
func latest(entries []*Entry) []*Entry {
	best := map[string]*Entry{}
	for _, e := range entries {
		if before := best[e.ID]; before == nil || before.Status != Active {
			best[e.ID] = e
		}
	}
	var list []*Entry
	for _, e := range best {
		list = append(list, e)
	}
	return list
}
