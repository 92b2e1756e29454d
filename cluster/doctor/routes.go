package doctor

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// routes tells where a packet to a pod that is gone ends: within this machine,
// if kind's ranges are unreachable here or belong to something of its own.
func (c Config) routes() []Check {
	table, err := os.ReadFile(filepath.Join(c.root, "proc/net/route"))
	if err != nil {
		return nil
	}
	check := Check{Name: "packets stay inside", OK: true}
	var open, cure []string
	hasDefault, ranges := parseRoutes(string(table))
	for _, inside := range []string{"10.244.0.0/16", "10.96.0.0/16"} {
		want := netip.MustParsePrefix(inside)
		covered := slices.ContainsFunc(ranges, func(r netip.Prefix) bool { return r.Bits() <= want.Bits() && r.Contains(want.Addr()) })
		if hasDefault && !covered {
			open = append(open, inside)
			cure = append(cure, "ip route add blackhole "+inside)
		}
	}
	check.Found = "10.244.0.0/16 and 10.96.0.0/16 do not follow the default route"
	if len(open) > 0 {
		check.OK, check.Found = false, ""
		check.Missing = "a packet to a pod that is gone follows the default route out of this machine (" + strings.Join(open, ", ") + "), unless the node image stops it, as the offline one does"
		check.Cure = "sudo sh -c '" + strings.Join(cure, "; ") + "'"
	}
	return []Check{check}
}

// parseRoutes reads /proc/net/route: hexadecimal, in the order of the machine
// (every one that runs kind is little-endian).
func parseRoutes(table string) (hasDefault bool, ranges []netip.Prefix) {
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) < 8 {
			continue
		}
		destination, err1 := strconv.ParseUint(fields[1], 16, 32)
		mask, err2 := strconv.ParseUint(fields[7], 16, 32)
		if err1 != nil || err2 != nil {
			continue
		}
		bits := 0
		for m := mask; m != 0; m &= m - 1 {
			bits++
		}
		if bits == 0 {
			hasDefault = hasDefault || fields[0] != "*"
			continue
		}
		addr := netip.AddrFrom4([4]byte{byte(destination), byte(destination >> 8), byte(destination >> 16), byte(destination >> 24)})
		ranges = append(ranges, netip.PrefixFrom(addr, bits))
	}
	return hasDefault, ranges
}
