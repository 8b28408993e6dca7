package text

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Language is a language that customers are spoken to in.
type Language string

// The languages of every text that a customer sees.
const (
	English Language = "en"
	Korean  Language = "ko"
)

// Languages lists them all.
func Languages() []Language { return []Language{English, Korean} }

// ParseLanguage reads the name of a language that somebody has asked for. The
// error names those that there are.
func ParseLanguage(name string) (Language, error) {
	var names []string
	for _, l := range Languages() {
		if name == string(l) {
			return l, nil
		}
		names = append(names, string(l))
	}
	return "", errors.New("one of: " + strings.Join(names, ", "))
}

// LanguageOf picks the language for a locale name such as "ko_KR.UTF-8" or
// "ko-KR"; English where we do not have it.
func LanguageOf(locale string) Language {
	if l := strings.ToLower(locale); l == "ko" || strings.HasPrefix(l, "ko_") || strings.HasPrefix(l, "ko-") || strings.HasPrefix(l, "ko.") {
		return Korean
	}
	return English
}

// LanguageFrom picks the language of an environment, as POSIX has it: LC_ALL counts before
// LC_MESSAGES, and that before LANG. Where the locale names another character set than
// UTF-8 only English can be read, and so it is where nothing is set.
func LanguageFrom(getenv func(name string) string) Language {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		locale := getenv(name)
		if locale == "" {
			continue
		}
		_, charset, named := strings.Cut(locale, ".")
		if charset = strings.ToLower(strings.ReplaceAll(charset, "-", "")); named && !strings.HasPrefix(charset, "utf8") {
			return English
		}
		return LanguageOf(locale)
	}
	return English
}

// Lasting is a time span for a text that is said later: [Span] in the reader's language.
type Lasting time.Duration

// In implements [Sayable].
func (d Lasting) In(s *Speaker) string { return Span(time.Duration(d), s.Language()) }

// String says it in English.
func (d Lasting) String() string { return d.In(nil) }

// Span says how long d is, to the second, in its two largest units.
func Span(d time.Duration, l Language) string {
	units := []struct {
		size   time.Duration
		en, ko string
	}{{24 * time.Hour, "day", "일"}, {time.Hour, "hour", "시간"}, {time.Minute, "minute", "분"}, {time.Second, "second", "초"}}
	d = d.Round(time.Second)
	var parts []string
	for _, u := range units {
		n := d / u.size
		d %= u.size
		switch {
		case n == 0 && len(parts) == 0 && u.size > time.Second, n == 0 && len(parts) > 0, len(parts) == 2:
		case l == Korean:
			parts = append(parts, fmt.Sprintf("%d%s", n, u.ko))
		case n == 1:
			parts = append(parts, "1 "+u.en)
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", n, u.en))
		}
	}
	return strings.Join(parts, " ")
}
