package consent

import (
	"supportd/library/text"
)

// Said tells the customer how their question went, in a sentence or two, with what
// they withheld.
func (a Answer) Said(l text.Language) string {
	en, ko := a.said()
	s := en
	if l == text.Korean {
		s = ko
	}
	if kept := a.Withheld.Names(l); a.Decision.Allowed() && kept != "" {
		if l == text.Korean {
			return s + " 보여 주지 않는 것: " + kept + "."
		}
		return s + " Not shown: " + kept + "."
	}
	return s
}

// Said tells the customer how this question went: see [Answer.Said].
func (q Question) Said(a Answer, l text.Language) string {
	switch {
	case q.Kind != Words || a.Why != Answered && a.Why != "":
		return a.Said(l)
	case a.Picked > 0 && a.Picked <= len(q.Choices):
		return chosen(l, "You have picked: ", "고르신 것: ") + q.Choices[a.Picked-1].In(l) + "."
	case a.Picked == NoneOfThese:
		return chosen(l, "You have picked none of these.", "‘이 중에 없음’을 고르셨습니다.")
	case a.Decision == Blocked:
		return a.Said(l)
	}
	return chosen(l, "The safety words are not compared yet.", "확인 단어를 아직 비교하지 않았습니다.")
}

func (a Answer) said() (en, ko string) {
	switch a.Why {
	case Unclear:
		return "That was none of the words, so it counts as no. Nothing was allowed.", "정해진 단어가 아니어서 거절로 처리했습니다. 아무것도 허용되지 않았습니다."
	case TimedOut:
		return "There was no answer within a minute. Nothing was allowed.", "1분 안에 대답이 없었습니다. 아무것도 허용되지 않았습니다."
	case Locked:
		return "The screen was locked. Nothing was allowed.", "화면이 잠겨 있었습니다. 아무것도 허용되지 않았습니다."
	case Withdrawn, Stopped, Nobody:
		return "This question is closed. Nothing was allowed.", "이 질문은 닫혔습니다. 아무것도 허용되지 않았습니다."
	}
	if before := a.Why == AtStart || a.Why == Granted || a.Why == Away; before && a.Decision.Allowed() {
		return "Allowed, as you had said before.", "미리 허용하신 대로 허용했습니다."
	}
	switch a.Decision {
	case AllowedOnce:
		return "Allowed, this once.", "이번만 허용했습니다."
	case AllowedForSession:
		return "Allowed until the support session ends.", "지원이 끝날 때까지 허용했습니다."
	case Blocked:
		return "Refused. You will not be asked again.", "거절했습니다. 더 묻지 않겠습니다."
	}
	return "Refused.", "거절했습니다."
}
