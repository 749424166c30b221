package function

import (
	"github.com/tocsin-rules/tocsin/internal/filter"
	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
)

// Kind says where a function may stand.
type Kind uint8

const (
	// Scalar functions compute a row's value from the values of that row.
	Scalar Kind = iota + 1
	// Aggregate functions stand in STATS and INLINE STATS and compute one value for each group.
	Aggregate
	// Grouping functions stand after BY; those that can be evaluated are scalar ones.
	Grouping
	// FullText functions are searches of the documents that a row comes from.
	FullText
	// TimeSeries functions stand in a STATS that follows TS.
	TimeSeries
)

// Function is one entry of the registry.
type Function struct {
	// Name is the name in upper case; names in a query are compared without regard to case.
	Name    string
	Aliases []string
	Kind    Kind
	// Family is the heading under which the reference lists the function, such as "String".
	Family string
	// Doc is one line for the reference.
	Doc string

	Params []Param
	// Variadic tells that the last parameter may be repeated.
	Variadic bool
	// Implied is the name of a column that a call takes as a further argument without naming it: "@timestamp" for
	// EARLIEST. Check knows nothing of it; the kernel finds it behind the arguments of the call.
	Implied string
	// Returns gives the type of the result for arguments that fit the parameters.
	Returns func(args []column.Type) column.Type
	// Resolve, when not nil, checks the arguments instead of Params, which then serve the reference alone. The error is
	// an [ArgumentError], or a sentence about the whole call, which call is as the query writes it.
	Resolve func(call string, args []Argument) (column.Type, error)

	// Undecided says why the function cannot be evaluated without a cluster; "" when it can.
	Undecided string

	// One of the following is set, unless Undecided is. An error at compilation is an [ArgumentError] or a sentence about
	// the whole call.
	Scalar func(*Site) (ScalarKernel, error)
	// Lazy is for functions that must not compute an argument for rows that do not need it, such as CASE.
	Lazy      func(*Site) (LazyKernel, error)
	Aggregate func(*Site) (Accumulator, error)
	Search    func(*SearchSite) (filter.Node, error)
}

// ScalarKernel computes a column of so many rows from the columns of the arguments. A constant argument is a column in
// which one row stands for all.
type ScalarKernel func(call *Call, args []*column.Column, rows int) *column.Column

// LazyKernel is a ScalarKernel that asks for its arguments.
type LazyKernel func(call *Call, args []LazyArgument, rows int) *column.Column

// LazyArgument computes an argument for some rows of the batch only; nil stands for all rows. Row k of the result
// belongs to rows[k].
type LazyArgument func(rows []int32) *column.Column

// Accumulator collects the state of an aggregate, per group and not per row. It serves one run.
type Accumulator interface {
	// Add takes rows of a batch into their groups.
	Add(call *Call, args []*column.Column, members Members)
	// Result gives one row for each group, groups without any row included.
	Result(call *Call, groups int) *column.Column
}

// Members says which rows of a batch count for which groups: row Row(k) for group Groups[k], for each k. A row may
// count for several groups, and for none.
type Members struct {
	// Rows is nil when the k-th row counts for the k-th group number.
	Rows   []int32
	Groups []int32
	// Count is the number of groups there are so far: every number in Groups is below it.
	Count int
}

// Row is the k-th row.
func (m Members) Row(k int) int {
	if m.Rows == nil {
		return k
	}
	return int(m.Rows[k])
}
