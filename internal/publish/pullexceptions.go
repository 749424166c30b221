package publish

import (
	"cmp"
	"slices"
)

// PulledExceptions are exception lists of a space that the repository does not hold as they are.
type PulledExceptions struct {
	// Objects are the containers and all their items, as Kibana's API gives them: an item that is not among them is gone.
	Objects []map[string]any
	// Values are the values of value lists that differ, by the id of the list.
	Values map[string][]string
	// NewValues are the value lists that the repository does not hold and that items ask for, each with its "values".
	NewValues []map[string]any
	// Outcomes tell the lock that the repository knows the objects as they are now.
	Outcomes []Outcome
}

// PullExceptions gives the exception lists and the value lists of a state that differ from the desired ones. Items keep the
// order that the repository gives them; new ones come last.
func PullExceptions(actual State, desired []Desired) PulledExceptions {
	held, order := map[place]Desired{}, map[place]int{}
	for i, d := range desired {
		held[place{d.Kind, d.ID}], order[place{d.Kind, d.ID}] = d, i-len(desired)
	}
	pulled := PulledExceptions{Values: map[string][]string{}}
	for _, list := range actual.Lists {
		id, _ := list["list_id"].(string)
		items := slices.DeleteFunc(slices.Clone(actual.Items), func(item map[string]any) bool { return item["list_id"] != id })
		slices.SortStableFunc(items, func(a, b map[string]any) int {
			return cmp.Compare(order[placeOf(ExceptionItem, a)], order[placeOf(ExceptionItem, b)])
		})
		if same(held, id, list, items) {
			continue
		}
		pulled.take(held, ExceptionList, list)
		for _, item := range items {
			pulled.take(held, ExceptionItem, item)
		}
	}
	for _, list := range actual.ValueLists {
		at := placeOf(ValueList, list)
		d, holds := held[at]
		switch {
		case !holds:
			pulled.NewValues = append(pulled.NewValues, list)
			d.Body = list
		case len(differences(ValueList, list, d.Body)) > 0:
			pulled.Values[at.id] = texts(list["values"])
		default:
			continue
		}
		pulled.Outcomes = append(pulled.Outcomes, Outcome{Action: None, Kind: ValueList, ID: at.id, Stored: list, Wanted: d.Body})
	}
	return pulled
}

func placeOf(kind Kind, object map[string]any) place {
	id, _ := object[kind.idKey()].(string)
	return place{kind, id}
}

// same tells whether the repository holds a list as it is, with all its items and no others.
func same(held map[place]Desired, id string, list map[string]any, items []map[string]any) bool {
	equal := func(kind Kind, stored map[string]any) bool {
		d, holds := held[placeOf(kind, stored)]
		return holds && len(differences(kind, stored, kind.completed(d.Body, stored))) == 0
	}
	count := 0
	for at, d := range held {
		if at.kind == ExceptionItem && d.Body["list_id"] == id {
			count++
		}
	}
	return equal(ExceptionList, list) && count == len(items) &&
		!slices.ContainsFunc(items, func(item map[string]any) bool { return !equal(ExceptionItem, item) })
}

func (p *PulledExceptions) take(held map[place]Desired, kind Kind, object map[string]any) {
	at := placeOf(kind, object)
	name, _ := object["name"].(string)
	p.Objects = append(p.Objects, object)
	p.Outcomes = append(p.Outcomes, Outcome{Action: None, Kind: kind, ID: at.id, Name: name, Stored: object, Wanted: held[at].Body})
}

// References is the scope of the exception lists that rules refer to, and of the value lists that items ask for, added to one.
func (s Scope) References(rules []map[string]any) Scope {
	s.follow = true
	for at := range (State{Rules: rules}).used(nil) {
		if at.kind == ExceptionList {
			s.add(at.kind, at.id, nil)
		}
	}
	return s
}
