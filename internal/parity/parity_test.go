package parity_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/tocsin-rules/tocsin/internal/parity"
)

type object = map[string]any

func alert(id string, more object) object {
	a := object{"kibana.alert.severity": "low", "kibana.alert.risk_score": 21.0, "kibana.alert.rule.name": "n",
		"kibana.alert.ancestors": []any{object{"id": id, "type": "event", "index": "i"}}}
	for name, v := range more {
		a[name] = v
	}
	return a
}

func TestCompare(t *testing.T) {
	ancestors := func(ids ...string) object {
		var all []any
		for _, id := range ids {
			all = append(all, object{"id": id, "type": "event"})
		}
		return object{"kibana.alert.ancestors": all}
	}
	group := func(value string, count any) object {
		return object{"kibana.alert.threshold_result": object{"count": count, "terms": []any{object{"field": "host.id", "value": value}}}}
	}
	block := object{"kibana.alert.building_block_type": "default", "kibana.alert.group.index": json.Number("0")}
	rows := []struct {
		name        string
		here, there []object
		want        string
	}{
		{"none", nil, nil, "0 0 [] [] []"},
		{"the same event", []object{alert("a", object{"kibana.alert.uuid": "1"})}, []object{alert("a", object{"kibana.alert.uuid": "2"})}, "1 1 [] [] []"},
		{"another event", []object{alert("a", nil)}, []object{alert("b", nil)}, "1 1 [event a] [event b] []"},
		{"twice here", []object{alert("a", nil), alert("a", nil)}, []object{alert("a", nil)}, "2 1 [event a] [] []"},
		{"twice there", []object{alert("a", nil)}, []object{alert("a", nil), alert("a", nil)}, "1 2 [] [event a] []"},
		{"another severity", []object{alert("a", nil)}, []object{alert("a", object{"kibana.alert.severity": "high"})}, "1 1 [] [] [{event a kibana.alert.severity low high}]"},
		{"a number written in another way", []object{alert("a", nil)}, []object{alert("a", object{"kibana.alert.risk_score": json.Number("21")})}, "1 1 [] [] []"},
		{"nested keys", []object{alert("a", nil)}, []object{{"kibana": object{"alert": object{"severity": "low", "risk_score": 21, "rule": object{"name": "n"},
			"ancestors": []any{object{"id": "a", "type": "event"}}}}}}, "1 1 [] [] []"},
		{"the same events of a sequence", []object{alert("", ancestors("a", "b"))}, []object{alert("", ancestors("b", "a"))}, "1 1 [] [] []"},
		{"fewer events of a sequence", []object{alert("", ancestors("a", "b"))}, []object{alert("", ancestors("a"))}, "1 1 [events a, b] [event a] []"},
		{"building blocks", []object{alert("a", block), alert("", ancestors("a", "b"))}, []object{alert("", ancestors("a", "b"))}, "1 1 [] [] []"},
		{"a rule whose alerts are building blocks", []object{alert("a", object{"kibana.alert.building_block_type": "default"})}, nil, "1 0 [event a] [] []"},
		{"alerts of alerts", []object{alert("a", object{"kibana.alert.ancestors": []any{object{"id": "a", "type": "event"}, object{"id": "s", "type": "signal"}}})},
			[]object{alert("a", nil)}, "1 1 [] [] []"},
		{"the same group", []object{alert("x", group("h", 5))}, []object{alert("y", group("h", json.Number("5")))}, "1 1 [] [] []"},
		{"a group of another size", []object{alert("x", group("h", 5))}, []object{alert("y", group("h", 6))}, "1 1 [group host.id=h (5 events)] [group host.id=h (6 events)] []"},
		{"other new terms", []object{alert("a", object{"kibana.alert.new_terms": []any{"u"}})}, []object{alert("a", object{"kibana.alert.new_terms": []any{"v"}})},
			"1 1 [event a with u] [event a with v] []"},
		{"more suppressed", []object{alert("a", object{"kibana.alert.suppression.docs_count": 1})}, []object{alert("a", object{"kibana.alert.suppression.docs_count": 2})},
			"1 1 [] [] [{event a kibana.alert.suppression.docs_count 1 2}]"},
	}
	for _, row := range rows {
		c := parity.Compare(row.here, row.there)
		got := fmt.Sprint(c.Here, " ", c.There, " ", c.OnlyHere, " ", c.OnlyThere, " ", c.Different)
		if got != row.want || c.Agree() != (len(c.OnlyHere)+len(c.OnlyThere)+len(c.Different) == 0) {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
}
