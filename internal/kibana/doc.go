// Package kibana speaks to the detection engine of one space of one Kibana.
//
// [New] makes a [Client] from a [Config]; each method is one call of the public API, version 2023-10-31. A rule travels
// as a [Rule], the JSON object of the API, so that this package need not know what a rule means; numbers that come from
// Kibana are [encoding/json.Number], numbers that go to it may be of any Go type that encoding/json writes.
//
// What a caller gets when something goes wrong:
//
//   - [*Error]: Kibana (or what stands before it) refused the call with a status of 400 or more;
//   - [*ResponseError]: an answer that cannot be one of Kibana's: a login page, half a document, a redirect, a document
//     without end, another product. Its Err is one of the Err... values;
//   - [*NetworkError]: no answer at all.
//
// Calls that may be repeated are tried again after 429, 502, 503, 504 and broken connections, with exponential, jittered
// pauses and never sooner than Retry-After asks. Creating a rule is not such a call: see [Client.CreateRule].
//
// No error and no printed value of this package ever holds a secret; see [Secret].
//
// One file serves one family of endpoints (status.go, rules.go, find.go); client.go sends, retry.go waits.
package kibana
