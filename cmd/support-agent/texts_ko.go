package main

// korean has the texts for customers in Korean.
func korean(k key) string {
	return map[key]string{
		firstScreen: `────────────────────────────────────────────────────────────
고객님이 직접 도움을 요청하셨나요? 그런 경우에만 계속하세요.
누군가 먼저 전화나 문자로 연락했다면 지금 Ctrl-C 를 누르세요.

상담원이 무엇을 보거나 실행하기 전에 항상 여기에서 먼저 여쭤봅니다.
언제든지 모두 멈출 수 있습니다. Ctrl-C 를 누르거나 이 창을 닫으세요.
────────────────────────────────────────────────────────────`,
		connecting:      "연결하는 중 …",
		joined:          "연결되었습니다. 이제 %s 상담원이 도와드릴 수 있습니다. 모두 멈추려면 Ctrl-C 를 누르세요.",
		resumed:         "%s 상담원과 다시 연결되었습니다. 모두 멈추려면 Ctrl-C 를 누르세요.",
		clockAhead:      "이 컴퓨터의 시계가 맞지 않습니다. %s 빠릅니다. 상담원에게 알려 주세요.",
		clockBehind:     "이 컴퓨터의 시계가 맞지 않습니다. %s 느립니다. 상담원에게 알려 주세요.",
		csrEntered:      "%s 상담원이 이 컴퓨터에 연결되었습니다.",
		csrLeft:         "%s 상담원의 연결이 끊어졌습니다.",
		csrViewed:       "%s 상담원이 다음 정보를 봅니다: %s",
		csrViewedAll:    "%s 상담원이 이 컴퓨터의 정보를 봅니다.",
		runStarted:      "%s 상담원이 실행합니다: %s",
		runEnded:        "%s: 모두 실행했습니다.",
		runFailed:       "%s: 실행이 끝났습니다. %d개는 되지 않았습니다.",
		restarted:       "컴퓨터가 다시 시작되었습니다. %s 상담원과의 지원이 다시 열렸습니다. 모두 멈추려면 Ctrl-C를 누르세요.",
		restarting:      "%s 상담원이 지금 이 컴퓨터를 다시 시작합니다. 켜진 뒤에 지원이 자동으로 이어집니다.",
		restartingSoon:  "%s 상담원이 %s 뒤에 이 컴퓨터를 다시 시작합니다. 작업을 지금 저장하세요. 이것과 모든 것을 멈추려면 Ctrl-C를 누르세요.",
		notRestarting:   "이 컴퓨터는 다시 시작되지 않습니다.",
		loggedOn:        "%s 상담원이 지금 사용자 %s(으)로 이 컴퓨터를 사용합니다. 그동안 화면이 잠길 수 있지만 열어 둔 것은 닫히지 않습니다.",
		loggedOff:       "%s 상담원이 더 이상 사용자 %s(으)로 사용하지 않습니다.",
		endedByCSR:      "지원이 끝났습니다. %s 상담원이 종료했습니다. 이제 실행 중인 것은 없습니다.",
		endedByOther:    "지원이 끝났습니다. 이제 실행 중인 것은 없습니다.",
		endedReason:     "이유: %s",
		endedByCustomer: "멈췄습니다. 이제 아무도 연결되어 있지 않고 실행 중인 것도 없습니다.",
		handingOver:     "이제 아무도 연결되어 있지 않고 실행 중인 것도 없습니다. 지원 서비스에 나머지 기록을 전달하고 있으니 잠시만 기다려 주세요.",
		notHandedOver:   "지원 서비스에 기록을 모두 전달하지 못했습니다.",
		journalKept:     "있었던 일은 여기에 적혀 있습니다: %s",
		moreOutput:      "… 더 있습니다. 모두 기록됩니다.",
		chatHint:        "상담원에게 보낼 말은 여기에 쓰고 Enter를 누르세요.",
		chatYou:         "나",
		chatUnsent:      "이 메시지를 보내지 못했습니다. 다시 시도하세요.",
		chatTooMany:     "메시지가 한꺼번에 너무 많아 이 메시지는 보내지 않았습니다. 잠시 후 Enter를 다시 누르세요.",
		chatTooEarly:    "아직 상담원이 읽을 수 없어 이 메시지는 보내지 않았습니다.",

		howToAnswer:  "아래 단어 중 하나를 입력하고 Enter 를 누르세요:",
		choiceYes:    "네      이번만 허용",
		choiceAlways: "항상    지원이 끝날 때까지 바로 이것을 허용",
		choiceWithout: `네 제외 serials
          허용하되 일부는 보여 주지 않기: user-names(사용자 이름),
          serials(일련번호), addresses(주소), 또는 processes 같은 항목`,
		choiceNo:       "아니요  거절",
		choiceBlock:    "차단    거절하고 이 상담원의 질문과 메시지를 더 받지 않기",
		choiceShow:     "보기    프로그램 내용을 먼저 보기",
		promptAnswer:   "허용하시겠습니까?",
		notText:        "(글자가 아니어서 보여 드릴 수 없습니다)",
		sameText:       "(%s번과 같습니다)",
		answeredYes:    "이번만 허용했습니다.",
		answeredAlways: "지원이 끝날 때까지 허용했습니다.",
		answeredNo:     "거절했습니다.",
		answeredBlock:  "거절했습니다. 더 묻지 않겠습니다.",
		notUnderstood:  "정해진 단어가 아니어서 거절로 처리했습니다.",
		questionClosed: "이 질문은 닫혔습니다. 아무것도 허용되지 않았습니다.",

		keyQuestion: `%s 에 처음 연결합니다. 확인 번호는 다음과 같습니다.

    %s

상담원에게 확인 번호를 읽어 달라고 하세요. 모든 글자가 같을 때만 네 라고 입력하세요.`,
		keyPrompt:      "같습니까?",
		keyRefused:     "확인 번호를 확인하지 않아 연결하지 않았습니다",
		keyMissing:     "%s 의 확인 번호가 필요하지만 여쭤볼 화면이 없습니다",
		keyMissingHint: "상담원이 알려 주는 대로 --relay-key SHA256:… 를 덧붙이세요",
		keyWrong:       "%s 는 상담원이 알려 준 곳이 아닙니다. 확인 번호가 %s 입니다",
		keyWrongHint:   "누군가 이 네트워크를 엿보고 있을 수 있습니다. 상담원에게 알리고 다른 네트워크에서 해 보세요",

		numberUnknown:     "이 번호를 기다리는 상담원이 없습니다",
		numberExpired:     "이 번호는 너무 오래되었습니다",
		numberUsed:        "이 번호는 이미 사용되었습니다",
		numberEnded:       "이 번호의 지원은 끝났습니다",
		numberLimited:     "이곳에서 틀린 번호를 너무 많이 입력했습니다",
		numberHint:        "상담원에게 새 번호를 받으세요",
		numberLimitedHint: "10분 기다린 뒤 번호를 다시 확인해서 입력하세요",
		programTooOld:     "이 프로그램과 상담원의 프로그램이 서로 맞지 않습니다",
		programTooOldHint: "상담원에게 이 프로그램의 최신 버전을 받으세요",

		problemName:        "%s 를 찾을 수 없습니다. 인터넷에 연결되어 있나요? 이름이 맞나요?",
		problemRefused:     "%s 에서 응답이 없습니다. 주소가 맞나요?",
		problemUnreachable: "여기에서는 %s 에 연결할 수 없습니다. 인터넷에 연결되어 있나요?",
		problemTimeout:     "%s 가 대답하지 않습니다.",
		problemNotSSH:      "%s 대신 다른 것이 대답합니다. 호텔이나 기차의 네트워크라면 먼저 웹 페이지를 열고 로그인하세요.",
		problemBusy:        "%s 가 지금 너무 바쁩니다.",
		problemBroken:      "%s 와의 연결이 끊어졌습니다.",
		problemDisk:        "이 컴퓨터의 디스크에 쓸 수 없어 %s 에 연결하지 못하고 기다립니다. 디스크를 비워 주세요.",
		tryingAgain:        "%s 뒤에 다시 시도합니다 …",
		awayTooLong:        "이 컴퓨터가 너무 오래 떨어져 있어 지원이 끝났습니다",

		noScreen:           "여쭤볼 화면이 없습니다",
		noScreenHint:       "글자를 입력할 수 있는 창에서 시작하거나 허용할 것을 미리 정하세요: --ui none --allow sysinfo,script",
		stateBusy:          "이 컴퓨터에서 다른 지원이 진행 중입니다 (another support session is running)",
		stateBusyHint:      "먼저 그것을 끝내세요. 그 창에서 Ctrl-C 를 누르세요",
		stateUnsafe:        "%s",
		stateUnsafeHint:    "--state 디렉터리 로 다른 디렉터리를 고르세요",
		nothingSaved:       "다시 연결할 지원이 없습니다",
		nothingSavedHint:   "상담원에게 번호를 받아 입력하세요: support-agent join 번호",
		diskUnwritable:     "이 컴퓨터의 디스크에 쓸 수 없습니다",
		diskUnwritableHint: "디스크를 비우거나 --state 디렉터리 로 다른 디렉터리를 고르세요",
		stateUnusable:      "%s 를 사용할 수 없습니다",
		number9Digits:      "지원 번호는 9자리입니다",
		numberMistyped:     "마지막 숫자가 맞지 않습니다. 숫자 하나를 잘못 입력한 것 같습니다",
		numberReadHint:     "상담원에게 번호를 다시 읽어 달라고 하세요",
	}[k]
}
