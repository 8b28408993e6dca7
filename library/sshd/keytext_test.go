package sshd

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
)

func utf16Bytes(s string, big bool) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			b.WriteString(string([]byte{byte(u >> 8), byte(u)}))
		} else {
			b.WriteString(string([]byte{byte(u), byte(u >> 8)}))
		}
	}
	return b.String()
}

// inPEMOf is a public key as OpenSSL writes it.
func inPEMOf(t *testing.T, public any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// C5: a public key as editors and PuTTYgen save it is read; what cannot be one is
// called what it is.
func TestK5C5_PublicKeysAsPeopleHaveThem(t *testing.T) {
	key := testkit.NewKey(t).PublicKey()
	line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
	ssh2 := func(headers, end string) string {
		body := base64.StdEncoding.EncodeToString(key.Marshal())
		return "---- BEGIN SSH2 PUBLIC KEY ----" + end + headers + body[:40] + end + body[40:] + end + "---- END SSH2 PUBLIC KEY ----" + end
	}
	inPEM := inPEMOf(t, key.(ssh.CryptoPublicKey).CryptoPublicKey())
	for name, text := range map[string]string{
		"plain": line, "CRLF": line + " me@pc\r\n", "BOM": "\xef\xbb\xbf" + line + "\n", "UTF-16": "\xff\xfe" + utf16Bytes(line+" 김민지\r\n", false),
		"UTF-16, the other way": "\xfe\xff" + utf16Bytes(line, true), "UTF-16 without a mark": utf16Bytes(line+"\n", false),
		"CP949 comment": line + " \xb1\xe8\xb9\xce\xc1\xf6\r\n", "comment lines": "# mine\n\n" + line + "\n",
		"PuTTYgen": ssh2("Comment: \"ed25519-key-20260101\"\r\n", "\r\n"), "PuTTYgen, UTF-16": "\xff\xfe" + utf16Bytes(ssh2("", "\r\n"), false),
		"RFC 4716 headers": ssh2("Subject: me\nComment: a long one \\\nthat goes on: here\nx-y: z\n", "\n"), "PEM": inPEM, "PEM, CRLF": strings.ReplaceAll(inPEM, "\n", "\r\n"),
		"spaces of a page": strings.ReplaceAll(line, " ", "\u00a0") + "\u2003me", "no width": line[:20] + "\u200b" + line[20:40] + "\u2060" + line[40:], "quoted mail": "> > " + line + "\n> \n",
		"a header of two lines": ssh2("Comment: a long one \\\nthat goes on\n", "\n"), "white space around": " \t" + line + " \r\n",
		"PuTTYgen, CP949 comment": ssh2("Comment: \"\xb1\xe8\xb9\xce\"\r\n", "\r\n"), "old Macintosh lines": ssh2("", "\r"),
	} {
		keys, err := ParsePublicKeys([]byte(text))
		if err != nil || len(keys) != 1 || !bytes.Equal(keys[0].Marshal(), key.Marshal()) {
			t.Errorf("%s: %v, %v", name, keys, err)
		}
	}
	if keys, err := ParsePublicKeys([]byte(line + "\n" + ssh2("", "\n") + inPEM + line)); err != nil || len(keys) != 4 {
		t.Errorf("several: %v, %v", keys, err)
	}
	noSSH, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for text, why := range map[string]string{
		inPEMOf(t, noSSH.PublicKey()):                                            "this is no public key for SSH",
		"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n":           "it is damaged",
		"-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----\n":   "it is damaged",
		"---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----\n": "it is damaged",
		strings.Replace(ssh2("", "\n"), "\n---- END", "!\n---- END", 1):          "it is damaged",
		"256 SHA256:" + strings.Repeat("x", 43) + " me@pc (ED25519)":             "fingerprint",
		"256 MD5:" + strings.Repeat("00:", 16) + " me@pc (ED25519)":              "fingerprint",
		"<p>" + line + "</p>":                      "a page",
		"\n PuTTY-User-Key-File-2: ssh-rsa\r\n":    "PuTTY's private key file",
		"ssh-rsa":                                  "nothing stands behind its type",
		"ecdsa-sha2-nistp256 AAAA":                 "it is cut or damaged",
		"sk-ssh-ed25519@openssh.com AAAA":          "it is cut or damaged",
		"MD5:" + strings.Repeat("00:", 16):         "fingerprint",
		"RESTRICT " + line:                         "options",
		"environment=\"A=b\",pty " + line:          "options",
		"no-pty,no-user-rc " + line:                "options",
		"BZh91AY":                                  "compressed archive",
		"\xfd7zXZ\x00":                             "compressed archive",
		"7z\xbc\xaf\x27":                           "compressed archive",
		"\x28\xb5\x2f\xfd\x04":                     "compressed archive",
		"\x30\x81\x9f\x02":                         "DER",
		"ecdsa\u2013sha2\u2013nistp256 AAAA":       "long dash",
		"'" + line + "'":                           "quotes",
		"\u201c" + line + "\u201d":                 "quotes",
		"`" + line + "`":                           "quotes",
		"<html lang=en>":                           "a page",
		"<?xml version=\"1.0\"?>":                  "a page",
		"untrusted comment: minisign":              "minisign",
		"1024 65537 1234567890":                    "version 1 of SSH",
		"PuTTY-User-Key-File-3: ssh-ed25519\r\n":   "PuTTY's private key file",
		"-----BEGIN OPENSSH PRIVATE KEY-----\nx\n": "private key",
		"\xff\xfe" + utf16Bytes("-----BEGIN RSA PRIVATE KEY-----\n", false): "private key",
		line[:40]:                             "it is cut or damaged; it has to stand in one line",
		line[:30] + "\n" + line[30:]:          "it has to stand in one line",
		"ssh-ed25519":                         "it has to stand in one line",
		"SHA256:" + strings.Repeat("x", 43):   "fingerprint",
		"from=\"10.0.0.1\" " + line:           "options",
		"---- BEGIN SSH2 PUBLIC KEY ----\nAA": "last line is missing",
		ssh2("!!\n", "\n"):                    "damaged",
		"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n": "CERTIFICATE",
		"-----BEGIN PUBLIC KEY-----\nAA":                                 "last line is missing",
		"hello":                                                          "this is no public key",
		"\x1f\x8b\x08\x00xx":                                             "compressed archive",
		"PK\x03\x04xxxx":                                                 "compressed archive",
		"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n": "OpenPGP",
		"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nx\n":                                           "this is a private key",
		"relay.example.org " + line:                                                                 "known_hosts",
		"[relay.example.org]:2222 " + line:                                                          "known_hosts",
		"|1|abc=|def= " + line:                                                                      "",
		"no-pty " + line:                                                                            "options",
		"1024 65537 1234567890 me@pc":                                                               "version 1 of SSH",
		strings.Fields(line)[1]:                                                                     "its type is missing",
		"ssh\u2011ed25519 " + strings.Fields(line)[1]:                                               "long dash",
		"\"" + line + "\"":                                                                          "quotes",
		"age1qqqq":                                                                                  "a key of age",
		"{\"kty\":\"OKP\"}":                                                                         "JSON",
		"{\\rtf1 x}":                                                                                "document",
		"<!DOCTYPE html><p>":                                                                        "a page",
		"\x30\x82\x01\x0a\x02":                                                                      "DER",
		"\xff\xfe" + line:                                                                           "this is no public key",
	} {
		if keys, err := ParsePublicKeys([]byte(text)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, %v; want %q", text, keys, err, why)
		}
	}
	for _, text := range []string{"hello", "a\u2014b", "x SHA256:abc me", "x MD5:00 me", "1024 65537", "1024 ", "a b c", "x"} {
		if _, err := ParsePublicKeys([]byte(text)); err == nil || err.Error() != "this is no public key" {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"", "\n\n", "# nothing\n", "\xef\xbb\xbf"} {
		if keys, err := ParsePublicKeys([]byte(text)); err != nil || len(keys) != 0 {
			t.Errorf("%q: %v, %v", text, keys, err)
		}
	}
}

// A key of RSA alone, as OpenSSL wrote it first (RFC 8017).
func TestAPublicKeyOfRSAInPEM(t *testing.T) {
	key, err := ssh.NewPublicKey(&rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 2047), E: 65537})
	if err != nil {
		t.Fatal(err)
	}
	public := key.(ssh.CryptoPublicKey).CryptoPublicKey().(*rsa.PublicKey)
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(public)})
	if keys, err := ParsePublicKeys(text); err != nil || len(keys) != 1 || !bytes.Equal(keys[0].Marshal(), key.Marshal()) {
		t.Errorf("%v, %v", keys, err)
	}
}

