package csrca

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/sshsig"
	"supportd/library/wire"
)

const (
	// RevocationsNamespace is what the signature of a list is for. With it, stock
	// "ssh-keygen -Y sign" makes one.
	RevocationsNamespace = "revocations@supportd"
	// MaxRevocations bounds a list with its signature, in bytes: it is one message of the
	// relay's.
	MaxRevocations = 60 << 10
	// MaxRevoked is how many keys and serial numbers a list has at most. Who is on it may go
	// from it when the last certificate of the key has ended.
	MaxRevoked = 1000
	// RevocationsLife is for how long a list is made where nothing else is said.
	RevocationsLife = 30 * 24 * time.Hour
)

// Revocations is what a CSR CA has revoked before its time: a list that it has signed. It
// does not change. As a file it is this text, with the signature behind it:
//
//	supportd revocations 1
//	number 7
//	issued 2026-11-27T12:00:00Z
//	until 2026-12-27T12:00:00Z
//	key SHA256:…
//	serial 1234
//	second Network
//	-----BEGIN SSH SIGNATURE-----
//
// A list has this one form: its keys sorted, then its serial numbers, and then the
// categories of scripts that need a second signature, each once. It
// replaces every list with a lower number, whichever of an organisation's CAs has signed
// it, so a serial number is that of a certificate of each of them.
type Revocations struct {
	Number  uint64    // from 1
	Issued  time.Time // by the clock of whoever has signed it, in whole seconds
	Until   time.Time // without the second itself
	Keys    []string  // of CSRs: SHA256:…
	Serials []uint64  // of certificates; never 0, which ssh-keygen gives to all
	// Second are the categories whose scripts need the signature of a second CSR too. A
	// program that does not know this line takes no list that has one.
	Second []string

	ca   ssh.PublicKey
	file []byte
}

// CA is the key that has signed the list; nil where [SignRevocations] has not been asked yet.
func (r *Revocations) CA() ssh.PublicKey { return r.ca }

// File is the whole list as it is kept and sent. It may not be changed.
func (r *Revocations) File() []byte { return r.file }

// The words of the form.
const (
	revocationsHeader = "supportd revocations 1\n"
	fieldNumber       = "number"
	fieldIssued       = "issued"
	fieldUntil        = "until"
	fieldKey          = "key"
	fieldSerial       = "serial"
	fieldSecond       = "second"
)

// Errors of [ParseRevocations] and [SignRevocations].
var (
	ErrNoRevocations = errors.New("this is no list of revocations, or it was changed or cut")
	ErrForeignList   = errors.New("none of the CAs that count here has signed the list")
	errListTime      = errors.New("the list is good until a time after it was issued")
	errListNumber    = errors.New("lists are numbered from 1")
	errListLong      = fmt.Errorf("the list has more than %d keys and serial numbers", MaxRevoked)
	errListKey       = errors.New("a key stands in the list as SHA256:…, as ssh-keygen -l shows it")
	errListSerial    = errors.New("the serial number 0 is that of every certificate without one: revoke the key instead")
)

// SignRevocations makes a list. What it lists may be in any order, and twice. It
// is no method, so that what a customer downloads has none of it.
func SignRevocations(r Revocations, ca ssh.Signer) (*Revocations, error) {
	r.Keys, r.Serials = slices.Compact(slices.Sorted(slices.Values(r.Keys))), slices.Compact(slices.Sorted(slices.Values(r.Serials)))
	r.Second = SortSecond(r.Second)
	r.Issued, r.Until = r.Issued.UTC().Truncate(time.Second), r.Until.UTC().Truncate(time.Second)
	if err := r.check(); err != nil {
		return nil, err
	}
	message := r.message()
	signature, err := sshsig.Sign(ca, RevocationsNamespace, message)
	if err != nil {
		return nil, fmt.Errorf("signing the list: %w", err)
	}
	return ParseRevocations(append(message, signature...), []ssh.PublicKey{ca.PublicKey()})
}

func (r *Revocations) check() error {
	switch {
	case r.Number == 0:
		return errListNumber
	case !r.Issued.Before(r.Until), r.Issued.Unix() < 0, r.Until.Unix() >= maxTime:
		return errListTime
	case len(r.Keys)+len(r.Serials) > MaxRevoked:
		return errListLong
	case slices.ContainsFunc(r.Keys, func(k string) bool { return wire.CheckFingerprint(k) != nil }):
		return errListKey
	case slices.Contains(r.Serials, 0):
		return errListSerial
	}
	return CheckSecond(r.Second)
}

// message is what is signed.
func (r *Revocations) message() []byte {
	var b bytes.Buffer
	line := func(field, value string) { b.WriteString(field + " " + value + "\n") }
	b.WriteString(revocationsHeader)
	line(fieldNumber, strconv.FormatUint(r.Number, 10))
	line(fieldIssued, r.Issued.UTC().Format(time.RFC3339))
	line(fieldUntil, r.Until.UTC().Format(time.RFC3339))
	for _, key := range r.Keys {
		line(fieldKey, key)
	}
	for _, serial := range r.Serials {
		line(fieldSerial, strconv.FormatUint(serial, 10))
	}
	for _, category := range r.Second {
		line(fieldSecond, category)
	}
	return b.Bytes()
}

