package wire

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// Number is a session number in its canonical form: 9 digits, the last a check
// digit, never a leading zero (people drop it on the phone). It lets a customer
// join; it never lets anyone reach a customer.
type Number string

// NumberDigits is how many digits a session number has.
const NumberDigits = 9

// Errors of [ParseNumber].
var (
	ErrNumberShape = errors.New("a session number has 9 digits")
	ErrNumberCheck = errors.New("the last digit does not fit, one digit is probably mistyped")
)

// NewNumber draws a number with 8 random digits from crypto/rand, each of the
// 90 million equally likely.
func NewNumber() Number {
	n, err := rand.Int(rand.Reader, big.NewInt(90_000_000))
	if err != nil {
		panic(err) // crypto/rand never fails on the systems that Go supports
	}
	digits := fmt.Sprint(n.Int64() + 10_000_000)
	return Number(digits + string('0'+damm(digits)))
}

// ParseNumber reads a number as a person types it: spaces and dashes between
// the digits are ignored. It says whether the shape or the check digit is wrong
// before anything is sent over the network.
func ParseNumber(s string) (Number, error) {
	if len(s) > 64 {
		return "", ErrNumberShape
	}
	digits := strings.NewReplacer(" ", "", "-", "", "\u00a0", "", "\u2013", "").Replace(s)
	if len(digits) != NumberDigits || digits[0] == '0' || strings.Trim(digits, "0123456789") != "" {
		return "", ErrNumberShape
	}
	if damm(digits) != 0 {
		return "", ErrNumberCheck
	}
	return Number(digits), nil
}

// MeansNumber reports whether somebody means a number, be it a wrong one: digits alone
// always do, and so do 9 of them with spaces and dashes. Everything else may be a name.
func MeansNumber(s string) bool {
	digits := strings.NewReplacer(" ", "", "-", "", "\u00a0", "", "\u2013", "").Replace(s)
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return false
	}
	return len(digits) == NumberDigits || !strings.ContainsAny(s, "-\u2013")
}

// ParseHost reads a number as an SSH client names its target: NUMBER or
// NUMBER.support, nothing else.
func ParseHost(host string) (Number, error) {
	name := strings.TrimSuffix(strings.ToLower(host), HostSuffix)
	if strings.Trim(name, "0123456789") != "" {
		return "", ErrNumberShape
	}
	return ParseNumber(name)
}

// Host is the name under which a CSR reaches the computer.
func (n Number) Host() string { return string(n) + HostSuffix }

// Spoken is the number in groups of three, as it is read over the phone.
func (n Number) Spoken() string {
	if len(n) != NumberDigits {
		return string(n)
	}
	return string(n[:3] + " " + n[3:6] + " " + n[6:])
}

// damm runs the Damm algorithm (H. M. Damm, Total anti-symmetrische
// Quasigruppen, 2004) over decimal digits: 0 for a number that ends in its
// check digit, else the check digit to append. It catches every wrong digit
// and every swap of two neighbours.
func damm(digits string) byte {
	table := [10]string{
		"0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
		"3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
	}
	var c byte
	for i := range len(digits) {
		c = table[c][digits[i]-'0'] - '0'
	}
	return c
}
