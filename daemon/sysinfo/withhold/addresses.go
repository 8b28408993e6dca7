package withhold

import (
	"encoding/hex"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What addresses look like. In doubt something is one: a version of four numbers
// is hidden too. A run of hexadecimal digits and colons may also be a time of day
// or part of a name: see coloned6.
var (
	dotted  = regexp.MustCompile(`(?:\d{1,3}\.){3}(?:\d{1,3}|[*xX]\b|\*)`)
	coloned = regexp.MustCompile(`(?i)[0-9a-f]*:[0-9a-f]*:[0-9a-f:]*(?:%[0-9a-z]+)?`)
	// ip-10-20-30-40.ec2.internal
	numbered = regexp.MustCompile(`\d+(?:-\d+){3,}|\d+(?:_\d+){3,}`)
	// forms of which the whole match is one, and how many of which signs they have
	addressShapes = []struct {
		pattern *regexp.Regexp
		signs   string
		least   int
	}{
		{regexp.MustCompile(`(?i)(?:[0-9a-f]{2}[-_.]){5,19}[0-9a-f]{2}`), "-_.", 5},                      // 00-11-22-33-44-55
		{regexp.MustCompile(`(?i)(?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2}`), ":", 5},                           // 0:1b:63:84:45:e6
		{regexp.MustCompile(`(?i)(?:[0-9a-f]{2} ){5,}[0-9a-f]{2}`), " ", 5},                              // 00 e0 4c 68 01 23
		{regexp.MustCompile(`(?i)(?:[0-9a-f]{4}\.){2,3}[0-9a-f]{4}`), ".", 2},                            // 0011.2233.4455
		{regexp.MustCompile(`(?i)[0-9a-f]{4}:[0-9a-f]{4}:[0-9a-f]{4}`), ":", 2},                          // 0011:2233:4455
		{regexp.MustCompile(`(?i)[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}`), "-", 2},                          // 0011-2233-4455
		{regexp.MustCompile(`(?i)(?:[0-9a-f]{1,4}-){7}[0-9a-f]{1,4}`), "-", 7},                           // 2001-db8-0-0-0-0-0-77
		{regexp.MustCompile(`(?i)[0-9a-f]*(?:-{1,2}[0-9a-f]{1,4}){1,7}(?:s\w+)?\.ipv6-literal`), "-", 2}, // Windows writes ::1 so in names of shares
		{regexp.MustCompile(`(?i)(?:[0-9a-f]\.){16,31}[0-9a-f](?:\.ip6)?`), ".", 16},                     // the name of an IPv6 address
	}
	// one number, or fewer than four, where a host stands: http://10.1319464/
	hostNumber = regexp.MustCompile(`(?i)(?:://(?:[^\s/@]*@)?|@)((?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+)){0,3})(?:[:/?#\s'",;)]|$)`)
	// fewer than four numbers of a private network, the last one more than a byte holds
	shortened = regexp.MustCompile(`(?:^|[^\w.])(10\.\d{7,8}|10\.[1-9]\d{0,2}\.\d{3,5}|192\.168\.\d{3,5}|172\.(?:1[6-9]|2\d|3[01])\.\d{3,5})(?:[^\w.]|$)`)
	// in a URL, and what looks like it
	escaped     = regexp.MustCompile(`(?i)[0-9a-f]{0,4}(?:%3a[0-9a-f]{0,4}){2,7}`)
	escapedTime = regexp.MustCompile(`(?i)^\d{1,2}%3a\d\d%3a\d\d$`)
	// forms of four numbers that are not decimal, or have more than a point between them
	fourNumbers = []struct {
		pattern *regexp.Regexp
		signs   string
		least   int
	}{
		{regexp.MustCompile(`(?i)(?:0x[0-9a-f]{1,2}\.){3}0x[0-9a-f]{1,2}`), "xX", 4}, // 0x0a.0x14.0x1e.0x28
		{regexp.MustCompile(`(?:0[0-7]{3,4}\.){3}0[0-7]{3,4}`), "0", 4},              // 0012.0024.0036.0050
		{regexp.MustCompile(`\d{1,3}(?:(?: ?\[\.\] ?|\(\.\))\d{1,3}){3}`), "[(", 3},  // 10[.]20[.]30[.]40
		{regexp.MustCompile(`\d{1,3}(?: \. \d{1,3}){3}`), " ", 6},                    // 10 . 20 . 30 . 40
		{regexp.MustCompile(`\d{1,3}(?:,\d{1,3}){5}`), ",", 5},                       // 10,20,30,40,4,1 of FTP (RFC 959 section 4.1.2)
	}
	// forms of which a part is one
	addressParts = []*regexp.Regexp{
		regexp.MustCompile(`(?i)(?:^|[^0-9a-z])ip-([0-9a-f]{8})(?:[^0-9a-z]|$)`),                                                                                              // ip-0a141e28
		regexp.MustCompile(`(?i)(?:enx|wlx|wwx|ibx|slx|mac|brn|brw|sep|ata|epson|canon|lexmark|hp|kyocera|km|et|ric|oki|xrx|sec|tap|vlan)[-_]?([0-9a-f]{12})(?:[^0-9a-z]|$)`), // enx00e04c680123
		regexp.MustCompile(`(?i)(?:^|[^0-9a-z])([0-9a-f]{8}:[0-9a-f]{4})(?:[^0-9a-z]|$)`),                                                                                     // 281E140A:0016 of /proc/net/tcp
		regexp.MustCompile(`(?i)\bnpi([0-9a-f]{6})\b`),                                                                                                                        // a printer of HP: half of its address
		regexp.MustCompile(`(?i)(?:^|[^0-9a-z-])([0-9a-f]{6}[-:][0-9a-f]{6})(?:[^0-9a-z-]|$)`),                                                                                // 00e04c-680123
		regexp.MustCompile(`(?i)(?:^|[^0-9a-z])((?:0x)?[0-9a-f]{12})(?:[^0-9a-z]|$)`),                                                                                         // 00e04c680123
	}
)

// maxTries bounds how often one pattern is tried again in one text; after that
// everything that looks like an address is taken for one.
const maxTries = 64

// bare is the first of addressParts that has nothing but the number itself.
const bare = 4

// findAddresses finds IPv4, IPv6 and hardware addresses in the forms in which
// systems write them.
func findAddresses(s string) (found [][2]int) {
	add := func(start, end int) { found = append(found, [2]int{start, end}) }
	var signs [256]int
	for i := range len(s) {
		signs[s[i]]++
	}
	count := func(which string) (n int) {
		for i := range len(which) {
			n += signs[which[i]]
		}
		return n
	}
	if count(".") >= 3 {
		for _, at := range dotted.FindAllStringIndex(s, -1) {
			add(at[0], at[1])
		}
	}
	if count(":") >= 2 {
		for _, at := range coloned.FindAllStringIndex(s, -1) {
			if !letterBefore(s, at[0]) && coloned6(s[at[0]:at[1]]) { // std::move, 08:15:30
				add(at[0], at[1])
			}
		}
	}
	if count("-_") >= 3 {
		for _, at := range numbered.FindAllStringIndex(s, -1) {
			if start, end, ok := numbers(s[at[0]:at[1]]); ok {
				add(at[0]+start, at[0]+end)
			}
		}
	}
	var ids [][]int
	if count("-") >= 4 {
		ids = uuid.FindAllStringIndex(s, -1)
	}
	ofID := func(start, end int) bool {
		return slices.ContainsFunc(ids, func(id []int) bool { return start >= id[0] && end <= id[1] })
	}
	for _, shape := range addressShapes {
		if count(shape.signs) < shape.least {
			continue
		}
		for at, tries := 0, 0; at < len(s); {
			m := shape.pattern.FindStringIndex(s[at:])
			if m == nil {
				break
			}
			start, end := at+m[0], at+m[1]
			if hexBeside(s, start, end) && tries < maxTries { // it may begin later: mac-00-e0-…
				tries++
				at = start + 1
				continue
			}
			if !ofID(start, end) && (shape.signs != " " || mixed(s[start:end])) { // only digits are a table
				add(start, end)
			}
			at = end
		}
	}
	if count("%") >= 2 { // behind a word and a colon, too, where the same is none when it is read as it is meant
		for _, at := range escaped.FindAllStringIndex(s, -1) {
			if !escapedTime.MatchString(s[at[0]:at[1]]) {
				add(at[0], at[1])
			}
		}
	}
	found = append(found, otherNumbers(s, count)...)
	if !longRun(s) {
		return found
	}
	for i, shape := range addressParts {
		for at := 0; at < len(s); { // two may share what stands between them
			m := shape.FindStringSubmatchIndex(s[at:])
			if m == nil {
				break
			}
			start, end := at+m[2], at+m[3]
			at = end
			if !ofID(start, end) && (i < bare || mixed(s[start:end])) {
				add(start, end)
			}
		}
	}
	return found
}

// otherNumbers finds what inet_aton(3) and people take for IPv4 addresses besides four
// decimal numbers.
func otherNumbers(s string, count func(string) int) (found [][2]int) {
	for _, form := range fourNumbers {
		if count(form.signs) < form.least {
			continue
		}
		for _, at := range form.pattern.FindAllStringIndex(s, -1) {
			if !hexBeside(s, at[0], at[1]) {
				found = append(found, [2]int{at[0], at[1]})
			}
		}
	}
	if count("@") > 0 || strings.Contains(s, "://") {
		for _, at := range hostNumber.FindAllStringSubmatchIndex(s, -1) {
			found = append(found, [2]int{at[2], at[3]})
		}
	}
	if count(".") > 0 {
		for _, at := range shortened.FindAllStringSubmatchIndex(s, -1) {
			if isShortened(s[at[2]:at[3]]) {
				found = append(found, [2]int{at[2], at[3]})
			}
		}
	}
	if count("xX") > 0 {
		for _, at := range oneNumber.FindAllStringSubmatchIndex(s, -1) {
			if !isCode(s[at[2]:at[3]]) {
				found = append(found, [2]int{at[2], at[3]})
			}
		}
	}
	return found
}

// isShortened reports whether the last number is one that stands for several bytes.
func isShortened(s string) bool {
	parts := strings.Split(s, ".")
	last, _ := strconv.Atoi(parts[len(parts)-1]) // of eight digits at most
	return last > 255 && last < 1<<(8*(5-len(parts)))
}

// oneNumber is an IPv4 address as one hexadecimal number.
var oneNumber = regexp.MustCompile(`(?i)(?:^|[^0-9a-z])(0x[0-9a-f]{8})(?:[^0-9a-z]|$)`)

// isCode tells the codes of errors and small numbers from addresses: HRESULT and
// NTSTATUS of Windows, and flags.
func isCode(s string) bool {
	s = strings.ToLower(s[2:])
	for _, begin := range []string{"00", "8000", "8004", "8007", "8009", "800f", "8024", "c000", "4000", "ffff"} {
		if strings.HasPrefix(s, begin) {
			return true
		}
	}
	return strings.HasSuffix(s, "000000")
}

// longRun reports whether s has a hexadecimal number of six digits or more.
func longRun(s string) bool {
	run := 0
	for i := range len(s) {
		c := s[i] | 0x20
		if s[i] >= '0' && s[i] <= '9' || c >= 'a' && c <= 'f' {
			if run++; run == 6 {
				return true
			}
			continue
		}
		run = 0
	}
	return false
}

// hexBeside reports whether the match is only part of a longer number or name.
func hexBeside(s string, start, end int) bool {
	return start > 0 && alphanumeric(s[start-1]) && alphanumeric(s[start]) || end < len(s) && alphanumeric(s[end])
}

// mixed reports whether a hexadecimal number has digits and letters: those of
// digits only are times and counts.
func mixed(s string) bool {
	s = strings.TrimPrefix(strings.ToLower(s), "0x")
	return strings.ContainsAny(s, "0123456789") && strings.ContainsAny(s, "abcdef")
}

// numbers finds an IPv4 address in numbers with dashes between them. What follows
// a year is a date.
func numbers(s string) (start, end int, ok bool) {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '_' })
	at, run, begin := 0, 0, 0
	for i, p := range parts {
		n, _ := strconv.Atoi(p)
		year := len(p) == 4 && (strings.HasPrefix(p, "19") || strings.HasPrefix(p, "20"))
		switch {
		case len(p) <= 3 && n <= 255:
			if run == 0 {
				begin = at
			}
			run++
		case run >= 4:
			return begin, at - 1, true
		case year && len(parts)-i <= 7:
			return 0, 0, false
		default:
			run = 0
		}
		at += len(p) + 1
	}
	return begin, len(s), run >= 4
}

