package publish

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// LockFormat is the version of the lock file's layout that this program writes, and the newest that it reads.
const LockFormat = 1

// ErrNewer is a file that a newer tocsin wrote.
var ErrNewer = errors.New("it was written by a newer tocsin; update this one")

// Lock is what was published where: for each space, by its address, what each object was when it was last applied. It is the
// third side of a comparison: with it, what was changed in Kibana can be told from what was changed in the repository.
//
// It has nothing to do with the lock of versions (package versions), which counts the versions of rules that are released
// as a package, and knows of no Kibana.
type Lock struct {
	Spaces map[string]Locked
}

// Locked is what was published into one space, by kind and id.
type Locked map[Kind]map[string]Entry

// Entry is one published object.
type Entry struct {
	// Hash is that of its content as Kibana stored it.
	Hash string `json:"hash"`
	// Version is that of a rule.
	Version int `json:"version,omitempty"`
	// Stated are those of the fields enabled, version, actions and exceptions_list that the rule's file stated: the others
	// are Kibana's and may change without being drift.
	Stated []string `json:"stated,omitempty"`
}

func (l Locked) entry(at place) (Entry, bool) {
	e, ok := l[at.kind][at.id]
	return e, ok
}

// ReadLock reads a lock file. An empty text is an empty lock.
func ReadLock(text []byte) (*Lock, error) {
	lock := &Lock{Spaces: map[string]Locked{}}
	if len(bytes.TrimSpace(text)) == 0 {
		return lock, nil
	}
	var file struct {
		Format int               `json:"format"`
		Spaces map[string]Locked `json:"spaces"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("it is no lock of tocsin: %w", err)
	}
	switch {
	case file.Format > LockFormat:
		return nil, ErrNewer
	case file.Format < 1:
		return nil, errors.New("it is no lock of tocsin: it states no format")
	}
	maps.Copy(lock.Spaces, file.Spaces)
	return lock, nil
}

// Encode writes the lock: sorted, one object a line, so that branches which publish different rules merge.
func (l *Lock) Encode() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\n  \"format\": %d,\n  \"spaces\": {", LockFormat)
	err := members(&b, "    ", slices.Sorted(maps.Keys(l.Spaces)), func(space string) error {
		b.WriteString("{")
		kinds := l.Spaces[space]
		err := members(&b, "      ", slices.Sorted(maps.Keys(kinds)), func(kind Kind) error {
			b.WriteString("{")
			entries := kinds[kind]
			err := members(&b, "        ", slices.Sorted(maps.Keys(entries)), func(id string) error {
				return writeJSON(&b, entries[id])
			})
			b.WriteString("\n      }")
			return err
		})
		b.WriteString("\n    }")
		return err
	})
	b.WriteString("\n  }\n}\n")
	return b.Bytes(), err
}

// members writes the members of an object, one a line.
func members[K ~string](b *bytes.Buffer, indent string, keys []K, value func(K) error) error {
	for i, key := range keys {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n" + indent)
		if err := writeJSON(b, string(key)); err != nil {
			return err
		}
		b.WriteString(": ")
		if err := value(key); err != nil {
			return err
		}
	}
	return nil
}

func writeJSON(b *bytes.Buffer, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("writing the lock: %w", err)
	}
	b.Write(text)
	return nil
}

// Record notes what became of a plan in a space. What failed stays as it was noted before.
func (l *Lock) Record(space string, outcomes []Outcome) {
	locked := l.Spaces[space]
	if locked == nil {
		locked = Locked{}
	}
	for _, o := range outcomes {
		switch {
		case o.Err != nil:
		case o.Action == Delete:
			delete(locked[o.Kind], o.ID)
		case o.Stored != nil:
			if locked[o.Kind] == nil {
				locked[o.Kind] = map[string]Entry{}
			}
			locked[o.Kind][o.ID] = newEntry(o)
		}
	}
	maps.DeleteFunc(locked, func(_ Kind, entries map[string]Entry) bool { return len(entries) == 0 })
	if l.Spaces[space] = locked; len(locked) == 0 {
		delete(l.Spaces, space)
	}
}

func newEntry(o Outcome) Entry {
	e := Entry{}
	if o.Kind == Rule {
		e.Version = versionOf(o.Stored, "version")
		for _, name := range keptFields() {
			if _, stated := o.Wanted[name]; stated {
				e.Stated = append(e.Stated, name)
			}
		}
	}
	e.Hash = hash(o.Kind, o.Stored, e.Stated)
	return e
}

// hash is that of an object's content, the same for all spaces and whatever Kibana fills in.
func hash(kind Kind, stored map[string]any, stated []string) string {
	return hashOf(kind, normalOf(kind, stored), stated)
}

// hashOf is hash of an object in normal form.
func hashOf(kind Kind, normal map[string]any, stated []string) string {
	content := maps.Clone(normal)
	if kind == Rule {
		maps.DeleteFunc(content, func(name string, _ any) bool {
			return !ours(name) || slices.Contains(keptFields(), name) && !slices.Contains(stated, name)
		})
	}
	if kind == ExceptionItem {
		delete(content, "comments") // People write them in Kibana, and they change nothing.
	}
	text, err := json.Marshal(content)
	if err != nil {
		return "" // It came from JSON, so it can be written as JSON.
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
