package api

import "supportd/library/text"

// Korean has the texts of this package: headings, and what goes on in a session.
func Korean() text.Catalogue { return korean }

var korean = text.Catalogue{
	string(Waiting): "대기 중",
	string(Active):  "진행 중",
	string(Away):    "연결 끊김",
	string(Ended):   "종료됨",
	"%s (delayed)":  "%s (지연)",

	"NUMBER": "번호", "STATE": "상태", "CUSTOMER": "고객", "HOST": "컴퓨터", "NOW": "지금", "TICKET": "접수 번호", "NAME": "이름", "OS": "OS", "OWNER": "담당",
	"ENTERED": "접속한 상담원", "RESTARTS": "다시 시작", "ID": "ID",
	"CREATED": "만든 시각", "EXPIRES": "만료", "JOINED": "참여", "AWAY SINCE": "끊긴 시각", "ENDED": "종료", "ENDED BY": "종료한 사람", "REASON": "이유", "NOTE": "메모",
	"QUESTION": "질문", "UNREAD": "읽지 않음", "ACTING AS": "작업 사용자", "RUN": "실행", "LAST EVENT": "최근 기록", "DELAY": "지연",
	"MINUTES": "연결(분)", "JOURNAL": "기록", "CATEGORY": "분류", "PUBLISHED": "공개", "CHANGED": "변경", "SIZE": "크기", "RUNS": "실행 수", "LAST RESULT": "최근 결과",
	"DESCRIPTION": "설명", "VERSION": "버전", "EXECUTABLE": "실행 파일", "SHA-256": "SHA-256", "ACCOUNT": "계정", "ADMIN": "관리자", "KEY": "키", "CERTIFICATE": "인증서",
	"AUTHOR":                       "작성자",
	"SECOND SIGNATURE":             "두 번째 서명",
	"not right: %v; do not run it": "올바르지 않습니다: %v. 실행하지 마세요",
	"none, and its category needs one: another CSR looks at it, then: supportctl script sign NAME": "없습니다. 이 분류에는 필요합니다. 다른 상담원이 살펴본 뒤: supportctl script sign NAME",
	"%s, key %s, certificate %q, which names the CA %s":                                            "%s, 키 %s, 인증서 %q (CA %s)",
	"not known: %v; do not run it":                                                                 "알 수 없음: %v. 실행하지 마세요",
	"unsigned: nobody vouches for it but the relay":                                                "서명 없음. 중계 서버 외에는 아무도 보증하지 않습니다",
	"%s, certificate %q, which names the CA %s":                                                    "%s, 인증서 %q, CA %s",
	"%s, by the CA %s, until %s":                                                                   "%s, CA %s, %s까지",

	ResultOK:     "성공",
	ResultFailed: "실패",
	"Files:":     "파일:",
	"Versions:":  "버전:",
	"%d bytes":   "%d바이트",

	"%s, %d s left, by %s": "%s, %d초 남음, 상담원 %s",
	"%s (%d of %d), by %s": "%s (%[3]d개 중 %[2]d번째), 상담원 %[4]s",
	"asked: %s":            "질문 중: %s",
	"%d unread":            "읽지 않음 %d",
	"as %s":                "사용자 %s",
	"runs %s":              "실행 중: %s",
	"ends in %d min":       "%d분 뒤 끝남",
	"with %s":              "고객 %s",
	"on %s":                "컴퓨터 %s",
	"ticket %s":            "접수 번호 %s",
	"name %s":              "이름 %s",
	"a computer tried this number from %s and has to wait until %s, because five wrong numbers came from there; wait, it tries again by itself, or ask the relay's admin: support-relay unlock %s --data DIR": "컴퓨터 한 대가 %s에서 이 번호를 입력했지만, 그곳에서 틀린 번호가 다섯 번 입력되어 %s까지 기다려야 합니다. 저절로 다시 시도하니 기다리거나, 중계 서버 관리자에게 부탁하세요: support-relay unlock %s --data DIR",

	"deleted, provable":   "삭제됨, 증명 가능",
	"deleted, was signed": "삭제됨, 서명했음",
	"deleted":             "삭제됨",
	"signed":              "서명됨",
	"open":                "진행 중",
	"not signed":          "서명 없음",

	"`TEXT` in the customer's name":                                             "고객 이름에 들어 있는 말(`TEXT`)",
	"`STATE`: waiting, active, away, ended":                                     "상태(`STATE`): waiting(대기 중), active(진행 중), away(연결 끊김), ended(종료됨)",
	"`TEXT` in the name of a script that was run":                               "실행한 스크립트의 이름에 들어 있는 말(`TEXT`)",
	"`TEXT` in the tracking code":                                               "접수 번호에 들어 있는 말(`TEXT`)",
	"created at this `TIME` or later: 2026-03-01, or 7d ago":                    "이 시각(`TIME`) 이후에 만든 것: 2026-03-01, 또는 7일 전부터이면 7d",
	"created before this `TIME`":                                                "이 시각(`TIME`) 전에 만든 것",
	"of this `ACCOUNT`; only admins may, and see those of every CSR without it": "이 계정(`ACCOUNT`)의 것. 관리자만 쓸 수 있으며, 없으면 모든 상담원의 것을 봅니다",
}
