package wire

import "testing"

func TestBanner(t *testing.T) {
	for banner, want := range map[string]int{
		Banner("supportd_relay"):                  ProtocolVersion,
		"SSH-2.0-supportd_daemon protocol-12":     12,
		"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12":    0,
		"SSH-2.0-supportd":                        0,
		"SSH-2.0-x protocol-":                     0,
		"SSH-2.0-x protocol-0":                    0,
		"SSH-2.0-x protocol--1":                   0,
		"protocol-1":                              0,
		"SSH-2.0-x protocol-99999999999999999999": 0,
	} {
		if got, ok := BannerVersion(banner); ok != (want != 0) || ok && got != want {
			t.Errorf("BannerVersion(%q) = %d, %v, want %d", banner, got, ok, want)
		}
	}
}
