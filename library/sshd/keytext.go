package sshd

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/crypto/ssh"
)

// Markers of the files that people take for a public key, or save one in.
const (
	beginSSH2 = "---- BEGIN SSH2 PUBLIC KEY ----" // RFC 4716 section 3
	endSSH2   = "---- END SSH2 PUBLIC KEY ----"
	puttyFile = "PuTTY-User-Key-File-"
)

var errNoKey = errors.New("this is no public key")

// ParsePublicKeys reads public keys from the text of a file as people have them: in
// .pub and authorized_keys files, a key a line; as PuTTYgen saves them (RFC 4716);
// and in PEM. The text may begin with a byte order mark or be UTF-16, as Windows
// editors save it, and comments may be in any encoding. Options before a key are
// refused, because they would not be kept. The error says what the text is
// instead; no key at all is none. Whether a key is good enough [CheckKey] says.
func ParsePublicKeys(data []byte) (keys []ssh.PublicKey, err error) {
	data = narrow(data)
	if err := privateKey(data); err != nil {
		return nil, err
	}
	for rest := data; len(rest) > 0; {
		var line []byte
		line, after := cutLine(rest)
		var key ssh.PublicKey
		switch s := unpasted(string(line)); {
		case s == "" || strings.HasPrefix(s, "#"):
			rest = after
			continue
		case s == beginSSH2:
			key, rest, err = readSSH2(after)
		case strings.HasPrefix(s, "-----BEGIN PGP "):
			return nil, errors.New("this is a key of OpenPGP (gpg), not of SSH: ssh-keygen -t ed25519 makes one, and \"gpg --export-ssh-key\" shows the one of gpg")
		case strings.HasPrefix(s, "-----BEGIN "):
			key, rest, err = readPEM(rest)
		default:
			key, err = readKeyLine(s)
			rest = after
		}
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// unpasted is a line without what it gets on its way through pages, word processors and
// mails: other spaces than ASCII's, characters without width, the signs of a quoted mail.
func unpasted(line string) string {
	if utf8.ValidString(line) {
		line = strings.Map(func(r rune) rune {
			switch {
			case unicode.IsSpace(r):
				return ' '
			case unicode.Is(unicode.Cf, r):
				return -1
			}
			return r
		}, line)
	}
	line = strings.TrimSpace(line)
	if quoted := strings.TrimLeft(line, "> "); quoted == "" || strings.HasPrefix(quoted, "ssh-") || strings.HasPrefix(quoted, "ecdsa-") || strings.HasPrefix(quoted, "sk-") {
		return quoted
	}
	return line
}

// privateKey says that a text is, or may be, a private key.
func privateKey(data []byte) error {
	switch {
	case bytes.HasPrefix(bytes.TrimSpace(data), []byte(puttyFile)):
		return errors.New("this is PuTTY's private key file; it must stay where it is. PuTTYgen shows the public key: copy it from the box on top into a .pub file")
	case bytes.Contains(data, []byte("PRIVATE KEY-----")), bytes.Contains(data, []byte("PRIVATE KEY ----")):
		return errors.New("this is a private key; it must stay where it is")
	}
	return nil
}

// readKeyLine reads a key as it stands in a .pub file.
func readKeyLine(s string) (ssh.PublicKey, error) {
	if strings.HasPrefix(s, "SHA256:") || strings.HasPrefix(s, "MD5:") {
		return nil, errors.New("this is the fingerprint of a key: the key itself is needed")
	}
	key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(s))
	switch first, rest, _ := strings.Cut(s, " "); {
	case err == nil && len(options) == 0:
		return key, nil
	case err == nil && !strings.ContainsAny(first, "=,\"") && !keyOptions[strings.ToLower(first)]:
		return nil, errors.New("this is a line of known_hosts, with a computer's key: a person's public key stands in a .pub file")
	case err == nil:
		return nil, errors.New("options before a public key are not supported")
	case strings.HasPrefix(first, "ssh-") || strings.HasPrefix(first, "ecdsa-") || strings.HasPrefix(first, "sk-"):
		if strings.TrimSpace(rest) == "" {
			return nil, fmt.Errorf("%w: nothing stands behind its type; it has to stand in one line", errNoKey)
		}
		return nil, fmt.Errorf("%w: it is cut or damaged; it has to stand in one line, as in the file", errNoKey)
	}
	if what := otherThanKey(s); what != "" {
		return nil, fmt.Errorf("%w: %s", errNoKey, what)
	}
	return nil, errNoKey
}

// keyOptions are the options of sshd(8) that stand alone.
var keyOptions = map[string]bool{"agent-forwarding": true, "cert-authority": true, "no-agent-forwarding": true, "no-port-forwarding": true, "no-pty": true, "no-user-rc": true,
	"no-x11-forwarding": true, "port-forwarding": true, "pty": true, "no-touch-required": true, "verify-required": true, "restrict": true, "user-rc": true, "x11-forwarding": true}

// otherThanKey says what a line is that is no key; "" where it is nothing known.
func otherThanKey(s string) string {
	lower := strings.ToLower(s)
	first, rest, _ := strings.Cut(s, " ")
	_, numberErr := strconv.Atoi(first)
	folded := strings.Map(func(r rune) rune {
		switch r {
		case '‐', '‑', '‒', '–', '—', '−', '－':
			return '-'
		}
		return r
	}, s)
	switch {
	case strings.HasPrefix(s, "\x1f\x8b"), strings.HasPrefix(s, "PK\x03\x04"), strings.HasPrefix(s, "BZh"), strings.HasPrefix(s, "\xfd7zXZ"), strings.HasPrefix(s, "7z\xbc\xaf"), strings.HasPrefix(s, "\x28\xb5\x2f\xfd"):
		return "it is a compressed archive; unpack it"
	case strings.HasPrefix(s, "\x30\x82"), strings.HasPrefix(s, "\x30\x81"):
		return "it is binary (DER), a certificate or a key of another program; \"openssl x509 -pubkey\" or \"openssl pkey -pubin\" makes text of it"
	case strings.HasPrefix(s, "AAAA"):
		return "its type is missing in front of it, such as ssh-ed25519"
	case folded != s && (strings.HasPrefix(folded, "ssh-") || strings.HasPrefix(folded, "ecdsa-")):
		return "it has a long dash, as word processors write it, in the place of \"-\"; copy it from the .pub file"
	case strings.HasPrefix(s, "\"ssh-"), strings.HasPrefix(s, "'ssh-"), strings.HasPrefix(s, "“ssh-"), strings.HasPrefix(s, "`ssh-"):
		return "it stands in quotes; take them away"
	case strings.HasPrefix(s, "age1"):
		return "it is a key of age, not of SSH"
	case strings.HasPrefix(s, "{") && !strings.HasPrefix(s, "{\\rtf"):
		return "it is JSON; the line of the .pub file is needed"
	case strings.HasPrefix(s, "{\\rtf"), strings.HasPrefix(s, "<"):
		return "it is a document or a page; the line of the .pub file is needed"
	case strings.HasPrefix(lower, "untrusted comment:"):
		return "it is a key of minisign or signify, not of SSH"
	case numberErr == nil && (strings.HasPrefix(rest, "SHA256:") || strings.HasPrefix(rest, "MD5:")):
		return "it is the fingerprint of a key, as ssh-keygen -l shows it: the key itself is needed"
	case numberErr == nil && strings.Count(s, " ") >= 2:
		return "it is a key of version 1 of SSH, which nobody takes any more; ssh-keygen -t ed25519 makes a new one"
	}
	return ""
}

// readSSH2 reads a key of RFC 4716 from behind its first line.
func readSSH2(rest []byte) (ssh.PublicKey, []byte, error) {
	var body strings.Builder
	header := false // it goes on in the next line
	for len(rest) > 0 {
		var line []byte
		line, rest = cutLine(rest)
		s := strings.TrimSpace(string(line))
		switch {
		case s == endSSH2:
			blob, err := base64.StdEncoding.DecodeString(body.String())
			if err != nil {
				return nil, nil, fmt.Errorf("%w: it is damaged", errNoKey)
			}
			key, err := ssh.ParsePublicKey(blob)
			if err != nil {
				return nil, nil, fmt.Errorf("%w: it is damaged", errNoKey)
			}
			return key, rest, nil
		case header || strings.Contains(s, ":"):
			header = strings.HasSuffix(s, `\`)
		default:
			body.WriteString(s)
		}
	}
	return nil, nil, fmt.Errorf("%w: its last line is missing, %s", errNoKey, endSSH2)
}

// readPEM reads a key as OpenSSL writes it.
func readPEM(data []byte) (ssh.PublicKey, []byte, error) {
	block, rest := pem.Decode(data)
	if block == nil {
		return nil, nil, fmt.Errorf("%w: its last line is missing, or it is damaged", errNoKey)
	}
	var public any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		public, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		public, err = x509.ParsePKCS1PublicKey(block.Bytes)
	default:
		return nil, nil, fmt.Errorf("%w: it is a %.40q", errNoKey, block.Type)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%w: it is damaged", errNoKey)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		return nil, nil, fmt.Errorf("%w for SSH", errNoKey)
	}
	return key, rest, nil
}

func cutLine(data []byte) (line, rest []byte) {
	if i := bytes.IndexAny(data, "\r\n"); i >= 0 {
		return data[:i], data[i+1:]
	}
	return data, nil
}

// narrow makes UTF-16 a text of bytes, by its mark or by the zero bytes that ASCII
// characters have in it, and takes a mark away.
func narrow(data []byte) []byte {
	if rest, ok := bytes.CutPrefix(data, []byte("\xef\xbb\xbf")); ok {
		return rest
	}
	var order binary.ByteOrder
	switch {
	case len(data) < 4:
		return data
	case data[0] == 0xff && data[1] == 0xfe, data[0] != 0 && data[1] == 0 && data[2] != 0 && data[3] == 0:
		order = binary.LittleEndian
	case data[0] == 0xfe && data[1] == 0xff, data[0] == 0 && data[1] != 0 && data[2] == 0 && data[3] != 0:
		order = binary.BigEndian
	default:
		return data
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return []byte(strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff"))
}