// ParseRevocations reads what [SignRevocations] made with one of these CAs, and nothing
// else.
func ParseRevocations(file []byte, cas []ssh.PublicKey) (*Revocations, error) {
	at := bytes.Index(file, []byte(sshsig.Begin))
	if at < 0 || len(file) > MaxRevocations {
		return nil, ErrNoRevocations
	}
	message, signature := file[:at], string(file[at:])
	r, err := parseMessage(string(message))
	if err != nil {
		return nil, err
	}
	if r.ca, err = sshsig.Key(signature); err != nil {
		return nil, ErrNoRevocations
	}
	if !IsOneOf(r.ca, cas) {
		return nil, fmt.Errorf("%w: it is signed by %s", ErrForeignList, ssh.FingerprintSHA256(r.ca))
	}
	if err := sshsig.Verify(signature, RevocationsNamespace, message, r.ca); err != nil {
		return nil, ErrNoRevocations
	}
	r.file = bytes.Clone(file)
	return r, nil
}

// parseMessage reads what [Revocations.message] made, and nothing else.
func parseMessage(s string) (*Revocations, error) {
	lines, ok := strings.CutPrefix(s, revocationsHeader)
	if !ok {
		return nil, ErrNoRevocations
	}
	r := new(Revocations)
	for line := range strings.Lines(lines) {
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		var err error
		switch field {
		case fieldNumber:
			r.Number, err = strconv.ParseUint(value, 10, 64)
		case fieldIssued:
			r.Issued, err = time.Parse(time.RFC3339, value)
		case fieldUntil:
			r.Until, err = time.Parse(time.RFC3339, value)
		case fieldKey:
			r.Keys = append(r.Keys, value)
		case fieldSerial:
			var serial uint64
			serial, err = strconv.ParseUint(value, 10, 64)
			r.Serials = append(r.Serials, serial)
		case fieldSecond:
			r.Second = append(r.Second, value)
		default:
			err = ErrNoRevocations
		}
		if err != nil || len(r.Keys)+len(r.Serials) > MaxRevoked || len(r.Second) > MaxSecond {
			return nil, ErrNoRevocations
		}
	}
	// Other ways to write the same, such as another order, are not the form.
	increases := func(n int, less func(i int) bool) bool {
		for i := 1; i < n; i++ {
			if !less(i) {
				return false
			}
		}
		return true
	}
	sorted := increases(len(r.Keys), func(i int) bool { return r.Keys[i-1] < r.Keys[i] }) &&
		increases(len(r.Serials), func(i int) bool { return r.Serials[i-1] < r.Serials[i] })
	if !sorted || r.check() != nil || string(r.message()) != s {
		return nil, ErrNoRevocations
	}
	r.Issued, r.Until = r.Issued.UTC(), r.Until.UTC()
	return r, nil
}

// HasKey reports whether a key, SHA256:…, is revoked. No list revokes nothing.
func (r *Revocations) HasKey(print string) bool {
	if r == nil {
		return false
	}
	_, found := slices.BinarySearch(r.Keys, print)
	return found
}

// Has reports whether a certificate or its key is revoked. No list revokes nothing.
func (r *Revocations) Has(c Certificate) bool {
	if r == nil {
		return false
	}
	_, found := slices.BinarySearch(r.Serials, c.Serial)
	return found || r.HasKey(c.Key)
}

// Demand is what is demanded of the list before a certificate lets somebody in, and what
// else the organisation demands that could stand in the list. The zero Demand demands
// nothing: then a list that is there counts.
type Demand struct {
	Least    uint64 `json:"least,omitempty"`    // a list with a lower number does not count
	Required bool   `json:"required,omitempty"` // a list that is good now has to be there
	// Newest is the number of the newest list that has counted: from then on an older one, or
	// none, is not enough.
	Newest uint64 `json:"newest,omitempty"`
	// Second are categories whose scripts need the signature of a second CSR, beside those of
	// the list: see [CheckSecond].
	Second []string `json:"second,omitempty"`
}

// IsZero reports whether nothing is demanded.
func (d Demand) IsZero() bool {
	return d.Least == 0 && !d.Required && d.Newest == 0 && len(d.Second) == 0
}

// And is what two demand together.
func (d Demand) And(o Demand) Demand {
	return Demand{
		Least: max(d.Least, o.Least), Required: d.Required || o.Required, Newest: max(d.Newest, o.Newest),
		Second: SortSecond(slices.Concat(d.Second, o.Second)),
	}
}

// Lowest is the lowest number that a list may have.
func (d Demand) Lowest() uint64 { return max(d.Least, d.Newest, 1) }

// Check decides whether a certificate that [Check] has approved of lets somebody in beside
// what its CA has revoked; list is nil where there is none. The error is a [*Refusal].
func (d Demand) Check(c Certificate, list *Revocations, now time.Time) error {
	r := &Refusal{CA: c.CA, Account: c.Account, From: c.From, Until: c.Until, Now: now, List: d.Lowest()}
	if list == nil || list.Number < d.Lowest() {
		if !d.Required && d.Newest == 0 {
			return nil
		}
		r.Problem = NoList
		return r
	}
	r.List = list.Number
	switch {
	case list.Has(c):
		r.Problem = Revoked
	case d.Required && !now.Before(list.Until):
		r.Problem, r.Until = OldList, list.Until
	default:
		return nil
	}
	return r
}
