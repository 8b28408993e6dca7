package reach

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A certificate that does not hold is told by its own reason: the relay's operator has
// to mend one, this computer's owner another, and neither is a network that looks
// into connections.
func TestN8_EachReasonOfACertificateHasItsOwnKind(t *testing.T) {
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		for_        string
		from, until time.Duration // from now
		selfMade    bool
		kind        Kind
		who         string
	}{
		"expired":                     {"relay.test", -30 * day, -day, false, KindExpired, "1999-12-31 00:00 UTC"},
		"not valid yet":               {"relay.test", day, 30 * day, false, KindNotYet, "2000-01-02 00:00 UTC"},
		"expired, and made by itself": {"relay.test", -30 * day, -day, true, KindExpired, "1999-12-31 00:00 UTC"},
		"another host's":              {"www.hoster.test", -day, day, false, KindOtherName, "www.hoster.test"},
		"another host's, expired":     {"www.hoster.test", -30 * day, -day, false, KindOtherName, "www.hoster.test"},
		"made by itself":              {"relay.test", -day, day, true, KindSelfMade, "relay.test"},
		"of another CA":               {"relay.test", -day, day, false, KindUntrusted, "Somebody"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, address := range []string{"https://relay.test", "relay.test"} {
				synctest.Test(t, inWorld(func(t *testing.T, w *world) {
					ca := newAuthority(t, "Somebody")
					key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
					if err != nil {
						t.Fatal(err)
					}
					template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: c.for_}, DNSNames: []string{c.for_},
						NotBefore: time.Now().Add(c.from), NotAfter: time.Now().Add(c.until)}
					parent, by := ca.cert, ca.key
					if c.selfMade {
						parent, by = template, key
					}
					der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
					if err != nil {
						t.Fatal(err)
					}
					cfg := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
					inside := web(w.relay, page)
					w.peers["relay.test:443"] = func(nc net.Conn) { inside(tls.Server(nc, cfg)) }
					d := w.dialer()
					if c.kind != KindUntrusted {
						d.Roots.AddCert(ca.cert)
					}
					failed := wantKind(t, w.join(d, address), c.kind, c.who)
					if !strings.Contains(failed.Error(), c.who) {
						t.Errorf("%v does not say %s", failed, c.who)
					}
				}))
			}
		})
	}
}
