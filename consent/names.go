package consent

import (
	"slices"
	"strings"
	"unicode"

	"supportd/library/text"
)

// name is what people call something that has an id, in each language.
type name struct{ id, en, ko string }

func (n name) in(l text.Language) string {
	if l == text.Korean {
		return n.ko
	}
	return n.en
}

// categories are the topics of the system information in the order in which a
// document has them. Their ids are those of the library's api package, and a test
// of the collectors holds the two lists together.
func categories() []name {
	return []name{
		{"summary", "overview", "요약"},
		{"os", "operating system", "운영 체제"},
		{"updates", "updates", "업데이트"},
		{"cpu", "processor", "프로세서"},
		{"memory", "memory", "메모리"},
		{"disks", "disks", "디스크"},
		{"graphics", "graphics", "그래픽"},
		{"network", "network", "네트워크"},
		{"connections", "connections", "네트워크 접속"},
		{"devices", "connected devices", "연결된 장치"},
		{"firmware", "firmware and board", "펌웨어와 메인보드"},
		{"sensors", "temperature and battery", "온도와 배터리"},
		{"processes", "running programs", "실행 중인 프로그램"},
		{"services", "background services", "백그라운드 서비스"},
		{"startup", "start-up and scheduled jobs", "시작 프로그램과 예약 작업"},
		{"software", "installed programs", "설치된 프로그램"},
		{"users", "user accounts", "사용자 계정"},
		{"environment", "environment variables", "환경 변수"},
		{"security", "security", "보안"},
		{"log", "recent errors", "최근 오류"},
		{"printers", "printers", "프린터"},
	}
}

// fields are the kinds of field that a customer can withhold.
func fields() []name {
	return []name{
		{"user-names", "user names", "사용자 이름"},
		{"serials", "serial numbers", "일련번호"},
		{"addresses", "addresses", "주소"},
	}
}

// Categories lists the ids of the topics that have a name, in document order.
func Categories() []string { return ids(categories()) }

// Fields lists the kinds of field that a customer can withhold.
func Fields() []string { return ids(fields()) }

func ids(names []name) (list []string) {
	for _, n := range names {
		list = append(list, n.id)
	}
	return list
}

// NameCategories is a list of topics as customers read it. An id without a name is
// shown itself, made harmless.
func NameCategories(ids []string, l text.Language) string { return say(ids, categories(), l) }

// NameFields likewise names kinds of field.
func NameFields(ids []string, l text.Language) string { return say(ids, fields(), l) }

// Names is everything that is withheld, as customers read it; "" is nothing.
func (w Withheld) Names(l text.Language) string {
	return say(slices.Concat(w.Fields, w.Categories), slices.Concat(fields(), categories()), l)
}

func say(ids []string, names []name, l text.Language) string {
	said := make([]string, len(ids))
	for i, id := range ids {
		at := slices.IndexFunc(names, func(n name) bool { return n.id == id })
		if at < 0 {
			said[i] = text.Plain(id, maxName)
		} else {
			said[i] = names[at].in(l)
		}
	}
	return strings.Join(said, ", ")
}

// ParseWithheld reads what a customer keeps to themselves: ids and names, in any
// language, separated by commas, spaces or "and". The error is the first word that
// means nothing: guessing could show what they want to keep.
func ParseWithheld(s string) (Withheld, error) {
	var w Withheld
	all := slices.Concat(fields(), categories())
	for _, word := range strings.FieldsFunc(withIDs(strings.ToLower(s), all), func(r rune) bool { return r == ',' || r == ' ' }) {
		word = withoutParticle(word)
		id := strings.ReplaceAll(word, "_", "-")
		switch {
		case word == "and" || word == "및":
		case slices.Contains(Fields(), id):
			w.Fields = append(w.Fields, id)
		case slices.Contains(Categories(), word):
			w.Categories = append(w.Categories, word)
		default:
			return Withheld{}, &WithholdError{word}
		}
	}
	return w, nil
}

// withoutParticle takes what Korean writes behind a name off an id that took its place:
// "user-names과" is user-names.
func withoutParticle(word string) string {
	for _, particle := range []string{"하고", "이랑", "랑", "과", "와", "을", "를", "은", "는", "도"} {
		if id := strings.TrimSuffix(word, particle); id != "" && strings.IndexFunc(id, func(r rune) bool { return r > unicode.MaxASCII }) < 0 {
			return id
		}
	}
	return word
}

// WithholdError is a word that names nothing which could be withheld.
type WithholdError struct{ Word string } // hostile

// Error says so in English.
func (e *WithholdError) Error() string {
	return "nothing is called " + text.Plain(e.Word, maxName) + ": there are " + strings.Join(append(Fields(), Categories()...), ", ")
}

// withIDs puts ids in the place of names. A longer name goes before a shorter one
// that it begins with.
func withIDs(s string, names []name) string {
	var pairs [][2]string
	for _, n := range names {
		pairs = append(pairs, [2]string{n.en, n.id}, [2]string{n.ko, n.id})
	}
	slices.SortStableFunc(pairs, func(a, b [2]string) int { return len(b[0]) - len(a[0]) })
	var list []string
	for _, p := range pairs {
		list = append(list, p[0], p[1])
	}
	return strings.NewReplacer(list...).Replace(s)
}
