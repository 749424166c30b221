package match

import (
	"fmt"
	"net/netip"
	"strings"
)

// Address is an IP address as Elasticsearch stores it: 16 bytes, IPv4 mapped into IPv6, so that comparing the bytes
// orders addresses.
type Address [16]byte

// ParseAddress reads an IPv4 or IPv6 address; zones are refused.
func ParseAddress(text string) (Address, bool) {
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return Address{}, false
	}
	return a.As16(), true
}

// Block is a range of addresses, both ends included.
type Block struct{ First, Last Address }

// Holds tells whether an address of 16 bytes lies in the block.
func (b Block) Holds(a Address) bool {
	return compareAddress(b.First, a) <= 0 && compareAddress(a, b.Last) <= 0
}

// ParseBlock reads one address or a CIDR block. As in Elasticsearch, the block's address may have host bits set:
// 10.6.48.157/8 is 10.0.0.0/8.
func ParseBlock(text string) (Block, error) {
	if !strings.Contains(text, "/") {
		a, ok := ParseAddress(text)
		if !ok {
			return Block{}, fmt.Errorf("%q is not an IP address", text)
		}
		return Block{a, a}, nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return Block{}, fmt.Errorf("%q is not a CIDR block such as 10.0.0.0/8", text)
	}
	first := Address(prefix.Masked().Addr().As16())
	bits := prefix.Bits()
	if prefix.Addr().Is4() {
		bits += 96
	}
	last := first
	for i := bits; i < 128; i++ {
		last[i/8] |= 0x80 >> (i % 8)
	}
	return Block{first, last}, nil
}

func compareAddress(a, b Address) int { return strings.Compare(string(a[:]), string(b[:])) }