func FuzzParsePublicKeys(f *testing.F) {
	f.Add([]byte("---- BEGIN SSH2 PUBLIC KEY ----\nComment: x\\\ny\nAAAA\n---- END SSH2 PUBLIC KEY ----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, err := ParsePublicKeys(text)
		if err != nil {
			return
		}
		var lines []byte
		for _, k := range keys {
			lines = append(lines, ssh.MarshalAuthorizedKey(k)...)
		}
		if again, err := ParsePublicKeys(lines); err != nil || len(again) != len(keys) {
			t.Errorf("%q: %v, %v", text, again, err)
		}
	})
}

// What a line gets on its way through mails and pages goes; a line that only begins alike stays.
func TestLinesThatWerePasted(t *testing.T) {
	for line, want := range map[string]string{
		"": "", "> ": "", "> > >": "", "> ssh-ed25519 AAAA": "ssh-ed25519 AAAA", ">> ecdsa-sha2-nistp256 AAAA": "ecdsa-sha2-nistp256 AAAA", "> sk-ssh-ed25519@openssh.com AAAA": "sk-ssh-ed25519@openssh.com AAAA",
		"> hello": "> hello", " ssh-rsa\u00a0AAAA ": "ssh-rsa AAAA", "ssh-\u200brsa AAAA": "ssh-rsa AAAA", "# >": "# >", "ssh-rsa AAAA caf\xe9 ": "ssh-rsa AAAA caf\xe9",
	} {
		if got := unpasted(line); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}
