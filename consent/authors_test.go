package consent

import (
	"slices"
	"strings"
	"testing"

	"supportd/library/text"
)

// Z4: where a CA vouches for authors, the question names them, and says of what has none who
// has sent it. Without a CA there is no such line.
func TestZ4_TheQuestionNamesTheAuthor(t *testing.T) {
	bob, carol := Person{Name: "Bob Lee", Account: "bob"}, Person{Name: "Carol\x1b[2J", Account: "carol"}
	two := []Program{{File: File{Name: "a.sh"}}, {File: File{Name: "b.sh"}}}
	for name, c := range map[string]struct {
		authors []Person
		en, ko  string
		seconds []Person
	}{
		"no CA":                     {nil, "", "", nil},
		"one":                       {[]Person{bob, bob}, "Written by: Bob Lee (bob)", "작성자: Bob Lee (bob)", nil},
		"one, and one who approves": {[]Person{bob, bob}, "Written by: Bob Lee (bob), approved by Carol[2J (carol)", "작성자: Bob Lee (bob), 승인자: Carol[2J (carol)", []Person{carol, carol}},
		"one of them is approved":   {[]Person{bob, bob}, "Written by: 1. Bob Lee (bob); 2. Bob Lee (bob), approved by Carol[2J (carol)", "작성자: 1. Bob Lee (bob); 2. Bob Lee (bob), 승인자: Carol[2J (carol)", []Person{{}, carol}},
		"two":                       {[]Person{bob, carol}, `Written by: 1. Bob Lee (bob); 2. Carol[2J (carol)`, `작성자: 1. Bob Lee (bob); 2. Carol[2J (carol)`, nil},
		"none":                      {make([]Person, 2), "Written by: not known; Alice Kim (alice) has sent it", "작성자: 알 수 없음 (Alice Kim (alice) 상담원이 보냄)", nil},
		"one of the two":            {[]Person{{}, bob}, "Written by: 1. not known; Alice Kim (alice) has sent it; 2. Bob Lee (bob)", "작성자: 1. 알 수 없음 (Alice Kim (alice) 상담원이 보냄); 2. Bob Lee (bob)", nil},
	} {
		q := Question{Kind: Script, Who: Person{Name: "Alice Kim", Account: "alice"}, Programs: two, Authors: c.authors, Seconds: c.seconds}
		for l, want := range map[text.Language]string{text.English: c.en, text.Korean: c.ko} {
			for _, lines := range [][]string{q.Details(l), q.Outline(l)} {
				said := slices.DeleteFunc(lines, func(line string) bool {
					return !strings.HasPrefix(line, "Written") && !strings.HasPrefix(line, "작성자")
				})
				if got := strings.Join(said, "\n"); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		}
	}
}
