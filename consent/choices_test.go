package consent

import (
	"context"
	"testing"

	"supportd/library/text"
)

// A yes to none of the pairs is no answer about safety words, and they cannot be allowed
// beforehand.
func TestZ1_WordsHaveNoYes(t *testing.T) {
	choices := []Choice{{"a b", "가 나"}, {"c d", "다 라"}}
	for picked, want := range map[int]Decision{0: Denied, 1: AllowedOnce, 2: AllowedOnce, 3: Denied, NoneOfThese: Denied} {
		g, err := NewGate(Options{
			Prompters: []Prompter{always(Answer{Decision: AllowedForSession, Picked: picked})},
			AtStart:   []Kind{Words}, Record: func(Question, Answer) error { return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		a := g.Ask(t.Context(), Question{Kind: Words, Choices: choices})
		if a.Decision != want || a.Why != Answered || want == AllowedOnce && a.Picked != picked || want == Denied && a.Picked != 0 {
			t.Errorf("%d: %+v", picked, a)
		}
		if len(g.Allowed()) != 0 {
			t.Errorf("%d: %v is remembered", picked, g.Allowed())
		}
	}
	if _, err := ParseAllow("words"); err == nil {
		t.Error("words can be allowed beforehand")
	}
}

// A choice is shown in the customer's language.
func TestAChoiceInEachLanguage(t *testing.T) {
	c := Choice{"a b", "가 나"}
	if c.In(text.English) != "a b" || c.In(text.Korean) != "가 나" || c.In("") != "a b" {
		t.Errorf("%q, %q", c.In(text.English), c.In(text.Korean))
	}
}

// always answers every question alike.
type always Answer

func (always) Name() string { return "test" }

func (a always) Ask(_ context.Context, q Question) (Answer, error) {
	a.Question = q.ID
	return Answer(a), nil
}