// coloned6 tells an IPv6 or hardware address from a time of day.
func coloned6(s string) bool {
	if ip, err := netip.ParseAddr(s); err == nil && !ip.IsUnspecified() { // 2001:db8::, with the colons
		return true
	}
	s = strings.TrimRight(s, ":")
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	if _, err := net.ParseMAC(s); err == nil {
		return true
	}
	return strings.Contains(s, "::")
}

// addressForms are ways to write a known address that do not look like one, such as one
// number. They cannot be found by their form, only by the address. The text may have
// several addresses.
func addressForms(text string) (forms []string) {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == ';' }) {
		word, _, _ = strings.Cut(word, "/")
		if mac, err := net.ParseMAC(word); err == nil && strings.Trim(word, "0:") != "" {
			forms = append(forms, hex.EncodeToString(mac))
			continue
		}
		ip, err := netip.ParseAddr(word)
		if err != nil || ip.IsUnspecified() || ip.IsLoopback() {
			continue
		}
		raw := ip.AsSlice()
		forms = append(forms, hex.EncodeToString(raw))
		if len(raw) == 4 {
			forms = append(forms, shortForms(raw)...)
			forms = append(forms, strconv.FormatUint(uint64(raw[0])<<24|uint64(raw[1])<<16|uint64(raw[2])<<8|uint64(raw[3]), 10))
			slices.Reverse(raw)
			forms = append(forms, hex.EncodeToString(raw))
		}
	}
	return forms
}

// shortForms are the ways in which inet_aton(3) takes an IPv4 address with fewer than
// four numbers.
func shortForms(raw []byte) []string {
	tail := func(from int) (n int) {
		for _, b := range raw[from:] {
			n = n<<8 | int(b)
		}
		return n
	}
	return []string{
		strconv.Itoa(int(raw[0])) + "." + strconv.Itoa(tail(1)),
		strconv.Itoa(int(raw[0])) + "." + strconv.Itoa(int(raw[1])) + "." + strconv.Itoa(tail(2)),
	}
}
