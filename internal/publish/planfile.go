package publish

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// PlanFormat is the version of the plan file's layout that this program writes, and the newest that it reads.
const PlanFormat = 1

// Target is the space that a plan is for.
type Target struct {
	// Environment is the name that the configuration gives it; "" for none.
	Environment string `json:"environment,omitempty"`
	// Address is where Kibana was, with the space, and without credentials.
	Address string `json:"address"`
	Space   string `json:"space"`
}

// Planned is the plan of one space.
type Planned struct {
	Target
	Plan
}

// planFile is the layout of a plan file.
type planFile struct {
	Format int         `json:"tocsin_plan"`
	Spaces []planSpace `json:"spaces"`
}

type planSpace struct {
	Target
	Changes []fileChange `json:"changes"`
}

// fileChange is a change with what is needed to make it.
type fileChange struct {
	Change
	Body     map[string]any `json:"body,omitempty"`
	Revision string         `json:"revision,omitempty"`
}

// EncodePlans writes plans as a file that [DecodePlans] reads. It holds what is published, and no credentials.
func EncodePlans(plans []Planned) ([]byte, error) {
	file := planFile{Format: PlanFormat, Spaces: []planSpace{}}
	for _, p := range plans {
		space := planSpace{Target: p.Target, Changes: []fileChange{}}
		for _, c := range p.Changes {
			space.Changes = append(space.Changes, fileChange{Change: c, Body: c.Body, Revision: c.Revision})
		}
		file.Spaces = append(file.Spaces, space)
	}
	text, err := json.MarshalIndent(file, "", " ")
	if err != nil {
		return nil, fmt.Errorf("writing the plan: %w", err)
	}
	return append(text, '\n'), nil
}

// DecodePlans reads a plan file.
func DecodePlans(text []byte) ([]Planned, error) {
	var file planFile
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&file); err != nil {
		return nil, fmt.Errorf("it is no plan of tocsin: %w", err)
	}
	switch {
	case file.Format > PlanFormat:
		return nil, ErrNewer
	case file.Format < 1:
		return nil, errors.New("it is no plan of tocsin: it does not say tocsin_plan")
	}
	var plans []Planned
	for _, space := range file.Spaces {
		p := Planned{Target: space.Target}
		for _, c := range space.Changes {
			if c.Action.Writes() && c.Action != Delete && c.Body == nil {
				return nil, fmt.Errorf("the plan is damaged: %s %s %q has no body", c.Action, c.Kind, c.ID)
			}
			c.Change.Body, c.Change.Revision = c.Body, c.Revision
			p.Changes = append(p.Changes, c.Change)
		}
		plans = append(plans, p)
	}
	return plans, nil
}
