package report

// korean has the texts for readers in Korean.
func korean() map[word]string {
	return map[word]string{
		wTitle: "원격 지원 %s", wTimeline: "진행 기록", wConsents: "고객에게 물은 내용", wSysinfo: "확인한 시스템 정보",
		wScripts: "실행한 프로그램", wChat: "대화", wProof: "증명", wRelaysWord: "지원 서비스의 말 (증명되지 않음)", wNothing: "없음",

		wNumber: "번호", wState: "상태", wTicket: "접수 번호", wName: "이름", wNote: "메모", wCustomer: "고객", wComputer: "컴퓨터", wOwner: "상담원",
		wEntered: "접속한 상담원", wCreated: "시작", wJoined: "참여", wEnded: "종료", wEndedBy: "종료한 사람", wReason: "이유",
		wDuration: "전체 시간", wConnected: "연결 시간", wRestarts: "다시 시작", wPruned: "기록 삭제", wMinutes: "%d분", wMinutes + ".one": "%d분",
		wKey: "컴퓨터의 키",

		"state.waiting": "대기 중", "state.active": "진행 중", "state.away": "연결 끊김", "state.ended": "종료됨",
		wTheDaemon: "support-agent", wTheRelay: "중계 서버", "by customer": "고객",

		"proof." + word(Proved):       "증명됨: 기록 %d개가 모두 순서대로 있으며, 종료할 때 키 %s(으)로 서명한 뒤 바뀌지 않았습니다.",
		"proof." + word(StillOpen):    "아직 증명되지 않음: 지원이 진행 중입니다. 지금까지의 기록 %d개는 서로 이어집니다.",
		"proof." + word(Unsealed):     "증명되지 않음: 여기에 컴퓨터의 서명이 없습니다. 서명하기 전에 연결이 끊겼거나 파일 전체가 아닙니다. 도착한 기록 %d개는 서로 이어집니다.",
		"proof." + word(PrunedProved): "보관 기간이 지나 기록 %d개를 삭제했습니다. 여기에 적힌 내용은 전체를 요약한 마지막 기록으로 증명됩니다. 단, 서명한 키 %s이(가) 그 컴퓨터의 키여야 합니다.",
		"proof." + word(PrunedSealed): "더는 증명할 수 없음: 기록 %d개가 여기에 없으며, 그 까닭과 여기에 적힌 내용은 모두 지원 서비스의 말입니다. 기록에는 컴퓨터가 키 %s(으)로 서명했습니다.",
		"proof." + word(PrunedOnly):   "증명되지 않음: 보관 기간이 지나 기록 %d개를 삭제했으며, 컴퓨터의 서명은 없었습니다.",
		wDiffers:                      "종료에 관한 지원 서비스의 말이 서명된 마지막 기록과 다릅니다.",
		wWhose:                        "이 키가 그 컴퓨터의 키인지는 상담원이 \"supportctl report verify\"로 확인할 수 있습니다.",
		wBroken:                       "컴퓨터가 쓴 기록과 다릅니다: %s",

		wShort: "요약", wAllowed: "허용한 것", wRefused: "거절·대답 없음", wWorked: "성공한 프로그램", wFailed: "실패한 프로그램",
		wActed: "작업한 사용자 계정", wMore: "그 밖에 %d개",
		wProved:    "됨: 서명한 뒤로 바뀌거나 더해지거나 빠진 것이 없습니다. 서명한 키는 이 보고서 끝에 있습니다.",
		wNotProved: "안 됨. 까닭은 이 보고서 끝에 있습니다.", wProvedLater: "아직 안 됨: 지원이 진행 중입니다.", wProofBelow: "이 보고서 끝에 나옵니다.",
		wChart:         "언제 있었던 일인지 보여 줍니다. 거절, 대답 없음, 실패는 길고 빨갛게 표시합니다.",
		wLaneConnected: "컴퓨터 연결", wLanePresent: "상담원 접속", wLaneAsked: "질문", wLaneRan: "프로그램", wLaneActed: "다른 사용자로 작업",
		wLaneAway: "다시 시작", wLaneTalks: "대화", wLaneSaid: "%s: %d", wLaneSaidBad: "%s: %d (거절·대답 없음·실패: %d)",

		wCut: "[출력 %d바이트가 여기서 잘렸습니다]", wCut + ".one": "[출력 %d바이트가 여기서 잘렸습니다]", wBytes: "%d바이트", wBytes + ".one": "%d바이트", wEverything: "모든 항목", wBehind: "숨긴 항목: %s", wFiles: "SHA-256",

		"session.join": "%s 고객이 컴퓨터 %s(%s)에서 참여했습니다",
		"join.allow":   "미리 허용: %s",
		"join.ca":      "CA %s의 인증서만 들어올 수 있음", "by certificate": "인증서 %s, CA %s",
		"kind.sysinfo": "이 컴퓨터의 정보 보기", "kind.script": "프로그램 실행", "kind.logon-as": "다른 사용자 계정으로 이 컴퓨터 사용",
		"kind.reboot": "이 컴퓨터 다시 시작", "kind.csr-join": "다른 상담원의 참여",
		"session.resume":  "컴퓨터가 다시 연결되었습니다",
		"session.lost":    "컴퓨터와 중계 서버의 연결이 끊어졌습니다",
		"session.end":     "지원이 종료되었습니다. 종료한 사람: %s",
		"access.change":   "접속할 수 있는 상담원: %s",
		"access.nobody":   "접속할 수 있는 상담원이 없습니다",
		"connection.open": "%s 상담원이 컴퓨터에 접속했습니다", "connection.close": "%s 상담원의 접속이 끝났습니다",
		wVisits: "%s 상담원은 모두 %d번 접속했습니다. 마지막 접속이 끝난 때: %s", wVisits + ".one": "%s 상담원은 한 번 접속했습니다. 접속이 끝난 때: %s",
		wVisitsOpen: "%s 상담원은 모두 %d번 접속했고, 접속한 채로 있었습니다", wVisitsOpen + ".one": "%s 상담원은 한 번 접속했고, 접속한 채로 있었습니다",
		"consent.allow": "고객이 자리를 비우는 동안 %s까지 묻지 않고 허용함: %s", "consent.revoke": "고객이 허용을 취소함: %s",
		"sysinfo.view": "%s 상담원이 확인한 정보: %s", "file.stage": "%s 상담원이 파일 %s을(를) 보냈습니다 (%s, SHA-256 %s)", "file.fetch": "%s 상담원이 파일 %s을(를) 다시 가져갔습니다 (%s, SHA-256 %s)",
		"file.mkdir": "%s 상담원이 폴더 %s을(를) 만들었습니다", "file.move": "%s 상담원이 파일 %s의 이름을 %s(으)로 바꾸었습니다", "file.remove": "%s 상담원이 %s을(를) 지웠습니다",
		"as user": "사용자: %s", "run.start": "%s 상담원이 실행: %s", "run.end": "실행이 끝났습니다: %s", "run.ok": "모두 성공", "run.failed": "%[2]d개 중 %[1]d개 실패",
		"run.worked": "성공 %d개", "run.bad": "실패 %d개", "run.cancelled": "취소 %d개", "run.skipped": "실행하지 않음 %d개",
		"script.start": "프로그램 %d 시작: %s", "script.exit": "프로그램 %d: %s",
		"aborted":        "support-agent가 강제로 종료되어 끝났습니다",
		"reboot.request": "%s 상담원이 컴퓨터를 다시 시작합니다", "reboot.refuse": "컴퓨터를 다시 시작하지 않았습니다", "reboot.return": "컴퓨터가 다시 켜졌습니다 (%s), 부팅 %s → %s",
		"entry.removed": "support-agent의 자동 시작 항목을 지웠습니다",
		"logon.left":    "그 사용자의 프로세스 %d개를 끝내지 못했습니다", "logon.stays": "파일이 %s에 남아 있습니다",
		"logon.start": "%s 상담원이 사용자 %s(으)로 작업합니다", "logon.refuse": "%s 상담원이 사용자 %s(으)로 로그온하지 못했습니다", "logon.end": "%s 상담원이 사용자 %s(으)로 하던 작업을 마쳤습니다",
		"words.exchange": "이 컴퓨터와 %s 상담원의 프로그램이 확인 단어를 정했습니다(%d번째)", "words.failed": "이 컴퓨터와 %s 상담원의 프로그램이 확인 단어를 정하지 못했습니다(%d번째)",
		"problem.report": "문제: %s", "problem.desktop-not-locked": "화면을 잠그지 못했습니다", "problem.desktop-not-unlocked": "화면의 잠금을 풀지 못했습니다",
		"problem.logon-not-ended": "로그온을 제대로 끝내지 못했습니다", "problem.screen-unknown": "화면 앞에 누가 있는지 알 수 없었습니다",
		"problem.autostart-stays": "컴퓨터가 켜질 때 support-agent가 한 번 더 시작될 수 있습니다", "problem.files-stay": "지우지 못한 것이 있습니다",
		"chat.message": "%s: %s", "chat.read": "%s 상담원이 고객의 메시지를 읽었습니다",
		"consent.ask": "%s 상담원이 고객에게 물음: %s", "unanswered": "대답이 기록되지 않음",

		"exit": "종료 코드 %d", "signal": "%s 신호로 종료됨", "timeout": "제한 시간이 지나 종료됨", "cancelled": "취소됨",
		"too-many-processes": "프로세스 수 제한으로 종료됨", "not-started": "시작하지 못함",
		"changed": "실행하지 않음: 고객이 허용한 뒤 파일이 바뀜", "lost": "외부에서 강제로 종료됨", "not-run": "실행하지 않음",

		"allowed-once": "고객이 이번 한 번 허용함", "allowed-for-session": "고객이 지원이 끝날 때까지 허용함",
		"blocked": "고객이 거절하고 더 묻지 못하게 함", "denied": "고객이 거절함",
		"why.unclear": "고객이 정해진 단어가 아닌 것을 입력해 거절로 처리함", "why.granted": "지원이 끝날 때까지 이미 허용됨", "why.at-start": "고객이 참여할 때 미리 허용함", "why.away": "고객이 자리를 비우는 동안 허용함", "why.locked": "고객의 화면이 잠겨 있었음", "why.timeout": "고객이 대답하지 않음",
		"why.withdrawn": "대답하기 전에 취소됨", "why.nobody": "화면 앞에 아무도 없음", "why.flooded": "질문이 너무 많아 묻지 않음",
		"why.blocked": "고객이 더 이상의 질문을 원하지 않아 묻지 않음", "why.stopped": "고객이 모두 중지함", "why.not-written": "기록할 수 없어 허용하지 않음",
	}
}
