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
