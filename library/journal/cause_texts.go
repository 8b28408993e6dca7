package journal

import "sync"

// causeTexts has each cause in English and in Korean. %s is what it names.
var causeTexts = sync.OnceValue(func() map[Cause][2]string {
	return map[Cause][2]string{
		CauseSilent:      {"the other side does not answer any more", "상대방이 응답하지 않았습니다"},
		CauseShutdown:    {"the server is shutting down", "프로그램이 끝났습니다"},
		CauseAbuse:       {"too many refused requests", "거절된 요청이 너무 많았습니다"},
		CauseBroken:      {"the connection broke: %s", "연결이 끊어졌습니다 (시스템 메시지: %s)"},
		CauseNoAccess:    {"the relay has taken back the access", "지원 서비스가 접속 권한을 거두었습니다"},
		CauseCertificate: {"the certificate has ended", "인증서의 유효 기간이 끝났습니다"},
		CauseOver:        {"the support session has ended", "지원이 끝났습니다"},
		CauseRestarting:  {"the computer restarts", "컴퓨터가 다시 시작됩니다"},
		CauseEndedAway:   {"it had ended when this computer came back", "이 컴퓨터가 돌아왔을 때 이미 끝났습니다"},
		CauseEndedOff:    {"it had ended when this computer was switched off", "이 컴퓨터가 꺼졌을 때 이미 끝났습니다"},
		CauseEndedHere:   {"it has ended there", "지원 서비스에서 이미 끝났습니다"},
		CauseWindow:      {"the relay could not be reached for too long", "지원 서비스에 너무 오래 연결되지 못했습니다"},
		CauseBrokeOff:    {"support-agent could not go on", "support-agent가 더 계속할 수 없었습니다"},
		CauseGone:        {"support-agent was killed and did not come back", "support-agent가 강제로 종료된 뒤 돌아오지 않았습니다"},

		CauseKilled:    {"support-agent was killed", "support-agent가 강제로 종료되었습니다"},
		CauseUnwritten: {"its end could not be written when it came", "끝났을 때 기록하지 못했습니다"},

		CauseLogonFailed:     {"logging on as %s did not work", "%s(으)로 로그온하지 못했습니다"},
		CauseLogonBroke:      {"logging on did not work", "로그온하지 못했습니다"},
		CauseUserName:        {"that is no user name", "사용자 이름이 아닙니다"},
		CausePassword:        {"the password of %s is not right", "%s의 암호가 맞지 않습니다"},
		CausePasswordForm:    {"a password has 1 to %s bytes, without line ends and zero bytes", "암호는 줄바꿈 없이 1~%s바이트여야 합니다"},
		CauseNoPassword:      {"no password was typed", "암호를 입력하지 않았습니다"},
		CauseNotProven:       {"the password of %s is not right, or there is no such user on this computer", "%s의 암호가 맞지 않거나 이 컴퓨터에 그런 사용자가 없습니다"},
		CauseNoUser:          {"there is no user %s on this computer", "이 컴퓨터에 사용자 %s이(가) 없습니다"},
		CauseLocked:          {"the account %s is locked", "계정 %s이(가) 잠겨 있습니다"},
		CauseExpired:         {"the account %s has expired", "계정 %s의 기간이 끝났습니다"},
		CauseMustChange:      {"the password of %s has expired and must be changed first", "%s의 암호 기간이 끝나 먼저 바꿔야 합니다"},
		CauseNoShell:         {"the account %s is not meant for logging on: it has no shell", "계정 %s은(는) 로그온용이 아닙니다"},
		CauseNoHome:          {"the home directory of %s is missing", "%s의 홈 디렉터리가 없습니다"},
		CauseLogonRules:      {"the rules of this computer do not let %s log on here and now", "이 컴퓨터의 규칙 때문에 %s은(는) 지금 여기에서 로그온할 수 없습니다"},
		CauseLogonSlow:       {"this computer did not decide within 30 s whether %s may log on", "이 컴퓨터가 %s의 로그온을 30초 안에 확인하지 못했습니다"},
		CauseLogonPowerless:  {"support-agent may not start programs as another user: Windows lets only its own system account do that", "support-agent는 다른 사용자로 프로그램을 시작할 수 없습니다. Windows에서는 시스템 계정만 할 수 있습니다"},
		CauseLogonNowhere:    {"support-agent cannot log on as another user here", "여기에서는 다른 사용자로 로그온할 수 없습니다"},
		CauseLoggedOffBy:     {"by %s", "%s이(가) 로그오프했습니다"},
		CauseLoggedOffByUser: {"it was ended on the computer", "컴퓨터에서 끝냈습니다"},

		CauseRestart:            {"the operating system did not restart", "운영 체제가 다시 시작하지 않았습니다"},
		CauseRestartNot:         {"the computer does not restart", "컴퓨터가 다시 시작되지 않습니다"},
		CauseRestartCalledOff:   {"the restart was called off", "다시 시작이 취소되었습니다"},
		CauseRestartKilled:      {"support-agent was killed before the restart", "다시 시작하기 전에 support-agent가 강제로 종료되었습니다"},
		CauseRestartForbidden:   {"this account may not restart the computer", "이 계정은 컴퓨터를 다시 시작할 수 없습니다"},
		CauseRestartUnsupported: {"this computer cannot be restarted from here", "여기에서는 이 컴퓨터를 다시 시작할 수 없습니다"},
		CauseRestartInhibited:   {"a program forbids a restart at present", "지금은 어떤 프로그램이 다시 시작을 막고 있습니다"},
		CauseRestartHeld:        {"programs forbid a restart: %s", "다시 시작을 막는 프로그램: %s"},
		CauseRestartOccupied:    {"somebody else is logged on to this computer, and would lose what they have open", "다른 사람이 이 컴퓨터에 로그온해 있어 열어 둔 것을 잃게 됩니다"},
		CauseRestartOneWay:      {"support would not come back after a restart: %s", "다시 시작한 뒤 지원이 돌아오지 못합니다 (시스템 메시지: %s)"},
		CauseRestartLate:        {"the operating system agreed, but is still running after %s: perhaps a program, or somebody at the screen, has held it up", "운영 체제가 동의했지만 %s 뒤에도 켜져 있습니다. 프로그램이나 화면 앞의 사람이 막았을 수 있습니다"},

		CauseTimeLimit:     {"it took longer than %s", "%s보다 오래 걸렸습니다"},
		CauseTooMany:       {"it had too many processes at once: %s", "한꺼번에 실행된 프로세스가 너무 많았습니다: %s"},
		CauseWatcherKilled: {"the process that watched over the script was killed", "프로그램을 지켜보던 과정이 강제로 종료되었습니다"},
		CauseFilesChanged:  {"its files are not those that the customer was shown", "고객에게 보여 준 파일과 다릅니다"},
		CauseNoStart:       {"it could not be started: %s", "시작하지 못했습니다 (시스템 메시지: %s)"},
		CauseNoRecord:      {"the journal could not be written any more", "기록을 더 쓸 수 없었습니다"},
		CauseFilesStay:     {"files of it could not be removed: %s", "지우지 못한 파일이 있습니다 (시스템 메시지: %s)"},
		CauseCancelledBy:   {"cancelled by %s", "%s이(가) 취소했습니다"},
		CauseUserLoggedOff: {"the user whom it ran as was logged off", "실행하던 사용자가 로그오프되었습니다"},
	}
})
