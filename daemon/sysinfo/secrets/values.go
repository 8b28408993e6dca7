package secrets

import "strings"

// The values in a command line: what a name, an option or an input says of them.

// assigned is the value of a name.
func (l liner) assigned(name, value string) string {
	switch {
	case value == "":
		return value
	case secretName(name):
		return masked
	case strings.ContainsAny(value, " \t\n"):
		return l.deeper(value)
	}
	if both := Text(name + "=" + value); strings.HasPrefix(both, name+"=") {
		value = both[len(name)+1:]
	}
	return l.plain(value)
}

// value is what an option takes that is no secret by itself: "name=value" may be one.
func (l liner) value(s string) string {
	name, value, ok := strings.Cut(s, "=")
	if ok && !strings.ContainsAny(name, "/:{\"' ,;") {
		return name + "=" + l.assigned(name, value)
	}
	return l.plain(s)
}

// scheme reports whether what follows is the secret: "authorization=Basic x".
func scheme(value string) bool {
	switch strings.ToLower(value) {
	case "basic", "bearer", "digest", "token", "negotiate":
		return true
	}
	return false
}

// pair masks what stands behind the separator in "name:secret". Two numbers are
// a user and a group.
func (l liner) pair(s, by string) string {
	if by == "" {
		by = ":"
	}
	name, secret, _ := strings.Cut(s, by)
	if by == ":" && len(name) == 1 && strings.HasPrefix(secret, `\`) { // C:\cert.pem:secret
		drive := name
		name, secret, _ = strings.Cut(secret, by)
		name = drive + by + name
	}
	if secret == "" || strings.Contains(s, "://") || strings.Trim(s, "0123456789:") == "" && by == ":" && len(secret) < 6 {
		return l.plain(s)
	}
	return name + by + masked
}

// maskSlash masks the secret of "name/secret@database", as Oracle's programs
// take it.
func maskSlash(s string) string {
	name, rest, _ := strings.Cut(s, "/")
	_, at, found := strings.Cut(rest, "@")
	if found {
		at = "@" + at
	}
	return name + "/" + masked + at
}

// maskHeader masks the value of a header of HTTP that lets somebody in, and all of
// cookies, which come without their header: "sid=x; lang=ko".
func maskHeader(s string) string {
	if cookie, _, ok := strings.Cut(s, "="); ok && !strings.Contains(cookie, ":") {
		return cookie + "=" + masked
	}
	name, value, _ := strings.Cut(s, ":")
	lower := strings.ToLower(strings.TrimSpace(name))
	if (secretName(lower) || strings.Contains(lower, "auth")) && strings.TrimSpace(value) != "" {
		space := ""
		if strings.HasPrefix(value, " ") {
			space = " "
		}
		return name + ":" + space + masked
	}
	return Text(s)
}

func (l liner) plain(s string) string {
	s = Text(s)
	if l.random {
		s = maskRandom(s)
	}
	return s
}

// deeper masks a text inside a word: the one after sh -c, or a whole command line that a
// program has put in the place of its own.
func (l liner) deeper(s string) string {
	l.depth++
	s = l.line(s)
	if l.random {
		s = maskRandom(s)
	}
	return s
}

// port reports whether s is a port, or a mapping of ports with or without an
// address. Longer numbers may be passwords.
func port(s string) bool {
	if !strings.Contains(s, ":") && len(s) > 5 {
		return false
	}
	return strings.Trim(s, "0123456789.:") == ""
}
