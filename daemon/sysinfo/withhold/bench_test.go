package withhold

import (
	"fmt"
	"testing"

	"supportd/daemon/sysinfo/document"
)

// A host of containers with thousands of adapters, or a server with thousands of
// people, must not wait for what is withheld.
func BenchmarkWithholdThousands(b *testing.B) {
	var p Known
	s := document.NewSheet(document.Network)
	t := s.Table("adapters", document.Col("name"), document.Col("mac", document.Addresses), document.Col("ip"), document.Col("command"))
	for i := range 3000 {
		p.Names = append(p.Names, fmt.Sprintf("user%04d", i), fmt.Sprintf("First%04d Last%04d", i, i))
		p.Addresses = append(p.Addresses, fmt.Sprintf("02:00:00:00:%02x:%02x", i>>8, i&255), fmt.Sprintf("10.0.%d.%d/24, fe80::%x/64", i>>8, i&255, i))
		t.Add(fmt.Sprintf("veth%04d", i), "x", fmt.Sprintf("10.0.%d.%d/24, fe80::%x/64", i>>8, i&255, i), fmt.Sprintf("/usr/bin/some-program --name user%04d --at /home/user%04d/dir-%d", i, i, i))
	}
	sec := s.Seal(nil)
	for b.Loop() {
		r := New(document.Classes(), p)
		r.Section(sec)
	}
}
