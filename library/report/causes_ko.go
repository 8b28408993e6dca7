package report

import (
	"strings"

	"supportd/library/text"
)

// cause is a reason in the reader's language. The programs write theirs in English,
// because CSRs read them so as they come; what people gave as a reason stays as it is.
// user is whom it speaks of, where it does.
func (t *teller) cause(reason, user string) string {
	if t.lang != text.Korean {
		return text.Escape(reason)
	}
	const name = "%s"
	pattern := reason
	if user != "" {
		pattern = strings.ReplaceAll(reason, user, name)
	}
	if ko := koreanCauses()[pattern]; ko != "" {
		return strings.ReplaceAll(ko, name, text.Escape(user))
	}
	return text.Escape(reason)
}

// koreanCauses has what the programs give as a reason themselves.
func koreanCauses() map[string]string {
	return map[string]string{
		"the other side does not answer any more":                                         "상대방이 응답하지 않았습니다",
		"the server is shutting down":                                                     "프로그램이 끝났습니다",
		"too many refused requests":                                                       "거절된 요청이 너무 많았습니다",
		"the relay has taken back the access":                                             "지원 서비스가 접속 권한을 거두었습니다",
		"it has ended there":                                                              "지원 서비스에서 이미 끝났습니다",
		"the relay could not be reached for too long":                                     "지원 서비스에 너무 오래 연결되지 못했습니다",
		"it had ended when this computer was switched off":                                "이 컴퓨터가 꺼졌을 때 이미 끝났습니다",
		"it had ended when this computer came back":                                       "이 컴퓨터가 돌아왔을 때 이미 끝났습니다",
		"support-agent was killed and did not come back":                                  "support-agent가 강제로 종료된 뒤 돌아오지 않았습니다",
		"support-agent was killed":                                                        "support-agent가 강제로 종료되었습니다",
		"its end could not be written when it came":                                       "끝났을 때 기록하지 못했습니다",
		"the support session has ended":                                                   "지원이 끝났습니다",
		"it was ended on the computer":                                                    "컴퓨터에서 끝냈습니다",
		"the process that watched over the script was killed":                             "프로그램을 지켜보던 과정이 강제로 종료되었습니다",
		"the computer does not restart":                                                   "컴퓨터가 다시 시작되지 않습니다",
		"support-agent was killed before the restart":                                     "다시 시작하기 전에 support-agent가 강제로 종료되었습니다",
		"the restart was called off":                                                      "다시 시작이 취소되었습니다",
		"this account may not restart the computer":                                       "이 계정은 컴퓨터를 다시 시작할 수 없습니다",
		"this computer cannot be restarted from here":                                     "여기에서는 이 컴퓨터를 다시 시작할 수 없습니다",
		"a program forbids a restart at present":                                          "지금은 어떤 프로그램이 다시 시작을 막고 있습니다",
		"the operating system did not restart":                                            "운영 체제가 다시 시작하지 않았습니다",
		"that is no user name":                                                            "사용자 이름이 아닙니다",
		"no password was typed":                                                           "암호를 입력하지 않았습니다",
		"the password of %s is not right":                                                 "%s의 암호가 맞지 않습니다",
		"there is no user %s on this computer":                                            "이 컴퓨터에 사용자 %s이(가) 없습니다",
		"the account %s is locked":                                                        "계정 %s이(가) 잠겨 있습니다",
		"the account %s has expired":                                                      "계정 %s의 기간이 끝났습니다",
		"the password of %s has expired and must be changed first":                        "%s의 암호 기간이 끝나 먼저 바꿔야 합니다",
		"the account %s is not meant for logging on: it has no shell":                     "계정 %s은(는) 로그온용이 아닙니다",
		"the home directory of %s is missing":                                             "%s의 홈 디렉터리가 없습니다",
		"the rules of this computer do not let %s log on here and now":                    "이 컴퓨터의 규칙 때문에 %s은(는) 지금 여기에서 로그온할 수 없습니다",
		"support-agent cannot log on as another user here":                                "여기에서는 다른 사용자로 로그온할 수 없습니다",
		"logging on as %s did not work":                                                   "%s(으)로 로그온하지 못했습니다",
		"logging on did not work":                                                         "로그온하지 못했습니다",
		"somebody else is logged on to this computer, and would lose what they have open": "다른 사람이 이 컴퓨터에 로그온해 있어 열어 둔 것을 잃게 됩니다",
		"support-agent may not start programs as another user: Windows lets only its own system account do that": "support-agent는 다른 사용자로 프로그램을 시작할 수 없습니다. Windows에서는 시스템 계정만 할 수 있습니다",
	}
}
