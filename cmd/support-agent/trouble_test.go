package main

import (
	"strings"
	"testing"
	"time"

	"supportd/daemon/notice"
	"supportd/library/text"
)

// What is wrong with a certificate is told with the name or the times that show whose
// mistake it is.
func TestN8_CertificatesAreToldByTheirReason(t *testing.T) {
	for _, l := range text.Languages() {
		for _, p := range []notice.Problem{notice.ProblemSelfMade, notice.ProblemExpired, notice.ProblemNotYet, notice.ProblemOtherName} {
			said := trouble{problem: p, relay: "relay.example", who: "who.example"}.text(l, false)
			parts := []string{"relay.example", "who.example"}
			if p == notice.ProblemExpired || p == notice.ProblemNotYet {
				parts = append(parts, time.Now().UTC().Format("2006-01-"))
			}
			for _, part := range parts {
				if !strings.Contains(said, part) || strings.Contains(said, "%!") {
					t.Errorf("%v: %q does not say %s", p, said, part)
				}
			}
		}
	}
}
