package function

import (
	"fmt"
	"net/netip"

	"github.com/tocsin-rules/tocsin/internal/lang/esql/column"
	"github.com/tocsin-rules/tocsin/internal/match"
)

func ipFunctions() []*Function {
	ip := Param{Name: "ip", Types: OneOf(column.IP), Expected: "ip"}
	block := textParam("blockX")
	return []*Function{
		{
			Name: "CIDR_MATCH", Kind: Scalar, Family: "IP", Doc: "Whether an address lies in one of the CIDR blocks.",
			Params: []Param{ip, block}, Variadic: true, Returns: Gives(column.Boolean), Scalar: cidrMatch,
		},
		{
			Name: "IP_PREFIX", Kind: Scalar, Family: "IP", Doc: "An address with all but its first bits cleared; how many, for version 4 and for version 6.",
			Params: []Param{ip, wholeParam("prefixLengthV4"), wholeParam("prefixLengthV6")}, Returns: Gives(column.IP), Scalar: failing(ipPrefix),
		},
	}
}

// cidrMatch reads constant blocks once.
func cidrMatch(site *Site) (ScalarKernel, error) {
	known := map[string]match.Block{}
	for i := 1; i < len(site.Args); i++ {
		text, ok := site.ConstantText(i)
		if !ok {
			continue
		}
		block, err := match.ParseBlock(text)
		if err != nil {
			return nil, &ArgumentError{i, fmt.Sprintf("'%s' is not an IP string literal.", text)}
		}
		known[text] = block
	}
	return func(call *Call, args []*column.Column, rows int) *column.Column {
		return fallible(call, args, rows, func(out *column.Builder, at []int) error {
			var address match.Address
			copy(address[:], args[0].Text(at[0]))
			for i := 1; i < len(args); i++ {
				text := args[i].Text(at[i])
				block, ok := known[text]
				if !ok {
					var err error
					if block, err = match.ParseBlock(text); err != nil {
						return failure{IllegalArgument, fmt.Sprintf("'%s' is not an IP string literal.", text)}
					}
				}
				if block.Holds(address) {
					out.Bool(true)
					return nil
				}
			}
			out.Bool(false)
			return nil
		})
	}, nil
}

func ipPrefix(out *column.Builder, args []*column.Column, at []int) error {
	v4, v6 := args[1].Int(at[1]), args[2].Int(at[2])
	switch {
	case v4 < 0 || v4 > 32:
		return failure{IllegalArgument, fmt.Sprintf("Prefix length v4 must be in range [0, 32], found %d", v4)}
	case v6 < 0 || v6 > 128:
		return failure{IllegalArgument, fmt.Sprintf("Prefix length v6 must be in range [0, 128], found %d", v6)}
	}
	address, ok := netip.AddrFromSlice([]byte(args[0].Text(at[0])))
	if !ok {
		out.Null()
		return nil
	}
	bits := int(v6)
	if address = address.Unmap(); address.Is4() {
		bits = int(v4)
	}
	prefix, err := address.Prefix(bits)
	if err != nil {
		return failure{IllegalArgument, err.Error()}
	}
	masked := prefix.Addr().As16()
	out.Text(string(masked[:]))
	return nil
}
