// Package sandbox is a Kibana detection engine in memory: an [http.Handler] that takes, keeps and gives back rules and
// what they need as Kibana does, for trying out publishing without a Kibana and for tests.
//
// It serves the public API of version 2023-10-31, in the default space and below /s/{space}:
//
//	rules             /api/detection_engine/rules, _find, _import, _export, _bulk_action, {id}/exceptions
//	the engine        /api/detection_engine/tags, privileges, index, rules/prepackaged/_status; /api/status
//	exceptions        /api/exception_lists, _find, summary, _duplicate, _export, _import; /api/exceptions/shared
//	their items       /api/exception_lists/items, _find
//	value lists       /api/lists, _find, index, privileges; /api/lists/items, _find, _import, _export
//	connectors        /api/actions/connector, connectors
//	spaces            /api/spaces/space
//
// with Kibana's status codes, its two shapes of errors, its checks of headers and bodies, the defaults that it fills
// in, the fields that it sets itself, its limits, and its counting of revisions. A space exists as soon as it is named.
//
// What it leaves out: rules do not run; privileges and licences are not looked at; the fields parameter of _find is
// accepted and has no effect; the filter parameter takes the part of KQL that filter.go describes.
//
// A request takes this way: server.go checks its headers, route.go finds its handler, call.go reads its body; one file for
// each family of requests answers it. For rules, schema.go and fields.go check a body field by field, crosscheck.go
// checks fields against each other, complete.go makes of a body what is stored. store.go keeps all objects. Requests are
// answered one at a time, so that a handler is a plain function of what is stored.
package sandbox
