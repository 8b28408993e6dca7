package transcript

import "supportd/library/text"

// Korean has the texts of this package.
func Korean() text.Catalogue { return korean }

var korean = text.Catalogue{
	"%d bytes of output left out":         "출력 %d바이트 생략",
	"ok":                                  "성공",
	"failed with exit code %d":            "실패(종료 코드 %d)",
	"killed by %s":                        "%s 신호로 종료됨",
	"ended at its time limit":             "제한 시간이 지나 종료됨",
	"cancelled":                           "취소됨",
	"ended for having too many processes": "프로세스 수 제한으로 종료됨",
	"not run: its files are not those that the customer was shown": "실행하지 않음: 고객에게 보여 준 파일과 다름",
	"not run":                                  "실행하지 않음",
	"could not be started":                     "시작하지 못함",
	"%d of %d scripts succeeded":               "스크립트 %[2]d개 중 %[1]d개 성공",
	"(%d lines before these: see \"journal\")": "(앞에 %d줄 더 있음: \"journal\"에서 보세요)",

	"%s is connected to the computer":                                           "%s 상담원이 컴퓨터에 접속했습니다",
	"%s has joined":                                                             "%s: 참여했습니다",
	"the computer is connected again":                                           "컴퓨터가 다시 연결되었습니다",
	"the computer has lost its connection to the relay":                         "컴퓨터와 중계 서버의 연결이 끊어졌습니다",
	"the support session has been ended by %s":                                  "세션이 끝났습니다. 종료한 사람: %s",
	"the customer is away, and has allowed until %s UTC without a question: %s": "고객이 자리를 비우는 동안 %s UTC까지 묻지 않고 허용함: %s",
	"the customer took back what was allowed: %s":                               "고객이 허용을 취소함: %s",
	"%s looks at information about the computer":                                "%s 상담원이 컴퓨터의 정보를 봅니다",
	"%s runs: %s":                 "%s 상담원이 실행: %s",
	"the script was ended: %s":    "스크립트가 종료됨: %s",
	"%s acts as %s from now on":   "%s 상담원이 이제 사용자 %s(으)로 작업합니다",
	"%s could not log on as %s%s": "%s 상담원이 사용자 %s(으)로 로그온하지 못했습니다%s",
	"; %d of that user's processes may still run until the computer restarts": ". 컴퓨터를 다시 시작할 때까지 그 사용자의 프로세스 %d개가 실행 중일 수 있습니다",
	"nobody acts as %s any more%s":                                            "이제 아무도 사용자 %s(으)로 작업하지 않습니다%s",
	"%s restarts the computer":                                                "%s 상담원이 컴퓨터를 다시 시작합니다",
	"the computer does not restart%s":                                         "컴퓨터를 다시 시작하지 않습니다%s",
	"the computer has restarted":                                              "컴퓨터가 다시 시작되었습니다",
	"(customer)":                                                              "(고객)",

	"the customer allowed it, this once":                            "고객이 이번 한 번 허용했습니다",
	"the customer allowed it until the support session ends":        "고객이 세션이 끝날 때까지 허용했습니다",
	"the customer refused, and wants no more questions or messages": "고객이 거절했고, 질문과 메시지를 더 받지 않겠다고 했습니다",
	"the customer refused":                                          "고객이 거절했습니다",
	"the customer typed something else, which counts as no":         "고객이 정해진 단어가 아닌 것을 입력해 거절로 처리했습니다",
	"the customer had allowed it until the support session ends":    "고객이 세션이 끝날 때까지 이미 허용했습니다",
	"the customer had allowed it when they joined":                  "고객이 참여할 때 미리 허용했습니다",
	"the customer is away, and had allowed it until they come back": "고객이 자리를 비우는 동안 허용했습니다",
	"the customer's screen was locked":                              "고객의 화면이 잠겨 있었습니다",
	"the customer did not answer":                                   "고객이 대답하지 않았습니다",
	"withdrawn before the customer answered":                        "고객이 대답하기 전에 취소했습니다",
	"no one was at the screen":                                      "화면 앞에 아무도 없었습니다",
	"not asked, too many questions":                                 "질문이 너무 많아 묻지 않았습니다",
	"not asked, the customer wants no more questions":               "고객이 더 이상의 질문을 원하지 않아 묻지 않았습니다",
	"not allowed": "허용되지 않음",
}
